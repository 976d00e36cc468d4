"""Who stands on each worklist and why, in what order, and what goes on record of it."""

import csv
import io
import re
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from service import audit, clock, db
from service.db import Database
from service.errors import NotFound, Unreadable
from service.register import codes
from service.register.organisations import AreaSetting, Practice
from service.reports import worklist
from tests import builders
from tests.builders import Body, reference
from tests.store.test_write import put_all

PRACTICE, OTHER = "Y99001", "Y99002"
ON = date(2026, 3, 31)


@pytest.fixture
def database(database: Database) -> Database:
    """A register that stands on a day."""
    with database.transaction() as session:
        db.insert_many(session, {db.table(AreaSetting): [{"name": "stands_on", "value": ON.isoformat()}]})
    return database


def person(name: str, sequence: int, *, practice: str = PRACTICE, **changes: Any) -> Body:
    named = [{"use": "official", "family": name.title(), "given": ["Pat"]}]
    doctors = [{"display": "Dr Alex Brook"}, *builders.at_practice(practice)]
    number = builders.a_number(sequence)
    return builders.patient(number, id=name, name=named, generalPractitioner=doctors, **changes)


def registered(who: Body, since: str = "2026-01-01", *, without: Sequence[str] = (), **changes: Any) -> list[Body]:
    """The minimum record of somebody, but for resources whose ids end like this."""
    changes = {"period": {"start": since}, **changes}
    return [one for one in builders.minimum_record(who, **changes) if not one["id"].endswith(tuple(without) or "?")]


def wish(who: str, place: str = "21", on: str = "2026-02-01", **changes: Any) -> Body:
    value = builders.place_of_death(place, id=f"{who}-wish-{on}", subject=reference(f"Patient/{who}"))
    return value | {"effectiveDateTime": on} | changes


def listed(database: Database, name: str, practice: str = PRACTICE) -> worklist.Listed:
    with database.reading() as session:
        return worklist.of_practice(session, worklist.named(name), practice)


def rows(database: Database, name: str) -> dict[str, dict[str, Any]]:
    """By the id of the Patient, in order: what stands under each heading."""
    found = listed(database, name)
    return {entry.patient_id: dict(zip(found.headings, entry.cells, strict=True)) for entry in found.entries}


def forget_items(database: Database, resource_id: str) -> None:
    """As if a resource recorded no item: what an older release may have let in."""
    with database.transaction() as session:
        of = sa.text("DELETE FROM recorded_item WHERE resource_pk = (SELECT pk FROM resource WHERE id = :id)")
        session.execute(of, {"id": resource_id})


def test_every_worklist_is_empty_where_nobody_is_and_says_of_whom_it_is(database: Database) -> None:
    for name, each in worklist.all_worklists().items():
        assert listed(database, name).entries == ()
        assert each.sentence.endswith(".")


def test_who_was_never_asked_comes_before_who_is_undecided_and_who_declined_is_not_asked_again(
    database: Database,
) -> None:
    undecided, declined = builders.snomed("517161000000101"), builders.snomed("766391000000108")
    put_all(database, *registered(person("anna", 0), "2026-01-01"))
    put_all(database, *registered(person("bert", 1), "2025-12-01"))
    put_all(database, *registered(person("cleo", 2)), wish("cleo", valueCodeableConcept=undecided))
    put_all(database, *registered(person("dora", 3)), wish("dora", valueCodeableConcept=declined))
    put_all(database, *registered(person("emil", 4)), wish("emil"))
    found = rows(database, "no-preferred-place")
    assert list(found) == ["bert", "anna", "cleo"]
    assert [row["Preferred place of death"] for row in found.values()] == ["not recorded", "not recorded", "undecided"]
    assert found["cleo"]["Said on"] == date(2026, 2, 1)


def test_whose_review_is_due_today_is_overdue_as_on_the_summary(database: Database) -> None:
    due = {"anna": "2026-03-31", "bert": "2026-04-01", "cleo": "2025-12-24"}
    for at, (name, day) in enumerate(due.items()):
        *rest, plan, spell = registered(person(name, at))
        put_all(database, *rest, plan | {"extension": builders.review_on(day)}, spell)
    put_all(database, *registered(person("dora", 3), "2026-02-01", without=["plan"]))
    found = rows(database, "review-overdue")
    assert list(found) == ["cleo", "dora", "anna"]
    assert found["dora"]["Review due on"] == "no plan to review"


