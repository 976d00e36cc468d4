"""Binary: a file as it is, such as a scanned form, that a DocumentReference points to."""

from service.fhir.register_rules import belongs_to_a_patient
from service.fhir.resource_type import ResourceType

BINARY = ResourceType(
    name="Binary",
    person="securityContext",
    rules=lambda binary: belongs_to_a_patient(binary, "securityContext"),
    is_withheld=True,
)
