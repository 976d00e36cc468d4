"""What each action of the audit trail is called in R4, and which of them a search by R4's codes asks for."""

from collections.abc import Collection
from typing import Final, NamedTuple

from service.register import codes

SYSTEM: Final = f"{codes.BASE}/CodeSystem/audit-action"
REST: Final = "rest"
DICOM: Final = "http://dicom.nema.org/resources/ontology/DCM"
EVENT_TYPE: Final = "http://terminology.hl7.org/CodeSystem/audit-event-type"
INTERACTION: Final = "http://hl7.org/fhir/restful-interaction"
OF_TYPES: Final = (EVENT_TYPE, DICOM)
OF_SUBTYPES: Final = (INTERACTION, SYSTEM, DICOM)
"""The code systems of which an AuditEvent has a type, and subtypes."""
_ALERT, _SIGN_IN = "110113", "110114"
TYPES: Final = {REST: "RESTful Operation", _ALERT: "Security Alert", _SIGN_IN: "User Authentication"}
"""Types of events in words, and subtypes of DICOM's."""
SUBTYPES: Final = {"110122": "Login", "110127": "Emergency Override Started", "110137": "User Attributes Changed"}


class Kind(NamedTuple):
    """How an action of the audit is told: R4's letter, an interaction of R4's, or a type and a subtype of DICOM's."""

    letter: str
    interaction: str = ""
    type: str = REST
    subtype: str = ""


KINDS: Final = {
    "read": Kind("R", "read"),
    "history": Kind("R", "history"),
    "search": Kind("E", "search"),
    "create": Kind("C", "create"),
    "update": Kind("U", "update"),
    "delete": Kind("D", "delete"),
    "summary": Kind("E", "operation"),
    "currency check": Kind("E", "operation"),
    "everything": Kind("E", "operation"),
    "validate": Kind("E", "operation"),
    "report": Kind("E", "operation"),
    "worklist": Kind("E", "operation"),
    "extract": Kind("E", "operation"),
    "export": Kind("E", "operation"),
    "export-cancel": Kind("E", "operation"),
    "merge": Kind("E", "operation"),
    "unmerge": Kind("E", "operation"),
    "merge preview": Kind("E", "operation"),
    "unmerge preview": Kind("E", "operation"),
    "subject-access": Kind("E", "operation"),
    "hold": Kind("E"),
    "release": Kind("E"),
    "seal": Kind("E"),
    "dispose": Kind("D"),
    "who-looked": Kind("E", "operation"),
    "review-queue": Kind("E", "operation"),
    "review": Kind("E", "operation"),
    "break-glass": Kind("E", "operation", _ALERT, "110127"),
    "token": Kind("E", "", _SIGN_IN, "110122"),
    "client-add": Kind("C", "", _ALERT, "110137"),
    "client-keys": Kind("U", "", _ALERT, "110137"),
    "client-disable": Kind("U", "", _ALERT, "110137"),
    "refused get": Kind("R"),
    "refused head": Kind("R"),
    "refused post": Kind("E"),
    "refused put": Kind("U"),
    "refused patch": Kind("U"),
    "refused delete": Kind("D"),
    "refused options": Kind("E"),
    "refused another method": Kind("E"),
    "refused entry": Kind("E"),
}
OTHER: Final = Kind("E")
"""For what a later version wrote."""


def told_by(*, letters: Collection[str] = (), types: Collection[str] = (), subtypes: Collection[str] = ()) -> list[str]:
    """The actions that are told by any of these codes, of each kind of code that is given."""
    return [
        name
        for name, kind in KINDS.items()
        if (not letters or kind.letter in letters)
        and (not types or kind.type in types)
        and (not subtypes or {kind.interaction, kind.subtype, code(name)} & set(subtypes))
    ]


def code(action: str) -> str:
    """As our own code system has it."""
    return action.replace(" ", "-")