def test_what_the_minimum_record_lacks_is_named_with_the_reason_given(database: Database) -> None:
    absent = {"_birthDate": {"extension": [{"url": codes.DATA_ABSENT, "valueCode": "unknown"}]}, "birthDate": None}
    anna = {name: value for name, value in (person("anna", 0) | absent).items() if value is not None}
    put_all(database, *registered(anna))
    put_all(database, *registered(person("bert", 1)))
    assert rows(database, "minimum-items-missing")["anna"]["To complete"] == "Date of birth (not known)"
    forget_items(database, "bert-sharing")
    forget_items(database, "bert-carer")
    found = rows(database, "minimum-items-missing")
    assert list(found) == ["bert", "anna"]
    told = "Consent to sharing (missing); Main carer (missing)"
    assert (found["bert"]["Items"], found["bert"]["To complete"]) == (2, told)


def test_consent_is_missing_where_nothing_was_decided_and_a_refusal_is_a_decision(database: Database) -> None:
    put_all(database, *registered(person("anna", 0)))
    bert = registered(person("bert", 1), without=["sharing"])
    put_all(database, *bert, builders.sharing("deny", id="bert-no", patient=reference("Patient/bert")))
    put_all(database, *registered(person("cleo", 2)))
    with database.transaction() as session:
        session.execute(sa.text("UPDATE person SET sharing = '' WHERE patient_id = 'cleo'"))
    assert list(rows(database, "consent-missing")) == ["cleo"]


def died(name: str, sequence: int, on: str, *said: Body, **changes: Any) -> list[Body]:
    who = person(name, sequence, deceasedDateTime=on)
    ended = {"status": "finished", "period": {"start": "2025-01-01", "end": on}}
    reason = {"url": codes.END_REASON, "valueCodeableConcept": builders.concept(codes.END_REASONS["died"])}
    return [*registered(who, **{**ended, "extension": [reason], **changes}), *said]


def ending(who: str, code: str) -> Body:
    person = reference(f"Patient/{who}")
    return builders.actual_place_of_death(code, id=f"{who}-ending", subject=person, effectiveDateTime="2026-03-01")


def reason(who: str) -> Body:
    question = builders.concept((codes.LOCAL, "variance-reason"))
    answer = builders.concept((codes.LOCAL, "no-bed"))
    return wish(who) | {"id": f"{who}-reason", "code": question, "valueCodeableConcept": answer}


def test_a_death_is_complete_once_it_is_known_where_and_why_not_where_they_wished(database: Database) -> None:
    hospice, hospital, usual = "876882001", "184297005", "876886003"
    put_all(database, *died("anna", 0, "2026-03-01"))
    put_all(database, *died("bert", 1, "2026-03-10", wish("bert"), ending("bert", hospital)))
    put_all(database, *died("cleo", 2, "2026-03-05", wish("cleo"), ending("cleo", hospital), reason("cleo")))
    put_all(database, *died("dora", 3, "2026-03-05", wish("dora", "30"), ending("dora", hospice)))
    put_all(database, *died("emil", 4, "2026-03-20", wish("emil"), ending("emil", usual)))
    put_all(database, *died("fred", 5, "2026-03-09", ending("fred", hospital)))
    gone = {"status": "finished", "period": {"start": "2024-01-01", "end": "2024-06-01"}}
    put_all(database, *died("gwen", 6, "2026-03-09", **gone))
    found = rows(database, "deaths-to-complete")
    assert {name: row["To do"] for name, row in found.items()} == {
        "anna": "Record where the person died",
        "emil": "Record whether the person lived in a care home",
        "bert": "Record why it was not the preferred place",
    }
    assert list(found) == ["anna", "emil", "bert"]
    assert (found["bert"]["Preferred place"], found["bert"]["Place of death"]) == ("Private residence", "Hospital")


