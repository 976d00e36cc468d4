"""Consent: sharing of the record (SCCI1580 item 1), advance decisions (49, 50), lasting powers of attorney (51 to 53).

Told apart by scope, category and code, as in FHIR.md §6.2. A clinical decision such as CPR is an Observation.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any, Final

from service import db
from service.errors import Issue
from service.fhir import elements, narrative
from service.fhir.answers_in_part import WITHHELD
from service.fhir.narrative import Line
from service.fhir.redacting import is_masked
from service.fhir.register_rules import belongs_to_a_patient
from service.fhir.resource_type import Body, InPart, RegisterRow, ResourceType
from service.register import codes, words
from service.register.codes import Code
from service.register.models import SharingDecision

SHARING_DECISION: Final = db.table(SharingDecision)
SHARING: Final = f"{codes.BASE}/StructureDefinition/epaccs-sharing-consent"
ADVANCE_DECISION: Final = f"{codes.BASE}/StructureDefinition/epaccs-advance-decision"
LASTING_POWER: Final = f"{codes.BASE}/StructureDefinition/epaccs-lasting-power"

_SHARING_CODES: Final = (*codes.SHARING_PERMITTED, codes.SHARING_WITHDRAWN)
_DECISIONS: Final = {
    "permitted": "Sharing of the record is permitted",
    "denied": "Sharing of the record is declined",
    "withdrawn": "Consent to sharing of the record is withdrawn",
}
_UNDECIDED: Final = ("draft", "proposed", "entered-in-error")


def _rules(consent: Body) -> Iterator[Issue]:
    yield from belongs_to_a_patient(consent, "patient")


def _profiles(consent: Body) -> Iterable[str]:
    """A mistake may be marked as one, whatever else is wrong with it."""
    if consent.get("status") == "entered-in-error":
        return []
    if _is_sharing(consent):
        return [SHARING]
    advance = [ADVANCE_DECISION] if _is_advance_decision(consent) else []
    return [*advance, LASTING_POWER] if _is_attorney(consent) else advance


def codes_of(consent: Body) -> list[tuple[str, str]]:
    """Every code that says what kind of Consent this is."""
    concepts = elements.all_of(consent, "category") + elements.all_of(consent, "provision", "code")
    return [key for concept in concepts for key in elements.codings(concept)]


def _has_any(consent: Body, wanted: tuple[Code, ...]) -> bool:
    found = codes_of(consent)
    return any(code.key in found for code in wanted)


def _is_sharing(consent: Body) -> bool:
    """Read widely, because a refusal that goes unrecognised would be a breach.

    The scope alone is not enough where the codes say that it is an advance decision: then the scope is the mistake.
    """
    if (codes.ACT_CODE, "INFA") in codes_of(consent) or _has_any(consent, _SHARING_CODES):
        return True
    in_scope = elements.has_code(consent.get("scope"), codes.CONSENT_SCOPE, "patient-privacy")
    return in_scope and not _is_advance_decision(consent) and not _is_attorney(consent)


def _is_advance_decision(consent: Body) -> bool:
    return _has_any(consent, codes.ADVANCE_DECISIONS) or (codes.CONSENT_CATEGORY, "acd") in codes_of(consent)


def _is_attorney(consent: Body) -> bool:
    return _has_any(consent, codes.ATTORNEYS) or bool(_attorneys(consent))


def decision(consent: Body) -> str:
    """ "permitted", "denied" or "withdrawn"; empty while nothing was decided.

    One that is no longer active never permits: a permit that was made inactive is a withdrawal until a newer
    Consent permits again (EoL National Minimum Dataset: "active = given, inactive = refused").
    """
    status, kind = consent.get("status"), elements.part(consent, "provision", "type")
    if status in _UNDECIDED or (status == "rejected" and kind != "permit"):
        return ""
    if _has_any(consent, (codes.SHARING_WITHDRAWN,)):
        return "withdrawn"
    if kind == "permit":
        return {"active": "permitted", "rejected": "denied"}.get(str(status), "withdrawn")
    return "denied"


def _register_rows(consent: Body, at: datetime) -> Iterable[RegisterRow]:
    if _is_sharing(consent):
        return _sharing_rows(consent, at)
    lines = [*_advance_decision_lines(consent, at), *_attorney_lines(consent, at)]
    return narrative.rows(lines) if consent.get("status") == "active" else []


def _sharing_rows(consent: Body, at: datetime) -> list[RegisterRow]:
    decided = decision(consent)
    if not decided:
        return []
    row: dict[str, Any] = {"decision": decided, "decided_at": _decided_at(consent, decided, at)}
    basis = next((code.display for code in _SHARING_CODES if code.key in codes_of(consent)), "")
    what = narrative.sentence(_DECISIONS[decided], basis)
    line = _line(consent, at, "consent", what, "sharing", effective_at=row["decided_at"])
    return [(SHARING_DECISION, row), *narrative.rows([line])]


def _decided_at(consent: Body, decided: str, at: datetime) -> datetime:
    """Of two decisions of one day a refusal comes last: it counts from the day's end, a permission from its start."""
    dated = consent.get("dateTime")
    if decided == "permitted":
        return min(elements.instant(dated) or at, at)
    return elements.settled(dated, at) or at


