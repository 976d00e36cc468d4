"""A StructureDefinition's snapshot compiled into what it asks beyond R4. What adds nothing is left out.

R4's generated tables say what `fhir.validation` has judged before: a minimum that they have too, a value set that they
list, R4's own invariants. Each profile is compiled once for a library, when it is first asked for.
"""

import functools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from service.fhir import elements
from service.fhir.profiles import kinds, slicing, tree
from service.fhir.profiles.adding import Adding
from service.fhir.profiles.asked import Context, Member, Profile, Rules, Slice, Slicing
from service.fhir.profiles.belonging import URL
from service.fhir.profiles.kinds import Place
from service.fhir.profiles.library import Library, versioned
from service.fhir.profiles.tree import Part
from service.fhir.resource_type import Body

ITEMS: Final = "scci1580"
"""The identity of the mapping to the numbered data items of the information standard SCCI1580."""


def profile(canonical: str, library: Library) -> Profile:
    """The profile of this canonical, with or without `|version`. Raises LookupError where the library has none."""
    found = held(canonical, library)
    if found is None:
        raise LookupError(f"The library has no StructureDefinition {canonical}")
    return found


def held(canonical: str, library: Library) -> Profile | None:
    """The same; None where the library has none. A version that the library lacks is judged as the one it has.

    Kept under the definition's own name: a sender may claim a thousand versions of one profile.
    """
    structure = library.structure_of_any_version(canonical)
    return None if structure is None else _compiled(versioned(structure), library)


@functools.lru_cache(maxsize=4096)
def mapped(canonical: str, library: Library) -> Rules | None:
    """A profile with nothing but the elements that stand for SCCI1580 items; None where it maps none."""
    structure = library.structure(canonical) or {}
    is_declared = any(one.get("identity") == ITEMS for one in structure.get("mapping", ()))
    return _rules(structure, library, is_mapping=True) if is_declared else None


@functools.lru_cache(maxsize=4096)
def _compiled(name: str, library: Library) -> Profile:
    structure = library.structure(name) or {}
    return Profile(
        canonical=structure["url"],
        name=_name(structure),
        library=library,
        type=str(structure.get("type", "")),
        rules=_rules(structure, library),
        maximum=_most(structure),
        contexts=tuple(
            Context(str(one.get("type", "")), str(one.get("expression", "")))
            for one in elements.all_of(structure, "context")
        ),
        invariants=_texts(structure.get("contextInvariant")),
    )


def _texts(listed: object) -> tuple[str, ...]:
    """Of what a deployer's package may hold, what R4 has there: a list of texts."""
    return tuple(one for one in listed if isinstance(one, str)) if isinstance(listed, list) else ()


def _name(structure: Body) -> str:
    return str(structure.get("title") or structure.get("name") or structure["url"])


def _rules(structure: Body, library: Library, *, is_mapping: bool = False) -> Rules | None:
    """None where there is no snapshot. One of a deployer's package that is not as R4 has it cannot be read either."""
    snapshot = elements.all_of(structure, "snapshot", "element")
    if not snapshot:
        return None
    try:
        return _Compiling(structure, library, _name(structure), is_mapping).root(tree.planted(snapshot))
    except (AttributeError, KeyError, TypeError, ValueError):
        return None


def _most(structure: Body) -> int | None:
    """How often an extension may stand at one place; None where there is no limit."""
    said = next(iter(elements.all_of(structure, "snapshot", "element")), {}).get("max", "*")
    return int(said) if isinstance(said, str) and said.isdecimal() else None


