"""Pages of a search: FHIR R4 §3.1.1.5.3 and §3.1.0.8 (links, _count, _total), and self links."""

from itertools import chain
from urllib.parse import parse_qsl, urlsplit

import pytest
from starlette.testclient import TestClient

from service.db import Database
from tests import builders
from tests.answers import ids, link, pages
from tests.systems import System, connect

WISHES = [f"wish-{number}" for number in range(5)]


@pytest.fixture
def anna(integration: System) -> System:
    """Anna, of the practice Y99001, with five wishes; Bert, of another practice, with one."""
    integration.keep(*builders.people_of_two_practices())
    for number, wish in enumerate(WISHES):
        body = builders.place_of_death(id=wish, effectiveDateTime=f"2025-05-0{number + 1}")
        integration.put(f"Observation/{wish}", body)
    integration.put("Observation/his", builders.cpr_decision(id="his", subject=builders.reference("Patient/bert")))
    return integration


def test_pages_follow_each_other_until_all_is_seen_once(anna: System) -> None:
    found = [ids(page) for page in pages(anna, anna.get("Observation?patient=anna&_count=2"))]
    assert [len(page) for page in found] == [2, 2, 1]
    assert sorted(chain(*found)) == WISHES


def test_sorted_pages_follow_in_order(anna: System) -> None:
    first = anna.get("Observation?patient=anna&_count=2&_sort=-date")
    assert list(chain(*map(ids, pages(anna, first)))) == WISHES[::-1]


def test_pages_of_a_search_by_name_bring_each_person_once(anna: System) -> None:
    """In the order of the names that are asked for, whatever other names the people have."""
    for number, given in enumerate((["Zoe", "Ada"], ["Abe", "Zac"], ["Zac"], ["Zac", "Zed"])):
        name = [{"family": "Pagesworth", "given": given}, {"use": "old", "family": f"Aaron{number}"}]
        anna.put(f"Patient/p{number}", builders.patient(builders.a_number(number + 5), id=f"p{number}", name=name))
    first = anna.get("Patient?given=Z&family=pages&_count=1")
    assert list(chain(*map(ids, pages(anna, first)))) == ["p1", "p2", "p3", "p0"]


def test_pages_stay_right_while_others_write(anna: System) -> None:
    for asked in ("Observation?patient=anna&_count=2", "Observation?patient=anna&_count=2&_sort=date"):
        first = anna.get(asked)
        seen = ids(first)
        anna.delete(f"Observation/{seen[0]}")
        anna.delete(f"Observation/{seen[1]}")
        assert ids(anna.get(link(first, "next"))) == [wish for wish in WISHES if wish not in seen][:2]
        for number, wish in enumerate(WISHES[:2]):
            body = builders.place_of_death(id=wish, effectiveDateTime=f"2025-05-0{number + 1}")
            assert anna.put(f"Observation/{wish}", body).status_code in (200, 201)


def test_every_page_leads_back_to_the_first(anna: System) -> None:
    first = anna.get("Observation?patient=anna&_count=2")
    second = anna.get(link(first, "next"))
    assert ids(anna.get(link(second, "first"))) == ids(first)
    assert ids(anna.get(link(first, "first"))) == ids(first)
    assert ids(anna.get(link(second, "self"))) == ids(second)


def test_the_self_link_says_what_was_understood_and_nothing_else(anna: System) -> None:
    asked = [("code", "http://snomed.info/sct|395091006"), ("patient", "anna"), ("_count", "2"), ("_sort", "-date")]
    page = anna.http.get("/fhir/R4/Observation", params=[*asked, ("_format", "json")], headers=anna.headers())
    self_link = link(page, "self")
    assert parse_qsl(urlsplit(self_link).query) == asked
    assert ids(anna.get(self_link)) == ids(page)


