"""What an operation is. Each is one file in `operations/`; its route and its place in /metadata follow from it."""

from dataclasses import dataclass

from service import catalogue
from service.api.server import Handler


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation. `path` is below the FHIR base, such as `Patient/$summary`; `methods` are GET, POST or both."""

    name: str
    path: str
    methods: tuple[str, ...]
    handler: Handler
    definition: str

    @property
    def type_name(self) -> str:
        return self.path.partition("/")[0]


def all_operations() -> tuple[Operation, ...]:
    return catalogue.collect("service.api.operations", Operation)
