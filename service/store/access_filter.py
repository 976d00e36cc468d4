"""Who may see a row, and whether whole or in part, decided here, in SQL, and nowhere else.

An integration sees everyone, an organisation the people it looks after. Direct care sees others too, who did not
refuse to share (`SHARED`), or permitted it (`PERMITTED`), or whose glass this user broke a little while ago. Of these
others, people whose whereabouts are restricted are seen in part: the types that are withheld not at all, and of all
else what `fhir.redaction` leaves. What belongs to no person (organisations, practitioners) is seen by all but nobody.
"""

from collections.abc import Mapping
from typing import Any, Final

from sqlalchemy import (
    ColumnElement,
    FromClause,
    Select,
    and_,
    bindparam,
    exists,
    false,
    literal_column,
    not_,
    or_,
    select,
    true,
)
from sqlalchemy.sql.expression import Join

from service import clock, db, expressions
from service.actor import Actor, Sees
from service.fhir import redaction
from service.register.models import Person, Relationship
from service.store.break_glass import BreakGlass

PERSON: Final = db.table(Person)
RELATIONSHIP: Final = db.table(Relationship)
BREAK_GLASS: Final = db.table(BreakGlass)

REFUSED: Final = ("denied", "withdrawn")
PARTLY: Final = (Sees.SHARED, Sees.PERMITTED)
"""Who sees some people in part; everybody else sees a person whole, or not at all."""

_ONE: Final[ColumnElement[int]] = literal_column("1")
_WITHHELD: Final = tuple(expressions.constant(name) for name in sorted(redaction.WITHHELD_TYPES))


def joined(rows: FromClause, person_pk: ColumnElement[int | None], *, person: FromClause = PERSON) -> Join:
    """`rows` with the person each belongs to, if any, beside it; `person` is another name where there are several."""
    return rows.outerjoin(person, person.c.pk == person_pk)


def visible(sees: Sees, resource: FromClause, *, person: FromClause = PERSON) -> ColumnElement[bool]:
    """True for the rows of `resource` that an actor who `sees` so may see, be it in part.

    The person must be `joined`, under the same name.
    """
    is_told = or_(_is_unrestricted(person), resource.c.resource_type.not_in(_WITHHELD))
    return _seen(sees, resource.c.person_pk, person, is_told)


def in_full(sees: Sees, resource: FromClause, *, person: FromClause = PERSON) -> ColumnElement[bool]:
    """True for the rows of which the actor may see everything."""
    return _seen(sees, resource.c.person_pk, person, _is_unrestricted(person))


def visible_person(sees: Sees, *, person: FromClause = PERSON) -> ColumnElement[bool]:
    """True for the people whom the actor may see, be it in part."""
    return _seen(sees, person.c.pk, person, true())


def partial(sees: Sees, *, person: FromClause = PERSON) -> tuple[ColumnElement[bool], ...]:
    """The column that says of what is visible whether it is told in part only; none where no actor sees anybody so.

    Nobody's rows, beside which there is no person, are told whole: false, or null.
    """
    return (and_(not_(_is_unrestricted(person)), not_(own(person.c.pk))),) if sees in PARTLY else ()


def own(person_pk: ColumnElement[int | None]) -> ColumnElement[bool]:
    """True for the people whom the actor's organisation looks after, asked of one at hand."""
    return _by_key(select(_ONE).where(RELATIONSHIP.c.person_pk == person_pk, *_stands()))


def of_own(person_pk: ColumnElement[int | None]) -> ColumnElement[bool]:
    """The same as what finds them: alone, where an index should drive."""
    return person_pk.in_(select(RELATIONSHIP.c.person_pk).where(*_stands()))


def finds(sees: Sees, person_pk: ColumnElement[int | None]) -> ColumnElement[bool] | None:
    """True for the people whom an actor sees who sees few of all: alone, where these should drive, `visible` beside it.

    None where an actor sees so many that whatever else is asked finds them sooner.
    """
    match sees:
        case Sees.OWN_PATIENTS:
            return of_own(person_pk)
        case Sees.SELF:
            return person_pk == _myself()
    return None


def may_be_shared(sees: Sees, *, person: FromClause = PERSON) -> ColumnElement[bool]:
    """Whether a person's own decision on sharing, or the lack of one, opens the record to direct care."""
    if sees is Sees.PERMITTED:
        return person.c.sharing == expressions.constant("permitted")
    return person.c.sharing.not_in([expressions.constant(word) for word in REFUSED])


def in_bulk(sees: Sees) -> Sees:
    """What is seen of many at once: a claim to care for somebody is made for one person at a time."""
    return Sees.OWN_PATIENTS if sees in PARTLY else sees


def parameters(actor: Actor) -> Mapping[str, Any]:
    """What the filter needs to know of the actor, and of the time."""
    now = clock.now()
    return {
        "organisation": actor.organisation,
        "actor_person": actor.person_pk,
        "actor_user": actor.user,
        "actor_now": now,
        "actor_today": now.date(),
    }


def _seen(
    sees: Sees, person_pk: ColumnElement[int | None], person: FromClause, is_told: ColumnElement[bool]
) -> ColumnElement[bool]:
    """`is_told` where a row may be told to who does not look after its person.

    What needs no further look comes first: most people are shared, and nothing about them is restricted.
    """
    is_nobodys = person_pk.is_(None)
    match sees:
        case Sees.EVERYONE:
            return true()
        case Sees.OWN_PATIENTS:
            return or_(is_nobodys, own(person_pk))
        case Sees.SELF:
            return or_(is_nobodys, person.c.pk == _myself())
        case Sees.SHARED | Sees.PERMITTED:
            is_shared = and_(may_be_shared(sees, person=person), is_told)
            return or_(is_nobodys, is_shared, own(person_pk), and_(is_told, _is_glass_broken(person.c.pk)))
        case Sees.NOBODY:
            return false()


def _is_unrestricted(person: FromClause) -> ColumnElement[bool]:
    return person.c.sensitivity == expressions.constant("")


def _stands() -> list[ColumnElement[bool]]:
    ended_on = RELATIONSHIP.c.ended_on
    return [
        RELATIONSHIP.c.organisation == bindparam("organisation", type_=RELATIONSHIP.c.organisation.type),
        or_(ended_on.is_(None), ended_on >= bindparam("actor_today", type_=ended_on.type)),
    ]


def _is_glass_broken(person_pk: ColumnElement[int]) -> ColumnElement[bool]:
    """By this user, who has a name: no system breaks it by itself."""
    broken = BREAK_GLASS.c
    is_by_this_user = (
        broken.organisation == bindparam("organisation", type_=broken.organisation.type),
        broken.user_id == bindparam("actor_user", type_=broken.user_id.type),
        broken.user_id != expressions.constant(""),
    )
    still_holds = broken.until > bindparam("actor_now", type_=broken.until.type)
    return _by_key(select(_ONE).where(broken.person_pk == person_pk, *is_by_this_user, still_holds))


def _myself() -> ColumnElement[int]:
    return bindparam("actor_person", type_=PERSON.c.pk.type)


def _by_key(asked: Select[Any]) -> ColumnElement[bool]:
    """EXISTS, answered for one key after another: OFFSET keeps PostgreSQL from reading the whole table for it."""
    return exists(asked.limit(_ONE).offset(literal_column("0")))
