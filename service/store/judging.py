"""Whether a resource is fit to be kept: FHIR's rules, and the register's own on one resource alone."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import islice
from typing import Final

from service.errors import Invalid, Issue, NotFound, RuleBroken
from service.fhir import elements, intake, resource_type, subsets, validation
from service.fhir.profiles import compiled, conformity, kinds, library
from service.fhir.profiles.asked import Profile
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
    accepted(resource)
    return resource


def accepted(resource: Body) -> tuple[Issue, ...]:
    """What is worth a word about a resource that may be kept, and what about it could not be decided.

    Raises Invalid with every error found.
    """
    found = findings(resource)
    errors = [issue for issue in found if issue.severity == "error"]
    if errors:
        raise refusal("; ".join(issue.message for issue in errors), errors)
    return tuple(found)


def issues(resource: Body) -> list[Issue]:
    """Every error in a resource alone."""
    return [issue for issue in findings(resource) if issue.severity == "error"]


def findings(resource: Body) -> list[Issue]:
    """All that is found in a resource alone, in one pass: errors, warnings, and what could not be decided.

    FHIR's rules first; on what FHIR accepts, all else.
    """
    found = validation.issues(resource)
    return found if has_error(found) else [*found, *beyond_r4(resource)]


def beyond_r4(resource: Body) -> list[Issue]:
    """Of a resource that R4 accepts, as it was meant (`intake`): its profiles, and the register's rules of its type."""
    if part := list(_partial(resource)):  # what a part lacks besides says nothing about the whole
        return part
    meant, said = intake.normalised(resource)
    type_ = TYPES.get(resource["resourceType"])
    return [*said, *profile_issues(meant), *(type_.rules(meant) if type_ else ())]


def has_error(found: Iterable[Issue]) -> bool:
    """Whether any of it refuses the resource."""
    return any(issue.severity == "error" for issue in found)


def profile_issues(resource: Body) -> list[Issue]:
    """What profiles have against a resource that R4 accepts: those of its type, and those that it claims to keep.

    Ours must be kept. What one of a deployer's package finds is only worth a word: lenient in.
    """
    ours, known = library.shipped(), library.known()
    claimed = [one for one in elements.part(resource, "meta", "profile") or () if isinstance(one, str)]
    type_ = TYPES.get(resource["resourceType"])
    asked = [*(type_.profiles(resource) if type_ else ()), *filter(_is_ours, claimed)]
    found = conformity.all_issues(resource, _each_once(compiled.profile(one, known) for one in asked), ours)
    found += islice(_not_held(resource, claimed), conformity.MOST_ISSUES)
    return found if known is ours else [*found, *_told(resource, claimed, found)]


def _each_once(profiles: Iterable[Profile]) -> list[Profile]:
    """In whatever versions one was claimed; its rules have no hash."""
    return list({id(one): one for one in profiles}.values())


def _is_ours(canonical: str) -> bool:
    """In whatever version it is claimed: ours is the one that is kept here."""
    return library.shipped().structure_of_any_version(canonical) is not None


def _not_held(resource: Body, claimed: Sequence[str]) -> Iterator[Issue]:
    """R4's own definition of the type is no profile that could be held: everything is judged by it."""
    for at, canonical in enumerate(claimed):
        is_r4 = kinds.canonical(canonical) == f"{kinds.HL7}{resource['resourceType']}"
        if not is_r4 and compiled.held(canonical, library.known()) is None:
            place = f"{resource['resourceType']}.meta.profile[{at}]"
            yield Issue(conformity.UNDECIDED, "Not judged: this profile is not held here", place, "information")


def _told(resource: Body, claimed: Sequence[str], already: Sequence[Issue]) -> Iterator[Issue]:
    """By a deployer's package; what our own profiles have found already is not told twice."""
    known = library.known()
    held = (compiled.held(one, known) for one in claimed if not _is_ours(one))
    said = {(issue.code, issue.expression, issue.message) for issue in already}
    for issue in conformity.all_issues(resource, _each_once(filter(None, held)), known):
        if (issue.code, issue.expression, issue.message) not in said:
            yield replace(issue, severity="warning") if issue.severity == "error" else issue


def _partial(resource: Body) -> Iterator[Issue]:
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
