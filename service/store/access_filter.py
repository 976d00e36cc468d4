"""Who may see a row, decided here, in SQL, and nowhere else.

A practice sees the people registered with it; a hospital everyone whose sharing is not denied or withdrawn (with
nothing recorded it sees them: an ambulance must not be blocked by a blank); an integration everyone; others nobody.
What belongs to no person (organisations, practitioners) is seen by all but nobody.
"""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import ColumnElement, FromClause, bindparam, false, or_, true
from sqlalchemy.sql.expression import Join

from service import db, expressions
from service.actor import Actor, Sees
from service.register.models import Person

PERSON = db.table(Person)
REFUSED = ("denied", "withdrawn")


def joined(rows: FromClause, person_pk: ColumnElement[int | None], *, person: FromClause = PERSON) -> Join:
    """`rows` with the person each belongs to, if any, beside it; `person` is another name where there are several."""
    return rows.outerjoin(person, person.c.pk == person_pk)


def visible(sees: Sees, person_pk: ColumnElement[int | None], *, person: FromClause = PERSON) -> ColumnElement[bool]:
    """True for the rows that an actor who `sees` so may see; the person must be `joined`, under the same name."""
    match sees:
        case Sees.EVERYONE:
            return true()
        case Sees.OWN_PATIENTS:
            return or_(person_pk.is_(None), own(person=person))
        case Sees.SELF:
            return or_(person_pk.is_(None), person.c.pk == bindparam("actor_person", type_=PERSON.c.pk.type))
        case Sees.PERMITTED:
            return or_(person_pk.is_(None), own(person=person), person.c.sharing == expressions.constant("permitted"))
        case Sees.SHARED:
            return or_(person_pk.is_(None), person.c.sharing.not_in([expressions.constant(word) for word in REFUSED]))
        case Sees.NOBODY:
            return false()


def own(*, person: FromClause = PERSON) -> ColumnElement[bool]:
    """True for the people of the actor's own practice: alone, where an index should find them, `visible` beside it."""
    return person.c.practice_code == bindparam("organisation", type_=PERSON.c.practice_code.type)


def parameters(actor: Actor) -> Mapping[str, Any]:
    """What the filter needs to know of the actor."""
    return {"organisation": actor.organisation, "actor_person": actor.person_pk}
