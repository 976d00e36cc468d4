"""A person named by their NHS number in a body: it never stands in a URL."""

from typing import Final

from service.api import operation
from service.errors import Invalid
from service.register import nhs_number

EXPRESSION: Final = operation.element("identifier")


def number(given: object) -> str:
    """The NHS number given as an Identifier or as a token string. Raises Invalid."""
    system, value = "", ""
    if isinstance(given, str):
        system, _, value = given.rpartition("|")
    elif isinstance(given, dict):
        system, value = given.get("system", ""), given.get("value", "")
    found = nhs_number.normalised(value) if isinstance(value, str) else ""
    if system not in (nhs_number.SYSTEM, "") or not nhs_number.is_valid(found):
        raise Invalid(
            "The identifier should be an NHS number: ten digits with a right check digit", expression=EXPRESSION
        )
    return found
