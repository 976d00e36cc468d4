"""The person at the keyboard of a client, for which organisation and why: signed claims in the client's assertion.

They stand in the claim `extensions` as UDAP's `hl7-b2b` object (HL7 UDAP Security IG 1.0, "B2B Authorization Extension
Object"): a code is written plainly, or as `system#code`. Who asks for their own record says whose it is in an object of
ours, `heartsease-patient`. Where neither stands, the client asks by itself, without a purpose.
"""

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Any, Final

from sqlmodel import Session

from service.access import policy
from service.access.models import Client
from service.access.refusals import NotAuthenticated, TokenRefused
from service.actor import Actor
from service.fhir import audit_events
from service.register import codes, nhs_number, organisations
from service.store import known

B2B: Final = "hl7-b2b"
PATIENT: Final = "heartsease-patient"

_PURPOSE_SYSTEMS: Final = (codes.ACT_REASON, "urn:oid:2.16.840.1.113883.5.8")
_VERSION: Final = "1"
_SUBJECT: Final = re.compile(r"[!-~]{1,128}")

Claims = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Spoken:
    """For whom a client speaks, as `Actor` has it. `person_pk` is known for the role of a patient alone."""

    organisation: str
    role: str
    user: str = ""
    purpose: str = ""
    person_pk: int | None = None


def spoken(session: Session, claims: Claims, client: Client, *, by: Actor) -> Spoken:
    """For whom this client speaks. Raises TokenRefused telling all that is wrong with what it says."""
    extensions = claims.get("extensions", {})
    faults = list(_faults(extensions, client))
    if faults:
        raise TokenRefused("invalid_request", "; ".join(faults), by=by)
    b2b: Claims = extensions.get(B2B, {})
    organisation = _code(b2b["organization_id"], (codes.ODS_ORGANISATION,)) if b2b else client.organisation
    role = _code(b2b["subject_role"], (audit_events.ROLE,)) if "subject_role" in b2b else client.role
    purpose = _code(b2b["purpose_of_use"][0], _PURPOSE_SYSTEMS) if b2b else ""
    if role not in client.roles.split():
        raise NotAuthenticated("This client is not registered to speak for people of this role", by=by)
    if organisation not in client.organisations.split():
        raise NotAuthenticated("This client is not registered to speak for this organisation", by=by)
    return Spoken(organisation, role, b2b.get("subject_id", ""), purpose, _person(session, extensions.get(PATIENT)))


def _person(session: Session, patient: Claims | None) -> int | None:
    """A number that nobody has is no fault: the token sees nobody, and who asks learns nothing."""
    return known.by_number(session, patient["nhs_number"]) if patient else None


def _faults(extensions: object, client: Client) -> Iterator[str]:
    if not isinstance(extensions, dict):
        yield "extensions must be an object"
        return
    if B2B in extensions:
        yield from _faults_of_b2b(extensions[B2B])
    elif PATIENT in extensions:
        yield f"{PATIENT} needs {B2B} beside it"
    if PATIENT in extensions:
        yield from _faults_of_patient(extensions[PATIENT])
    b2b = extensions.get(B2B)
    role = b2b.get("subject_role", "") if isinstance(b2b, dict) else ""
    is_patient = _code(role, (audit_events.ROLE,)) == policy.PATIENT
    if is_patient != (PATIENT in extensions):
        yield f"{PATIENT} goes with the subject_role {policy.PATIENT}, and with no other"
    if not role and client.role == policy.PATIENT:
        yield f"This client speaks for people alone: say who asks, in {B2B}"


def _faults_of_b2b(b2b: object) -> Iterator[str]:
    if not isinstance(b2b, dict):
        yield f"{B2B} must be an object"
        return
    if b2b.get("version") != _VERSION:
        yield f'{B2B}.version must be "{_VERSION}"'
    if not isinstance(b2b.get("subject_name", ""), str):
        yield "subject_name must be text"
    if ("subject_id" in b2b) != ("subject_role" in b2b):
        yield "subject_id and subject_role go together"
    if "subject_id" in b2b and not _is_subject(b2b["subject_id"]):
        yield "subject_id must be 1 to 128 printable ASCII characters without spaces, and no NHS number"
    if "subject_role" in b2b and not policy.role(_code(b2b["subject_role"], (audit_events.ROLE,))).is_of_people:
        yield f"subject_role must be one of {', '.join(policy.of_people())}"
    if not organisations.is_ods_code(_code(b2b.get("organization_id"), (codes.ODS_ORGANISATION,))):
        yield "organization_id must be an ODS code of 3 to 12 capital letters and digits"
    if not _is_purpose(b2b.get("purpose_of_use")):
        yield f"purpose_of_use must be a list of one of {', '.join(policy.PURPOSES)}"


def _faults_of_patient(patient: object) -> Iterator[str]:
    if not isinstance(patient, dict) or patient.get("version") != _VERSION:
        yield f'{PATIENT} must be an object of version "{_VERSION}"'
    elif not isinstance(number := patient.get("nhs_number"), str) or not nhs_number.is_valid(number):
        yield f"{PATIENT}.nhs_number must be a valid NHS number of ten digits"


def _is_subject(subject: object) -> bool:
    """An NHS number would stand in every row of the audit that tells of somebody else."""
    return isinstance(subject, str) and bool(_SUBJECT.fullmatch(subject)) and not nhs_number.is_named_in(subject)


def _is_purpose(purposes: object) -> bool:
    """One: a token is for one purpose, so that the audit can tell why each record was opened."""
    return isinstance(purposes, list) and len(purposes) == 1 and _code(purposes[0], _PURPOSE_SYSTEMS) in policy.PURPOSES


def _code(said: object, systems: Collection[str]) -> str:
    """The code in `code` or `system#code`; empty for what is no text, or is a code of another system."""
    if not isinstance(said, str):
        return ""
    system, hash_, code = said.rpartition("#")
    return code if not hash_ or system in systems else ""
