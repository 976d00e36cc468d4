"""A summary for who may not learn where the person is."""

from datetime import UTC, date, datetime
from typing import Any

import pytest

from service.fhir import codec, composition, elements, lines_in_part, narrative, redaction, validation
from service.fhir.lines_in_part import Told
from service.fhir.resource_type import Body
from service.register import codes, sections
from tests import builders
from tests.fhir.filled import SECRET
from tests.fhir.reading import TYPES

AT = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)


def lines(resource: Body, *, is_partial: bool = True) -> list[Told]:
    """What the store reads of a resource: its lines as they were written, and what is left of its body."""
    type_name, body = resource["resourceType"], codec.dumps(resource)
    left = redaction.redacted(type_name, body) if is_partial else body
    return [
        Told(
            *("anna", row["kind"], row["effective_at"], row["review_on"], row["section"], "", AT),
            *(narrative.signed(row["narrative"], SECRET), type_name, resource["id"], left, is_partial),
        )
        for table, row in TYPES[type_name].register_rows(resource, AT)
        if table is narrative.SUMMARY_ITEM
    ]


def partial(resource: Body) -> list[str]:
    """The words of its lines, as they are told in part."""
    return [line.narrative for line in lines_in_part.told(lines(resource))]


def record() -> list[Body]:
    by = {"display": SECRET}
    note = [{"text": SECRET}]
    manager = {"identifier": {"system": codes.ODS_ORGANISATION, "value": SECRET}, "display": SECRET}
    return [
        builders.registration(id="spell", managingOrganization=manager, careManager=by),
        builders.patient(id="anna", gender="female", address=[{"text": SECRET}], telecom=_phone()),
        builders.place_of_death(id="death", performer=[by], note=note, valueCodeableConcept=_place()),
        builders.cpr_decision(id="cpr", performer=[by], note=note),
        builders.condition(id="ill", recorder=by, note=note),
        builders.document(id="paper", author=[by], description=SECRET, custodian=by),
        builders.observation(id="door", code=_asks("domestic-access"), valueString=SECRET, valueCodeableConcept=None),
        builders.observation(id="dog", code=_asks("other-issues"), valueString=SECRET, valueCodeableConcept=None),
        builders.observation(id="wish", code=_asks("what-matters"), valueString="Music", valueCodeableConcept=None),
    ]


def _asks(code: str) -> Body:
    return builders.concept((codes.LOCAL, code))


def _place() -> Body:
    return {**builders.concept((codes.PLACE_TYPE, "30")), "text": SECRET}


def _phone() -> list[Body]:
    return [{"system": "phone", "value": SECRET}]


def document(*, is_partial: bool = True) -> Any:
    told = [line for resource in record() for line in lines(resource, is_partial=is_partial)]
    return codec.loads(composition.document(told, base="http://test", document_id="d", at=AT, on=date(2026, 3, 2)))


def section(of: Any, key: str) -> Any:
    title = next(one.title for one in (*sections.ALL, sections.COMPLETENESS) if one.key == key)
    return next(one for one in of["entry"][0]["resource"]["section"] if one["title"] == title)


def test_nothing_in_a_summary_in_part_tells_where_the_person_is() -> None:
    assert SECRET in str(document(is_partial=False))
    assert SECRET not in str(document())


def test_a_summary_in_part_says_so_first_and_of_each_section() -> None:
    found = document()
    written = found["entry"][0]["resource"]
    assert "Details were left out" in written["text"]["div"]
    assert written["meta"]["security"] == [redaction.REDACTED]
    for key in ("people", "home-access", "completeness"):
        assert elements.codings(section(found, key)["emptyReason"])[0][1] == "withheld"
        assert "entry" not in section(found, key)


def test_a_summary_in_part_still_says_what_a_clinician_needs() -> None:
    found = document()
    assert "Hospice" in section(found, "place-of-death")["text"]["div"]
    assert "attempted" in section(found, "cpr")["text"]["div"]
    assert "Music" in section(found, "what-matters")["text"]["div"]
    assert "withheld, as the whereabouts of this person are restricted" in section(found, "what-matters")["text"]["div"]
    assert "EXAMPLE, Anna" in section(found, "status")["text"]["div"]
    assert "On the end of life care register since 1 March 2025" in section(found, "status")["text"]["div"]


def test_a_summary_in_part_holds_no_resource_of_a_section_that_is_left_out() -> None:
    assert not any(entry["fullUrl"].endswith("Observation/door") for entry in document()["entry"])


def test_a_summary_in_part_is_valid() -> None:
    assert validation.issues(document(), of_any_type=True) == []


def test_a_summary_in_full_says_nothing_of_being_left_out() -> None:
    assert "left out" not in str(document(is_partial=False))


@pytest.mark.parametrize(
    "source",
    [
        {"sourceAttachment": {"title": SECRET, "contentType": "application/pdf"}},
        {"sourceReference": {"reference": "DocumentReference/paper", "display": SECRET}},
    ],
)
def test_that_an_advance_decision_is_in_writing_is_told_and_not_where(source: Body) -> None:
    [line] = partial(builders.advance_decision("Ventilation", id="refusal", **source))
    assert "Refuses: Ventilation; Document: withheld, as the whereabouts of this person are restricted" in line
    assert SECRET not in line


def test_that_somebody_has_power_of_attorney_is_told_and_not_who() -> None:
    [line] = partial(builders.lasting_power(SECRET, id="power"))
    assert "health and welfare: withheld, as the whereabouts of this person are restricted" in line
    assert SECRET not in line
