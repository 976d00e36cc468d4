import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from service.fhir import definitions, resource_type
from service.fhir.definitions import Element
from service.fhir.invariants import ALLERGY_VERIFICATION, CLINICAL, INVARIANTS, UCUM, VERIFICATION

Body = dict[str, Any]
A: Body = {"text": "a"}


def concept(system: str, code: str) -> Body:
    return {"coding": [{"system": system, "code": code}]}


# key, type, an object that keeps the rule, and one that breaks it
CASES: list[tuple[str, str, Body, Body]] = [
    ("age-1", "Age", {"value": 1, "system": UCUM, "code": "a"}, {"value": 1, "system": UCUM, "unit": "years"}),
    ("age-1", "Age", {"unit": "years"}, {"value": 0, "system": UCUM, "code": "a"}),
    ("age-1", "Age", {"code": "a"}, {"value": 1, "system": "u", "code": "a"}),
    ("cnt-3", "Count", {"value": 2, "system": UCUM, "code": "1"}, {"value": 2, "system": UCUM, "code": "a"}),
    ("cnt-3", "Count", {"unit": "beds"}, {"value": Decimal("2.5"), "system": UCUM, "code": "1"}),
    ("dis-1", "Distance", {"value": 2, "system": UCUM, "code": "m"}, {"value": 2, "unit": "miles"}),
    (
        "ait-1",
        "AllergyIntolerance",
        {"verificationStatus": concept(ALLERGY_VERIFICATION, "entered-in-error")},
        {"verificationStatus": concept(ALLERGY_VERIFICATION, "confirmed")},
    ),
    (
        "ait-2",
        "AllergyIntolerance",
        {"verificationStatus": concept(ALLERGY_VERIFICATION, "confirmed"), "clinicalStatus": A},
        {"verificationStatus": concept(ALLERGY_VERIFICATION, "entered-in-error"), "clinicalStatus": A},
    ),
    ("att-1", "Attachment", {"data": "TQ==", "contentType": "text/plain"}, {"data": "TQ=="}),
    ("con-1", "Condition.stage", {"summary": A}, {"type": A}),
    ("con-2", "Condition.evidence", {"code": [A]}, {"id": "a"}),
    (
        "con-4",
        "Condition",
        {"abatementString": "a", "clinicalStatus": concept(CLINICAL, "resolved")},
        {"abatementAge": A},
    ),
    (
        "con-4",
        "Condition",
        {"clinicalStatus": concept(CLINICAL, "active")},
        {"abatementString": "a", "clinicalStatus": concept(CLINICAL, "active")},
    ),
    (
        "con-5",
        "Condition",
        {"verificationStatus": concept(VERIFICATION, "entered-in-error")},
        {"verificationStatus": concept(VERIFICATION, "entered-in-error"), "clinicalStatus": A},
    ),
    ("cpl-3", "CarePlan.activity", {"reference": A}, {"reference": A, "detail": A}),
    ("cpt-2", "ContactPoint", {"use": "home"}, {"value": "01632 960001"}),
    (
        "ctm-1",
        "CareTeam.participant",
        {"onBehalfOf": A, "member": {"reference": "Practitioner/1"}},
        {"onBehalfOf": A, "member": {"reference": "Patient/1"}},
    ),
    ("drt-1", "Duration", {"value": 1, "system": UCUM, "code": "a"}, {"system": UCUM, "code": "a"}),
    ("drt-1", "Duration", {"value": 1, "unit": "days"}, {"value": 1, "system": "u", "code": "a"}),
    ("drq-1", "DataRequirement.codeFilter", {"path": "a"}, {"path": "a", "searchParam": "b"}),
    ("drq-2", "DataRequirement.dateFilter", {"searchParam": "a"}, {"id": "a"}),
    ("exp-1", "Expression", {"expression": "a"}, {"language": "a"}),
    ("ext-1", "Extension", {"url": "a", "_valueString": A}, {"url": "a"}),
    ("ext-1", "Extension", {"url": "a", "extension": [A]}, {"url": "a", "extension": [A], "valueString": "a"}),
    ("gol-1", "Goal.target", {"detailString": "a", "measure": A}, {"detailQuantity": A}),
    ("grp-1", "Group", {"actual": True, "member": [A]}, {"actual": False, "member": [A]}),
    (
        "inv-1",
        "Task",
        {"authoredOn": "2026-05-01", "lastModified": "2026-05"},
        {"authoredOn": "2026-05", "lastModified": "2026-04-30"},
    ),
    ("inv-1", "Parameters.parameter", {"name": "a", "part": [A]}, {"name": "a"}),
    ("inv-1", "Parameters.parameter", {"name": "a", "valueString": "a"}, {"valueString": "a", "resource": A}),
    ("obs-3", "Observation.referenceRange", {"text": "a"}, {"age": A}),
    ("obs-6", "Observation", {"code": A, "dataAbsentReason": A}, {"dataAbsentReason": A, "valueString": "a"}),
    (
        "obs-7",
        "Observation",
        {"code": concept("s", "1"), "valueString": "a", "component": [{"code": concept("s", "2")}]},
        {"code": concept("s", "1"), "valueString": "a", "component": [{"code": concept("s", "1")}]},
    ),
    ("org-1", "Organization", {"name": "a"}, {"active": True}),
    ("org-2", "Organization", {"name": "a", "address": [{"use": "work"}]}, {"address": [{"use": "home"}]}),
    ("org-3", "Organization", {"name": "a", "telecom": [{"use": "work"}]}, {"telecom": [{"use": "home"}]}),
    ("pat-1", "Patient.contact", {"telecom": [A]}, {"gender": "male"}),
    ("per-1", "Period", {"start": "2020-05", "end": "2020"}, {"start": "2020-05", "end": "2020-04"}),
    ("per-1", "Period", {"start": "2020-05"}, {"start": "2020-05-01T10:00:00+01:00", "end": "2020-05-01T08:59:00Z"}),
    ("ppc-1", "Consent", {"policy": [A]}, {"status": "active"}),
    ("qty-3", "Quantity", {"code": "a", "system": "u"}, {"code": "a"}),
    ("qrs-1", "QuestionnaireResponse.item", {"answer": [A]}, {"answer": [A], "item": [A]}),
    ("que-1", "Questionnaire.item", {"type": "group", "item": [A]}, {"type": "group"}),
    ("que-1", "Questionnaire.item", {"type": "display"}, {"type": "display", "item": [A]}),
    (
        "que-2",
        "Questionnaire",
        {"item": [{"linkId": "1", "item": [{"linkId": "1.1"}]}]},
        {"item": [{"linkId": "1", "item": [{"linkId": "2"}]}, {"linkId": "2"}]},
    ),
    ("que-3", "Questionnaire.item", {"type": "string", "code": [A]}, {"type": "display", "code": [A]}),
    ("que-4", "Questionnaire.item", {"answerValueSet": "a"}, {"answerValueSet": "a", "answerOption": [A]}),
    ("que-5", "Questionnaire.item", {"type": "choice", "answerOption": [A]}, {"type": "text", "answerOption": [A]}),
    ("que-5", "Questionnaire.item", {"type": "date", "answerValueSet": "a"}, {"type": "text", "answerValueSet": "a"}),
    ("que-6", "Questionnaire.item", {"type": "text", "required": True}, {"type": "display", "repeats": False}),
    (
        "que-7",
        "Questionnaire.item.enableWhen",
        {"operator": "exists", "answerBoolean": True},
        {"operator": "exists", "answerString": "yes"},
    ),
    ("que-8", "Questionnaire.item", {"type": "text", "initial": [A]}, {"type": "group", "initial": [A]}),
    ("que-9", "Questionnaire.item", {"type": "text", "readOnly": True}, {"type": "display", "readOnly": True}),
    ("que-10", "Questionnaire.item", {"type": "string", "maxLength": 5}, {"type": "date", "maxLength": 5}),
    ("que-11", "Questionnaire.item", {"answerOption": [A]}, {"answerOption": [A], "initial": [A]}),
    ("que-12", "Questionnaire.item", {"enableWhen": [A, A, A], "enableBehavior": "all"}, {"enableWhen": [A, A, A]}),
    ("que-13", "Questionnaire.item", {"repeats": True, "initial": [A, A]}, {"initial": [A, A]}),
    ("rat-1", "Ratio", {"numerator": A, "denominator": A}, {"numerator": A}),
    ("rat-1", "Ratio", {"extension": [A]}, {"id": "a"}),
    ("rng-2", "Range", {"low": {"value": 1}, "high": {"value": 2}}, {"low": {"value": 3}, "high": {"value": 2}}),
    ("tim-1", "Timing.repeat", {"duration": 1, "durationUnit": "h"}, {"duration": 1}),
    ("tim-2", "Timing.repeat", {"period": 1, "periodUnit": "h"}, {"period": 1}),
    ("tim-4", "Timing.repeat", {"duration": 0}, {"duration": -1}),
    ("tim-5", "Timing.repeat", {"period": 0}, {"period": -1}),
    ("tim-6", "Timing.repeat", {"period": 1, "periodMax": 2}, {"periodMax": 2}),
    ("tim-7", "Timing.repeat", {"duration": 1, "durationMax": 2}, {"durationMax": 2}),
    ("tim-8", "Timing.repeat", {"count": 1, "countMax": 2}, {"countMax": 2}),
    ("tim-9", "Timing.repeat", {"offset": 5, "when": ["HS"]}, {"offset": 5, "when": ["C"]}),
    ("tim-9", "Timing.repeat", {"when": ["C"]}, {"offset": 5}),
    ("tim-10", "Timing.repeat", {"when": ["HS"]}, {"when": ["HS"], "timeOfDay": ["09:00:00"]}),
    ("trd-1", "TriggerDefinition", {"data": [A]}, {"data": [A], "timingDate": "2026-05-01"}),
    ("trd-2", "TriggerDefinition", {"data": [A], "condition": A}, {"condition": A}),
    ("trd-3", "TriggerDefinition", {"type": "named-event", "name": "a"}, {"type": "named-event"}),
    ("trd-3", "TriggerDefinition", {"type": "periodic", "timingDate": "2026-05-01"}, {"type": "periodic"}),
    ("trd-3", "TriggerDefinition", {"type": "data-added", "data": [A]}, {"type": "data-added"}),
]


