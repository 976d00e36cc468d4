"""By what a Patient is known: NHS numbers in use and superseded, and the records that were merged into this one.

A number that was superseded stays, with `use` old, so that whoever has only that one still finds the person. So do the
links to merged records: what an update does not send of these is kept (`kept`).
"""

from collections.abc import Collection, Iterator
from typing import Any, Final

from service.errors import RuleBroken
from service.fhir import elements, sensitivity
from service.fhir.resource_type import Body
from service.register import nhs_number

REPLACES: Final = "replaces"
REPLACED_BY: Final = "replaced-by"
OLD: Final = "old"

_LOST: Final = (
    "Keep the NHS number that this Patient had until now, with use old, so that who has only that one finds the "
    "person. Where it never was theirs, say so by X-Provenance with the reason wrong-person"
)


def numbers(patient: Body) -> list[str]:
    """Every NHS number, the superseded ones too."""
    return [elements.text_at(each, "value") for each in _numbers(patient)]


def number_in_use(patient: Body) -> str:
    return next((elements.text_at(each, "value") for each in _numbers(patient) if each.get("use") != OLD), "")


def is_replaced(patient: Body) -> bool:
    """Whether another record stands in the place of this one."""
    return next(replaced_at(patient), None) is not None


def replaced_at(patient: Body) -> Iterator[int]:
    """Where among its links a Patient says what stands in its place."""
    for place, link in enumerate(elements.all_of(patient, "link")):
        if link.get("type") == REPLACED_BY:
            yield place


def kept(patient: Body, before: Body, *, is_not_theirs: bool) -> Body:
    """The Patient that was sent, with what stays of the one `before` it. Raises RuleBroken for a number that is lost.

    `is_not_theirs` says that numbers which are missing now never were this person's.
    """
    here = set(numbers(patient))
    if not is_not_theirs:
        if (in_use := number_in_use(before)) and in_use not in here:
            raise RuleBroken(_LOST, expression="Patient.identifier")
        missing = [each for each in _numbers(before) if elements.text_at(each, "value") not in here]
        patient = _with(patient, "identifier", missing)
    linked = {_linked(link) for link in elements.all_of(patient, "link")}
    links = [each for each in elements.all_of(before, "link") if each.get("type") == REPLACES]
    return _with(patient, "link", [each for each in links if _linked(each) not in linked])


def replaced(source: Body, *, by: str) -> Body:
    """The Patient in whose place `by`, such as "Patient/1", stands now."""
    return _with({**source, "active": False}, "link", [_link(by, REPLACED_BY)])


def replacing(target: Body, source: Body) -> Body:
    """The Patient that stands in the place of `source` too: found by its numbers, and as restricted as either was."""
    here = set(numbers(target))
    taken = [{**each, "use": OLD} for each in _numbers(source) if elements.text_at(each, "value") not in here]
    found = _with(_with(target, "identifier", taken), "link", [_link(f"Patient/{source['id']}", REPLACES)])
    return _as_restricted(found, source)


def apart(target: Body, source: Body, *, own: Collection[str]) -> Body:
    """The Patient that no longer stands in the place of `source`; the numbers that were its `own` before stay."""
    taken = set(numbers(source)) - set(own)
    identifiers = [each for each in elements.all_of(target, "identifier") if not _is_old_of(each, taken)]
    links = [each for each in elements.all_of(target, "link") if _linked(each) != (f"Patient/{source['id']}", REPLACES)]
    left = {name: value for name, value in target.items() if name != "link"}
    return {**left, "identifier": identifiers, **({"link": links} if links else {})}


def _as_restricted(target: Body, source: Body) -> Body:
    if not sensitivity.is_lower(target, source):
        return target
    others = [each for each in elements.all_of(target, "meta", "security") if each not in sensitivity.labels(target)]
    labels = [each for each in sensitivity.labels(source) if sensitivity.of({"meta": {"security": [each]}})]
    return {**target, "meta": {**target.get("meta", {}), "security": [*others, *labels]}}


def _numbers(patient: Body) -> list[dict[str, Any]]:
    return [each for each in elements.all_of(patient, "identifier") if each.get("system") == nhs_number.SYSTEM]


def _is_old_of(identifier: Body, taken: Collection[str]) -> bool:
    is_number = identifier.get("system") == nhs_number.SYSTEM
    return is_number and identifier.get("use") == OLD and elements.text_at(identifier, "value") in taken


def _link(to: str, type_: str) -> Body:
    return {"other": {"reference": to}, "type": type_}


def _linked(link: Body) -> tuple[str, str]:
    return elements.text_at(link, "other", "reference"), elements.text_at(link, "type")


def _with(patient: Body, element: str, more: list[dict[str, Any]]) -> Body:
    return {**patient, element: [*elements.all_of(patient, element), *more]} if more else patient
