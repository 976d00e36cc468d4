"""What senders write otherwise than UK Core says, and mean all the same. Lenient in: it is understood, with a warning.

What is stored stays as sent. Judged by profiles, and derived from, is the body as it was meant:

- the status of an NHS number in UK Core's first code system, which PDS still sends, with the codes of the English one;
- a Coding where UK Core wants a CodeableConcept, in AddressKey and OtherContactSystem, as PDS sends them;
- NHS numbers that were superseded: they stay where they are, and the one that is current is the person's.
"""

from collections.abc import Callable, Iterator, Mapping
from copy import deepcopy
from typing import Any, Final

from service.errors import Issue
from service.fhir import elements
from service.fhir.resource_type import Body
from service.register import codes, nhs_number

Place = tuple[str | int, ...]
Found = tuple[Place, Body]

FIRST_STATUS: Final = "https://fhir.hl7.org.uk/CodeSystem/UKCore-NHSNumberVerificationStatus"
"""UK Core's code system before England and Wales had their own; UK Core's required binding leaves it out."""
ADDRESS_KEY: Final = "https://fhir.hl7.org.uk/StructureDefinition/Extension-UKCore-AddressKey"
OTHER_CONTACT: Final = "https://fhir.hl7.org.uk/StructureDefinition/Extension-UKCore-OtherContactSystem"

_WORDS: Final = {
    "number-present-and-verified": "01",
    "number-present-but-not-traced": "02",
    "trace-required": "03",
    "trace-attempted": "04",
    "trace-needs-to-be-resolved": "05",
    "trace-in-progress": "06",
    "number-not-present-and-trace-not-required": "07",
    "trace-postponed": "08",
}
"""The codes that the first code system defines, and what they are in the English one; PDS sends the numbers."""
_MEANT: Final = {**_WORDS, **{code: code for code in _WORDS.values()}}

_DETAIL: Final = "understood-as-meant"
_HOLDERS: Final = ("identifier", "address", "telecom")


def normalised(resource: Body) -> tuple[Body, tuple[Issue, ...]]:
    """The resource as it was meant, and a warning for each thing that was said otherwise.

    The same object where all was said as it should be; never changed itself. Elements keep their places, so that
    what is found in the one can be told of the other.
    """
    changes = [(place, meant) for place, one in _extensions(resource) if (meant := _meant(one))]
    warnings = [_warning(resource, place, said) for place, (_, said) in changes]
    warnings += _superseded(resource)
    if not changes:
        return resource, tuple(warnings)
    body = deepcopy(resource)
    for place, (one, _) in changes:
        elements_of: Any = body
        for step in place[:-1]:
            elements_of = elements_of[step]
        elements_of[place[-1]] = one
    return body, tuple(warnings)


def _extensions(resource: Body) -> Iterator[Found]:
    """The extensions of identifiers, addresses and telecoms, of the resource and of those whom it names as contacts."""
    for above, holder in (((), resource), *_each(resource, "contact")):
        for name in _HOLDERS:
            for place, value in _each(holder, name):
                yield from ((above + place + within, one) for within, one in _of_element(value))


def _of_element(value: Body) -> Iterator[Found]:
    yield from _each(value, "extension")
    companion = value.get("_system")
    if isinstance(companion, dict):
        yield from ((("_system", *place), one) for place, one in _each(companion, "extension"))


def _each(holder: Body, name: str) -> Iterator[Found]:
    listed = holder.get(name, ())
    return (((name, at), one) for at, one in enumerate(listed) if isinstance(one, dict)) if listed else iter(())


Meant = tuple[Body, str]
"""An extension as it was meant, and what was understood, in words."""


def _meant(extension: Body) -> Meant | None:
    """None where it says what it means, and where nobody can tell what it means."""
    address = extension.get("url")
    read = _READ.get(address) if isinstance(address, str) else None
    return read(extension) if read else None


def _status(extension: Body) -> Meant | None:
    listed = elements.all_of(extension, "valueCodeableConcept", "coding")
    meant = [_english(coding) for coding in listed]
    if meant == listed:
        return None
    said = "The status of an NHS number was read in UK Core's code system for England: send that system"
    return {**extension, "valueCodeableConcept": {**extension["valueCodeableConcept"], "coding": meant}}, said


def _english(coding: Body) -> Body:
    code = _MEANT.get(elements.text_at(coding, "code"))
    if coding.get("system") != FIRST_STATUS or code is None:
        return coding
    return {
        **{name: value for name, value in coding.items() if name != "version"},
        "system": codes.NHS_NUMBER_STATUS_ENGLAND,
        "code": code,
    }


def _contact_system(extension: Body) -> Meant | None:
    said = "valueCoding was read as the coding of a valueCodeableConcept, which UK Core has here: send that"
    return (_with_concept(extension), said) if isinstance(extension.get("valueCoding"), dict) else None


def _address_key(extension: Body) -> Meant | None:
    """The kind of the key, an extension within it, is what may be a Coding."""
    within = elements.all_of(extension, "extension")
    meant = [_contact_system(one) if one.get("url") == "type" else None for one in within]
    said = [one[1] for one in meant if one]
    if not said:
        return None
    return {**extension, "extension": [new[0] if new else old for old, new in zip(within, meant, strict=True)]}, said[0]


def _with_concept(extension: Body) -> Body:
    rest = {name: value for name, value in extension.items() if name != "valueCoding"}
    return {**rest, "valueCodeableConcept": {"coding": [extension["valueCoding"]]}}


_READ: Final[Mapping[str, Callable[[Body], Meant | None]]] = {
    codes.NHS_NUMBER_STATUS: _status,
    ADDRESS_KEY: _address_key,
    OTHER_CONTACT: _contact_system,
}


def _superseded(resource: Body) -> Iterator[Issue]:
    """NHS numbers of a Patient that are old, where one remains that is not."""
    if resource.get("resourceType") != "Patient":
        return
    stated = [found for found in _each(resource, "identifier") if found[1].get("system") == nhs_number.SYSTEM]
    old = [place for place, one in stated if one.get("use") == "old"]
    if len(old) == len(stated):
        return
    said = "This NHS number was read as superseded: it is kept and found, and the one that is not old is the person's"
    yield from (_warning(resource, place, said) for place in old)


def _warning(resource: Body, place: Place, said: str) -> Issue:
    path = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in place).replace("._", ".")
    return Issue("informational", said, f"{resource['resourceType']}{path}", "warning", _DETAIL)
