"""What a preference type is: one question about a person's wishes or care, and the answers it takes.

Each type is one file in `preference_types/` that declares one `PreferenceType`. What the register does with it follows
from the declaration: which Observations are recognised and refused, the row in `preference`, the line in the summary.
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
class Component:
    """A part of the answer: an Observation.component, recognised by its code."""

    code: Code
    title: str
    answers: tuple[Answer, ...] = ()


@dataclass(frozen=True, slots=True)
class PreferenceType:
    """One preference type.

    name      kept as `preference.kind`; never changes once used
    title     starts its line in the summary
    code      Observation.code as we write it; `other_codes` are read as the same
    section   the key of the summary's section (`sections.py`)
    answers   the coded answers we know; others are kept as sent, unless `closed`
    second    the component that holds the second choice, where there may be one
    components             the other parts that we know
    answered_by_components whether the parts are the answer, and there is no value
    needs_answer_or_reason whether an Observation without value and without dataAbsentReason is refused
    of_death  whether it says where someone died: feeds the `death` table
    reviewed  whether it falls due for review when no date was set (SCCI1580 requirement 19)
    """

    name: str
    title: str
    code: Code
    section: str
    answers: tuple[Answer, ...] = ()
    other_codes: tuple[Code, ...] = ()
    second: Component | None = None
    components: tuple[Component, ...] = ()
    answered_by_components: bool = False
    needs_answer_or_reason: bool = True
    closed: bool = False
    of_death: bool = False
    reviewed: bool = True


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
