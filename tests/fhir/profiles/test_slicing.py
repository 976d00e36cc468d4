"""Slices: which values belong to which, by each kind of discriminator, and what is then asked of them."""

from typing import Any

import pytest

from service.fhir.profiles import slicing
from tests.fhir.profiles.small import element, error, extension, found, issues, of, sliced, structure, undecided

NHS = "urn:nhs"
HL7 = "http://hl7.org/fhir/StructureDefinition/"


def patient(*identifiers: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"resourceType": "Patient", **({"identifier": list(identifiers)} if identifiers else {}), **more}


def observation(**more: Any) -> dict[str, Any]:
    return {"resourceType": "Observation", "status": "final", "code": {"text": "A code"}, **more}


def coded(code: str, system: str = "urn:colours") -> dict[str, Any]:
    return {"coding": [{"system": system, "code": code}]}


def numbers(rules: str = "open", **slice_: Any) -> list[dict[str, Any]]:
    """Identifiers told apart by system: the NHS number has a value."""
    return [
        element("Patient.identifier", slicing=sliced(("value", "system"), rules=rules)),
        element("Patient.identifier:nhs", **slice_),
        element("Patient.identifier:nhs.system", min=1, max="1", fixedUri=NHS),
        element("Patient.identifier:nhs.value", min=1, max="1"),
    ]


ONE, OTHER = {"system": NHS, "value": "1"}, {"system": "urn:other"}


def test_a_slice_is_judged_by_its_own_rules_and_the_rest_is_free() -> None:
    assert found(patient(OTHER, ONE), *numbers()) == []
    assert found(patient(OTHER, {"system": NHS}), *numbers()) == error("required", "Patient.identifier[1].value")


def test_a_slice_that_is_needed_is_missed() -> None:
    [issue] = issues(patient(OTHER), *numbers(min=1))
    assert (issue.code, issue.expression) == ("required", "Patient.identifier")
    assert "nhs" in issue.message
    assert found(patient(), *numbers(min=1)) == error("required", "Patient.identifier")


def test_too_many_of_a_slice_are_counted_apart() -> None:
    assert found(patient(ONE, OTHER, OTHER), *numbers(max="1")) == []
    assert found(patient(ONE, OTHER, ONE), *numbers(max="1")) == error("structure", "Patient.identifier[2]")


def test_what_is_asked_of_all_values_is_asked_of_those_of_a_slice_too() -> None:
    all_have_use = element("Patient.identifier.use", min=1, max="1")
    assert found(patient(ONE), *numbers(), all_have_use) == error("required", "Patient.identifier[0].use")


def test_closed_slices_leave_room_for_nothing_else() -> None:
    assert found(patient(ONE), *numbers("closed")) == []
    assert found(patient(ONE, OTHER), *numbers("closed")) == error("structure", "Patient.identifier[1]")


def test_what_is_open_at_the_end_stands_at_the_end() -> None:
    assert found(patient(ONE, OTHER), *numbers("openAtEnd")) == []
    assert found(patient(OTHER, ONE), *numbers("openAtEnd")) == error("structure", "Patient.identifier[1]")


def test_ordered_slices_come_in_their_order() -> None:
    elements = [
        element("Patient.name", slicing=sliced(("value", "use"), ordered=True)),
        element("Patient.name:official"),
        element("Patient.name:official.use", min=1, max="1", fixedCode="official"),
        element("Patient.name:usual"),
        element("Patient.name:usual.use", min=1, max="1", fixedCode="usual"),
    ]
    official, usual = {"use": "official"}, {"use": "usual"}
    assert found(patient(name=[official, usual]), *elements) == []
    assert found(patient(name=[usual, official]), *elements) == error("structure", "Patient.name[1]")


# Discriminators


def categories(discriminator: tuple[str, str], **slice_: Any) -> list[dict[str, Any]]:
    """Of the categories, those of the slice may not have a text."""
    return [
        element("Observation.category", slicing=sliced(discriminator)),
        element("Observation.category:red", **slice_),
        element("Observation.category:red.text", max="0"),
    ]


RED, BLUE = {**coded("red"), "text": "Red"}, {**coded("blue"), "text": "Blue"}
TEXT_OF_RED = error("structure", "Observation.category[1].text")


def test_by_a_pattern_of_the_value_itself() -> None:
    elements = categories(("pattern", "$this"), patternCodeableConcept=coded("red"))
    assert found(observation(category=[BLUE, RED]), *elements) == TEXT_OF_RED


def test_by_a_part_of_a_pattern_further_up() -> None:
    elements = categories(("value", "coding.code"), patternCodeableConcept=coded("red"))
    assert found(observation(category=[BLUE, RED]), *elements) == TEXT_OF_RED


