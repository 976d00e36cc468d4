"""One criterion in SQL, both ways round: asked of a resource at hand (`holds`), and as what finds it (`source`).

Values are parameters, named by where they stand in the criteria; resource types and search parameters, which are few
and ours, are written into the SQL, so that both databases can plan for them.
"""

import re
from collections.abc import Iterator, Sequence
from itertools import count
from typing import Any, Final

from sqlalchemy import ColumnElement, Select, and_, exists, func, literal_column, not_, or_, select
from sqlalchemy.sql.expression import FromClause

from service import db, expressions
from service.actor import Sees
from service.register import nhs_number
from service.store import access_filter, search_whereabouts
from service.store.models import Resource, SearchIndex
from service.store.search_comparisons import matches
from service.store.search_criteria import Criterion, Link

RESOURCE: Final = db.table(Resource)
INDEX: Final = db.table(SearchIndex)

ONE: Final[ColumnElement[int]] = literal_column("1")
NONE: Final[ColumnElement[int]] = literal_column("0")


def parameters(criteria: tuple[Criterion, ...], name: str = "c") -> dict[str, Any]:
    """What the criteria ask for, by the names that `holds` and `source` give."""
    found: dict[str, Any] = {}
    for at, criterion in enumerate(criteria):
        found |= _parameters(criterion, f"{name}{at}")
    return found


def _parameters(criterion: Criterion, name: str) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for nth, alternative in enumerate(criterion.alternatives):
        for place, value in enumerate(alternative.values):
            found[f"{name}_{nth}_{place}"] = list(value) if isinstance(value, tuple) else value
    for nth, link in enumerate(criterion.links):
        found |= _parameters(link.criterion, f"{name}_l{nth}")
    return found


