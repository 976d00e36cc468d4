"""The invariants of R4 that its element tables cannot say, for the types that we read. Keys are FHIR's.

Those of forms stand in `questionnaire_invariants`; what concerns whole Bundles is `store.bundle`'s.
"""

from collections.abc import Callable
from typing import Any, Final

from service.fhir import dates, questionnaire_invariants, references
from service.fhir.invariant import (
    Invariant,
    both,
    has,
    has_choice,
    has_coding,
    negative,
    none_of,
    not_just_one,
    without,
)

UCUM = "http://unitsofmeasure.org"
CLINICAL = "http://terminology.hl7.org/CodeSystem/condition-clinical"
VERIFICATION = "http://terminology.hl7.org/CodeSystem/condition-ver-status"
ALLERGY_VERIFICATION = "http://terminology.hl7.org/CodeSystem/allergyintolerance-verification"


def _backwards(first: str, then: str) -> Callable[[dict[str, Any]], bool]:
    """Partial dates count as right where any reading of them is: from 2020-05 to 2020."""

    def is_broken(value: dict[str, Any]) -> bool:
        if first not in value or then not in value:
            return False
        return dates.interval(value[first])[0] >= dates.interval(value[then])[1]

    return is_broken


def _low_above_high(range_: dict[str, Any]) -> bool:
    low, high = range_.get("low", {}), range_.get("high", {})
    comparable = "value" in low and "value" in high and low.get("code") == high.get("code")
    return comparable and bool(low["value"] > high["value"])


def _not_in_ucum(quantity: dict[str, Any]) -> bool:
    if has(quantity, "value") and not has(quantity, "code"):
        return True
    return bool(quantity.get("system", UCUM) != UCUM)


def _no_age(quantity: dict[str, Any]) -> bool:
    return _not_in_ucum(quantity) or ("value" in quantity and quantity["value"] <= 0)


def _no_count(quantity: dict[str, Any]) -> bool:
    is_whole = "." not in str(quantity.get("value", ""))
    return _not_in_ucum(quantity) or quantity.get("code", "1") != "1" or not is_whole


def _duration_of_no_length(duration: dict[str, Any]) -> bool:
    return has(duration, "code") and not (has(duration, "value") and duration.get("system") == UCUM)


def _half_a_ratio(ratio: dict[str, Any]) -> bool:
    if has(ratio, "numerator") != has(ratio, "denominator"):
        return True
    return not has(ratio, "numerator", "extension")


def _offset_without_event(repeat: dict[str, Any]) -> bool:
    if not has(repeat, "offset"):
        return False
    return "when" not in repeat or bool({"C", "CM", "CD", "CV"} & set(repeat["when"]))


def _value_and_reason(observation: dict[str, Any]) -> bool:
    return has(observation, "dataAbsentReason") and has_choice(observation, "value")


def _value_twice(observation: dict[str, Any]) -> bool:
    if not has_choice(observation, "value"):
        return False
    own = _codes(observation["code"])
    return any(own & _codes(component["code"]) for component in observation.get("component", ()))


def _codes(concept: dict[str, Any]) -> set[tuple[str | None, str]]:
    return {(one.get("system"), one["code"]) for one in concept.get("coding", ()) if "code" in one}


def _abated_but_active(condition: dict[str, Any]) -> bool:
    if not has_choice(condition, "abatement"):
        return False
    return not has_coding(condition.get("clinicalStatus", {}), CLINICAL, "resolved", "remission", "inactive")


def _error_with_status(condition: dict[str, Any]) -> bool:
    in_error = has_coding(condition.get("verificationStatus", {}), VERIFICATION, "entered-in-error")
    return in_error and has(condition, "clinicalStatus")


def _allergy_in_error(allergy: dict[str, Any]) -> bool:
    return has_coding(allergy.get("verificationStatus", {}), ALLERGY_VERIFICATION, "entered-in-error")


def _allergy_without_status(allergy: dict[str, Any]) -> bool:
    return not _allergy_in_error(allergy) and not has(allergy, "clinicalStatus")


