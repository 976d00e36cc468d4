"""Places, preferred and actual: one list of answers and one rule of comparison for all that name a place.

The code is kept as recorded and compared at the roll-up level, else 21 against 20 and 41 against 40 would look like
missed wishes (NHS Data Dictionary DEATH LOCATION TYPE CODE, September 2020; SCCI1580 items 36 and 60).
"""

from typing import Final

from service.register import codes
from service.register.codes import Code, snomed
from service.register.preference_type import Answer, Component

HOSPITAL, PRIVATE_RESIDENCE, HOSPICE, CARE_HOME, OTHER = "10", "20", "30", "40", "50"
USUAL_RESIDENCE: Final = "usual-residence"
"""Not a place of its own: stays apart from the five until the residence is known, and never counts as "home"."""

_PLACE_TYPES = {
    "10": "Hospital",
    "20": "Private residence",
    "21": "Own home",
    "22": "Other private residence, such as a relative's home",
    "30": "Hospice",
    "40": "Care home",
    "41": "Care home with nursing",
    "42": "Care home without nursing",
    "50": "Other place",
}
_DATA_DICTIONARY = "NHS Data Dictionary DEATH LOCATION TYPE CODE, September 2020"
_DUTCH = "IKNL PZP-FHIR-R4"
_ITEM_36 = "SCCI1580 item 36"


def group_of(place_type: str) -> str:
    """The roll-up group (10, 20, 30, 40, 50) of a Data Dictionary code; empty for a code that it does not hold."""
    return f"{place_type[0]}0" if place_type in _PLACE_TYPES else ""


PLACE_TYPES: Final = tuple(
    Answer(Code(code, codes.PLACE_TYPE, display, _DATA_DICTIONARY), group_of(code))
    for code, display in _PLACE_TYPES.items()
)

ENVIRONMENTS: Final = (
    Answer(snomed("264362003", "Home", _DUTCH), PRIVATE_RESIDENCE),
    Answer(snomed("284546000", "Hospice", _DUTCH), HOSPICE),
    Answer(snomed("909501000000105", "Hospice community lodge", "OpenCodelists", "medium"), HOSPICE),
    Answer(snomed("22232009", "Hospital", _DUTCH), HOSPITAL),
    Answer(snomed("225732001", "Community hospital", "FHIR c80-facilitycodes"), HOSPITAL),
    Answer(snomed("42665001", "Nursing home", "FHIR c80-facilitycodes"), CARE_HOME),
    Answer(snomed("257688003", "Residential home", "hl7ch ch-ems"), CARE_HOME),
    Answer(snomed("722173008", "Prison-based care site", "public care-site list", "medium"), OTHER),
)

PREFERENCE_FINDINGS: Final = (
    Answer(
        snomed("819211000000102", "Usual place of residence", "SCCI1580 items 39 and 43"),
        USUAL_RESIDENCE,
        is_vague=True,
    ),
    Answer(snomed("517161000000101", "Undecided", _ITEM_36), no_answer="undecided"),
    Answer(snomed("766391000000108", "Declined discussion", _ITEM_36), no_answer="declined"),
    Answer(snomed("517111000000103", "Unable to express preference", _ITEM_36), no_answer="unable"),
    Answer(snomed("517131000000106", "Discussion not appropriate", _ITEM_36), no_answer="not-appropriate"),
)

PREFERRED: Final = PLACE_TYPES + ENVIRONMENTS + PREFERENCE_FINDINGS
"""The answers to "where would you prefer to be?"."""

SECOND_CHOICE: Final = Component(
    codes.local("second-choice", "Second choice", "SCCI1580 items 40 to 43; no code found"), "Second choice", PREFERRED
)


def _detail(code: str, title: str, item: str) -> Component:
    return Component(codes.local(code, title, f"SCCI1580 item {item}; no code found"), title)


IS_USUAL_RESIDENCE: Final = _detail("is-usual-residence", "Is the usual place of residence", "39")
SECOND_IS_USUAL_RESIDENCE: Final = _detail(
    "second-is-usual-residence", "The second choice is the usual place of residence", "43"
)
DETAILS: Final = (
    _detail("place-organisation", "Organisation", "37"),
    _detail("place-address", "Address", "38"),
    IS_USUAL_RESIDENCE,
    _detail("second-organisation", "Organisation of the second choice", "41"),
    _detail("second-address", "Address of the second choice", "42"),
    SECOND_IS_USUAL_RESIDENCE,
)
"""What is said of a place, first or second choice, beside which one it is."""
