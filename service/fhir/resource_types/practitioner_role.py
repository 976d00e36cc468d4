"""PractitionerRole: a professional in an organisation, and as what."""

from typing import Final

from service.fhir.resource_type import ResourceType
from service.register import codes

PROFILE: Final = f"{codes.BASE}/StructureDefinition/epaccs-practitioner-role"

PRACTITIONER_ROLE = ResourceType(name="PractitionerRole", profiles=lambda resource: [PROFILE])
