"""The glass is broken by one person, for one record, for a while, and on record: nothing more opens, to nobody else."""

from collections.abc import Callable
from datetime import timedelta
from itertools import count
from typing import Any
from uuid import uuid4

import pytest
import sqlalchemy as sa

from service import clock, db
from service.register import codes
from service.store.break_glass import BreakGlass
from tests import builders
from tests.builders import Body
from tests.security import people
from tests.security.conftest import HIDDEN, World
from tests.security.people import HEDWIG, NOBODY, VERY_RESTRICTED, Person
from tests.systems import ALL, System

BROKEN = db.table(BreakGlass)
REASON = {"system": "http://terminology.hl7.org/CodeSystem/v3-ActReason", "code": "ETREAT"}
_NUMBERS = count(6000)
PLACES = ("44 Snowdrop Yard", "Ravenhollow", "ZZ92 5FF", "01632 960222", "Y99888", "Dr Peregrine Oakhurst")


@pytest.fixture
def refuser(world: World) -> Person:
    """Somebody very restricted who refused to share, and whose glass nobody broke yet."""
    return _settled(world)


@pytest.fixture(scope="module")
def shut(world: World) -> Person:
    """The same, for those who break it in vain."""
    return _settled(world)


def _settled(world: World) -> Person:
    name, number = f"r-{uuid4().hex[:8]}", builders.a_number(next(_NUMBERS))
    words = ("Sarcoidotica", "Foxglove Manor")
    who = Person(name, number, "Y99888", "Larkspurson", "Rosalinde", PLACES, words, (VERY_RESTRICTED,))
    people.settle(world.integration, who, sharing="deny")
    return who


def at_work(
    world: World, user: str = "dr-9", *, role: str = "hospital", organisation: str = "RX9", purpose: str = "TREAT"
) -> System:
    who = {"organisation": organisation, "user": user, "role": role, "purpose": purpose}
    return world.connect(role, hidden=(*HIDDEN, *PLACES, "Foxglove Manor"), scope="system/*.cruds", **who)


def parameters(number: str, **changes: Any) -> Body:
    said = {
        "identifier": {"valueIdentifier": {"system": "https://fhir.nhs.uk/Id/nhs-number", "value": number}},
        "reason": {"valueCoding": REASON},
        "text": {"valueString": "Found at home, cannot speak"},
        **changes,
    }
    return {
        "resourceType": "Parameters",
        "parameter": [{"name": name, **value} for name, value in said.items() if value],
    }


def broken(system: System, number: str, **changes: Any) -> Any:
    return system.post("Patient/$break-glass", parameters(number, **changes))


def test_it_opens_this_record_to_this_user_in_part_and_to_nobody_else(world: World, refuser: Person) -> None:
    doctor = at_work(world)
    assert doctor.get(refuser.patient).status_code == 404
    assert broken(doctor, refuser.number).status_code == 200
    told = doctor.get(refuser.patient)
    assert told.status_code == 200
    assert refuser.family in told.text
    assert '"REDACTED"' in told.text, "Where she is stays as it was: the fixture looks for it"
    for url in (f"{refuser.patient}/$everything", f"{refuser.patient}/_history", f"{refuser.patient}/*"):
        assert doctor.get(url).status_code == 200
    assert doctor.summary(refuser.number).status_code == 200
    assert doctor.get(HEDWIG.patient).status_code == 404
    others = {
        "a colleague": at_work(world, "dr-8"),
        "the system by itself": world.hospital,
        "the same name elsewhere": at_work(world, organisation="RX8"),
        "the same name, without a purpose of care": at_work(world, purpose="HQUALIMP"),
        "the same name as a quality lead": at_work(world, role="quality-lead"),
        "the same name in other letters": at_work(world, "DR-9"),
        "a name that begins so": at_work(world, "dr-9x"),
        "a wildcard": at_work(world, "%"),
    }
    for name, other in others.items():
        assert other.get(refuser.patient).status_code in (403, 404), name
        assert not other.get(f"Patient?_id={refuser.id}").json().get("entry"), name


def test_it_closes_again(world: World, refuser: Person) -> None:
    doctor = at_work(world)
    assert broken(doctor, refuser.number).status_code == 200
    assert doctor.get(refuser.patient).status_code == 200
    with world.database.transaction() as session:
        session.execute(sa.update(BROKEN).values(until=clock.now() - timedelta(seconds=1)))
    for answer in (
        doctor.get(refuser.patient),
        doctor.get(f"{refuser.patient}/_history/1"),
        doctor.summary(refuser.number),
    ):
        assert answer.status_code == 404


