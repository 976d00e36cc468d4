"""The invariants of R4 that its element tables cannot say, for the types that we read. Keys are FHIR's.

Each is asked only of an object whose elements were found right, so a rule need not check kinds again.
Left out: what concerns whole Bundles (`store.bundle`), dom-3, and the units of Age, Count and Distance.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from service.fhir import dates, references

CLINICAL = "http://terminology.hl7.org/CodeSystem/condition-clinical"
VERIFICATION = "http://terminology.hl7.org/CodeSystem/condition-ver-status"


@dataclass(frozen=True, slots=True)
class Invariant:
    """A rule on one type. `element` is the one to look at, empty for the whole; `message` says what to do."""

    key: str
    element: str
    message: str
    is_broken: Callable[[dict[str, Any]], bool]


def _has(value: dict[str, Any], *names: str) -> bool:
    """Whether any of these is there, as itself or as an extension only."""
    return any(name in value or f"_{name}" in value for name in names)


def _has_choice(value: dict[str, Any], label: str) -> bool:
    return any(name.lstrip("_").startswith(label) for name in value)


def _has_coding(concept: dict[str, Any], system: str, *codes: str) -> bool:
    return any(one.get("system") == system and one.get("code") in codes for one in concept.get("coding", ()))


def _without(needed: str, *, when: str) -> Callable[[dict[str, Any]], bool]:
    return lambda value: _has(value, when) and not _has(value, needed)


def _both(one: str, other: str) -> Callable[[dict[str, Any]], bool]:
    return lambda value: _has(value, one) and _has(value, other)


def _none_of(*names: str) -> Callable[[dict[str, Any]], bool]:
    return lambda value: not _has(value, *names)


def _negative(name: str) -> Callable[[dict[str, Any]], bool]:
    return lambda value: name in value and value[name] < 0


def _backwards(period: dict[str, Any]) -> bool:
    """Partial dates count as right where any reading of them is: from 2020-05 to 2020."""
    if "start" not in period or "end" not in period:
        return False
    return dates.interval(period["start"])[0] >= dates.interval(period["end"])[1]


def _low_above_high(range_: dict[str, Any]) -> bool:
    low, high = range_.get("low", {}), range_.get("high", {})
    comparable = "value" in low and "value" in high and low.get("code") == high.get("code")
    return comparable and bool(low["value"] > high["value"])


def _half_a_ratio(ratio: dict[str, Any]) -> bool:
    if _has(ratio, "numerator") != _has(ratio, "denominator"):
        return True
    return not _has(ratio, "numerator", "extension")


def _offset_without_event(repeat: dict[str, Any]) -> bool:
    if not _has(repeat, "offset"):
        return False
    return "when" not in repeat or bool({"C", "CM", "CD", "CV"} & set(repeat["when"]))


def _value_and_reason(observation: dict[str, Any]) -> bool:
    return _has(observation, "dataAbsentReason") and _has_choice(observation, "value")


def _value_twice(observation: dict[str, Any]) -> bool:
    if not _has_choice(observation, "value"):
        return False
    own = _codes(observation["code"])
    return any(own & _codes(component["code"]) for component in observation.get("component", ()))


def _codes(concept: dict[str, Any]) -> set[tuple[str | None, str]]:
    return {(one.get("system"), one["code"]) for one in concept.get("coding", ()) if "code" in one}


def _abated_but_active(condition: dict[str, Any]) -> bool:
    if not _has_choice(condition, "abatement"):
        return False
    return not _has_coding(condition.get("clinicalStatus", {}), CLINICAL, "resolved", "remission", "inactive")


def _error_with_status(condition: dict[str, Any]) -> bool:
    in_error = _has_coding(condition.get("verificationStatus", {}), VERIFICATION, "entered-in-error")
    return in_error and _has(condition, "clinicalStatus")


def _at_home(name: str) -> Callable[[dict[str, Any]], bool]:
    return lambda organisation: any(one.get("use") == "home" for one in organisation.get(name, ()))


def _on_behalf_of_without_practitioner(participant: dict[str, Any]) -> bool:
    member = participant.get("member", {}).get("reference", "")
    return _has(participant, "onBehalfOf") and references.referred_type(member) not in ("", "Practitioner")


def _not_one_content(parameter: dict[str, Any]) -> bool:
    return [_has_choice(parameter, "value"), _has(parameter, "resource"), _has(parameter, "part")].count(True) != 1


def _extension_content(extension: dict[str, Any]) -> bool:
    return _has_choice(extension, "value") == _has(extension, "extension")


_UNIT_SYSTEM = Invariant("qty-3", "system", "A coded unit needs its system", _without("system", when="code"))

INVARIANTS: Final[dict[str, tuple[Invariant, ...]]] = {
    "Attachment": (
        Invariant("att-1", "contentType", "Data needs its contentType", _without("contentType", when="data")),
    ),
    "CarePlan.activity": (
        Invariant("cpl-3", "", "Give the activity as reference or as detail, not both", _both("detail", "reference")),
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
    "Condition.evidence": (Invariant("con-2", "", "Give the evidence a code or a detail", _none_of("code", "detail")),),
    "Condition.stage": (
        Invariant("con-1", "", "Give the stage a summary or an assessment", _none_of("summary", "assessment")),
    ),
    "Consent": (
        Invariant(
            "ppc-1", "policyRule", "Say under which policy: send policy or policyRule", _none_of("policy", "policyRule")
        ),
    ),
    "ContactPoint": (
        Invariant("cpt-2", "system", "Say what the value is: send system", _without("system", when="value")),
    ),
    "Duration": (
        Invariant("drt-1", "system", "A coded duration needs system and value", _without("value", when="code")),
        _UNIT_SYSTEM,
    ),
    **dict.fromkeys(("Quantity", "Age", "Count", "Distance"), (_UNIT_SYSTEM,)),
    "Expression": (Invariant("exp-1", "", "Send expression or reference", _none_of("expression", "reference")),),
    "Extension": (
        Invariant("ext-1", "", "An extension has either one value or extensions inside it", _extension_content),
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
        Invariant("obs-3", "", "Give the range a low, a high or a text", _none_of("low", "high", "text")),
    ),
    "Organization": (
        Invariant("org-1", "", "Give the organisation an identifier or a name", _none_of("identifier", "name")),
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
            _none_of("name", "telecom", "address", "organization"),
        ),
    ),
    "Period": (Invariant("per-1", "", "The period ends before it starts: correct start or end", _backwards),),
    "Range": (Invariant("rng-2", "", "The range's low is above its high: correct one of them", _low_above_high),),
    "Ratio": (Invariant("rat-1", "", "A ratio has both numerator and denominator", _half_a_ratio),),
    "Timing.repeat": (
        Invariant("tim-1", "durationUnit", "A duration needs its unit", _without("durationUnit", when="duration")),
        Invariant("tim-2", "periodUnit", "A period needs its unit", _without("periodUnit", when="period")),
        Invariant("tim-4", "duration", "A duration is not negative", _negative("duration")),
        Invariant("tim-5", "period", "A period is not negative", _negative("period")),
        Invariant("tim-6", "period", "A periodMax needs its period", _without("period", when="periodMax")),
        Invariant("tim-7", "duration", "A durationMax needs its duration", _without("duration", when="durationMax")),
        Invariant("tim-8", "count", "A countMax needs its count", _without("count", when="countMax")),
        Invariant("tim-9", "when", "An offset needs a when that is not a meal itself", _offset_without_event),
        Invariant("tim-10", "when", "Send timeOfDay or when, not both", _both("timeOfDay", "when")),
    ),
}
