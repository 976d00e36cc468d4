"""What a search asks of a resource, as plain values: conditions on index rows, and on resources that are linked."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

Pairs = Sequence[tuple[str, str]]

Place = tuple[str | int, ...]
"""Where a page ends: the values that the last match was sorted by, and its key."""


@dataclass(frozen=True, slots=True)
class Alternative:
    """One or more of the values between commas. `shape` names the condition; `values` fill it, in order."""

    shape: str
    values: tuple[str | tuple[str, ...], ...] = ()


@dataclass(frozen=True, slots=True)
class Link:
    """A condition on another resource: one that this one refers `to`, or one that refers to it (`from`, for `_has`).

    type_name   the type of the other
    criterion   what is asked of the other
    """

    direction: str
    type_name: str
    criterion: "Criterion"


@dataclass(frozen=True, slots=True)
class Criterion:
    """One condition on a resource: an index row of `params` is as an alternative says, or leads as a link says.

    `is_negated` turns it round: no index row is so. For a link `from`, `params` are those of the other resource.
    """

    params: tuple[str, ...]
    alternatives: tuple[Alternative, ...] = ()
    links: tuple[Link, ...] = ()
    is_negated: bool = False

    @property
    def param(self) -> str:
        return self.params[0]

    @property
    def shapes(self) -> tuple[str, ...]:
        return tuple(alternative.shape for alternative in self.alternatives)

    @property
    def skeleton(self) -> "Criterion":
        """The criterion without its values: what one SQL statement serves."""
        links = tuple(replace(link, criterion=link.criterion.skeleton) for link in self.links)
        return Criterion(self.params, tuple(Alternative(shape) for shape in self.shapes), links, self.is_negated)

    @property
    def passes(self) -> frozenset[str]:
        """The resource types that its links pass through."""
        return frozenset(name for link in self.links for name in (link.type_name, *link.criterion.passes))

    @property
    def values_asked(self) -> int:
        """How many values it compares with, those of its links too."""
        own = sum(
            len(alternative.values[0]) if alternative.values and isinstance(alternative.values[0], tuple) else 1
            for alternative in self.alternatives
        )
        return own + sum(link.criterion.values_asked for link in self.links)


@dataclass(frozen=True, slots=True)
class SortKey:
    """One key of `_sort`, by the name that the searcher gave; `is_within` what a criterion of that name finds."""

    param: str
    is_descending: bool = False
    is_within: bool = False


@dataclass(frozen=True, slots=True)
class Include:
    """One `_include` or `_revinclude`. `source` and `param` may be `*`; no `target` is any type."""

    source: str
    param: str
    target: str = ""
    iterate: bool = False


def shape(criteria: Iterable[Criterion]) -> tuple[tuple[str, ...], ...]:
    """What the criteria ask, without the values: `(("token",),)` is one value of one token parameter."""
    return tuple(criterion.shapes for criterion in criteria)
