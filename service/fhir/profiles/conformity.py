"""Whether a resource that R4 accepts keeps a profile: what is wrong, what is worth a word, what cannot be decided.

Asked only of what `fhir.validation` found right. Extensions whose definitions the library holds are judged by these
wherever they stand; others pass. Messages name elements and codes, and nothing else that was sent.
"""

from collections.abc import Iterable
from typing import Any, Final

from service.errors import Issue, Severity
from service.fhir.profiles import compiled, extensions, mapped, matching
from service.fhir.profiles.asked import Member, Profile, Rules, Value
from service.fhir.profiles.extensions import Found
from service.fhir.profiles.library import Library
from service.fhir.resource_type import Body

MOST_ISSUES: Final = 200
"""Errors told at once, as `fhir.validation` does; of what is no error as many again, since that never refuses."""
_MORE: Final = f"There is more: the first {MOST_ISSUES} issues are told"
UNDECIDED: Final = "informational"
"""The issue code of what could not be decided."""


def issues(resource: Body, profile: Profile, *, at: str = "") -> list[Issue]:
    """What is found against one profile, and in the extensions of the resource that its library knows."""
    return all_issues(resource, [profile], profile.library, at=at)


def all_issues(resource: Body, profiles: Iterable[Profile], library: Library, *, at: str = "") -> list[Issue]:
    """The same for several profiles, or for none; what two of them find is told once.

    `at` is the expression of the resource inside what was sent, such as `Bundle.entry[3].resource`.
    """
    path = at or str(resource.get("resourceType", "Extension" if "url" in resource else "Element"))
    judging = _Judging(resource)
    try:
        for profile in profiles:
            _judge(judging, profile, Value(resource, None, profile.type, path))
        _judge_extensions(judging, library, path)
    except _EnoughError:
        judging.found.append(Issue("too-costly", _MORE, path))
    else:
        if judging.has_more:
            judging.found.append(Issue(UNDECIDED, _MORE, path, "information"))
    return list(dict.fromkeys(judging.found))


def items(resource: Body, profile: Profile) -> frozenset[str]:
    """The numbers of the SCCI1580 items whose elements, as the profile maps them, hold a value in the resource."""
    rules = compiled.mapped(profile.canonical, profile.library)
    if rules is None:
        return frozenset()
    whole = Value(resource, None, profile.type, str(resource.get("resourceType", "")))
    return frozenset(mapped.items(rules, whole, _Judging(resource)))


class _EnoughError(Exception):
    pass


class _Judging:
    """One resource being judged; `found` grows."""

    def __init__(self, resource: Body, root: Body | None = None) -> None:
        self.resource = resource
        self._root = root or resource
        self.found: list[Issue] = []
        self.has_more = False
        self._errors = self._others = 0
        self._contained: tuple[Body, dict[str, Body]] | None = None

    def contained(self, resource_id: str) -> Body | None:
        if self._contained is None or self._contained[0] is not self.resource:
            listed = reversed(self.resource.get("contained", ()))
            self._contained = self.resource, {str(one["id"]): one for one in listed if "id" in one}
        return self._contained[1].get(resource_id)

    def add(self, code: str, message: str, path: str, severity: Severity = "error", detail: str = "") -> None:
        if severity == "error":
            self._errors += 1
            if self._errors > MOST_ISSUES:
                raise _EnoughError
        else:
            self._others += 1
            self.has_more = self._others > MOST_ISSUES
            if self.has_more:
                return
        self.found.append(Issue(code, message, path, severity, detail))

    def undecided(self, message: str, path: str) -> None:
        self.add(UNDECIDED, message, path, "information")

    def holds(self, expression: str, value: Any, path: str) -> bool | None:
        """Whether a FHIRPath expression is true of a value; undecided of none, as R4 has invariants in words only."""
        if not expression:
            return None
        from service.fhir.profiles import fhirpaths  # its parser would be a tenth of the time that a start takes

        return fhirpaths.compiled(expression).holds(value, resource=self.resource, path=path, root=self._root)

    def agrees(self, rules: Rules, value: Value) -> bool | None:
        """Whether the value keeps other rules, without a word about it; None where that is undecided."""
        inner = _Judging(self.resource, self._root)
        try:
            inner.judge(rules, value)
        except _EnoughError:
            return False
        if any(issue.severity == "error" for issue in inner.found):
            return False
        return None if any(issue.severity == "information" for issue in inner.found) else True

    def judge(self, rules: Rules, value: Value) -> None:
        if value.value is not None:
            for check in rules.checks:
                check.judge(self, value)
        if not rules.members and not rules.needed:
            return
        holder = value.holder
        for name, child in holder.items():
            member = rules.members.get(name)
            if member is not None and not (name[0] == "_" and name[1:] in holder):
                self._member(*member, name, child, value)
        for absent in rules.needed:
            if absent.names.isdisjoint(holder):
                matching.judge(self, absent, [], f"{value.path}.{absent.label}")

    def _member(self, member: Member, kind: str, name: str, child: Any, parent: Value) -> None:
        plain = name.lstrip("_")
        path = f"{parent.path}.{plain}"
        if member.kinds is not None and plain not in member.kinds:
            self.add("structure", f"Send {' or '.join(sorted(member.kinds))} here, not {plain}", path)
            return
        found = matching.values(parent.holder, name, child, kind, parent.path)
        matching.judge(self, member, found, path)
        if member.rules is not None:
            for value in found:
                self.judge(member.rules, value)


def _judge(judging: _Judging, profile: Profile, value: Value) -> None:
    """Against a whole profile. One for another type, and one without a snapshot, cannot be kept."""
    if not profile.is_of(value):
        judging.add("structure", f"{profile.name} is a profile of {profile.type}: claim another", value.path)
    elif profile.rules is None:
        judging.undecided(f"Not judged: {profile.name} has no snapshot, or none that can be read", value.path)
    else:
        judging.judge(profile.rules, value)


def _judge_extensions(judging: _Judging, library: Library, path: str) -> None:
    whole = judging.resource
    for one in extensions.found(judging.resource, path):
        url = one.extension.get("url")
        profile = compiled.held(url, library) if isinstance(url, str) else None
        if profile is not None and profile.type == "Extension":
            judging.resource = one.resource
            _judge(judging, profile, Value(one.extension, None, "Extension", one.path))
            _judge_place(judging, profile, one)
    judging.resource = whole


def _judge_place(judging: _Judging, profile: Profile, one: Found) -> None:
    """Whether an extension may stand where it does, and as often."""
    may_stand = extensions.may_stand(one, profile.contexts)
    if may_stand is None and profile.contexts:
        judging.undecided(f"Whether {profile.name} may stand here cannot be told", one.path)
    elif not may_stand:
        allowed = ", ".join(context.expression for context in profile.contexts)
        judging.add("extension", f"{profile.name} belongs on {allowed}: move it, or leave it out", one.path)
    if profile.maximum is not None and extensions.is_surplus(one, profile.maximum):
        judging.add("structure", f"Send {profile.name} at most {profile.maximum} times here", one.path)
    for expression in profile.invariants:
        _judge_context(judging, expression, profile, one)


def _judge_context(judging: _Judging, expression: str, profile: Profile, one: Found) -> None:
    """What the definition asks of the place where the extension stands (R4, StructureDefinition.contextInvariant)."""
    path = one.path.rpartition(".")[0]
    holds = judging.holds(expression, one.host, one.type_path)
    if holds is None:
        judging.undecided(f"Whether {profile.name} may stand here cannot be told", path)
    elif not holds:
        judging.add("invariant", f"{profile.name} may not stand here: what it asks of the place does not hold", path)
