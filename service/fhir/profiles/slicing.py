"""Which slice a value belongs to (R4, profiling, "Discriminator"): value, pattern, exists, type and profile.

A test is made from what a slice's own definition says at the discriminator's path. Where that cannot be decided here
the answer is None: the value then counts as unmatched, and no minimum of such a slice is enforced (`conformity`).
"""

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Final

from service.fhir import definitions
from service.fhir.profiles import belonging, kinds
from service.fhir.profiles.asked import Profile, Test
from service.fhir.profiles.belonging import URL, Step
from service.fhir.profiles.checks import Bound
from service.fhir.profiles.library import Library
from service.fhir.profiles.tree import Part, value_of

_STEP = re.compile(
    r"\.?(?:(?P<this>\$this)|extension\('?(?P<url>[^')]+)'?\)|(?P<resolve>resolve)\(\)"
    r"|ofType\((?P<of>[A-Za-z0-9]+)\)|(?P<name>[A-Za-z][A-Za-z0-9]*)(?:\[x\])?)"
)

_KINDS: Final = frozenset({"value", "pattern", "exists", "type", "profile"})


def steps(path: str) -> tuple[Step, ...] | None:
    """A discriminator's path in steps; None where it is no path that R4 allows."""
    found, at = [], 0
    while at < len(path):
        step = _STEP.match(path, at)
        if step is None:
            return None
        at = step.end()
        if step["url"]:
            found.append(Step("extension", step["url"]))
        elif step["resolve"]:
            found.append(Step("resolve"))
        elif step["of"]:
            found.append(Step("of", step["of"]))
        elif step["name"]:
            found.append(Step("name", step["name"]))
    return tuple(found)


@dataclass(frozen=True, slots=True)
class Tests:
    """Makes the tests of slices, with what they may have to look up."""

    library: Library
    find: Callable[[str], Profile | None]

    def of(self, slice_: Part, base: Part, discriminators: Iterable[dict[str, Any]]) -> tuple[Test, ...]:
        """One test for each discriminator; a slice that nothing tells apart is never decided."""
        return tuple(self._one(slice_, base, one) for one in discriminators) or (belonging.undecided,)

    def _one(self, slice_: Part, base: Part, discriminator: dict[str, Any]) -> Test:
        path, kind = steps(str(discriminator.get("path", ""))), discriminator.get("type")
        if path is None or kind not in _KINDS:
            return belonging.undecided
        if kind == "exists":
            return self._exists(slice_, path)
        at_end = self._at(slice_, base, path)
        if kind == "type":
            return self._typed(at_end or slice_, path)
        if kind == "profile":
            return self._profiled(at_end or slice_, path)
        return self._valued(slice_, base, path, at_end)

    def _exists(self, slice_: Part, path: tuple[Step, ...]) -> Test:
        end = _walked(slice_, path)
        if end is None or (end.minimum == 0 and end.maximum != 0):
            return belonging.undecided
        return belonging.Exists(path, is_there=end.maximum != 0)

    def _valued(self, slice_: Part, base: Part, path: tuple[Step, ...], at_end: Part | None) -> Test:
        above = _pattern_above(slice_, path)
        if above is not None:
            return belonging.Among(path, above)
        wanted = self._wanted(at_end) if at_end is not None else None
        if wanted is not None:
            return belonging.AnyOf(path, wanted)
        canonicals = _profiles(slice_)
        if [step.said for step in path] == [URL] and canonicals:
            return belonging.AnyOf(path, belonging.Equal(kinds.canonical(canonicals[0])))
        return belonging.undecided

    def _wanted(self, part: Part) -> Test | None:
        """What a value at the end of the path must be: fixed, a pattern, of a value set, or what its parts must be."""
        fixed, pattern = value_of(part.definition, "fixed"), value_of(part.definition, "pattern")
        if fixed is not None:
            return belonging.Equal(fixed)
        if pattern is not None:
            return belonging.Like(pattern)
        inner = [
            belonging.AnyOf((Step("name", name.removesuffix(kinds.CHOICE)),), wanted)
            for name, child in _demanded(part)
            if (wanted := self._wanted(child)) is not None
        ]
        if inner:
            return belonging.All(tuple(inner))
        binding = part.definition.get("binding", {})
        if binding.get("strength") == "required" and "valueSet" in binding:
            return belonging.OfSet(Bound(binding["valueSet"], True, self.library, ""))
        return None

    def _typed(self, part: Part, path: tuple[Step, ...]) -> Test:
        """What a reference leads to is told by the targets of its type."""
        if not path or path[-1].kind != "resolve":
            return belonging.Typed(path, _types(part))
        targets = target_types((one for type_ in part.types for one in type_.get("targetProfile", ())), self.library)
        return belonging.undecided if targets is None else belonging.Typed(path, targets)

    def _profiled(self, part: Part, path: tuple[Step, ...]) -> Test:
        canonicals = [
            one for type_ in part.types for one in (*type_.get("profile", ()), *type_.get("targetProfile", ()))
        ]
        return belonging.Profiled(path, tuple(canonicals), self.find)

    def _at(self, slice_: Part, base: Part, path: tuple[Step, ...]) -> Part | None:
        """A slice that does not unfold an element has that of its base."""
        return _walked(slice_, path) or _walked(base, path)


