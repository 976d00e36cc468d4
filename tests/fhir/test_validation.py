import copy
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.errors import Issue
from service.fhir import codec, definitions, index_values, references, validation
from service.fhir.formats import FORMATS
from service.fhir.resource_type import all_types

Body = dict[str, Any]

CODE = {"coding": [{"system": "http://snomed.info/sct", "code": "304251008", "display": "CPR"}], "text": "CPR"}
SUBJECT = {"reference": "Patient/1", "type": "Patient", "identifier": {"value": "9990000018"}}

TEXT: Body = {"status": "generated", "div": '<div xmlns="http://www.w3.org/1999/xhtml"><b>Mrs</b> Example</div>'}
UNKNOWN: list[Body] = [{"url": "http://hl7.org/fhir/StructureDefinition/data-absent-reason", "valueCode": "unknown"}]

VALID: dict[str, Body] = {
    "Patient": {
        "resourceType": "Patient",
        "id": "p-1",
        "meta": {"versionId": "1", "lastUpdated": "2026-03-01T09:00:00.000Z", "profile": ["https://example.org/p"]},
        "text": TEXT,
        "extension": [
            {"url": "https://example.org/a", "valueDecimal": 1.5},
            {"url": "https://example.org/b", "extension": [{"url": "c", "valuePeriod": {"start": "2020"}}]},
        ],
        "identifier": [{"use": "official", "system": "https://fhir.nhs.uk/Id/nhs-number", "value": "9990000018"}],
        "active": True,
        "name": [{"family": "Example", "given": ["Ann", None], "_given": [{"id": "a"}, {"extension": UNKNOWN}]}],
        "telecom": [{"system": "phone", "value": "01632 960001", "rank": 1}],
        "gender": "female",
        "birthDate": "1940-02",
        "_birthDate": {"extension": [{"url": "https://example.org/t", "valueTime": "09:30:00"}]},
        "deceasedBoolean": False,
        "address": [{"line": ["1 High Street"], "postalCode": "ST1 1AA"}],
        "multipleBirthInteger": 2,
        "contact": [{"name": {"family": "Other"}, "gender": "male"}],
        "communication": [{"language": {"text": "Welsh"}, "preferred": True}],
        "generalPractitioner": [{"reference": "Organization/M83133"}, {"identifier": {"value": "M83133"}}],
    },
    "EpisodeOfCare": {
        "resourceType": "EpisodeOfCare",
        "status": "active",
        "statusHistory": [{"status": "planned", "period": {"start": "2025-12-01", "end": "2026-01-05"}}],
        "diagnosis": [{"condition": {"reference": "Condition/1"}, "rank": 1}],
        "patient": SUBJECT,
        "managingOrganization": {"reference": "urn:uuid:6f0c5a1e-0000-4000-8000-000000000001"},
        "period": {"start": "2026-01-05"},
    },
    "CarePlan": {
        "resourceType": "CarePlan",
        "contained": [
            {"resourceType": "Practitioner", "id": "author", "name": [{"text": "Dr Example"}]},
            {"resourceType": "Location", "id": "home", "name": "At home"},
        ],
        "status": "active",
        "intent": "plan",
        "subject": SUBJECT,
        "author": {"reference": "#author"},
        "activity": [
            {
                "detail": {
                    "status": "in-progress",
                    "scheduledTiming": {"event": ["2026-03-01"]},
                    "location": {"reference": "#home"},
                }
            }
        ],
        "note": [{"text": "Seen at home", "authorString": "A nurse"}],
    },
    "Observation": {
        "resourceType": "Observation",
        "status": "final",
        "code": CODE,
        "subject": SUBJECT,
        "effectiveDateTime": "2026-03-29T00:30:00+01:00",
        "valueCodeableConcept": CODE,
        "component": [{"code": {"text": "second"}, "valueQuantity": {"value": 72.5, "unit": "kg"}}],
    },
    "Consent": {
        "resourceType": "Consent",
        "status": "active",
        "scope": {"coding": [{"code": "patient-privacy"}]},
        "category": [CODE],
        "patient": SUBJECT,
        "policyRule": {"text": "the local agreement"},
        "provision": {
            "type": "permit",
            "provision": [{"type": "deny", "actor": [{"role": CODE, "reference": SUBJECT}]}],
        },
    },
    "Condition": {
        "resourceType": "Condition",
        "clinicalStatus": {
            "coding": [{"system": "http://terminology.hl7.org/CodeSystem/condition-clinical", "code": "active"}]
        },
        "code": {"text": "Heart failure"},
        "subject": SUBJECT,
        "onsetAge": {"value": 80, "system": "http://unitsofmeasure.org", "code": "a"},
    },
    "RelatedPerson": {"resourceType": "RelatedPerson", "patient": SUBJECT, "relationship": [CODE]},
    "CareTeam": {"resourceType": "CareTeam", "status": "active", "participant": [{"role": [CODE], "member": SUBJECT}]},
    "Organization": {"resourceType": "Organization", "name": "North Surgery"},
    "Practitioner": {"resourceType": "Practitioner", "qualification": [{"code": CODE}]},
    "PractitionerRole": {
        "resourceType": "PractitionerRole",
        "availableTime": [{"daysOfWeek": ["mon", "tue"], "allDay": True}],
    },
    "AllergyIntolerance": {
        "resourceType": "AllergyIntolerance",
        "clinicalStatus": {
            "coding": [
                {"system": "http://terminology.hl7.org/CodeSystem/allergyintolerance-clinical", "code": "active"}
            ]
        },
        "type": "allergy",
        "category": ["medication"],
        "code": {"text": "Penicillin"},
        "patient": SUBJECT,
        "reaction": [{"manifestation": [CODE], "severity": "mild"}],
    },
    "Binary": {
        "resourceType": "Binary",
        "contentType": "text/plain; charset=utf-8",
        "securityContext": SUBJECT,
        "data": "aG9tZQ==",
    },
    "DocumentReference": {
        "resourceType": "DocumentReference",
        "status": "current",
        "docStatus": "final",
        "type": CODE,
        "subject": SUBJECT,
        "date": "2026-03-01T09:00:00Z",
        "relatesTo": [{"code": "replaces", "target": {"reference": "DocumentReference/1"}}],
        "content": [
            {"attachment": {"contentType": "application/pdf", "url": "Binary/1"}, "format": {"code": "urn:nhs-ic:pdf"}}
        ],
        "context": {"period": {"start": "2026-03-01"}, "practiceSetting": CODE},
    },
    "Flag": {
        "resourceType": "Flag",
        "status": "active",
        "category": [CODE],
        "code": {"text": "Dog in the house"},
        "subject": SUBJECT,
        "author": {"reference": "Organization/1"},
    },
    "Goal": {
        "resourceType": "Goal",
        "lifecycleStatus": "active",
        "description": {"text": "To see the garden in spring"},
        "subject": SUBJECT,
        "startDate": "2026-03-01",
        "target": [{"measure": CODE, "detailQuantity": {"value": 1.5}, "dueDate": "2026-05-01"}],
        "expressedBy": {"reference": "Patient/1"},
    },
    "Location": {
        "resourceType": "Location",
        "status": "active",
        "mode": "instance",
        "name": "Ward 1",
        "position": {"longitude": -2.1, "latitude": 53.0},
        "hoursOfOperation": [{"daysOfWeek": ["mon"], "openingTime": "08:00:00"}],
    },
    "MedicationRequest": {
        "resourceType": "MedicationRequest",
        "contained": [{"resourceType": "Medication", "id": "m", "code": {"text": "Midazolam"}}],
        "status": "active",
        "intent": "order",
        "medicationReference": {"reference": "#m"},
        "subject": SUBJECT,
        "dosageInstruction": [
            {"text": "as needed", "asNeededBoolean": True, "doseAndRate": [{"doseQuantity": {"value": 2.5}}]}
        ],
        "dispenseRequest": {"expectedSupplyDuration": {"value": 7, "system": "http://unitsofmeasure.org", "code": "d"}},
        "substitution": {"allowedBoolean": False},
    },
    "MedicationStatement": {
        "resourceType": "MedicationStatement",
        "status": "active",
        "medicationCodeableConcept": CODE,
        "subject": SUBJECT,
        "dosage": [{"timing": {"repeat": {"frequency": 1, "period": 1, "periodUnit": "d"}}}],
    },
    "Procedure": {
        "resourceType": "Procedure",
        "status": "completed",
        "code": CODE,
        "subject": SUBJECT,
        "performedPeriod": {"start": "2026-03-01", "end": "2026-03-02"},
        "performer": [{"actor": {"reference": "Practitioner/1"}}],
    },
    "Provenance": {
        "resourceType": "Provenance",
        "target": [{"reference": "Patient/1/_history/2"}],
        "recorded": "2026-03-01T09:00:00.123+01:00",
        "agent": [{"type": CODE, "who": {"reference": "Organization/1"}}],
        "entity": [{"role": "source", "what": {"reference": "DocumentReference/1"}}],
    },
    "Questionnaire": {
        "resourceType": "Questionnaire",
        "status": "active",
        "item": [
            {
                "linkId": "1",
                "type": "group",
                "item": [
                    {"linkId": "1.1", "type": "choice", "answerOption": [{"valueCoding": {"code": "a"}}]},
                    {
                        "linkId": "1.2",
                        "type": "string",
                        "enableWhen": [{"question": "1.1", "operator": "exists", "answerBoolean": True}],
                    },
                ],
            }
        ],
    },
    "QuestionnaireResponse": {
        "resourceType": "QuestionnaireResponse",
        "questionnaire": "https://example.org/Questionnaire/1|2",
        "status": "completed",
        "subject": SUBJECT,
        "authored": "2026-03-01",
        "item": [{"linkId": "1", "item": [{"linkId": "1.1", "answer": [{"valueCoding": {"code": "a"}}]}]}],
    },
    "Task": {
        "resourceType": "Task",
        "status": "requested",
        "intent": "order",
        "for": SUBJECT,
        "authoredOn": "2026-03-01",
        "input": [{"type": CODE, "valueDate": "2026-05-01"}],
    },
}


