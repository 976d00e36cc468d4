"""People of the story: who they are, what they prefer, what becomes of them. All invented, all drawn from a number.

The shares are chosen to look like what studies of such registers report, and prove nothing about any place.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from random import Random
from typing import NamedTuple

from service.demo import background, names
from service.demo.area import END, START, Practice
from service.demo.background import Background
from service.demo.spells import Spell, is_on

OWN_HOME, OTHER_HOME, HOSPICE, NURSING_HOME, RESIDENTIAL_HOME, HOSPITAL = "21", "22", "30", "41", "42", "10"
"""Places by the code of the NHS Data Dictionary (DEATH LOCATION TYPE CODE)."""

NO_ANSWERS = ("undecided", "declined", "unable", "not-appropriate", "not-asked")


class Preference(NamedTuple):
    """An answer to where somebody wants to die, given on a day: a place, or why there is none."""

    on: date
    place: str
    no_answer: str = ""
    second: str = ""


class Sharing(NamedTuple):
    """A decision on sharing the record: "permitted", "best-interests", "denied" or "withdrawn"."""

    on: date
    decision: str


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody invented. `moved_on` is the first day with `next_practice`; `residence` is a place code.

    `variance` is the code of the reason, where one was recorded, for a death in another place than the one wished for.
    """

    number: int
    nhs_number: str
    gender: str
    given: tuple[str, ...]
    family: str
    born_on: date
    address: tuple[str, ...]
    postcode: str
    telephone: str
    residence: str
    spell: Spell
    diagnosis: str
    preferences: tuple[Preference, ...]
    sharing: tuple[Sharing, ...]
    reviewed_on: date
    has_carer: bool = True
    background: Background = background.UNKNOWN
    died_at: str = ""
    variance: str = ""
    next_practice: Practice | None = None
    moved_on: date | None = None
    in_full: bool = False

    @property
    def died_on(self) -> date | None:
        return self.spell.ended_on if self.spell.end_reason == "died" else None

    @property
    def practice(self) -> Practice:
        """The practice at the end of the story."""
        return self.next_practice or self.spell.practice

    @property
    def is_shared(self) -> bool:
        return bool(self.sharing) and self.sharing[-1].decision in ("permitted", "best-interests")

    def practice_on(self, day: date) -> Practice:
        return (
            self.next_practice if self.next_practice and self.moved_on and self.moved_on <= day else self.spell.practice
        )

    def is_on_register(self, day: date) -> bool:
        return is_on(self.spell, day)


def person(number: int, nhs_number: str, spell: Spell, of_area: Sequence[Practice]) -> Person:
    rng = Random(f"person {number}")
    diagnosis = rng.choices(list(DIAGNOSES), [share for share, _ in DIAGNOSES.values()])[0]
    youngest, oldest = DIAGNOSES[diagnosis][1]
    gender = rng.choice(("female", "male"))
    residence = _residence(rng, diagnosis)
    preferences = _preferences(rng, spell, residence)
    move = _move(rng, spell, of_area)
    return Person(
        number=number,
        nhs_number=nhs_number,
        gender=gender,
        given=tuple(names.given_names(rng, gender)),
        family=names.family_name(rng),
        born_on=spell.started_on - timedelta(days=int(365.25 * rng.triangular(youngest, oldest, oldest - 12))),
        address=(*names.street_address(rng, residence in (NURSING_HOME, RESIDENTIAL_HOME)), spell.practice.ccg.town),
        postcode=names.postcode(rng),
        telephone=names.telephone(rng),
        residence=residence,
        spell=spell,
        diagnosis=diagnosis,
        preferences=preferences,
        sharing=_sharing(rng, spell),
        reviewed_on=_reviewed_on(rng, spell),
        has_carer=Random(f"carer of person {number}").random() < 0.8,
        background=background.of(number),
        died_at=_died_at(rng, spell, residence, preferences),
        next_practice=move[0],
        moved_on=move[1],
    )


def _residence(rng: Random, diagnosis: str) -> str:
    in_care_home = 0.45 if diagnosis in ("dementia", "alzheimers", "frailty") else 0.12
    return rng.choice((NURSING_HOME, NURSING_HOME, RESIDENTIAL_HOME)) if rng.random() < in_care_home else OWN_HOME


def _day_between(rng: Random, first: date, last: date) -> date:
    return first + timedelta(days=rng.randint(0, max(0, (last - first).days)))


def _last_day(spell: Spell) -> date:
    return spell.ended_on or END


