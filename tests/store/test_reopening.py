"""Who was said to have died by mistake is on the register again, without anybody having to remember it."""

from typing import Any

import pytest
import sqlalchemy as sa
import time_machine

from service.db import Database
from service.fhir import codec, validation
from service.register import codes, deaths
from service.store import rebuild, transaction, transaction_plan
from service.store.saved import Saved
from tests import builders, bundles, tables
from tests.builders import Body
from tests.store.test_derived import RESOURCE, standing
from tests.store.test_rebuild import DERIVED
from tests.store.test_write import change, put

DIED = {"url": codes.END_REASON, "valueCodeableConcept": builders.concept(codes.END_REASONS["died"])}
MOVED = {"url": codes.END_REASON, "valueCodeableConcept": builders.concept(codes.END_REASONS["moved"])}
OTHER = {"url": "https://example.org/ward", "valueString": "7"}


def patient(**changes: Any) -> Body:
    return builders.patient(id="anna", **changes)


def notified(code: str) -> list[Body]:
    """UK Core's DeathNotificationStatus."""
    status = {
        "url": "deathNotificationStatus",
        "valueCodeableConcept": builders.concept((deaths.NOTIFICATION, code)),
    }
    return [{"url": codes.DEATH_NOTIFICATION, "extension": [status]}]


def ended(reason: Body = DIED, **changes: Any) -> Body:
    period = {"start": "2025-03-01", "end": "2026-01-11"}
    changes = {"id": "spell", "status": "finished", "period": period, "extension": [reason, OTHER], **changes}
    return builders.registration(**changes)


def episode(database: Database, resource_id: str = "spell") -> Body:
    with database.reading() as session:
        of_this_id = (RESOURCE.c.resource_type == "EpisodeOfCare", RESOURCE.c.id == resource_id)
        return codec.loads(session.execute(sa.select(RESOURCE.c.body).where(*of_this_id)).scalar_one())


@pytest.fixture
def died(database: Database) -> Database:
    """Anna was on the register until a notice of her death came."""
    for resource in (*builders.minimum_record(patient())[:-1], patient(deceasedDateTime="2026-01-11"), ended()):
        put(database, resource)
    return database


@pytest.mark.parametrize(
    "again",
    [
        patient(),
        patient(extension=notified("U")),
        patient(extension=notified("U"), deceasedDateTime="2026-01-11"),
        patient(deceasedBoolean=False),
    ],
    ids=["no longer said", "removed", "removed with its date still there", "said to live"],
)
def test_a_registration_that_ended_with_a_death_is_active_again_once_the_death_is_taken_back(
    died: Database, again: Body
) -> None:
    with time_machine.travel("2026-01-20T09:00:00Z", tick=False):
        put(died, again)
    spell = episode(died)
    assert (spell["status"], spell["period"], spell["meta"]["versionId"]) == ("active", {"start": "2025-03-01"}, "2")
    assert spell["extension"] == [OTHER]
    assert spell["statusHistory"] == [
        {"status": "finished", "period": {"start": "2026-01-11", "end": "2026-01-20"}},
    ]
    assert [issue for issue in validation.issues(spell) if issue.severity == "error"] == []
    assert "on-the-register" in standing(died)


def test_the_same_transaction_tells_of_it_and_audits_it(died: Database) -> None:
    put(died, patient())
    with died.reading() as session:
        of_type = sa.select(RESOURCE.c.body).where(RESOURCE.c.resource_type == "Provenance")
        last = codec.loads(session.execute(of_type.order_by(RESOURCE.c.pk.desc()).limit(1)).scalar_one())
    kinds = [target["reference"].partition("/")[0] for target in last["target"]]
    assert kinds == ["Patient", "EpisodeOfCare", "Flag"]
    told = [(row.action, row.resource_type) for row in tables.audit(died)][-3:]
    assert told == [("update", "Patient"), ("update", "EpisodeOfCare"), ("create", "Flag")]


