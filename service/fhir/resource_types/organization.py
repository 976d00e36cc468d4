"""Organization: a practice, trust, hospice or other provider, known by its ODS code."""

from typing import Final

from service.fhir.resource_type import ResourceType
from service.register import codes

PROFILE: Final = f"{codes.BASE}/StructureDefinition/epaccs-organization"

ORGANIZATION = ResourceType(name="Organization", profiles=lambda resource: [PROFILE])
