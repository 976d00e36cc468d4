"""Where somebody lives: in a care home or in a private home.

FHIR has no element for it, and UK Core neither (its ResidentialStatus is about entitlement). So it is read from what
is said on purpose: the findings by which general practice records it, as the code or the value of an Observation, or
as a Condition; and a preferred place that is said to be the usual residence (SCCI1580 items 39 and 43). Nothing is
inferred from an address. Who lives in a hospice, a hostel or nowhere is in neither group.
"""

from collections.abc import Iterable
from typing import Final

from service.register import places
from service.register.codes import Code, snomed

CARE_HOME, PRIVATE = "care-home", "private"

KINDS: Final = {CARE_HOME: "Care home", PRIVATE: "Private home"}

_RESIDE: Final = "PRIMIS type of residence (RESIDE_COD), by OpenSAFELY studies"

NURSING_HOME: Final = snomed("160734000", "Lives in nursing home", _RESIDE)
RESIDENTIAL_HOME: Final = snomed("394923006", "Lives in a residential home", _RESIDE)
NOT_ALONE: Final = snomed("160724009", "Independent housing, not alone", "public code lists on GitHub", "medium")
ALONE: Final = snomed("105529008", "Lives alone", "public code lists on GitHub", "medium")
FINDINGS: Final[dict[str, tuple[Code, ...]]] = {
    CARE_HOME: (
        NURSING_HOME,
        RESIDENTIAL_HOME,
        snomed("248171000000108", "Lives in care home", _RESIDE),
        snomed("160737007", "Lives in an old people's home", _RESIDE, "low"),
    ),
    PRIVATE: (
        NOT_ALONE,
        ALONE,
        snomed("224133007", "Lives with family", "public code lists on GitHub", "medium"),
    ),
}
_BY_CODE: Final = {code.key: kind for kind, of_kind in FINDINGS.items() for code in of_kind}
_BY_PLACE: Final = {places.CARE_HOME: CARE_HOME, places.PRIVATE_RESIDENCE: PRIVATE}


def kind_of(codings: Iterable[tuple[str, str]]) -> str:
    """The kind, a key of KINDS, that one of these (system, code) pairs tells; empty where none does."""
    return next(filter(None, map(_BY_CODE.get, codings)), "")


def kind_of_place(group: str) -> str:
    """The kind of a place (`places`) that is the usual residence; empty for those that are neither."""
    return _BY_PLACE.get(group, "")
