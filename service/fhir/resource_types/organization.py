"""Organization: a practice, trust, hospice or other provider, known by its ODS code."""

from service.fhir.resource_type import ResourceType

ORGANIZATION = ResourceType(name="Organization")
