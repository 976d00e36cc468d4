"""`$export`: all that the caller may see, in bulk, as NDJSON files that are made while they are sent."""

from service.api import exports
from service.api.operation import Operation

EXPORT = Operation(
    name="export",
    path="$export",
    methods=("GET", "POST"),
    handler=exports.everyone,
    definition="http://hl7.org/fhir/uv/bulkdata/OperationDefinition/export",
    parameters=exports.TAKEN,
    title="Bulk export of everything that the caller may see",
    description="Send `Prefer: respond-async`, then ask at `Content-Location` until the manifest is there.",
)
