"""Binary as a file: its bytes in, its bytes out (R4, "Serving Binary Resources using the RESTful API").

FHIR's own JSON goes the way of every resource. A file that was stored may be anything, an HTML page with a script too:
it leaves as an attachment, under a policy by which no browser runs it.
"""

import base64
import re
from typing import Final

from starlette.requests import Request

from service import incoming
from service.api import negotiation, requests
from service.api.answer import Answer
from service.api.server import Call
from service.errors import Unreadable, UnsupportedMedia
from service.fhir import codec
from service.fhir.resource_type import Body

NAME: Final = "Binary"
_OCTETS = "application/octet-stream"
_MEDIA_TYPE = re.compile(r"[\w.+-]+/[\w.+-]+(?:; ?[\w.+-]+=[\w.+-]+)*", re.ASCII)


def is_file(request: Request) -> bool:
    """Whether the body is a file, rather than a resource as JSON."""
    return request.headers.get("content-type", "").partition(";")[0].strip().lower() not in requests.JSON_TYPES


async def resource(call: Call, *, resource_id: str = "") -> Body:
    """The Binary that holds the file in the body. Raises UnsupportedMedia, TooLarge, Unreadable."""
    kind = call.request.headers.get("content-type", "").strip()
    if not _MEDIA_TYPE.fullmatch(kind):
        raise UnsupportedMedia("Send the Content-Type of the file, such as application/pdf")
    context = call.request.headers.get("x-security-context", "").removeprefix(f"{call.base}/")
    if not context:
        raise Unreadable("A Binary belongs to a person: send X-Security-Context, such as Patient/id")
    content = await incoming.body(call.request, limit=call.server.settings.body_limit_bytes)
    return {
        "resourceType": NAME,
        **({"id": resource_id} if resource_id else {}),
        "contentType": kind,
        "securityContext": {"reference": context},
        **({"data": base64.b64encode(content).decode()} if content else {}),
    }


def as_file(request: Request, answer: Answer) -> Answer | None:
    """The answer of a read with the file itself for a body, for a client that would rather have that than JSON."""
    binary = codec.loads(answer.body) if answer.body else {}
    kind = binary.get("contentType", _OCTETS)
    if not binary or not negotiation.prefers(request, kind.partition(";")[0].strip().lower()):
        return None
    return Answer(
        answer.status,
        base64.b64decode(binary.get("data", "")),
        {
            **answer.headers,
            "Content-Type": kind if _MEDIA_TYPE.fullmatch(kind) else _OCTETS,
            "Content-Disposition": f'attachment; filename="{answer.resource_id}"',
        },
        resource_type=answer.resource_type,
        resource_id=answer.resource_id,
        people=answer.people,
        last_updated=answer.last_updated,
    )
