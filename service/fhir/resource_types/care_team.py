"""CareTeam: the professionals involved and how to reach them (SCCI1580 items 21 to 25)."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Final

from service.errors import Issue
from service.fhir import elements, narrative, relationships
from service.fhir.narrative import Line
from service.fhir.register_rules import belongs_to_a_patient, in_order
from service.fhir.relationships import Party
from service.fhir.resource_type import Body, RegisterRow, ResourceType
from service.register import codes, words

PROFILE: Final = f"{codes.BASE}/StructureDefinition/epaccs-care-team"


def _rules(team: Body) -> Iterator[Issue]:
    yield from belongs_to_a_patient(team, "subject")
    yield from in_order(team)


def _register_rows(team: Body, at: datetime) -> Iterable[RegisterRow]:
    """One line a member. A team without a status is taken to be at work: R4 makes the status optional."""
    if team.get("status", "active") != "active":
        return []
    lines = narrative.rows([*_team_line(team, at), *_member_lines(team, at)])
    return [*relationships.rows("team", _parties(team)), *lines]


def _parties(team: Body) -> Iterator[Party]:
    """Who is in the team, who they act for, and who is responsible for it; no longer than the team and their part."""
    ends_on = elements.last_day(elements.part(team, "period", "end"))
    for responsible in elements.all_of(team, "managingOrganization"):
        yield Party(responsible, ends_on)
    for participant in elements.all_of(team, "participant"):
        leaves_on = elements.last_day(elements.part(participant, "period", "end"))
        last = min(filter(None, (ends_on, leaves_on)), default=None)
        yield Party(participant.get("member"), last)
        yield Party(participant.get("onBehalfOf"), last)


def _team_line(team: Body, at: datetime) -> Iterator[Line]:
    numbers = elements.phones(team)
    if numbers:
        yield _line(team, at, f"{elements.text_at(team, 'name') or 'Care team'}: Telephone {numbers}")


def _member_lines(team: Body, at: datetime) -> Iterator[Line]:
    for participant in elements.all_of(team, "participant"):
        name = elements.display_of(participant.get("member"))
        role = ", ".join(filter(None, map(elements.text_of, elements.all_of(participant, "role"))))
        if name or role:
            yield _line(
                team, at, narrative.sentence(f"{role or 'Care team'}: {name or 'not named'}", _until(participant))
            )


def _until(participant: Body) -> str:
    last = elements.last_day(elements.part(participant, "period", "end"))
    return f"Until {words.day(last)}" if last else ""


def _line(team: Body, at: datetime, what: str) -> Line:
    since = elements.instant(elements.part(team, "period", "start")) or at
    return Line("people", what, since, recorded_on=at.date())


CARE_TEAM = ResourceType(
    name="CareTeam",
    person="subject",
    profiles=lambda resource: [PROFILE],
    rules=_rules,
    register_rows=_register_rows,
    in_every_summary=True,
    is_withheld=True,
)
