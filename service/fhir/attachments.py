"""Whether an Attachment is what it says: R4's `hash` is the SHA-1 of the bytes, in base64, and `size` their number."""

import base64
import binascii
import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from service.errors import Issue
from service.fhir import elements
from service.fhir.register_rules import broken

_BINARY: Final = re.compile(r"Binary/[A-Za-z0-9\-.]{1,64}(?:/_history/[0-9]{1,9})?")


def content(holder: Any) -> bytes | None:
    """The `data` of an Attachment or a Binary; None where there is none that can be read."""
    return _bytes(elements.text_at(holder, "data"))


@dataclass(frozen=True, slots=True)
class File:
    """What tells one file from another: R4 prescribes SHA-1, which tells a damaged file, and protects from nobody."""

    digest: bytes
    size: int


def file(data: bytes) -> File:
    return File(hashlib.sha1(data, usedforsecurity=False).digest(), len(data))


def issues(attachment: Any, file: File, expression: str) -> Iterator[Issue]:
    """What an Attachment says wrongly of its file."""
    said, size = elements.text_at(attachment, "hash"), elements.part(attachment, "size")
    if said and _bytes(said) != file.digest:
        yield broken("The hash is not the SHA-1 of the data: send the file again", f"{expression}.hash")
    if size is not None and size != file.size:
        yield broken("The size is not the number of bytes of the data: send the file again", f"{expression}.size")


def unsaid(attachment: Any, expression: str) -> Iterator[Issue]:
    """What would tell a damaged or exchanged file, and was not sent."""
    for name, what in (("hash", "its SHA-1 in base64"), ("size", "its number of bytes")):
        if elements.part(attachment, name) is None:
            message = f"Nobody can tell whether the file is whole: send {what} in {name}"
            yield Issue("informational", message, f"{expression}.{name}", "warning")


def held_at(attachment: Any, *, base: str) -> str:
    """The Binary of ours that an Attachment leads to, such as "Binary/1"; empty where it leads elsewhere."""
    url = elements.text_at(attachment, "url").removeprefix(f"{base}/")
    return url if _BINARY.fullmatch(url) else ""


def _bytes(data: str) -> bytes | None:
    try:
        return base64.b64decode("".join(data.split()), validate=True) if data else None
    except (binascii.Error, ValueError):
        return None
