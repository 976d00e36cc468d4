"""Makes the snapshot of a StructureDefinition: every element of its parent, as its differential changes them.

R4 (ElementDefinition and Profiling, "Slicing"): an element of a differential changes the one of the same id, adds a
slice to the element of that path, or reaches into a datatype, a content reference or a slice, whose elements are then
unfolded first. Snapshots of ours are slim: what judges a resource, and our own words. HL7's prose and R4's own
invariants stay in R4.
"""

from collections.abc import Iterable, Mapping, Sequence
from copy import deepcopy
from typing import Any, Final

from service.fhir.resource_type import Body

ElementDefinition = dict[str, Any]
Elements = Sequence[ElementDefinition]

_NO_DATATYPES: Final[Mapping[str, Elements]] = {}
_VALUES: Final = ("fixed", "pattern")
_KEPT: Final = ("id", "path", "sliceName", "slicing", "min", "max", "base", "contentReference", "type", "maxLength")
_AS_R4: Final = "As in FHIR R4"
"""The definition of an element to which a profile adds nothing; R4 demands one of each (sdf-3)."""
_MODIFIES: Final = "Can turn the meaning of what holds it into another"
"""The reason that R4 demands of every modifier element (eld-18)."""
_BY_URL: Final = {"discriminator": [{"type": "value", "path": "url"}], "rules": "open"}
_BY_TYPE: Final = {"discriminator": [{"type": "type", "path": "$this"}], "rules": "open"}
_SAID_OF_ALL: Final = ("slicing", "mapping", "short", "mustSupport")
"""What is said of a sliced element as a whole, and not of each of its slices."""


class DoesNotFit(ValueError):
    """A differential names an element that its parent does not have, or allows what its parent does not allow."""


def snapshot(
    structure: Body, parent_snapshot: Elements, datatypes: Mapping[str, Elements] = _NO_DATATYPES
) -> list[ElementDefinition]:
    """The elements of `structure`: those of its parent, with its differential applied. Nothing given is changed.

    datatypes  snapshots by the name of their type, for differentials that reach into a datatype, or into a resource
               that stands inside another

    Raises DoesNotFit.
    """
    drawn = _Snapshot(deepcopy(list(parent_snapshot)), datatypes, source=structure["url"])
    for change in structure["differential"]["element"]:
        drawn.apply(deepcopy(change))
    return drawn.elements


def slim(elements: Iterable[ElementDefinition]) -> list[ElementDefinition]:
    """The elements of R4's own snapshot without prose and without R4's invariants: what profiles of ours start from."""
    return [_slim(element) for element in elements]


def _slim(element: ElementDefinition) -> ElementDefinition:
    kept: ElementDefinition = {key: element[key] for key in _KEPT if key in element}
    kept |= {key: value for key, value in element.items() if key.startswith((*_VALUES, "minValue", "maxValue"))}
    if "slicing" in kept:
        kept["slicing"] = {key: value for key, value in kept["slicing"].items() if key != "description"}
    if "valueSet" in element.get("binding", {}):
        kept["binding"] = {key: element["binding"][key] for key in ("strength", "valueSet")}
    if element.get("isModifier"):
        kept |= {"isModifier": True, "isModifierReason": _MODIFIES}
    if element.get("isSummary"):
        kept["isSummary"] = True
    return deepcopy(kept | {"definition": _AS_R4})


