"""Location: a ward, a clinic, a home: where something happens or is kept."""

from typing import Final

from service.fhir.resource_type import ResourceType
from service.register import codes

PROFILE: Final = f"{codes.BASE}/StructureDefinition/epaccs-location"

LOCATION = ResourceType(name="Location", profiles=lambda resource: [PROFILE])
