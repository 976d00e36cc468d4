"""SMART scopes of the `system/` context: v2 (`system/Observation.rs`) and v1 (`system/Patient.read`).

Inside they are pairs of resource type (or `*`) and one letter of `cruds`, as `Actor.permissions` holds them.
Source: HL7 SMART App Launch 2.2, "Scopes for requesting FHIR resources" (v1 equivalence included). The query part
that v2 allows after `?` is refused: a limit that we did not enforce would be worse than none.
"""

import re

from service.errors import Invalid

Permissions = frozenset[tuple[str, str]]

LETTERS = "cruds"
MOST = 200
"""How many scopes one text may hold; R4 has 148 resource types."""

_V1 = {"read": "rs", "write": "cud", "*": LETTERS}
_SCOPE = re.compile(r"system/(?P<type>\*|[A-Z][A-Za-z]{1,63})\.(?P<may>read|write|\*|(?=[cruds])c?r?u?d?s?)")


def parse(text: str) -> Permissions:
    """What a text of scopes, parted by spaces, allows. Raises Invalid, telling which of them cannot be read."""
    scopes = text.split()
    if not scopes or len(scopes) > MOST:
        raise Invalid(f"Ask for one scope or more, at most {MOST}, parted by spaces, such as system/Observation.rs")
    found = [_SCOPE.fullmatch(scope) for scope in scopes]
    unread = [str(position) for position, match in enumerate(found, 1) if not match]
    if unread:
        # Which one, not what it said: the text may be anything, and this message leaves in an answer.
        raise Invalid(
            f"Scope {', '.join(unread[:10])} of {len(scopes)} cannot be read: write system/Observation.rs, "
            "with letters of cruds in that order, or system/Patient.read"
        )
    return frozenset(
        (match["type"], letter) for match in found if match for letter in _V1.get(match["may"], match["may"])
    )


def text(permissions: Permissions) -> str:
    """The same as SMART v2 scopes: one a resource type, sorted, without what a `*` says already."""
    letters: dict[str, str] = {}
    for letter in LETTERS:
        everywhere = ("*", letter) in permissions
        for type_name in sorted(
            named for named, may in permissions if may == letter and (named == "*" or not everywhere)
        ):
            letters[type_name] = letters.get(type_name, "") + letter
    return " ".join(f"system/{type_name}.{letters[type_name]}" for type_name in sorted(letters))


def granted(asked: Permissions, allowed: Permissions) -> Permissions:
    """What was asked for and is allowed. A `*` on either side takes in what the other side names."""
    named = {pair for pair in asked if pair in allowed or ("*", pair[1]) in allowed}
    return frozenset(named | {pair for pair in allowed if ("*", pair[1]) in asked})
