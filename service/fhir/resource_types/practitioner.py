"""Practitioner: a professional who records, decides or cares."""

from typing import Final

from service.fhir.resource_type import ResourceType
from service.register import codes

PROFILE: Final = f"{codes.BASE}/StructureDefinition/epaccs-practitioner"

PRACTITIONER = ResourceType(name="Practitioner", profiles=lambda resource: [PROFILE])
