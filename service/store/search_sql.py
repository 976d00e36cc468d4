"""The SQL of every search: keys out of the index, the access filter, the limit, then the bytes by key.

One criterion, or the first sort key, drives; the others are asked of each key that it gives, so that a page costs the
same wherever it stands. How the keys are found is `search_plans`, what drives `search_drivers`; statements are built
once for each kind of search.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any, Final, NamedTuple

from sqlalchemy import ColumnElement, FromClause, Integer, Select, bindparam, func, literal_column, select, union_all

from service.actor import Actor, Sees
from service.fhir import redaction
from service.store import (
    access_filter,
    search,
    search_comparisons,
    search_drivers,
    search_matching,
    search_plans,
    search_sorting,
    search_whereabouts,
)
from service.store.search_criteria import Place
from service.store.search_matching import INDEX, RESOURCE
from service.store.search_plans import Asked


class Match(NamedTuple):  # made a thousand times a page: a frozen dataclass takes four times as long
    """A resource that a search found, as it stands; `keys` are the values that it was sorted by.

    `is_partial` where the searcher sees its person in part: the body is what is left for them.
    """

    pk: int
    resource_type: str
    id: str
    version: int
    last_updated: datetime
    person_pk: int | None
    body: bytes
    keys: tuple[str, ...] = ()
    is_partial: bool = False


_RETURNED: Final = (
    RESOURCE.c.pk,
    RESOURCE.c.resource_type,
    RESOURCE.c.id,
    RESOURCE.c.version,
    RESOURCE.c.last_updated,
    RESOURCE.c.person_pk,
    RESOURCE.c.body,
)


_WIDTH: Final = len(_RETURNED)


def returned(sees: Sees) -> tuple[ColumnElement[Any], ...]:
    """The columns that `found` reads, before those that were sorted by; the person must be joined."""
    return (*_RETURNED, *access_filter.partial(sees))


def found(rows: Iterable[Sequence[Any]], *, by: Actor) -> list[Match]:
    """The rows of a statement that begin with what is `returned`."""
    if by.sees not in access_filter.PARTLY:
        return [Match._make((*row[:_WIDTH], tuple(row[_WIDTH:]), False)) for row in rows]
    return [_told(Match._make((*row[:_WIDTH], tuple(row[_WIDTH + 1 :]), bool(row[_WIDTH])))) for row in rows]


def _told(match: Match) -> Match:
    return match._replace(body=redaction.redacted(match.resource_type, match.body)) if match.is_partial else match


def place(match: Match) -> Place:
    """Where a page ends that ends with this match: `after` of the next one."""
    return (*match.keys, match.pk)


def statement(query: search.Query, actor: Actor) -> tuple[Select[Any], dict[str, Any]]:
    """The statement of a page and one row more, and what it is run with; rows for `found`.

    Raises Forbidden where the token may not search a type that is searched, or that a chain passes through.
    """
    parameters = {"limit": query.count + 1, **_place_parameters(query.after), **_parameters(query, actor)}
    return _page(_asked(query, actor), bool(query.after), actor.sees), parameters


def count_statement(query: search.Query, actor: Actor) -> tuple[Select[Any], dict[str, Any]]:
    """How many resources match in all, for `_total=accurate` and `_summary=count`: one row, one number."""
    return _count(_asked(query, actor), actor.sees), _parameters(query, actor)


def _asked(query: search.Query, actor: Actor) -> Asked:
    types = query.types
    if query.is_everywhere:
        types = tuple(name for name in types if actor.may("s", name)) or types
    passed = {name for criterion in query.criteria for name in criterion.passes}
    for name in (*types, *sorted(passed)):
        actor.require("s", name)
    criteria = tuple(criterion.skeleton for criterion in query.criteria)
    return Asked(types, criteria, query.sort or search_drivers.implied_sort(types[0], criteria))


def _parameters(query: search.Query, actor: Actor) -> dict[str, Any]:
    return {**search_matching.parameters(query.criteria), **access_filter.parameters(actor)}


def _place_parameters(after: Place) -> dict[str, Any]:
    *keys, pk = after or (0,)
    return {"after": pk, **{f"after_{at}": value for at, value in enumerate(keys)}}


@lru_cache(maxsize=1000)
def _page(asked: Asked, is_further: bool, sees: Sees) -> Select[Any]:
    plan = search_plans.Plan(asked, sees, is_further=is_further)
    if plan.is_one_walk:
        return plan.walked(*returned(sees))
    page = plan.page().subquery("page")
    keys = [page.c[f"k{at}"] for at in range(len(asked.sort))]
    rows: FromClause = page.join(RESOURCE, RESOURCE.c.pk == page.c.pk)
    if sees in access_filter.PARTLY:
        rows = access_filter.joined(rows, RESOURCE.c.person_pk)
    return (
        select(*returned(sees), *keys)
        .select_from(rows)
        .order_by(*search_sorting.order(asked.sort, keys, page.c.pk))
        .limit(bindparam("limit"))
    )


@lru_cache(maxsize=1000)
def _count(asked: Asked, sees: Sees) -> Select[Any]:
    plan = search_plans.Plan(asked, sees, is_further=False)
    every = union_all(*(plan.every(name) for name in asked.types)).subquery("every")
    return select(func.count()).select_from(every)


def by_identifiers(query: Sequence[search.Query], actor: Actor) -> tuple[Select[Any], dict[str, Any]]:
    """One statement for many searches for one identifier each: rows of the query's place, then of `found`."""
    parameters = dict(access_filter.parameters(actor))
    for at, one in enumerate(query):
        value, system = one.criteria[0].alternatives[0].values
        parameters |= {f"type_{at}": one.type_name, f"value_{at}": value, f"system_{at}": system}
    return _by_identifiers(len(query), actor.sees), parameters


@lru_cache(maxsize=1000)
def _by_identifiers(count: int, sees: Sees) -> Select[Any]:
    found = union_all(
        *(
            select(literal_column(str(at), Integer).label("place"), INDEX.c.resource_pk, INDEX.c.system).where(
                INDEX.c.resource_type == bindparam(f"type_{at}"),
                INDEX.c.param == "identifier",
                INDEX.c.value == bindparam(f"value_{at}"),
                search_comparisons.under(INDEX.c.system) == bindparam(f"system_{at}"),
            )
            for at in range(count)
        )
    ).subquery("found")
    rows = found.join(RESOURCE, RESOURCE.c.pk == found.c.resource_pk)
    return (
        select(found.c.place, *returned(sees))
        .select_from(access_filter.joined(rows, RESOURCE.c.person_pk))
        .where(access_filter.visible(sees, RESOURCE), search_whereabouts.is_told(sees, RESOURCE, found.c.system))
    )
