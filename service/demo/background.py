"""What is known of a person besides, by which reports are split: ethnicity, language, a learning disability.

Drawn apart from all else, so that nobody's life in the story changes with it. The shares are chosen to look like a town
of the English midlands, with gaps in the records, and prove nothing about any place.
"""

from random import Random
from typing import Final, NamedTuple

ENGLISH: Final = "en"


class Background(NamedTuple):
    """An ethnic category (NHS Data Dictionary) and a language (BCP 47), each empty where none is recorded."""

    ethnicity: str = ""
    language: str = ""
    has_learning_disability: bool = False


UNKNOWN: Final = Background()


def of(number: int) -> Background:
    """What is known of the person of that number in the story."""
    rng = Random(f"background of person {number}")
    category = rng.choices(list(_CATEGORIES), list(_CATEGORIES.values()))[0]
    others = _LANGUAGES.get(category, ())
    spoken = rng.choice(others) if others and rng.random() < 0.45 else ENGLISH
    return Background(
        ethnicity="" if rng.random() < 0.1 else category,
        language="" if rng.random() < 0.12 else spoken,
        has_learning_disability=rng.random() < 0.015,
    )


_CATEGORIES: Final = {
    "A": 876,
    "B": 8,
    "C": 26,
    "D": 4,
    "F": 3,
    "H": 14,
    "J": 28,
    "L": 6,
    "M": 6,
    "N": 5,
    "S": 5,
    "Z": 19,
}
"""Share in a thousand of each ethnic category."""

_LANGUAGES: Final = {
    "C": ("pl", "ro"),
    "H": ("pa", "gu"),
    "J": ("ur", "pa"),
    "L": ("ta",),
    "N": ("so", "fr"),
    "S": ("ar",),
}
"""Languages that somebody of a category may speak rather than English."""

LANGUAGES: Final = {
    "en": "English",
    "pl": "Polish",
    "ro": "Romanian",
    "pa": "Panjabi",
    "gu": "Gujarati",
    "ur": "Urdu",
    "ta": "Tamil",
    "so": "Somali",
    "fr": "French",
    "ar": "Arabic",
}
CATEGORIES: Final = {
    "A": "White - British",
    "B": "White - Irish",
    "C": "White - Any other White background",
    "D": "Mixed - White and Black Caribbean",
    "F": "Mixed - White and Asian",
    "H": "Asian or Asian British - Indian",
    "J": "Asian or Asian British - Pakistani",
    "L": "Asian or Asian British - Any other Asian background",
    "M": "Black or Black British - Caribbean",
    "N": "Black or Black British - African",
    "S": "Other Ethnic Groups - Any other ethnic group",
    "Z": "Not stated",
}
