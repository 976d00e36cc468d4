"""What a computed type is: a resource type that is read and never stored. Each is one file in `computed_types/`.

Its routes follow from it, and its place in /metadata: reads and searches are claimed by their routes, the search
parameters are those that stand here.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from starlette.requests import Request

from service import catalogue
from service.api.server import Endpoint, Handler, Server
from service.errors import MethodNotAllowed
from service.fhir.definitions import SearchParameter


@dataclass(frozen=True, slots=True)
class ComputedType:
    """One computed type.

    name    FHIR's, such as "Group"
    read    answers `GET /Group/{id}`
    search  answers `GET /Group?…` and `POST /Group/_search`, by the `params` and no others
    why     why it takes nothing else: one sentence, told to whoever tries
    title   what it is, for the documentation of /metadata
    results what a search takes beside the `params`, such as `_count`
    """

    name: str
    read: Handler
    search: Handler
    params: tuple[SearchParameter, ...]
    why: str
    title: str = ""
    results: tuple[str, ...] = ()

    def endpoints(self, server: Server) -> Iterator[tuple[str, Endpoint]]:
        """Each URL below the base with what answers there. History and versions are refused with the reason too."""
        yield f"/{self.name}/_search", ReadOnly(self, server, f"/{self.name}/_search", POST=self.search)
        for rest in ("/_history", "/{id}/_history", "/{id}/_history/{version}"):
            yield f"/{self.name}{rest}", ReadOnly(self, server, f"/{self.name}{rest}")
        yield f"/{self.name}/{{id}}", ReadOnly(self, server, f"/{self.name}/{{id}}", GET=self.read)
        yield f"/{self.name}", ReadOnly(self, server, f"/{self.name}", GET=self.search)


class ReadOnly(Endpoint):
    """A URL of a computed type, which says why it takes no other method."""

    def __init__(self, type_: ComputedType, server: Server, template: str, /, **handlers: Handler) -> None:
        super().__init__(server, template, **handlers)
        self._why: Final = type_.why

    def handler(self, request: Request) -> Handler:
        try:
            return super().handler(request)
        except MethodNotAllowed as refusal:
            raise MethodNotAllowed(self._why, allowed=refusal.allowed) from None


def all_types() -> dict[str, ComputedType]:
    """Every computed type, by name."""
    return {found.name: found for found in catalogue.collect("service.api.computed_types", ComputedType)}
