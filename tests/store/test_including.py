"""What stands beside the matches of a page: each once, none hidden, no more than a page can bear, and said so."""

import contextlib
from collections.abc import Iterable
from typing import Any

import anyio
import pytest

from service import clock, doors
from service.actor import Actor, Sees, everything
from service.db import Database
from service.errors import Forbidden, Unreadable
from service.store import including, judging, search_sql, write
from service.store.including import Included
from service.store.search import Query
from service.store.search_criteria import Include
from tests import builders

BY = everything("tests")
HOSPITAL = Actor("hospital", "RX9", Sees.SHARED, BY.permissions)


def keep(database: Database, *resources: dict[str, Any]) -> None:
    with database.transaction() as session, write.writing(session, by=BY, at=clock.now()) as changes:
        for resource in resources:
            changes.update(judging.judged(resource))


def beside(
    database: Database,
    type_name: str,
    *,
    includes: Iterable[Include] = (),
    revincludes: Iterable[Include] = (),
    by: Actor = BY,
) -> Included:
    async def found() -> Included:
        door = doors.of(database)
        await door.open()
        try:
            statement, parameters = search_sql.statement(Query((type_name,), ()), by)
            page = search_sql.found(await door.rows(statement, parameters), by=by)
            return await including.beside(door, page[:50], list(includes), list(revincludes), by=by)
        finally:
            await door.close()

    return anyio.run(found)


def names(found: Included) -> list[str]:
    return sorted(f"{match.resource_type}/{match.id}" for match in found.resources)


@pytest.fixture
def anna(database: Database) -> Database:
    """Anna with two wishes; a role of a nurse in an organisation."""
    keep(
        database,
        builders.patient(id="anna"),
        builders.place_of_death(id="wish"),
        builders.cpr_decision(id="cpr"),
        builders.organization(id="surgery"),
        builders.organization(id="trust"),
        builders.practitioner(id="brook"),
        builders.practitioner_role(id="nurse", organization=builders.reference("Organization/surgery")),
    )
    return database


def test_what_several_matches_refer_to_comes_once(anna: Database) -> None:
    assert names(beside(anna, "Observation", includes=[Include("Observation", "subject")])) == ["Patient/anna"]


def test_two_ways_to_the_same_resource_bring_it_once(anna: Database) -> None:
    ways = [Include("Observation", "subject"), Include("Observation", "patient"), Include("*", "*")]
    assert names(beside(anna, "Observation", includes=ways)) == ["Patient/anna"]


def test_what_refers_to_a_match_comes(anna: Database) -> None:
    found = beside(anna, "Patient", revincludes=[Include("Observation", "subject")])
    assert names(found) == ["Observation/cpr", "Observation/wish"]


def test_a_target_type_narrows_what_comes(anna: Database) -> None:
    assert names(beside(anna, "Observation", includes=[Include("Observation", "subject", "Location")])) == []
    assert names(beside(anna, "Patient", revincludes=[Include("Observation", "subject", "Location")])) == []


def test_a_wildcard_follows_every_reference(anna: Database) -> None:
    found = beside(anna, "PractitionerRole", includes=[Include("PractitionerRole", "*")])
    assert names(found) == ["Organization/surgery", "Practitioner/brook"]
    assert "PractitionerRole/nurse" in names(beside(anna, "Practitioner", revincludes=[Include("*", "*")]))


def test_a_match_is_never_included_too(anna: Database) -> None:
    keep(anna, builders.organization(id="surgery", partOf=builders.reference("Organization/trust")))
    assert names(beside(anna, "Organization", includes=[Include("Organization", "partof")])) == []
    assert names(beside(anna, "Organization", revincludes=[Include("Organization", "partof")])) == []


def test_only_iterate_follows_what_was_included(anna: Database) -> None:
    keep(anna, builders.organization(id="surgery", partOf=builders.reference("Organization/trust")))
    once = [Include("PractitionerRole", "organization"), Include("Organization", "partof")]
    assert names(beside(anna, "PractitionerRole", includes=once)) == ["Organization/surgery"]
    further = [once[0], Include("Organization", "partof", iterate=True)]
    found = beside(anna, "PractitionerRole", includes=further)
    assert names(found) == ["Organization/surgery", "Organization/trust"]
    assert found.warnings == ()


