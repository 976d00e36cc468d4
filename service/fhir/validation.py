"""Whether a resource is what R4 says it is: everything that is wrong with it at once, each with its place.

A resource is walked along the generated tables of R4, as `compiled_types` holds them. What these cannot say stands in
`formats` and `invariants`. Nothing that `fhir.resources` refuses passes (`tests/fhir/test_mutations.py`). Lenient on
purpose: unknown codings, extensions and profiles pass; modifier extensions do not.

Messages name elements and wrong codes, and nothing else that was sent.
"""

import functools
import re
from collections.abc import Iterable
from typing import Any, Final

from service.errors import Issue, Severity
from service.fhir import compiled_types, containment, definitions, references, resource_type
from service.fhir.codec import MAX_DEPTH
from service.fhir.compiled_types import Choice, Member, Type
from service.fhir.definitions import Element
from service.fhir.resource_type import Body

MOST_VALUES: Final = 20_000
"""In one resource of a type that is held. A full record of everything has some thousands; what a resource costs, here
and wherever something is derived from it, grows with their number."""
MOST_ISSUES: Final = 200
"""Told at once; a body that is wrong throughout would otherwise be answered with a longer one."""

_PLAIN_NAME = re.compile(r"_?[a-z][A-Za-z]{0,63}")
"""What R4 calls its elements, but for a few. A name that begins as people's do, or holds a number, is not repeated."""
_PLAIN_ID = re.compile(r"[A-Za-z0-9\-.]{1,64}")
_STRUCTURE_DEFINITION = "http://hl7.org/fhir/StructureDefinition/"


def issues(resource: Body, *, at: str = "", of_any_type: bool = False) -> list[Issue]:
    """Everything wrong with a resource, in the order of its elements; empty when it may be kept.

    at           the expression of the resource inside what was sent, such as `Bundle.entry[3].resource`
    of_any_type  judges a resource of a type that the register does not hold too, as the tables of R4 describe it;
                 a reference by id alone, which the register could not follow, is then a warning
    """
    path = at or _root_name(resource)
    walk = _Walk(of_any_type=of_any_type)
    try:
        walk.resource(resource, path)
    except _EnoughError as enough:
        walk.found.append(Issue("too-costly", str(enough), path))
    return walk.found


class _EnoughError(Exception):
    pass


