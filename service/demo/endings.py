"""How lives of the story end: wishes of the last days, and why somebody died elsewhere than they wished.

Drawn apart from all else, so that nobody's life in the story changes with it.
"""

from dataclasses import replace
from datetime import timedelta
from random import Random
from typing import Final

from service.demo.lives import Person, Preference
from service.register import places


def ended(person: Person) -> Person:
    """The person with what was recorded of their last days, where they have died in a place that is known."""
    if not person.died_on or not person.died_at:
        return person
    late = _late_wish(person)
    person = replace(person, preferences=(*person.preferences, late)) if late else person
    return replace(person, variance=_variance(person))


def _late_wish(person: Person) -> Preference | None:
    """Of some who were to die elsewhere than they had wished, the wish is recorded anew when they were there already.

    That is why reports show wishes of the last 48 hours apart.
    """
    rng = Random(f"last days of person {person.number}")
    assert person.died_on is not None
    on = person.died_on - timedelta(days=rng.randint(0, 1))
    is_late = person.preferences and person.preferences[-1].on < on and on >= person.spell.started_on
    if is_late and not _is_met(person) and rng.random() < 0.15:
        return Preference(on, person.died_at)
    return None


def _is_met(person: Person) -> bool:
    wished = person.preferences[-1].place if person.preferences else ""
    return places.group_of(wished) == places.group_of(person.died_at)


def _variance(person: Person) -> str:
    """The reason, recorded of two in three; empty where the wish was met, or there was none."""
    rng = Random(f"variance of person {person.number}")
    has_wish = bool(person.preferences and person.preferences[-1].place)
    if not has_wish or _is_met(person) or rng.random() > 2 / 3:
        return ""
    return rng.choices(list(_REASONS), list(_REASONS.values()))[0]


_REASONS: Final = {
    "symptoms": 26,
    "sudden-death": 18,
    "no-bed": 14,
    "carer-unable": 14,
    "changed-mind": 8,
    "unsafe-transfer": 7,
    "family-request": 6,
    "variance-unknown": 7,
}
"""Share in a hundred of the answers to `variance-reason`."""
