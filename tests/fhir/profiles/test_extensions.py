"""Extensions are judged by the definitions that are held, wherever they stand; others pass."""

from typing import Any

import pytest

from service.fhir.profiles import conformity
from service.fhir.profiles.library import Library
from tests.fhir.profiles import small
from tests.fhir.profiles.small import element, error, extension, of, sliced, undecided

KIND = "urn:kind"
NO_INNER = element("Extension.extension", max="0")
A_CODE = element("Extension.value[x]", min=1, max="1", type=[of("code")])


def patient(**more: Any) -> dict[str, Any]:
    return {"resourceType": "Patient", **more}


def found(resource: dict[str, Any], *definitions: dict[str, Any], **more: Any) -> list[tuple[str, str, str]]:
    held = Library.of(definitions or [extension(KIND, NO_INNER, A_CODE, **more)])
    told = conformity.all_issues(resource, [], held)
    return [(issue.severity, issue.code, issue.expression) for issue in told]


def on(*expressions: str, kind: str = "element") -> list[dict[str, str]]:
    return [{"type": kind, "expression": expression} for expression in expressions]


GOOD, BAD = {"url": KIND, "valueCode": "a"}, {"url": KIND, "valueString": "a"}


def test_an_extension_keeps_its_definition() -> None:
    assert found(patient(extension=[GOOD])) == []
    assert found(patient(extension=[GOOD, BAD])) == error("structure", "Patient.extension[1].valueString")


def test_an_extension_that_nobody_here_defines_passes() -> None:
    assert found(patient(extension=[{"url": "urn:unknown", "valueString": "a"}])) == []


@pytest.mark.parametrize(
    ("resource", "expression"),
    [
        (patient(name=[{"extension": [BAD]}]), "Patient.name[0].extension[0]"),
        (patient(_birthDate={"extension": [BAD]}), "Patient.birthDate.extension[0]"),
        (patient(name=[{"_given": [None, {"extension": [BAD]}]}]), "Patient.name[0].given[1].extension[0]"),
        (patient(contained=[patient(extension=[BAD])]), "Patient.contained[0].extension[0]"),
        (patient(extension=[{"url": "urn:outer", "extension": [BAD]}]), "Patient.extension[0].extension[0]"),
    ],
)
def test_it_is_judged_wherever_it_stands(resource: dict[str, Any], expression: str) -> None:
    assert found(resource) == error("structure", f"{expression}.valueString")


def test_an_extension_may_hold_others_that_are_judged_as_its_slices() -> None:
    outer = extension(
        "urn:outer",
        element("Extension.extension", slicing=sliced(("value", "url"))),
        element("Extension.extension:level", min=1, max="1"),
        element("Extension.extension:level.url", min=1, max="1", fixedUri="level"),
        element("Extension.extension:level.value[x]", min=1, max="1", type=[of("code")]),
        element("Extension.value[x]", max="0"),
    )
    level = {"url": "level", "valueCode": "a"}
    assert found(patient(extension=[{"url": "urn:outer", "extension": [level]}]), outer) == []
    missing = patient(extension=[{"url": "urn:outer", "extension": [{"url": "other", "valueCode": "a"}]}])
    assert found(missing, outer) == error("required", "Patient.extension[0].extension")
    wrong = patient(extension=[{"url": "urn:outer", "extension": [{"url": "level", "valueString": "a"}]}])
    assert found(wrong, outer) == error("structure", "Patient.extension[0].extension[0].valueString")
    both = {"url": "urn:outer", "extension": [level], "valueCode": "a"}
    assert found(patient(extension=[both]), outer) == error("structure", "Patient.extension[0].valueCode")