class _Walk:
    """One resource being judged; `found` grows."""

    def __init__(self, *, of_any_type: bool) -> None:
        self._of_any_type = of_any_type
        self.found: list[Issue] = []
        self._local: list[tuple[str, str]] = []
        self._values = 0

    def resource(self, resource: Any, path: str, depth: int = 0, *, is_contained: bool = False) -> None:
        type_name = resource.get("resourceType") if isinstance(resource, dict) else None
        if not isinstance(type_name, str):
            self._add("structure", "Send a JSON object with its resourceType, such as Patient", path)
            return
        of = compiled_types.types().get(type_name) if type_name in definitions.resource_types() else None
        if is_contained:
            self._take(containment.nested(resource, path))
        if of is None or not (is_contained or self._of_any_type or type_name in _accepted()):
            self._add("not-supported", "The register does not take resources of this type", path)
            return
        if is_contained:
            self.complex(resource, of, path, depth)
        else:
            self._whole(resource, of, path, depth)

    def _whole(self, resource: Body, of: Type, path: str, depth: int) -> None:
        outer, self._local, self._values = self._local, [], 0
        before = len(self.found)
        self.complex(resource, of, path, depth)
        self._take(containment.unresolved(resource, self._local))
        self._local = outer
        if "contained" in resource and len(self.found) == before:
            self._take(containment.unreferred(resource, path))

    def complex(self, value: Any, of: Type, path: str, depth: int) -> None:
        if not isinstance(value, dict) or not value or depth > MAX_DEPTH or _is_id_alone(value):
            self._no_object(value, path, depth)
        else:
            self._members(value, of, path, depth)

    def _members(self, value: Body, of: Type, path: str, depth: int) -> None:
        """Judges an object of a type, in one pass over what it holds."""
        before = len(self.found)
        self._count(len(value))
        members = of.members
        for name, child in value.items():
            member = members.get(name)
            if member is None:
                self._unusual(name, child, value, of, path, depth)
            elif member.many:
                self._list(child, member, value, f"{path}.{name}", depth)
            elif member.fits is None:
                self._one(child, member, f"{path}.{name}", depth)
            elif not member.fits(child):
                self._misfit(child, member, f"{path}.{name}")
        if of.required and not of.required <= value.keys():
            self._missing(value, of, path)
        for choice in of.choices:
            self._choice(value, choice, path)
        if of.invariants and len(self.found) == before:
            for invariant in of.invariants:
                if invariant.is_broken(value):
                    place = f"{path}.{invariant.element}" if invariant.element else path
                    self._add("invariant", f"{invariant.message} ({invariant.key})", place, invariant.key)

    def _list(self, children: Any, member: Member, parent: Body, path: str, depth: int) -> None:
        if not isinstance(children, list) or not children:
            self._add("structure", "This element may repeat: send a list with at least one in it", path)
        elif member.fits is None:
            for number, child in enumerate(children):
                self._one(child, member, f"{path}[{number}]", depth)
        else:
            self._count(len(children))
            for number, child in enumerate(children):
                if not member.fits(child) and not (child is None and _is_padding(parent, member, number)):
                    self._misfit(child, member, f"{path}[{number}]")

    def _one(self, value: Any, member: Member, path: str, depth: int) -> None:
        """An object where the table says one: a datatype, a backbone element, or a whole resource."""
        if member.of is None:
            self.resource(value, path, depth + 1, is_contained=member.element.name == "contained")
            return
        before = len(self.found)
        self.complex(value, member.of, path, depth + 1)
        if len(self.found) > before:
            return
        if member.element.type == "Reference":
            self._reference(value, member.element, path)
        elif member.element.codes is not None:
            self._bound(value, member.element, path)

    def _unusual(self, name: str, child: Any, parent: Body, of: Type, path: str, depth: int) -> None:
        """An element that the table does not know by this name: `_birthDate` beside `birthDate`, or a stranger.

        R4 §2.4: what has a modifier extension that is not understood must not be used as if it had none.
        """
        if name in compiled_types.MODIFIERS and name in definitions.types()[of.name]:
            message = f"The register understands no {name}, which may change the meaning: say it without"
            self._add("extension", message, f"{path}.{name}")
            return
        member = of.members.get(name[1:]) if name.startswith("_") else None
        if member is None or member.fits is None or member.is_bare:
            known = _PLAIN_NAME.fullmatch(name)
            message = f"{of.name} has no element `{name}`: leave it out" if known else "Leave this unknown element out"
            self._add("structure", message, f"{path}.{name}" if known else path)
        elif not member.many:
            self._companion(child, f"{path}.{name[1:]}", depth, has_value=name[1:] in parent)
        else:
            self._companions(child, parent.get(name[1:]), f"{path}.{name[1:]}", depth)

    def _companion(self, companion: Any, path: str, depth: int, *, has_value: bool) -> None:
        """The `_birthDate` beside `birthDate`, or instead of it; beside it, its id may stand alone."""
        element = compiled_types.types()["Element"]
        judge = self._members if has_value and _is_id_alone(companion) else self.complex
        judge(companion, element, path, depth + 1)

    def _companions(self, companions: Any, values: Any, path: str, depth: int) -> None:
        """The `_given` beside `given`: as long a list, with null where there is nothing to add."""
        if not isinstance(companions, list) or not any(one is not None for one in companions):
            self._add("structure", "Send a list here too, with null where there is nothing to add", path)
            return
        if isinstance(values, list) and len(values) != len(companions):
            self._add("structure", "The list and its list of extensions differ in length: fill up with null", path)
        for number, companion in enumerate(companions):
            if companion is not None:
                self._companion(companion, f"{path}[{number}]", depth, has_value=_has_at(values, number))
            elif isinstance(values, list) and values[number : number + 1] == [None]:
                self._add("structure", "Neither value nor extension: take this place out", f"{path}[{number}]")

    def _missing(self, value: Body, of: Type, path: str) -> None:
        for name in of.members:
            if name in of.required and name not in value and f"_{name}" not in value:
                self._add("required", f"{of.name} needs `{name}`: add it", f"{path}.{name}")

    def _choice(self, value: Body, choice: Choice, path: str) -> None:
        chosen = choice.names.intersection(value)
        if len(chosen) > 1 and len({name.lstrip("_") for name in chosen}) > 1:
            self._add("structure", f"Send one `{choice.label}[x]` only", f"{path}.{choice.label}")
        elif not chosen and choice.is_required:
            self._add("required", f"A `{choice.label}[x]` is needed: add one", f"{path}.{choice.label}")

    def _no_object(self, value: Any, path: str, depth: int) -> None:
        if depth > MAX_DEPTH:
            self._add("structure", f"This nests deeper than {MAX_DEPTH} levels: send a flatter resource", path)
        elif isinstance(value, dict) and value:
            self._add("structure", "An id alone says nothing: leave this element out (ele-1)", path)
        elif value is None or value == {}:
            self._add("structure", "Leave this element out rather than sending it empty", path)
        else:
            self._add("structure", f"Send a JSON object here, not {_kind(value)}", path)

    def _misfit(self, value: Any, member: Member, path: str) -> None:
        assert member.format is not None
        if value is None or value == "":
            self._add("structure", "Leave this element out rather than sending it empty", path)
        elif _kind(value) != member.format.kind and {_kind(value), member.format.kind} != {"integer", "number"}:
            self._add("structure", f"Send {member.format.looks}; this is {_kind(value)}", path)
        elif member.element.codes is not None and member.format.fits(value):
            self._add("code-invalid", f"This code is not {_one_of(member.element)}", path)
        else:
            self._add("value", f"Send {member.format.looks}", path)

    def _reference(self, reference: Body, element: Element, path: str) -> None:
        literal, said = reference.get("reference", ""), reference.get("type", "").removeprefix(_STRUCTURE_DEFINITION)
        if literal.startswith("#") and literal != "#":
            self._local.append((literal[1:], f"{path}.reference"))
        try:
            named = references.referred_type(literal)
        except ValueError:
            message = "Refer by Type/id, an absolute address, urn:uuid:… or #id of a contained resource"
            is_harmless = self._of_any_type and _PLAIN_ID.fullmatch(literal)  # Nobody is about to follow it.
            self._add("value", message, f"{path}.reference", severity="warning" if is_harmless else "error")
            return
        if named and said and named != said:
            self._add("invariant", "The type is not the one that the reference names: correct it", f"{path}.type")
        for one, place in ((named, "reference"), (said, "type")):
            if one and element.targets is not None and one not in element.targets:
                allowed = ", ".join(sorted(element.targets))
                self._add("value", f"Refer to one of {allowed} here, not to {_type_shown(one)}", f"{path}.{place}")

    def _bound(self, value: Body, element: Element, path: str) -> None:
        """A required binding of a Coding or CodeableConcept: one of its codings is from the value set."""
        codes = element.codes or {}
        for coding in value.get("coding", ()) if element.type == "CodeableConcept" else (value,):
            if coding.get("code") in codes.get(coding.get("system", ""), ()):
                return
        systems = " or ".join(sorted(codes))
        self._add("code-invalid", f"Send a coding of {systems} that is {_one_of(element)}", path)

    def _count(self, values: int) -> None:
        self._values += values
        if self._values > MOST_VALUES and not self._of_any_type:
            raise _EnoughError(f"A resource holds at most {MOST_VALUES:,} values: send it in several")

    def _add(self, code: str, message: str, path: str, detail: str = "", severity: Severity = "error") -> None:
        self._take([Issue(code, message, path, severity, detail)])

    def _take(self, issues: Iterable[Issue]) -> None:
        for issue in issues:
            if len(self.found) >= MOST_ISSUES:
                raise _EnoughError(f"There is more: the first {MOST_ISSUES} issues are told")
            self.found.append(issue)