def valid(type_name: str, **elements: Any) -> Body:
    return {**copy.deepcopy(VALID[type_name]), **elements}


def found(resource: Any, **options: Any) -> list[tuple[str, str]]:
    return [(issue.code, issue.expression) for issue in validation.issues(resource, **options)]


@pytest.mark.parametrize("type_name", sorted(VALID))
def test_a_resource_as_r4_wants_it_has_no_issues(type_name: str) -> None:
    assert validation.issues(valid(type_name)) == []


def test_every_type_that_the_register_holds_is_judged_here() -> None:
    assert set(VALID) == set(all_types())


def test_judging_changes_nothing() -> None:
    raw = codec.dumps(VALID["Patient"]).replace(b"1.5", b"1.50")
    resource = codec.loads(raw)
    assert validation.issues(resource) == []
    assert codec.dumps(resource) == raw


def test_everything_wrong_is_told_at_once_and_in_order() -> None:
    resource = valid("Patient", gender="F", birthDate="01/02/1940", shoeSize=42, contact=[{}])
    assert found(resource) == [
        ("code-invalid", "Patient.gender"),
        ("value", "Patient.birthDate"),
        ("structure", "Patient.contact[0]"),
        ("structure", "Patient.shoeSize"),
    ]


def test_an_expression_begins_where_the_resource_stands() -> None:
    resource = valid("Patient", name=[{"family": 5}])
    assert found(resource, at="Bundle.entry[3].resource") == [("structure", "Bundle.entry[3].resource.name[0].family")]


