"""The tests that tell whether a value belongs to a slice, made by `slicing`. Each may be undecided: None."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Final

from service.fhir.profiles import kinds, sameness
from service.fhir.profiles.asked import Judging, Profile, Test, Value
from service.fhir.profiles.checks import Bound, codings_of, referred_type
from service.fhir.profiles.kleene import every, some

URL: Final = "url"


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a discriminator's path. `kind` is name, extension, resolve or of; `$this` is no step."""

    kind: str
    said: str = ""


def undecided(value: Value, judging: Judging) -> bool | None:
    return None


@dataclass(frozen=True, slots=True)
class Equal:
    fixed: Any

    def __call__(self, value: Value, judging: Judging) -> bool | None:
        return sameness.is_fixed(value.value, self.fixed)


@dataclass(frozen=True, slots=True)
class Like:
    pattern: Any

    def __call__(self, value: Value, judging: Judging) -> bool | None:
        return sameness.holds_pattern(value.value, self.pattern)


@dataclass(frozen=True, slots=True)
class OfSet:
    bound: Bound

    def __call__(self, value: Value, judging: Judging) -> bool | None:
        if value.value is None:
            return False
        return some(self.bound.holds(*coding) for coding in codings_of(value))


@dataclass(frozen=True, slots=True)
class All:
    tests: tuple[Test, ...]

    def __call__(self, value: Value, judging: Judging) -> bool | None:
        return every(test(value, judging) for test in self.tests)


@dataclass(frozen=True, slots=True)
class AnyOf:
    """Any of the values at the end of the path passes."""

    path: tuple[Step, ...]
    test: Test

    def __call__(self, value: Value, judging: Judging) -> bool | None:
        found = followed(value, self.path, judging)
        return None if found is None else some(self.test(one, judging) for one in found)


@dataclass(frozen=True, slots=True)
class Among:
    """Each of these values stands at the end of the path."""

    path: tuple[Step, ...]
    wanted: list[Any]

    def __call__(self, value: Value, judging: Judging) -> bool | None:
        found = followed(value, self.path, judging)
        if found is None:
            return None
        return all(any(sameness.holds_pattern(each.value, one) for each in found) for one in self.wanted)


@dataclass(frozen=True, slots=True)
class Exists:
    path: tuple[Step, ...]
    is_there: bool

    def __call__(self, value: Value, judging: Judging) -> bool | None:
        found = followed(value, self.path, judging)
        return None if found is None else bool(found) == self.is_there


@dataclass(frozen=True, slots=True)
class Typed:
    path: tuple[Step, ...]
    allowed: frozenset[str]

    def __call__(self, value: Value, judging: Judging) -> bool | None:
        ends_there = bool(self.path) and self.path[-1].kind == "resolve"
        found = followed(value, self.path[:-1] if ends_there else self.path, judging)
        if found is None:
            return None
        return some(self._fits(one, judging, is_reference=ends_there) for one in found)

    def _fits(self, value: Value, judging: Judging, *, is_reference: bool) -> bool | None:
        if is_reference:
            named = referred_type(value.holder, judging)
            return named in self.allowed if named else None
        kind = value.holder.get("resourceType") or value.kind
        return kind in self.allowed if kind else None


@dataclass(frozen=True, slots=True)
class Profiled:
    """Keeps one of the profiles: decided only where they are held, and nothing in them is undecided."""

    path: tuple[Step, ...]
    canonicals: tuple[str, ...]
    find: Callable[[str], Profile | None]

    def __call__(self, value: Value, judging: Judging) -> bool | None:
        found = followed(value, self.path, judging)
        if found is None:
            return None
        return some(self._keeps(one, canonical, judging) for one in found for canonical in self.canonicals)

    def _keeps(self, value: Value, canonical: str, judging: Judging) -> bool | None:
        profile = self.find(canonical)
        if profile is None or profile.rules is None:
            return None
        if not profile.is_of(value):
            return False
        return judging.agrees(profile.rules, value)


def followed(value: Value, path: Iterable[Step], judging: Judging) -> list[Value] | None:
    """The values at the end of a path; None where it leads out of what is at hand."""
    values = [value]
    for step in path:
        if step.kind == "resolve":
            resolved = [_resolved(one, judging) for one in values]
            if None in resolved:
                return None
            values = [one for one in resolved if one is not None]
        elif step.kind == "of":
            values = [one for one in values if one.kind == step.said]
        elif step.kind == "extension":
            inner = [each for one in values for each in _named(one, "extension")]
            values = [one for one in inner if one.holder.get(URL) == step.said]
        else:
            values = [each for one in values for each in _named(one, step.said)]
    return values


def _resolved(value: Value, judging: Judging) -> Value | None:
    literal = value.holder.get("reference", "")
    found = judging.contained(literal[1:]) if literal.startswith("#") else None
    return None if found is None else Value(found, None, "Resource", value.path)


def _named(value: Value, name: str) -> Iterator[Value]:
    """The values of an element of that name, or of the one spelling of a choice that is there."""
    holder = value.holder
    for spelling in (name, *_choices(holder, name)):
        child, beside = holder.get(spelling), holder.get(f"_{spelling}")
        kind = kinds.kind_of(spelling, name) if spelling != name else _kind(child)
        if isinstance(child, list):
            for one in child:
                yield Value(one, None, _kind(one), value.path)
        elif child is not None or beside is not None:
            yield Value(child, beside if isinstance(beside, dict) else None, kind, value.path)


def _choices(holder: dict[str, Any], name: str) -> list[str]:
    return [key for key in holder if key.startswith(name) and key[len(name) : len(name) + 1].isupper()]


def _kind(value: Any) -> str:
    """Enough of a type to read codes by: CodeableConcept has its codings in a list."""
    return "CodeableConcept" if isinstance(value, dict) and "coding" in value else ""
