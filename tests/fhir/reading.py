"""What a resource type says of a resource, short enough for a test."""

from datetime import UTC, datetime
from typing import Any, Final

from service.fhir import narrative, resource_type
from service.fhir.profiles import compiled, conformity, library
from service.fhir.resource_type import Body

AT: Final = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
TYPES: Final = resource_type.all_types()


def refusals(resource: Body) -> list[tuple[str, str]]:
    """The (code, expression) of each broken rule."""
    return [(issue.code, issue.expression) for issue in TYPES[resource["resourceType"]].rules(resource)]


def unfit(resource: Body) -> list[str]:
    """The expression of each error that the profiles of its type, or the register's own rules, find."""
    type_ = TYPES[resource["resourceType"]]
    profiles = [compiled.profile(url, library.shipped()) for url in type_.profiles(resource)]
    found = [*conformity.all_issues(resource, profiles, library.shipped()), *type_.rules(resource)]
    return [issue.expression for issue in found if issue.severity == "error"]


def broken(expression: str) -> list[tuple[str, str]]:
    """What `refusals` says when one rule of the register is broken."""
    return [("business-rule", expression)]


def rows(resource: Body, table: str = "", at: datetime = AT) -> list[dict[str, Any]]:
    """The rows of one register table, or of all."""
    found = TYPES[resource["resourceType"]].register_rows(resource, at)
    return [row for into, row in found if table in ("", into.name)]


def lines(resource: Body, section: str = "") -> list[str]:
    """The lines of the summary, of one section or of all."""
    found = [row for row in rows(resource, "summary_item") if section in ("", row["section"])]
    return [narrative.signed(row["narrative"], "") for row in found]