def test_a_wrong_code_is_named_with_those_that_are_right() -> None:
    [issue] = validation.issues(valid("Patient", gender="F"))
    assert issue.message == "This code is not one of male, female, other, unknown"


FAULTS: list[tuple[str, Body, str, str]] = [
    # What JSON holds
    ("Patient", {"active": "true"}, "structure", "Patient.active"),
    ("Patient", {"active": 1}, "structure", "Patient.active"),
    ("Patient", {"gender": ["female"]}, "structure", "Patient.gender"),
    ("Patient", {"gender": None}, "structure", "Patient.gender"),
    ("Patient", {"gender": ""}, "structure", "Patient.gender"),
    ("Patient", {"name": {"family": "Example"}}, "structure", "Patient.name"),
    ("Patient", {"name": []}, "structure", "Patient.name"),
    ("Patient", {"name": [None]}, "structure", "Patient.name[0]"),
    ("Patient", {"name": [{}]}, "structure", "Patient.name[0]"),
    ("Patient", {"name": [{"family": "  "}]}, "value", "Patient.name[0].family"),
    ("Patient", {"name": [{"family": 5}]}, "structure", "Patient.name[0].family"),
    ("Patient", {"name": [{"given": ["Ann", None]}]}, "structure", "Patient.name[0].given[1]"),
    (
        "Patient",
        {"name": [{"given": ["Ann", None], "_given": [{"id": "a"}, None]}]},
        "structure",
        "Patient.name[0].given[1]",
    ),
    ("Patient", {"name": [{"given": ["Ann"], "_given": [None, {"id": "a"}]}]}, "structure", "Patient.name[0].given"),
    ("Patient", {"name": [{"_given": [None]}]}, "structure", "Patient.name[0].given"),
    ("Patient", {"maritalStatus": "M"}, "structure", "Patient.maritalStatus"),
    ("Patient", {"maritalStatus": {}}, "structure", "Patient.maritalStatus"),
    ("Patient", {"multipleBirthInteger": "2"}, "structure", "Patient.multipleBirthInteger"),
    ("Patient", {"multipleBirthInteger": 2**31}, "value", "Patient.multipleBirthInteger"),
    ("Patient", {"_birthDate": "x"}, "structure", "Patient.birthDate"),
    ("Patient", {"_birthDate": {"valueString": "x"}}, "structure", "Patient.birthDate.valueString"),
    # Names
    ("Patient", {"shoeSize": 42}, "structure", "Patient.shoeSize"),
    ("Patient", {"_name": [{"id": "a"}]}, "structure", "Patient._name"),
    ("Patient", {"name": [{"id": "a"}]}, "structure", "Patient.name[0]"),
    ("Patient", {"name": [{"_text": {"id": "a"}}]}, "structure", "Patient.name[0].text"),
    ("Patient", {"name": [{"given": [None], "_given": [{"id": "a"}]}]}, "structure", "Patient.name[0].given[0]"),
    ("Patient", {"_id": {"extension": UNKNOWN}}, "structure", "Patient._id"),
    ("Patient", {"_resourceType": {"extension": UNKNOWN}}, "structure", "Patient._resourceType"),
    ("Patient", {"extension": [{**UNKNOWN[0], "_url": {"id": "a"}}]}, "structure", "Patient.extension[0]._url"),
    ("Patient", {"text": {**TEXT, "_div": {"extension": UNKNOWN}}}, "structure", "Patient.text._div"),
    ("Patient", {"fhir_comments": ["x"]}, "structure", "Patient"),
    ("Patient", {"Ann Example": 1}, "structure", "Patient"),
    ("Patient", {"name": [{"resourceType": "HumanName", "family": "E"}]}, "structure", "Patient.name[0].resourceType"),
    # Formats
    ("Patient", {"id": "bad id!"}, "value", "Patient.id"),
    ("Patient", {"id": "x" * 65}, "value", "Patient.id"),
    ("Patient", {"birthDate": "2026-02-30"}, "value", "Patient.birthDate"),
    ("Patient", {"birthDate": "0000"}, "value", "Patient.birthDate"),
    ("Observation", {"effectiveDateTime": "2026-03-29T09:30:00"}, "value", "Observation.effectiveDateTime"),
    ("Observation", {"effectiveDateTime": "2026-03-29T24:00:00Z"}, "value", "Observation.effectiveDateTime"),
    ("Observation", {"issued": "2026-03-29"}, "value", "Observation.issued"),
    ("Patient", {"telecom": [{"system": "phone", "value": "1", "rank": 0}]}, "value", "Patient.telecom[0].rank"),
    ("Patient", {"meta": {"profile": ["a b"]}}, "value", "Patient.meta.profile[0]"),
    ("Patient", {"photo": [{"contentType": "image/png", "data": "*"}]}, "value", "Patient.photo[0].data"),
    ("Patient", {"text": {"status": "generated", "div": "<div><script>x</script></div>"}}, "value", "Patient.text.div"),
    # Cardinality and choices
    ("Observation", {"valueString": "x"}, "structure", "Observation.value"),
    ("Patient", {"_deceasedDateTime": {"id": "a"}}, "structure", "Patient.deceased"),
    ("CarePlan", {"note": [{"time": "2026-03-01"}]}, "required", "CarePlan.note[0].text"),
    # Codes
    ("CarePlan", {"status": "live"}, "code-invalid", "CarePlan.status"),
    (
        "EpisodeOfCare",
        {"statusHistory": [{"status": "live", "period": {"start": "2026"}}]},
        "code-invalid",
        "EpisodeOfCare.statusHistory[0].status",
    ),
    (
        "PractitionerRole",
        {"availableTime": [{"daysOfWeek": ["mon", "Tuesday"]}]},
        "code-invalid",
        "PractitionerRole.availableTime[0].daysOfWeek[1]",
    ),
    ("Condition", {"clinicalStatus": {"text": "active"}}, "code-invalid", "Condition.clinicalStatus"),
    ("Condition", {"clinicalStatus": {"coding": [{"code": "active"}]}}, "code-invalid", "Condition.clinicalStatus"),
    # References
    ("CarePlan", {"subject": {"reference": "Practitioner/1"}}, "value", "CarePlan.subject.reference"),
    (
        "CarePlan",
        {"subject": {"reference": "https://example.org/fhir/Practitioner/1"}},
        "value",
        "CarePlan.subject.reference",
    ),
    ("CarePlan", {"subject": {"type": "Practitioner", "identifier": {"value": "1"}}}, "value", "CarePlan.subject.type"),
    ("CarePlan", {"subject": {"type": "Group", "reference": "Patient/1"}}, "invariant", "CarePlan.subject.type"),
    ("CarePlan", {"subject": {"reference": "Patient"}}, "value", "CarePlan.subject.reference"),
    ("CarePlan", {"subject": {"reference": "Patient/a b"}}, "value", "CarePlan.subject.reference"),
    ("CarePlan", {"subject": {"reference": "Patient?identifier=1"}}, "value", "CarePlan.subject.reference"),
    ("CarePlan", {"subject": {"reference": "Shoe/1"}}, "value", "CarePlan.subject.reference"),
    (
        "CarePlan",
        {"subject": {"reference": "Organization/https://example.org/1"}},
        "value",
        "CarePlan.subject.reference",
    ),
    ("CarePlan", {"author": {"reference": "#nobody"}}, "invariant", "CarePlan.author.reference"),
    ("Observation", {"subject": {"reference": "Organization/1"}}, "value", "Observation.subject.reference"),
    # Contained resources and extensions
    ("CarePlan", {"contained": [{"resourceType": "Shoe"}]}, "not-supported", "CarePlan.contained[0]"),
    ("CarePlan", {"contained": [{"id": "author"}]}, "structure", "CarePlan.contained[0]"),
    (
        "CarePlan",
        {"contained": [{**VALID["Practitioner"], "id": "author", "gender": "F"}]},
        "code-invalid",
        "CarePlan.contained[0].gender",
    ),
    (
        "CarePlan",
        {"contained": [{**VALID["Practitioner"], "id": "author", "contained": [VALID["Organization"]]}]},
        "invariant",
        "CarePlan.contained[0]",
    ),
    (
        "CarePlan",
        {"contained": [{**VALID["Practitioner"], "id": "author", "meta": {"versionId": "1"}}]},
        "invariant",
        "CarePlan.contained[0].meta",
    ),
    ("Patient", {"extension": [{"valueString": "x"}]}, "required", "Patient.extension[0].url"),
    ("Patient", {"extension": [{"url": "u"}]}, "invariant", "Patient.extension[0]"),
    (
        "Patient",
        {"extension": [{"url": "u", "valueString": "x", "extension": [{"url": "v", "valueString": "x"}]}]},
        "invariant",
        "Patient.extension[0]",
    ),
    (
        "Patient",
        {"extension": [{"url": "u", "valueString": "x", "valueCode": "x"}]},
        "structure",
        "Patient.extension[0].value",
    ),
    (
        "Patient",
        {"extension": [{"url": "u", "extension": [{"url": "v", "valueBoolean": "x"}]}]},
        "structure",
        "Patient.extension[0].extension[0].valueBoolean",
    ),
]


