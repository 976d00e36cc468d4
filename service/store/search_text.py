"""The text of a search value: its parts, its escapes, and what of it may be shown again.

Escapes are taken away last, so that an escaped mark is part of a value (R4, search, 3.1.1.4.5).
"""

from typing import Final

from service.errors import Unreadable
from service.register import nhs_number

MOST_VALUES: Final = 100
"""Values that one search may ask for, all its parameters together."""


def parts(name: str, value: str) -> list[str]:
    """The values between commas, still escaped."""
    if value.count(",") >= MOST_VALUES:
        raise Unreadable(f"Search parameter {name} asks for more than {MOST_VALUES} values; ask in several searches")
    found = [part for part in split(value, ",") if part]
    if not found:
        raise Unreadable(f"Search parameter {name} has no value")
    return found


def split(value: str, mark: str) -> list[str]:
    """The parts between marks that are not escaped; escapes stay, for `plain`."""
    found, part, letters = [], "", iter(value)
    for letter in letters:
        if letter == "\\":
            part += letter + next(letters, "")
        elif letter == mark:
            found.append(part)
            part = ""
        else:
            part += letter
    return [*found, part]


def plain(value: str) -> str:
    letters = iter(value)
    return "".join(next(letters, "") if letter == "\\" else letter for letter in letters)


def shown(name: str, marks: str = "-_:.") -> str:
    """What a searcher wrote, safe to show: letters and the marks that parameters have, and never an NHS number."""
    if nhs_number.is_named_in(name):
        return "(a number)"
    return "".join(letter for letter in name[:80] if letter.isalnum() or letter in marks)
