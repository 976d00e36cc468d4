"""The 60 items of SCCI1580."""

from service.register import items


def test_there_are_sixty_items_in_their_order() -> None:
    assert list(items.ALL) == list(range(1, 61))


def test_the_minimum_record_is_what_the_standard_lists() -> None:
    assert [item.number for item in items.MINIMUM] == [1, 2, 4, 5, 6, 8, 9, 10, 12, 16, 19, 20, 26]


def test_what_is_required_is_filled_in_once_it_is_known() -> None:
    assert [item.number for item in items.DEMANDED if item.demand == "required"] == [3, 28, 29, 30, 59]


def test_every_demanded_item_says_where_it_is_sent() -> None:
    assert all(item.held_in for item in items.DEMANDED)
