"""What a profile asks of a resource beyond R4: one behaviour each, by the smallest StructureDefinition that has it."""

from typing import Any

import pytest

from service.fhir import codec
from service.fhir.profiles import compiled, conformity, library
from service.fhir.profiles.library import Library
from tests.fhir.profiles.small import ASKED, element, error, found, issues, of, profile, structure, undecided

HL7 = "http://hl7.org/fhir/StructureDefinition/"
COLOURS = "urn:colours"
ABSENT = {
    "extension": [{"url": "http://hl7.org/fhir/StructureDefinition/data-absent-reason", "valueCode": "asked-declined"}]
}


def patient(**more: Any) -> dict[str, Any]:
    return {"resourceType": "Patient", **more}


def observation(**more: Any) -> dict[str, Any]:
    return {"resourceType": "Observation", "status": "final", "code": {"text": "A code"}, **more}


def colours(*codes: str, system: str = COLOURS) -> dict[str, Any]:
    include = [{"system": system, "concept": [{"code": code} for code in codes]}]
    return {"resourceType": "ValueSet", "url": f"{COLOURS}/set", "version": "1", "compose": {"include": include}}


def bound(name: str, strength: str, **more: Any) -> dict[str, Any]:
    return element(name, binding={"strength": strength, "valueSet": f"{COLOURS}/set"}, **more)


def coded(code: str, system: str = COLOURS) -> dict[str, Any]:
    return {"coding": [{"system": system, "code": code}]}


# Cardinality


def test_a_profile_that_asks_for_nothing_is_kept() -> None:
    assert found(patient(), element("Patient.name"), element("Patient.birthDate", max="1")) == []


def test_what_a_profile_needs_is_missed() -> None:
    assert found(patient(), element("Patient.birthDate", min=1, max="1")) == error("required", "Patient.birthDate")


def test_a_value_that_is_absent_for_a_reason_is_there() -> None:
    assert found(patient(_birthDate=ABSENT), element("Patient.birthDate", min=1, max="1")) == []


def test_too_few_and_too_many_are_counted() -> None:
    two = element("Patient.name", min=2, max="2")
    assert found(patient(name=[{"text": "A"}]), two) == error("required", "Patient.name")
    assert found(patient(name=[{"text": "A"}] * 2), two) == []
    assert found(patient(name=[{"text": "A"}] * 3), two) == error("structure", "Patient.name")


def test_what_a_profile_leaves_out_may_not_be_sent() -> None:
    [issue] = issues(patient(photo=[{"title": "x"}]), element("Patient.photo", max="0"))
    assert (issue.code, issue.expression) == ("structure", "Patient.photo")
    assert issue.message.startswith("Leave photo out")


def test_a_minimum_counts_only_where_what_holds_the_element_is_there() -> None:
    needed = element("Patient.contact"), element("Patient.contact.name", min=1, max="1")
    assert found(patient(), *needed) == []
    contact = [{"name": {"text": "A"}}, {"gender": "female"}]
    assert found(patient(contact=contact), *needed) == error("required", "Patient.contact[1].name")


def test_elements_of_datatypes_are_judged_too() -> None:
    needed = element("Patient.name"), element("Patient.name.family", min=1, max="1")
    assert found(patient(name=[{"text": "A"}]), *needed) == error("required", "Patient.name[0].family")


def test_a_list_with_gaps_counts_each_place() -> None:
    one_given = element("Patient.name"), element("Patient.name.given", max="1")
    name = {"given": ["Anna", None], "_given": [None, ABSENT]}
    assert found(patient(name=[name]), *one_given) == error("structure", "Patient.name[0].given")


# Types


def test_a_choice_takes_only_the_types_that_are_left() -> None:
    date_only = element("Observation.effective[x]", max="1", type=[of("dateTime")])
    assert found(observation(effectiveDateTime="2026"), date_only) == []
    period = {"start": "2026"}
    assert found(observation(effectivePeriod=period), date_only) == error("structure", "Observation.effectivePeriod")


def test_a_choice_that_is_needed_may_come_in_any_type_that_is_left() -> None:
    needed = element("Observation.value[x]", min=1, max="1", type=[of("string"), of("boolean")])
    assert found(observation(valueBoolean=False), needed) == []
    assert found(observation(), needed) == error("required", "Observation.value")


def test_a_reference_leads_to_the_types_that_are_left() -> None:
    subject = element("Observation.subject", max="1", type=[of("Reference", target=f"{HL7}Patient")])
    assert found(observation(subject={"reference": "Patient/1"}), subject) == []
    group = observation(subject={"reference": "Group/1"})
    assert found(group, subject) == error("value", "Observation.subject.reference")


