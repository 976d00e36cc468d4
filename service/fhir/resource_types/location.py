"""Location: a ward, a clinic, a home: where something happens or is kept."""

from service.fhir.resource_type import ResourceType

LOCATION = ResourceType(name="Location")
