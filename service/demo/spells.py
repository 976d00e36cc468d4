"""Who is on the register from when to when: month by month and practice by practice, over three years.

Each practice's register grows along its own curve. Most who leave it die; as many
join as the curve asks for.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from random import Random

from service.demo.area import END, START, Practice, first_days

_MOST_DAYS_BEFORE = 900  # the longest that anyone on the register on the day of the baseline has been on it
_SOON_AFTER_DAYS = 75.0  # mean time on the register of those registered late in an illness
_LATER_AFTER_DAYS = 2_000.0  # mean time of the others
_SHARE_SOON = 0.15


@dataclass(frozen=True, slots=True)
class Spell:
    """A time on the register. `ended_on` is its last day; `end_reason` is a code of the register, such as "died"."""

    practice: Practice
    started_on: date
    ended_on: date | None
    end_reason: str


def spells(practices: Sequence[Practice]) -> list[Spell]:
    """Every spell on the register of the area from the baseline to the end, in the order in which they started."""
    every = [spell for practice in practices for spell in _of_practice(practice)]
    return sorted(every, key=lambda spell: (spell.started_on, spell.practice.code))


def is_on(spell: Spell, day: date) -> bool:
    """Whether the spell covers the day; on the day of death it no longer does."""
    if spell.end_reason == "died" and spell.ended_on == day:
        return False
    return spell.started_on <= day and (spell.ended_on is None or day <= spell.ended_on)


def _of_practice(practice: Practice) -> Iterator[Spell]:
    rng = Random(f"the register of {practice.code}")
    on_it = [_baseline_spell(rng, practice) for _ in range(practice.on_register)]
    yield from on_it
    for month, first in enumerate(first_days()[1:], start=1):
        last = _last_day(first)
        on_it = [spell for spell in on_it if is_on(spell, last)]
        wanted = practice.on_register * (1 + (practice.growth - 1) * _uptake(month / 36))
        joined = [_new_spell(rng, practice, first, last) for _ in range(round(wanted) - len(on_it))]
        yield from joined
        on_it += joined


def _uptake(time: float) -> float:
    """How much of the growth has come about: slow at first, then quick, then slower again."""
    return time * time * (3 - 2 * time)


def _last_day(first: date) -> date:
    return (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)


def _baseline_spell(rng: Random, practice: Practice) -> Spell:
    started_on = START - timedelta(days=int(_MOST_DAYS_BEFORE * rng.random() ** 1.6))
    return _ended(rng, practice, started_on, START + timedelta(days=1))


def _new_spell(rng: Random, practice: Practice, first: date, last: date) -> Spell:
    started_on = first + timedelta(days=rng.randrange((last - first).days + 1))
    return _ended(rng, practice, started_on, started_on)


def _ended(rng: Random, practice: Practice, started_on: date, not_before: date) -> Spell:
    mean = _SOON_AFTER_DAYS if started_on > START and rng.random() < _SHARE_SOON else _LATER_AFTER_DAYS
    ended_on = not_before + timedelta(days=2 + int(rng.expovariate(1 / mean)))
    reason = rng.choices(("died", "moved", "withdrew", "no-longer-indicated"), (88, 5, 2, 5))[0]
    return Spell(practice, started_on, ended_on, reason) if ended_on <= END else Spell(practice, started_on, None, "")