def _demanded(part: Part) -> Iterator[tuple[str, Part]]:
    for name, child in part.children.items():
        if child.minimum > 0:
            yield name, child
        for one in child.slices.values():
            if one.minimum > 0:
                yield name, one


def _walked(part: Part, path: Iterable[Step]) -> Part | None:
    """The definition at the end of a path; None where the slice says nothing of it."""
    for step in path:
        if step.kind == "resolve":
            continue
        if step.kind == "of":
            part = next((one for one in part.slices.values() if _types(one) == {step.said}), part)
            continue
        found = _extension(part, step.said) if step.kind == "extension" else _child(part, step.said)
        if found is None:
            return None
        part = found
    return part


def _child(part: Part, name: str) -> Part | None:
    return part.children.get(name) or part.children.get(f"{name}{kinds.CHOICE}")


def _extension(part: Part, url: str) -> Part | None:
    extensions = part.children.get("extension")
    slices = extensions.slices.values() if extensions else ()
    return next((one for one in slices if extension_url(one) == url), None)


def extension_url(slice_: Part) -> str:
    """The URL by which a slice of extensions is told apart; empty where it does not say."""
    own = slice_.children.get(URL)
    fixed = value_of(own.definition, "fixed") if own else None
    return str(fixed or next((kinds.canonical(one) for one in _profiles(slice_)), ""))


def _profiles(part: Part) -> list[str]:
    return [canonical for type_ in part.types for canonical in type_.get("profile", ())]


def target_types(canonicals: Iterable[str], library: Library) -> frozenset[str] | None:
    """The resource types that target profiles are of; None where one of them is not held here."""
    found = set()
    for said in canonicals:
        name = kinds.canonical(said).removeprefix(kinds.HL7)
        if name not in definitions.resource_types():
            structure = library.structure_of_any_version(said)
            if structure is None:
                return None
            name = structure["type"]
        found.add(name)
    return frozenset(found)


def _types(part: Part) -> frozenset[str]:
    return frozenset(kinds.type_code(one.get("code", "")) for one in part.types)


def _pattern_above(part: Part, path: tuple[Step, ...]) -> list[Any] | None:
    """The values at the end of the path as a pattern further up fixes them, such as `coding.code` by one on `code`."""
    current: Part | None = part
    for number, step in enumerate(path):
        if current is None or step.kind != "name":
            return None
        for prefix in ("fixed", "pattern"):
            whole = value_of(current.definition, prefix)
            if whole is not None:
                return _inside(whole, [one.said for one in path[number:]]) or None
        current = _child(current, step.said)
    return None


def _inside(whole: Any, names: list[str]) -> list[Any]:
    values = [whole]
    for name in names:
        values = [one[name] for one in values if isinstance(one, dict) and name in one]
        values = [one for value in values for one in (value if isinstance(value, list) else [value])]
    return values
