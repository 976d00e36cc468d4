"""How a search finds its keys, so that its cost does not grow with what is stored.

A criterion that is telling by itself (an identifier, a person) drives. Of the others nobody knows beforehand how much
they find, so the statement looks: a criterion that finds few (at most `FEW`) drives, as does whom the actor sees, where
there is little of them; else the index is walked in the order that is wanted, by key or by sort value, and all criteria
are asked of each key that comes. Either way a page ends after few rows, whatever the planner believes; a branch that is
not taken has the limit 0.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import (
    CTE,
    ColumnElement,
    CompoundSelect,
    Select,
    and_,
    bindparam,
    case,
    func,
    literal_column,
    not_,
    select,
    tuple_,
    union_all,
)
from sqlalchemy.sql.expression import FromClause

from service import expressions
from service.actor import Sees
from service.fhir import index_values
from service.store import access_filter, judging, ownership, search_drivers, search_sorting, search_whereabouts
from service.store.search_criteria import Criterion, SortKey
from service.store.search_matching import INDEX, NONE, ONE, RESOURCE, Matching, by_key, of_param

FEW: Final = 500
"""What may be gathered and sorted for one page."""


_MOST_GATES: Final = 2


@dataclass(frozen=True, slots=True)
class Asked:
    """A search without its values: what one statement serves."""

    types: tuple[str, ...]
    criteria: tuple[Criterion, ...]
    sort: tuple[SortKey, ...]


class Plan:
    """One statement in the making."""

    def __init__(self, asked: Asked, sees: Sees, *, is_further: bool) -> None:
        self._asked, self._sees, self._is_further = asked, sees, is_further
        self._matching = Matching(sees)
        self._numbered = tuple(enumerate(asked.criteria))
        self._telling = next((one for one in self._numbered if search_drivers.is_telling(one[1])), None)
        if self._telling is None and not asked.sort:
            exact = [one for one in self._numbered if search_drivers.is_exact(one[1])]
            self._walker = min(
                exact, key=lambda one: search_drivers.abundance(self._asked.types[0], one[1]), default=None
            )
        else:
            self._walker = None

    @property
    def is_one_walk(self) -> bool:
        """Whether the keys come out of one index in order, so that the bytes can be taken along the way."""
        if self._asked.sort or len(self._asked.types) > 1:
            return False
        if self._telling is None and self._sees_few(self._asked.types[0]):
            return False
        if self._telling:
            return search_drivers.is_exact(self._telling[1])
        return not self._gates(self._walker)

    def walked(self, *columns: ColumnElement[Any]) -> Select[Any]:
        """The one walk, with these columns of the resource."""
        return self._in_key_order(self._asked.types[0], self._telling or self._walker, columns)

    def page(self) -> CompoundSelect[Any]:
        """Keys (`pk`) and sort values (`k0` and on) of a page; of several types, a page of each."""
        branches = [branch for name in self._asked.types for branch in self._branches(name)]
        return union_all(*(select(branch.subquery()) for branch in branches))

    def every(self, type_name: str) -> Select[Any]:
        """The key of every match."""
        able = [one for one in self._numbered if search_drivers.can_drive(one[1])]
        driver = self._telling or self._walker or next(iter(able), None)
        if driver is None or self._sees is Sees.SELF:
            keys = self._whom_they_see(type_name).subquery() if self._sees_few(type_name) else None
            return self._visible(keys, type_name, (), (RESOURCE.c.pk,))
        return self._gathered(type_name, driver, (RESOURCE.c.pk,))

    # Branches

    def _branches(self, type_name: str) -> list[Select[Any]]:
        if self._telling:
            return [
                self._sorted(self._gathered(type_name, self._telling, self._columns(type_name)), bindparam("limit"))
            ]
        branches: list[Select[Any]] = []
        untaken: list[ColumnElement[bool]] = []
        for gate, few, taken in self._fews(type_name):
            limit = case((and_(*untaken, taken), bindparam("limit")), else_=NONE)
            keys = select(few.c.resource_pk).distinct().subquery()
            rows = self._visible(keys, type_name, gate, self._columns(type_name))
            branches.append(self._sorted(rows, limit))
            untaken.append(not_(taken))
        rest: ColumnElement[Any] = bindparam("limit")
        if untaken:
            rest = case((and_(*untaken), bindparam("limit")), else_=NONE)
        return [*branches, *self._walks(type_name, rest)]

    def _gates(self, walker: tuple[int, Criterion] | None) -> list[tuple[int, Criterion]]:
        """The criteria that drive when they turn out to find few. What is walked from end to end is none of them."""
        first = self._asked.sort[0] if self._asked.sort else None
        walked = first.param if first and (first.is_within or first.param == "_lastUpdated") else ""
        able = [
            one
            for one in self._numbered
            if one != walker and search_drivers.can_drive(one[1]) and one[1].param != walked
        ]
        if not able or (walker is None and not self._asked.criteria):
            return []
        return sorted(able, key=lambda one: search_drivers.abundance(self._asked.types[0], one[1]))[:_MOST_GATES]

    def _fews(self, type_name: str) -> Iterator[tuple[tuple[int, ...], CTE, ColumnElement[bool]]]:
        """What may drive: the criteria that it stands for, the first of what it finds, and whether that is all.

        First what there is of the people whom the actor sees, who are few of all.
        """
        most: ColumnElement[int] = literal_column(str(FEW + 1))
        if self._sees_few(type_name):
            yield (), *_few(self._whom_they_see(type_name).limit(most), f"few_{type_name}")
        for at, criterion in self._gates(self._walker):
            source = self._matching.source(criterion, f"c{at}", type_name, most=most)
            yield (at,), *_few(source, f"few_{type_name}_{at}")

    def _sees_few(self, type_name: str) -> bool:
        """Whether what the actor may see of a type is that of few people. What may be nobody's is seen by all."""
        few = access_filter.finds(self._sees, RESOURCE.c.person_pk)
        return few is not None and judging.TYPES[type_name].person not in ("", ownership.TARGET)

    def _whom_they_see(self, type_name: str) -> Select[Any]:
        """The keys of what there is of these people. By type, hidden from its index: few of a type are theirs."""
        few = access_filter.finds(self._sees, RESOURCE.c.person_pk)
        is_of_type = func.coalesce(RESOURCE.c.resource_type, "") == expressions.constant(type_name)
        conditions = [
            condition for condition in (few, is_of_type, RESOURCE.c.deleted.is_(False)) if condition is not None
        ]
        return select(RESOURCE.c.pk.label("resource_pk")).where(*conditions)

    def _walks(self, type_name: str, limit: ColumnElement[Any]) -> list[Select[Any]]:
        if not self._asked.sort:
            return [self._in_key_order(type_name, self._walker, (RESOURCE.c.pk,), limit)]
        first = self._asked.sort[0].param
        if first == "_id":
            return [self._sorted(self._visible(None, type_name, (), self._columns(type_name)), limit)]
        valued = self._in_sort_order(type_name, limit)
        param = search_sorting.indexed_as(type_name, first)
        if first == "_lastUpdated" or any(
            search_drivers.is_of_rows(criterion, param) for criterion in self._asked.criteria
        ):
            return [valued]  # every match has a value
        page = valued.cte(f"valued_{type_name}").prefix_with("MATERIALIZED")
        got = select(func.count()).select_from(page).scalar_subquery()
        rest = case((got < limit, limit), else_=NONE)
        return [select(page), self._sorted(self._without_value(type_name), rest)]

    # Where keys come from

    def _in_key_order(
        self,
        type_name: str,
        driver: tuple[int, Criterion] | None,
        columns: Sequence[ColumnElement[Any]],
        limit: ColumnElement[Any] | None = None,
    ) -> Select[Any]:
        after: ColumnElement[int] = bindparam("after")
        limit = bindparam("limit") if limit is None else limit
        if driver is None or driver[1].param == "_id":
            rows = self._visible(None, type_name, (), columns)
            return rows.where(RESOURCE.c.pk > after).order_by(RESOURCE.c.pk).limit(limit)
        row = INDEX.alias("walked")
        found = self._visible(row, type_name, (driver[0],), columns)
        found = found.where(*self._matching.row_conditions(driver[1], f"c{driver[0]}", type_name, row))
        if driver[1].shapes != ("token",):  # the same code may stand under two systems
            also = INDEX.alias("also")
            same = [also.c[name] == row.c[name] for name in ("resource_pk", "param", "value")]
            found = found.where(not_(by_key(select(ONE).where(*same, also.c.system < row.c.system))))
        return found.where(row.c.resource_pk > after).order_by(row.c.resource_pk).limit(limit)

    def _gathered(
        self, type_name: str, driver: tuple[int, Criterion], columns: Sequence[ColumnElement[Any]]
    ) -> Select[Any]:
        """All that the driver finds, each once."""
        keys = self._matching.source(driver[1], f"c{driver[0]}", type_name).distinct().subquery("driver")
        return self._visible(keys, type_name, (driver[0],), columns)

    def _in_sort_order(self, type_name: str, limit: ColumnElement[Any]) -> Select[Any]:
        """By the first sort key's own rows of the index: of a resource with several, the one that comes first."""
        first, *others = self._asked.sort
        row, other = INDEX.alias("sorted"), INDEX.alias("sooner")
        param = search_sorting.indexed_as(type_name, first.param)
        value = row.c.value.label("k0")
        is_single = index_values.is_single(type_name, param)
        own = [at for at, criterion in self._numbered if search_drivers.is_of_rows(criterion, param)]
        if not is_single:  # another criterion may hold of another row
            own = own[: int(first.is_within)]
        rows = self._visible(
            row,
            type_name,
            own,
            (row.c.resource_pk.label("pk"), value, *self._sort_values(type_name, others, 1)),
        ).where(row.c.resource_type == expressions.constant(type_name), of_param(row, param))
        for at in own:
            rows = rows.where(self._matching.on_row(self._asked.criteria[at], f"c{at}", row))
        if not is_single:
            sooner = search_sorting.is_sooner(row, other, is_descending=first.is_descending)
            same = [other.c.resource_pk == row.c.resource_pk, of_param(other, param)]
            rows = rows.where(not_(by_key(select(ONE).where(*same, sooner, *self._within(first, other)))))
        if self._is_further:
            rows = rows.where(search_sorting.is_behind(row.c.value, first))
        if not others:
            if self._is_further:
                here = tuple_(row.c.value, row.c.resource_pk)
                there = tuple_(search_sorting.after_key(0), bindparam("after"))
                rows = rows.where(here < there if first.is_descending else here > there)
            return rows.order_by(*search_sorting.order(self._asked.sort, [row.c.value], row.c.resource_pk)).limit(limit)
        return self._sorted(rows, limit)

    def _without_value(self, type_name: str) -> Select[Any]:
        """What the first sort key finds nothing in."""
        first, *others = self._asked.sort
        param = search_sorting.indexed_as(type_name, first.param)
        row = INDEX.alias("none")
        has = by_key(select(ONE).where(row.c.resource_pk == RESOURCE.c.pk, of_param(row, param)))
        columns = (
            RESOURCE.c.pk.label("pk"),
            search_sorting.missing(first).label("k0"),
            *self._sort_values(type_name, others, 1),
        )
        rows = self._visible(None, type_name, (), columns)
        return rows.where(not_(has))

    def _visible(
        self, keys: FromClause | None, type_name: str, drivers: Sequence[int], columns: Sequence[ColumnElement[Any]]
    ) -> Select[Any]:
        """Resources that are here, that the actor may see, and of which all criteria but the drivers' hold.

        `keys` have a `resource_pk`: of each, the criteria are asked before the resource is looked at.
        """
        key = RESOURCE.c.pk if keys is None else keys.c.resource_pk
        asked = [
            self._matching.holds(criterion, f"c{at}", type_name, RESOURCE, key)
            for at, criterion in self._numbered
            if at not in drivers
        ]
        rows: FromClause = RESOURCE if keys is None else keys.join(RESOURCE, RESOURCE.c.pk == key)
        if keys is None:  # keys out of the index are of the type, and of nothing that was deleted
            asked += [RESOURCE.c.resource_type == expressions.constant(type_name), RESOURCE.c.deleted.is_(False)]
        found_by = [(criterion, f"c{at}") for at, criterion in self._numbered]
        sorted_by = [search_sorting.indexed_as(type_name, one.param) for one in self._asked.sort]
        also = (*sorted_by, *search_whereabouts.told_by_order(self._asked.types))
        seen = self._matching.seen(RESOURCE, type_name, found_by, also=also)
        return select(*columns).select_from(access_filter.joined(rows, RESOURCE.c.person_pk)).where(*asked, seen)

    # Sorting

    def _columns(self, type_name: str) -> list[ColumnElement[Any]]:
        return [RESOURCE.c.pk.label("pk"), *self._sort_values(type_name, self._asked.sort, 0)]

    def _sort_values(self, type_name: str, sort: Sequence[SortKey], start: int) -> list[ColumnElement[Any]]:
        return [self._sort_value(type_name, one).label(f"k{start + at}") for at, one in enumerate(sort)]

    def _sort_value(self, type_name: str, key: SortKey) -> ColumnElement[str]:
        """The lowest value that a resource has, or the highest where they fall; what has none comes last either way."""
        if key.param == "_id":
            return RESOURCE.c.id
        row = INDEX.alias()
        chosen = func.max(row.c.value) if key.is_descending else func.min(row.c.value)
        of_it = [row.c.resource_pk == RESOURCE.c.pk, of_param(row, search_sorting.indexed_as(type_name, key.param))]
        value = select(chosen).where(*of_it, *self._within(key, row))
        return func.coalesce(value.scalar_subquery(), search_sorting.missing(key))

    def _within(self, key: SortKey, row: FromClause) -> list[ColumnElement[bool]]:
        """What makes a row of the sort key's one that the search itself asks for, where that is the order."""
        own = [one for one in self._numbered if key.is_within and one[1].param == key.param]
        return [self._matching.on_row(criterion, f"c{at}", row) for at, criterion in own[:1]]

    def _sorted(self, rows: Select[Any], limit: ColumnElement[Any]) -> Select[Any]:
        """A page of rows that have their key and sort values."""
        found = rows.subquery()
        keys = [found.c[f"k{at}"] for at in range(len(self._asked.sort))]
        in_order = search_sorting.order(self._asked.sort, keys, found.c.pk)
        page = select(found.c.pk, *keys).order_by(*in_order).limit(limit)
        return page.where(search_sorting.is_after(self._asked.sort, keys, found.c.pk)) if self._is_further else page


def _few(source: Select[Any], name: str) -> tuple[CTE, ColumnElement[bool]]:
    """The keys of a source that was limited, and whether they are all."""
    few = source.cte(name).prefix_with("MATERIALIZED")
    counted = select(func.count()).select_from(few).scalar_subquery()
    return few, counted <= literal_column(str(FEW))
