"""`POST Patient/$summary`: what does this person want? The whole plan by NHS number, as one document Bundle.

Never registered, and not visible to the caller, are one identical answer: it does not mean that there are no wishes.
"""

from uuid import uuid4

from service import clock
from service.api import requests
from service.api.operation import Operation
from service.api.server import Answer, Call
from service.errors import Invalid, NotFound
from service.fhir import composition, resource_type
from service.fhir.resource_type import Body
from service.register import codes, nhs_number, registrations
from service.store import summary

PROFILE = f"{codes.BASE}/StructureDefinition/epaccs-summary"
LOOKED_FOR = tuple(type_.name for type_ in resource_type.all_types().values() if type_.in_summary)


async def answer(call: Call) -> Answer:
    for type_name in LOOKED_FOR:
        call.by.require("r", type_name)
    number = _nhs_number(await requests.resource(call.request, limit=100_000))
    now = clock.now()
    lines = composition.in_force(await summary.lines(call.server.door, number, by=call.by), now)
    if not any(line.kind in (registrations.STANDS, registrations.ENDED) for line in lines):
        raise NotFound("No record is available to you. This does not mean that the person has no wishes")
    # A line that this token may not read is never left out in silence: an allergy unseen would read as none.
    for type_name in dict.fromkeys(line.resource_type for line in lines):
        call.by.require("r", type_name)
    on = call.request.app.state.stands_on or now.date()
    body = composition.document(lines, base=call.server.settings.fhir_url, document_id=str(uuid4()), at=now, on=on)
    return Answer(
        200,
        body,
        action="summary",
        resource_type="Patient",
        resource_id=lines[0].patient_id,
        person_pk=lines[0].person_pk,
    )


def _nhs_number(parameters: Body) -> str:
    """The NHS number in `identifier`, given as an Identifier or as a token string. Raises Invalid."""
    listed = parameters.get("parameter")
    _check_profile(listed)
    given = [
        part
        for part in (listed if isinstance(listed, list) else [])
        if isinstance(part, dict) and part.get("name") == "identifier"
    ]
    expression = "Parameters.parameter.where(name = 'identifier')"
    if parameters.get("resourceType") != "Parameters" or len(given) != 1:
        raise Invalid("Send Parameters with one parameter named identifier", expression=expression)
    identifier = given[0].get("valueIdentifier")
    token = next(
        (value for name in ("valueString", "valueUri", "valueCode") if isinstance(value := given[0].get(name), str)), ""
    )
    system, _, value = token.rpartition("|")
    if isinstance(identifier, dict):
        system, value = identifier.get("system", ""), identifier.get("value", "")
    number = nhs_number.normalised(value) if isinstance(value, str) else ""
    if system not in (nhs_number.SYSTEM, "") or not nhs_number.is_valid(number):
        raise Invalid(
            "The identifier should be an NHS number: ten digits with a right check digit", expression=expression
        )
    return number


def _check_profile(listed: object) -> None:
    """There is one shape of summary; who asks for another is told, rather than given this one."""
    for part in listed if isinstance(listed, list) else []:
        if isinstance(part, dict) and part.get("name") == "profile" and PROFILE not in part.values():
            raise Invalid(f"The summary comes in one profile: {PROFILE}", expression="Parameters.parameter")


SUMMARY = Operation(
    name="summary",
    path="Patient/$summary",
    methods=("POST",),
    handler=answer,
    definition=f"{codes.BASE}/OperationDefinition/summary",
)