def test_a_target_profile_stands_for_its_type() -> None:
    canonical = "urn:test:person"
    subject = element("Observation.subject", max="1", type=[of("Reference", target=canonical)])
    person = structure("Patient", canonical=canonical)
    group = observation(subject={"reference": "Group/1"})
    assert found(group, subject, beside=[person]) == error("value", "Observation.subject.reference")
    assert found(observation(subject={"reference": "Patient/1"}), subject, beside=[person]) == []


def test_a_target_profile_that_is_not_held_leaves_a_reference_undecided() -> None:
    subject = element("Observation.subject", max="1", type=[of("Reference", target="urn:test:unheld")])
    assert found(observation(subject={"reference": "Group/1"}), subject) == undecided("Observation.subject")
    assert found(observation(subject={"display": "A"}), subject) == []


def test_where_a_reference_leads_is_told_by_its_type_or_by_what_is_contained() -> None:
    subject = element("Observation.subject", max="1", type=[of("Reference", target=f"{HL7}Patient")])
    elsewhere = {"reference": "urn:uuid:0f0d7f5c-2f6c-4b1e-8f5d-1d4b0f6f3a11"}
    assert found(observation(subject=elsewhere), subject) == undecided("Observation.subject")
    assert found(observation(subject={**elsewhere, "type": "Patient"}), subject) == []
    contained = [{"resourceType": "Group", "id": "g"}]
    inside = observation(subject={"reference": "#g"}, contained=contained)
    assert found(inside, subject) == error("value", "Observation.subject.reference")


def test_a_whole_resource_is_of_the_types_that_are_left() -> None:
    only = element("Bundle.entry"), element("Bundle.entry.resource", max="1", type=[of("Patient")])
    bundle = {"resourceType": "Bundle", "type": "collection", "entry": [{"resource": observation()}]}
    assert found(bundle, *only) == error("structure", "Bundle.entry[0].resource")


# Values


def test_a_fixed_value_is_that_and_no_other() -> None:
    fixed = element("Observation.status", min=1, max="1", fixedCode="final")
    assert found(observation(), fixed) == []
    assert found(observation(status="amended"), fixed) == error("value", "Observation.status")


def test_a_fixed_concept_has_nothing_more() -> None:
    fixed = element("Observation.code", min=1, max="1", fixedCodeableConcept=coded("red"))
    assert found(observation(code=coded("red")), fixed) == []
    assert found(observation(code={**coded("red"), "text": "Red"}), fixed) == error("value", "Observation.code")


def test_a_pattern_is_part_of_what_is_there() -> None:
    pattern = element("Observation.code", min=1, max="1", patternCodeableConcept=coded("red"))
    codings = [{"code": "cherry"}, {"system": COLOURS, "code": "red", "display": "Red"}]
    assert found(observation(code={"coding": codings, "text": "Red"}), pattern) == []
    assert found(observation(code=coded("blue")), pattern) == error("value", "Observation.code")


def test_numbers_are_the_same_however_they_are_written() -> None:
    quantity = element("Observation.value[x]", max="1", type=[of("Quantity")])
    amount = element("Observation.value[x].value", max="1", fixedDecimal=1.5)
    assert found(observation(valueQuantity=codec.loads(b'{"value": 1.50}')), quantity, amount) == []
    wrong = observation(valueQuantity=codec.loads(b'{"value": 1.05}'))
    assert found(wrong, quantity, amount) == error("value", "Observation.valueQuantity.value")


def test_a_text_is_no_longer_than_allowed() -> None:
    short = element("Patient.language", max="1", maxLength=2)
    assert found(patient(language="en"), short) == []
    assert found(patient(language="en-GB"), short) == error("value", "Patient.language")


def test_a_value_stays_within_its_limits() -> None:
    quantity = element("Observation.value[x]", max="1", type=[of("integer")], minValueInteger=1, maxValueInteger=9)
    told = {value: found(observation(valueInteger=value), quantity) for value in (0, 1, 9, 10)}
    wrong = error("value", "Observation.valueInteger")
    assert told == {0: wrong, 1: [], 9: [], 10: wrong}


