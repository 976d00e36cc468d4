"""The SQL of every search: keys out of the index, the access filter, the limit, then the bytes by key.

One criterion, or the first sort key, drives; the others are asked of each key that it gives, so that a page costs the
same wherever it stands. How the keys are found is `search_plans`, what drives `search_drivers`; statements are built
once for each kind of search.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any, NamedTuple

from sqlalchemy import Integer, Select, bindparam, func, literal_column, select, union_all

from service.actor import Actor, Sees
from service.store import (
    access_filter,
    search,
    search_comparisons,
    search_drivers,
    search_matching,
    search_plans,
    search_sorting,
)
from service.store.search_criteria import Place
from service.store.search_matching import INDEX, RESOURCE
from service.store.search_plans import Asked


class Match(NamedTuple):  # made a thousand times a page: a frozen dataclass takes four times as long
    """A resource that a search found, as it stands; `keys` are the values that it was sorted by."""

    pk: int
    resource_type: str
    id: str
    version: int
    last_updated: datetime
    person_pk: int | None
    body: bytes
    keys: tuple[str, ...] = ()


RETURNED = (
    RESOURCE.c.pk,
    RESOURCE.c.resource_type,
    RESOURCE.c.id,
    RESOURCE.c.version,
    RESOURCE.c.last_updated,
    RESOURCE.c.person_pk,
    RESOURCE.c.body,
)


def found(rows: Iterable[Sequence[Any]]) -> list[Match]:
    """The rows of a `statement`."""
    return [Match._make((*row[: len(RETURNED)], tuple(row[len(RETURNED) :]))) for row in rows]


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
        return plan.walked(*RETURNED)
    page = plan.page().subquery("page")
    keys = [page.c[f"k{at}"] for at in range(len(asked.sort))]
    return (
        select(*RETURNED, *keys)
        .select_from(page.join(RESOURCE, RESOURCE.c.pk == page.c.pk))
        .order_by(*search_sorting.order(asked.sort, keys, page.c.pk))
        .limit(bindparam("limit"))
    )


@lru_cache(maxsize=1000)
def _count(asked: Asked, sees: Sees) -> Select[Any]:
    plan = search_plans.Plan(asked, sees, is_further=False)
    every = union_all(*(plan.every(name) for name in asked.types)).subquery("every")
    return select(func.count()).select_from(every)


def by_identifiers(query: Sequence[search.Query], actor: Actor) -> tuple[Select[Any], dict[str, Any]]:
    """One statement for many searches for one identifier each: rows of the query's place, then as of `Match`."""
    parameters = dict(access_filter.parameters(actor))
    for at, one in enumerate(query):
        value, system = one.criteria[0].alternatives[0].values
        parameters |= {f"type_{at}": one.type_name, f"value_{at}": value, f"system_{at}": system}
    return _by_identifiers(len(query), actor.sees), parameters


@lru_cache(maxsize=1000)
def _by_identifiers(count: int, sees: Sees) -> Select[Any]:
    found = union_all(
        *(
            select(literal_column(str(at), Integer).label("place"), INDEX.c.resource_pk).where(
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
        select(found.c.place, *RETURNED)
        .select_from(access_filter.joined(rows, RESOURCE.c.person_pk))
        .where(access_filter.visible(sees, RESOURCE))
    )