@dataclass
class _Compiling:
    """One snapshot being compiled: for what it asks, or for what of it stands for SCCI1580 items (`is_mapping`).

    A content reference (`Questionnaire.item.item`) leads back to an element further up. The rules of all elements are
    made first without these; where an element asks for something, they are made again with what leads back to it.
    """

    structure: Body
    library: Library
    name: str
    is_mapping: bool = False
    _made: dict[str, Rules] = field(default_factory=dict)
    _asking: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        find = functools.partial(held, library=self.library)
        self._tests = slicing.Tests(self.library, find)
        self._adding = Adding(self.structure, self.library, self.name, find)

    def root(self, root: Part) -> Rules:
        type_name = self.structure["type"]
        itself = Place(type_name, "", {type_name: type_name}, None, frozenset({type_name}))
        rules = self._rules(root, itself, type_name)
        referred = {one.definition["contentReference"].rpartition("#")[2] for one in _referring(root)}
        if referred & self._asking:
            self._asking &= referred
            rules = self._rules(root, itself, type_name)
        return rules

    def _rules(self, part: Part, at: Place, path: str) -> Rules:
        """`path` is the type path of the value, for FHIRPath."""
        rules = self._made.setdefault(part.id, Rules())
        if self.is_mapping:
            rules.items = frozenset(_items(part.definition))
        else:
            rules.checks = tuple(self._adding.checks(part, at, path))
        members = list(self._members(part, at.kind))
        rules.members = {
            spelling: (member, kind)
            for member, kinds_ in members
            for name, kind in kinds_.items()
            for spelling in (name, f"_{name}")
        }
        rules.needed = () if self.is_mapping else tuple(member for member, _ in members if member.is_needed)
        if rules.asks:
            self._asking.add(part.id)
        return rules

    def _members(self, part: Part, kind: str) -> Iterator[tuple[Member, Mapping[str, str]]]:
        """The elements of which something is asked, each with the type that each of its JSON names tells."""
        table = "Element" if kind in kinds.PRIMITIVES else kind
        for label, child in part.children.items():
            at = kinds.place(table, label, [kinds.type_code(one["code"]) for one in child.types])
            if at is None:
                continue
            member = self._mapped(child, at) if self.is_mapping else self._asked(child, at)
            if member.asks:
                yield member, at.kinds

    def _asked(self, part: Part, at: Place) -> Member:
        minimum, maximum = at.raised(part.minimum), at.narrowed(part.maximum)
        if maximum == 0:
            return Member(at.name, at.names, maximum=0)
        left = at.left if at.left != at.kinds.keys() else None
        return Member(at.name, at.names, minimum, maximum, left, self._inner(part, at), self._slicing(part, at))

    def _mapped(self, part: Part, at: Place) -> Member:
        return Member(at.name, at.names, rules=self._inner(part, at), slicing=self._slicing(part, at))

    def _inner(self, part: Part, at: Place) -> Rules | None:
        """The rules of every value of an element; None where they ask for nothing."""
        shared = part.definition.get("contentReference", "").rpartition("#")[2]
        if shared:
            return self._made.setdefault(shared, Rules()) if shared in self._asking else None
        rules = self._rules(part, at, at.path)
        return rules if rules.asks else None

    def _slicing(self, part: Part, at: Place) -> Slicing | None:
        said = part.definition.get("slicing", {})
        slices = [self._slice(one, part, at) for one in part.slices.values()]
        how = "open" if self.is_mapping else said.get("rules", "open")
        is_ordered = bool(said.get("ordered")) and not self.is_mapping
        if how == "open" and not is_ordered:
            slices = [one for one in slices if one.asks]
        if not slices and how != "closed":
            return None
        return Slicing(tuple(slices), how, is_ordered, _by_url(part, at, slices))

    def _slice(self, part: Part, base: Part, at: Place) -> Slice:
        """A slice has types of its own, as those of a choice do."""
        own = kinds.place(at.table, at.label, [kinds.type_code(one["code"]) for one in part.types]) or at
        maximum = None if self.is_mapping or part.maximum == base.maximum else at.narrowed(part.maximum)
        return Slice(
            name=part.id.rpartition(":")[2],
            tests=self._tests.of(part, base, base.definition.get("slicing", {}).get("discriminator", ())),
            minimum=0 if self.is_mapping else part.minimum,
            maximum=maximum,
            rules=None if maximum == 0 else self._inner(part, own),
            slicing=self._slicing(part, own) if part.slices else None,
        )


def _by_url(part: Part, at: Place, slices: list[Slice]) -> dict[str, int] | None:
    """The slices by the URL of an extension, where that alone tells them apart."""
    discriminators = part.definition.get("slicing", {}).get("discriminator", ())
    if at.label != "extension" or [one.get("path") for one in discriminators] != [URL]:
        return None
    urls = {name.rpartition(":")[2]: slicing.extension_url(one) for name, one in part.slices.items()}
    return {urls[one.name]: number for number, one in enumerate(slices)}


def _referring(part: Part) -> Iterator[Part]:
    for child in (*part.children.values(), *part.slices.values()):
        if "contentReference" in child.definition:
            yield child
        yield from _referring(child)


def _items(definition: Body) -> Iterator[str]:
    for mapping in definition.get("mapping", ()):
        if mapping.get("identity") == ITEMS:
            yield from (number.strip() for number in str(mapping["map"]).split(","))
