"""What a write leaves behind: a resource as it stands, and what is worth a word about it."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Self

from service.errors import Issue


@dataclass(frozen=True, slots=True)
class Saved:
    """A resource as it stands after a write. `change` is "create", "update", "delete" or "none".

    `is_told` is whether the writer may be told the body, which after a patch holds more than was sent.
    """

    pk: int
    resource_type: str
    id: str
    version: int
    last_updated: datetime
    person_pk: int | None
    body: bytes
    change: str
    warnings: tuple[Issue, ...] = ()
    is_told: bool = True

    @property
    def reference(self) -> str:
        return f"{self.resource_type}/{self.id}"

    def warned(self, issues: Iterable[Issue]) -> Self:
        """The same, with more to be told of it. Nothing is told of what was sent and not written."""
        return replace(self, warnings=(*issues, *self.warnings)) if self.change in ("create", "update") else self
