"""What the audit says of a request that was refused: who asked, and for what, in our words rather than in theirs.

Nothing was understood of it, so that nothing of it is kept that may be anything: of the URL its template, the type and
the id that it names and the names of its parameters; of their values nothing.
"""

import re
from typing import Any, Final

from starlette.requests import Request

from service import audit, incoming
from service.actor import Actor
from service.errors import HeartseaseError
from service.read_door import ReadDoor
from service.register import nhs_number
from service.store import known

METHODS: Final = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
_NAME: Final = re.compile(r"[A-Za-z_][A-Za-z:._-]{0,60}")


async def event(
    refusal: HeartseaseError, request: Request, template: str, by: Actor | None, request_id: str, *, door: ReadDoor
) -> dict[str, Any]:
    """The row of a refusal. `template` is that of the URL.

    Whose record it was is looked up for everybody who is known, hidden or not, so that no time tells which it was.
    """
    params = request.path_params
    type_name, resource_id = _safe(params.get("type", "")), _safe(params.get("id", ""))
    person_pk = refusal.person_pk
    if by and person_pk is None and resource_id:
        person_pk = await known.belongs_to(door, "Patient" if _is_of_patient(template) else type_name, resource_id)
    return audit.row(
        action(request),
        by=by,
        outcome=refusal.status,
        resource_type=type_name,
        resource_id=resource_id,
        person_pk=person_pk,
        request_id=request_id,
        query=f"{template}{_names(request)}",
    )


def action(request: Request) -> str:
    """What the audit calls the refusal of a request, whatever its method calls itself."""
    return f"refused {request.method.lower() if request.method in METHODS else 'another method'}"


def _is_of_patient(template: str) -> bool:
    """Whether the id in the URL is that of a Patient: of a compartment, or of an operation on one."""
    return template.startswith(("/{compartment}/{id}", "/Patient/{id}"))


def _safe(named: str) -> str:
    """What a URL names, if it can be a type or an id at all, and no NHS number that was taken for one."""
    return named if incoming.SAFE_ID.fullmatch(named) and not nhs_number.is_named_in(named) else ""


def _names(request: Request) -> str:
    """The names of what was asked in the URL; a name that none can be is left out, and so is all that is unreadable."""
    encoded = request.scope.get("query_string", b"").decode("latin-1")
    names = dict.fromkeys(one.partition("=")[0] for one in encoded.split("&")[: incoming.FIELDS])
    known = [name for name in names if _NAME.fullmatch(name)]
    return f"?{'&'.join(known)}" if known else ""