@pytest.mark.parametrize(("type_name", "fault", "code", "expression"), FAULTS)
def test_a_fault_is_found_where_it_is(type_name: str, fault: Body, code: str, expression: str) -> None:
    assert (code, expression) in found(valid(type_name, **fault))


@pytest.mark.parametrize(
    ("type_name", "element"),
    [
        (type_name, element.name)
        for type_name in sorted(VALID)
        for element in definitions.types()[type_name].values()
        if element.is_required and not element.choice
    ],
)
def test_what_is_required_is_missed(type_name: str, element: str) -> None:
    resource = valid(type_name)
    del resource[element]
    assert ("required", f"{type_name}.{element}") in found(resource)


def test_a_required_primitive_may_be_an_extension_only() -> None:
    resource = valid("Observation", _status={"extension": [{"url": "https://example.org/why", "valueCode": "unknown"}]})
    del resource["status"]
    assert found(resource) == []


@pytest.mark.parametrize("value", ["x y ", "", 5, 1.5, True, None, [], ["x"], {}, {"id": "a"}, [[]], [None], [{}]])
@pytest.mark.parametrize("type_name", sorted(VALID))
def test_every_primitive_refuses_the_wrong_kind_of_json(type_name: str, value: Any) -> None:
    for element in definitions.types()[type_name].values():
        format_ = FORMATS.get(element.type)
        if format_ and not element.is_many and not format_.fits(value):
            place = f"{type_name}.{element.name}"
            assert place in {expression for _, expression in found(valid(type_name, **{element.name: value}))}


