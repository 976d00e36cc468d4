"""Entity tags: `W/"3"` is version 3 of a resource. What a header or a Bundle entry lists of them, understood."""

import hashlib
import re
from collections.abc import Collection
from typing import Final

from service.errors import Unreadable

ANY: Final = range(1_000_000_000)
"""What `*` stands for: whichever version there is."""

_TAG = re.compile(r'(?:W/)?"?([0-9]{1,9})"?')
_MOST = 100


def versions(listed: str, expression: str = "") -> Collection[int]:
    """The versions that an If-Match names: several between commas, or `*` for any. Raises Unreadable."""
    if listed.strip() == "*":
        return ANY
    tags = [_TAG.fullmatch(tag.strip()) for tag in listed.split(",", _MOST)]
    if not all(tags):
        raise Unreadable('If-Match takes the ETag of a version, such as W/"3"', expression=expression)
    return frozenset(int(tag[1]) for tag in tags if tag)


def is_held(listed: str, version: int) -> bool:
    """Whether an If-None-Match names this version. What is no tag of ours matches nothing, and is no error."""
    if listed.strip() == "*":
        return True
    tags = (_TAG.fullmatch(tag.strip()) for tag in listed.split(",", _MOST))
    return any(tag is not None and int(tag[1]) == version for tag in tags)


def of_digest(told: object) -> str:
    """The tag of what is computed and has no version: it changes when what it is computed from does."""
    return f'W/"{hashlib.blake2b(repr(told).encode(), digest_size=16).hexdigest()}"'


def is_listed(listed: str, tag: str) -> bool:
    """Whether an If-None-Match names this tag, compared weakly (RFC 9110 §8.8.3.2), or is `*`."""
    tags = [one.strip().removeprefix("W/") for one in listed.split(",", _MOST)]
    return tags == ["*"] or tag.removeprefix("W/") in tags
