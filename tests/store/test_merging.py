"""Two records of one person become one and are taken apart again; what is derived stays what a rebuild derives."""

from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa
import time_machine

from service import clock
from service.db import Database
from service.errors import Conflict, HeartseaseError, NotFound, RuleBroken
from service.fhir import codec
from service.register import codes, preferences
from service.register.models import Person
from service.store import merging, rebuild
from service.store.merging import Done
from tests import builders, tables
from tests.store.test_derived import RESOURCE, delete, standing
from tests.store.test_write import change, put

ANNA, ANN = builders.reference("Patient/anna"), builders.reference("Patient/ann")
ANNS_NUMBER = builders.a_number(1)


def merge(database: Database, source: str = "Patient/ann", target: str = "Patient/anna") -> Done:
    return change(database, lambda changes: merging.merge(changes, source=source, target=target))


def unmerge(database: Database, source: str = "Patient/ann", target: str = "Patient/anna") -> Done:
    return change(database, lambda changes: merging.unmerge(changes, source=source, target=target))


def two_records(database: Database, now: Any) -> None:
    """Anna is on the register; Ann is another record of her, with a wish, a decision, and something deleted."""
    for resource in builders.minimum_record(builders.patient(id="anna")):
        put(database, resource)
    put(database, builders.patient(ANNS_NUMBER, id="ann", generalPractitioner=builders.at_practice("Y99001")))
    now.shift(3600)
    put(database, builders.patient(ANNS_NUMBER, id="ann", generalPractitioner=builders.at_practice("Y99002")))
    put(database, builders.cpr_decision(id="cpr", subject=ANN, effectiveDateTime="2025-05-01"))
    put(database, builders.place_of_death("20", id="home", subject=ANN, effectiveDateTime="2025-05-01"))
    put(database, builders.place_of_death("30", id="hospice", subject=ANNA, effectiveDateTime="2025-06-01"))
    put(database, builders.sharing("deny", id="no", patient=ANN, dateTime="2025-06-01T10:00:00Z"))
    put(database, builders.ended_registration(id="old-spell", patient=ANN))
    put(database, builders.condition(id="gone", subject=ANN))
    delete(database, "Condition", "gone")
    now.shift(3600)


@pytest.fixture
def two(database: Database) -> Any:
    with time_machine.travel("2026-01-10T09:00:00Z", tick=False) as now:
        two_records(database, now)
        yield now


def rebuilt_the_same(database: Database) -> bool:
    before = tables.rows(database)
    with database.transaction() as session:
        rebuild.rebuild(session)
    after = tables.rows(database)
    assert {name: rows for name, rows in after.items() if before[name] != rows} == {}
    return True


def body(database: Database, reference: str) -> dict[str, Any]:
    type_name, _, resource_id = reference.partition("/")
    where = (RESOURCE.c.resource_type == type_name, RESOURCE.c.id == resource_id)
    with database.reading() as session:
        return codec.loads(session.execute(sa.select(RESOURCE.c.body).where(*where)).scalar_one())


def owners(database: Database) -> dict[str, str]:
    """Whose each resource is, but for what tells of the past and the Flags, by the id of the Patient's own row."""
    with database.reading() as session:
        rows = session.execute(sa.select(RESOURCE)).all()
    people = {row.pk: row.id for row in rows if row.resource_type == "Patient"}
    return {
        f"{row.resource_type}/{row.id}": people[row.person_pk]
        for row in rows
        if row.resource_type not in ("Provenance", "Flag")
    }


def derived(database: Database) -> dict[str, list[str]]:
    """The register tables, but for when what raises no question was written."""
    names = ("person", "practice_spell", "registration", "plan", "preference", "death", "sharing_decision")
    return tables.rows(database, [*names, "summary_item", "recorded_item", "relationship"])


def test_everything_of_the_source_belongs_to_the_target_and_says_so(database: Database, two: Any) -> None:
    done = merge(database)
    assert set(owners(database).values()) == {"anna"}
    assert set(done.moved) == {
        *("Observation/cpr", "Observation/home", "Consent/no", "EpisodeOfCare/old-spell"),
    }
    assert body(database, "Observation/cpr")["subject"] == ANNA
    assert body(database, "EpisodeOfCare/old-spell")["patient"] == ANNA
    assert rebuilt_the_same(database)


def test_the_source_stays_inactive_and_says_what_stands_in_its_place(database: Database, two: Any) -> None:
    merge(database)
    source, target = body(database, "Patient/ann"), body(database, "Patient/anna")
    assert (source["active"], source["link"]) == (False, [{"other": ANNA, "type": "replaced-by"}])
    assert target["link"] == [{"other": ANN, "type": "replaces"}]
    [number] = [one for one in target["identifier"] if one["value"] == ANNS_NUMBER]
    assert number["use"] == "old"


