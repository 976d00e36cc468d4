"""The single things that a profile asks of a value: each is judged alone, and tells what to do.

`element` is the name by which messages speak of the value; `profile` the name of who asks.
"""

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Final

from service.errors import Severity
from service.fhir import references
from service.fhir.profiles import bindings, kinds, sameness
from service.fhir.profiles.asked import Judging, Profile, Value
from service.fhir.profiles.library import Library
from service.register.codes import DATA_ABSENT

OURS: Final = "epaccs-"
"""The keys of the register's own invariants begin so."""

_CODED: Final = frozenset({"CodeableConcept", "Coding", "Quantity", "code", "string", "uri", ""})
_FEW: Final = 40


@dataclass(frozen=True, slots=True)
class Fixed:
    fixed: Any
    profile: str

    def judge(self, judging: Judging, value: Value) -> None:
        if not sameness.is_fixed(value.value, self.fixed):
            judging.add(
                "value", f"Send exactly {_as_text(self.fixed)} here: {self.profile} allows no other", value.path
            )


@dataclass(frozen=True, slots=True)
class Pattern:
    pattern: Any
    profile: str

    def judge(self, judging: Judging, value: Value) -> None:
        if not sameness.holds_pattern(value.value, self.pattern):
            judging.add("value", f"Send at least {_as_text(self.pattern)} here: {self.profile} asks for it", value.path)


@dataclass(frozen=True, slots=True)
class Limits:
    """The most characters of a text (maxLength), and the least and the most of a value (minValue[x], maxValue[x])."""

    longest: int | None
    least: Any
    most: Any
    profile: str

    def judge(self, judging: Judging, value: Value) -> None:
        sent = value.value
        if self.longest is not None and isinstance(sent, str) and len(sent) > self.longest:
            message = f"Send at most {self.longest} characters here, as {self.profile} asks"
            judging.add("value", message, value.path)
        for limit, is_least in ((self.least, True), (self.most, False)):
            self._limited(judging, value, limit, is_least=is_least)

    def _limited(self, judging: Judging, value: Value, limit: Any, *, is_least: bool) -> None:
        beyond = (
            None if limit is None else sameness.is_below(*((value.value, limit) if is_least else (limit, value.value)))
        )
        if beyond:
            judging.add("value", f"Send {'at least' if is_least else 'at most'} {_as_text(limit)} here", value.path)
        elif limit is not None and beyond is None:
            judging.undecided(f"Whether this is within the limit {_as_text(limit)} cannot be told here", value.path)


@dataclass(frozen=True, slots=True)
class Bound:
    """A binding that is required (an error where it is broken) or extensible (a warning)."""

    value_set: str
    is_required: bool
    library: Library
    profile: str

    def judge(self, judging: Judging, value: Value) -> None:
        if value.kind not in _CODED:
            return
        codings = codings_of(value)
        if not codings:
            self._without_code(judging, value)
            return
        answers = [self.holds(*coding) for coding in codings]
        if True in answers:
            return
        if None in answers:
            judging.undecided(f"Whether this code is in {self._set_name} cannot be told here", value.path)
            return
        if self.is_required:
            judging.add("code-invalid", f"Send a code {self._wanted}: {self.profile} takes no other", value.path)
        else:
            message = f"Send a code {self._wanted} where one of them fits, as {self.profile} asks"
            judging.add("code-invalid", message, value.path, "warning")

    def holds(self, system: str, code: str) -> bool | None:
        members = bindings.membership(self.value_set, self.library)
        return None if members is None else members.holds(system, code)

    def _without_code(self, judging: Judging, value: Value) -> None:
        """A text alone is not enough for a required binding; that the value is absent for a reason is."""
        if self.is_required and value.kind in ("CodeableConcept", "Coding") and not _is_absent(value.value):
            judging.add("code-invalid", f"Add a code {self._wanted}: {self.profile} asks for one", value.path)

    @property
    def _set_name(self) -> str:
        return kinds.canonical(self.value_set).rpartition("/")[2]

    @property
    def _wanted(self) -> str:
        members = bindings.membership(self.value_set, self.library)
        codes = members.codes() if members else None
        listed = f" ({', '.join(codes)})" if codes and len(codes) <= _FEW else ""
        return f"of the value set {self._set_name}{listed}"