@pytest.mark.parametrize(
    ("date", "told"),
    [
        ("1949-12-31", error("value", "Patient.birthDate")),
        ("1950-01-01", []),
        ("1950", []),
        ("1949", error("value", "Patient.birthDate")),
    ],
)
def test_a_date_stays_within_its_limits(date: str, told: Any) -> None:
    assert found(patient(birthDate=date), element("Patient.birthDate", max="1", minValueDate="1950-01-01")) == told


def test_a_limit_that_cannot_be_compared_is_undecided() -> None:
    told = found(patient(birthDate="1950"), element("Patient.birthDate", max="1", minValueDate="1950-03-01"))
    assert told == undecided("Patient.birthDate")


# Bindings


def test_a_required_code_is_of_its_value_set() -> None:
    required = bound("Observation.code", "required", min=1, max="1")
    assert found(observation(code=coded("red")), required, beside=[colours("red")]) == []
    [issue] = issues(observation(code=coded("blue")), required, beside=[colours("red", "green")])
    assert (issue.severity, issue.code, issue.expression) == ("error", "code-invalid", "Observation.code")
    assert "green, red" in issue.message


def test_one_coding_of_several_is_enough() -> None:
    required = bound("Observation.code", "required", min=1, max="1")
    both = {"coding": [{"system": "urn:other", "code": "x"}, {"system": COLOURS, "code": "red"}]}
    assert found(observation(code=both), required, beside=[colours("red")]) == []


def test_a_text_alone_is_not_enough_for_a_required_code() -> None:
    required = bound("Observation.code", "required", min=1, max="1")
    assert found(observation(), required, beside=[colours("red")]) == error("code-invalid", "Observation.code")
    absent = observation(code=ABSENT)
    assert found(absent, required, beside=[colours("red")]) == []


def test_an_extensible_code_of_elsewhere_is_worth_a_word() -> None:
    extensible = bound("Observation.code", "extensible", min=1, max="1")
    told = found(observation(code=coded("blue")), extensible, beside=[colours("red")])
    assert told == [("warning", "code-invalid", "Observation.code")]
    assert found(observation(), extensible, beside=[colours("red")]) == []


def test_preferred_and_example_codes_are_free() -> None:
    free = bound("Observation.code", "preferred", min=1, max="1"), bound("Observation.bodySite", "example", max="1")
    assert found(observation(code=coded("blue"), bodySite=coded("x")), *free, beside=[colours("red")]) == []


def test_a_code_element_is_bound_without_a_system() -> None:
    required = bound("Patient.gender", "required", max="1")
    assert found(patient(gender="male"), required, beside=[colours("male")]) == []
    assert found(patient(gender="female"), required, beside=[colours("male")]) == error(
        "code-invalid", "Patient.gender"
    )


def test_a_value_set_that_nobody_here_can_list_leaves_its_codes_undecided() -> None:
    required = bound("Observation.code", "required", min=1, max="1")
    assert found(observation(code=coded("red")), required) == undecided("Observation.code")


def test_what_r4_itself_binds_is_not_judged_again() -> None:
    binding = {"strength": "required", "valueSet": "http://hl7.org/fhir/ValueSet/observation-status|4.0.1"}
    assert profile("Observation", element("Observation.status", min=1, max="1", binding=binding)).rules == (
        profile("Observation").rules
    )


# Invariants


def constraint(key: str, expression: str = "", severity: str = "error") -> dict[str, Any]:
    said = {"expression": expression} if expression else {}
    return {"key": key, "severity": severity, "human": "Say when they were born.", **said}


def test_an_invariant_that_does_not_hold_is_told_with_its_key() -> None:
    root = element("Patient", constraint=[constraint("test-1", "birthDate.exists()")])
    assert found(patient(birthDate="1950"), root) == []
    [issue] = issues(patient(), root)
    assert (issue.code, issue.detail, issue.expression) == ("invariant", "test-1", "Patient")
    assert issue.message == "Say when they were born (test-1)"


def test_an_invariant_of_the_register_is_a_rule_of_the_register() -> None:
    root = element("Patient", constraint=[constraint("epaccs-born", "birthDate.exists()")])
    [issue] = issues(patient(), root)
    assert (issue.code, issue.detail) == ("business-rule", "epaccs-born")


def test_an_invariant_of_less_weight_is_a_warning() -> None:
    root = element("Patient", constraint=[constraint("test-1", "birthDate.exists()", "warning")])
    assert found(patient(), root) == [("warning", "invariant", "Patient")]


def test_an_invariant_is_asked_of_each_value_of_its_element() -> None:
    named = element("Patient.name", constraint=[constraint("test-1", "family.exists() or text.exists()")])
    sent = patient(name=[{"family": "Hill"}, {"use": "old"}])
    assert found(sent, named) == error("invariant", "Patient.name[1]")