def _allergy_error_with_status(allergy: dict[str, Any]) -> bool:
    return _allergy_in_error(allergy) and has(allergy, "clinicalStatus")


def _detail_without_measure(target: dict[str, Any]) -> bool:
    return has_choice(target, "detail") and not has(target, "measure")


def _members_of_a_definition(group: dict[str, Any]) -> bool:
    return has(group, "member") and group.get("actual") is False


def _event_without_its_part(trigger: dict[str, Any]) -> bool:
    type_ = trigger.get("type", "")
    if type_.startswith("data-"):
        return not has(trigger, "data")
    if type_ == "periodic":
        return not has_choice(trigger, "timing")
    return type_ == "named-event" and not has(trigger, "name")


def _data_at_times(trigger: dict[str, Any]) -> bool:
    return has(trigger, "data") and has_choice(trigger, "timing")


def _at_home(name: str) -> Callable[[dict[str, Any]], bool]:
    return lambda organisation: any(one.get("use") == "home" for one in organisation.get(name, ()))


def _on_behalf_of_without_practitioner(participant: dict[str, Any]) -> bool:
    member = participant.get("member", {}).get("reference", "")
    return has(participant, "onBehalfOf") and references.referred_type(member) not in ("", "Practitioner")


def _not_one_content(parameter: dict[str, Any]) -> bool:
    return [has_choice(parameter, "value"), has(parameter, "resource"), has(parameter, "part")].count(True) != 1


def _extension_content(extension: dict[str, Any]) -> bool:
    return has_choice(extension, "value") == has(extension, "extension")


_UNIT_SYSTEM = Invariant("qty-3", "system", "A coded unit needs its system", without("system", when="code"))