def test_by_a_fixed_value_deep_inside() -> None:
    code = element("Observation.category:red.coding.code", min=1, max="1", fixedCode="red")
    inside = [element("Observation.category:red.coding", min=1), code]
    for path in ("coding.code", "coding", "$this"):
        elements = [*categories(("value", path)), *inside]
        assert found(observation(category=[BLUE, RED]), *elements) == TEXT_OF_RED, path


def test_by_what_the_base_says_where_the_slice_does_not_unfold_it() -> None:
    base = [element("Observation.category.coding"), element("Observation.category.coding.code", fixedCode="red")]
    told = found(observation(category=[RED]), *categories(("value", "coding.code")), *base)
    assert told == error("structure", "Observation.category[0].text")


def test_by_a_value_set_that_can_be_listed() -> None:
    binding = {"strength": "required", "valueSet": "urn:set"}
    include = [{"system": "urn:colours", "concept": [{"code": "red"}]}]
    reds = {"resourceType": "ValueSet", "url": "urn:set", "version": "1", "compose": {"include": include}}
    elements = categories(("value", "$this"), binding=binding)
    assert found(observation(category=[BLUE, RED]), *elements, beside=[reds]) == TEXT_OF_RED


def test_by_a_value_set_that_cannot_be_listed_nothing_is_decided_and_no_minimum_enforced() -> None:
    elements = categories(("value", "$this"), min=1, binding={"strength": "required", "valueSet": "urn:set"})
    assert found(observation(category=[BLUE, RED]), *elements) == undecided("Observation.category")


def test_by_whether_something_is_there() -> None:
    coding = element("Observation.category:red.coding", min=1)
    elements = [*categories(("exists", "coding")), coding]
    assert found(observation(category=[{"text": "Red"}, RED]), *elements) == TEXT_OF_RED


def test_by_the_type_of_a_choice() -> None:
    elements = [
        element("Observation.value[x]", max="1", slicing=sliced(("type", "$this"))),
        element("Observation.value[x]:valueQuantity", max="1", type=[of("Quantity")]),
        element("Observation.value[x]:valueQuantity.unit", min=1, max="1"),
    ]
    assert found(observation(valueString="A"), *elements) == []
    without = observation(valueQuantity={"code": "kg"})
    assert found(without, *elements) == error("required", "Observation.valueQuantity.unit")


def test_by_the_type_of_a_whole_resource() -> None:
    elements = [
        element("Bundle.entry", slicing=sliced(("type", "resource"))),
        element("Bundle.entry:person", min=1, max="1"),
        element("Bundle.entry:person.resource", min=1, max="1", type=[of("Patient")]),
    ]
    bundle = {"resourceType": "Bundle", "type": "collection", "entry": [{"resource": observation()}]}
    assert found(bundle, *elements) == error("required", "Bundle.entry")
    bundle["entry"].append({"resource": patient()})
    assert found(bundle, *elements) == []


def referring(discriminator: tuple[str, str], **type_: Any) -> list[dict[str, Any]]:
    return [
        element("Observation.performer", slicing=sliced(discriminator)),
        element("Observation.performer:person", min=1, type=[of("Reference", **type_)]),
    ]


def test_by_the_type_that_a_reference_names() -> None:
    elements = referring(("type", "$this.resolve()"), target=f"{HL7}Practitioner")
    performers = [{"reference": "Organization/1"}]
    assert found(observation(performer=performers), *elements) == error("required", "Observation.performer")
    performers.append({"reference": "Practitioner/1"})
    assert found(observation(performer=performers), *elements) == []


def test_by_what_only_following_a_reference_would_tell_nothing_is_decided() -> None:
    for discriminator in (("profile", "resolve()"), ("value", "resolve().code")):
        elements = referring(discriminator, target=f"{HL7}Practitioner")
        told = found(observation(performer=[{"reference": "Practitioner/1"}]), *elements)
        assert told == undecided("Observation.performer")


def test_by_a_profile_that_is_held() -> None:
    named = structure("HumanName", element("HumanName.family", min=1, max="1"), canonical="urn:test:named")
    elements = [
        element("Patient.name", slicing=sliced(("profile", "$this"))),
        element("Patient.name:full", min=1, max="1", type=[of("HumanName", profile="urn:test:named")]),
    ]
    assert found(patient(name=[{"text": "A"}]), *elements, beside=[named]) == error("required", "Patient.name")
    assert found(patient(name=[{"text": "A"}, {"family": "Hill"}]), *elements, beside=[named]) == []
    assert found(patient(name=[{"text": "A"}]), *elements) == undecided("Patient.name")


