"""What comes in over HTTP, read carefully. For the edges only (`api`, `access.endpoint`): it knows Starlette."""

import asyncio
import re
import secrets
from collections.abc import Sequence
from typing import Final
from urllib.parse import parse_qsl

from starlette.requests import ClientDisconnect, Request

from service.errors import TooLarge, TooSlow, Unreadable, UnsupportedMedia

FORM: Final = "application/x-www-form-urlencoded"
FIELDS: Final = 100
"""How many fields a form or a query may have."""
BODY_SECONDS: Final[float] = 30
"""How long a body may take to arrive: whoever sends slower than 170 kB a second sends less at a time."""

SAFE_ID: Final = re.compile(r"[A-Za-z0-9._-]{1,64}")
_TEN_DIGITS = re.compile(r"[0-9]{3}[.-]?[0-9]{3}[.-]?[0-9]{4}")


def listed(request: Request, name: str) -> str:
    """A header that lists things between commas, and that may therefore come several times (RFC 9110 §5.3)."""
    found = request.headers.getlist(name)
    return found[0] if len(found) == 1 else ", ".join(found)


def request_id(request: Request) -> str:
    """The X-Request-ID that the client gave, where it may be echoed and logged, or else one of ours."""
    given = request.headers.get("x-request-id", "")
    return given if may_be_told(given) else _new_id()


def may_be_told(given: str) -> bool:
    """Whether an id that was given may stand in logs and headers: ten digits in a row may be an NHS number."""
    return bool(SAFE_ID.fullmatch(given)) and not _TEN_DIGITS.search(given)


def _new_id() -> str:
    """32 hexadecimal digits. One in twelve would hold ten decimal digits in a row, which the log would remove."""
    while not may_be_told(made := secrets.token_hex(16)):
        pass
    return made


def address(request: Request) -> str:
    """Where the connection comes from. X-Forwarded-For is not asked: anybody can send one."""
    return request.client.host if request.client else ""


async def body(request: Request, *, limit: int) -> bytes:
    """The bytes of the body, refused as soon as they are more than `limit`, or take longer than BODY_SECONDS.

    Raises TooLarge, TooSlow, Unreadable for a body that ended early, UnsupportedMedia for one that is compressed.
    """
    _check_length_and_encoding(request, limit)
    try:
        async with asyncio.timeout(BODY_SECONDS):
            return await _whole(request, limit)
    except TimeoutError as error:
        raise TooSlow(f"The body did not arrive within {BODY_SECONDS:g} seconds; send it again") from error
    except ClientDisconnect as error:
        raise Unreadable("The body ended before it was whole") from error


async def _whole(request: Request, limit: int) -> bytes:
    parts, size = [], 0
    async for part in request.stream():
        size += len(part)
        if size > limit:
            raise _too_large(limit)
        parts.append(part)
    return b"".join(parts)


async def form(request: Request, *, limit: int) -> list[tuple[str, str]]:
    """The fields of a form body, in order. Raises what `body` raises."""
    check_content_type(request, (FORM,))
    return fields(await body(request, limit=limit), of="form")


def fields(encoded: bytes, *, of: str) -> list[tuple[str, str]]:
    """The names and values of a form or a query, in order. Raises Unreadable, naming which of them it is."""
    try:
        return parse_qsl(encoded.decode("ascii"), keep_blank_values=True, errors="strict", max_num_fields=FIELDS)
    except ValueError as error:
        raise Unreadable(f"The {of} cannot be read: at most {FIELDS} fields, percent-encoded") from error


def check_content_type(request: Request, allowed: Sequence[str]) -> None:
    """Raises UnsupportedMedia for any other type, or for another character set than UTF-8."""
    kind, _, rest = request.headers.get("content-type", "").partition(";")
    charset = rest.replace(" ", "").lower()
    if kind.strip().lower() not in allowed or ("charset=" in charset and "charset=utf-8" not in charset):
        raise UnsupportedMedia(f"Send {allowed[0]}, in UTF-8")


def _check_length_and_encoding(request: Request, limit: int) -> None:
    if request.headers.get("content-encoding", "identity").strip().lower() not in ("identity", ""):
        raise UnsupportedMedia("Send the body as it is, without a Content-Encoding")
    announced = request.headers.get("content-length", "0")
    if announced.isascii() and announced.isdigit() and int(announced[:20]) > limit:
        raise _too_large(limit)


def _too_large(limit: int) -> TooLarge:
    return TooLarge(f"The body is larger than {limit:,} bytes; send less at a time")
