"""Task: something to do for a person, such as a review that is due (SCCI1580 requirement 54)."""

from typing import Final

from service.fhir.register_rules import belongs_to_a_patient
from service.fhir.resource_type import ResourceType
from service.register import codes

PROFILE: Final = f"{codes.BASE}/StructureDefinition/epaccs-task"

TASK = ResourceType(
    name="Task",
    person="for",
    dated=lambda task: ("authoredOn", "lastModified"),
    profiles=lambda resource: [PROFILE],
    rules=lambda task: belongs_to_a_patient(task, "for"),
    is_withheld=True,
)
