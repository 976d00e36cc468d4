"""What the demonstration sends: a practice registers somebody new, a hospital asks about somebody it has met."""

from collections.abc import Iterator
from itertools import islice
from typing import Any, Final

from service.demo import in_full, resources
from service.demo.area import END, Practice
from service.demo.lives import Person
from service.demo.story import Story, demo_practice
from service.fhir.resource_type import Body
from service.register import nhs_number, preferences

SENDER: Final = "https://gp-demo.heartsease.example/id/record"
"""The identifier system of the practice's own records."""


def registration(story: Story) -> Body:
    """A transaction that puts the newcomer on the register: sent twice, it changes nothing the second time."""
    entries = list(_record(story.newcomer))
    places = {f"{entry['resourceType']}/{entry['id']}": f"urn:uuid:{entry['id']}" for entry in entries}
    return {
        "resourceType": "Bundle",
        "type": "transaction",
        "entry": [_entry(entry, number, places) for number, entry in enumerate(entries, start=1)],
    }


def ask(story: Story) -> Body:
    """The Parameters of `$summary` for somebody in full whose record is shared."""
    identifier = {"system": nhs_number.SYSTEM, "value": asked_about(story).nhs_number}
    return {"resourceType": "Parameters", "parameter": [{"name": "identifier", "valueIdentifier": identifier}]}


def asked_about(story: Story) -> Person:
    """Who shows best what a record can say: in full, shared, and ahead of the others by what `_shows` counts."""
    practice = demo_practice(story.people)
    full = [person for person in story.in_full() if person.is_shared and not person.spell.ended_on]
    return max(full, key=lambda person: _shows(person, practice))


def _shows(person: Person, practice: Practice) -> tuple[bool, bool, bool, int]:
    """A place is preferred, the practice is the demonstration's all along, no review is due, and minds were changed."""
    is_reviewed = preferences.review_due(person.reviewed_on) > END
    is_here = person.spell.practice == person.practice == practice
    return bool(person.preferences[-1].place), is_here, is_reviewed, len(person.preferences)


def _record(person: Person) -> Iterator[Body]:
    """A dozen resources: the seven of everyone, the team, decisions, and what matters."""
    yield from resources.resources(person)
    yield in_full.care_team(person, "carer")
    yield from in_full.decisions(person)
    yield from islice(in_full.wishes(person), 2)


def _entry(resource: Body, number: int, places: dict[str, str]) -> Body:
    type_name = resource["resourceType"]
    identifier = _identifier(resource, number)
    body = {name: value for name, value in resource.items() if name != "id"} | {"identifier": [identifier]}
    return {
        "fullUrl": places[f"{type_name}/{resource['id']}"],
        "resource": _resolved(body, places),
        "request": {
            "method": "POST",
            "url": type_name,
            "ifNoneExist": f"identifier={identifier['system']}|{identifier['value']}",
        },
    }


def _identifier(resource: Body, number: int) -> Body:
    """The NHS number of the Patient; of anything else, the sender's own."""
    if resource["resourceType"] == "Patient":
        identifier: Body = resource["identifier"][0]
        return identifier
    return {"system": SENDER, "value": f"newcomer-{number}"}


def _resolved(value: Any, places: dict[str, str]) -> Any:
    """The same with every reference to an entry of the Bundle by the entry's own address."""
    if isinstance(value, list):
        return [_resolved(each, places) for each in value]
    if not isinstance(value, dict):
        return value
    return {
        name: places.get(part, part) if name == "reference" and isinstance(part, str) else _resolved(part, places)
        for name, part in value.items()
    }
