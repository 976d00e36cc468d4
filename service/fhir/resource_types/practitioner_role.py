"""PractitionerRole: a professional in an organisation, and as what."""

from service.fhir.resource_type import ResourceType

PRACTITIONER_ROLE = ResourceType(name="PractitionerRole")
