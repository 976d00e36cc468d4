"""Takes out of a resource what tells where a person is, by the datatype of each element.

What stays is listed, not what goes: codes, dates, numbers, the person's own name and NHS number, references within the
record, and words only where their type says that they are clinical. What R4 demands and may not stay is masked.
"""

import re
from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Any, Final

from service.fhir import definitions, elements
from service.fhir.definitions import Element
from service.fhir.resource_type import Body
from service.register import codes, nhs_number

MASKED: Final[Body] = {"url": codes.DATA_ABSENT, "valueCode": "masked"}
"""R4's extension for what is there and not told, for reasons of privacy."""

_PLAIN: Final = frozenset(
    ["boolean", "code", "date", "dateTime", "decimal", "instant", "integer", "positiveInt", "time", "unsignedInt"]
)
_WORDED: Final = frozenset(
    ["Age", "Coding", "Count", "Distance", "Duration", "HumanName", "Identifier", "Money", "Quantity", "SampledData"]
)
"""Datatypes whose words belong to a code, a number, or the name of the person."""
_NEVER: Final = frozenset(
    [
        "Address",
        "Annotation",
        "ContactDetail",
        "ContactPoint",
        "Contributor",
        "DataRequirement",
        "Expression",
        "Narrative",
        "ParameterDefinition",
        "RelatedArtifact",
        "Signature",
        "TriggerDefinition",
        "UsageContext",
    ]
)
_OF_ATTACHMENT: Final = frozenset({"contentType", "language", "size", "creation"})
_OF_META: Final = ("versionId",)
_OURS: Final = (
    *(codes.BASE, "http://hl7.org/", "http://terminology.hl7.org/"),
    *("https://fhir.hl7.org.uk/", "https://fhir.nhs.uk/"),
)
"""Profiles, labels and extensions of others may name who made them."""
_CONTAINED: Final = "Medication"
"""The one type that may be contained and stay: what it is stands in it alone."""
_LOCAL: Final = re.compile(r"([A-Z][A-Za-z]*)/[A-Za-z0-9\-.]{1,64}(?:/_history/[0-9]+)?")


