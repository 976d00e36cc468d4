"""What a search is sorted by: the order of its columns, and what lies behind the place where a page ended."""

from collections.abc import Sequence
from typing import Any, Final

from sqlalchemy import ColumnElement, String, and_, bindparam, literal_column, or_, tuple_
from sqlalchemy.sql.expression import FromClause

from service import db
from service.fhir import index_values
from service.store import judging
from service.store.search_criteria import SortKey

_LAST: Final = "\U0010ffff"
"""Sorts behind every value: what has none comes last."""


def order(sort: Sequence[SortKey], keys: Sequence[ColumnElement[Any]], pk: ColumnElement[int]) -> list[Any]:
    """By the sort keys, then by the key of the resource, in the direction of the first so that one index serves."""
    by_key = [key.desc() if one.is_descending else key.asc() for one, key in zip(sort, keys, strict=True)]
    return [*by_key, pk.desc() if sort and sort[0].is_descending else pk.asc()]


def missing(key: SortKey) -> ColumnElement[str]:
    return literal_column("''" if key.is_descending else f"'{_LAST}'", String)


def after_key(at: int) -> ColumnElement[str]:
    return bindparam(f"after_{at}", type_=db.Sortable)


def is_after(
    sort: Sequence[SortKey], keys: Sequence[ColumnElement[str]], pk: ColumnElement[int]
) -> ColumnElement[bool]:
    """Behind the place where the page before ended."""
    is_backwards = bool(sort) and sort[0].is_descending
    behind = pk < bindparam("after") if is_backwards else pk > bindparam("after")
    for at, (one, key) in reversed(list(enumerate(zip(sort, keys, strict=True)))):
        mark = after_key(at)
        further = key < mark if one.is_descending else key > mark
        behind = or_(further, and_(key == mark, behind))
    return behind


def is_behind(value: ColumnElement[str], first: SortKey) -> ColumnElement[bool]:
    return value <= after_key(0) if first.is_descending else value >= after_key(0)


def is_sooner(row: FromClause, other: FromClause, *, is_descending: bool) -> ColumnElement[bool]:
    here, there = tuple_(row.c.value, row.c.system), tuple_(other.c.value, other.c.system)
    return there > here if is_descending else there < here


def indexed_as(type_name: str, param: str) -> str:
    return index_values.stands_as(type_name, judging.TYPES[type_name].person, param)[0]