def _preferences(rng: Random, spell: Spell, residence: str) -> tuple[Preference, ...]:
    """What is recorded over time: nothing for some, one answer for most, a change of mind for about one in six."""
    if rng.random() < 0.08:
        return ()
    last = _last_day(spell)
    first = _answer(
        rng, _day_between(rng, spell.started_on, min(last, spell.started_on + timedelta(days=60))), residence
    )
    given = [first]
    changes = 0.5 if first.no_answer else 0.16
    while len(given) < 3 and (last - given[-1].on).days > 30 and rng.random() < changes:
        on = _day_between(rng, given[-1].on + timedelta(days=14), last)
        given.append(_changed(rng, on, given[-1], residence))
        changes = 0.15
    return tuple(given)


def _answer(rng: Random, on: date, residence: str) -> Preference:
    if rng.random() < 0.22:
        return Preference(on, "", rng.choices(NO_ANSWERS, (28, 18, 14, 8, 32))[0])
    places = (residence, HOSPICE, OTHER_HOME, HOSPITAL)
    place = rng.choices(places, (76, 16, 4, 4))[0]
    others = [other for other in places if other != place]
    return Preference(on, place, second=rng.choice(others) if rng.random() < 0.3 else "")


def _changed(rng: Random, on: date, before: Preference, residence: str) -> Preference:
    places = [place for place in (residence, HOSPICE, HOSPICE, HOSPITAL, NURSING_HOME) if place != before.place]
    return Preference(on, rng.choice(places))


def _sharing(rng: Random, spell: Spell) -> tuple[Sharing, ...]:
    drawn = rng.random()
    if drawn < 0.06:
        return (Sharing(spell.started_on, "denied"),)
    first = Sharing(spell.started_on, "best-interests" if drawn < 0.15 else "permitted")
    if drawn > 0.98 and (_last_day(spell) - spell.started_on).days > 20:
        return (first, Sharing(_day_between(rng, spell.started_on + timedelta(days=10), _last_day(spell)), "withdrawn"))
    return (first,)


def _reviewed_on(rng: Random, spell: Spell) -> date:
    """When the plan was last gone through: within three months for most, longer ago for some."""
    longest = 90 if rng.random() < 0.75 else 240
    return max(spell.started_on, _last_day(spell) - timedelta(days=rng.randint(1, longest)))


def _died_at(rng: Random, spell: Spell, residence: str, preferences: Sequence[Preference]) -> str:
    """Where a person died; empty for the living, and for one death in twenty that nobody said the place of."""
    if spell.end_reason != "died" or rng.random() < 0.05:
        return ""
    wished = preferences[-1].place if preferences else ""
    if wished and rng.random() < _ACHIEVED[wished]:
        return wished
    return rng.choices((HOSPITAL, residence, HOSPICE), (66, 28, 6) if wished else (48, 46, 6))[0]


def _move(rng: Random, spell: Spell, of_area: Sequence[Practice]) -> tuple[Practice | None, date | None]:
    """One person in twenty-five of those who stay long enough changes practice within the CCG."""
    first, last = max(spell.started_on, START) + timedelta(days=60), _last_day(spell) - timedelta(days=30)
    near = [practice for practice in of_area if practice.ccg == spell.practice.ccg and practice != spell.practice]
    if first >= last or not near or rng.random() > 1 / 25:
        return None, None
    return rng.choice(near), _day_between(rng, first, last)


_ACHIEVED = {OWN_HOME: 0.68, OTHER_HOME: 0.55, HOSPICE: 0.7, NURSING_HOME: 0.86, RESIDENTIAL_HOME: 0.8, HOSPITAL: 0.94}
"""Share of deaths in the place that was wished for; studies report 55% to 80% in all (invented within that range)."""

DIAGNOSES: dict[str, tuple[int, tuple[int, int]]] = {
    "lung-cancer": (13, (48, 88)),
    "pancreatic-cancer": (7, (48, 86)),
    "stomach-cancer": (4, (50, 88)),
    "metastatic-cancer": (17, (42, 92)),
    "heart-failure": (11, (60, 97)),
    "copd": (10, (58, 93)),
    "dementia": (11, (70, 100)),
    "alzheimers": (7, (68, 99)),
    "frailty": (10, (76, 103)),
    "kidney-disease": (4, (55, 94)),
    "liver-disease": (3, (40, 78)),
    "parkinsons": (2, (62, 92)),
    "motor-neurone-disease": (1, (40, 84)),
}
"""Share in a hundred and range of ages, by primary diagnosis."""
