"""The formats of FHIR's primitive types in JSON (R4, "Data Types"), and of the XHTML in a narrative.

A format tells whether a value fits; what to say where it does not is written beside it.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from service.fhir import dates

Fits = Callable[[Any], bool]


@dataclass(frozen=True, slots=True)
class Format:
    """One primitive type. `kind` is what JSON calls it, `looks` completes the sentence "send …"."""

    kind: str
    looks: str
    fits: Fits


def _text(value: Any) -> bool:
    return isinstance(value, str) and value != "" and not value.isspace()


def _matching(pattern: str) -> Fits:
    match = re.compile(pattern).fullmatch

    def fits(value: Any) -> bool:
        return isinstance(value, str) and match(value) is not None

    return fits


def _dated(pattern: str) -> Fits:
    """The pattern gives the day as group 1, so that most need no calendar."""
    match = re.compile(pattern).fullmatch

    def fits(value: Any) -> bool:
        found = match(value) if isinstance(value, str) else None
        if found is None or value.startswith("0000"):
            return False
        return (found[1] or "") <= "28" or _on_the_calendar(value)

    return fits


def _on_the_calendar(text: str) -> bool:
    try:
        dates.interval(text)
    except ValueError:
        return False
    return True


def _boolean(value: Any) -> bool:
    return isinstance(value, bool)


def _integer(lowest: int) -> Fits:
    def fits(value: Any) -> bool:
        return isinstance(value, int) and not isinstance(value, bool) and lowest <= value < 2**31

    return fits


def _number(value: Any) -> bool:
    return isinstance(value, (int, float, Decimal)) and not isinstance(value, bool)


def _base64(value: Any) -> bool:
    if not isinstance(value, str):
        return False
    written = "".join(value.split())
    return len(written) % 4 == 0 and _BASE64(written) is not None


# Narrative (txt-1, txt-2): formatting only, links that run nothing, and something to read.

_ELEMENT = (
    r"(?:a|abbr|acronym|b|big|blockquote|br|caption|cite|code|col|colgroup|dd|dfn|div|dl|dt|em|h[1-6]|hr|i|img|li|ol|p|"
    r"pre|q|samp|small|span|strong|sub|sup|table|tbody|td|tfoot|th|thead|tr|tt|ul|var)"
)
_TARGET = r"\s*(?:https?:|mailto:|tel:|data:image/|\#|(?![^\"'<]*[:&]))"
_MARKUP = re.compile(
    rf"""
    <!--(?:[^-]|-[^-])*--> |
    </?{_ELEMENT}
    (?: \s+ (?:
        (?:href|src) \s*=\s* (?: "{_TARGET}[^"<]*" | '{_TARGET}[^'<]*' ) |
        (?!href|src|[oO][nN]) [A-Za-z_:][-\w:.]* \s*=\s* (?: "[^"<]*" | '[^'<]*' )
    ) )*
    \s* /?>
    """,
    re.VERBOSE,
)


def _narrative(value: Any) -> bool:
    if not (isinstance(value, str) and value.lstrip().startswith("<div") and value.rstrip().endswith("</div>")):
        return False
    text = _MARKUP.sub("", value)
    return "<" not in text and ("<img" in value or bool(text.strip()))


_BASE64 = re.compile(r"[A-Za-z0-9+/]+={0,2}").fullmatch
_DATE = r"[0-9]{4}(?:-(?:0[1-9]|1[0-2])(?:-(0[1-9]|[12][0-9]|3[01])%s)?)?"
_TIME = r"(?:[01][0-9]|2[0-3]):[0-5][0-9]:(?:[0-5][0-9]|60)(?:\.[0-9]+)?"
_ZONE = r"(?:Z|[+-](?:(?:0[0-9]|1[0-3]):[0-5][0-9]|14:00))"
_NO_SPACE = _matching(r"\S+")
_SOME_TEXT = "some text, not only white space"
_ADDRESS = "an address without white space"

FORMATS: Final = {
    "boolean": Format("boolean", "true or false, without quotes", _boolean),
    "integer": Format("integer", "a whole number of at most 31 bits, without quotes", _integer(-(2**31))),
    "unsignedInt": Format("integer", "a whole number from 0, without quotes", _integer(0)),
    "positiveInt": Format("integer", "a whole number from 1, without quotes", _integer(1)),
    "decimal": Format("number", "a number, without quotes", _number),
    "string": Format("string", _SOME_TEXT, _text),
    "markdown": Format("string", _SOME_TEXT, _text),
    "code": Format("string", "a code without spaces around it", _matching(r"\S+(?:\s\S+)*")),
    "id": Format("string", "1 to 64 letters, digits, '-' and '.'", _matching(r"[A-Za-z0-9\-.]{1,64}")),
    "uri": Format("string", _ADDRESS, _NO_SPACE),
    "url": Format("string", _ADDRESS, _NO_SPACE),
    "canonical": Format("string", _ADDRESS, _NO_SPACE),
    "oid": Format("string", "an OID such as urn:oid:1.2.3", _matching(r"urn:oid:[0-2](?:\.(?:0|[1-9][0-9]*))+")),
    "uuid": Format(
        "string",
        "a UUID in lower case, after urn:uuid:",
        _matching(r"urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"),
    ),
    "date": Format("string", "a date such as 2026, 2026-03 or 2026-03-31", _dated(_DATE % "")),
    "dateTime": Format(
        "string",
        "a date, or a date and time with seconds and zone such as 2026-03-31T09:30:00+01:00",
        _dated(_DATE % f"(?:T{_TIME}{_ZONE})?"),
    ),
    "instant": Format(
        "string",
        "a date and time with seconds and zone such as 2026-03-31T09:30:00+01:00",
        _dated(rf"[0-9]{{4}}-(?:0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])T{_TIME}{_ZONE}"),
    ),
    "time": Format("string", "a time with seconds such as 09:30:00", _matching(_TIME)),
    "base64Binary": Format("string", "base64", _base64),
    "xhtml": Format("string", "one XHTML div with text and formatting only, no scripts, forms or events", _narrative),
}