class Matching:
    """Builds the conditions of one statement: it numbers the tables that they name."""

    def __init__(self, sees: Sees) -> None:
        self._sees = sees
        self._numbers = count()

    def holds(
        self,
        criterion: Criterion,
        name: str,
        type_name: str,
        resource: FromClause,
        key: ColumnElement[int] | None = None,
    ) -> ColumnElement[bool]:
        """Whether it holds of a resource, asked by the resource's key: never read the whole index for it.

        `key` is where that key comes from, if not from the resource itself: it is looked up for what holds only.
        """
        key = resource.c.pk if key is None else key
        if criterion.param == "_id":
            return matches(resource.c.id, resource.c.id, resource.c.id, criterion.shapes[0], f"{name}_0")
        found = [self._has_row(criterion, name, key)] if criterion.alternatives else []
        for nth, link in enumerate(criterion.links):
            if link.direction == "to":
                found.append(self._leads_to(criterion, link, f"{name}_l{nth}", key))
            else:
                found.append(self._is_led_to_by(criterion, link, f"{name}_l{nth}", type_name, resource))
        either = or_(*found)
        return not_(either) if criterion.is_negated else either

    def source(
        self, criterion: Criterion, name: str, type_name: str, *, most: ColumnElement[int] | None = None
    ) -> Select[Any]:
        """The keys of the resources of which it holds, at `most` so many, in no order, maybe more than once.

        None is for `is_negated`.
        """
        if criterion.param == "_id":
            matched = matches(RESOURCE.c.id, RESOURCE.c.id, RESOURCE.c.id, criterion.shapes[0], f"{name}_0")
            key = RESOURCE.c.pk.label("resource_pk")
            return select(key).where(RESOURCE.c.resource_type == expressions.constant(type_name), matched).limit(most)
        if criterion.alternatives:
            index = INDEX.alias(self._name("found"))
            found = select(index.c.resource_pk).where(*self.row_conditions(criterion, name, type_name, index))
            return found if most is None else found.order_by(*_in_range(criterion, index)).limit(most)
        link = criterion.links[0]
        from_it = self._referring if link.direction == "to" else self._referred_to
        return from_it(criterion, link, f"{name}_l0", type_name).limit(most)

    def row_conditions(
        self, criterion: Criterion, name: str, type_name: str, index: FromClause
    ) -> list[ColumnElement[bool]]:
        """What makes an index row one of the criterion's, by its place in the index."""
        is_of_type = index.c.resource_type == expressions.constant(type_name)
        return [is_of_type, _of(index, criterion.params), _any(index, criterion, name)]

    def on_row(self, criterion: Criterion, name: str, index: FromClause) -> ColumnElement[bool]:
        """Whether it holds of this one index row."""
        return _any(index, criterion, name)

    def seen(
        self,
        resource: FromClause,
        type_name: str,
        asked: Sequence[tuple[Criterion, str]],
        *,
        person: FromClause = access_filter.PERSON,
        also: Sequence[str] = (),
    ) -> ColumnElement[bool]:
        """Whether the actor may see a resource, and see enough of it to find it so.

        `asked` are the criteria by which it is found, with their names; `also` what else of it is looked at in the
        index.
        """
        if not search_whereabouts.finds_in_part(self._sees, [one for one, _ in asked], also):
            return access_filter.in_full(self._sees, resource, person=person)
        seen = access_filter.visible(self._sees, resource, person=person)
        numbers = [one for one in asked if search_whereabouts.by_number(self._sees, type_name, one[0])]
        if not numbers:
            return seen
        of_number = [self._has_row(*one, resource.c.pk, system=nhs_number.SYSTEM) for one in numbers]
        return or_(access_filter.in_full(self._sees, resource, person=person), and_(seen, *of_number))

    def _has_row(
        self, criterion: Criterion, name: str, key: ColumnElement[int], *, system: str = ""
    ) -> ColumnElement[bool]:
        """`system` where only what stands under that one counts."""
        index = INDEX.alias(self._name("row"))
        asked = select(ONE).where(
            index.c.resource_pk == key, _of(index, criterion.params), _any(index, criterion, name)
        )
        return by_key(asked.where(index.c.system == expressions.constant(system)) if system else asked)

    def _leads_to(self, criterion: Criterion, link: Link, name: str, key: ColumnElement[int]) -> ColumnElement[bool]:
        """The other must be here and be seen: nothing may be learnt of what is hidden, not even that it is so."""
        index, other, person = self._linked()
        is_it = _is_reference_to(index.c.value, link.type_name, other)
        is_so = self._other_is_so(link, name, other, person, *is_it)
        return by_key(select(ONE).where(index.c.resource_pk == key, _of(index, criterion.params), is_so))

    def _is_led_to_by(
        self, criterion: Criterion, link: Link, name: str, type_name: str, resource: FromClause
    ) -> ColumnElement[bool]:
        index, other, person = self._linked()
        refers = index.c.value == expressions.constant(f"{type_name}/").concat(resource.c.id)
        is_of_type = index.c.resource_type == expressions.constant(link.type_name)
        is_it = other.c.pk == index.c.resource_pk
        is_so = self._other_is_so(link, name, other, person, is_it, also=criterion.params)
        return by_key(select(ONE).where(is_of_type, _of(index, criterion.params), refers, is_so))

    def _other_is_so(
        self,
        link: Link,
        name: str,
        other: FromClause,
        person: FromClause,
        *is_it: ColumnElement[bool],
        also: Sequence[str] = (),
    ) -> ColumnElement[bool]:
        """The linked resource, looked up by its key once the link is at hand: seen, and as the link says."""
        rows = access_filter.joined(other, other.c.person_pk, person=person)
        holds = self.holds(link.criterion, name, link.type_name, other)
        seen = self.seen(other, link.type_name, [(link.criterion, name)], person=person, also=also)
        return by_key(select(ONE).select_from(rows).where(*is_it, seen, holds))

    def _referring(self, criterion: Criterion, link: Link, name: str, type_name: str) -> Select[Any]:
        """What refers to those that the link's own criterion finds."""
        index, other, person = self._linked()
        inner = self.source(link.criterion, name, link.type_name).subquery(self._name("inner"))
        rows = inner.join(other, other.c.pk == inner.c.resource_pk).join(
            index,
            and_(
                index.c.resource_type == expressions.constant(type_name),
                _of(index, criterion.params),
                index.c.value == expressions.constant(f"{link.type_name}/").concat(other.c.id),
            ),
        )
        return (
            select(index.c.resource_pk)
            .select_from(access_filter.joined(rows, other.c.person_pk, person=person))
            .where(self.seen(other, link.type_name, [(link.criterion, name)], person=person))
        )

    def _referred_to(self, criterion: Criterion, link: Link, name: str, type_name: str) -> Select[Any]:
        """What those refer to that the link's own criterion finds."""
        index, other, person = self._linked()
        target = RESOURCE.alias(self._name("target"))
        inner = self.source(link.criterion, name, link.type_name).subquery(self._name("inner"))
        rows = (
            inner.join(other, other.c.pk == inner.c.resource_pk)
            .join(index, and_(index.c.resource_pk == other.c.pk, _of(index, criterion.params)))
            .join(target, and_(*_is_reference_to(index.c.value, type_name, target)))
        )
        seen = self.seen(other, link.type_name, [(link.criterion, name)], person=person, also=criterion.params)
        return (
            select(target.c.pk.label("resource_pk"))
            .select_from(access_filter.joined(rows, other.c.person_pk, person=person))
            .where(seen)
        )

    def _linked(self) -> tuple[FromClause, FromClause, FromClause]:
        return (
            INDEX.alias(self._name("link")),
            RESOURCE.alias(self._name("other")),
            access_filter.PERSON.alias(self._name("person")),
        )

    def _name(self, word: str) -> str:
        return f"{word}_{next(self._numbers)}"


