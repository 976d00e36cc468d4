"""The guide lists what is served, by references that lead to it; the 60 items of SCCI1580 have their elements."""

from collections import Counter
from typing import Any

import pytest
from starlette.testclient import TestClient

from service.fhir import conformance, outcomes
from service.fhir.profiles import compiled, fhirpaths, library
from service.register import items


def ours(type_name: str) -> list[dict[str, Any]]:
    return [one for one in conformance.ours() if one["resourceType"] == type_name]


PROFILES = [one for one in ours("StructureDefinition") if one["kind"] == "resource"]


def mapped(profile: dict[str, Any]) -> set[int]:
    """The item numbers in what a profile itself says."""
    elements = profile["differential"]["element"]
    return {
        int(one["map"]) for element in elements for one in element.get("mapping", ()) if one["identity"] == "scci1580"
    }


def constraints(profile: dict[str, Any]) -> list[dict[str, Any]]:
    return [one for element in profile["differential"]["element"] for one in element.get("constraint", ())]


def test_the_guide_lists_every_definition_that_is_served(http: TestClient) -> None:
    guide = http.get("/fhir/R4/ImplementationGuide/heartsease").json()
    listed = [one["reference"]["reference"] for one in guide["definition"]["resource"]]
    served = [
        f"{type_name}/{entry['resource']['id']}"
        for type_name in conformance.TYPES
        for entry in http.get(f"/fhir/R4/{type_name}").json().get("entry", [])
    ]
    assert sorted([*listed, "ImplementationGuide/heartsease"]) == sorted(served)
    assert [name for name, times in Counter(listed).items() if times > 1] == []
    groups = {one["id"] for one in guide["definition"]["grouping"]}
    assert {one["groupingId"] for one in guide["definition"]["resource"]} == groups


def test_every_report_is_a_measure(http: TestClient) -> None:
    measure = http.get("/fhir/R4/Measure/register-prevalence").json()
    assert measure["url"].endswith("/Measure/register-prevalence")
    assert measure["scoring"]["coding"][0]["code"] == "proportion"


def test_every_item_of_the_standard_has_an_element() -> None:
    found = {number for profile in PROFILES for number in mapped(profile)}
    assert found == set(items.ALL)


@pytest.mark.parametrize("profile", PROFILES, ids=lambda profile: profile["id"])
def test_a_profile_that_maps_an_item_says_what_the_numbers_are_of(profile: dict[str, Any]) -> None:
    declared = {one["identity"] for one in profile.get("mapping", ())}
    assert ("scci1580" in declared) or not mapped(profile)


@pytest.mark.parametrize("profile", PROFILES, ids=lambda profile: profile["id"])
def test_a_profile_is_based_on_a_version_or_on_one_of_ours(profile: dict[str, Any]) -> None:
    known = {one["url"] for one in PROFILES} | {"http://hl7.org/fhir/StructureDefinition/Bundle"}
    url, _, version = profile["baseDefinition"].partition("|")
    assert version or url in known


def test_every_profile_is_read_as_one_that_can_be_judged_by() -> None:
    shipped = library.shipped()
    for profile in PROFILES:
        assert compiled.profile(profile["url"], shipped).rules is not None, profile["id"]


def test_every_invariant_of_ours_can_be_told() -> None:
    for profile in PROFILES:
        for one in constraints(profile):
            assert one["key"].startswith("epaccs-")
            nothing = {"resourceType": profile["type"]}
            told = fhirpaths.compiled(one["expression"]).holds(nothing, resource=nothing, path=profile["type"])
            assert told is not None, one["key"]


def test_the_key_of_every_invariant_of_ours_is_a_code_of_findings() -> None:
    details = next(one for one in ours("CodeSystem") if one["url"] == outcomes.DETAILS)
    rules = next(one for one in details["concept"] if one["code"] == "rule")
    keys = {one["key"] for profile in PROFILES for one in constraints(profile)}
    assert {one["code"] for one in rules["concept"]} == keys
    codes_ = [one["code"] for one in details["concept"]]
    assert len(codes_) == len(set(codes_))


def test_the_value_sets_that_our_profiles_bind_are_served_or_hl7s() -> None:
    served = {one["url"] for one in ours("ValueSet")}
    bound = {
        element["binding"]["valueSet"]
        for profile in PROFILES
        for element in profile["differential"]["element"]
        if "binding" in element
    }
    assert {url for url in bound if not url.startswith("http://hl7.org/fhir/")} <= served
