"""Provenance: who wrote, sent or signed something, for whom and from what.

It belongs to the person of what it targets; one of organisations alone belongs to nobody.
"""

from service.fhir.resource_type import ResourceType

PROVENANCE = ResourceType(
    name="Provenance",
    person="target",
    dated=lambda provenance: ("recorded", "occurredDateTime", "occurredPeriod.start"),
)
