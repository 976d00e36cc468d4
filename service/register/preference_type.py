"""What a preference type is: one question about a person's wishes or care, and the answers it takes.

Each type is one file in `preference_types/` that declares one `PreferenceType`. What the register does with it follows
from the declaration: which Observations are recognised and refused, the profile and the value sets that say so in FHIR
(`fhir/preference_profiles.py`), the row in `preference`, the line in the summary, the items of SCCI1580 it records.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from typing import Final

from service import catalogue
from service.register.codes import Code

NO_ANSWER: Final = {
    "undecided": "undecided",
    "declined": "declined to discuss it",
    "unable": "unable to express a preference",
    "not-appropriate": "discussion not appropriate",
    "not-asked": "not asked",
    "unknown": "not known",
}
"""Why there is no answer, as kept in `preference.no_answer`, and in words. Never the same as having no record."""

_SAYS_NOTHING: Final = ("not-asked", "unknown")
"""Said of who records, not of the person: an earlier answer is as good as before."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A coded answer.

    group      the level at which answers are compared
    no_answer  a key of NO_ANSWER, where the code says that there is no answer
    is_vague   whether it may stand beside any other answer, as "usual place of residence" beside "own home"
    """

    code: Code
    group: str = ""
    no_answer: str = ""
    is_vague: bool = False

    @property
    def meaning(self) -> str:
        """What must agree when one answer is given in several code systems."""
        return self.no_answer or self.group or self.code.code


@dataclass(frozen=True, slots=True)
class Number:
    """An answer that is a number, of an instrument: whole, from `low` to `high`, in steps.

    scale  the component that must say on which scale it stands, where there are several; the group of each of its
           answers is the highest number on that scale
    """

    low: int
    high: int
    step: int = 1
    scale: "Component | None" = None


@dataclass(frozen=True, slots=True)
class Component:
    """A part of the answer: an Observation.component, recognised by its code.

    item          the SCCI1580 item that it records
    is_statement  whether its code says it all, so that its value can only be `true`: "not aware of the decision: no"
                  would be read as the opposite of what was meant
    closed        whether no answer but `answers` is taken: "ventilation: yes" may mean that it was talked about
    tells_where   whether its words may tell where somebody is: then only codes are told to who may not learn that
    """

    code: Code
    title: str
    answers: tuple[Answer, ...] = ()
    item: str = ""
    is_statement: bool = False
    closed: bool = False
    tells_where: bool = False


@dataclass(frozen=True, slots=True)
class PreferenceType:
    """One preference type.

    name      kept as `preference.kind`; never changes once used; names the profile, `epaccs-<name>`
    title     starts its line in the summary
    code      Observation.code as we write it; `other_codes` are read as the same
    section   the key of the summary's section (`sections.py`)
    items     the SCCI1580 items that its answer records; none for what the standard does not have. `date_item` is
              recorded by its date, `review_item` by its review date
    answers   the coded answers we know; others are kept as sent, unless `closed`
    number    the bounds of an answer that is a number
    second    the component that holds the second choice, where there may be one
    components             the other parts that we know
    answered_by_components whether the parts can be the answer, without a value
    needs_answer_or_reason whether an Observation without value and without dataAbsentReason is refused
    is_decision  whether clinicians decide it: then no reason for having no answer takes an earlier decision back
    repeats   whether several stand beside each other in the summary, as several wishes do; else the latest alone
    performers  as what one performer at least must be named (`PERFORMER_FUNCTION`); anybody may record it where empty
    of_death  whether it says where someone died: feeds the `death` table
    reviewed  whether it falls due for review when no date was set (SCCI1580 requirement 19)
    tells_where  whether its words may tell where somebody is, or who is with them: as of a Component, and of all its
                 components
    """

    name: str
    title: str
    code: Code
    section: str
    items: tuple[str, ...] = ()
    date_item: str = ""
    review_item: str = ""
    answers: tuple[Answer, ...] = ()
    number: Number | None = None
    other_codes: tuple[Code, ...] = ()
    second: Component | None = None
    components: tuple[Component, ...] = ()
    answered_by_components: bool = False
    needs_answer_or_reason: bool = True
    closed: bool = False
    is_decision: bool = False
    repeats: bool = False
    performers: tuple[Code, ...] = ()
    of_death: bool = False
    reviewed: bool = True
    tells_where: bool = False

    def is_left_as_it_was(self, no_answer: str) -> bool:
        """Whether a reason for having no answer, a key of NO_ANSWER, leaves an earlier answer in force.

        Who is undecided now no longer prefers what they preferred; who was not asked today does.
        """
        return bool(no_answer) and (self.is_decision or no_answer in _SAYS_NOTHING)

    @property
    def parts(self) -> tuple[Component, ...]:
        """Every component that we know, the second choice first."""
        return (*((self.second,) if self.second else ()), *self.components)

    @property
    def codes(self) -> tuple[Code, ...]:
        """Every code in the declaration: of the question, of its parts, of the answers to both, of who may record."""
        answers = (*self.answers, *(answer for part in self.parts for answer in part.answers))
        of_answers = [answer.code for answer in answers]
        of_parts = [part.code for part in self.parts]
        return tuple(dict.fromkeys((self.code, *self.other_codes, *of_parts, *of_answers, *self.performers)))


@cache
def all_types() -> dict[str, PreferenceType]:
    """Every preference type, by name."""
    return {found.name: found for found in catalogue.collect("service.register.preference_types", PreferenceType)}


@cache
def _by_code() -> dict[tuple[str, str], PreferenceType]:
    return {code.key: found for found in all_types().values() for code in (found.code, *found.other_codes)}


def of_codes(keys: Iterable[tuple[str, str]]) -> PreferenceType | None:
    """The type that one of these (system, code) pairs asks about, if any."""
    return next((_by_code()[key] for key in keys if key in _by_code()), None)
