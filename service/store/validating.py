"""Judging what nobody writes yet: `$validate`, and the files of `heartsease validate`. The same engine as for a write.

Resources of types that the register does not hold are judged too, by R4 and by the profiles that they claim. Nothing
here asks the register: where references lead, and what stands there already, only a write is told.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from service import clock
from service.errors import HeartseaseError, Issue, Unreadable
from service.fhir import codec, definitions, elements, intake, validation
from service.fhir.profiles import compiled, conformity, kinds, library
from service.fhir.profiles.asked import Profile
from service.fhir.resource_type import Body
from service.store import judging

R4: Final = kinds.HL7
NOT_HELD: Final = (
    "The register holds no resources of this type: judged by R4 and by the profiles that it claims, by no rule of ours"
)


@dataclass(frozen=True, slots=True)
class Judged:
    """What was found in one file: in the resource it holds, and where that is a Bundle in those of its entries."""

    path: Path
    issues: tuple[Issue, ...]

    @property
    def is_right(self) -> bool:
        return not judging.has_error(self.issues)


def profile(canonical: str) -> Profile | None:
    """The profile of this canonical URL, ours or of a deployer's package; None for R4's own definition of a type.

    Raises Unreadable, not supported, for one that is not held, or held without a snapshot to judge by.
    """
    found = compiled.held(canonical, library.known())
    if found is not None and found.rules is not None:
        return found
    if found is None and kinds.canonical(canonical).removeprefix(R4) in definitions.resource_types():
        return None
    message = "This profile is not held here with a snapshot: ask for one of /StructureDefinition, or leave profile out"
    raise Unreadable.not_supported(message, "profile")


def findings(resource: Body, asked: Profile | None = None) -> list[Issue]:
    """All that is found in a resource as R4 sees it, and where it is right by that, as the profiles and rules do.

    `asked` is one more profile to keep, if the resource is of its type.
    """
    type_name = resource.get("resourceType")
    is_held = isinstance(type_name, str) and type_name in judging.TYPES
    found = validation.issues(resource, of_any_type=not is_held)
    if not judging.has_error(found):
        found += _beyond_r4(resource, asked)
    return list(dict.fromkeys(found))


def in_files(paths: Iterable[Path], asked: Profile | None = None) -> Iterator[Judged]:
    """Each file, and each JSON file of each folder, one after the other."""
    for path in paths:
        files = sorted(path.rglob("*.json")) if path.is_dir() else [path]
        yield from (Judged(file, tuple(_in_file(file, asked))) for file in files)


def _in_file(path: Path, asked: Profile | None) -> list[Issue]:
    try:
        resource = codec.loads(path.read_bytes())
    except OSError:
        return [Issue("exception", "This file cannot be read: give the name of one that is there")]
    except HeartseaseError as refusal:
        return list(refusal.issues)
    return _in_bundle(resource, asked) if resource.get("resourceType") == "Bundle" else findings(resource, asked)


def _in_bundle(bundle: Body, asked: Profile | None) -> list[Issue]:
    """What is found in the Bundle, which R4 judges with all that it holds, and beyond R4 in each of its entries."""
    found = validation.issues(bundle, of_any_type=True)
    entries = bundle.get("entry")
    for number, entry in enumerate(entries if isinstance(entries, list) else ()):
        resource, place = elements.part(entry, "resource"), f"Bundle.entry[{number}].resource"
        is_wrong = any(issue.severity == "error" and _is_at(issue.expression, place) for issue in found)
        if isinstance(resource, dict) and not is_wrong:
            found += [issue.under(place) for issue in _beyond_r4(resource, asked)]
    if asked and asked.type == "Bundle" and not judging.has_error(found):
        found += conformity.issues(bundle, asked)
    return list(dict.fromkeys(found))


def _is_at(expression: str, place: str) -> bool:
    return expression == place or expression.startswith(f"{place}.") or expression in ("Bundle", "Bundle.entry")


def _beyond_r4(resource: Body, asked: Profile | None) -> list[Issue]:
    """Of a resource that R4 accepts: what a write would find, dates that have not come, and the profile asked for."""
    found = judging.beyond_r4(resource)
    if resource["resourceType"] in judging.TYPES:
        found += _future(resource)
    else:
        found.append(Issue("not-supported", NOT_HELD, resource["resourceType"], "information"))
    if asked and asked.type == resource["resourceType"]:
        wrong = conformity.issues(intake.normalised(resource)[0], asked)
        found = [issue for issue in found if replace(issue, severity="error") not in wrong] + wrong
    return found


def _future(resource: Body) -> tuple[Issue, ...]:
    try:
        judging.refuse_future(resource, clock.now())
    except HeartseaseError as refusal:
        return refusal.issues
    return ()
