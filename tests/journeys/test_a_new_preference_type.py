"""A preference type is one file: with it the register judges, keeps, finds, shows and publishes its answers."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from service.db import Database
from service.register import codes, preferences
from service.register.preference_type import PreferenceType
from tests import added_type, builders
from tests.systems import System


@pytest.fixture
def music(tmp_path: Path) -> Iterator[PreferenceType]:
    with added_type.music(tmp_path) as new_type:
        yield new_type


def test_a_type_that_was_added_as_one_file_is_everywhere(
    music: PreferenceType, database: Database, http: TestClient, integration: System
) -> None:
    # Given somebody on the register, when a wish of the new type is sent
    integration.register()
    silence = builders.concept((codes.LOCAL, "no-music"))
    wish = builders.observation(code=builders.concept(music.code), valueCodeableConcept=silence)
    kept = integration.created(wish)
    # then what is no answer is refused, as the profile of the type says
    unanswered = {name: value for name, value in wish.items() if name != "valueCodeableConcept"}
    [issue] = integration.post("Observation", unanswered).json()["issue"]
    assert "dataAbsentReason" in issue["details"]["text"]
    # and a foreign coding is kept, with a warning that names the value set
    foreign = {**wish, "valueCodeableConcept": builders.concept(("urn:local", "elgar"))}
    told = integration.post("Observation", foreign, Prefer="return=OperationOutcome").json()["issue"]
    assert any("epaccs-music-answers" in issue["details"]["text"] for issue in told if issue["severity"] == "warning")
    # and it is found by its code
    found = integration.search("Observation", code=f"{codes.LOCAL}|music", **{"value-concept": "no-music"}).json()
    assert [entry["resource"]["id"] for entry in found["entry"]] == [kept["id"]]
    # and shown in the summary
    assert "Music: " in integration.summary(builders.NHS_NUMBER).text
    # and counted where reports look, in force or not understood
    with database.reading() as session:
        [person] = {row.person_pk for row in session.execute(preferences.PREFERENCE.select()).all()}
        rows = session.execute(preferences.PREFERENCE.select().where(preferences.PREFERENCE.c.kind == "music")).all()
        assert {row.answer for row in rows} == {"no-music", "elgar"}
        assert "music" in {row.kind for row in preferences.in_force(session, person, at=rows[0].issued_at)}
        assert preferences.unmapped(session) == [("music", "urn:local|elgar", 1)]
    # and published: its profile, its answers and its codes
    profile = http.get("/fhir/R4/StructureDefinition/epaccs-music").json()
    assert profile["baseDefinition"] == f"{codes.BASE}/StructureDefinition/epaccs-preference"
    [included] = http.get("/fhir/R4/ValueSet/epaccs-music-answers").json()["compose"]["include"]
    assert included["concept"] == [{"code": "no-music", "display": "Wishes for silence"}]
    listed = http.get("/fhir/R4/CodeSystem/heartsease").json()["concept"]
    assert {"music", "no-music"} <= {concept["code"] for concept in listed}
