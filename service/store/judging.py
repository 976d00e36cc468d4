"""Whether a resource is fit to be kept: FHIR's rules, and the register's own on one resource alone."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Final

from service.errors import Invalid, Issue, NotFound, RuleBroken
from service.fhir import elements, resource_type, subsets, validation
from service.fhir.register_rules import broken
from service.fhir.resource_type import Body, ResourceType

TYPES = resource_type.all_types()

_PART: Final = "This is a part of a resource (SUBSETTED), which would delete the rest: read the whole, and send that"


def held(type_name: object) -> ResourceType:
    """The resource type of that name. Raises NotFound for types that the register does not hold."""
    found = TYPES.get(type_name) if isinstance(type_name, str) else None
    if found is None:
        message = "The register does not hold resources of this type; /metadata lists those that it holds"
        raise NotFound.not_supported(message)
    return found


def judged(resource: Body) -> Body:
    """The resource itself, once found fit to be kept. Raises Invalid with every error found."""
    found = issues(resource)
    if found:
        raise refusal("; ".join(issue.message for issue in found), found)
    return resource


def issues(resource: Body) -> list[Issue]:
    """Every error in a resource alone."""
    return [issue for issue in findings(resource) if issue.severity == "error"]


def warnings(resource: Body) -> list[Issue]:
    """What is worth a word about a resource that may be kept, and what about it could not be decided."""
    return [issue for issue in findings(resource) if issue.severity != "error"]


def findings(resource: Body) -> list[Issue]:
    """All that is found in a resource alone, in one pass: errors, warnings, and what could not be decided.

    FHIR's rules first; on what FHIR accepts, the profiles that it must keep and the register's own rules.
    """
    found = validation.issues(resource)
    if any(issue.severity == "error" for issue in found):
        return found
    return [*found, *rules_broken(resource)]


def rules_broken(resource: Body) -> list[Issue]:
    """What the register itself has against a resource that FHIR accepts: the rules of every type, and of its own."""
    return [*_is_whole(resource), *TYPES[resource["resourceType"]].rules(resource)]


def _is_whole(resource: Body) -> Iterator[Issue]:
    """R4, "Removing elements" (§3.1.1.6.9): what is tagged SUBSETTED is a part, and kept would delete the rest."""
    for at, tag in enumerate(elements.all_of(resource, "meta", "tag")):
        if tag.get("code") == subsets.SUBSETTED["code"]:
            yield broken(_PART, f"{resource['resourceType']}.meta.tag[{at}]")


def refuse_future(resource: Body, at: datetime) -> None:
    """What is said to have happened has happened. Raises RuleBroken naming each date that lies after `at`.

    A day is left for clocks that differ and for time zones.
    """
    type_ = held(resource["resourceType"])
    found = [
        Issue(RuleBroken.code, "This date lies in the future", f"{type_.name}.{path}")
        for path in type_.dated(resource)
        if _starts_after(elements.part(resource, *path.split(".")), at + timedelta(days=1))
    ]
    if found:
        raise RuleBroken("; ".join(issue.message for issue in found), issues=found)


def _starts_after(date: object, limit: datetime) -> bool:
    starts_at = elements.instant(date)
    return starts_at is not None and starts_at > limit


def refusal(message: str, found: Sequence[Issue]) -> Invalid:
    """One refusal of all that was found; RuleBroken where FHIR has nothing against it."""
    kind = RuleBroken if all(issue.code == RuleBroken.code for issue in found) else Invalid
    return kind(message, issues=found)