@pytest.mark.parametrize(
    "reference",
    ["Patient/1", "Patient/1/_history/2", "https://example.org/fhir/Patient/1", "urn:uuid:1", "https://example.org/x"],
)
def test_a_reference_may_be_written_in_several_ways(reference: str) -> None:
    assert found(valid("CarePlan", subject={"reference": reference})) == []


@pytest.mark.parametrize(
    "foreign",
    [
        {"code": {"coding": [{"system": "urn:local", "code": "nobody knows"}]}},
        {"extension": [{"url": "https://example.org/unknown", "valueAddress": {"text": "x"}}]},
        {"meta": {"profile": ["https://example.org/unknown|1.0"]}},
        {"language": "cy"},
    ],
)
def test_what_is_foreign_but_well_formed_passes(foreign: Body) -> None:
    assert found(valid("Observation", **foreign)) == []


@pytest.mark.parametrize(
    ("changes", "place"),
    [
        ({"modifierExtension": [{"url": "https://example.org/not", "valueBoolean": True}]}, "modifierExtension"),
        ({"component": [{"code": {"text": "x"}, "modifierExtension": []}]}, "component[0].modifierExtension"),
        ({"implicitRules": "https://example.org/rules"}, "implicitRules"),
    ],
)
def test_what_may_turn_the_meaning_into_its_opposite_is_refused(changes: Body, place: str) -> None:
    assert found(valid("Observation", **changes)) == [("extension", f"Observation.{place}")]


