"""Who may see a row, and whether whole or in part, decided here, in SQL, and nowhere else.

An integration sees everyone, an organisation the people it looks after. Direct care sees others too, who did not
refuse to share (`SHARED`), or permitted it (`PERMITTED`), or whose glass this user broke a little while ago. What
belongs to no person (organisations, practitioners) is seen by all but nobody.
"""

from collections.abc import Mapping
from typing import Any, Final

from sqlalchemy import ColumnElement, FromClause, bindparam, exists, false, or_, select, true
from sqlalchemy.sql.expression import Join

from service import clock, db, expressions
from service.actor import Actor, Sees
from service.register.models import Person

PERSON: Final = db.table(Person)
REFUSED: Final = ("denied", "withdrawn")

_LOOKED_AFTER: Final = PERSON.alias("looked_after")


def joined(rows: FromClause, person_pk: ColumnElement[int | None], *, person: FromClause = PERSON) -> Join:
    """`rows` with the person each belongs to, if any, beside it; `person` is another name where there are several."""
    return rows.outerjoin(person, person.c.pk == person_pk)


def visible(sees: Sees, resource: FromClause, *, person: FromClause = PERSON) -> ColumnElement[bool]:
    """True for the rows of `resource` that an actor who `sees` so may see, be it in part.

    The person must be `joined`, under the same name.
    """
    return _seen(sees, resource.c.person_pk, person)


def visible_person(sees: Sees, *, person: FromClause = PERSON) -> ColumnElement[bool]:
    """The same of people."""
    return _seen(sees, person.c.pk, person)


def own(person_pk: ColumnElement[int | None]) -> ColumnElement[bool]:
    """True for the people whom the actor's organisation looks after, asked of one at hand."""
    return exists().where(_LOOKED_AFTER.c.pk == person_pk, _is_of_the_organisation())


def of_own(person_pk: ColumnElement[int | None]) -> ColumnElement[bool]:
    """The same as what finds them: alone, where an index should drive, `visible` beside it."""
    return person_pk.in_(select(_LOOKED_AFTER.c.pk).where(_is_of_the_organisation()))


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


def _seen(sees: Sees, person_pk: ColumnElement[int | None], person: FromClause) -> ColumnElement[bool]:
    is_nobodys = person_pk.is_(None)
    match sees:
        case Sees.EVERYONE:
            return true()
        case Sees.OWN_PATIENTS:
            return or_(is_nobodys, own(person_pk))
        case Sees.SELF:
            return or_(is_nobodys, person.c.pk == bindparam("actor_person", type_=PERSON.c.pk.type))
        case Sees.SHARED | Sees.PERMITTED:
            return or_(is_nobodys, may_be_shared(sees, person=person), own(person_pk))
        case Sees.NOBODY:
            return false()


def may_be_shared(sees: Sees, *, person: FromClause = PERSON) -> ColumnElement[bool]:
    """Whether a person's own decision on sharing, or the lack of one, opens the record to direct care."""
    if sees is Sees.PERMITTED:
        return person.c.sharing == expressions.constant("permitted")
    return person.c.sharing.not_in([expressions.constant(word) for word in REFUSED])


def _is_of_the_organisation() -> ColumnElement[bool]:
    return _LOOKED_AFTER.c.practice_code == bindparam("organisation", type_=PERSON.c.practice_code.type)
