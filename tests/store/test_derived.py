"""A Flag of the register exists exactly while its reason does, on both databases, whoever writes at the same time."""

import threading
from typing import Any

import pytest
import sqlalchemy as sa
from sqlmodel import Session

from service import db
from service.db import Database
from service.fhir import codec
from service.register import alerts
from service.store import judging, rebuild, transaction, transaction_plan
from service.store.models import Resource, ResourceVersion, SearchIndex
from tests import builders, bundles, tables
from tests.store.test_rebuild import DERIVED
from tests.store.test_write import at_once, change, put, register

RESOURCE, VERSION, SEARCH_INDEX = (db.table(model) for model in (Resource, ResourceVersion, SearchIndex))
RECORD = builders.minimum_record()[:-1]
ENDED = {"status": "finished", "period": {"start": "2025-03-01", "end": "2025-04-01"}}


def standing(database: Database, patient_id: str = "anna") -> dict[str, dict[str, Any]]:
    """The Flags of a person that stand, by the name of the alert; there may be no two of one kind."""
    with database.reading() as session:
        person_pk = session.execute(_patient(patient_id)).scalar_one()
        mine = (RESOURCE.c.person_pk == person_pk, RESOURCE.c.resource_type == "Flag", RESOURCE.c.deleted.is_(False))
        found = [codec.loads(body) for body in session.execute(sa.select(RESOURCE.c.body).where(*mine)).scalars()]
    names = {alert.id_for(person_pk): alert.name for alert in alerts.ALERTS}
    assert len(found) == len({flag["id"] for flag in found})
    return {names[flag["id"]]: flag for flag in found}


def _patient(patient_id: str) -> Any:
    return sa.select(RESOURCE.c.pk).where(RESOURCE.c.resource_type == "Patient", RESOURCE.c.id == patient_id)


def versions(database: Database) -> int:
    with database.reading() as session:
        flags = sa.select(sa.func.count()).select_from(VERSION).where(VERSION.c.resource_type == "Flag")
        return int(session.execute(flags).scalar_one())


def sent(database: Database, *entries: Any) -> None:
    plan = transaction_plan.understood(bundles.transaction(*entries), base="http://127.0.0.1:8000/fhir/R4")
    change(database, lambda changes: transaction.run(changes, plan))


def delete(database: Database, type_name: str, resource_id: str) -> None:
    change(database, lambda changes: changes.delete(type_name, resource_id))


@pytest.fixture
def anna(database: Database) -> str:
    """Somebody with all that a registration needs, and no alert."""
    for resource in (*RECORD, builders.related_person(id="ben")):
        put(database, resource)
    return "anna"


CAUSES = [
    ("on-the-register", builders.registration(id="cause"), builders.registration(id="cause", **ENDED)),
    ("not-for-cpr", builders.cpr_decision(id="cause"), builders.cpr_decision(id="cause", status="entered-in-error")),
    (
        "advance-decision",
        builders.advance_decision(id="cause"),
        builders.advance_decision(id="cause", status="inactive"),
    ),
    (
        "lasting-power-of-attorney",
        builders.lasting_power(id="cause"),
        builders.lasting_power(id="cause", status="inactive"),
    ),
]
NAMES = [name for name, _, _ in CAUSES]


@pytest.mark.parametrize(("name", "cause", "ended"), CAUSES, ids=NAMES)
def test_a_flag_stands_while_its_reason_does(
    database: Database, anna: str, name: str, cause: dict[str, Any], ended: dict[str, Any]
) -> None:
    put(database, cause)
    assert set(standing(database)) == {name}
    put(database, ended)
    assert standing(database) == {}
    put(database, cause)
    assert standing(database)[name]["meta"]["versionId"] == "3"


@pytest.mark.parametrize(("name", "cause", "ended"), CAUSES, ids=NAMES)
def test_a_flag_goes_with_what_it_was_derived_from(
    database: Database, anna: str, name: str, cause: dict[str, Any], ended: dict[str, Any]
) -> None:
    put(database, cause)
    delete(database, cause["resourceType"], "cause")
    assert standing(database) == {}