def _advance_decision_lines(consent: Body, at: datetime) -> Iterator[Line]:
    """All that are active stand beside each other: each binds for what it refuses (Mental Capacity Act 2005)."""
    if _is_advance_decision(consent):
        sustaining = _has_any(consent, (codes.REFUSAL_OF_LIFE_SUSTAINING_TREATMENT,))
        what = f"Advance decision to refuse {'life-sustaining ' if sustaining else ''}treatment"
        yield _line(
            consent,
            at,
            "advance-decision",
            narrative.sentence(what, *_refused(consent), _applies(consent), _kept(consent)),
        )


def _refused(consent: Body) -> list[str]:
    """The treatments and circumstances, as written."""
    said = [elements.text_at(each, "text") for each in elements.all_of(consent, "provision", "code")]
    return [f"Refuses: {text}" for text in said if text]


def _applies(consent: Body) -> str:
    """From when to when it holds, where its sender said so: whoever reads it has to see that it may be over."""
    begins = elements.day(elements.part(consent, "provision", "period", "start"))
    ends = elements.last_day(elements.part(consent, "provision", "period", "end"))
    bounds = (f"from {words.day(begins)}" if begins else "", f"until {words.day(ends)}" if ends else "")
    said = " ".join(filter(None, bounds))
    return f"Holds {said}" if said else ""


def _kept(consent: Body) -> str:
    """Where the document is (SCCI1580 item 50). That there is one is told to everybody: a refusal of life-sustaining
    treatment binds in writing only (Mental Capacity Act 2005, section 25)."""
    if is_masked(consent.get("sourceAttachment")):
        return f"Document: {WITHHELD['text']}"
    place = elements.display_of(consent.get("sourceReference")) or elements.text_at(
        consent, "sourceAttachment", "title"
    )
    return f"Document: {place}" if place else ""


def _attorneys(consent: Body) -> list[dict[str, Any]]:
    actors = elements.all_of(consent, "provision", "actor")
    return [actor for actor in actors if elements.has_code(actor.get("role"), codes.ROLE_CODE, "HPOWATT")]


def _attorney_lines(consent: Body, at: datetime) -> Iterator[Line]:
    if _is_attorney(consent):
        names = ", ".join(dict.fromkeys(filter(None, map(_named, _attorneys(consent)))))
        what = f"Lasting power of attorney for health and welfare{f': {names}' if names else ''}"
        full = narrative.sentence(what, _authority(consent), _applies(consent), _kept(consent))
        yield _line(consent, at, "lasting-power-of-attorney", full)


def _named(attorney: Body) -> str:
    who = attorney.get("reference")
    return str(WITHHELD["text"]) if is_masked(who) else elements.display_of(who)


def _authority(consent: Body) -> str:
    """SCCI1580 item 52: with or without authority over life-sustaining treatment."""
    if _has_any(consent, (codes.ATTORNEY_FOR_LIFE_SUSTAINING_TREATMENT,)):
        return "May decide on life-sustaining treatment"
    stated = _has_any(consent, codes.ATTORNEYS)
    return (
        "May not decide on life-sustaining treatment" if stated else "Authority on life-sustaining treatment not stated"
    )


def _line(
    consent: Body, at: datetime, section: str, what: str, kind: str = "", *, effective_at: datetime | None = None
) -> Line:
    """Recorded by the organisation that keeps the Consent, else by whom it names as having performed it."""
    decided_on = elements.day(consent.get("dateTime"))
    keepers = elements.all_of(consent, "organization") or elements.all_of(consent, "performer")
    return Line(
        section=section,
        what=what,
        kind=kind,
        by=", ".join(filter(None, map(elements.display_of, keepers))),
        effective_at=effective_at or elements.settled(consent.get("dateTime"), at) or at,
        recorded_on=decided_on or at.date(),
        confirmed_on=decided_on,
        review_on=narrative.review_date(consent),
    )


def _without_place(consent: Body) -> Body:
    """A document that is referred to is one that is attached: of either it is told that there is one."""
    if not consent.get("sourceReference"):
        return consent
    rest = {name: value for name, value in consent.items() if name != "sourceReference"}
    return {**rest, "sourceAttachment": {"title": WITHHELD["text"]}}


CONSENT = ResourceType(
    name="Consent",
    person="patient",
    dated=lambda consent: ("dateTime",),
    profiles=_profiles,
    rules=_rules,
    register_rows=_register_rows,
    in_every_summary=True,
    in_part=InPart(words=frozenset(["category", "provision.code"]), without_place=_without_place),
)
