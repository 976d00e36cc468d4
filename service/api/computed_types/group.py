"""Group: the register of an organisation, computed when it is asked for. Its id is the organisation's ODS code."""

from collections.abc import Iterable
from typing import Any, Final
from urllib.parse import urlencode

from service import incoming
from service.api import operation, requests, responses
from service.api.answer import Answer, People, by_person
from service.api.computed_type import ComputedType
from service.api.operation import Parameter
from service.api.server import Call
from service.errors import Issue, NotFound, Unreadable
from service.fhir import codec, etags
from service.fhir.definitions import SearchParameter
from service.fhir.resource_type import Body
from service.register import codes
from service.store import group
from service.store.group import Register

_DEFINED: Final = "http://hl7.org/fhir/SearchParameter"
_PARAMS: Final = (
    SearchParameter("_id", "token", "Group.id", url=f"{_DEFINED}/Resource-id"),
    SearchParameter("identifier", "token", "Group.identifier", url=f"{_DEFINED}/Group-identifier"),
    SearchParameter(
        "managing-entity",
        "reference",
        "Group.managingEntity",
        targets=("Organization",),
        url=f"{_DEFINED}/Group-managing-entity",
    ),
)
_BY_IDENTIFIER: Final = "managing-entity:identifier"
_TAKEN: Final = tuple(Parameter(name, "string") for name in (*(one.name for one in _PARAMS), _BY_IDENTIFIER))
_MOST: Final = 20


async def read(call: Call) -> Answer:
    """The register as a Group, or 304 for whoever holds it as it is."""
    _require(call, "r")
    operation.checked(list(requests.query(call.request)), ())
    register = await group.register(call.server.door, call.path("id"), by=call.by)
    tag = etags.of_digest(register)
    is_held = etags.is_listed(call.request.headers.get("if-none-match", ""), tag)
    return Answer(
        304 if is_held else 200,
        b"" if is_held else codec.dumps(_written(register)),
        {"ETag": tag},
        action="read",
        resource_type="Group",
        resource_id=register.code,
        people={} if is_held else _people([register]),
    )


async def search(call: Call) -> Answer:
    """The Groups of the organisation that is named. All of them is no answer: it would be everybody's register."""
    _require(call, "s")
    given, warnings = operation.understood(call, [*await requests.searched(call.request)], _TAKEN)
    asked = operation.as_texts(given)
    _check_width(asked)
    found = [register for code in await _codes(call, asked) for register in await _registers(call, code)]
    links = {"self": f"{call.base}/Group?{urlencode(asked)}"}
    told = [_written(register) for register in found]
    return Answer(
        200,
        responses.computed_set(told, base=call.base, links=links, total=len(told), warnings=warnings),
        action="search",
        resource_type="Group",
        query=urlencode(asked),
        people=_people(found),
    )


def _check_width(asked: list[tuple[str, str]]) -> None:
    names = ", ".join(one.name for one in _PARAMS)
    if not asked:
        message = f"Name the organisation by one of {names}"
        raise Unreadable(message, issues=[Issue("too-costly", message)])
    if any(value.count(",") >= _MOST for _, value in asked):
        raise Unreadable(f"A search for Groups asks for at most {_MOST} organisations")


def _require(call: Call, letter: str) -> None:
    """Whoever reads a Group learns which Patients are on the register."""
    call.by.require(letter, "Group")
    call.by.require("r", "Patient")


async def _registers(call: Call, code: str) -> list[Register]:
    try:
        return [await group.register(call.server.door, code, by=call.by)]
    except NotFound:
        return []


async def _codes(call: Call, asked: list[tuple[str, str]]) -> list[str]:
    """The organisations that all criteria name, by their ODS codes."""
    found = [set(await _named(call, name, value)) for name, value in asked]
    return sorted(set.intersection(*found))


async def _named(call: Call, name: str, value: str) -> list[str]:
    """The codes that one criterion names; commas part alternatives."""
    parts = value.split(",")
    if name == "_id":
        return parts
    if name == "managing-entity":
        return [code for part in parts for code in await _managed_by(call, part)]
    tokens = [part.rpartition("|") for part in parts]
    return [code for system, bar, code in tokens if not bar or system == codes.ODS_ORGANISATION]


async def _managed_by(call: Call, reference: str) -> list[str]:
    type_name, _, resource_id = reference.removeprefix(f"{call.base}/").rpartition("/")
    if type_name not in ("", "Organization") or not incoming.SAFE_ID.fullmatch(resource_id):
        raise Unreadable("managing-entity is Organization/id", expression="managing-entity")
    return await group.organisation_codes(call.server.door, resource_id, system=codes.ODS_ORGANISATION)


def _people(registers: Iterable[Register]) -> People:
    return by_person(
        (member.person_pk, f"Patient/{member.patient_id}") for register in registers for member in register.members
    )


def _written(register: Register) -> Body:
    identifier: dict[str, Any] = {"system": codes.ODS_ORGANISATION, "value": register.code}
    manager = {"identifier": identifier} | ({"display": register.name} if register.name else {})
    members = [{"entity": {"reference": f"Patient/{member.patient_id}"}} for member in register.members]
    return {
        "resourceType": "Group",
        "id": register.code,
        "identifier": [identifier],
        "active": True,
        "type": "person",
        "actual": True,
        "name": f"End of life care register of {register.name or register.code}",
        "quantity": len(register.members),
        "managingEntity": manager,
        **({"member": members} if members else {}),
    }


GROUP = ComputedType(
    name="Group",
    read=read,
    search=search,
    params=_PARAMS,
    why=(
        "A Group is computed from the registrations of a practice's people: it is read and searched, and neither "
        "written nor versioned. Put somebody on the register with an EpisodeOfCare"
    ),
    title="The register of an organisation, by its ODS code",
)