def of_param(index: FromClause, param: str) -> ColumnElement[bool]:
    return _of(index, (param,))


def by_key(asked: Select[Any]) -> ColumnElement[bool]:
    """EXISTS, answered for one key after another: OFFSET keeps PostgreSQL from joining the whole index for it."""
    return exists(asked.limit(ONE).offset(NONE))


def _in_range(criterion: Criterion, index: FromClause) -> list[ColumnElement[str]]:
    """The order of the index in which a range lies: for a few of many, PostgreSQL would else gather it whole."""
    if len(criterion.shapes) > 1 or not (found := _RANGE.fullmatch(criterion.shapes[0])):
        return []
    return [index.c.high if found[1] in ("ge", "gt") else index.c.value]


_RANGE: Final = re.compile("(?:at-|number-|quantity-)?(eq|lt|le|gt|ge|sa|eb|ap)")


def _of(index: FromClause, params: tuple[str, ...]) -> ColumnElement[bool]:
    if len(params) == 1:
        return index.c.param == expressions.constant(params[0])
    return index.c.param.in_([expressions.constant(param) for param in params])


def _is_reference_to(
    reference: ColumnElement[str], type_name: str, resource: FromClause
) -> Iterator[ColumnElement[bool]]:
    """`Type/id` is this resource. The id is cut out of it, so that the resource is looked up by its own key."""
    start = f"{type_name}/"
    yield reference >= expressions.constant(start)
    yield reference < expressions.constant(f"{type_name}0")  # 0 comes next after the stroke
    yield resource.c.resource_type == expressions.constant(type_name)
    yield resource.c.id == expressions.as_columns(func.substr(reference, literal_column(str(len(start) + 1))))
    yield resource.c.deleted.is_(False)


def _any(index: FromClause, criterion: Criterion, name: str) -> ColumnElement[bool]:
    return or_(
        *(
            matches(index.c.value, index.c.high, index.c.system, shape, f"{name}_{nth}")
            for nth, shape in enumerate(criterion.shapes)
        )
    )
