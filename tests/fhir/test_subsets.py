"""`_summary` and `_elements`: what of a resource is left, and what never goes."""

import json
from typing import Any

import pytest

from service.errors import Unreadable
from service.fhir import subsets
from tests import builders


def part(resource: dict[str, Any], *, summary: str = "", elements: str = "") -> dict[str, Any]:
    type_name = resource["resourceType"]
    subset = subsets.asked(summary, [elements], [type_name])
    return json.loads(subsets.of(json.dumps(resource).encode(), type_name, subset))


def anna(**changes: Any) -> dict[str, Any]:
    return builders.patient(
        **{
            "id": "anna",
            "meta": {"versionId": "1", "lastUpdated": "2026-01-01T00:00:00Z"},
            "text": {"status": "generated", "div": '<div xmlns="http://www.w3.org/1999/xhtml">Anna</div>'},
            "maritalStatus": {"text": "widowed"},
            **changes,
        }
    )


def test_the_summary_keeps_what_r4_marks_as_summary() -> None:
    found = part(anna(), summary="true")
    assert set(found) == {"resourceType", "id", "meta", "identifier", "name", "birthDate", "address"}


def test_the_summary_is_made_all_the_way_down() -> None:
    actor = {"role": {"text": "Attorney"}, "reference": {"reference": "RelatedPerson/ben"}}
    provision = {"type": "permit", "actor": [actor], "code": [{"text": "Ventilation"}]}
    found = part(builders.sharing(provision=provision), summary="true")
    assert found["provision"] == {"type": "permit", "code": [{"text": "Ventilation"}]}


def test_what_nothing_would_be_left_of_is_left_out() -> None:
    odd = {"identifier": [{"extension": [{"url": "https://example.org/odd", "valueString": "odd"}]}]}
    assert "identifier" not in part(anna(**odd), summary="true")


def test_a_mandatory_element_stays_in_every_subset() -> None:
    wish = builders.place_of_death(id="wish")
    for asked in ({"summary": "true"}, {"summary": "text"}, {"elements": "effective"}):
        found = part(wish, **asked)
        assert found["status"] == wish["status"]
        assert found["code"] == wish["code"]


def test_the_narrative_alone_comes_with_what_is_mandatory() -> None:
    assert set(part(anna(), summary="text")) == {"resourceType", "id", "meta", "text"}


def test_the_data_alone_is_all_but_the_narrative() -> None:
    whole = anna()
    assert set(part(whole, summary="data")) == set(whole) - {"text"}


def test_no_summary_is_the_whole_byte_for_byte() -> None:
    body = b'{"resourceType": "Patient", "id":"anna"}'
    assert subsets.of(body, "Patient", subsets.asked("false", [], ["Patient"])) == body


def test_elements_are_kept_with_their_companions() -> None:
    whole = anna(_birthDate={"extension": [{"url": "https://example.org/source", "valueString": "passport"}]})
    found = part(whole, elements="birthDate")
    assert set(found) == {"resourceType", "id", "meta", "birthDate", "_birthDate"}
    assert found["_birthDate"] == whole["_birthDate"]


@pytest.mark.parametrize("spelling", ["value", "value[x]", "valueCodeableConcept"])
def test_a_choice_is_named_by_its_stem_or_by_its_type(spelling: str) -> None:
    assert "valueCodeableConcept" in part(builders.place_of_death(), elements=spelling)


def test_what_may_change_the_meaning_of_the_rest_stays() -> None:
    rules = {"implicitRules": "https://example.org/rules", "modifierExtension": [{"url": "https://example.org/not"}]}
    for asked in ({"summary": "true"}, {"summary": "text"}, {"elements": "gender"}):
        assert rules.items() <= part(anna(**rules), **asked).items()


def test_a_subset_is_tagged_so_that_nobody_writes_it_back() -> None:
    before = {"system": "https://example.org", "code": "before"}
    tags = part(anna(meta={"tag": [before]}), elements="name")["meta"]["tag"]
    assert tags == [before, subsets.SUBSETTED]


def test_a_resource_without_meta_is_tagged_too() -> None:
    assert part(builders.patient(), summary="data")["meta"]["tag"] == [subsets.SUBSETTED]


def test_a_number_stays_as_it_was_sent() -> None:
    body = b'{"resourceType":"Observation","valueQuantity":{"value":1.50,"unit":"kg"},"note":[{"text":"n"}]}'
    for subset in (subsets.Subset("true"), subsets.Subset(elements=("value",))):
        assert b"1.50" in subsets.of(body, "Observation", subset)


def test_an_element_of_one_type_says_nothing_of_another() -> None:
    subset = subsets.asked("", ["Patient.name,code"], ["Patient", "Observation"])
    patient = json.loads(subsets.of(json.dumps(anna()).encode(), "Patient", subset))
    wish = json.loads(subsets.of(json.dumps(builders.place_of_death()).encode(), "Observation", subset))
    assert set(patient) == {"resourceType", "id", "meta", "name"}
    assert "name" not in wish
    assert "code" in wish
    assert "valueCodeableConcept" not in wish


def test_an_included_resource_stays_whole_unless_its_type_is_named() -> None:
    body = json.dumps(anna()).encode()
    for elements, is_whole in (("status", True), ("Patient.name", False)):
        subset = subsets.asked("", [elements], ["Observation"], ["Patient"])
        assert (subsets.of(body, "Patient", subset, is_included=True) == body) is is_whole


@pytest.mark.parametrize(
    ("summary", "elements"),
    [
        ("maybe", ""),
        ("count", ""),
        ("", "colour"),
        ("", "name.family"),
        ("", "Patient.contact.name"),
        ("", "Observation.code"),
        ("true", "name"),
        ("", ",".join(["name"] * 201)),
    ],
)
def test_what_cannot_be_understood_is_refused(summary: str, elements: str) -> None:
    with pytest.raises(Unreadable):
        subsets.asked(summary, [elements], ["Patient"])
