"""Flag: an alert from another system, such as a risk to visitors. Those that the register raises are never taken."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from functools import cache

from service.errors import Issue
from service.fhir import elements, narrative
from service.fhir.narrative import Line
from service.fhir.profiles import kinds
from service.fhir.register_rules import belongs_to_a_patient, broken, in_order
from service.fhir.resource_type import Body, InPart, RegisterRow, ResourceType
from service.register import alerts, cautions, codes, preference_type, words


def _rules(flag: Body) -> Iterator[Issue]:
    yield from belongs_to_a_patient(flag, "subject")
    yield from in_order(flag)
    if any(key in _raised_here() for key in elements.codings(flag.get("code"))):
        # FHIR.md §6.2: derived, read-only, never accepted, so that an alert stands exactly while its reason does.
        message = (
            "The register raises this alert itself: send the decision, as EpisodeOfCare, Observation or Consent, "
            "not its Flag"
        )
        yield broken(message, "Flag.code")
    if _claims_to_be_ours(flag):
        message = "Only the register says that it derived an alert: send your own without this profile and extension"
        yield broken(message, "Flag.meta.profile")


@cache
def _raised_here() -> frozenset[tuple[str, str]]:
    """On the register, the CPR decision, an advance decision to refuse treatment, a lasting power of attorney."""
    decisions = [answer.code for answer in preference_type.all_types()[cautions.CPR].answers]
    return frozenset(
        code.key for code in (codes.ON_THE_REGISTER, *decisions, *codes.ADVANCE_DECISIONS, *codes.ATTORNEYS)
    )


def _claims_to_be_ours(flag: Body) -> bool:
    profiles = [kinds.canonical(url) for url in elements.part(flag, "meta", "profile") or []]
    return alerts.PROFILE in profiles or bool(elements.extension(flag, alerts.DERIVED_FROM))


def _register_rows(flag: Body, at: datetime) -> Iterable[RegisterRow]:
    """One that the register raised has no line: what it follows from has one."""
    if flag.get("status") != "active" or _claims_to_be_ours(flag):
        return []
    return narrative.rows([_line(flag, at)])


def _line(flag: Body, at: datetime) -> Line:
    since = elements.part(flag, "period", "start")
    return Line(
        section="status",
        what=narrative.sentence(f"Alert: {elements.text_of(flag.get('code')) or 'not named'}", _until(flag)),
        by=elements.display_of(flag.get("author")),
        effective_at=elements.instant(since) or at,
        recorded_on=elements.day(since) or at.date(),
    )


def _until(flag: Body) -> str:
    last = elements.last_day(elements.part(flag, "period", "end"))
    return f"Until {words.day(last)}" if last else ""


FLAG = ResourceType(
    name="Flag",
    person="subject",
    rules=_rules,
    register_rows=_register_rows,
    in_part=InPart(words=frozenset(["category"])),
)
