"""What R4 itself says of the elements that a profile speaks of, by the generated tables."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from service.fhir import definitions
from service.fhir.definitions import Element
from service.fhir.formats import FORMATS

CHOICE: Final = "[x]"
PRIMITIVES: Final = frozenset(FORMATS)
HL7: Final = "http://hl7.org/fhir/StructureDefinition/"


@dataclass(frozen=True, slots=True)
class Place:
    """An element of a type, as R4 has it.

    label     its name, with `[x]` for a choice
    table     the type that it is an element of; empty where R4's tables do not know it
    kinds     the type that each of its JSON names tells; empty where that is not known
    element   what R4 says of it; of a choice, of the reference, or of the first that is left
    left      the JSON names that the profile leaves a choice; all of them where it leaves any type
    """

    label: str
    table: str
    kinds: Mapping[str, str]
    element: Element | None
    left: frozenset[str]

    @property
    def name(self) -> str:
        return self.label.removesuffix(CHOICE)

    @property
    def names(self) -> frozenset[str]:
        """Its JSON names, those with an underscore too."""
        return frozenset(one for name in self.kinds for one in (name, f"_{name}"))

    @property
    def kind(self) -> str:
        """The type of its values; empty where it may be one of several."""
        return self.kinds[next(iter(self.left))] if len(self.left) == 1 else ""

    @property
    def path(self) -> str:
        """The type path of its values, by which FHIRPath understands them."""
        return self.kind if self.kind and self.label.endswith(CHOICE) else f"{self.table}.{self.name}"

    def narrowed(self, maximum: int | None) -> int | None:
        """A maximum where R4 does not have it; None where it does."""
        return None if maximum == 1 and self.element is not None and not self.element.is_many else maximum

    def raised(self, minimum: int) -> int:
        """A minimum where R4 does not have it; else 0."""
        return 0 if minimum == 1 and self.element is not None and self.element.is_required else minimum


def place(table: str, label: str, types: Sequence[str]) -> Place | None:
    """None where R4 knows the type and has no such element: it was refused before."""
    known = definitions.types().get(table)
    if label.endswith(CHOICE):
        return _choice(table, label, types, known or {})
    if known is None:
        return Place(label, table, {label: _only(types)}, None, frozenset({label}))
    element = known.get(label)
    return None if element is None else Place(label, table, {label: element.type}, element, frozenset({label}))


def _choice(table: str, label: str, types: Sequence[str], known: Mapping[str, Element]) -> Place:
    kinds = {name: element.type for name, element in known.items() if element.choice == label}
    kinds = kinds or {spelt(label, one): one for one in types}
    left = frozenset(spelt(label, one) for one in types) & kinds.keys() or frozenset(kinds)
    reference = spelt(label, "Reference")
    element = known.get(reference if reference in left else next(iter(left), ""))
    return Place(label, table, kinds, element, left)


def _only(types: Sequence[str]) -> str:
    return types[0] if len(types) == 1 and types[0] not in ("BackboneElement", "Element") else ""


def spelt(label: str, type_code: str) -> str:
    """The JSON name of a choice of that type."""
    return f"{label.removesuffix(CHOICE)}{type_code[:1].upper()}{type_code[1:]}"


def kind_of(json_name: str, label: str) -> str:
    """The type that the JSON name of a choice tells: `dateTime` of `valueDateTime`."""
    named = json_name.lstrip("_")[len(label.removesuffix(CHOICE)) :]
    lowered = f"{named[:1].lower()}{named[1:]}"
    return lowered if lowered in PRIMITIVES else named


def type_code(said: str) -> str:
    """R4 gives the types of ids and of values of primitives as System types; these are strings to us."""
    return "string" if said.startswith("http://hl7.org/fhirpath/") else said


def canonical(said: str) -> str:
    return said.partition("|")[0]