def test_the_preferences_of_both_are_one_series(database: Database, two: Any) -> None:
    merge(database)
    with database.reading() as session:
        [anna] = session.execute(sa.select(RESOURCE.c.pk).where(RESOURCE.c.id == "anna")).scalars()
        found = preferences.in_force(session, anna, at=clock.now())
    assert {(row.kind, row.answer) for row in found} >= {("place-of-death", "30"), ("cpr-decision", "450476008")}


def test_what_moved_stays_dated_and_signed_as_it_was(database: Database, two: Any) -> None:
    before = tables.rows(database, ["preference"])["preference"]
    lines = tables.rows(database, ["summary_item"])["summary_item"]
    two.shift(86_400 * 30)
    merge(database)
    after = tables.rows(database, ["preference"])["preference"]
    without_person = [row.split(",", 2)[2] for row in before]
    assert [row.split(",", 2)[2] for row in after] == without_person
    told = [row for row in tables.rows(database, ["summary_item"])["summary_item"] if "10 February" in row]
    assert told == [row for row in lines if "10 February" in row]


def test_the_flags_follow_a_merge_and_its_undoing(database: Database, two: Any) -> None:
    assert standing_of(database) == {"anna": {"on-the-register"}, "ann": {"not-for-cpr"}}
    merge(database)
    assert standing_of(database) == {"anna": {"on-the-register", "not-for-cpr"}}
    two.shift(60)
    unmerge(database)
    assert standing_of(database) == {"anna": {"on-the-register"}, "ann": {"not-for-cpr"}}


def standing_of(database: Database) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    with database.reading() as session:
        rows = session.execute(
            sa.select(RESOURCE.c.body).where(RESOURCE.c.resource_type == "Flag", RESOURCE.c.deleted.is_(False))
        ).scalars()
        for one in rows:
            flag = codec.loads(one)
            name = next(n for n, c in KINDS.items() if c == flag["code"]["coding"][0]["code"])
            found.setdefault(flag["subject"]["reference"].partition("/")[2], set()).add(name)
    return found


KINDS = {"on-the-register": codes.ON_THE_REGISTER.code, "not-for-cpr": codes.NOT_FOR_CPR.code}


def test_the_decision_on_sharing_that_is_the_latest_of_both_rules(database: Database, two: Any) -> None:
    merge(database)
    with database.reading() as session:
        people = session.execute(sa.select(Person.patient_id, Person.sharing)).all()
    assert [tuple(row) for row in people] == [("anna", "denied")]


def test_unmerging_puts_back_what_was_merged(database: Database, two: Any) -> None:
    before = derived(database)
    theirs = owners(database)
    patients = [body(database, reference) for reference in ("Patient/ann", "Patient/anna")]
    merge(database)
    two.shift(60)
    done = unmerge(database)
    assert done.stayed == []
    assert owners(database) == theirs
    assert derived(database) == before
    for patient in patients:
        now = body(database, f"Patient/{patient['id']}")
        assert {**now, "meta": patient["meta"]} == patient
    assert rebuilt_the_same(database)


def test_unmerging_puts_back_what_was_changed_or_deleted_since_and_leaves_what_came(
    database: Database, two: Any
) -> None:
    merge(database)
    two.shift(60)
    put(database, builders.cpr_decision("450475007", id="cpr", subject=ANNA, effectiveDateTime="2025-05-01"))
    delete(database, "Observation", "home")
    put(database, builders.place_of_death("10", id="new", subject=ANNA))
    put(database, builders.condition(id="gone", subject=ANNA))
    two.shift(60)
    done = unmerge(database)
    assert done.stayed == ["Observation/new"]
    theirs = owners(database)
    assert {name for name, owner in theirs.items() if owner == "ann"} == {
        *("Patient/ann", "Observation/cpr", "Observation/home", "Consent/no", "EpisodeOfCare/old-spell"),
        "Condition/gone",
    }
    changed = body(database, "Observation/cpr")
    assert (changed["subject"], changed["valueCodeableConcept"]["coding"][0]["code"]) == (ANN, "450475007")
    assert body(database, "Condition/gone")["subject"] == ANN
    assert rebuilt_the_same(database)


def test_what_was_bound_together_since_is_named_and_nothing_is_taken_apart(database: Database, two: Any) -> None:
    merge(database)
    put(
        database,
        builders.place_of_death("10", id="new", subject=ANNA, derivedFrom=[builders.reference("Observation/home")]),
    )
    before = tables.rows(database)
    with pytest.raises(Conflict, match="Observation/new refers to Observation/home"):
        unmerge(database)
    assert tables.rows(database) == before


def test_one_record_may_be_merged_taken_apart_and_merged_again(database: Database, two: Any) -> None:
    for _ in range(2):
        merge(database)
        two.shift(60)
        unmerge(database)
        two.shift(60)
    merge(database)
    assert set(owners(database).values()) == {"anna"}
    assert rebuilt_the_same(database)