@pytest.mark.parametrize(("name", "cause", "ended"), CAUSES, ids=NAMES)
def test_what_no_longer_stood_when_it_was_first_told_raises_nothing(
    database: Database, anna: str, name: str, cause: dict[str, Any], ended: dict[str, Any]
) -> None:
    put(database, ended)
    assert versions(database) == 0


def test_a_patient_can_be_deleted_together_with_all_that_raised_an_alert(database: Database, anna: str) -> None:
    for name, cause, _ in CAUSES:
        put(database, {**cause, "id": name})
    assert set(standing(database)) == set(NAMES)
    sent(
        database,
        bundles.request("DELETE", "RelatedPerson/ben"),
        *(bundles.request("DELETE", f"{each['resourceType']}/{each['id']}") for each in RECORD),
        *(bundles.request("DELETE", f"{cause['resourceType']}/{name}") for name, cause, _ in CAUSES),
    )
    assert standing(database) == {}


def test_a_newer_decision_for_attempted_cpr_ends_the_flag_and_an_older_one_does_not(
    database: Database, anna: str
) -> None:
    put(database, builders.cpr_decision(id="no", effectiveDateTime="2025-05-03"))
    put(database, builders.cpr_decision("450475007", id="older", effectiveDateTime="2025-05-02"))
    assert versions(database) == 1
    assert set(standing(database)) == {"not-for-cpr"}
    put(database, builders.cpr_decision("450475007", id="newer", effectiveDateTime="2025-05-04"))
    assert standing(database) == {}
    delete(database, "Observation", "newer")
    assert sources(standing(database)["not-for-cpr"]) == ["Observation/no/_history/1"]


def test_a_newer_decision_of_the_same_kind_is_a_new_version_of_the_same_flag(database: Database, anna: str) -> None:
    put(database, builders.cpr_decision(id="first", effectiveDateTime="2025-05-03"))
    first = standing(database)["not-for-cpr"]
    put(database, builders.cpr_decision(id="second", effectiveDateTime="2025-06-03"))
    second = standing(database)["not-for-cpr"]
    assert (second["id"], second["meta"]["versionId"]) == (first["id"], "2")
    assert sources(second) == ["Observation/second/_history/1"]


def test_a_decision_of_a_status_that_is_not_acted_on_raises_nothing(database: Database, anna: str) -> None:
    put(database, builders.cpr_decision(id="draft", status="preliminary"))
    assert versions(database) == 0


def test_two_advance_decisions_stand_beside_each_other_in_one_flag(database: Database, anna: str) -> None:
    put(database, builders.advance_decision(id="one"))
    put(database, builders.advance_decision(id="two", dateTime="2025-04-01T10:00:00Z"))
    flag = standing(database)["advance-decision"]
    assert sources(flag) == ["Consent/one/_history/1", "Consent/two/_history/1"]
    assert "of 1 March 2025 and the advance decision of 1 April 2025" in flag["code"]["text"]
    put(database, builders.advance_decision(id="one", status="inactive"))
    assert sources(standing(database)["advance-decision"]) == ["Consent/two/_history/1"]


def test_a_flag_names_the_version_of_its_cause_that_stands(database: Database, anna: str) -> None:
    put(database, builders.registration(id="cause"))
    put(database, builders.registration(id="cause", careManager={"display": "Nurse Brook"}))
    assert sources(standing(database)["on-the-register"]) == ["EpisodeOfCare/cause/_history/2"]


def test_what_says_nothing_of_an_alert_writes_no_flag(database: Database, anna: str) -> None:
    for resource in (builders.place_of_death(), builders.sharing(), builders.condition(), builders.goal()):
        change(database, lambda changes, resource=resource: changes.create(judging.judged(resource)))
    assert versions(database) == 0


