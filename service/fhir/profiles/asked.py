"""What a profile asks of the values of a resource, beyond R4: made by `compiled`, judged by `conformity`."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from service.errors import Severity
from service.fhir.profiles.library import Library
from service.fhir.resource_type import Body


@dataclass(frozen=True, slots=True)
class Value:
    """A value as it stands in JSON.

    value      None where a primitive has only extensions
    companion  what stands beside a primitive, such as `_birthDate`
    kind       its type in R4: a datatype, "Resource" or a backbone element's path; empty where R4's tables say nothing
    path       its FHIRPath expression
    """

    value: Any
    companion: Body | None
    kind: str
    path: str

    @property
    def holder(self) -> Body:
        """The object in which its elements stand."""
        return self.value if isinstance(self.value, dict) else self.companion or {}


class Judging(Protocol):
    """Who asks: takes what is found, and knows the resource that the value stands in."""

    resource: Body

    def contained(self, resource_id: str) -> Body | None: ...

    def add(self, code: str, message: str, path: str, severity: Severity = "error", detail: str = "") -> None: ...

    def undecided(self, message: str, path: str) -> None: ...

    def judge(self, rules: "Rules", value: Value) -> None: ...

    def holds(self, expression: str, value: Any, path: str) -> bool | None: ...

    def agrees(self, rules: "Rules", value: Value) -> bool | None: ...


class Check(Protocol):
    """One thing that is asked of a value, which is never None."""

    def judge(self, judging: Judging, value: Value) -> None: ...


class Test(Protocol):
    """Whether a value belongs to a slice, as far as one discriminator tells; None where that is undecided."""

    def __call__(self, value: Value, judging: Judging) -> bool | None: ...


@dataclass(slots=True)
class Rules:
    """What is asked of one value. `members` are by JSON name, with the type that the name tells.

    needed  the members that are missed where they are not there
    items   the numbers of the SCCI1580 items that a value here stands for
    """

    checks: tuple[Check, ...] = ()
    members: Mapping[str, tuple["Member", str]] = field(default_factory=dict)
    needed: tuple["Member", ...] = ()
    items: frozenset[str] = frozenset()

    @property
    def asks(self) -> bool:
        return bool(self.checks or self.members or self.needed or self.items)


@dataclass(frozen=True, slots=True)
class Member:
    """An element of a value. `names` are its JSON names, those with an underscore too."""

    label: str
    names: frozenset[str]
    minimum: int = 0
    maximum: int | None = None
    kinds: frozenset[str] | None = None
    rules: Rules | None = None
    slicing: "Slicing | None" = None

    @property
    def asks(self) -> bool:
        return bool(self.minimum or self.maximum is not None or self.kinds is not None or self.rules or self.slicing)

    @property
    def is_needed(self) -> bool:
        return self.minimum > 0 or (self.slicing is not None and any(one.minimum for one in self.slicing.slices))


@dataclass(frozen=True, slots=True)
class Slice:
    """Some of the values of an element, told apart by the tests: every one of them holds."""

    name: str
    tests: tuple[Test, ...]
    minimum: int
    maximum: int | None
    rules: Rules | None
    slicing: "Slicing | None" = None

    @property
    def asks(self) -> bool:
        return bool(self.minimum or self.maximum is not None or self.rules or self.slicing)


@dataclass(frozen=True, slots=True)
class Slicing:
    """`by_url` holds the same slices where an extension's URL alone tells them apart."""

    slices: tuple[Slice, ...]
    how: str
    is_ordered: bool
    by_url: Mapping[str, int] | None = None


@dataclass(frozen=True, slots=True)
class Context:
    """Where an extension may stand (R4, StructureDefinition.context): `kind` is element, extension or fhirpath."""

    kind: str
    expression: str


@dataclass(frozen=True, slots=True)
class Profile:
    """A StructureDefinition, compiled. Without rules nothing can be judged: it has no snapshot that can be read.

    maximum     how often an extension may stand at one place
    contexts    where an extension may stand; none where it may anywhere
    invariants  what must hold where an extension stands (contextInvariant)
    """

    canonical: str
    name: str
    type: str
    library: Library
    rules: Rules | None
    maximum: int | None = None
    contexts: tuple[Context, ...] = ()
    invariants: tuple[str, ...] = ()

    def is_of(self, value: Value) -> bool:
        """Whether it is a profile of this resource's type, or of all types; of a datatype the element tells."""
        return value.holder.get("resourceType", self.type) == self.type or self.type in ("Resource", "DomainResource")
