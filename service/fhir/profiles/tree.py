"""A snapshot as a tree: each element with its children by name, and its slices by name.

R4 lists elements flat. Their ids tell where each belongs: `Patient.identifier:nhsNumber.value` (R4, ElementDefinition,
"Element ids").
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from service.fhir.resource_type import Body


@dataclass(slots=True)
class Part:
    """One element of a snapshot. A slice of a slice (`a/b`) stands among the slices of the outer one."""

    id: str
    definition: Body
    children: dict[str, "Part"] = field(default_factory=dict)
    slices: dict[str, "Part"] = field(default_factory=dict)

    @property
    def types(self) -> list[Body]:
        found: list[Body] = self.definition.get("type", [])
        return found

    @property
    def minimum(self) -> int:
        return int(self.definition.get("min", 0))

    @property
    def maximum(self) -> int | None:
        """None where there is no limit."""
        said = self.definition.get("max", "*")
        return None if said == "*" else int(said)


def planted(elements: Iterable[Body]) -> Part:
    """The root of a snapshot, which has at least one element. What has no place under it is left out."""
    by_id: dict[str, Part] = {}
    for element in elements:
        part = Part(str(element.get("id") or element.get("path", "")), element)
        by_id[part.id] = part
        _attach(part, by_id)
    return next(iter(by_id.values()))


def _attach(part: Part, by_id: dict[str, Part]) -> None:
    above, _, last = part.id.rpartition(".")
    name, _, slice_name = last.partition(":")
    if not slice_name:
        if above in by_id:
            by_id[above].children[name] = part
        return
    outer, _, _ = slice_name.rpartition("/")
    host = by_id.get(".".join(filter(None, (above, f"{name}:{outer}" if outer else name))))
    if host is not None:
        host.slices[slice_name] = part


def value_of(definition: Body, prefix: str) -> Any:
    """The `fixed[x]` or `pattern[x]` (or another choice) of an ElementDefinition; None where it has none."""
    for name, value in definition.items():
        if name.startswith(prefix) and name[len(prefix) : len(prefix) + 1].isupper():
            return value
    return None
