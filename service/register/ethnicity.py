"""Ethnic categories, rolled up to the groups of the census: White, Mixed, Asian, Black, Other.

The NHS Data Dictionary's categories of 2001 begin with a letter that tells the group; UK Core's first code system only
divides them further, and so does that of Wales. Chinese is "other" there, and here of every country, so that one group
means one thing in one report (the censuses since 2011 have it with Asian). "Not stated" was asked, and is an answer;
"not known" (99) is none.
"""

from collections.abc import Iterable
from typing import Final

CATEGORY: Final = "https://fhir.hl7.org.uk/StructureDefinition/Extension-UKCore-EthnicCategory"
"""The extension of a Patient that says it."""

WHITE, MIXED, ASIAN, BLACK, OTHER, NOT_STATED = "white", "mixed", "asian", "black", "other", "not-stated"

GROUPS: Final = {
    WHITE: "White",
    MIXED: "Mixed",
    ASIAN: "Asian or Asian British",
    BLACK: "Black or Black British",
    OTHER: "Other ethnic group",
    NOT_STATED: "Not stated",
}

_SYSTEM: Final = "https://fhir.hl7.org.uk/CodeSystem/UKCore-EthnicCategory"
_BY_LETTER: Final = {
    **dict.fromkeys("ABC", WHITE),
    **dict.fromkeys("DEFG", MIXED),
    **dict.fromkeys("HJKL", ASIAN),
    **dict.fromkeys("MNP", BLACK),
    **dict.fromkeys("RST", OTHER),  # T is Arab, in Wales
    "Z": NOT_STATED,
}
_BY_NUMBER: Final = {"1": WHITE, "2": MIXED, "3": ASIAN, "4": BLACK, "5": BLACK, "6": OTHER}
_OF_SCOTLAND: Final = {"3J": OTHER, "98": NOT_STATED}
_SYSTEMS: Final = {
    _SYSTEM: _BY_LETTER,
    f"{_SYSTEM}England": _BY_LETTER,
    f"{_SYSTEM}Wales": _BY_LETTER,
    f"{_SYSTEM}Scotland": _BY_NUMBER,
}


def group_of(codings: Iterable[tuple[str, str]]) -> str:
    """The group, a key of GROUPS, that one of these (system, code) pairs tells; empty where none does."""
    return next(filter(None, (_group(system, code.strip().upper()) for system, code in codings)), "")


def _group(system: str, code: str) -> str:
    return _OF_SCOTLAND.get(code) or _SYSTEMS.get(system, {}).get(code[:1], "")