def test_what_says_nothing_of_an_alert_costs_no_statement_for_it(
    database: Database, anna: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[str] = []
    execute = Session.execute

    def noted(self: Session, statement: Any, *arguments: Any, **named: Any) -> Any:
        read.append(str(statement))
        return execute(self, statement, *arguments, **named)

    monkeypatch.setattr(Session, "execute", noted)
    change(database, lambda changes: changes.create(judging.judged(builders.place_of_death())))
    assert not any("id_on_the_register" in text or "nhs_number" in text for text in read)


def test_decisions_written_at_once_make_one_flag_that_tells_of_the_latest(database: Database, anna: str) -> None:
    days = [f"2025-05-{day:02}" for day in range(1, 9)]
    results = at_once(
        *(lambda day=day: put(database, builders.cpr_decision(id=day, effectiveDateTime=day)) for day in days)
    )
    assert all(hasattr(result, "version") for result in results), results
    assert sources(standing(database)["not-for-cpr"]) == ["Observation/2025-05-08/_history/1"]


def test_a_deletion_and_a_newer_decision_at_once_leave_the_flag_true(database: Database, anna: str) -> None:
    for number in range(6):
        put(database, builders.cpr_decision(id="old", effectiveDateTime="2025-05-01"))
        new = builders.cpr_decision("450475007", id=f"new{number}", effectiveDateTime="2025-05-02")
        start = threading.Barrier(2)
        at_once(
            lambda start=start: (start.wait(), delete(database, "Observation", "old")),
            lambda start=start, new=new: (start.wait(), put(database, new)),
        )
        assert standing(database) == {}
        delete(database, "Observation", f"new{number}")


def test_sending_the_same_twice_makes_no_second_flag(database: Database) -> None:
    patient_id = register(database)[0].id
    once = standing(database, patient_id)
    register(database)
    assert standing(database, patient_id) == once
    assert {"on-the-register", "not-for-cpr"} <= set(once)


def test_rebuilding_leaves_the_flags_as_they_were(database: Database, anna: str) -> None:
    for name, cause, _ in CAUSES:
        put(database, {**cause, "id": name})
    put(database, {**CAUSES[0][2], "id": NAMES[0]})
    before = tables.rows(database, [*DERIVED, "resource", "resource_version"])
    with database.transaction() as session:
        rebuild.rebuild(session)
    assert tables.rows(database, [*DERIVED, "resource", "resource_version"]) == before


def test_rebuilding_raises_what_an_older_register_did_not(database: Database, anna: str) -> None:
    put(database, builders.cpr_decision(id="no"))
    put(database, builders.advance_decision(id="adrt"))
    once = standing(database)
    with database.transaction() as session:
        flags = sa.select(RESOURCE.c.pk).where(RESOURCE.c.resource_type == "Flag")
        for table in (VERSION, SEARCH_INDEX):
            session.execute(table.delete().where(table.c.resource_pk.in_(flags)))
        session.execute(RESOURCE.delete().where(RESOURCE.c.resource_type == "Flag"))
    assert standing(database) == {}
    for _ in range(2):
        with database.transaction() as session:
            rebuild.rebuild(session)
    assert {name: flag["id"] for name, flag in standing(database).items()} == {
        name: flag["id"] for name, flag in once.items()
    }
    assert versions(database) == 2


def test_a_bundle_as_long_as_may_be_leaves_room_for_the_alerts_that_it_raises(database: Database, anna: str) -> None:
    others = [builders.condition(code={"text": f"Diagnosis {number}"}) for number in range(497)]
    causes = [{name: part for name, part in cause.items() if name != "id"} for _, cause, _ in CAUSES[:3]]
    sent(database, *(bundles.request("POST", each["resourceType"], each) for each in (*causes, *others)))
    assert len(standing(database)) == 3


def sources(flag: dict[str, Any]) -> list[str]:
    return [
        part["valueReference"]["reference"]
        for extension in flag["extension"]
        if extension["url"] == alerts.DERIVED_FROM
        for part in extension["extension"]
        if part["url"] == "source"
    ]
