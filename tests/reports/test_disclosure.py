from collections.abc import Callable
from itertools import combinations
from typing import NamedTuple

from hypothesis import given, settings
from hypothesis import strategies as st

from service.reports.disclosure import HIDDEN, Hidden, Protected


class Cell(NamedTuple):
    """A count with a name, as a report has them."""

    level: str
    code: str
    practices: frozenset[str]
    count: int


def practice(code: str, count: int) -> Cell:
    return Cell("practice", code, frozenset({code}), count)


def total(level: str, code: str, *parts: Cell) -> Cell:
    members = frozenset().union(*(part.practices for part in parts))
    return Cell(level, code, members, sum(part.count for part in parts))


def protection(cells: list[Cell] | tuple[Cell, ...]) -> Callable[[Cell], int | Hidden]:
    protected = Protected({cell.practices: cell.count for cell in cells})
    return lambda cell: protected.count(cell.practices, cell.count)


def shown(*cells: Cell) -> dict[str, object]:
    protected = protection(cells)
    return {cell.code: protected(cell) for cell in cells}


def test_counts_of_one_to_seven_are_hidden_and_zero_and_eight_are_shown():
    a, b, c, d = practice("A", 0), practice("B", 1), practice("C", 7), practice("D", 8)
    assert shown(a, b, c, d) == {"A": 0, "B": HIDDEN, "C": HIDDEN, "D": 8}


def test_a_hidden_count_alone_under_a_total_takes_its_smallest_neighbour_with_it():
    a, b, c = practice("A", 5), practice("B", 30), practice("C", 20)
    assert shown(a, b, c, total("pcn", "P", a, b, c)) == {"A": HIDDEN, "B": 30, "C": HIDDEN, "P": 55}


def test_hidden_counts_that_are_small_together_take_another_with_them():
    a, b, c = practice("A", 1), practice("B", 1), practice("C", 100)
    assert shown(a, b, c, total("pcn", "P", a, b, c)) == {"A": HIDDEN, "B": HIDDEN, "C": HIDDEN, "P": 102}


def test_a_total_is_hidden_where_it_is_the_same_as_a_hidden_practice():
    a, b = practice("A", 5), practice("B", 0)
    assert shown(a, b, total("pcn", "P", a, b)) == {"A": HIDDEN, "B": 0, "P": HIDDEN}


def test_a_hidden_network_is_not_given_away_by_its_area():
    a, b, c, d = practice("A", 5), practice("B", 30), practice("C", 40), practice("D", 50)
    small, middle, large = total("pcn", "S", a), total("pcn", "M", b, c), total("pcn", "L", d)
    area = total("sub-icb", "T", a, b, c, d)
    found = shown(a, b, c, d, small, middle, large, area)
    assert (found["S"], found["T"]) == (HIDDEN, 125)
    assert HIDDEN in (found["M"], found["L"])


def test_a_sum_that_is_no_cell_is_shown_only_if_a_reader_could_add_it_up():
    a, b, c, d = practice("A", 5), practice("B", 9), practice("C", 30), practice("D", 40)
    first, second = total("pcn", "P", a, b), total("pcn", "Q", c, d)
    protected = protection([a, b, c, d, first, second])
    assert protected(total("area", "", a, b, c, d)) == 84
    assert protected(total("area", "", a, c)) is HIDDEN


@st.composite
def areas(draw: st.DrawFn) -> list[Cell]:
    """Up to ten practices in networks and areas that need not nest, as two networks of Staffordshire do not."""
    counts = draw(st.lists(st.integers(0, 20), min_size=1, max_size=10))
    practices = [practice(f"P{at}", count) for at, count in enumerate(counts)]
    cells = [*practices, total("all", "all", *practices)]
    for level in ("pcn", "sub-icb"):
        places = draw(st.lists(st.integers(0, 3), min_size=len(practices), max_size=len(practices)))
        for place in sorted(set(places)):
            members = [each for each, at in zip(practices, places, strict=True) if at == place]
            cells.append(total(level, f"{level}{place}", *members))
    return cells


@settings(max_examples=300, deadline=None)
@given(areas())
def test_no_hidden_count_can_be_worked_out_from_what_is_shown(cells):
    protected = protection(cells)
    shown_cells = [cell for cell in cells if protected(cell) is not HIDDEN]
    hidden_cells = [cell for cell in cells if protected(cell) is HIDDEN]
    names = sorted({name for cell in cells for name in cell.practices})
    known = [[int(name in cell.practices) for name in names] for cell in shown_cells]
    for cell in hidden_cells:
        wanted = [int(name in cell.practices) for name in names]
        assert rank([*known, wanted]) > rank(known), f"{cell.level} {cell.code} follows from what is shown"
    assert all(not 0 < cell.count < 8 for cell in shown_cells)


@settings(max_examples=300, deadline=None)
@given(areas())
def test_no_difference_of_two_shown_counts_is_a_small_number_of_people(cells):
    protected = protection(cells)
    visible = [cell for cell in cells if protected(cell) is not HIDDEN]
    for one, other in combinations(sorted(visible, key=lambda cell: len(cell.practices)), 2):
        if one.practices < other.practices and len(one.practices) > 1:
            rest = other.practices - one.practices
            hidden_rest = [cell for cell in cells if cell.practices <= rest and len(cell.practices) == 1]
            hidden_sum = sum(cell.count for cell in hidden_rest if protected(cell) is HIDDEN)
            assert not 0 < hidden_sum < 8


def rank(rows: list[list[int]]) -> int:
    """Rank over the rationals, by fraction-free elimination: an independent check of the solver."""
    matrix, found = [list(row) for row in rows], 0
    for column in range(len(matrix[0]) if matrix else 0):
        pivot = next((at for at in range(found, len(matrix)) if matrix[at][column]), None)
        if pivot is None:
            continue
        matrix[found], matrix[pivot] = matrix[pivot], matrix[found]
        for at in range(found + 1, len(matrix)):
            by, over = matrix[found][column], matrix[at][column]
            matrix[at] = [value * by - over * top for value, top in zip(matrix[at], matrix[found], strict=True)]
        found += 1
    return found


def test_a_network_across_two_areas_costs_no_more_than_networks():
    """One practice of it alone in the second area: both totals would give it away, and neither needs to be hidden."""
    first, second = [practice(f"A{at}", 20) for at in range(4)], [practice(f"B{at}", 30) for at in range(4)]
    third, fourth, lone = (
        [practice("C", 40), practice("D", 40)],
        [practice("E", 30), practice("F", 40)],
        practice("L", 5),
    )
    networks = [total("pcn", "across", *first, lone), total("pcn", "second", *second), total("pcn", "third", *third)]
    networks.append(total("pcn", "fourth", *fourth))
    areas = [total("sub-icb", "1", *first, *fourth), total("sub-icb", "2", *second, *third, lone)]
    everything = [*first, *second, *third, *fourth, lone]
    found = shown(*everything, *networks, *areas, total("all", "all", *everything))
    assert [found[code] for code in ("all", "1", "2")] == [355, 150, 205]
    assert sum(found[network.code] is HIDDEN for network in networks) <= 2
