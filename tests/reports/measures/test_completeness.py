"""M9, which items of the national standard the records of people on the register answer."""

from service.register import items
from tests.reports.lives import lived
from tests.reports.reading import figure, report

PRACTICE = "Z99001"
MANDATORY = {item.number: items.PRESENT for item in items.MINIMUM if item.number not in items.AUTOMATIC}


def of(area, part):
    found = figure(report(area.database, "completeness", own=PRACTICE), PRACTICE, part)
    return found.count, found.of


def test_a_minimum_record_has_every_mandatory_item(area):
    lived(area, PRACTICE, 2, items=MANDATORY)
    lived(area, PRACTICE, 1, items={item: MANDATORY[item] for item in MANDATORY if item != 26})
    assert of(area, "minimum-record") == (2, 3)
    assert (of(area, "item-26"), of(area, "item-9")) == ((2, 3), (3, 3))


def test_a_reason_for_having_no_answer_is_no_answer(area):
    lived(area, PRACTICE, items={36: "declined"})
    assert of(area, "item-36") == (0, 1)


def test_an_item_that_two_resources_record_counts_once(area):
    keys = lived(area, PRACTICE, 2, items=MANDATORY)
    assert len(keys) == 2
    lived(area, PRACTICE, items={**MANDATORY, 28: items.PRESENT})
    assert (of(area, "item-28"), of(area, "minimum-record")) == ((1, 3), (3, 3))


def test_items_that_the_register_records_by_itself_are_not_asked_for(area):
    lived(area, PRACTICE)
    parts = {each.code for each in report(area.database, "completeness", own=PRACTICE).parts}
    assert {"item-1", "item-3", "item-26", "item-30", "item-36"} <= parts
    assert not {"item-2", "item-4", "item-59"} & parts
