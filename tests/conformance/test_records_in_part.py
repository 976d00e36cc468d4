"""Over HTTP: who sees somebody in part is told so, and holds no copy that passes for the whole."""

import pytest

from tests import builders
from tests.builders import reference
from tests.store.test_seen_in_part import RESTRICTED
from tests.systems import System

CITY = "Exampleton"


@pytest.fixture
def anna(integration: System) -> None:
    who = builders.patient(
        id="anna", meta={"security": [RESTRICTED]}, generalPractitioner=builders.at_practice("Y99001")
    )
    integration.register(who)
    integration.keep(builders.care_team(id="team"))


def test_a_copy_in_part_is_never_confirmed(anna: None, hospital: System, practice: System) -> None:
    in_part, whole = hospital.get("Patient/anna"), practice.get("Patient/anna")
    assert CITY in whole.text
    assert CITY not in in_part.text
    assert in_part.headers["ETag"] != whole.headers["ETag"]
    assert "Last-Modified" not in in_part.headers
    for held in (in_part.headers["ETag"], whole.headers["ETag"], 'W/"1"', "*"):
        again = hospital.get("Patient/anna", If_None_Match=held)
        assert again.status_code == 200
        assert CITY not in again.text
    assert practice.get("Patient/anna", If_None_Match=in_part.headers["ETag"]).status_code == 200
    assert practice.get("Patient/anna", If_None_Match=whole.headers["ETag"]).status_code == 304


def test_the_tag_of_a_summary_tells_what_of_it_is_seen(
    anna: None, hospital: System, practice: System, integration: System
) -> None:
    tags = [one.summary(builders.NHS_NUMBER).headers["ETag"] for one in (hospital, practice, integration)]
    assert len(set(tags)) == 2
    assert tags[1] == tags[2]
    integration.put("Patient/anna", builders.patient(id="anna", meta={"security": [{**RESTRICTED, "code": "N"}]}))
    assert hospital.summary(builders.NHS_NUMBER).headers["ETag"] not in tags


def test_one_who_comes_to_look_after_somebody_sees_the_whole(anna: None, hospital: System, integration: System) -> None:
    assert hospital.get("CareTeam/team").status_code == 404
    assert CITY not in hospital.get("Patient/anna/_history").text
    ours = {"identifier": {"system": "https://fhir.nhs.uk/Id/ods-organization-code", "value": "RX9"}}
    team = builders.care_team(id="team", subject=reference("Patient/anna"), participant=[{"member": ours}])
    assert integration.put("CareTeam/team", team).status_code == 200
    assert hospital.get("CareTeam/team").status_code == 200
    assert CITY in hospital.get("Patient/anna/_history").text


def test_a_search_in_part_is_labelled_and_counts_what_it_shows(anna: None, hospital: System) -> None:
    found = hospital.search("Patient", birthdate="1940-05-06", _total="accurate").json()
    assert found["total"] == 1
    assert "REDACTED" in str(found["entry"][0]["resource"]["meta"])
    by_city = hospital.search("Patient", **{"address-city": CITY}, _total="accurate").json()
    absent = hospital.search("Patient", **{"address-city": "Nowhere"}, _total="accurate").json()
    assert (by_city["total"], by_city.get("entry")) == (absent["total"], absent.get("entry")) == (0, None)