@pytest.mark.parametrize(("key", "type_name", "kept", "broken"), CASES)
def test_an_invariant_tells_right_from_wrong(key: str, type_name: str, kept: Body, broken: Body) -> None:
    [invariant] = [one for one in INVARIANTS[type_name] if one.key == key]
    assert not invariant.is_broken(kept)
    assert invariant.is_broken(broken)


def test_every_invariant_is_tried_here() -> None:
    tried = {key for key, _, _, _ in CASES}
    assert {one.key for invariants in INVARIANTS.values() for one in invariants} - tried == set()


def test_ranges_in_different_units_are_not_compared() -> None:
    [invariant] = INVARIANTS["Range"]
    assert not invariant.is_broken({"low": {"value": 30, "code": "mL"}, "high": {"value": 2, "code": "L"}})


@pytest.mark.parametrize("type_name", sorted(INVARIANTS))
def test_an_invariant_answers_where_only_extensions_are_known(type_name: str) -> None:
    elements = definitions.types()[type_name]
    unknown: Body = {f"_{name}": {"extension": [A]} for name, of in elements.items() if _is_plain(of)}
    unknown |= {name: A for name, of in elements.items() if of.is_required and not _is_plain(of)}
    for invariant in INVARIANTS[type_name]:
        assert invariant.is_broken(unknown) in (True, False)