def _root_name(resource: Any) -> str:
    name = resource.get("resourceType") if isinstance(resource, dict) else None
    return name if isinstance(name, str) and name in definitions.resource_types() else "Resource"


def _is_id_alone(value: Any) -> bool:
    return isinstance(value, dict) and len(value) == 1 and "id" in value


def _has_at(values: Any, number: int) -> bool:
    return isinstance(values, list) and any(one is not None for one in values[number : number + 1])


def _is_padding(parent: Body, member: Member, number: int) -> bool:
    """A null in a list of primitives holds the place of a value that has only extensions."""
    return _has_at(parent.get(f"_{member.element.name}"), number)


def _kind(value: Any) -> str:
    if isinstance(value, bool):
        return "boolean"
    kinds: tuple[tuple[type, str], ...] = ((str, "string"), (dict, "object"), (list, "list"), (int, "integer"))
    return next((name for type_, name in kinds if isinstance(value, type_)), "null" if value is None else "number")


def _type_shown(name: str) -> str:
    return f"`{name}`" if name in definitions.resource_types() else "anything else"


def _one_of(element: Element) -> str:
    codes = [code for listed in (element.codes or {}).values() for code in listed]
    return f"one of {', '.join(codes)}" if len(codes) <= 40 else "in the value set that R4 binds this element to"


@functools.cache
def _accepted() -> frozenset[str]:
    """What may be sent: the types that the register holds, and what they travel in."""
    return frozenset(resource_type.all_types()) | definitions.CONTAINERS
