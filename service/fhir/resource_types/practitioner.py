"""Practitioner: a professional who records, decides or cares."""

from service.fhir.resource_type import ResourceType

PRACTITIONER = ResourceType(name="Practitioner")
