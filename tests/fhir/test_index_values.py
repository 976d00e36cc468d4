from decimal import Decimal
from typing import Any

import pytest

from service.fhir import (
    codec,
    definitions,
    index_conversions,
    index_paths,
    index_values,
    resource_type,
    sortable_numbers,
)
from service.fhir.resource_type import ResourceType
from service.register import codes

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
    found = index_values.rows(resource, ResourceType(resource["resourceType"]))
    return sorted((row for row in found if row[0] in search), key=lambda row: search.index(row[0]))


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


def test_a_text_stands_once_for_each_way_of_writing_it() -> None:
    name = {"resourceType": "Patient", "name": [{"family": "Smith"}, {"family": "SMITH", "text": "smith"}]}
    assert set(rows(name, "name")) == {("name", "smith", written, "") for written in ("Smith", "SMITH", "smith")}


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
    assert index_conversions.folded(text) == expected


def test_a_very_long_value_stands_short_and_unlike_any_other() -> None:
    one, other = ("x" * 300 + end for end in "ab")
    assert len(index_conversions.key(one)) == index_conversions.LONGEST
    assert index_conversions.key(one) != index_conversions.key(other)
    assert index_conversions.key("9990000018") == "9990000018"


TYPES = resource_type.all_types()


@pytest.mark.parametrize("name", sorted(TYPES))
def test_no_parameter_of_any_type_is_beyond_the_index(name: str) -> None:
    for param in definitions.search_parameters(name):
        assert index_values.datatypes(name, param), param


def test_an_expression_that_the_index_cannot_read_is_refused() -> None:
    with pytest.raises(index_paths.UnsupportedExpressionError):
        list(index_paths.paths("Patient", "Patient.name.first()"))
    with pytest.raises(index_paths.UnsupportedExpressionError):
        list(index_paths.paths("Patient", "Patient.shoeSize"))


@pytest.mark.parametrize(
    ("deceased", "value"),
    [
        ({}, "false"),
        ({"deceasedBoolean": False}, "false"),
        ({"deceasedBoolean": True}, "true"),
        ({"deceasedDateTime": "2026"}, "true"),
    ],
)
def test_who_has_died_is_known_of_every_patient(deceased: dict[str, Any], value: str) -> None:
    assert rows({"resourceType": "Patient", **deceased}, "deceased") == [("deceased", value, "", "")]


def test_the_words_beside_a_code_are_kept_for_the_modifier_text() -> None:
    code = {"coding": [{"code": "1", "display": "Hospice"}], "text": "The Hospice"}
    assert rows(observation(code=code), "code:text") == [
        ("code:text", "the hospice", "The Hospice", ""),
        ("code:text", "hospice", "Hospice", ""),
    ]
    identifier = [{"value": "1", "type": {"text": "Old number"}}]
    assert rows({"resourceType": "Patient", "identifier": identifier}, "identifier:text") == [
        ("identifier:text", "old number", "Old number", "")
    ]


def test_the_identifier_of_a_reference_is_kept_for_the_modifier_identifier() -> None:
    subject = {"reference": "Patient/1", "identifier": {"system": "urn:a", "value": "9"}}
    assert rows(observation(subject=subject), "patient", "patient:identifier") == [
        ("patient", "Patient/1", "", ""),
        ("patient:identifier", "9", "urn:a", ""),
    ]


def test_subject_stands_as_patient_where_both_are_one_element() -> None:
    plan = {"resourceType": "CarePlan", "subject": {"reference": "Patient/1"}}
    found = index_values.rows(plan, TYPES["CarePlan"])
    assert [row[0] for row in found] == ["patient"]
    assert index_values.stands_as("CarePlan", "subject", "subject") == ("patient",)


def test_a_parameter_that_joins_two_others_stands_as_these() -> None:
    assert index_values.stands_as("Observation", "subject", "combo-code") == ("code", "component-code")
    assert index_values.stands_as("Observation", "subject", "code") == ("code",)


