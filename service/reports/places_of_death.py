"""Preferred against actual place of death: what can be compared, what was met, and every way in which it is missing.

Places are compared by kind (hospital, private residence, hospice, care home, other: `register/places.py`), the first
choice in force at the end of the day of death against the place as it was recorded last. "Usual residence" is the kind
of home that somebody is known to live in. Where that is not known, it equals itself and differs from hospital and
hospice; against a private residence, a care home or another place nobody can tell, so that is not compared.
"""

from collections.abc import Iterable, Mapping
from typing import Final

from sqlalchemy import ColumnElement, FromClause, and_, not_, or_

from service.expressions import constant
from service.register import places
from service.register.preference_type import NO_ANSWER
from service.reports.lookups import NOT_COMPARABLE, NOTHING_RECORDED, SPECIFIC
from service.reports.part import Condition, Part

UNDER_48_HOURS: Final = 2
"""Days: of a death the day is known and not the hour, so it is the day of death and the day before."""

WITHOUT_A_PLACE: Final[Mapping[str, str]] = {
    **{reason: words[:1].upper() + words[1:] for reason, words in NO_ANSWER.items()},
    NOT_COMPARABLE: "A place in words, or in a code of no kind",
    NOTHING_RECORDED: "Nothing recorded",
}
"""By state of `wish`: why no preferred place can be compared. Each is told apart."""

MISSING: Final = ("not-asked", "unknown", NOT_COMPARABLE, NOTHING_RECORDED)
"""Those of them by which a person may well have had a preference: who declined or was undecided had answered."""

_HOMES: Final = (places.PRIVATE_RESIDENCE, places.CARE_HOME, places.OTHER)
"""What a usual residence may be."""


def is_state(state: str) -> Condition:
    """Whether what is on record of the preferred place is this: SPECIFIC, or a key of WITHOUT_A_PLACE."""
    return lambda rows: rows.c.wish == constant(state)


def states(of: str, also: Condition | None = None) -> tuple[Part, ...]:
    """A part for each way of having no preferred place, apart from one another."""
    return tuple(
        Part(code=state, title=title, counts=both(is_state(state), also), of=of, apart=True)
        for state, title in WITHOUT_A_PLACE.items()
    )


def both(one: Condition, other: Condition | None) -> Condition:
    return (lambda rows: and_(one(rows), other(rows))) if other else one


def on_register(rows: FromClause) -> ColumnElement[bool]:
    """Whether somebody who died was on the register on the day before."""
    return rows.c.lead_days.is_not(None)


def compared(rows: FromClause) -> ColumnElement[bool]:
    """A preferred place in force at death and the place of death, which can be told to be alike or not."""
    return and_(_both_known(rows), not_(_cannot_be_told(rows)))


def residence_not_known(rows: FromClause) -> ColumnElement[bool]:
    return and_(_both_known(rows), _cannot_be_told(rows))


def place_not_known(rows: FromClause) -> ColumnElement[bool]:
    """A preferred place in force at death, and no place of death to compare with it."""
    return and_(rows.c.wish == constant(SPECIFIC), rows.c.ending != constant(SPECIFIC))


def first_choice(rows: FromClause) -> ColumnElement[bool]:
    return and_(compared(rows), rows.c.wished == rows.c.place)


def second_choice(rows: FromClause) -> ColumnElement[bool]:
    """Not where they wished to be first, and where they wished to be second."""
    return and_(not_met(rows), rows.c.second == rows.c.place)


def elsewhere(rows: FromClause) -> ColumnElement[bool]:
    return and_(not_met(rows), rows.c.second != rows.c.place)


def not_met(rows: FromClause) -> ColumnElement[bool]:
    return and_(compared(rows), rows.c.wished != rows.c.place)


def recorded_late(rows: FromClause) -> ColumnElement[bool]:
    """Whether the preference in force had been recorded for less than two days, confirmations left aside."""
    return rows.c.wish_days < UNDER_48_HOURS


def _both_known(rows: FromClause) -> ColumnElement[bool]:
    return and_(rows.c.wish == constant(SPECIFIC), rows.c.ending == constant(SPECIFIC))


def _cannot_be_told(rows: FromClause) -> ColumnElement[bool]:
    usual = constant(places.USUAL_RESIDENCE)
    return or_(
        and_(rows.c.wished == usual, _is_one_of(rows.c.place, _HOMES)),
        and_(rows.c.place == usual, _is_one_of(rows.c.wished, _HOMES)),
    )


def _is_one_of(column: ColumnElement[str], codes: Iterable[str]) -> ColumnElement[bool]:
    return or_(*(column == constant(code) for code in codes))
