"""What `fhir.resources` R4B says of a resource: the judge that our own validation is compared with.

R4B has the elements of R4 in all types that `scripts/generate-definitions` knows. It judges only: nothing is taken
from it, since it changes many real resources on a round trip.
"""

import functools
from typing import Any

from fhir.resources.R4B import get_fhir_model_class
from pydantic import ValidationError
from pydantic_core import ErrorDetails

from service.fhir.resource_type import Body


def refusals(resource: Body) -> list[str]:
    """Everything that R4B has against a resource, with the kind and the place of each; empty when it accepts it."""
    try:
        _model(resource["resourceType"]).model_validate(resource)
    except ValidationError as error:
        return [_refusal(detail) for detail in error.errors(include_url=False, include_input=False)]
    except (KeyError, TypeError, ValueError, RecursionError, AttributeError, ArithmeticError) as error:
        # Seen for an unknown type inside a container, a resourceType that is no text, and deep nesting.
        return [f"{type(error).__name__}: cannot be read"]
    return []


@functools.cache
def _model(type_name: str) -> Any:
    return get_fhir_model_class(type_name)


def _refusal(detail: ErrorDetails) -> str:
    return f"{detail['type']} at {'.'.join(str(part) for part in detail['loc'])}: {detail['msg']}"
