"""A series in time: what is in force at an instant, what is a change and what confirms, what nobody understands."""

import json
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from service import config
from service.cli import app
from service.db import Database
from service.errors import RuleBroken
from service.fhir import concept_maps
from service.register import codes, preferences
from service.store import rebuild
from tests import builders, plans
from tests.store.test_write import put, put_all

PERSON = builders.patient(id="anna")


def instant(day: str) -> datetime:
    return datetime.fromisoformat(f"{day}T12:00:00").replace(tzinfo=UTC)


def wish(wish_id: str, place: str, on: str, **changes: Any) -> builders.Body:
    return builders.place_of_death(place, id=wish_id, effectiveDateTime=f"{on}T10:00:00Z", **changes)


def confirming(earlier: str) -> list[builders.Body]:
    return [{"url": codes.CONFIRMED_UNCHANGED, "valueReference": builders.reference(f"Observation/{earlier}")}]


def in_force(database: Database, on: str) -> list[tuple[str, str]]:
    with database.reading() as session:
        [person] = {row.person_pk for row in session.execute(preferences.PREFERENCE.select())}
        found = preferences.in_force(session, person, at=instant(on))
    return [(row.kind, row.answer or row.no_answer) for row in found]


def kept(database: Database) -> list[tuple[str, bool]]:
    """(answer, whether it is a confirmation) of each preference, in time."""
    with database.reading() as session:
        rows = session.execute(preferences.PREFERENCE.select().order_by(preferences.PREFERENCE.c.effective_at)).all()
    return [(row.answer, row.is_confirmation) for row in rows]


def test_at_any_instant_the_latest_answer_before_it_is_in_force(database: Database) -> None:
    first, second = wish("first", "21", "2025-03-01"), wish("second", "30", "2025-06-01")
    put_all(database, PERSON, second, first, builders.cpr_decision(id="cpr", effectiveDateTime="2025-04-01"))
    assert in_force(database, "2025-02-01") == []
    assert in_force(database, "2025-03-02") == [("place-of-death", "21")]
    assert in_force(database, "2025-06-02") == [("cpr-decision", "450476008"), ("place-of-death", "30")]


def test_at_a_death_what_was_said_on_its_last_day_is_in_force(database: Database) -> None:
    last = builders.place_of_death("30", id="last", effectiveDateTime="2025-06-01")
    put_all(database, PERSON, wish("first", "21", "2025-03-01"), last, wish("late", "40", "2025-06-02"))
    with database.reading() as session:
        [person] = {row.person_pk for row in session.execute(preferences.PREFERENCE.select())}
        found = preferences.in_force(session, person, at=preferences.end_of(date(2025, 6, 1)))
    assert [row.answer for row in found] == ["30"]


def test_who_has_become_undecided_prefers_no_place_any_more(database: Database) -> None:
    undecided = wish("second", "21", "2025-06-01", valueCodeableConcept=builders.snomed("517161000000101"))
    put_all(database, PERSON, wish("first", "21", "2025-03-01"), undecided)
    assert in_force(database, "2025-07-01") == [("place-of-death", "undecided")]


def no_answer(reason: str) -> builders.Body:
    return {
        "valueCodeableConcept": None,
        "dataAbsentReason": builders.concept((codes.DATA_ABSENT_REASON, reason)),
        "component": None,
    }


@pytest.mark.parametrize("reason", ["not-asked", "asked-unknown", "unknown"])
def test_who_was_not_asked_today_wishes_what_they_wished_before(database: Database, reason: str) -> None:
    put_all(database, PERSON, wish("first", "21", "2025-03-01"), wish("second", "", "2025-06-01", **no_answer(reason)))
    assert in_force(database, "2025-07-01") == [("place-of-death", "21")]


def test_where_nobody_answered_it_is_in_force_that_nobody_was_asked(database: Database) -> None:
    put_all(database, PERSON, wish("first", "", "2025-06-01", **no_answer("not-asked")))
    assert in_force(database, "2025-07-01") == [("place-of-death", "not-asked")]