def test_by_the_value_of_an_extension() -> None:
    kind = element("Patient.name:birth.extension:kind", min=1, max="1", type=[of("Extension", profile="urn:kind")])
    elements = [
        element("Patient.name", slicing=sliced(("value", "extension('urn:kind').value"))),
        element("Patient.name:birth", min=1, max="1"),
        element("Patient.name:birth.extension", slicing=sliced(("value", "url"))),
        kind,
        element("Patient.name:birth.extension:kind.url", min=1, max="1", fixedUri="urn:kind"),
        element("Patient.name:birth.extension:kind.value[x]", min=1, max="1", fixedCode="birth", type=[of("code")]),
    ]
    other = {"family": "Hill", "extension": [{"url": "urn:kind", "valueCode": "married"}]}
    assert found(patient(name=[other]), *elements) == error("required", "Patient.name")
    birth = {"family": "Hill", "extension": [{"url": "urn:kind", "valueCode": "birth"}]}
    assert found(patient(name=[other, birth]), *elements) == []


def test_by_nothing_nothing_is_decided() -> None:
    elements = [element("Patient.name", slicing={"rules": "open"}), element("Patient.name:one", min=1, max="1")]
    assert found(patient(name=[{"text": "A"}]), *elements) == undecided("Patient.name")


def test_by_what_only_a_later_fhir_has_nothing_is_decided() -> None:
    elements = [element("Patient.name", slicing=sliced(("position", "$this"))), element("Patient.name:one", min=1)]
    assert found(patient(name=[{"text": "A"}]), *elements) == undecided("Patient.name")


def test_by_two_things_at_once() -> None:
    elements = [
        element("Patient.telecom", slicing=sliced(("value", "system"), ("value", "use"))),
        element("Patient.telecom:home", max="1"),
        element("Patient.telecom:home.system", min=1, max="1", fixedCode="phone"),
        element("Patient.telecom:home.use", min=1, max="1", fixedCode="home"),
    ]
    phone = {"system": "phone", "value": "1"}
    telecom = [{**phone, "use": "work"}, {**phone, "use": "home"}, {"system": "email", "value": "a", "use": "home"}]
    assert found(patient(telecom=telecom), *elements) == []
    assert found(patient(telecom=telecom * 2), *elements) == error("structure", "Patient.telecom[4]")


@pytest.mark.parametrize("path", ["a b", "where(use = 'old')", "name[0]", "1"])
def test_a_path_that_r4_does_not_allow_decides_nothing(path: str) -> None:
    assert slicing.steps(path) is None
    elements = [element("Patient.name", slicing=sliced(("value", path))), element("Patient.name:one", min=1)]
    assert found(patient(name=[{"text": "A"}]), *elements) == undecided("Patient.name")


# Slices in slices


def test_slices_inside_a_slice_are_judged() -> None:
    elements = [
        *numbers(),
        element("Patient.identifier:nhs.extension", slicing=sliced(("value", "url"))),
        element(
            "Patient.identifier:nhs.extension:status", min=1, max="1", type=[of("Extension", profile="urn:status")]
        ),
    ]
    held = extension("urn:status")
    assert found(patient(OTHER, ONE), *elements, beside=[held]) == error("required", "Patient.identifier[1].extension")
    with_status = {**ONE, "extension": [{"url": "urn:status", "valueCode": "01"}]}
    assert found(patient(OTHER, with_status), *elements, beside=[held]) == []


def test_a_slice_of_a_slice_is_judged() -> None:
    outer = sliced(("value", "use"))
    elements = [
        element("Patient.identifier", slicing=sliced(("value", "system"))),
        element("Patient.identifier:nhs", slicing=outer),
        element("Patient.identifier:nhs.system", min=1, max="1", fixedUri=NHS),
        element("Patient.identifier:nhs/current", max="1"),
        element("Patient.identifier:nhs/current.use", min=1, max="1", fixedCode="official"),
    ]
    current, old = {**ONE, "use": "official"}, {**ONE, "use": "old"}
    assert found(patient(current, old, {**OTHER, "use": "official"}), *elements) == []
    assert found(patient(current, old, current), *elements) == error("structure", "Patient.identifier[2]")


def test_extensions_of_a_primitive_are_sliced_beside_it() -> None:
    elements = [
        element("Patient.birthDate", max="1"),
        element("Patient.birthDate.extension", slicing=sliced(("value", "url"))),
        element("Patient.birthDate.extension:time", min=1, max="1", type=[of("Extension", profile="urn:time")]),
    ]
    held = extension("urn:time")
    assert found(patient(birthDate="1950"), *elements, beside=[held]) == error(
        "required", "Patient.birthDate.extension"
    )
    beside = {"extension": [{"url": "urn:time", "valueDateTime": "1950-01-01T10:00:00Z"}]}
    assert found(patient(birthDate="1950", _birthDate=beside), *elements, beside=[held]) == []