def test_what_a_resource_says_of_itself_is_found() -> None:
    meta = {
        "profile": ["https://example.org/p|1.0"],
        "tag": [{"system": "urn:t", "code": "a"}],
        "security": [{"code": "R"}],
        "source": "urn:s",
    }
    assert rows(observation(meta=meta), "_profile", "_tag", "_security", "_source") == [
        ("_profile", "https://example.org/p|1.0", "", ""),
        ("_profile", "https://example.org/p", "", ""),
        ("_tag", "a", "urn:t", ""),
        ("_security", "R", "", ""),
        ("_source", "urn:s", "", ""),
    ]


def test_our_own_parameters_read_extensions_and_ranks() -> None:
    review = {"url": codes.REVIEW_DATE, "valueDate": "2026-05-01"}
    [(_, low, _, _)] = rows(observation(extension=[review, {"url": "urn:x", "valueDate": "2020"}]), "review-date")
    assert low.startswith("2026-05-01")
    episode = {
        "resourceType": "EpisodeOfCare",
        "diagnosis": [
            {"condition": {"reference": "Condition/1"}, "rank": 1},
            {"condition": {"reference": "Condition/2"}, "rank": 2},
        ],
        "extension": [{"url": codes.END_REASON, "valueCodeableConcept": {"coding": [{"code": "died"}]}}],
    }
    assert rows(episode, "primary-diagnosis", "end-reason") == [
        ("primary-diagnosis", "Condition/1", "", ""),
        ("end-reason", "died", "", ""),
    ]


def number(text: str) -> str:
    return sortable_numbers.sortable(Decimal(text))


def test_a_quantity_is_found_by_system_and_code_and_by_the_words_of_its_unit() -> None:
    quantity = {"value": 5.4, "unit": "kilogram", "system": "http://unitsofmeasure.org", "code": "kg"}
    assert rows(observation(valueQuantity={**quantity, "value": Decimal("5.4")}), "value-quantity") == [
        ("value-quantity", number("5.4"), system, number("5.4"))
        for system in ("http://unitsofmeasure.org|kg", "|kg", "|kilogram")
    ]


@pytest.mark.parametrize(
    ("value", "low", "high"),
    [
        ({"valueQuantity": {"value": 5, "comparator": "<"}}, sortable_numbers.LOWEST, number("5")),
        ({"valueQuantity": {"value": 5, "comparator": ">="}}, number("5"), sortable_numbers.HIGHEST),
        (
            {"valueSampledData": {"origin": {"value": 1}, "factor": 2, "data": "1 E 3 U -1"}},
            number("-1"),
            number("7"),
        ),
    ],
)
def test_what_is_no_point_is_a_range(value: dict[str, Any], low: str, high: str) -> None:
    [(_, found_low, _, found_high)] = rows(observation(**value), "value-quantity")
    assert (found_low, found_high) == (low, high)


def test_an_age_may_be_a_range() -> None:
    condition = {"resourceType": "Condition", "onsetRange": {"low": {"value": 60, "unit": "a"}}}
    assert rows(condition, "onset-age") == [("onset-age", number("60"), "|a", sortable_numbers.HIGHEST)]


def test_a_quantity_without_value_gives_no_row() -> None:
    assert rows(observation(valueQuantity={"unit": "kg"}), "value-quantity") == []
    assert codec.loads(b'{"a":1.50}')["a"] == Decimal("1.50")


def test_of_every_parameter_it_is_known_whether_a_resource_has_one_row_of_it() -> None:
    every = [(name, param) for name in resource_type.all_types() for param in definitions.search_parameters(name)]
    single = {one for one in every if one[1] != "_id" and index_values.is_single(*one)}
    assert {("Patient", "deceased"), ("Patient", "birthdate"), ("Patient", "_lastUpdated")} <= single
    assert not {("Patient", "identifier"), ("Patient", "name"), ("Observation", "code")} & single