@pytest.mark.parametrize("reason", ["not-asked", "unknown", "asked-declined", "not-applicable"])
def test_no_reason_for_having_no_answer_takes_a_decision_back(database: Database, reason: str) -> None:
    decided = builders.cpr_decision(id="first", effectiveDateTime="2025-03-01T10:00:00Z")
    later = builders.cpr_decision(id="second", effectiveDateTime="2025-06-01T10:00:00Z", **no_answer(reason))
    put_all(database, PERSON, decided, later)
    assert in_force(database, "2025-07-01") == [("cpr-decision", "450476008")]


@pytest.mark.parametrize("vague", ["2025", "2025-06"])
def test_a_year_or_a_month_never_takes_the_place_of_a_day_within_it(database: Database, vague: str) -> None:
    known = builders.cpr_decision(id="first", effectiveDateTime="2025-06-10T10:00:00Z")
    put_all(database, PERSON, known, builders.cpr_decision("450475007", id="second", effectiveDateTime=vague))
    assert in_force(database, "2025-07-01") == [("cpr-decision", "450476008")]


@pytest.mark.parametrize("status", ["preliminary", "cancelled", "entered-in-error", "unknown"])
def test_what_is_no_answer_is_never_in_force(database: Database, status: str) -> None:
    put_all(database, PERSON, wish("first", "21", "2025-03-01"), wish("second", "30", "2025-06-01", status=status))
    assert in_force(database, "2025-07-01") == [("place-of-death", "21")]


def test_of_two_answers_at_one_instant_the_one_issued_later_is_in_force(database: Database) -> None:
    first = wish("first", "21", "2025-03-01", issued="2025-03-02T10:00:00Z")
    put_all(database, PERSON, first, wish("second", "30", "2025-03-01", issued="2025-03-01T10:00:00Z"))
    assert in_force(database, "2025-07-01") == [("place-of-death", "21")]


def test_a_confirmation_is_an_event_of_its_own_and_no_change(database: Database) -> None:
    put_all(database, PERSON, wish("first", "21", "2025-03-01"))
    put(database, wish("again", "21", "2025-06-01", extension=confirming("first")))
    assert kept(database) == [("21", False), ("21", True)]


def test_a_confirmation_may_come_in_one_transaction_with_what_it_confirms(database: Database) -> None:
    again = wish("again", "21", "2025-06-01", extension=confirming("first"))
    put_all(database, PERSON, again, wish("first", "21", "2025-03-01"))
    assert kept(database) == [("21", False), ("21", True)]


def test_own_home_confirms_a_private_residence(database: Database) -> None:
    put_all(database, PERSON, wish("first", "20", "2025-03-01"))
    put(database, wish("again", "21", "2025-06-01", extension=confirming("first")))
    assert kept(database) == [("20", False), ("21", True)]


def test_still_undecided_confirms_undecided(database: Database) -> None:
    finding = builders.snomed("517161000000101", text="Cannot decide yet")
    put_all(database, PERSON, wish("first", "21", "2025-03-01", valueCodeableConcept=finding))
    again = builders.snomed("517161000000101")
    put(database, wish("again", "21", "2025-06-01", valueCodeableConcept=again, extension=confirming("first")))
    assert kept(database) == [("", False), ("", True)]


