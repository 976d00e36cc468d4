"""What one element of a snapshot asks of a value itself that R4 does not: the checks of `checks`, made from it."""

from collections.abc import Callable, Iterator
from typing import Any, Final

from service.fhir import definitions
from service.fhir.invariants import INVARIANTS
from service.fhir.profiles import kinds, slicing
from service.fhir.profiles.asked import Check, Profile
from service.fhir.profiles.belonging import URL
from service.fhir.profiles.checks import Bound, Fixed, Invariant, Keeps, Limits, NotHeld, OfType, Pattern, Targets
from service.fhir.profiles.kinds import Place
from service.fhir.profiles.library import Library
from service.fhir.profiles.tree import Part, value_of
from service.fhir.resource_type import Body

_R4_SETS: Final = ("http://hl7.org/fhir/ValueSet/", "http://terminology.hl7.org/ValueSet/")
_UNLISTED: Final = frozenset({f"{_R4_SETS[0]}{name}" for name in ("mimetypes", "currencies", "ucum-units")})
"""Value sets of R4's own required bindings that nobody can list; `fhir.validation` leaves these open too."""
_EVERYWHERE: Final = frozenset(
    {"ele-1", "ext-1", "dom-2", "dom-3", "dom-4", "dom-5", "dom-6", "ref-1", "txt-1", "txt-2"}
)
_OWN_PROFILES: Final = frozenset({f"{kinds.HL7}SimpleQuantity", f"{kinds.HL7}MoneyQuantity"})
"""R4's own profiles of datatypes, which its resources name."""


class Adding:
    """One StructureDefinition: `name` is what messages call it, `find` finds the profiles that it names."""

    def __init__(self, structure: Body, library: Library, name: str, find: Callable[[str], Profile | None]) -> None:
        self._library, self._name, self._find = library, name, find
        differential = structure.get("differential", {}).get("element", ())
        self._bound_here = {one.get("id", one.get("path")) for one in differential if "binding" in one}

    def checks(self, part: Part, at: Place, path: str) -> Iterator[Check]:
        """`path` is the type path of the value, for FHIRPath."""
        fixed, pattern = value_of(part.definition, "fixed"), value_of(part.definition, "pattern")
        if fixed is not None and not _is_url(part):
            yield Fixed(fixed, self._name)
        if pattern is not None:
            yield Pattern(pattern, self._name)
        yield from self._limited(part)
        yield from self._bound(part)
        if "." in part.id:
            yield from self._typed(part, at)
        for constraint in part.definition.get("constraint", ()):
            if not _is_judged(constraint, at.kind):
                human = constraint["human"].rstrip(".")
                expression = constraint.get("expression", "")
                yield Invariant(constraint["key"], constraint["severity"], human, expression, path)

    def _limited(self, part: Part) -> Iterator[Check]:
        longest = part.definition.get("maxLength")
        least, most = value_of(part.definition, "minValue"), value_of(part.definition, "maxValue")
        if (longest, least, most) != (None, None, None):
            yield Limits(longest, least, most, self._name)

    def _bound(self, part: Part) -> Iterator[Check]:
        binding = part.definition.get("binding", {})
        strength, value_set = binding.get("strength"), binding.get("valueSet", "")
        url = kinds.canonical(value_set)
        if not url or strength not in ("required", "extensible") or url in _UNLISTED:
            return
        if part.id in self._bound_here or not _is_r4s(url, strength):
            yield Bound(value_set, strength == "required", self._library, self._name)

    def _typed(self, part: Part, at: Place) -> Iterator[Check]:
        """Types: what references lead to, what a whole resource is, and what profiles a value keeps."""
        codes = frozenset(kinds.type_code(one["code"]) for one in part.types)
        if codes and codes <= definitions.resource_types() and "Resource" not in codes:
            yield OfType(codes, self._name)
        for one in part.types:
            code = kinds.type_code(one["code"])
            if code == "Reference":
                yield from self._referring(one, at)
            keeps = tuple(url for url in one.get("profile", ()) if not self._is_judged_elsewhere(code, url))
            if keeps:
                yield Keeps(code, keeps, self._find)

    def _referring(self, type_: Body, at: Place) -> Iterator[Check]:
        canonicals = type_.get("targetProfile", ())
        targets = slicing.target_types(canonicals, self._library)
        if targets is None:
            yield NotHeld(tuple(one for one in canonicals if slicing.target_types([one], self._library) is None))
        r4s = at.element.targets if at.element else None
        if targets and "Resource" not in targets and (r4s is None or not targets >= r4s):
            yield Targets(targets, self._name)

    def _is_judged_elsewhere(self, code: str, canonical: str) -> bool:
        """An extension is judged by its own definition wherever it stands, and passes where nobody here has that."""
        if code != "Extension":
            return kinds.canonical(canonical) in _OWN_PROFILES
        structure = self._library.structure(canonical)
        return structure is None or _defined(structure) == structure["url"]


def _defined(structure: Body) -> str:
    """The URL of the extensions that a profile is of: its own canonical, unless it narrows another definition."""
    elements = structure.get("snapshot", {}).get("element", ())
    return str(next((one.get("fixedUri") for one in elements if one.get("id") == "Extension.url"), structure["url"]))


def _is_url(part: Part) -> bool:
    """An extension is found by its URL, and a slice of extensions told apart by it: it is what it should be."""
    above, _, name = part.id.rpartition(".")
    return name == URL and above.rpartition(".")[2].partition(":")[0] in ("Extension", "extension")


def _is_judged(constraint: dict[str, Any], kind: str) -> bool:
    """Whether `fhir.validation` has judged it already."""
    key = constraint.get("key")
    return key in _EVERYWHERE or any(one.key == key for one in INVARIANTS.get(kind, ()))


def _is_r4s(url: str, strength: str) -> bool:
    """Whether R4 itself has the binding: what it requires was judged before; what is extensible in it is left open."""
    if not url.startswith(_R4_SETS):
        return False
    if strength == "extensible":
        return True
    try:
        return bool(definitions.value_set(url))
    except LookupError:
        return False