@pytest.mark.parametrize(
    ("resource", "context"),
    [
        (patient(extension=[GOOD]), "Patient"),
        (patient(extension=[GOOD]), "DomainResource"),
        (patient(extension=[GOOD]), "Resource"),
        (patient(contact=[{"extension": [GOOD]}]), "Patient.contact"),
        (patient(contact=[{"extension": [GOOD]}]), "BackboneElement"),
        (patient(address=[{"extension": [GOOD]}]), "Address"),
        (patient(address=[{"extension": [GOOD]}]), "Patient.address"),
        (patient(telecom=[{"_system": {"extension": [GOOD]}}]), "ContactPoint.system"),
        (patient(telecom=[{"_system": {"extension": [GOOD]}}]), "Patient.telecom.system"),
        (patient(_deceasedDateTime={"extension": [GOOD]}), "Patient.deceased[x]"),
        (patient(_deceasedDateTime={"extension": [GOOD]}), "dateTime"),
        (patient(name=[{"extension": [GOOD]}]), "Element"),
        (patient(contained=[{"resourceType": "Group", "extension": [GOOD]}]), "Group"),
    ],
)
def test_a_place_has_many_names(resource: dict[str, Any], context: str) -> None:
    assert found(resource, context=on("Flag", context)) == []


@pytest.mark.parametrize("context", ["Flag", "Patient.contact", "HumanName"])
def test_an_extension_stands_only_where_its_definition_says(context: str) -> None:
    assert found(patient(extension=[GOOD]), context=on(context)) == error("extension", "Patient.extension[0]")


def test_an_extension_may_belong_inside_another() -> None:
    inside = patient(extension=[{"url": "urn:outer", "extension": [GOOD]}])
    assert found(inside, context=on("urn:outer", kind="extension")) == []
    outside = patient(extension=[GOOD])
    assert found(outside, context=on("urn:outer", kind="extension")) == error("extension", "Patient.extension[0]")


def test_a_context_that_only_fhirpath_or_a_later_fhir_could_tell_is_undecided() -> None:
    for context in (on("Patient.where(active)", kind="fhirpath"), on("CanonicalResource")):
        assert found(patient(extension=[GOOD]), context=context) == undecided("Patient.extension[0]")


def test_a_definition_may_ask_something_of_the_place() -> None:
    asked = {"contextInvariant": ["birthDate.exists()"], "context": on("Patient")}
    assert found(patient(extension=[GOOD], birthDate="1950"), **asked) == []
    assert found(patient(extension=[GOOD]), **asked) == error("invariant", "Patient")


def test_an_extension_stands_as_often_as_its_definition_says() -> None:
    once = extension(KIND, element("Extension", max="1"))
    assert found(patient(extension=[GOOD], name=[{"extension": [GOOD]}]), once) == []
    twice = patient(extension=[GOOD, dict(GOOD)])
    assert found(twice, once) == error("structure", "Patient.extension[1]")


def test_a_profile_may_narrow_an_extension_where_it_stands() -> None:
    narrow = extension(KIND, element("Extension.value[x]", max="1", type=[of("code")], patternCode="b"))
    narrow = {**narrow, "url": "urn:narrow"}
    elements = [
        element("Patient.extension", slicing=sliced(("value", "url"))),
        element("Patient.extension:kind", type=[of("Extension", profile="urn:narrow")]),
        element("Patient.extension:kind.url", min=1, max="1", fixedUri=KIND),
    ]
    told = small.found(patient(extension=[GOOD]), *elements, beside=[narrow, extension(KIND, A_CODE)])
    assert told == error("value", "Patient.extension[0].valueCode")


def test_a_slice_of_an_extension_that_nobody_here_defines_passes() -> None:
    elements = [
        element("Patient.extension", slicing=sliced(("value", "url"))),
        element("Patient.extension:kind", max="1", type=[of("Extension", profile=KIND)]),
    ]
    assert small.found(patient(extension=[BAD]), *elements) == []
    assert small.found(patient(extension=[BAD, BAD]), *elements) == error("structure", "Patient.extension[1]")


def test_a_definition_of_something_else_defines_no_extension() -> None:
    other = {**extension(KIND, A_CODE), "type": "Patient"}
    assert found(patient(extension=[BAD]), other) == []