@pytest.mark.parametrize("expression", ["", "resolve().exists() and", "name.given"])
def test_an_invariant_that_cannot_be_evaluated_is_undecided(expression: str) -> None:
    root = element("Patient", constraint=[constraint("test-1", expression)])
    assert found(patient(name=[{"given": ["Anna", "Maria"]}]), root) == undecided("Patient")


def test_invariants_that_r4_judges_are_not_asked_again() -> None:
    root = element("Patient", constraint=[constraint("dom-2", "false"), constraint("ele-1", "false")])
    contact = element("Patient.contact", constraint=[constraint("pat-1", "false")])
    assert found(patient(contact=[{"gender": "male"}]), root, contact) == []


# Profiles inside profiles


def test_a_datatype_keeps_the_profile_of_its_element() -> None:
    short = structure("HumanName", element("HumanName.prefix", max="0"), canonical="urn:test:short")
    name = element("Patient.name", type=[of("HumanName", profile="urn:test:short")])
    sent = patient(name=[{"text": "A"}, {"prefix": ["Dr"]}])
    assert found(sent, name, beside=[short]) == error("structure", "Patient.name[1].prefix")


def test_one_of_several_profiles_is_enough() -> None:
    short = structure("HumanName", element("HumanName.prefix", max="0"), canonical="urn:test:short")
    plain = structure("HumanName", element("HumanName.text", min=1, max="1"), canonical="urn:test:plain")
    type_ = {"code": "HumanName", "profile": ["urn:test:short", "urn:test:plain"]}
    name = element("Patient.name", type=[type_])
    sent = patient(name=[{"text": "Dr A", "prefix": ["Dr"]}, {"prefix": ["Dr"]}])
    assert found(sent, name, beside=[short, plain]) == error("structure", "Patient.name[1]")


def test_a_profile_that_is_not_held_leaves_its_values_undecided() -> None:
    name = element("Patient.name", type=[of("HumanName", profile="urn:test:unheld")])
    assert found(patient(name=[{"text": "A"}]), name) == undecided("Patient.name[0]")


def test_what_refers_back_to_an_element_is_judged_by_it() -> None:
    item = element("Questionnaire.item"), element("Questionnaire.item.text", min=1, max="1")
    inner = element("Questionnaire.item.item", contentReference="#Questionnaire.item")
    deep = {"linkId": "1", "text": "A", "item": [{"linkId": "1.1", "text": "B", "item": [{"linkId": "1.1.1"}]}]}
    form = {"resourceType": "Questionnaire", "status": "draft", "item": [deep]}
    assert found(form, *item, inner) == error("required", "Questionnaire.item[0].item[0].item[0].text")


# Whole resources


def test_a_profile_of_another_type_cannot_be_kept() -> None:
    told = conformity.issues(observation(), profile("Patient"))
    assert [(issue.code, issue.expression) for issue in told] == [("structure", "Observation")]


def test_a_definition_without_a_snapshot_decides_nothing() -> None:
    bare = {name: value for name, value in structure("Patient").items() if name != "snapshot"}
    told = conformity.issues(patient(), compiled.profile(ASKED, Library.of([bare])))
    assert [(issue.severity, issue.code) for issue in told] == [("information", "informational")]


def test_a_profile_nobody_holds_is_named() -> None:
    with pytest.raises(LookupError, match="urn:test:asked"):
        compiled.profile(ASKED, Library.of([]))


def test_a_version_of_a_profile_is_found() -> None:
    held = Library.of([structure("Patient")])
    assert compiled.profile(f"{ASKED}|1", held).canonical == ASKED


def test_what_is_found_stands_where_the_resource_does() -> None:
    asked = profile("Patient", element("Patient.birthDate", min=1, max="1"))
    [issue] = conformity.issues(patient(), asked, at="Bundle.entry[3].resource")
    assert issue.expression == "Bundle.entry[3].resource.birthDate"


def test_what_two_profiles_find_is_told_once() -> None:
    asked = profile("Patient", element("Patient.birthDate", min=1, max="1"))
    assert len(conformity.all_issues(patient(), [asked, asked], asked.library)) == 1


def test_a_resource_that_is_wrong_throughout_is_told_so_in_brief() -> None:
    asked = profile("Patient", element("Patient.name"), element("Patient.name.family", min=1, max="1"))
    told = conformity.issues(patient(name=[{"text": "A"}] * 5000), asked)
    assert len(told) == conformity.MOST_ISSUES + 1
    assert told[-1].code == "too-costly"


