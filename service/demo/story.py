"""The story of the area: everyone ever on its register, in the order in which they came onto it."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from service.demo import background, endings, lives, names
from service.demo.area import END, FULL, Practice, Scale, practices
from service.demo.lives import Person, Preference, Sharing
from service.demo.spells import Spell, spells

_RECENTLY = END - timedelta(days=400)
"""Those in full came onto the register after this day: what is known of them is fresh."""


@dataclass(frozen=True, slots=True)
class Story:
    """The area and everyone ever on its register, in the order in which they came onto it."""

    scale: Scale
    practices: tuple[Practice, ...]
    people: tuple[Person, ...]
    newcomer: Person

    def registered_deaths(self) -> Counter[tuple[str, date]]:
        """Deaths of people on the register by practice and first day of the month."""
        died = ((person.practice_on(person.died_on).code, person.died_on) for person in self.people if person.died_on)
        return Counter((code, day.replace(day=1)) for code, day in died)

    def in_full(self) -> list[Person]:
        return [person for person in self.people if person.in_full]


def told(scale: Scale = FULL) -> Story:
    """The story at a scale. The newcomer is on no register yet: the demonstration lets a practice register them."""
    of_area = tuple(practices(scale))
    every = spells(of_area)
    numbers = names.nhs_numbers()
    lived = (lives.person(number, next(numbers), spell, of_area) for number, spell in enumerate(every))
    people = [endings.ended(person) for person in lived]
    chosen = _chosen_in_full(people, scale.in_full)
    people = [_in_full(person) if person.number in chosen else person for person in people]
    newcomer = _newcomer(len(people), next(numbers), demo_practice(people))
    return Story(scale, of_area, tuple(people), newcomer)


def demo_practice(people: Sequence[Person]) -> Practice:
    """The practice of the demonstration: the one with most people on the register at the end."""
    by_practice = Counter(person.practice.code for person in people if person.is_on_register(END))
    code = max(by_practice, key=lambda code: (by_practice[code], code))
    return next(person.practice for person in people if person.practice.code == code)


def _chosen_in_full(people: Sequence[Person], wanted: int) -> set[int]:
    """Who is written in full: a third at the practice of the demonstration; a few have died, and some do not share."""
    practice = demo_practice(people)
    recent = [person for person in people if person.spell.started_on > _RECENTLY and not person.spell.ended_on]
    alive = [person for person in recent if person.is_shared and person.preferences and _can_say(person)]
    near = [person for person in alive if person.practice == practice]
    died = [person for person in people if person.died_on and person.preferences]
    unshared = [person for person in people if not person.is_shared and person.is_on_register(END)]
    chosen = _spread(near, wanted // 3) + _spread(died, wanted // 10) + _spread(unshared, wanted // 25)
    rest = [person for person in alive if person.practice != practice]
    return {person.number for person in chosen + _spread(rest, wanted - len(chosen))}


def _in_full(person: Person) -> Person:
    """Somebody cares for each of them: the team of those in full names who. They need no interpreter, and say so."""
    known = person.background._replace(language=background.ENGLISH)
    return replace(person, in_full=True, has_carer=True, background=known)


def _can_say(person: Person) -> bool:
    """Whether a person can speak for themselves: the words of those in full are their own."""
    return not any(preference.no_answer == "unable" for preference in person.preferences)


def _spread(people: Sequence[Person], wanted: int) -> list[Person]:
    """As many people as wanted, evenly from first to last."""
    wanted = min(wanted, len(people))
    return [people[place * len(people) // wanted] for place in range(wanted)]


def _newcomer(number: int, nhs_number: str, practice: Practice) -> Person:
    spell = Spell(practice, END, None, "")
    person = lives.person(number, nhs_number, spell, ())
    wishes = (Preference(END, lives.OWN_HOME, second=lives.HOSPICE),)
    return replace(
        person,
        residence=lives.OWN_HOME,
        preferences=wishes,
        sharing=(Sharing(END, "permitted"),),
        reviewed_on=END,
        has_carer=True,
        background=background.Background("A", background.ENGLISH),
    )
