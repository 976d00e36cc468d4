"""Provenance: who wrote, sent or signed something, for whom and from what.

It belongs to the person of what it targets; one of organisations alone belongs to nobody.
"""

from typing import Final

from service.fhir.resource_type import ResourceType
from service.register import codes

PROFILE: Final = f"{codes.BASE}/StructureDefinition/epaccs-provenance"

PROVENANCE = ResourceType(
    name="Provenance",
    person="target",
    dated=lambda provenance: ("recorded", "occurredDateTime", "occurredPeriod.start"),
    profiles=lambda resource: [PROFILE],
    is_withheld=True,
)