def test_a_chain_of_merges_is_taken_apart_from_its_end(database: Database, two: Any) -> None:
    put(database, builders.patient(builders.a_number(2), id="annie"))
    merge(database, "Patient/ann", "Patient/annie")
    two.shift(60)
    before = owners(database)
    merge(database, "Patient/annie", "Patient/anna")
    with pytest.raises(Conflict):
        unmerge(database, "Patient/ann", "Patient/annie")
    two.shift(60)
    unmerge(database, "Patient/annie", "Patient/anna")
    assert owners(database) == before
    assert rebuilt_the_same(database)
    two.shift(60)
    unmerge(database, "Patient/ann", "Patient/annie")
    assert owners(database)["Observation/cpr"] == "ann"
    assert rebuilt_the_same(database)


def test_two_active_registrations_and_plans_are_named_until_one_is_ended(database: Database, two: Any) -> None:
    put(database, builders.sharing(id="ann-sharing", patient=ANN))
    put(database, builders.main_carer(id="ann-carer", subject=ANN))
    put(database, builders.condition(id="ann-diagnosis", subject=ANN))
    put(database, builders.care_plan(id="ann-plan", subject=ANN))
    put(database, builders.registration(id="ann-spell", patient=ANN))
    before = tables.rows(database)
    with pytest.raises(Conflict) as refusal:
        merge(database)
    for name in ("EpisodeOfCare/anna-spell", "EpisodeOfCare/ann-spell", "CarePlan/anna-plan", "CarePlan/ann-plan"):
        assert name in refusal.value.message
    assert tables.rows(database) == before
    put(
        database,
        builders.care_plan(
            id="ann-plan", subject=ANN, status="completed", period={"start": "2025-03-01", "end": "2026-01-02"}
        ),
    )
    put(database, builders.ended_registration(id="ann-spell", patient=ANN))
    merge(database)
    assert rebuilt_the_same(database)


def test_records_that_differ_on_a_death_are_not_merged(database: Database, two: Any) -> None:
    put(database, builders.patient(ANNS_NUMBER, id="ann", deceasedDateTime="2026-01-02"))
    with pytest.raises(Conflict, match="died"):
        merge(database)


@pytest.mark.parametrize("pair", [("Patient/none", "Patient/anna"), ("Patient/ann", "Patient/none")])
def test_a_patient_who_is_not_here_is_not_found(database: Database, two: Any, pair: tuple[str, str]) -> None:
    with pytest.raises(NotFound):
        merge(database, *pair)


def test_a_record_is_not_merged_with_itself_nor_twice(database: Database, two: Any) -> None:
    with pytest.raises(RuleBroken):
        merge(database, "Patient/ann", "Patient/ann")
    merge(database)
    with pytest.raises(Conflict):
        merge(database)
    with pytest.raises(Conflict):
        merge(database, "Patient/anna", "Patient/ann")


def test_what_was_merged_is_not_written_by_itself(database: Database, two: Any) -> None:
    merge(database)
    with pytest.raises(Conflict, match="merged"):
        put(database, builders.patient(ANNS_NUMBER, id="ann"))
    with pytest.raises(HeartseaseError):
        put(database, builders.place_of_death("10", id="late", subject=ANN))


def test_an_update_keeps_the_links_and_the_numbers_of_what_was_merged(database: Database, two: Any) -> None:
    merge(database)
    put(database, builders.patient(id="anna", gender="female"))
    target = body(database, "Patient/anna")
    assert target["link"] == [{"other": ANN, "type": "replaces"}]
    assert {one["value"]: one.get("use") for one in target["identifier"]} == {
        builders.NHS_NUMBER: None,
        ANNS_NUMBER: "old",
    }
    two.shift(60)
    unmerge(database)
    assert "link" not in body(database, "Patient/anna")


def test_nobody_is_given_the_number_of_a_record_that_was_merged(database: Database, two: Any) -> None:
    merge(database)
    with pytest.raises(Conflict, match="NHS number"):
        put(database, builders.patient(ANNS_NUMBER, id="other"))


def test_the_target_is_as_restricted_as_either_was(database: Database, two: Any) -> None:
    label = {"system": "http://terminology.hl7.org/CodeSystem/v3-Confidentiality", "code": "R"}
    put(database, builders.patient(ANNS_NUMBER, id="ann", meta={"security": [label]}))
    merge(database)
    assert body(database, "Patient/anna")["meta"]["security"] == [label]
    assert rebuilt_the_same(database)


@pytest.mark.parametrize("act", [merge, unmerge], ids=["merge", "unmerge"])
def test_nothing_is_half_written_whichever_statement_fails(
    database: Database, two: Any, act: Callable[[Database], Done]
) -> None:
    if act is unmerge:
        merge(database)
        two.shift(60)
    before = tables.rows(database)
    for number in range(5, 400, 13):
        with tables.failing_at(number) as ran:
            try:
                act(database)
            except OSError:
                assert tables.rows(database) == before
            else:
                assert ran[0] < number
                return
    pytest.fail("It takes more statements than were tried")


def test_standing_flags_name_their_person(database: Database, two: Any) -> None:
    assert standing(database)