INVARIANTS: Final[dict[str, tuple[Invariant, ...]]] = {
    **questionnaire_invariants.INVARIANTS,
    "AllergyIntolerance": (
        Invariant(
            "ait-1",
            "clinicalStatus",
            "Say whether the allergy is active, inactive or resolved: send clinicalStatus",
            _allergy_without_status,
        ),
        Invariant(
            "ait-2",
            "clinicalStatus",
            "Leave clinicalStatus out of what was entered in error",
            _allergy_error_with_status,
        ),
    ),
    "Attachment": (
        Invariant("att-1", "contentType", "Data needs its contentType", without("contentType", when="data")),
    ),
    "CarePlan.activity": (
        Invariant("cpl-3", "", "Give the activity as reference or as detail, not both", both("detail", "reference")),
    ),
    "CareTeam.participant": (
        Invariant(
            "ctm-1",
            "onBehalfOf",
            "Leave onBehalfOf out: only a member who is a Practitioner has it",
            _on_behalf_of_without_practitioner,
        ),
    ),
    "Condition": (
        Invariant(
            "con-4",
            "clinicalStatus",
            "A condition that has abated is inactive, resolved or in remission: say which",
            _abated_but_active,
        ),
        Invariant(
            "con-5", "clinicalStatus", "Leave clinicalStatus out of what was entered in error", _error_with_status
        ),
    ),
    "Condition.evidence": (Invariant("con-2", "", "Give the evidence a code or a detail", none_of("code", "detail")),),
    "Condition.stage": (
        Invariant("con-1", "", "Give the stage a summary or an assessment", none_of("summary", "assessment")),
    ),
    "Consent": (
        Invariant(
            "ppc-1", "policyRule", "Say under which policy: send policy or policyRule", none_of("policy", "policyRule")
        ),
    ),
    "ContactPoint": (
        Invariant("cpt-2", "system", "Say what the value is: send system", without("system", when="value")),
    ),
    "DataRequirement.codeFilter": (
        Invariant("drq-1", "", "Filter by path or by searchParam, one of them", not_just_one("path", "searchParam")),
    ),
    "DataRequirement.dateFilter": (
        Invariant("drq-2", "", "Filter by path or by searchParam, one of them", not_just_one("path", "searchParam")),
    ),
    "Age": (Invariant("age-1", "", "An age is above zero, with a code of UCUM such as `a`", _no_age), _UNIT_SYSTEM),
    "Count": (Invariant("cnt-3", "", "A count is a whole number with the code `1` of UCUM", _no_count), _UNIT_SYSTEM),
    "Distance": (Invariant("dis-1", "", "A distance has a code of UCUM such as `m`", _not_in_ucum), _UNIT_SYSTEM),
    "Duration": (
        Invariant("drt-1", "", "A coded duration has a value, and UCUM as its system", _duration_of_no_length),
        _UNIT_SYSTEM,
    ),
    "Quantity": (_UNIT_SYSTEM,),
    "Expression": (Invariant("exp-1", "", "Send expression or reference", none_of("expression", "reference")),),
    "Extension": (
        Invariant("ext-1", "", "An extension has either one value or extensions inside it", _extension_content),
    ),
    "Goal.target": (Invariant("gol-1", "measure", "A detail needs what is measured", _detail_without_measure),),
    "Group": (
        Invariant("grp-1", "member", "Only an actual group has members: leave them out", _members_of_a_definition),
    ),
    "Observation": (
        Invariant(
            "obs-6", "dataAbsentReason", "Send a value, or the reason why there is none; not both", _value_and_reason
        ),
        Invariant(
            "obs-7",
            "component",
            "A component has the code of the Observation itself: give the value in one place only",
            _value_twice,
        ),
    ),
    "Observation.referenceRange": (
        Invariant("obs-3", "", "Give the range a low, a high or a text", none_of("low", "high", "text")),
    ),
    "Organization": (
        Invariant("org-1", "", "Give the organisation an identifier or a name", none_of("identifier", "name")),
        Invariant("org-2", "address", "An organisation has no home address: change its use", _at_home("address")),
        Invariant("org-3", "telecom", "An organisation has no home telephone: change its use", _at_home("telecom")),
    ),
    "Parameters.parameter": (
        Invariant("inv-1", "", "A parameter has one of value, resource or part", _not_one_content),
    ),
    "Patient.contact": (
        Invariant(
            "pat-1",
            "",
            "Give the contact a name, telecom, address or organization",
            none_of("name", "telecom", "address", "organization"),
        ),
    ),
    "Period": (
        Invariant("per-1", "", "The period ends before it starts: correct start or end", _backwards("start", "end")),
    ),
    "Range": (Invariant("rng-2", "", "The range's low is above its high: correct one of them", _low_above_high),),
    "Ratio": (Invariant("rat-1", "", "A ratio has both numerator and denominator", _half_a_ratio),),
    "Task": (
        Invariant(
            "inv-1",
            "lastModified",
            "The task was last modified before it was authored: correct one of them",
            _backwards("authoredOn", "lastModified"),
        ),
    ),
    "Timing.repeat": (
        Invariant("tim-1", "durationUnit", "A duration needs its unit", without("durationUnit", when="duration")),
        Invariant("tim-2", "periodUnit", "A period needs its unit", without("periodUnit", when="period")),
        Invariant("tim-4", "duration", "A duration is not negative", negative("duration")),
        Invariant("tim-5", "period", "A period is not negative", negative("period")),
        Invariant("tim-6", "period", "A periodMax needs its period", without("period", when="periodMax")),
        Invariant("tim-7", "duration", "A durationMax needs its duration", without("duration", when="durationMax")),
        Invariant("tim-8", "count", "A countMax needs its count", without("count", when="countMax")),
        Invariant("tim-9", "when", "An offset needs a when that is not a meal itself", _offset_without_event),
        Invariant("tim-10", "when", "Send timeOfDay or when, not both", both("timeOfDay", "when")),
    ),
    "TriggerDefinition": (
        Invariant("trd-1", "", "Send data or a timing, not both", _data_at_times),
        Invariant("trd-2", "condition", "A condition needs its data", without("data", when="condition")),
        Invariant(
            "trd-3",
            "",
            "A named event needs its name, a periodic one its timing, one of data its data",
            _event_without_its_part,
        ),
    ),
}