def test_words_are_confirmed_by_the_same_words(database: Database) -> None:
    said = {"valueCodeableConcept": None, "valueString": "By the sea"}
    put_all(database, PERSON, wish("first", "21", "2025-03-01", **said))
    put(database, wish("again", "21", "2025-06-01", **said, extension=confirming("first")))
    said["valueString"] = "In the hills"
    other = wish("other", "21", "2025-07-01", **said, extension=confirming("first"))
    with pytest.raises(RuleBroken):
        put(database, other)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"place": "30"}, "not the answer that it confirms"),
        ({"second": "30"}, "not the answer that it confirms"),
        ({"extension": confirming("cpr")}, "leads to none"),
    ],
)
def test_what_is_no_confirmation_is_refused_and_leaves_nothing(
    database: Database, changes: dict[str, Any], words: str
) -> None:
    put_all(database, PERSON, wish("first", "21", "2025-03-01"), builders.cpr_decision(id="cpr"))
    before = kept(database)
    given = {"place": "21", "extension": confirming("first"), **changes}
    with pytest.raises(RuleBroken, match=words) as refused:
        put(database, wish("again", on="2025-06-01", **given))
    assert [issue.expression for issue in refused.value.issues] == ["Observation.extension"]
    assert kept(database) == before


def test_what_was_changed_since_is_not_confirmed(database: Database) -> None:
    put_all(database, PERSON, wish("first", "21", "2025-03-01"), wish("second", "30", "2025-05-01"))
    with pytest.raises(RuleBroken, match="given since"):
        put(database, wish("again", "21", "2025-06-01", extension=confirming("first")))


def test_another_person_s_answer_is_not_confirmed(database: Database) -> None:
    bert = builders.patient(builders.a_number(1), id="bert")
    put_all(database, PERSON, bert, wish("first", "21", "2025-03-01", subject=builders.reference("Patient/bert")))
    with pytest.raises(Exception, match="leads to"):
        put(database, wish("again", "21", "2025-06-01", extension=confirming("first")))


WARD = {"valueCodeableConcept": builders.concept(("urn:local", "ward-7"))}


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A deployer's folder of ConceptMaps, still empty."""
    (tmp_path / "maps").mkdir()
    monkeypatch.setenv("HEARTSEASE_CONCEPT_MAPS", str(tmp_path / "maps"))
    _look_anew()
    yield tmp_path / "maps"
    _look_anew()


def _look_anew() -> None:
    config.settings.cache_clear()
    concept_maps.translations.cache_clear()


def test_what_nobody_understands_is_counted_until_a_map_says_what_it_means(database: Database, folder: Path) -> None:
    both = wish("second", "21", "2025-04-01", **WARD)
    put_all(database, PERSON, wish("first", "21", "2025-03-01", **WARD), both)
    with database.reading() as session:
        assert preferences.unmapped(session) == [("place-of-death", "urn:local|ward-7", 2)]
    row = {"code": "ward-7", "target": [{"code": "10", "equivalence": "equivalent"}]}
    group = {"source": "urn:local", "target": codes.PLACE_TYPE, "element": [row]}
    (folder / "ours.json").write_text(json.dumps({"resourceType": "ConceptMap", "group": [group]}))
    _look_anew()
    with database.transaction() as session:
        rebuild.rebuild(session)
    with database.reading() as session:
        assert preferences.unmapped(session) == []
        [first, _] = session.execute(preferences.PREFERENCE.select()).all()
    assert (first.answer, first.answer_group) == ("ward-7", "10")


def test_the_command_lists_what_nobody_understands(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    put_all(database, PERSON, wish("first", "21", "2025-03-01", **WARD))
    monkeypatch.setenv("HEARTSEASE_DATABASE_URL", database.url.render_as_string(hide_password=False))
    config.settings.cache_clear()
    told = CliRunner(env={"COLUMNS": "200"}).invoke(app, ["unmapped"])
    config.settings.cache_clear()
    [line] = [line for line in told.stdout.splitlines() if "ward-7" in line]
    assert line.strip("│ ").replace(" ", "").split("│") == ["place-of-death", "urn:local", "ward-7", "1"]


def test_neither_what_is_in_force_nor_what_is_unmapped_costs_a_walk_through_everybody(database: Database) -> None:
    given = {"person": 1, "at": instant("2025-01-01")}
    assert plans.walks(database, preferences.IN_FORCE, given) == []
    # The index holds no others than those that nobody understands.
    assert all("preference_unmapped" in walk for walk in plans.walks(database, preferences.UNMAPPED, {}))