@pytest.mark.parametrize(
    "resource", [{}, [], None, "Patient", 5, {"resourceType": 5}, {"resourceType": None}, {"id": "a"}]
)
def test_what_is_no_resource_is_told_so(resource: Any) -> None:
    assert found(resource) == [("structure", "Resource")]


@pytest.mark.parametrize(
    "name", ["Medication", "Shoe", "patient", "Element", "HumanName", "Patient.contact", "", "x" * 99]
)
def test_a_type_that_the_register_does_not_hold_is_refused(name: str) -> None:
    expected = name if name == "Medication" else "Resource"
    assert found({"resourceType": name, "id": "a"}) == [("not-supported", expected)]


def test_a_bundle_is_walked_with_each_of_its_resources() -> None:
    bundle = {
        "resourceType": "Bundle",
        "type": "transaction",
        "entry": [
            {"resource": VALID["CarePlan"], "request": {"method": "POST", "url": "CarePlan"}},
            {"resource": valid("Patient", gender="F"), "request": {"method": "FETCH", "url": "Patient"}},
            {"resource": {"resourceType": "Medication"}, "request": {"method": "POST", "url": "Medication"}},
        ],
    }
    assert found(bundle) == [
        ("code-invalid", "Bundle.entry[1].resource.gender"),
        ("code-invalid", "Bundle.entry[1].request.method"),
        ("not-supported", "Bundle.entry[2].resource"),
    ]


