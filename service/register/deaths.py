"""Deaths: where someone died."""

from typing import Final

from service.register import places
from service.register.codes import snomed
from service.register.preference_type import Answer

_DEATH_COD = "NHSD refset DEATH_COD"


def _died(code: str, display: str, group: str) -> Answer:
    return Answer(snomed(code, display, _DEATH_COD), group, is_vague=group in ("", places.USUAL_RESIDENCE))


PLACES: Final = (
    _died("876879006", "Died at home", places.PRIVATE_RESIDENCE),
    _died("876882001", "Died in hospice", places.HOSPICE),
    _died("931421000000107", "Died in hospice community lodge", places.HOSPICE),
    _died("876880009", "Died in care home", places.CARE_HOME),
    _died("876884000", "Died in nursing home", places.CARE_HOME),
    _died("1325731000000106", "Died in residential home", places.CARE_HOME),
    _died("184297005", "Died in hospital", places.HOSPITAL),
    _died("183676005", "Died in hospital", places.HOSPITAL),
    _died("16983000", "Died in hospital", places.HOSPITAL),
    _died("713049009", "Died in community hospital", places.HOSPITAL),
    _died("713051008", "Died in mental health unit", places.HOSPITAL),
    _died("713050009", "Died in learning disability unit", places.HOSPITAL),
    _died("812491000000102", "Died in accident and emergency department", places.HOSPITAL),
    _died("714342001", "Died in ambulance", places.OTHER),
    _died("876881008", "Died in general practice premises", places.OTHER),
    _died("876885004", "Died in street", places.OTHER),
    _died("818971000000108", "Died in public place", places.OTHER),
    _died("818961000000101", "Died in residential institution", places.OTHER),
    _died("876886003", "Died in usual place of residence", places.USUAL_RESIDENCE),
    # These two say how someone was found, not in which kind of place they died: they belong to no group.
    _died("63238001", "Dead on arrival at hospital", ""),
    _died("300990005", "Found dead in bed", ""),
)
"""Findings of a place of death. The group of each is ours; DEATH_COD gives none. ConceptMaps know what they replace."""

ACTUAL: Final = PLACES + places.PLACE_TYPES + places.ENVIRONMENTS
"""The answers to "where did they die?": a finding, or the place itself (SCCI1580 item 60)."""

NOTIFICATION: Final = "https://fhir.hl7.org.uk/CodeSystem/UKCore-DeathNotificationStatus"
REMOVED: Final = "removed"
"""A death that was notified by mistake, and taken back: the person lives, as far as anybody knows."""
NOTIFICATIONS: Final = {"1": "informal", "2": "formal", "U": REMOVED}
"""How a death is known, by code of NOTIFICATION: from a practice or a trust, from the registrar, or no more."""
