"""A resource with a value in every element that R4 gives it, made of the tables.

Whatever may say something in words says `SECRET`, but for what is clinical by the type's own word, which says
`CLINICAL`, and for codes and names, which say what such things say.
"""

import copy
from collections.abc import Collection, Iterator
from typing import Any

from service.fhir import definitions
from service.fhir.definitions import Element
from service.fhir.resource_type import Body
from service.register import codes, nhs_number
from tests import builders
from tests.fhir.mutations import SAMPLES

SECRET = "Windmill-Lane-7"
CLINICAL = "clinical words"
DIV = f'<div xmlns="http://www.w3.org/1999/xhtml">{SECRET}</div>'
EXTENSION: Body = {"url": "http://hl7.org/fhir/StructureDefinition/example", "valueString": SECRET}

_WORDS = {"string", "markdown", "uri", "url", "canonical", "oid", "uuid", "xhtml", "base64Binary", "id"}
_SAY_NAMES = {"Coding", "Quantity", "Age", "Count", "Distance", "Duration", "Money", "HumanName", "SampledData"}
_TELLING = ("Organization", "Location", "Practitioner", "PractitionerRole", "CareTeam", "RelatedPerson", "Device")
_DEPTH = 5


def resources(type_name: str, words: Collection[str]) -> Iterator[Body]:
    """One for each spelling of the choice that has most of them: `valueString`, `valueQuantity` and so on."""
    for chosen in range(50):
        yield {"resourceType": type_name, **_filled(type_name, "", words, chosen, 0), "id": "a"}


def _filled(type_name: str, at: str, words: Collection[str], chosen: int, depth: int) -> Body:
    found: Body = {}
    by_label: dict[str, list[Element]] = {}
    for name, element in definitions.types()[type_name].items():
        by_label.setdefault(element.choice or name, []).append(element)
    for spellings in by_label.values():
        element = spellings[chosen % len(spellings)]
        if element.name in ("resourceType", "modifierExtension", "implicitRules"):
            continue
        if depth < _DEPTH or element.is_required:
            value = _value(element, type_name, f"{at}{element.name}", words, chosen, depth)
            found[element.name] = [value] if element.is_many else value
            if (
                element.type not in definitions.types()
                and element.name not in ("id", "div")
                and type_name != "Extension"
            ):
                beside = {"extension": [EXTENSION]}
                found[f"_{element.name}"] = [beside] if element.is_many else beside
    return found


def _value(element: Element, owner: str, at: str, words: Collection[str], chosen: int, depth: int) -> Any:
    match element.type:
        case "Resource":
            return {"resourceType": "Organization", "id": "inside", "name": SECRET}
        case "Extension":
            return _extension(chosen)
        case "Reference":
            return _reference(element)
        case "Identifier":
            return {"system": codes.ODS_ORGANISATION, "value": SECRET, "assigner": {"display": SECRET}}
        case "Coding" if chosen % 2:
            return {"system": codes.ODS_ORGANISATION, "code": SECRET, "display": SECRET}
        case "Narrative":
            return {"status": "generated", "div": DIV}
        case datatype if datatype in definitions.types():
            return _filled(datatype, f"{at}.", words, chosen, depth + 1)
    if element.codes:
        return next(iter(element.codes.values()))[0]
    if element.type in _WORDS:
        return _word(element, owner, at, words)
    return copy.deepcopy(SAMPLES[element.type])


def _word(element: Element, owner: str, at: str, words: Collection[str]) -> str:
    if element.name == "id":
        return SECRET
    if element.name == "versionId":
        return "1"
    if at in words or at.removesuffix(".text") in words:
        return CLINICAL
    if element.type == "base64Binary":
        return "V2luZG1pbGwtTGFuZS03"
    return "said" if owner in _SAY_NAMES else SECRET


def _extension(chosen: int) -> Body:
    """Each kind of value, alone and in an extension of an extension."""
    values = [element for element in definitions.types()["Extension"].values() if element.choice]
    one = values[chosen % len(values)]
    said = {
        "url": "http://hl7.org/fhir/StructureDefinition/example",
        one.name: _value(one, "Extension", "", (), chosen, _DEPTH),
    }
    return (
        said
        if chosen % 2
        else {"url": "http://hl7.org/fhir/StructureDefinition/around", "extension": [said, EXTENSION]}
    )


def _reference(element: Element) -> Body:
    """To what tells of a place, where such a thing may stand there; by literal, by identifier and in words."""
    targets = element.targets or frozenset(_TELLING)
    told = next((name for name in _TELLING if name in targets), "")
    if element.name in ("patient", "subject", "for") or not told:
        return {"reference": f"{'Patient' if 'Patient' in targets else min(targets)}/a", "display": "said"}
    identifier = {"system": codes.ODS_ORGANISATION, "value": SECRET}
    return {"reference": f"{told}/{SECRET}", "type": told, "display": SECRET, "identifier": identifier}


def numbered(patient: Body) -> Body:
    """A Patient with its NHS number beside what else it is known by."""
    number = {"system": nhs_number.SYSTEM, "value": builders.NHS_NUMBER, "assigner": {"display": SECRET}}
    return {**patient, "identifier": [*patient["identifier"], number]}
