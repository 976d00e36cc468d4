"""Whether an invariant holds: FHIRPath expressions, parsed once."""

import functools
from dataclasses import dataclass
from typing import Any

from service.fhir.resource_type import Body


@dataclass(frozen=True, slots=True)
class Expression:
    """A FHIRPath expression that says something true of what it is asked of."""

    text: str

    def holds(self, value: Any, *, resource: Body, path: str) -> bool | None:
        """Whether it is true of `value`, which stands in `resource` (`%resource`); None where that is undecided.

        `path` is the FHIR type path of `value`, such as `Patient.identifier`, or its datatype, such as `Identifier`.
        An empty result counts as true. Never raises, whatever the resource holds.
        """
        return None


@functools.cache
def compiled(expression: str) -> Expression:
    return Expression(expression)