def test_what_is_contained_and_never_named_is_refused() -> None:
    device = {"resourceType": "Device", "id": "pump"}
    assert found(valid("Observation", contained=[device], device={"reference": "#pump"})) == []
    [issue] = validation.issues(valid("Observation", contained=[device], device={"reference": "Device/1"}))
    assert (issue.detail, issue.expression) == ("dom-3", "Observation.contained[0]")


def test_what_is_contained_may_refer_to_what_contains_it_instead() -> None:
    history = {"resourceType": "Provenance", "target": [{"reference": "#"}], "recorded": "2026-05-01T10:00:00Z"}
    history |= {"id": "history", "agent": [{"who": {"display": "A. Nurse"}}]}
    assert found(valid("Patient", contained=[history])) == []


LIST: Body = {"resourceType": "List", "status": "current", "mode": "working", "entry": [{"item": {"display": "a"}}]}


def test_a_type_that_is_not_held_is_judged_by_the_tables_when_asked() -> None:
    assert found(LIST) == [("not-supported", "List")]
    assert found(LIST, of_any_type=True) == []
    wrong = {**LIST, "mode": "playing", "shoeSize": 42, "entry": [{"flag": {"text": "b"}}]}
    assert found(wrong, of_any_type=True) == [
        ("code-invalid", "List.mode"),
        ("required", "List.entry[0].item"),
        ("structure", "List.shoeSize"),
    ]


def test_a_bundle_of_types_that_are_not_held_is_judged_by_the_tables_when_asked() -> None:
    bundle = {"resourceType": "Bundle", "type": "collection", "entry": [{"resource": {**LIST, "status": "old"}}]}
    assert found(bundle, of_any_type=True) == [("code-invalid", "Bundle.entry[0].resource.status")]


@pytest.mark.parametrize("name", ["HumanName", "Patient.contact", "DomainResource", "Shoe"])
def test_what_is_no_resource_type_is_never_one(name: str) -> None:
    assert found({"resourceType": name}, of_any_type=True)[0][0] == "not-supported"
    resource = valid("Observation", contained=[{"resourceType": name, "id": "a"}], focus=[{"reference": "#a"}])
    assert found(resource) == [("not-supported", "Observation.contained[0]")]


def test_a_reference_by_id_alone_is_a_warning_where_nobody_is_about_to_follow_it() -> None:
    resource = valid("CarePlan", author={"reference": "someone"})
    assert [issue.severity for issue in validation.issues(resource)] == ["error"]
    assert [issue.severity for issue in validation.issues(resource, of_any_type=True)] == ["warning"]


def test_a_contained_resource_of_a_type_that_is_not_held_is_judged_by_the_tables() -> None:
    medicine = {"resourceType": "Medication", "id": "m", "status": "eaten"}
    resource = valid("Observation", contained=[medicine], focus=[{"reference": "#m"}])
    assert found(resource) == [("code-invalid", "Observation.contained[0].status")]


