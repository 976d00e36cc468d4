"""The measures as they are defined: of each part who counts, and of which part it is a share.

A part is a test of one person on one day: that of the report for people on the register, that of the death for deaths.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta

from tests.journeys.recomputed import answers
from tests.journeys.recomputed.records import Person, review_due

Test = Callable[[Person, date], bool]

WITHOUT_A_PLACE = (
    *("undecided", "declined", "unable", "not-appropriate", "not-asked", "unknown"),
    *("not-comparable", "nothing-recorded"),
)
MISSING = ("place-not-known", "residence-not-known", "not-asked", "unknown", "not-comparable", "nothing-recorded")
"""What could have been met or not: who was undecided or declined had no preference to be met."""
REASONS = (
    *("no-bed", "symptoms", "carer-unable", "changed-mind", "sudden-death", "unsafe-transfer", "family-request"),
    "variance-unknown",
)
MANDATORY = (1, 5, 6, 8, 9, 10, 12, 16, 19, 20, 26)
REQUIRED = (3, 28, 29, 30)
PREFERRED_PLACE = 36
THREE_MONTHS = timedelta(days=92)


@dataclass(frozen=True)
class Part:
    """`counts` None: what a published table says of each practice, `given` being its name."""

    counts: Test | None = None
    of: str = ""
    given: str = ""
    sum_of: tuple[str, ...] = ()
    days: Callable[[Person, date], int | None] | None = None
    fewest: int = 0
    """A practice or network has no share of fewer than these."""


def everybody(person: Person, on: date) -> bool:
    return True


def lead_of(days: int) -> Test:
    return lambda person, on: (person.lead() or 0) >= days


def is_state(state: str) -> Test:
    return lambda person, on: _state(person, on) == state


def _state(person: Person, on: date) -> str:
    wish = person.wish(on)
    return wish.state if wish else "nothing-recorded"


def both(one: Test, other: Test) -> Test:
    return lambda person, on: one(person, on) and other(person, on)


def not_(one: Test) -> Test:
    return lambda person, on: not one(person, on)


def _ending_known(person: Person, on: date) -> bool:
    ending = person.ending()
    return ending is not None and ending.state == "specific"


def _places(person: Person, on: date) -> tuple[str, str, str]:
    """First choice, second choice, and the place of death."""
    wish, ending = person.wish(on), person.ending()
    assert wish
    assert ending
    return person.kind(wish.place), person.kind(wish.second), person.kind(ending.place)


both_known = both(is_state("specific"), _ending_known)


def residence_not_known(person: Person, on: date) -> bool:
    """ "Usual residence" beside a kind of home: nobody can tell whether they are the same."""
    if not both_known(person, on):
        return False
    first, _, actual = _places(person, on)
    homes = (answers.HOME, answers.CARE_HOME, answers.OTHER)
    return (first == answers.USUAL and actual in homes) or (actual == answers.USUAL and first in homes)


compared = both(both_known, not_(residence_not_known))
place_not_known = both(is_state("specific"), not_(_ending_known))


def first_choice(person: Person, on: date) -> bool:
    return compared(person, on) and _places(person, on)[0] == _places(person, on)[2]


not_met = both(compared, not_(first_choice))


def second_choice(person: Person, on: date) -> bool:
    return not_met(person, on) and _places(person, on)[1] == _places(person, on)[2]


def recorded_late(person: Person, on: date) -> bool:
    """The wish in force was said on the day of death or the day before; confirming it makes it no younger."""
    wish = person.wish(on)
    if wish is None:
        return False
    earlier = [one for one in person.wishes if one.at <= wish.at and not one.confirms]
    since = max(earlier, key=lambda one: one.order, default=wish)
    return (on - since.at.date()).days < 2


def first_named(person: Person, on: date) -> int | None:
    """Days from the first place that was ever named to the death."""
    named = [one.at for one in person.wishes if not one.reason and one.at <= answers.end_of(on)]
    return (on - min(named).date()).days if named else None


def _reason(code: str) -> Test:
    return both(not_met, lambda person, on: person.variance() == code)


def _has(*items: int) -> Test:
    return lambda person, on: set(items) <= person.items


def _due(person: Person) -> list[date]:
    return [review_due(plan) for plan in person.plans]


def _overdue(days: int) -> Test:
    return lambda person, on: any((on - day).days >= days for day in _due(person))


ON_REGISTER, DIED = Part(everybody), Part(everybody)
died_on_register = lead_of(1)

MEASURES: dict[str, dict[str, Part]] = {
    "identification": {"list": Part(given="list"), "on-register": Part(everybody, "list")},
    "identification-of-adults": {
        "adult-list": Part(given="adults"),
        "adults-on-register": Part(lambda person, on: person.age(on) >= 18, "adult-list"),
    },
    "observed-over-expected": {
        "foreseeable-deaths": Part(given="expected"),
        "on-register": Part(everybody, "foreseeable-deaths"),
    },
    "on-register-at-death": {
        "deaths": Part(given="deaths"),
        **{f"at-least-{days}": Part(lead_of(days), "deaths") for days in (1, 28, 90, 365)},
    },
    "time-on-register": {
        "died-on-register": Part(died_on_register, days=lambda person, on: person.lead()),
        **{f"at-least-{days}": Part(lead_of(days), "died-on-register") for days in (28, 90, 365)},
    },
    "place-of-death-recorded": {
        "on-register": ON_REGISTER,
        "recorded": Part(is_state("specific"), "on-register"),
        **{state: Part(is_state(state), "on-register") for state in WITHOUT_A_PLACE},
    },
    "place-of-death-recorded-at-death": {
        "died-on-register": Part(died_on_register),
        "recorded": Part(both(died_on_register, is_state("specific")), "died-on-register"),
        **{state: Part(both(died_on_register, is_state(state)), "died-on-register") for state in WITHOUT_A_PLACE},
        "actual-place-recorded": Part(both(died_on_register, _ending_known), "died-on-register"),
    },
    "place-of-death-lead-time": {
        "named-a-place": Part(lambda person, on: first_named(person, on) is not None, days=first_named),
        "under-48-hours": Part(lambda person, on: _between(first_named(person, on), 0, 1), "named-a-place"),
        "at-least-28": Part(lambda person, on: _between(first_named(person, on), 28, 99_999), "named-a-place"),
    },
    "place-of-death-achieved": {
        "deaths": DIED,
        "compared": Part(compared, "deaths"),
        "place-not-known": Part(place_not_known, "deaths"),
        "residence-not-known": Part(residence_not_known, "deaths"),
        **{state: Part(is_state(state), "deaths") for state in WITHOUT_A_PLACE},
        "first-choice": Part(first_choice, "compared", fewest=30),
        "not-first-choice": Part(not_met, "compared"),
        "second-choice": Part(second_choice, "compared"),
        "elsewhere": Part(both(not_met, not_(second_choice)), "compared"),
        "first-or-second": Part(of="compared", sum_of=("first-choice", "second-choice")),
        "compared-or-missing": Part(sum_of=("compared", *MISSING)),
        "if-missing-not-met": Part(of="compared-or-missing", sum_of=("first-choice",)),
        "if-missing-met": Part(of="compared-or-missing", sum_of=("first-choice", *MISSING)),
        "recorded-late": Part(of="compared", sum_of=("first-choice-recorded-late", "not-first-choice-recorded-late")),
        "first-choice-recorded-late": Part(both(first_choice, recorded_late), "first-choice"),
        "not-first-choice-recorded-late": Part(both(not_met, recorded_late), "not-first-choice"),
    },
    "variance-reasons": {
        "not-met": Part(not_met),
        **{code: Part(_reason(code), "not-met") for code in REASONS},
        "another-reason": Part(both(not_met, lambda person, on: person.variance() not in ("", *REASONS)), "not-met"),
        "no-reason": Part(_reason(""), "not-met"),
    },
    "completeness": {
        "on-register": ON_REGISTER,
        "minimum-record": Part(_has(*MANDATORY), "on-register"),
        **{f"item-{item}": Part(_has(item), "on-register") for item in (*MANDATORY, *REQUIRED, PREFERRED_PLACE)},
    },
    "review-timeliness": {
        "active-plan": Part(lambda person, on: bool(person.plans)),
        "in-time": Part(lambda person, on: any(day > on for day in _due(person)), "active-plan"),
        "too-far-ahead": Part(lambda person, on: any(day > on + THREE_MONTHS for day in _due(person)), "active-plan"),
        "overdue": Part(_overdue(0), "active-plan"),
        "overdue-28": Part(_overdue(28), "active-plan"),
        "overdue-90": Part(_overdue(90), "active-plan"),
    },
}
HEADLINES: dict[str, set[str]] = {
    "identification": {"on-register"},
    "identification-of-adults": {"adults-on-register"},
    "observed-over-expected": {"on-register"},
    "on-register-at-death": {"at-least-1", "at-least-90"},
    "time-on-register": {"died-on-register"},
    "place-of-death-recorded": {"on-register", "recorded"},
    "place-of-death-recorded-at-death": {"died-on-register", "recorded"},
    "place-of-death-lead-time": {"named-a-place", "under-48-hours"},
    "place-of-death-achieved": {"compared", "first-choice"},
    "variance-reasons": {"not-met"},
    "completeness": {"on-register", "minimum-record"},
    "review-timeliness": {"active-plan", "in-time"},
}
"""What every report has, whatever it is split by."""
OF_DEATHS = (
    *("on-register-at-death", "time-on-register", "place-of-death-recorded-at-death", "place-of-death-lead-time"),
    *("place-of-death-achieved", "variance-reasons"),
)


def _between(days: int | None, least: int, most: int) -> bool:
    return days is not None and least <= days <= most
