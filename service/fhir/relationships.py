"""Which organisations look after a person, as one resource says: by ODS code, or by a reference to be followed.

A reference that leads to another server is not followed: what has the same id here is something else.
"""

import re
from collections.abc import Iterable
from datetime import date
from typing import Any, Final, NamedTuple

from service import db
from service.fhir import elements
from service.fhir.resource_type import Body, RegisterRow
from service.register import codes
from service.register.models import Relationship

RELATIONSHIP: Final = db.table(Relationship)
_FOLLOWED: Final = re.compile(r"((?:Organization|PractitionerRole)/[A-Za-z0-9\-.]{1,64})(?:/_history/[0-9]+)?")


class Party(NamedTuple):
    """A Reference to an organisation, or to somebody who works for one, and the last day on which it holds."""

    reference: Any
    ended_on: date | None = None


def rows(kind: str, parties: Iterable[Party]) -> list[RegisterRow]:
    """A row for each that leads to an organisation: none for a Practitioner, a relative, or a name alone."""
    found = dict.fromkeys((*target(party.reference), party.ended_on) for party in parties)
    return [
        (RELATIONSHIP, _row(kind, position, code, through, ended_on))
        for position, (code, through, ended_on) in enumerate(one for one in found if one[0] or one[1])
    ]


def of_practice(code: str) -> list[RegisterRow]:
    """The row of the practice with which somebody is registered, if any."""
    return [(RELATIONSHIP, _row("practice", 0, code, "", None))] if code else []


def target(reference: Any) -> tuple[str, str]:
    """The ODS code that a Reference gives, or else the reference through which to find it; empty what is not there."""
    code = _normalised(elements.part(reference, "identifier"))
    followed = _FOLLOWED.fullmatch(elements.text_at(reference, "reference"))
    return code, followed[1] if followed and not code else ""


def ods_code(organization: Body) -> str:
    """The ODS code by which an Organization identifies itself: the first one that is not old."""
    return _as_code(elements.identifier(organization, codes.ODS_ORGANISATION))


def _row(kind: str, position: int, code: str, through: str, ended_on: date | None) -> dict[str, Any]:
    return {
        "position": position,
        "organisation": code or None,
        "kind": kind,
        "through": through,
        "ended_on": ended_on,
    }


def _normalised(identifier: Any) -> str:
    is_ods = elements.text_at(identifier, "system") == codes.ODS_ORGANISATION
    return _as_code(elements.text_at(identifier, "value")) if is_ods else ""


def _as_code(value: str) -> str:
    """As actors bear it, whatever case it was written in."""
    return value.strip().upper()
