"""RelatedPerson: carer, next of kin, attorney, people to involve in decisions (SCCI1580 items 16, 17, 51, 54 to 57)."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Final

from service.errors import Issue
from service.fhir import elements, narrative
from service.fhir.narrative import Line
from service.fhir.register_rules import belongs_to_a_patient, in_order
from service.fhir.resource_type import Body, RegisterRow, ResourceType
from service.register import codes

PROFILE: Final = f"{codes.BASE}/StructureDefinition/epaccs-related-person"
MAIN_CARER: Final = f"{codes.BASE}/StructureDefinition/epaccs-main-carer"
ATTORNEY: Final = f"{codes.BASE}/StructureDefinition/epaccs-attorney"
_PROFILES: Final = {codes.CARER.key: MAIN_CARER, (codes.ROLE_CODE, "HPOWATT"): ATTORNEY}


def _rules(related: Body) -> Iterator[Issue]:
    yield from belongs_to_a_patient(related, "patient")
    yield from in_order(related)


def _profiles(related: Body) -> Iterable[str]:
    """The carer and the attorney have items of their own (SCCI1580 items 16 and 51); others are people to involve."""
    keys = [key for each in elements.all_of(related, "relationship") for key in elements.codings(each)]
    return list(dict.fromkeys(_PROFILES[key] for key in keys if key in _PROFILES)) or [PROFILE]


def _register_rows(related: Body, at: datetime) -> Iterable[RegisterRow]:
    return [] if related.get("active") is False else narrative.rows([_line(related, at)])


def _line(related: Body, at: datetime) -> Line:
    relationships = [elements.text_of(each) for each in elements.all_of(related, "relationship")]
    who = ", ".join(filter(None, relationships)) or "Person to involve"
    name = elements.human_name(related.get("name")) or "name not recorded"
    return Line(
        section="people",
        what=narrative.sentence(f"{who}: {name}", _telephone(related)),
        effective_at=elements.instant(elements.part(related, "period", "start")) or at,
        recorded_on=at.date(),
    )


def _telephone(related: Body) -> str:
    numbers = elements.phones(related)
    return f"Telephone {numbers}" if numbers else ""


RELATED_PERSON = ResourceType(
    name="RelatedPerson",
    person="patient",
    profiles=_profiles,
    rules=_rules,
    register_rows=_register_rows,
    in_every_summary=True,
    is_withheld=True,
)
