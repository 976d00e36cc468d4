"""JSON Patch (RFC 6902) on a resource, guarded: a patch may come from anyone who may update, and may be hostile.

The operations are `jsonpatch`'s. Ours are the limits, what a patch may not touch, and words that quote nothing of the
resource. The result is judged afterwards like any update.
"""

from dataclasses import dataclass
from typing import Any, Final

from jsonpatch import InvalidJsonPatch, JsonPatch, JsonPatchException, JsonPatchTestFailed
from jsonpointer import JsonPointer, JsonPointerException

from service.errors import Invalid, TooLarge, Unreadable
from service.fhir import codec, references
from service.fhir.resource_type import Body

MEDIA_TYPE: Final = "application/json-patch+json"
MOST_OPERATIONS: Final = 100
LARGEST_BYTES: Final = 5_000_000
"""Of a resource once patched. Copies double what they copy: twenty of them would make a million of one."""

GUARDED: Final = ("resourceType", "id", "_id", "meta")
_TOO_LARGE = f"The resource would be larger than {LARGEST_BYTES:,} bytes"


@dataclass(frozen=True, slots=True)
class Patch:
    """Operations in order, each understood and allowed. What they do depends on the resource."""

    operations: tuple[JsonPatch, ...]
    names: tuple[str, ...]

    @property
    def tests(self) -> bool:
        """Whether it asks what stands in the resource."""
        return "test" in self.names


def understood(raw: bytes, *, base: str = "") -> Patch:
    """The patch in these bytes. What it refers to below `base`, our own address, becomes relative.

    Raises Unreadable (400) for what is no JSON Patch, and Invalid (422) for one that touches what is ours to say, each
    naming the operation by its place, from 0 on.
    """
    listed = codec.loads_list(raw)
    if not 0 < len(listed) <= MOST_OPERATIONS:
        raise Unreadable(f"A JSON Patch has between 1 and {MOST_OPERATIONS} operations")
    if base:
        references.relink_operations(listed, "operation", references.below(base))
    operations = tuple(_understood(one, at) for at, one in enumerate(listed))
    return Patch(operations, tuple(str(one["op"]) for one in listed))


def patched(resource: Body, patch: Patch) -> Body:
    """The resource with the patch applied whole. Raises Invalid for what cannot be applied, TooLarge, Unreadable."""
    found, copied = resource, 0
    try:
        for at, (operation, name) in enumerate(zip(patch.operations, patch.names, strict=True)):
            if name == "copy":  # what else is added came with the patch, whose own size is limited
                copied += _size_of_copy(found, operation)
                if copied > LARGEST_BYTES:
                    raise TooLarge(_TOO_LARGE)
            found = _applied(found, operation, at)
        return _checked(found)
    except RecursionError as error:  # copies and moves can nest what they take ever deeper
        raise Unreadable("The resource would nest too deep; send a patch that leaves it flatter") from error


def _understood(operation: Any, at: int) -> JsonPatch:
    try:
        known = JsonPatch([operation])
        touched = [JsonPointer(operation[name]) for name in _touches(operation)]
    except (JsonPatchException, JsonPointerException, KeyError, TypeError) as error:
        message = "has an op of RFC 6902 (add, remove, replace, move, copy, test), a path, and what its op needs"
        raise Unreadable(f"Every operation {message}; see the one at {at}") from error
    for pointer in touched:
        if not pointer.parts or pointer.parts[0] in GUARDED:
            message = "would change the whole resource, or its resourceType, id or meta; a patch changes other elements"
            raise Invalid(f"The operation at {at} {message}")
    return known


def _touches(operation: dict[str, Any]) -> tuple[str, ...]:
    """The members that name what an operation changes: a move changes two places, a test none."""
    return {"test": (), "move": ("from", "path")}.get(operation["op"], ("path",))


def _applied(resource: Any, operation: JsonPatch, at: int) -> Any:
    try:
        return operation.apply(resource, in_place=True)
    except JsonPatchTestFailed as error:
        raise Invalid(f"The test at {at} does not hold; nothing was changed. Read the resource again") from error
    except InvalidJsonPatch as error:
        raise Unreadable(f"The operation at {at} cannot be carried out as it is written") from error
    except (JsonPatchException, JsonPointerException) as error:
        raise Invalid(f"The path of the operation at {at} leads nowhere in this resource") from error


def _size_of_copy(resource: Any, operation: JsonPatch) -> int:
    """In bytes; 0 where there is nothing to copy, as the operation itself will say."""
    try:
        return len(codec.dumps(JsonPointer(operation.patch[0]["from"]).resolve(resource)))
    except (JsonPointerException, KeyError, TypeError):
        return 0


def _checked(resource: Any) -> Body:
    """The same resource, found to be neither too large nor nested too deep before anything else looks at it."""
    written = codec.dumps(resource)
    if len(written) > LARGEST_BYTES:
        raise TooLarge(_TOO_LARGE)
    return codec.loads(written)