def test_the_meeting_goes_through_everybody_who_may_die_soonest_first(database: Database) -> None:
    anna, bert = reference("Patient/anna"), reference("Patient/bert")
    stage = builders.observation(
        id="bert-stage",
        code=builders.concept((codes.LOCAL, "gsf-stage")),
        valueCodeableConcept=builders.snomed("845771000000107"),
        subject=bert,
        effectiveDateTime="2026-03-01",
    )
    said = [wish("anna", "30"), builders.advance_decision(id="anna-refusal", patient=anna)]
    put_all(database, *registered(person("anna", 0)), *said)
    put_all(database, *registered(person("bert", 1)), stage, builders.cpr_decision(id="cpr", subject=bert))
    put_all(database, *registered(person("cleo", 2)), builders.prognosis(id="p", subject=reference("Patient/cleo")))
    found = rows(database, "mdt")
    assert list(found) == ["bert", "cleo", "anna"]
    assert found["bert"]["GSF stage"] == "GSF prognostic indicator D (red): days"
    assert found["bert"]["CPR decision"] == "Not for attempted CPR"
    assert found["cleo"]["Prognosis"] == "Last weeks of life"
    expected = {
        "Diagnosis": "Heart failure",
        "Preferred place of death": "Hospice",
        "Advance decision": "yes",
        "Sharing": "permitted",
        "Review due on": date(2025, 6, 1),
        "Overdue": "overdue",
    }
    assert {heading: found["anna"][heading] for heading in expected} == expected


def test_a_worklist_names_the_people_of_the_practice_today_the_restricted_too(database: Database) -> None:
    label = [{"system": "http://terminology.hl7.org/CodeSystem/v3-Confidentiality", "code": "R"}]
    put_all(database, *registered(person("anna", 0, meta={"security": label})))
    put_all(database, *registered(person("bert", 1, practice=OTHER)))
    put_all(database, *registered(person("cleo", 2), **{"status": "cancelled", "extension": None}))
    put_all(database, *died("dora", 3, "2026-03-01"))
    found = rows(database, "mdt")
    assert {name: row["Whereabouts"] for name, row in found.items()} == {"anna": "restricted: tell nobody"}


def test_whom_it_names_goes_on_record_one_by_one_and_that_it_named_nobody_too(database: Database) -> None:
    for at, name in enumerate(("anna", "bert")):
        put_all(database, *registered(person(name, at)))
    for name in ("mdt", "deaths-to-complete"):
        with database.transaction() as session:
            audit.record(session, *worklist.audited(listed(database, name), by=None))  # type: ignore[arg-type]  # nobody, since nothing reads it
    event = db.table(audit.AuditEvent)
    with database.reading() as session:
        told = session.execute(
            sa.select(event.c.resource_id, event.c.query).where(event.c.action == "worklist").order_by(event.c.pk)
        ).all()
    of = "&practice=Y99001"
    expected = [("anna", f"name=mdt{of}"), ("bert", f"name=mdt{of}"), ("", f"name=deaths-to-complete{of}")]
    assert [tuple(row) for row in told] == expected


def test_no_cell_of_the_csv_runs_in_a_spreadsheet(database: Database) -> None:
    anna = person("anna", 0) | {"name": [{"family": "=cmd|' /C calc'!A0", "given": ["+1"]}]}
    put_all(database, *registered(anna))
    text = worklist.as_csv(listed(database, "mdt"))
    [headings, line] = list(csv.reader(io.StringIO(text)))
    assert len(headings) == len(line)
    assert not [cell for cell in line if cell.startswith(("=", "+", "-", "@"))]
    assert "2026-01-01" in line


@pytest.mark.parametrize("typed", ["", "'; DROP TABLE person", "M83001 M83002", "Ⅿ83001", "M83\x00001"])
def test_a_practice_is_named_by_its_ods_code(database: Database, typed: str) -> None:
    with pytest.raises(Unreadable, match="ODS code"):
        listed(database, "mdt", typed)


def test_a_practice_that_is_not_known_has_no_worklist(database: Database) -> None:
    known = {column.name: "" for column in db.table(Practice).columns}
    known |= {"code": OTHER, "status": "A", "opened_on": None, "closed_on": None, "as_of": clock.today()}
    with database.transaction() as session:
        db.insert_many(session, {db.table(Practice): [known]})
    assert listed(database, "mdt", "y99002 ").entries == ()
    with pytest.raises(NotFound, match="No practice"):
        listed(database, "mdt", PRACTICE)


def test_every_worklist_is_in_the_documentation_and_none_that_is_none() -> None:
    text = (Path(__file__).parents[2] / "docs" / "reports.md").read_text()
    _, _, table = text.partition("| worklist |")
    assert set(re.findall(r"^\| `([a-z-]+)` \|", table.partition("\n\n")[0], re.MULTILINE)) == set(
        worklist.all_worklists()
    )


def test_a_name_that_is_none_is_answered_with_those_there_are(database: Database) -> None:
    with pytest.raises(NotFound, match=r"there are: consent-missing, .*mdt"):
        worklist.named("everybody")
