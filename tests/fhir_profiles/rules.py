"""Every rule of our profiles whose breach is an error, as their differentials state it: each has an invalid example.

What R4 says as well is no rule of ours, such as ext-1: an extension has either a value or extensions. Nor is what a
warning is given for. What tells a slice apart cannot be wrong either: another value belongs to another slice.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from service.errors import Issue
from service.fhir.profiles import library
from service.register import codes

Element = dict[str, Any]


@dataclass(frozen=True, order=True)
class Rule:
    """`code` is that of the issue, with the key of an invariant; `element` is the id of the ElementDefinition."""

    profile: str
    code: str
    element: str

    def is_shown_by(self, stem: str) -> bool:
        """Whether a file of that name, in the folder of the profile, is an example of its breach."""
        pattern = re.escape(f"{self.code}--{self.element}".replace(":", "~")).replace(r"\[x\]", r"\w*")
        return re.fullmatch(pattern, stem) is not None


def expression(stem: str) -> str:
    """The FHIRPath expression, without indexes, of the element that a file of that name is wrong in."""
    return re.sub(r"~[\w-]+", "", stem.partition("--")[2])


def told(issue: Issue) -> str:
    """The code of an issue, or the key of the invariant that it tells of: with that, the name of a file begins."""
    return f"invariant-{issue.detail}" if issue.detail else issue.code


def every() -> set[Rule]:
    return {rule for structure in library.shipped().structures() for rule in _of(structure)}


def is_extension(profile_id: str) -> bool:
    structure = library.shipped().structure(f"{codes.BASE}/StructureDefinition/{profile_id}")
    return structure is not None and structure["type"] == "Extension"


def _of(structure: dict[str, Any]) -> Iterator[Rule]:
    if structure["kind"] == "logical" or structure.get("derivation") != "constraint":
        return
    whole = {element["id"]: element for element in structure["snapshot"]["element"]}
    apart = set(_telling_apart(structure["snapshot"]["element"]))
    for element in structure["differential"]["element"]:
        is_apart = _telling(element["id"]) in apart
        for code in _codes(element, whole[element["id"]], is_apart=is_apart):
            if not _is_ext_1(element, code):
                yield Rule(structure["id"], code, element["id"])
        if _is_of_a_target(element):
            yield Rule(structure["id"], "value", f"{element['id']}.reference")


def _is_ext_1(said: Element, code: str) -> bool:
    """Whether R4's ext-1 says so: that an extension has a value or extensions, and not both."""
    in_extension = re.search(r"[eE]xtension\.(value\[x\]|extension)$", said["path"]) and "sliceName" not in said
    return bool(in_extension) and (code == "required" or (code == "structure" and said.get("max") == "0"))


def _is_of_a_target(said: Element) -> bool:
    targets = {target for one in said.get("type", ()) for target in one.get("targetProfile", ())}
    return bool(targets) and not any(target.endswith("/Resource") for target in targets)


def _codes(said: Element, whole: Element, *, is_apart: bool) -> Iterator[str]:
    base = whole.get("base", {"min": 0, "max": "*"})
    is_slice = "sliceName" in said and not said["path"].endswith("[x]")
    if said.get("min", 0) > (0 if is_slice else base["min"]) and (is_slice or not is_apart):
        yield "required"
    if (
        _is_narrowed(said.get("max", "*"), "*" if is_slice else base["max"])
        or _takes_fewer_types(said)
        or said.get("slicing", {}).get("rules") == "closed"
    ):
        yield "structure"
    if any(name.startswith(("fixed", "pattern")) for name in said) and not is_apart:
        yield "value"
    if said.get("binding", {}).get("strength") == "required":
        yield "code-invalid"
    yield from (f"invariant-{one['key']}" for one in said.get("constraint", ()) if one["severity"] == "error")


def _is_narrowed(maximum: str, base: str) -> bool:
    return maximum != "*" and (base == "*" or int(maximum) < int(base))


def _takes_fewer_types(said: Element) -> bool:
    """Whether it takes fewer of the types of a choice."""
    return said["path"].endswith("[x]") and bool(said.get("type"))


def _telling_apart(elements: list[Element]) -> Iterator[str]:
    """Of every slicing, the ids by which its slices are told apart, without the names of the slices."""
    for element in elements:
        for one in element.get("slicing", {}).get("discriminator", ()):
            if one["type"] in ("value", "pattern", "type"):
                yield _telling(element["id"] if one["path"] == "$this" else f"{element['id']}.{one['path']}")
    yield from ("Extension.url", "Extension.extension.url")


def _telling(element_id: str) -> str:
    """An id without names of slices; the URL of an extension tells it apart, wherever it stands."""
    plain = re.sub(r":[\w-]+", "", element_id)
    return "Extension.url" if plain.endswith("extension.url") else plain