def test_a_chain_that_is_too_long_is_cut_and_said_to_be(database: Database) -> None:
    above: dict[str, Any] = {}
    for level in range(9):
        keep(database, builders.organization(id=f"level-{level}", **above))
        above = {"partOf": builders.reference(f"Organization/level-{level}")}
    role = {"organization": builders.reference("Organization/level-8")}
    keep(database, builders.practitioner(id="brook"), builders.practitioner_role(id="nurse", **role))
    ways = [Include("PractitionerRole", "organization"), Include("Organization", "partof", iterate=True)]
    found = beside(database, "PractitionerRole", includes=ways)
    assert len(found.resources) == 1 + including.ROUNDS
    assert "there may be more" in found.warnings[0].message


def test_more_than_a_page_can_bear_is_cut_and_said_to_be(anna: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(including, "LARGEST", 2)
    wishes = [Include("Observation", "subject")]
    assert beside(anna, "Patient", revincludes=wishes).warnings == ()
    keep(anna, builders.place_of_death(id="another"))
    found = beside(anna, "Patient", revincludes=wishes)
    assert len(found.resources) == 2
    assert "_count" in found.warnings[0].message


def test_a_form_is_found_by_the_canonical_url_that_its_answers_name(anna: Database) -> None:
    canonical = "https://example.org/Questionnaire/respect"
    keep(
        anna,
        builders.questionnaire(id="respect", url=canonical, version="3"),
        builders.questionnaire_response(id="filled", questionnaire=f"{canonical}|3"),
    )
    way = Include("QuestionnaireResponse", "questionnaire")
    assert names(beside(anna, "QuestionnaireResponse", includes=[way])) == ["Questionnaire/respect"]


def test_a_deleted_resource_is_not_included(anna: Database) -> None:
    with anna.transaction() as session, write.writing(session, by=BY, at=clock.now()) as changes:
        changes.delete("Observation", "cpr")
    found = beside(anna, "Patient", revincludes=[Include("Observation", "subject")])
    assert names(found) == ["Observation/wish"]


def test_a_hidden_person_comes_by_no_way(anna: Database) -> None:
    member = {"participant": [{"member": builders.reference("Organization/surgery")}]}
    link = {"link": [{"type": "seealso", "other": builders.reference("Patient/anna")}]}
    keep(
        anna,
        builders.care_team(id="team", **member),
        builders.patient(builders.a_number(1), id="bert", **link),
        builders.sharing("deny", id="no"),
    )
    everything_else = [Include("*", "*", iterate=True)]
    for type_name, hidden in (("Organization", "CareTeam/team"), ("Patient", "Patient/anna")):
        ways: dict[str, Any] = {"includes": everything_else, "revincludes": everything_else}
        assert hidden in names(beside(anna, "Organization", **ways))
        assert hidden not in names(beside(anna, type_name, by=HOSPITAL, **ways))


def test_a_type_asked_for_by_name_needs_its_scope() -> None:
    by = Actor("narrow", "X26", Sees.EVERYONE, frozenset({("Observation", "r"), ("Observation", "s")}))
    with pytest.raises(Forbidden, match=r"system/Patient\.r"):
        including.check(["Observation"], [Include("Observation", "subject")], [], by=by)
    with pytest.raises(Forbidden, match=r"system/Consent\.r"):
        including.check(["Patient"], [], [Include("Consent", "patient")], by=by)
    including.check(["Observation"], [Include("Observation", "*"), Include("*", "*")], [Include("*", "*")], by=by)


@pytest.mark.parametrize("target", ["", "Patient"])
def test_what_could_bring_nothing_is_refused_unless_it_follows_what_was_included(target: str) -> None:
    for iterate in (False, True):
        forward, back = Include("Patient", "link", target, iterate), Include("Observation", "subject", target, iterate)
        for types, includes, revincludes in ((["Observation"], [forward], []), (["Organization"], [], [back])):
            with contextlib.nullcontext() if iterate else pytest.raises(Unreadable, match=":iterate"):
                including.check(types, includes, revincludes, by=BY)


def test_a_wildcard_brings_what_may_be_read_and_no_more(anna: Database) -> None:
    searched = {("PractitionerRole", "s"), ("Patient", "s"), ("Practitioner", "s")}
    by = Actor("narrow", "X26", Sees.EVERYONE, frozenset({("Practitioner", "r"), *searched}))
    found = beside(anna, "PractitionerRole", includes=[Include("*", "*")], by=by)
    assert names(found) == ["Practitioner/brook"]
    assert names(beside(anna, "Patient", revincludes=[Include("*", "*")], by=by)) == []
    assert names(beside(anna, "Practitioner", revincludes=[Include("*", "*")], by=by)) == []