@dataclass
class Redacting:
    """One resource. `words` are the elements of text that stay, as dotted names; `types` those referred to that do."""

    words: Collection[str]
    types: Collection[str]
    _contained: set[str] = field(default_factory=set)

    def of(self, resource: Body) -> Body:
        contained = [one for one in elements.all_of(resource, "contained") if one.get("resourceType") == _CONTAINED]
        self._contained = {f"#{elements.text_at(one, 'id')}" for one in contained}
        left = self._resource(resource, "")
        return {**left, "contained": [self._resource(one, "contained.") for one in contained]} if contained else left

    def _resource(self, resource: Body, at: str) -> Body:
        kind: Body = {name: resource[name] for name in ("resourceType", "id") if name in resource}
        return {**kind, **self._complex(resource, resource["resourceType"], at)}

    def _complex(self, value: Body, type_name: str, at: str) -> Body:
        """The elements of a complex value that stay; `at` is where they stand, with a dot behind."""
        left: Body = {}
        for name, element in _elements(value, type_name):
            child, companion = value.get(name), value.get(f"_{name}")
            kept = self._child(child, element, f"{at}{name}", in_words=type_name in _WORDED)
            extended = self._companion(companion) if companion and (_is_told(kept) or child is None) else None
            if _is_told(kept):
                left[name] = kept
            if extended:
                left[f"_{name}"] = extended
            if not _is_told(kept) and not extended and _stays_there(element):
                left |= _masked(element)
        return left

    def _child(self, child: Any, element: Element, at: str, *, in_words: bool) -> Any:
        if not isinstance(child, list):
            return self._value(child, element, at, in_words=in_words)
        kept = [self._value(one, element, at, in_words=in_words) for one in child]
        is_primitive = element.type not in definitions.types()
        return kept if is_primitive and any(map(_is_told, kept)) else [one for one in kept if _is_told(one)]

    def _value(self, value: Any, element: Element, at: str, *, in_words: bool) -> Any:
        """What stays of one value; nothing, as None or an empty object, where none of it does."""
        match element.type:
            case _ if element.type in _NEVER or element.type == "Resource":
                return None
            case "Reference":
                return self._reference(value, element)
            case "Extension":
                return self._extension(value) if _is_ours(value) else None
            case "Meta":
                return self._meta(value)
            case "Identifier" if value.get("system") != nhs_number.SYSTEM:
                return None
            case "Coding" if value.get("system") == codes.ODS_ORGANISATION:
                return None
            case "Attachment":
                left = {name: one for name, one in value.items() if name in _OF_ATTACHMENT}
                return left if left == value else {"extension": [MASKED], **left}
            case datatype if datatype in definitions.types():
                return self._complex(value, datatype, f"{at}.")
        is_said = in_words and element.name != "id"
        return value if element.type in _PLAIN or is_said or at in self.words or self._is_text(at) else None

    def _is_text(self, at: str) -> bool:
        """Whether this is the text of a concept that stays: `code` in `words` stands for `code.text`."""
        return at.removesuffix(".text") in self.words

    def _reference(self, value: Body, element: Element) -> Body:
        """Where it leads within the record; the words of it where nothing can be meant that tells of a place."""
        to = elements.text_at(value, "reference")
        local = _LOCAL.fullmatch(to)
        is_left = to in self._contained or (local is not None and local[1] in self.types)
        is_clinical = element.targets is not None and element.targets <= {*self.types, _CONTAINED}
        names = (*(("reference", "type") if is_left else ()), *(("display",) if is_clinical else ()))
        left = {name: value[name] for name in names if name in value}
        if number := elements.identifier({"identifier": [value.get("identifier")]}, nhs_number.SYSTEM):
            left["identifier"] = {"system": nhs_number.SYSTEM, "value": number}
        return left

    def _meta(self, meta: Body) -> Body:
        """Which version, the labels, and profiles that name nobody; not from where it came."""
        left: Body = {name: meta[name] for name in _OF_META if name in meta}
        profiles = [url for url in meta.get("profile", ()) if isinstance(url, str) and url.startswith(_OURS)]
        labels = [one for one in meta.get("security", ()) if elements.text_at(one, "system").startswith(_OURS)]
        labelled = self._complex({"security": labels} if labels else {}, "Meta", "meta.")
        return {**left, **({"profile": profiles} if profiles else {}), **labelled}

    def _extension(self, extension: Body) -> Body:
        """Codes, dates and references within the record, and extensions that hold such; nothing of any other.

        No instant: the register's own is that of the write, which whatever else was written at once bears too.
        """
        inner = [kept for one in elements.all_of(extension, "extension") if (kept := self._extension(one))]
        valued = {
            name: kept
            for name, element in _elements(extension, "Extension")
            if element.choice
            and element.type != "instant"
            and _is_told(kept := self._value(extension.get(name), element, "", in_words=False))
        }
        left = {**({"extension": inner} if inner else {}), **valued}
        return {"url": extension["url"], **left} if left else {}

    def _companion(self, companion: Any) -> Any:
        """What stays of the extensions of a primitive value, or of those of a list of them."""
        if isinstance(companion, list):
            of_each = [self._companion(one) for one in companion]
            return of_each if any(of_each) else None
        found = self._extensions(companion)
        return {"extension": found} if found else None

    def _extensions(self, value: Any) -> list[Body]:
        """Those of an element. Of others than HL7's and ours nobody knows what a code in them tells."""
        return [kept for one in elements.all_of(value, "extension") if (kept := self._extension(one)) and _is_ours(one)]


def _elements(value: Body, type_name: str) -> list[tuple[str, Element]]:
    """The elements that are there, by name and in their order, but for those that are never told."""
    known = definitions.types()[type_name]
    names = dict.fromkeys(name.removeprefix("_") for name in value)
    skipped = ("modifierExtension", "contained", *(("id",) if "." not in type_name and "resourceType" in value else ()))
    return [(name, known[name]) for name in names if name in known and name not in skipped]


def is_masked(element: Any) -> bool:
    """Whether it says that something is there and not told."""
    return MASKED in elements.all_of(element, "extension")


def _is_ours(extension: Body) -> bool:
    return elements.text_at(extension, "url").startswith(_OURS)


def _is_told(value: Any) -> bool:
    return value is not None and value not in ({}, [])


def _stays_there(element: Element) -> bool:
    """Whether something must stand there: R4 demands it, or a rule may, of a concept or of what is made of elements."""
    return element.is_required or element.type == "CodeableConcept" or "." in element.type


def _masked(element: Element) -> Body:
    masked: Body = {"extension": [MASKED]}
    name = element.name if element.type in definitions.types() else f"_{element.name}"
    return {name: [masked] if element.is_many else masked}