def _is_plain(element: Element) -> bool:
    return element.type not in definitions.types() and not element.is_many


LEFT_OUT = {
    "bdl": "what concerns whole Bundles is the store's",
    "dom": "asked of every resource by the walk itself",
    "ele": "asked of every element by the walk itself",
    "txt": "the format of xhtml",
    "ref": "asked of the whole resource, which holds what is contained",
    "eld": "ElementDefinition stands in definitions only, which the register does not hold",
    "ext": "held for Extension itself, wherever one stands",
    "ppc": "ppc-1 is held; ppc-2 to ppc-5 name a system that does not exist, and the register demands the patient",
}
"""The families of keys that are not compared, and why."""


OURS = resource_type.all_types().keys() | definitions.CONTAINERS
"""Of the other types only the elements are judged, where one is contained or a file is validated."""


def test_every_error_that_r4_defines_for_our_types_is_held_or_left_out_for_a_reason(reference_dir: Path) -> None:
    missing = set()
    for type_name in definitions.types().keys() - (definitions.resource_types() - OURS):
        for folder in ("resources", "datatypes"):
            path = reference_dir / "fhir-r4" / folder / f"{type_name}.json"
            if path.exists():
                missing |= _not_held(json.loads(path.read_text()))
    assert missing == set()


def _not_held(structure: Any) -> set[tuple[str, str]]:
    found = {
        (element["path"], constraint["key"])
        for element in structure["snapshot"]["element"]
        for constraint in element.get("constraint", ())
        if constraint["severity"] == "error" and constraint["key"].partition("-")[0] not in LEFT_OUT
    }
    held = [(name, one) for name, invariants in INVARIANTS.items() for one in invariants]
    return (
        found
        - {(f"{name}.{one.element}".rstrip("."), one.key) for name, one in held}
        - {(name, one.key) for name, one in held}
    )