def test_an_ignored_parameter_is_not_in_the_self_link(anna: System) -> None:
    page = anna.get("Observation?patient=anna&colour=blue&_count=2", Prefer="handling=lenient")
    assert link(page, "self") == "Observation?patient=anna&_count=2"
    assert page.json()["entry"][-1]["search"]["mode"] == "outcome"
    following = anna.get(link(page, "next"))
    assert len(ids(following)) == 2


def test_no_link_tells_what_was_asked_in_a_body(anna: System) -> None:
    page = anna.search("Observation", **{"patient.identifier": builders.NHS_NUMBER, "_count": "2"})
    assert builders.NHS_NUMBER not in page.text
    assert "patient" not in str(page.json()["link"])
    for relation in ("self", "first"):
        assert ids(anna.get(link(page, relation))) == ids(page)
    assert sorted(chain(*map(ids, pages(anna, page)))) == WISHES


def test_an_nhs_number_in_a_url_is_repeated_in_no_link(anna: System) -> None:
    page = anna.get(f"Observation?patient.identifier={builders.NHS_NUMBER}&_count=2")
    assert builders.NHS_NUMBER not in str(page.json()["link"])
    assert ids(anna.get(link(page, "self"))) == ids(page)


def test_a_page_link_works_under_the_rights_of_whoever_opens_it(
    anna: System, practice: System, http: TestClient, database: Database
) -> None:
    first = anna.get("Observation?_count=4")
    rest = anna.get(link(first, "next"))
    assert sorted(ids(rest)) == ["his", "wish-4"]
    assert ids(practice.get(link(first, "next"))) == ["wish-4"]
    narrow = connect(http, database, "integration", scope="system/Patient.rs")
    assert narrow.get(link(first, "next")).status_code == 403


@pytest.mark.parametrize("more", ["_count=1", "status=final", "_summary=count", "_cursor=another"])
def test_nothing_is_added_to_a_page_link(anna: System, more: str) -> None:
    following = link(anna.get("Observation?_count=2"), "next")
    assert anna.get(f"{following}&{more}").status_code == 400


def test_the_form_of_the_answer_may_be_asked_for_beside_a_page_link(anna: System) -> None:
    following = link(anna.get("Observation?_count=2"), "next")
    assert anna.get(f"{following}&_format=json&_pretty=true").status_code == 200


@pytest.mark.parametrize("elsewhere", ["Patient", "", "Patient/anna/Observation"])
def test_a_page_link_of_another_url_is_refused(anna: System, elsewhere: str) -> None:
    cursor = link(anna.get("Observation?_count=2"), "next").partition("?")[2]
    assert anna.get(f"{elsewhere}?{cursor}").status_code == 400
    assert anna.get("Observation?_cursor=forged").status_code == 400


def test_a_total_is_counted_where_it_is_asked_for(anna: System, practice: System) -> None:
    for wanted in ("accurate", "estimate"):
        page = anna.get(f"Observation?_count=2&_total={wanted}")
        assert page.json()["total"] == 6
        assert anna.get(link(page, "next")).json()["total"] == 6
        assert practice.get(f"Observation?_count=2&_total={wanted}").json()["total"] == 5


def test_no_total_is_guessed(anna: System) -> None:
    page = anna.get("Observation?_count=2")
    assert "total" not in page.json()
    assert "total" not in anna.get(link(page, "next")).json()
    assert anna.get("Observation?_count=6").json()["total"] == 6
    assert anna.get("Observation?status=amended").json()["total"] == 0


def test_a_count_counts_what_the_caller_may_see(anna: System, practice: System, hospital: System) -> None:
    anna.put("Consent/no", builders.sharing("deny", id="no"))
    for system, expected in ((anna, 6), (practice, 5), (hospital, 1)):
        for asked in ("_summary=count", "_count=0"):
            page = system.get(f"Observation?{asked}").json()
            assert page["total"] == expected
            assert "entry" not in page


def test_head_tells_what_get_would(anna: System) -> None:
    answer = anna.http.head("/fhir/R4/Observation?patient=anna", headers=anna.headers())
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("application/fhir+json")
    assert answer.content == b""
