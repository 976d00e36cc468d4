from typing import Any

import pytest

from service.fhir import definitions, index_values
from service.fhir.resource_type import ResourceType

PATIENT = {
    "resourceType": "Patient",
    "active": True,
    "identifier": [{"system": "https://fhir.nhs.uk/Id/nhs-number", "value": "9990000018"}, {"value": "local"}],
    "name": [{"prefix": ["Mr"], "given": ["Jérôme", None], "_given": [None, {"id": "a"}], "family": "O'Brien  Smith"}],
    "telecom": [{"system": "phone", "value": "01632 960001"}, {"system": "email", "value": "a@example.org"}],
    "gender": "male",
    "birthDate": "1940-03",
    "deceasedDateTime": "2026-03-29T23:30:00+01:00",
    "address": [{"line": ["1 High Street"], "city": "Stoke", "postalCode": "ST1 1AA"}],
    "generalPractitioner": [{"reference": "Organization/M83133"}, {"identifier": {"value": "M83133"}}],
}


def rows(resource: dict[str, Any], *search: str) -> list[index_values.Row]:
    return index_values.rows(resource, ResourceType(resource["resourceType"], search=search))


def observation(**elements: Any) -> dict[str, Any]:
    return {"resourceType": "Observation", **elements}


def test_an_identifier_stands_with_its_system() -> None:
    assert rows(PATIENT, "identifier") == [
        ("identifier", "9990000018", "https://fhir.nhs.uk/Id/nhs-number", ""),
        ("identifier", "local", "", ""),
    ]


def test_each_coding_of_a_concept_is_found() -> None:
    code = {"coding": [{"system": "urn:a", "code": "1"}, {"code": "2"}, {"display": "no code"}], "text": "a"}
    assert rows(observation(code=code), "code") == [("code", "1", "urn:a", ""), ("code", "2", "", "")]


@pytest.mark.parametrize(("param", "value"), [("active", "true"), ("gender", "male")])
def test_a_code_and_a_truth_are_tokens_without_system(param: str, value: str) -> None:
    assert rows(PATIENT, param) == [(param, value, "", "")]


def test_a_condition_in_the_expression_chooses_among_values() -> None:
    assert rows(PATIENT, "phone", "email") == [
        ("phone", "01632 960001", "phone", ""),
        ("email", "a@example.org", "email", ""),
    ]


def test_a_name_is_found_by_each_part_and_as_a_whole() -> None:
    assert {value for _, value, _, _ in rows(PATIENT, "name")} == {
        "mr", "jerome", "o'brien smith", "mr jerome o'brien smith",
    }  # fmt: skip


def test_an_address_is_found_by_each_part_and_as_a_whole() -> None:
    assert {value for _, value, _, _ in rows(PATIENT, "address")} == {
        "1 high street", "stoke", "st1 1aa", "1 high street stoke st1 1aa",
    }  # fmt: skip


def test_a_reference_by_identifier_alone_is_not_indexed() -> None:
    assert rows(PATIENT, "general-practitioner") == [("general-practitioner", "Organization/M83133", "", "")]


@pytest.mark.parametrize(
    ("reference", "expected"),
    [
        ({"reference": "Patient/1/_history/2"}, ["Patient/1"]),
        ({"reference": "https://example.org/fhir/Patient/1"}, ["https://example.org/fhir/Patient/1"]),
        ({"reference": "urn:uuid:1", "type": "Patient"}, ["urn:uuid:1"]),
        ({"reference": "Group/1"}, []),
        ({"reference": "#patient"}, []),
        ({"display": "someone"}, []),
    ],
)
def test_a_parameter_for_patients_holds_references_to_patients(reference: dict[str, str], expected: list[str]) -> None:
    assert [row[1] for row in rows(observation(subject=reference), "patient")] == expected


def test_a_partial_date_is_its_whole_interval() -> None:
    assert rows(PATIENT, "birthdate") == [
        ("birthdate", "1940-03-01T00:00:00.000000Z", "", "1940-04-01T00:00:00.000000Z")
    ]


def test_one_spelling_of_a_choice_can_be_asked_for() -> None:
    assert rows(PATIENT, "death-date") == [
        ("death-date", "2026-03-29T22:30:00.000000Z", "", "2026-03-29T22:30:01.000000Z")
    ]
    assert rows({"resourceType": "Patient", "deceasedBoolean": True}, "death-date") == []