def test_it_is_on_record_at_once_with_who_why_and_whose(world: World, refuser: Person) -> None:
    rows = world.audited()
    after = rows[-1].pk
    doctor = at_work(world)
    broken(doctor, refuser.number)
    doctor.get(refuser.patient)
    told = [row for row in world.audited(after=after) if row.user_id == "dr-9" and row.action != "token"]
    assert [row.action for row in told] == ["break-glass", "read"]
    assert told[0].reason == "ETREAT"
    assert {row.person_pk for row in told} == {told[0].person_pk} != {None}
    assert told[1].basis == "break-glass"


REFUSED: dict[str, Callable[[World], System]] = {
    "a system by itself": lambda world: world.hospital,
    "a practice system by itself": lambda world: world.practice,
    "without a purpose of care": lambda world: at_work(world, purpose="HQUALIMP"),
    "a quality lead": lambda world: at_work(world, role="quality-lead"),
    "a privacy officer": lambda world: at_work(world, role="privacy-officer"),
    "without the scope": lambda world: world.connect(
        "hospital", organisation="RX9", user="dr-9", role="hospital", purpose="TREAT", scope="system/Observation.rs"
    ),
    "an integration": lambda world: world.connect("integration", hidden=(), scope=ALL),
}


@pytest.mark.parametrize("who", REFUSED)
def test_nobody_else_breaks_it_and_who_may_not_learns_nothing(world: World, shut: Person, who: str) -> None:
    system = REFUSED[who](world)
    answers = [broken(system, number) for number in (shut.number, NOBODY)]
    assert [answer.status_code for answer in answers] == [403, 403]
    assert answers[0].content == answers[1].content
    if who != "an integration":
        assert system.get(shut.patient).status_code in (403, 404)


@pytest.mark.parametrize(
    "changes",
    [
        {"reason": None},
        {"text": None},
        {"text": {"valueString": " "}},
        {"text": {"valueString": "x" * 100_000}},
        {"reason": {"valueCoding": {"code": "ETREAT"}}},
        {"reason": {"valueCoding": {**REASON, "code": "FUN"}}},
        {"reason": {"valueString": "ETREAT"}},
        {"identifier": {"valueString": "9999999999"}},
        {"identifier": None},
        {"until": {"valueInstant": "2199-01-01T00:00:00Z"}},
        {"organisation": {"valueString": "Y99002"}},
    ],
    ids=str,
)
def test_it_is_not_broken_without_a_reason_that_can_be_reviewed(
    world: World, shut: Person, changes: dict[str, Any]
) -> None:
    doctor = at_work(world)
    assert 400 <= broken(doctor, shut.number, **changes).status_code < 500
    assert doctor.get(shut.patient).status_code == 404


def test_it_is_not_broken_by_a_link_or_in_a_transaction(world: World, refuser: Person) -> None:
    """A GET would be followed by a browser, or fetched ahead; a transaction would take it back when it fails."""
    doctor = at_work(world)
    assert doctor.get(f"Patient/$break-glass?identifier={refuser.number}").status_code == 405
    entry = {"resource": parameters(refuser.number), "request": {"method": "POST", "url": "Patient/$break-glass"}}
    answer = doctor.post("", {"resourceType": "Bundle", "type": "transaction", "entry": [entry]})
    assert 400 <= answer.status_code < 500
    assert doctor.get(refuser.patient).status_code == 404


def test_it_lets_nobody_write_what_is_seen_in_part(world: World, refuser: Person) -> None:
    doctor = at_work(world)
    assert broken(doctor, refuser.number).status_code == 200
    seen = doctor.get(refuser.patient).json()
    assert doctor.put(refuser.patient, seen).status_code == 403
    assert doctor.patch(refuser.patient, {"op": "remove", "path": "/address"}).status_code == 403
    assert doctor.delete(f"Observation/{refuser.id}-observation").status_code == 403
    claim = builders.care_team(
        subject=builders.reference(refuser.patient),
        participant=[{"member": {"identifier": {"system": codes.ODS_ORGANISATION, "value": "RX9"}}}],
    )
    doctor.post("CareTeam", claim)
    assert '"REDACTED"' in doctor.get(refuser.patient).text


def test_it_opens_nothing_in_bulk(world: World, refuser: Person) -> None:
    doctor = at_work(world)
    assert broken(doctor, refuser.number).status_code == 200
    answer = doctor.get(f"Group/{refuser.practice}")
    assert answer.status_code == 404 or refuser.id not in answer.text
