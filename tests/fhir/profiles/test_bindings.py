"""Whether a code is in a value set: yes, no, or not to be told here."""

from typing import Any

import pytest

from service.fhir.profiles import library
from service.fhir.profiles.bindings import Membership, membership
from service.fhir.profiles.library import Library

SNOMED = "http://snomed.info/sct"
COLOURS = "urn:colours"
SYSTEM: dict[str, Any] = {
    "resourceType": "CodeSystem",
    "url": COLOURS,
    "version": "1",
    "content": "complete",
    "concept": [
        {"code": "warm", "concept": [{"code": "red", "concept": [{"code": "scarlet"}]}, {"code": "orange"}]},
        {"code": "cold", "property": [{"code": "sea", "valueBoolean": True}], "concept": [{"code": "blue"}]},
        {"code": "teal", "property": [{"code": "parent", "valueCode": "cold"}, {"code": "sea", "valueBoolean": True}]},
    ],
}


def value_set(name: str, *include: Any, exclude: Any = (), **more: Any) -> dict[str, Any]:
    compose = {"include": list(include), "exclude": list(exclude)}
    return {"resourceType": "ValueSet", "url": name, "version": "1", "compose": compose, **more}


def of(*include: Any, exclude: Any = (), beside: Any = (), **more: Any) -> Membership:
    held = Library.of([SYSTEM, *beside, value_set("urn:asked", *include, exclude=exclude, **more)])
    found = membership("urn:asked", held)
    assert found
    return found


def filtered(asked: str, value: str, name: str = "concept") -> dict[str, Any]:
    return {"system": COLOURS, "filter": [{"property": name, "op": asked, "value": value}]}


ALL = {"system": COLOURS}
LISTED = {"system": SNOMED, "concept": [{"code": "450475007"}, {"code": "450476008"}]}
REFSET = {"system": SNOMED, "filter": [{"property": "concept", "op": "in", "value": "1127551000000109"}]}


def test_a_whole_system_is_all_its_codes() -> None:
    colours = of(ALL)
    assert colours.holds(COLOURS, "scarlet") is True
    assert colours.holds(COLOURS, "grey") is False
    assert colours.holds(SNOMED, "scarlet") is False
    assert colours.codes() == ("blue", "cold", "orange", "red", "scarlet", "teal", "warm")


@pytest.mark.parametrize(
    ("include", "codes"),
    [
        (filtered("is-a", "warm"), "orange red scarlet warm"),
        (filtered("descendent-of", "cold"), "blue teal"),
        (filtered("is-not-a", "warm"), "blue cold teal"),
        (filtered("in", "red, blue"), "blue red"),
        (filtered("not-in", "red,blue,teal"), "cold orange scarlet warm"),
        (filtered("=", "true", "sea"), "cold teal"),
        (filtered("=", "cold", "parent"), "blue teal"),
        (filtered("exists", "false", "sea"), "blue orange red scarlet warm"),
        (filtered("regex", ".*l.*"), "blue cold scarlet teal"),
        (filtered("is-a", "grey"), ""),
    ],
)
def test_filters_choose_among_the_codes_of_a_system(include: Any, codes: str) -> None:
    assert of(include).codes() == tuple(codes.split())


@pytest.mark.parametrize(
    "include", [filtered("generalizes", "red"), filtered("regex", "("), filtered("is-a", "x", "y")]
)
def test_a_filter_that_is_not_understood_is_undecided(include: Any) -> None:
    assert of(include).holds(COLOURS, "red") is None


def test_listed_codes_are_known_without_their_system() -> None:
    cpr = of(LISTED)
    assert cpr.holds(SNOMED, "450476008") is True
    assert cpr.holds(SNOMED, "1") is False
    assert cpr.holds("", "450476008") is True
    assert cpr.holds("", "1") is False


def test_what_a_filter_of_snomed_chooses_is_undecided_and_other_systems_are_not_in_it() -> None:
    types = of(REFSET)
    assert types.holds(SNOMED, "325691000000100") is None
    assert types.holds(COLOURS, "red") is False
    assert types.holds("", "red") is None
    assert types.codes() is None


def test_what_is_listed_is_in_a_set_of_which_another_part_is_undecided() -> None:
    mixed = of(LISTED, REFSET, ALL)
    assert mixed.holds(SNOMED, "450476008") is True
    assert mixed.holds(SNOMED, "1") is None
    assert mixed.holds(COLOURS, "red") is True
    assert mixed.holds(COLOURS, "grey") is False


def test_an_include_with_sets_is_what_is_in_all_of_them() -> None:
    warm, dyes = value_set("urn:warm", filtered("is-a", "warm")), value_set("urn:dyes", filtered("in", "scarlet,blue"))
    both = of({"valueSet": ["urn:warm", "urn:dyes|1"]}, beside=(warm, dyes))
    assert both.codes() == ("scarlet",)
    assert of({"system": COLOURS, "valueSet": ["urn:dyes"]}, beside=(dyes,)).codes() == ("blue", "scarlet")
    either = of({"valueSet": ["urn:warm"]}, {"valueSet": ["urn:dyes"]}, beside=(warm, dyes))
    assert either.codes() == ("blue", "orange", "red", "scarlet", "warm")


def test_what_is_excluded_is_not_in_it() -> None:
    without = of(ALL, exclude=[{"system": COLOURS, "concept": [{"code": "red"}]}])
    assert without.holds(COLOURS, "red") is False
    assert without.holds(COLOURS, "blue") is True
    unsure = of(LISTED, exclude=[REFSET])
    assert unsure.holds(SNOMED, "450476008") is None
    assert unsure.holds(SNOMED, "1") is False
    assert unsure.codes() is None


def test_a_set_of_itself_is_undecided_and_ends() -> None:
    one = value_set("urn:one", {"valueSet": ["urn:two"]})
    two = value_set("urn:two", {"valueSet": ["urn:one"]}, ALL)
    found = membership("urn:one", Library.of([one, two, SYSTEM]))
    assert found
    assert found.holds(COLOURS, "red") is True
    assert found.holds(COLOURS, "grey") is None


def test_an_expansion_tells_what_its_compose_cannot() -> None:
    contains = [{"system": SNOMED, "code": "1", "contains": [{"system": SNOMED, "code": "2"}]}]
    assert of(REFSET, expansion={"contains": contains}).holds(SNOMED, "2") is True
    assert of(REFSET, expansion={"contains": contains}).holds(SNOMED, "3") is False
    assert of(REFSET, expansion={"contains": contains, "total": 900}).holds(SNOMED, "3") is None
    assert of(expansion={"contains": contains}).holds(SNOMED, "1") is True


def test_a_system_that_is_not_whole_decides_nothing() -> None:
    some = {"resourceType": "CodeSystem", "url": "urn:some", "content": "fragment", "concept": [{"code": "a"}]}
    assert of({"system": "urn:some"}, beside=(some,)).holds("urn:some", "b") is None


def test_sets_of_r4_are_known_without_a_library() -> None:
    gender = membership("http://hl7.org/fhir/ValueSet/administrative-gender|4.0.1", Library.of([]))
    assert gender
    assert gender.holds("", "female") is True
    assert gender.holds("", "zzz") is False


@pytest.mark.parametrize("wrong", [{}, {"compose": 3}, {"compose": {"include": [{"valueSet": "urn:x"}]}}])
def test_what_nobody_here_knows_is_no_membership(wrong: Any) -> None:
    empty = {"resourceType": "ValueSet", "url": "urn:empty", **wrong}
    assert membership("urn:nowhere", library.shipped()) is None
    assert membership("urn:empty", Library.of([empty])) is None
