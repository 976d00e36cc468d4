"""Nobody comes to see more by what they write: not by a decision on sharing, an organisation, or another's number."""

from itertools import count
from typing import Any
from uuid import uuid4

import pytest

from tests import builders
from tests.builders import reference
from tests.security import people
from tests.security.conftest import HIDDEN, World
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
    hidden = (*HIDDEN, *PLACES)
    return world.connect("hospital", hidden=(), scope="system/*.cruds", organisation="RX9", user=user)


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


def test_an_organisation_that_others_named_is_not_made_ones_own(world: World) -> None:
    by = doctor(world)
    hospice = by.created(builders.organization(identifier=[{"system": ODS, "value": "RH1"}]))
    role = by.created(builders.practitioner_role(practitioner=None, organization={"identifier": {"system": ODS, "value": "RH1"}}))
    hidden = somebody(world, sharing="deny", labels=(VERY_RESTRICTED,))
    hospice2 = by.created(builders.organization(name="Nameless"))
    for to in (f"Organization/{hospice['id']}", f"PractitionerRole/{role['id']}", f"Organization/{hospice2['id']}"):
        world.integration.created(
            builders.care_team(subject=reference(hidden.patient), participant=[{"member": reference(to)}])
        )
    ours = [{"system": ODS, "value": "RX9"}]
    answers = [
        by.put(f"Organization/{hospice['id']}", {**hospice, "identifier": ours}),
        by.put(f"PractitionerRole/{role['id']}", {**role, "organization": {"identifier": ours[0]}}),
        by.put(f"Organization/{hospice2['id']}", {**hospice2, "identifier": ours}),
    ]
    assert by.get(hidden.patient).status_code == 404, [one.status_code for one in answers]
    assert [one.status_code for one in answers] == [403, 403, 403]


def test_nobody_is_given_anothers_number_as_one_of_before(world: World) -> None:
    hidden = somebody(world, sharing="deny")
    by = world.connect("practice", organisation="Y99001")
    own = builders.verified_number(builders.a_number(next(_NUMBERS)))
    theirs = {**builders.verified_number(hidden.number), "use": "old"}
    answer = by.post("Patient", builders.patient(identifier=[own, theirs], generalPractitioner=builders.at_practice("Y99001")))
    print(answer.status_code, answer.text[:300])
    assert answer.status_code == 409


def test_exports(world):
    many = world.connect("practice", organisation="Y99001", acts_for=("Y99002",), name=f"two-{uuid4().hex[:6]}")
    r = many.get("Patient/$export", Prefer="respond-async")
    print(r.status_code, r.text, r.headers)
    r = many.get("$export", Prefer="respond-async")
    print(r.status_code, r.text, r.headers)
    pat = world.connect("patient", patient=people.ANNA.number, user="anna", role="patient", purpose="PATRQT", scope="system/*.rs")
    r = pat.get("$export", Prefer="respond-async")
    print(r.status_code, r.text, r.headers)
    import time
    if r.status_code == 202:
        for _ in range(50):
            s = pat.http.get(r.headers["content-location"], headers=pat.headers())
            if s.status_code == 200: break
            time.sleep(.1)
        print(s.status_code, s.text)
    assert 0