def test_what_is_no_error_refuses_nothing_however_often_it_is_found() -> None:
    constraint = {"key": "c-1", "severity": "warning", "human": "Give a family name", "expression": "family.exists()"}
    asked = profile("Patient", element("Patient.name", constraint=[constraint]), element("Patient.birthDate", min=1))
    told = conformity.issues(patient(name=[{"text": "A"}] * 500), asked)
    assert [issue.code for issue in told if issue.severity == "error"] == ["required"]
    assert len(told) == conformity.MOST_ISSUES + 2
    assert (told[-1].severity, told[-1].code) == ("information", "informational")


def test_one_profile_is_compiled_once_in_whatever_versions_it_is_claimed() -> None:
    asked = profile("Patient", element("Patient.birthDate", min=1, max="1"))
    assert compiled.held(f"{ASKED}|7", asked.library) is compiled.held(f"{ASKED}|8", asked.library) is asked


@pytest.mark.parametrize("odd", [5, None, {}, [5], "birthDate.exists()"])
def test_an_odd_context_invariant_of_a_package_asks_nothing(odd: Any) -> None:
    definition = {**structure("Extension"), "contextInvariant": odd}
    assert compiled.profile(ASKED, Library.of([definition])).invariants == ()


def test_judging_changes_nothing() -> None:
    sent = patient(name=[{"text": "A"}], contact=[{"gender": "male"}])
    before = codec.dumps(sent)
    found(sent, element("Patient.name", min=2, max="2"))
    assert codec.dumps(sent) == before


# Items of the information standard


def mapping(items: str) -> list[dict[str, str]]:
    return [{"identity": "scci1580", "map": items}, {"identity": "v2", "map": "PID-5"}]


def held_items(resource: dict[str, Any], *elements: dict[str, Any]) -> frozenset[str]:
    declared = structure("Patient", *elements, mapping=[{"identity": "scci1580"}])
    return conformity.items(resource, compiled.profile(ASKED, Library.of([declared])))


def test_the_items_of_what_is_there_are_told() -> None:
    name = element("Patient.name"), element("Patient.name.family", max="1", mapping=mapping("5"))
    practice = element("Patient.generalPractitioner", mapping=mapping("19, 20"))
    deceased = element("Patient.deceased[x]", max="1", mapping=mapping("59"))
    sent = patient(name=[{"text": "A"}, {"family": "Hill"}], deceasedDateTime="2026-03-02")
    assert held_items(sent, *name, practice, deceased) == {"5", "59"}


def test_an_item_that_is_absent_for_a_reason_is_not_there() -> None:
    birth = element("Patient.birthDate", max="1", mapping=mapping("8"))
    address = element("Patient.address", mapping=mapping("12"))
    assert held_items(patient(_birthDate=ABSENT, address=[ABSENT]), birth, address) == frozenset()


def test_an_item_of_a_slice_is_told_by_what_belongs_to_it() -> None:
    elements = (
        element("Patient.name", slicing={"discriminator": [{"type": "value", "path": "use"}], "rules": "open"}),
        element("Patient.name:usual", mapping=mapping("7")),
        element("Patient.name:usual.use", min=1, max="1", fixedCode="usual"),
    )
    assert held_items(patient(name=[{"use": "official", "text": "A"}]), *elements) == frozenset()
    assert held_items(patient(name=[{"use": "usual", "text": "A"}]), *elements) == {"7"}


def test_a_profile_without_a_mapping_tells_of_no_items() -> None:
    assert conformity.items(patient(), profile("Patient")) == frozenset()


# Definitions of others, and ours


@pytest.mark.parametrize(
    "spoilt",
    [
        {"max": "many"},
        {"min": None},
        {"type": [{}]},
        {"type": "string"},
        {"constraint": [{"key": "x"}, 1]},
        {"binding": "urn:set"},
        {"slicing": []},
    ],
)
def test_a_definition_that_is_not_as_r4_has_it_decides_nothing(spoilt: dict[str, Any]) -> None:
    told = found(patient(name=[{"text": "A"}]), {**element("Patient.name"), **spoilt})
    assert [severity for severity, _, _ in told] in ([], ["information"])


def test_each_of_our_own_definitions_can_be_judged_by() -> None:
    ours = library.shipped()
    for one in ours.structures():
        assert compiled.profile(one["url"], ours).rules is not None, one["id"]
