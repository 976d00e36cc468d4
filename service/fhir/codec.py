"""The only door for JSON. What is read here comes back as it was sent: key order kept, `1.50` still `1.50`.

Nothing that is refused is echoed: a body may hold a person's name anywhere.
"""

import codecs
import json
import re
from decimal import Decimal
from typing import Any, Final, Never

from service.errors import Unreadable
from service.fhir.resource_type import Body

MAX_DEPTH: Final = 50
"""Objects and arrays inside each other. Real resources need about a dozen."""

LONGEST_NUMBER: Final = 100
LARGEST_EXPONENT: Final = 300
"""Of a number. FHIR asks for 18 digits; more than these are an attack on whoever reads them next."""

_MARK: Final = "\x01"  # a character that `loads` refuses, so no text that came in begins with it
_MARKED_NUMBER = re.compile(r'"\\u0001([-+.0-9Ee]+)"')
_UNWANTED_ESCAPE = re.compile(rb"\\[bfu]")
_UNWANTED = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff]")


class ExactDecimal(Decimal):
    """A number with the text that it was sent as. Arithmetic gives plain decimals."""

    text: str

    def __new__(cls, text: str) -> "ExactDecimal":
        number = super().__new__(cls, text)
        number.text = text
        return number

    def __reduce__(self) -> tuple[type["ExactDecimal"], tuple[str]]:
        return ExactDecimal, (self.text,)


def loads(raw: bytes) -> Body:
    """The resource in these bytes, which are UTF-8. Raises Unreadable, which never quotes them."""
    body = _read(raw)
    if not isinstance(body, dict):
        raise Unreadable("Send one JSON object, the resource; this body holds something else")
    return body


def loads_list(raw: bytes) -> list[Any]:
    """The list in these bytes, such as a JSON Patch, read as carefully as a resource. Raises Unreadable."""
    found = _read(raw)
    if not isinstance(found, list):
        raise Unreadable("Send one JSON array; this body holds something else")
    return found


def _read(raw: bytes) -> Any:
    body = _parsed(_text(raw))
    # As many brackets as levels are allowed cannot nest deeper than that.
    if raw.count(b"{") + raw.count(b"[") > MAX_DEPTH:
        _refuse_deep(body)
    if _UNWANTED_ESCAPE.search(raw):
        _refuse_unwanted(body)
    return body


def holds_more(raw: bytes, body: Any, most: int) -> bool:
    """Whether `body`, which was read from `raw`, holds more values than `most`, small and large."""
    # Each is the first in its list, or stands behind one of the other two signs.
    if raw.count(b":") + raw.count(b",") + raw.count(b"[") <= most:
        return False
    number, waiting = 0, [body]
    while waiting and number <= most:
        children = waiting.pop()
        number += len(children)
        each = children.values() if isinstance(children, dict) else children
        waiting += [child for child in each if isinstance(child, (dict, list))]
    return number > most


def dumps(resource: Body) -> bytes:
    """The resource as compact UTF-8 JSON, every number as it was sent."""
    return _written(_ENCODER.encode(resource))


def indented(json_bytes: bytes) -> bytes:
    """JSON that we wrote, for people to read: two spaces a level, every number as it was sent."""
    return _written(_INDENTING.encode(_DECODER.decode(json_bytes.decode())))


def _written(text: str) -> bytes:
    if "\\u0001" in text:
        text = _MARKED_NUMBER.sub(r"\1", text)
    return text.encode()


def _text(raw: bytes) -> str:
    if not raw.strip():
        raise Unreadable("The body is empty; send a resource as JSON")
    try:
        # RFC 8259 lets a reader ignore the byte order mark that some Windows systems send.
        return raw.removeprefix(codecs.BOM_UTF8).decode()
    except UnicodeDecodeError as error:
        raise Unreadable(f"The body is not UTF-8; see byte {error.start}") from error


def _parsed(text: str) -> Any:
    try:
        return _DECODER.decode(text)
    except json.JSONDecodeError as error:
        raise Unreadable(f"The body is not valid JSON; see line {error.lineno}, column {error.colno}") from None
    except RecursionError:
        raise Unreadable(_TOO_DEEP) from None


def _without_duplicates(pairs: list[tuple[str, Any]]) -> Body:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise Unreadable("An object holds the same property twice; send each property once")
    return found


def _integer(text: str) -> int | ExactDecimal:
    if len(text) > LONGEST_NUMBER:
        raise Unreadable(_TOO_LARGE)
    return ExactDecimal(text) if text == "-0" else int(text)


def _decimal(text: str) -> ExactDecimal:
    exponent = text.lower().rpartition("e")[2] if "e" in text or "E" in text else "0"
    if len(text) > LONGEST_NUMBER or abs(int(exponent)) > LARGEST_EXPONENT:
        raise Unreadable(_TOO_LARGE)
    return ExactDecimal(text)


def _constant(text: str) -> Never:
    raise Unreadable("NaN and Infinity are not JSON; leave the element out instead")


def _refuse_deep(body: Any) -> None:
    level: list[Any] = [body]
    for _ in range(MAX_DEPTH):
        level = [
            child
            for parent in level
            for child in (parent.values() if isinstance(parent, dict) else parent)
            if isinstance(child, (dict, list))
        ]
    if level:
        raise Unreadable(_TOO_DEEP)


def _refuse_unwanted(value: Any) -> None:
    if isinstance(value, str):
        if _UNWANTED.search(value):
            raise Unreadable("A text holds a control character or half of a character; FHIR allows neither")
    elif isinstance(value, list):
        for child in value:
            _refuse_unwanted(child)
    elif isinstance(value, dict):
        for key, child in value.items():
            _refuse_unwanted(key)
            _refuse_unwanted(child)


def _marked(value: object) -> str:
    if isinstance(value, Decimal) and value.is_finite():
        return _MARK + (value.text if isinstance(value, ExactDecimal) else str(value))
    raise TypeError(f"{type(value).__name__} has no place in a resource")


_TOO_DEEP = f"The body nests deeper than {MAX_DEPTH} levels; send a flatter resource"
_TOO_LARGE = f"A number is longer than {LONGEST_NUMBER} digits or has an exponent beyond {LARGEST_EXPONENT}; shorten it"

_DECODER = json.JSONDecoder(
    object_pairs_hook=_without_duplicates, parse_float=_decimal, parse_int=_integer, parse_constant=_constant
)
_ENCODER = json.JSONEncoder(
    ensure_ascii=False, separators=(",", ":"), allow_nan=False, check_circular=False, default=_marked
)
_INDENTING = json.JSONEncoder(ensure_ascii=False, indent=2, allow_nan=False, check_circular=False, default=_marked)
