"""What a report can be split by. Each split is one file in `splits/`."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from sqlalchemy import ColumnElement, FromClause

from service import catalogue
from service.errors import Unreadable


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Split:
    """Groups of people, which exclude each other and leave nobody out.

    name         as people ask for it
    title        as people read it
    value        the group of one row of a population: a key of `groups`
    groups       what people read of each group, in their order
    of_practice  needs `practice_code` alone: what is known of practices only can be split by it too
    """

    name: str
    title: str
    value: Callable[[FromClause], ColumnElement[str]]
    groups: Mapping[str, str]
    of_practice: bool = False


def all_splits() -> dict[str, Split]:
    """Every split, by name."""
    return {each.name: each for each in catalogue.collect("service.reports.splits", Split)}


def named(name: str) -> Split:
    """The split of this name. Raises Unreadable, listing those there are."""
    splits = all_splits()
    if name not in splits:
        raise Unreadable(f"A report is split by one of: {', '.join(splits)}")
    return splits[name]
