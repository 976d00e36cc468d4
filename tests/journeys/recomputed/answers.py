"""What an Observation answers: the kind of place, or why there is none, and when it counts from."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Any

PLACE_TYPE = "https://www.datadictionary.nhs.uk/attributes/death_location_type_code.html"
SNOMED = "http://snomed.info/sct"
LOCAL = "https://heartsease.example/fhir/CodeSystem/heartsease"
ABSENT = "http://terminology.hl7.org/CodeSystem/data-absent-reason"
CONFIRMED = "https://heartsease.example/fhir/StructureDefinition/epaccs-confirmed-unchanged"

HOSPITAL, HOME, HOSPICE, CARE_HOME, OTHER, USUAL = "10", "20", "30", "40", "50", "usual-residence"
KINDS = {
    **dict.fromkeys(("22232009", "225732001", "184297005", "183676005", "16983000", "713049009"), HOSPITAL),
    **dict.fromkeys(("713051008", "713050009", "812491000000102"), HOSPITAL),
    **dict.fromkeys(("264362003", "876879006"), HOME),
    **dict.fromkeys(("284546000", "876882001", "931421000000107"), HOSPICE),
    **dict.fromkeys(("42665001", "257688003", "876880009", "876884000", "1325731000000106"), CARE_HOME),
    **dict.fromkeys(("714342001", "876885004", "818971000000108", "818961000000101"), OTHER),
    **dict.fromkeys(("819211000000102", "876886003"), USUAL),
}
"""Kinds of place (10 hospital, 20 private residence, 30 hospice, 40 care home, 50 other) by code of SNOMED CT."""
DETAILED = ("10", "20", "21", "22", "30", "40", "41", "42", "50")
REASONS = {
    "517161000000101": "undecided",
    "766391000000108": "declined",
    "517111000000103": "unable",
    "517131000000106": "not-appropriate",
}
ABSENT_REASONS = {
    "not-asked": "not-asked",
    "asked-declined": "declined",
    "not-applicable": "not-appropriate",
}
SAYS_NOTHING = ("not-asked", "unknown")
"""Nobody asked again, so what was said before stands."""
LONG_AGO = datetime(1900, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Said:
    """One answer. `turn` is that of writing; `place` the kind, empty where words or a foreign code name it."""

    at: datetime
    issued: datetime
    turn: int
    place: str
    code: str
    second: str
    reason: str
    confirms: bool
    usual: str
    """The kind of the place that is said to be the usual residence."""

    @property
    def order(self) -> tuple[datetime, datetime, int]:
        return self.at, self.issued, self.turn

    @property
    def state(self) -> str:
        return self.reason or ("specific" if self.place else "not-comparable")


def codings(concept: Any) -> list[tuple[str, str]]:
    return [(each.get("system", ""), each.get("code", "")) for each in (concept or {}).get("coding", [])]


def asks(observation: dict[str, Any], *codes: tuple[str, str]) -> bool:
    return bool(set(codings(observation.get("code"))) & set(codes))


def said(observation: dict[str, Any], turn: int, written_at: datetime) -> Said:
    place, code, reason = _answer(observation)
    parts = {key: part for part in observation.get("component", []) for key in codings(part.get("code"))}
    second = _answer(parts.get((LOCAL, "second-choice"), {}))[0]
    is_first, is_second = (
        parts.get((LOCAL, name), {}).get("valueBoolean") is True
        for name in ("is-usual-residence", "second-is-usual-residence")
    )
    urls = [each["url"] for each in observation.get("extension", [])]
    return Said(
        at=LONG_AGO if reason in SAYS_NOTHING else instant(observation["effectiveDateTime"]),
        issued=instant(observation["issued"]) if "issued" in observation else written_at,
        turn=turn,
        place=place,
        code=code,
        second=second,
        reason=reason,
        confirms=CONFIRMED in urls,
        usual=place if is_first else second if is_second else "",
    )


def _answer(element: dict[str, Any]) -> tuple[str, str, str]:
    """(kind of place, code, why there is none)."""
    found = codings(element.get("valueCodeableConcept"))
    reasons = [REASONS[code] for system, code in found if system == SNOMED and code in REASONS]
    absent = [ABSENT_REASONS.get(code, "unknown") for _, code in codings(element.get("dataAbsentReason"))]
    if reasons or absent:
        return "", "", (reasons + absent)[0]
    kinds = [kind for kind in map(_kind, found) if kind]
    certain = [kind for kind in kinds if kind != USUAL]
    return next(iter(certain + kinds), ""), next((code for _, code in found), ""), ""


def _kind(coding: tuple[str, str]) -> str:
    system, code = coding
    if system == PLACE_TYPE:
        return f"{code[0]}0" if code in DETAILED else ""
    return KINDS.get(code, "") if system == SNOMED else ""


def instant(text: str) -> datetime:
    """A day counts from its end."""
    if len(text) == len("2026-03-31"):
        return datetime.combine(date.fromisoformat(text), time.max, UTC)
    return datetime.fromisoformat(text).astimezone(UTC)


def in_force(statements: list[Said], at: datetime) -> Said | None:
    return max((one for one in statements if one.at <= at), key=lambda one: one.order, default=None)


def end_of(day: date) -> datetime:
    return datetime.combine(day, time.max, UTC)
