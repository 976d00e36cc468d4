"""The API as an OpenAPI 3.1 document, derived from the same registry as /metadata."""

from collections.abc import Sequence

from service.api import published
from service.api.operation import Operation
from service.api.published import Document
from service.config import Settings
from service.fhir.capability import Offered


def document(offered: Offered, operations: Sequence[Operation], *, settings: Settings) -> Document:
    info = {"title": "Heartsease FHIR R4 API", "version": "0.1.0"}
    return published.plain({"openapi": "3.1.0", "info": info, "paths": {}})
