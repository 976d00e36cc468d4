"""Which part of one resource a request asks for. A search reads the same two parameters with its others."""

from typing import Final

from starlette.requests import Request

from service.api import requests
from service.errors import Unreadable
from service.fhir import subsets
from service.fhir.subsets import Subset

_TAKEN: Final = ("_summary", "_elements")
_OF_EVERY_REQUEST: Final = ("_format", "_pretty")


def asked(request: Request, type_name: str) -> Subset:
    """The part of a resource of this type. Raises Unreadable for any other parameter: none is ignored."""
    if not request.scope["query_string"]:
        return subsets.WHOLE
    summary, elements = "", []
    for name, value in requests.query(request):
        if name == "_elements":
            elements.append(value)
        elif name == "_summary" and not summary:
            summary = value
        elif name not in _OF_EVERY_REQUEST:
            raise Unreadable(f"This URL takes {', '.join((*_TAKEN, *_OF_EVERY_REQUEST))}")
    return subsets.asked(summary, elements, [type_name])
