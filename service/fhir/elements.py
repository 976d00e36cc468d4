"""Small readers of FHIR's datatypes. Any part may be missing: the answer is then empty, never an error."""

import re
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any, Final

from service.fhir import dates

_INSTANT: Final = timedelta(microseconds=1)
_REFERENCE: Final = re.compile(
    r"(?:https?://[^?#]+/)?(?P<type>[A-Z][A-Za-z]+)/(?P<id>[A-Za-z0-9\-.]{1,64})(?:/_history/[A-Za-z0-9\-.]{1,64})?"
)


def part(value: Any, *path: str) -> Any:
    """What stands at the end of a path of element names; None where the path breaks off."""
    for name in path:
        if not isinstance(value, dict):
            return None
        value = value.get(name)
    return value


def text_at(value: Any, *path: str) -> str:
    """The text at the end of a path; empty where there is none, or where something else stands."""
    found = part(value, *path)
    return found if isinstance(found, str) else ""


def all_of(value: Any, *path: str) -> list[dict[str, Any]]:
    """The complex values of a repeating element, without the gaps."""
    found = part(value, *path)
    return [each for each in found if isinstance(each, dict)] if isinstance(found, list) else []


def first(value: Any, *path: str) -> dict[str, Any]:
    """The first of a repeating element, or an empty one."""
    return next(iter(all_of(value, *path)), {})


def codings(concept: Any) -> list[tuple[str, str]]:
    """The (system, code) pairs of a CodeableConcept."""
    return [(text_at(coding, "system"), text_at(coding, "code")) for coding in all_of(concept, "coding")]


def has_code(concept: Any, system: str, code: str) -> bool:
    return (system, code) in codings(concept)


def any_has_code(concepts: list[dict[str, Any]], system: str, code: str) -> bool:
    """Whether any of several CodeableConcepts has the code."""
    return any(has_code(concept, system, code) for concept in concepts)


def display_of_codings(concept: Any) -> str:
    """The first display among the codings, else the first code."""
    words = [text_at(coding, name) for name in ("display", "code") for coding in all_of(concept, "coding")]
    return next(filter(None, words), "")


def text_of(concept: Any) -> str:
    """What a person reads: the text, else a coding's display, else a code."""
    return text_at(concept, "text") or display_of_codings(concept)


def identifier(resource: Any, system: str) -> str:
    """The value of the first identifier in a system, an old one (superseded) only where there is no other."""
    stated = [each for each in all_of(resource, "identifier") if text_at(each, "system") == system]
    return next((text_at(each, "value") for each in sorted(stated, key=_is_old)), "")


def _is_old(identifier: dict[str, Any]) -> bool:
    return identifier.get("use") == "old"


def reference_of(reference: Any) -> str | None:
    """The target as "Type/id", whether it was written so, with a base before it, or with a version behind it."""
    found = _REFERENCE.fullmatch(text_at(reference, "reference"))
    return f"{found['type']}/{found['id']}" if found else None


def display_of(reference: Any) -> str:
    """What a person reads of a reference: its display, else the value of its identifier (an ODS code, say)."""
    return text_at(reference, "display") or text_at(reference, "identifier", "value")


def extension(element: Any, url: str) -> dict[str, Any]:
    """The first extension with this URL, or an empty one."""
    return next((each for each in all_of(element, "extension") if each.get("url") == url), {})


def day(text: Any) -> date | None:
    """The day of a date or dateTime as its writer saw it, the first one of a partial date; None if it is no date."""
    try:
        return dates.day(text) if isinstance(text, str) else None
    except ValueError:
        return None


def settled(text: Any, at: datetime) -> datetime | None:
    """The last instant of a date, but not after `at`: by then, what it dates had been said.

    Of a day alone nobody knows the hour. Two statements of one day are ordered so that a day alone comes last.
    """
    try:
        return min(dates.interval(text)[1] - _INSTANT, at) if isinstance(text, str) else None
    except ValueError:
        return None


def last_day(text: Any) -> date | None:
    """The last day that a date or dateTime covers: 31 March 2026 for `2026-03`."""
    began = day(text)
    if began is None or len(text) >= len("2026-03-31"):
        return began
    return (dates.interval(text)[1] - timedelta(days=1)).date()


def instant(text: Any) -> datetime | None:
    """The first instant of a date or dateTime, in UTC; None if it is no date."""
    try:
        return dates.interval(text)[0] if isinstance(text, str) else None
    except ValueError:
        return None


def human_name(names: Any) -> str:
    """A name as the NHS shows it, "SMITH, Anna Maria": the official one first, else what is not old."""
    in_use = sorted((each for each in _names(names) if each.get("use") != "old"), key=_preferred)
    return next(filter(None, map(_one_name, in_use)), "")


def _names(names: Any) -> Iterator[dict[str, Any]]:
    return (each for each in names if isinstance(each, dict)) if isinstance(names, list) else iter(())


def _preferred(name: dict[str, Any]) -> bool:
    return name.get("use") != "official"


def _one_name(name: dict[str, Any]) -> str:
    given = name.get("given")
    forenames = " ".join(each for each in given if isinstance(each, str)) if isinstance(given, list) else ""
    return ", ".join(filter(None, (text_at(name, "family").upper(), forenames))) or text_at(name, "text")


def phones(contact: Any) -> str:
    """The telephone numbers of a person or an organisation, in the order given."""
    return ", ".join(
        text_at(point, "value")
        for point in all_of(contact, "telecom")
        if point.get("system") == "phone" and point.get("use") != "old" and text_at(point, "value")
    )