class _Snapshot:
    """A snapshot while it is made."""

    def __init__(self, elements: list[ElementDefinition], datatypes: Mapping[str, Elements], *, source: str) -> None:
        self.elements = elements
        self._datatypes = datatypes
        self._source = source

    def apply(self, change: ElementDefinition) -> None:
        at = self._place(self._spelt_out(change["id"]))
        self.elements[at] = _changed(self.elements[at], change, source=self._source)

    def _found(self, element_id: str) -> int | None:
        return next((at for at, element in enumerate(self.elements) if element["id"] == element_id), None)

    def _place(self, element_id: str) -> int:
        """Where the element stands; made first where the parent has it folded, or has no such slice."""
        found = self._found(element_id)
        if found is not None:
            return found
        parent_id, _, last = element_id.rpartition(".")
        name, _, slice_name = last.partition(":")
        if slice_name:
            return self._add_slice(f"{parent_id}.{name}", slice_name)
        if parent_id:
            self._unfold(self._place(parent_id))
            found = self._found(element_id)
        if found is None:
            raise DoesNotFit(f"{self._source}: there is no element {element_id}")
        return found

    def _spelt_out(self, element_id: str) -> str:
        """R4 lets a differential write `Patient.deceasedDateTime` for the slice of `Patient.deceased[x]`."""
        parent_id, _, last = element_id.rpartition(".")
        for element in self.elements:
            before, _, name = element["id"].rpartition(".")
            is_choice = before == parent_id and name.endswith("[x]") and not last.endswith("[x]")
            if is_choice and last.startswith(name[:-3]) and last[len(name) - 3 :][:1].isupper():
                return f"{element['id']}:{last}"
        return element_id

    def _add_slice(self, sliced_id: str, name: str) -> int:
        """Behind the other slices. A slice is optional until something is said of it (R4: min 0)."""
        at = self._place(sliced_id)
        sliced = self.elements[at]
        if "slicing" not in sliced:
            sliced["slicing"] = _how_sliced(sliced_id)
        one = {key: deepcopy(value) for key, value in sliced.items() if key not in _SAID_OF_ALL}
        one |= {"id": f"{sliced_id}:{name}", "sliceName": name, "min": 0, "definition": _AS_R4}
        if sliced_id.endswith("[x]"):
            one["type"] = [each for each in one["type"] if name.casefold().endswith(each["code"].casefold())]
        end = self._end(at)
        self.elements.insert(end, one)
        return end

    def _end(self, at: int) -> int:
        """Behind the element, its children and its slices."""
        element_id = self.elements[at]["id"]
        end = at + 1
        while end < len(self.elements) and self.elements[end]["id"].startswith((f"{element_id}.", f"{element_id}:")):
            end += 1
        return end

    def _unfold(self, at: int) -> None:
        element_id = self.elements[at]["id"]
        following = self.elements[at + 1 : at + 2]
        if not any(child["id"].startswith(f"{element_id}.") for child in following):
            self.elements[at + 1 : at + 1] = self._children(self.elements[at])

    def _children(self, element: ElementDefinition) -> list[ElementDefinition]:
        """A slice has the children of what it slices, a reference to another element those, the rest their type's."""
        if "sliceName" in element:
            sliced_id = element["id"].removesuffix(f":{element['sliceName']}")
            if inherited := self._below(sliced_id):
                return _moved(inherited, sliced_id, element)
        if "contentReference" in element:
            referred = element["contentReference"].partition("#")[2]
            return _moved(self._below(referred), referred, element)
        name = _only_type(element)
        if name not in self._datatypes:
            raise DoesNotFit(f"{self._source}: {element['id']} is a {name}, of which no snapshot was given")
        return _moved(self._datatypes[name][1:], name, element)

    def _below(self, element_id: str) -> Elements:
        return [element for element in self.elements if element["id"].startswith(f"{element_id}.")]


def _how_sliced(element_id: str) -> Body:
    """The slicing that needs no words: extensions by url, a choice by type."""
    if element_id.endswith((".extension", ".modifierExtension")):
        return deepcopy(_BY_URL)
    if element_id.endswith("[x]"):
        return deepcopy(_BY_TYPE)
    raise DoesNotFit(f"Say how {element_id} is sliced, before its slices")


def _only_type(element: ElementDefinition) -> str:
    names = [str(one["code"]) for one in element.get("type", ())]
    if len(names) != 1:
        raise DoesNotFit(f"Say which one type {element['id']} has, before its elements")
    return names[0]


def _moved(children: Elements, root: str, to: ElementDefinition) -> list[ElementDefinition]:
    """The children of the element `root` as children of another element."""
    depth = root.count(".") + 1
    return [
        deepcopy(child)
        | {
            "id": to["id"] + child["id"].removeprefix(root),
            "path": ".".join([to["path"], *child["path"].split(".")[depth:]]),
        }
        for child in children
    ]


def _changed(element: ElementDefinition, change: ElementDefinition, *, source: str) -> ElementDefinition:
    """An element as the differential changes it: invariants and mappings are added, all else takes the place."""
    _refuse_wider(element, change)
    added = {key: value for key, value in change.items() if key not in ("id", "path", "sliceName")}
    if "short" in added:
        added.setdefault("definition", added["short"])
    if any(key.startswith(_VALUES) for key in added):
        element = {key: value for key, value in element.items() if not key.startswith(_VALUES)}
    if "mapping" in added:
        added["mapping"] = [*element.get("mapping", ()), *added["mapping"]]
    if "constraint" in added:
        ours = [{**one, "source": one.get("source", source)} for one in added["constraint"]]
        added["constraint"] = [*element.get("constraint", ()), *ours]
    return element | added


def _refuse_wider(element: ElementDefinition, change: ElementDefinition) -> None:
    """A profile narrows its parent: who reads by the parent must be able to read what the profile lets through."""
    narrowed = {"min": element["min"], "max": element["max"]} | change
    least, most = narrowed["min"], narrowed["max"]
    types = {one["code"] for one in element.get("type", ())}
    added = {one["code"] for one in change.get("type", ())} - types if "Resource" not in types else set()
    if least < element["min"] or _bound(most) > _bound(element["max"]) or least > _bound(most) or added:
        raise DoesNotFit(f"{change['id']} allows what its parent does not allow")


def _bound(most: str) -> float:
    return float("inf") if most == "*" else int(most)