def test_a_history_that_its_sender_began_is_carried_on(died: Database) -> None:
    begun = [
        {"status": "active", "period": {"start": "2025-03-01", "end": "2026-01-11"}},
        {"status": "finished", "period": {"start": "2026-01-11"}},
    ]
    put(died, ended(statusHistory=begun))
    with time_machine.travel("2026-01-20T09:00:00Z", tick=False):
        put(died, patient())
    assert episode(died)["statusHistory"] == [
        begun[0],
        {"status": "finished", "period": {"start": "2026-01-11", "end": "2026-01-20"}},
    ]


def test_who_lives_on_the_register_already_keeps_that_registration(died: Database) -> None:
    put(died, builders.registration(id="newer"))
    put(died, patient())
    assert episode(died)["status"] == "finished"


def test_a_registration_that_starts_with_the_removal_is_the_only_one(died: Database) -> None:
    plan = transaction_plan.understood(
        bundles.transaction(
            bundles.request("PUT", "Patient/anna", patient()),
            bundles.request("PUT", "EpisodeOfCare/newer", builders.registration(id="newer")),
        ),
        base="http://127.0.0.1:8000/fhir/R4",
    )
    change(died, lambda changes: transaction.run(changes, plan))
    assert episode(died)["status"] == "finished"


def test_a_registration_that_its_sender_opens_again_with_the_removal_is_written_once(died: Database) -> None:
    plan = transaction_plan.understood(
        bundles.transaction(
            bundles.request("PUT", "Patient/anna", patient()),
            bundles.request("PUT", "EpisodeOfCare/spell", builders.registration(id="spell")),
        ),
        base="http://127.0.0.1:8000/fhir/R4",
    )
    change(died, lambda changes: transaction.run(changes, plan))
    assert "statusHistory" not in episode(died)


@pytest.mark.parametrize("reason", [MOVED, OTHER], ids=["moved", "not said"])
def test_a_registration_that_ended_for_another_reason_stays_ended(died: Database, reason: Body) -> None:
    put(died, ended(reason))
    put(died, patient())
    assert episode(died)["status"] == "finished"


def test_a_spell_that_ended_since_is_the_one_that_counts(died: Database) -> None:
    later = {"start": "2026-02-01", "end": "2026-03-01"}
    put(died, ended(MOVED, id="later", period=later))
    put(died, patient())
    assert episode(died)["status"] == episode(died, "later")["status"] == "finished"


def test_another_change_to_a_patient_opens_nothing(database: Database) -> None:
    put(database, patient())
    put(database, ended())
    put(database, patient(gender="female"))
    assert episode(database)["status"] == "finished"


def test_a_death_that_is_told_otherwise_opens_nothing(died: Database) -> None:
    put(died, patient(deceasedDateTime="2026-01-10", extension=notified("2")))
    assert episode(died)["status"] == "finished"


def test_a_removal_counts_once(died: Database) -> None:
    put(died, patient(extension=notified("U")))
    put(died, ended())
    put(died, patient(extension=notified("U"), gender="female"))
    assert episode(died)["status"] == "finished"


def test_a_removal_of_a_death_that_only_the_registration_told_of_opens_it(database: Database) -> None:
    put(database, patient())
    put(database, ended())
    put(database, patient(extension=notified("U")))
    assert episode(database)["status"] == "active"


def test_rebuilding_gives_the_same(died: Database) -> None:
    put(died, patient(extension=notified("U")))
    before = tables.rows(died, [*DERIVED, "resource", "resource_version"])
    with died.transaction() as session:
        rebuild.rebuild(session)
    assert tables.rows(died, [*DERIVED, "resource", "resource_version"]) == before


def test_a_registration_opened_again_needs_nothing_that_it_did_not_need_before(database: Database) -> None:
    """It may be older than the rules that a registration is judged by now."""
    put(database, patient(deceasedDateTime="2026-01-11"))
    put(database, ended())
    saved: Saved = put(database, patient())
    assert saved.version == 2
    assert episode(database)["status"] == "active"