def codings_of(value: Value) -> list[tuple[str, str]]:
    """Every (system, code) of a coded value; the system is empty where the type has none."""
    coded = value.value
    if isinstance(coded, str):
        return [("", coded)]
    if not isinstance(coded, dict):
        return []
    listed = coded.get("coding", ()) if value.kind == "CodeableConcept" or "coding" in coded else (coded,)
    return [(one.get("system", ""), one["code"]) for one in listed if "code" in one]


def _is_absent(coded: Any) -> bool:
    return isinstance(coded, dict) and any(one.get("url") == DATA_ABSENT for one in coded.get("extension", ()))


@dataclass(frozen=True, slots=True)
class Targets:
    """The resource types that a Reference may name."""

    allowed: frozenset[str]
    profile: str

    def judge(self, judging: Judging, value: Value) -> None:
        if value.kind != "Reference":
            return
        named = referred_type(value.value, judging)
        if named in self.allowed:
            return
        listed = ", ".join(sorted(self.allowed))
        if named:
            place = "reference" if "reference" in value.value else "type"
            judging.add("value", f"Refer to one of {listed} here, as {self.profile} asks", f"{value.path}.{place}")
        elif "reference" in value.value:
            judging.undecided(f"Whether this leads to one of {listed} cannot be told: add its type", value.path)


def referred_type(reference: dict[str, Any], judging: Judging) -> str:
    """The resource type that a Reference leads to; empty where that cannot be told without following it."""
    literal = reference.get("reference", "")
    if literal.startswith("#"):
        found = judging.resource if literal == "#" else judging.contained(literal[1:])
        return str((found or {}).get("resourceType", ""))
    try:
        named = references.referred_type(literal)
    except ValueError:
        named = ""
    return named or str(reference.get("type", "")).removeprefix(kinds.HL7)


@dataclass(frozen=True, slots=True)
class OfType:
    """The types of a whole resource inside another, such as those of `Bundle.entry.resource`."""

    allowed: frozenset[str]
    profile: str

    def judge(self, judging: Judging, value: Value) -> None:
        if value.holder.get("resourceType") not in self.allowed:
            listed = ", ".join(sorted(self.allowed))
            judging.add("structure", f"Send one of {listed} here, as {self.profile} asks", value.path)


@dataclass(frozen=True, slots=True)
class Invariant:
    """A constraint. `path` is the FHIR type path of the value, by which the expression is understood."""

    key: str
    severity: Severity
    human: str
    expression: str
    path: str

    def judge(self, judging: Judging, value: Value) -> None:
        holds = judging.holds(self.expression, value.value, self.path)
        if holds:
            return
        if holds is None:
            judging.undecided(f"Whether {self.key} holds cannot be told here: {self.human}", value.path)
            return
        code = "business-rule" if self.key.startswith(OURS) else "invariant"
        judging.add(code, f"{self.human} ({self.key})", value.path, self.severity, self.key)


@dataclass(frozen=True, slots=True)
class Keeps:
    """A value of a type keeps one of the profiles that the element's type names."""

    kind: str
    canonicals: tuple[str, ...]
    find: Callable[[str], Profile | None]

    def judge(self, judging: Judging, value: Value) -> None:
        if self.kind not in (value.kind, value.holder.get("resourceType")):
            return
        held = [profile.rules for profile in map(self.find, self.canonicals) if profile and profile.rules is not None]
        if len(held) == len(self.canonicals) == 1:
            judging.judge(held[0], value)
            return
        answers = [judging.agrees(rules, value) for rules in held]
        if True in answers:
            return
        if len(held) < len(self.canonicals) or None in answers:
            judging.undecided(f"Not judged: {_named(self.canonicals)}, which is not held here", value.path)
            return
        judging.add("structure", f"Send what keeps one of {_named(self.canonicals)}", value.path)


@dataclass(frozen=True, slots=True)
class NotHeld:
    """Where a Reference leads to depends on profiles of which nobody here can say even the type."""

    canonicals: tuple[str, ...]

    def judge(self, judging: Judging, value: Value) -> None:
        if value.kind == "Reference" and "reference" in value.value:
            judging.undecided(f"Not judged: {_named(self.canonicals)}, which is not held here", value.path)


def _named(canonicals: Iterable[str]) -> str:
    return ", ".join(canonicals)


def _as_text(value: Any) -> str:
    if isinstance(value, str):
        return f"`{value}`"
    return f"`{json.dumps(value, ensure_ascii=False, default=str)}`"