def test_an_id_that_is_no_text_is_no_id_to_refer_to() -> None:
    resource = valid(
        "Observation", contained=[{"resourceType": "Device", "id": ["pump"]}], device={"reference": "#pump"}
    )
    assert found(resource) == [
        ("structure", "Observation.contained[0].id"),
        ("invariant", "Observation.device.reference"),
    ]


def test_nesting_beyond_the_limit_is_an_issue() -> None:
    extension: Body = {"url": "u", "valueString": "x"}
    for _ in range(300):
        extension = {"url": "u", "extension": [extension]}
    [(code, expression)] = found(valid("Patient", extension=[extension]))
    assert (code, expression[:30]) == ("structure", "Patient.extension[0].extension")


def test_a_body_that_is_wrong_throughout_is_answered_in_short() -> None:
    issues = validation.issues(valid("Patient", name=[{}] * 5000))
    assert len(issues) == validation.MOST_ISSUES + 1
    assert issues[-1].code == "too-costly"


def test_a_resource_of_far_too_many_values_is_refused_before_it_costs_much() -> None:
    given = ["A"] * validation.MOST_VALUES
    [issue] = validation.issues(valid("Patient", name=[{"family": "B", "given": given}]))
    assert issue.code == "too-costly"
    assert not validation.issues(valid("Patient", name=[{"family": "B", "given": given[:-100]}]))


JSON: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.sampled_from(["", " ", "Mrs Secret", "2026-03", "#x", "Patient/1"]),
    lambda child: (
        st.lists(child, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["id", "url", "extension", "valueString", "coding", "resourceType", "_id", "Mrs Secret", ""]
            ),
            child,
            max_size=3,
        )
    ),
    max_leaves=6,
)


def places(value: Any) -> list[tuple[Any, Any]]:
    """Every member of every object and list within: the container and its key."""
    keys: Any = list(value) if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else ()
    return [(value, key) for key in keys] + [place for key in keys for place in places(value[key])]


@given(st.sampled_from(sorted(VALID)), st.data())
def test_a_mutated_resource_is_judged_and_never_quoted_and_indexed_if_valid(
    type_name: str, data: st.DataObject
) -> None:
    resource = valid(type_name)
    for _ in range(data.draw(st.integers(1, 3))):
        container, key = data.draw(st.sampled_from(places(resource)))
        container[key] = data.draw(JSON)
    issues = validation.issues(resource)
    assert all(isinstance(issue, Issue) and issue.expression and issue.message for issue in issues)
    assert "Secret" not in repr(issues)
    if not issues:
        index_values.rows(resource, all_types()[type_name])
        references.references(resource)


@given(JSON)
def test_any_json_is_judged(resource: Any) -> None:
    assert validation.issues(resource)


TRUE_FAULTS = {
    # Both valueCode and valueCodeableConcept, as the index of the published examples says itself.
    "Extension-UKCore-ConditionEpisode-Example.json": [("structure", "Condition.extension[0].value")],
    # A reference that is none: `Organization/https://…`.
    "UKCore-Provenance-RARecordConsent-Example.json": [("value", "Provenance.agent[0].onBehalfOf.reference")],
}


def test_published_examples_of_our_types_pass_but_for_their_true_faults(reference_dir: Path) -> None:
    judged = {}
    for path in sorted((reference_dir / "ukcore" / "examples").glob("*.json")):
        resource = codec.loads(path.read_bytes())
        if resource["resourceType"] in all_types():
            judged[path.name] = found(resource)
    assert len(judged) > 60
    assert {name: issues for name, issues in judged.items() if issues} == TRUE_FAULTS


def test_published_patients_of_the_personal_demographics_service_pass(reference_dir: Path) -> None:
    paths = sorted((reference_dir / "examples" / "pds").rglob("*.json"))
    patients = [one for path in paths for one in patients_in(json.loads(path.read_text()))]
    assert len(patients) > 30
    assert [found(patient) for patient in patients if found(patient)] == []


def patients_in(value: Any) -> list[Body]:
    if isinstance(value, dict) and value.get("resourceType") == "Patient":
        return [value]
    children = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return [patient for child in children for patient in patients_in(child)]
