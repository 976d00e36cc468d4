"""`Group/[ODS code]/$export`: the whole records of the people on one organisation's register, in bulk."""

from service.api import exports
from service.api.operation import Operation

EXPORT_GROUP = Operation(
    name="export",
    path="Group/{id}/$export",
    methods=("GET", "POST"),
    handler=exports.of_group,
    definition="http://hl7.org/fhir/uv/bulkdata/OperationDefinition/group-export",
    parameters=exports.TAKEN,
    title="Bulk export of one register",
    description=(
        "As `$export`, of the people on the register of an organisation, who are those of the moment of each request. "
        "The organisations and practitioners that their records refer to are left out: `$export` has them."
    ),
)