def test_a_period_without_end_is_open() -> None:
    episode = {"resourceType": "EpisodeOfCare", "period": {"start": "2026-01-05"}}
    assert rows(episode, "date") == [("date", "2026-01-05T00:00:00.000000Z", "", "9999-12-31T23:59:59.999999Z")]


@pytest.mark.parametrize(
    ("element", "low", "high"),
    [
        ({"effectiveDateTime": "2026-01-02"}, "2026-01-02", "2026-01-03"),
        ({"effectivePeriod": {"start": "2026-01-02", "end": "2026-01-04"}}, "2026-01-02", "2026-01-05"),
        ({"effectiveTiming": {"event": ["2026-02", "2026-01-02"]}}, "2026-01-02", "2026-03-01"),
        (
            {"effectiveTiming": {"repeat": {"boundsPeriod": {"start": "2025", "end": "2026"}}}},
            "2025-01-01",
            "2027-01-01",
        ),
        ({"effectiveInstant": "2026-01-02T00:00:00Z"}, "2026-01-02", "2026-01-02T00:00:01"),
    ],
)
def test_every_spelling_of_a_date_is_an_interval(element: dict[str, Any], low: str, high: str) -> None:
    [(_, value, _, end)] = rows(observation(**element), "date")
    assert value.startswith(low)
    assert end.startswith(high)


def test_a_timing_without_dates_gives_no_row() -> None:
    assert rows(observation(effectiveTiming={"repeat": {"frequency": 1}}), "date") == []


def test_a_value_that_stands_twice_is_one_row() -> None:
    name = {"resourceType": "Patient", "name": [{"family": "Smith"}, {"family": "SMITH", "text": "smith"}]}
    assert rows(name, "name") == [("name", "smith", "", "")]


def test_of_two_intervals_that_begin_together_the_longer_is_kept() -> None:
    """The key of the index is without the end."""
    plan = {
        "resourceType": "CarePlan",
        "activity": [
            {"detail": {"scheduledPeriod": {"start": "2026-01-01", "end": end}}} for end in ("2026-03-01", "2026-02-01")
        ],
    }
    [(_, _, _, high)] = rows(plan, "activity-date")
    assert high == "2026-03-02T00:00:00.000000Z"


def test_a_parameter_of_several_expressions_reads_them_all() -> None:
    organisation = {"resourceType": "Organization", "name": "North Surgery", "alias": ["The North"]}
    assert [row[1] for row in rows(organisation, "name")] == ["north surgery", "the north"]
    assert [row[1] for row in rows(observation(valueString="Yes"), "value-string")] == ["yes"]
    assert [row[1] for row in rows(observation(valueCodeableConcept={"text": "Hospice"}), "value-string")] == [
        "hospice"
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("  Ängström\t O’Neil ", "angstrom o’neil"),
        ("ﬁne STRASSE Straße", "fine strasse strasse"),
        ("x" * 300, "x" * 200),
    ],
)
def test_text_is_folded_for_comparison(text: str, expected: str) -> None:
    assert index_values.folded(text) == expected


def test_a_very_long_value_stands_short_and_unlike_any_other() -> None:
    one, other = ("x" * 300 + end for end in "ab")
    assert len(index_values.key(one)) == index_values.LONGEST
    assert index_values.key(one) != index_values.key(other)
    assert index_values.key("9990000018") == "9990000018"


@pytest.mark.parametrize("param", ["deceased", "value-quantity"])
def test_a_parameter_that_the_index_cannot_hold_is_refused_by_name(param: str) -> None:
    name = "Patient" if param == "deceased" else "Observation"
    with pytest.raises(index_values.UnsupportedExpressionError, match=param.partition("-")[0]):
        rows({"resourceType": name}, param)


def test_every_token_string_reference_and_date_parameter_of_r4_is_read_but_one() -> None:
    unread = []
    for type_name, table in definitions._search_parameters().items():
        for name, row in table.items():
            if row["type"] in ("token", "string", "reference", "date", "uri"):
                try:
                    rows({"resourceType": type_name}, name)
                except index_values.UnsupportedExpressionError:
                    unread.append((type_name, name))
    assert [pair for pair in unread if pair[0] != "Bundle"] == [("Patient", "deceased")]
