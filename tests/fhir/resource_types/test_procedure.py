import pytest

from service.register import codes
from tests import builders
from tests.fhir.reading import TYPES, lines, rows

BOX = builders.concept(codes.ANTICIPATORY_BOX)


def test_an_advance_care_planning_conversation_stands_among_what_matters():
    talk = builders.procedure(
        performer=[{"actor": {"display": "Dr A Brook"}}, {"actor": {"display": "Sam Field"}}],
        note=[{"text": "Her daughter was there"}],
    )
    assert lines(talk, "what-matters") == [
        "Advance care planning conversation; Her daughter was there. Recorded by Dr A Brook, Sam Field on 3 May 2025"
    ]


def test_a_box_of_anticipatory_medicines_is_shown_with_where_it_is():
    box = builders.procedure(code=BOX, location={"display": "Kitchen, top cupboard"})
    assert lines(box, "anticipatory-medicines") == [
        "Anticipatory medicines box issued; Location: Kitchen, top cupboard. Recorded on 3 May 2025"
    ]


@pytest.mark.parametrize("code", [builders.concept(codes.PLANNING_CONVERSATION), BOX])
def test_only_the_latest_of_its_kind_is_in_force(code):
    [row] = rows(builders.procedure(code=code))
    assert row["kind"]


def test_a_period_counts_from_its_start():
    talk = builders.procedure(performedDateTime=None, performedPeriod={"start": "2025-05-03", "end": "2025-05-04"})
    assert lines(talk)[0].endswith("Recorded on 3 May 2025")


@pytest.mark.parametrize("status", ["preparation", "in-progress", "not-done", "stopped", "unknown"])
def test_what_was_not_done_to_its_end_is_not_shown(status):
    assert rows(builders.procedure(status=status)) == []


def test_any_other_procedure_is_kept_without_a_line():
    assert rows(builders.procedure(code={"text": "Hip replacement"})) == []


def test_only_what_is_being_prepared_may_lie_in_the_future():
    dated = TYPES["Procedure"].dated
    assert list(dated(builders.procedure(status="preparation"))) == []
    assert "performedDateTime" in dated(builders.procedure())
