"""Nobody comes to see more by what they write: not by a decision on sharing, an organisation, or another's number."""

from itertools import count
from typing import Any
from uuid import uuid4

import pytest

from tests import builders
from tests.builders import reference
from tests.bundles import request, transaction
from tests.security import people
from tests.security.conftest import World
from tests.security.people import VERY_RESTRICTED, Person
from tests.security.test_breaking_the_glass import broken
from tests.systems import System

_NUMBERS = count(7000)
PLACES = ("52 Celandine Steps", "Otterwick", "ZZ91 4GG", "01632 960333", "Y99889", "Dr Leopold Fairweather")
ODS = "https://fhir.nhs.uk/Id/ods-organization-code"


def somebody(world: World, *, sharing: str, labels: tuple[Any, ...] = ()) -> Person:
    who = Person(
        f"c-{uuid4().hex[:8]}", builders.a_number(next(_NUMBERS)), "Y99889", "Wrenfordly", "Celestina", PLACES,
        ("Sarcoidotica", "Foxglove Manor"), labels,
    )  # fmt: skip
    people.settle(world.integration, who, sharing=sharing)
    return who


def doctor(world: World, user: str = "dr-5") -> System:
    """Who is told of people in full where they are not restricted, so that the fixture looks for nothing of theirs."""
    return world.connect("hospital", scope="system/*.cruds", organisation="RX9", user=user)


def decided(who: Person, decision: str, **changes: Any) -> Any:
    return builders.sharing(decision, patient=reference(who.patient), dateTime="2026-02-02T10:00:00Z", **changes)


@pytest.mark.parametrize("labels", [(), (VERY_RESTRICTED,)])
@pytest.mark.parametrize("how", ["create", "update", "mistake", "delete", "patch"])
def test_a_broken_glass_changes_no_decision_on_sharing(world: World, how: str, labels: Any) -> None:
    refuser = somebody(world, sharing="deny", labels=labels)
    by = doctor(world)
    assert broken(by, refuser.number).status_code == 200
    theirs = f"Consent/{refuser.id}-decides"
    ways = {
        "create": lambda: by.post("Consent", decided(refuser, "permit")),
        "update": lambda: by.put(theirs, decided(refuser, "permit", id=f"{refuser.id}-decides")),
        "mistake": lambda: by.put(
            theirs, decided(refuser, "deny", id=f"{refuser.id}-decides", status="entered-in-error")
        ),
        "delete": lambda: by.delete(theirs),
        "patch": lambda: by.patch(theirs, {"op": "replace", "path": "/provision/type", "value": "permit"}),
    }
    answer = ways[how]()
    assert doctor(world, "dr-6").get(refuser.patient).status_code == 404, answer.status_code
    assert answer.status_code == 403


def test_who_looks_after_somebody_opens_the_record_again(world: World) -> None:
    refuser = somebody(world, sharing="deny")
    theirs = world.connect("practice", hidden=(), organisation="Y99889")
    theirs.created(decided(refuser, "permit"))
    assert doctor(world).get(refuser.patient).status_code == 200


@pytest.mark.parametrize("named", ["RH1", ""])
@pytest.mark.parametrize("way", ["Organization", "PractitionerRole", "role in an Organization"])
def test_an_organisation_that_others_named_is_not_made_ones_own(world: World, way: str, named: str) -> None:
    """Whoever wrote it may change it, and so would change who looks after those in whose teams it stands."""
    by = doctor(world)
    restricted = somebody(world, sharing="permit", labels=(VERY_RESTRICTED,))
    coded = {"identifier": [{"system": ODS, "value": named}]} if named else {}
    hospice = by.created(builders.organization(**coded))
    role = by.created(builders.practitioner_role(practitioner=None, organization=_named(way, hospice, named)))
    member = hospice if way == "Organization" else role
    world.integration.created(
        builders.care_team(
            subject=reference(restricted.patient),
            participant=[{"member": reference(f"{member['resourceType']}/{member['id']}")}],
        )
    )
    ours = {"system": ODS, "value": "RX9"}
    if way == "PractitionerRole":
        answer = by.put(f"PractitionerRole/{role['id']}", {**role, "organization": {"identifier": ours}})
    else:
        answer = by.put(f"Organization/{hospice['id']}", {**hospice, "identifier": [ours]})
    assert '"REDACTED"' in by.get(restricted.patient).text
    assert answer.status_code == 403
    assert by.put(f"Organization/{hospice['id']}", {**hospice, "name": "Another name"}).status_code == 200


def _named(way: str, hospice: Any, code: str) -> Any:
    if way == "role in an Organization":
        return reference(f"Organization/{hospice['id']}")
    return {"identifier": {"system": ODS, "value": code}} if code else {"display": "A hospice"}


def test_nobody_is_given_anothers_number_as_one_of_before(world: World) -> None:
    """A search by that number would find the wrong person, and a number that two have had finds nobody."""
    hidden = somebody(world, sharing="deny")
    theirs = {**builders.verified_number(hidden.number), "use": "old"}
    own = builders.verified_number(builders.a_number(next(_NUMBERS)))
    patient = builders.patient(identifier=[own, theirs], generalPractitioner=builders.at_practice("Y99001"))
    assert world.practice.post("Patient", patient).status_code == 409
    kept = world.practice.created({**patient, "identifier": [own]})
    assert world.practice.put(f"Patient/{kept['id']}", {**kept, "identifier": [own, theirs]}).status_code == 409


def team_of_ones_own(to: str) -> Any:
    ours = {"identifier": {"system": ODS, "value": "RX9"}}
    return builders.care_team(subject=reference(to), participant=[{"member": ours}])


@pytest.mark.parametrize("subject", ["id", "number"])
def test_who_says_that_they_care_for_somebody_has_claimed_it(world: World, subject: str) -> None:
    """From then on they look after the person; how they came to is in the queue of the privacy officers."""
    shared = somebody(world, sharing="permit")
    by = doctor(world)
    mark = max(row.pk for row in world.audited())
    to = shared.patient if subject == "id" else f"Patient?identifier={shared.number}"
    answer = by.post("", transaction(request("POST", "CareTeam", team_of_ones_own(to))))
    assert answer.status_code == 200, answer.text
    assert by.get(shared.patient).status_code == 200
    rows = world.audited(after=mark)
    assert [row.basis for row in rows if row.action == "create"] == ["claimed"]
    assert rows[-1].basis == "looked-after"


@pytest.mark.parametrize("how", ["no team", "no practice", "no work"])
def test_a_broken_glass_shuts_out_nobody_who_looks_after_the_person(world: World, how: str) -> None:
    refuser = somebody(world, sharing="deny")
    team = world.integration.created(team_of_ones_own(refuser.patient) | {"participant": [{"member": NURSES}]})
    by = doctor(world)
    assert broken(by, refuser.number).status_code == 200
    if how == "no team":
        answer = by.delete(f"CareTeam/{team['id']}")
    elif how == "no practice":
        patient = by.get(refuser.patient).json()
        answer = by.put(refuser.patient, {name: patient[name] for name in patient if name != "generalPractitioner"})
    else:
        answer = by.put(f"CareTeam/{team['id']}", {**team, "status": "inactive"})
    assert answer.status_code == 403
    assert "said by those who do already" in answer.text


NURSES = {"identifier": {"system": ODS, "value": "RY1"}}
