"""`_history`: every version there ever was, of a resource, of a type, of everything that the caller may read."""

from datetime import UTC, datetime
from typing import Any

import pytest
import time_machine
from starlette.testclient import TestClient

from service.db import Database
from tests import answers, builders
from tests.answers import BASE, link, pages
from tests.systems import System, connect


def entries(answer: Any) -> list[dict[str, Any]]:
    assert answer.json()["type"] == "history"
    return answers.entries(answer)


def told(answer: Any) -> list[str]:
    """What each entry tells of: the reference, and the version, or that it is the deletion."""
    return [
        entry["fullUrl"].removeprefix(f"{BASE}/")
        + ":"
        + entry.get("resource", {}).get("meta", {}).get("versionId", "deleted")
        for entry in entries(answer)
    ]


def all_pages(system: System, path: str) -> list[str]:
    return [one for page in pages(system, system.get(path)) for one in told(page)]


@pytest.fixture
def anna(integration: System) -> System:
    """A Patient with three versions, and a Condition that was deleted, a minute between each."""
    with time_machine.travel(datetime(2026, 1, 10, 9, tzinfo=UTC), tick=False) as now:
        for family in ("One", "Two", "Three"):
            integration.put("Patient/anna", builders.patient(id="anna", name=[{"family": family, "given": ["Anna"]}]))
            now.shift(60)
        integration.put("Condition/pain", builders.condition(id="pain"))
        now.shift(60)
        integration.delete("Condition/pain")
    return integration


def test_the_versions_of_a_resource_come_newest_first(anna: System) -> None:
    answer = anna.get("Patient/anna/_history")
    assert told(answer) == ["Patient/anna:3", "Patient/anna:2", "Patient/anna:1"]
    assert answer.json()["total"] == 3


def test_each_entry_says_how_its_version_came_to_be(anna: System) -> None:
    deletion, creation = entries(anna.get("Condition/pain/_history"))
    assert "resource" not in deletion
    assert deletion["request"] == {"method": "DELETE", "url": "Condition/pain"}
    assert deletion["response"]["status"] == "204"
    assert creation["request"] == {"method": "POST", "url": "Condition"}
    assert creation["response"]["status"] == "201"
    assert creation["response"]["etag"] == 'W/"1"'
    assert creation["response"]["lastModified"] == "2026-01-10T09:03:00.000+00:00"
    assert entries(anna.get("Patient/anna/_history"))[0]["request"] == {"method": "PUT", "url": "Patient/anna"}


def test_the_history_of_a_type_tells_of_that_type_only(anna: System) -> None:
    anna.put("Patient/bert", builders.patient(builders.a_number(1), id="bert"))
    assert told(anna.get("Patient/_history")) == [
        "Patient/bert:1",
        "Patient/anna:3",
        "Patient/anna:2",
        "Patient/anna:1",
    ]


def test_the_history_of_everything_tells_of_every_type_newest_first(anna: System) -> None:
    found = [one for one in told(anna.get("_history")) if not one.startswith("Provenance")]
    assert found == [
        "Condition/pain:deleted",
        "Condition/pain:1",
        "Patient/anna:3",
        "Patient/anna:2",
        "Patient/anna:1",
    ]


def test_since_leaves_out_what_was_written_before(anna: System) -> None:
    assert told(anna.get("Patient/anna/_history?_since=2026-01-10T09:01:00Z")) == ["Patient/anna:3", "Patient/anna:2"]
    assert told(anna.get("Patient/_history?_since=2026-01-10T10:02:00%2B01:00")) == ["Patient/anna:3"]
    nothing = anna.get("Patient/anna/_history?_since=2030-01-01T00:00:00Z")
    assert entries(nothing) == []
    assert nothing.json()["total"] == 0


def test_at_gives_the_versions_that_stood_then(anna: System) -> None:
    assert told(anna.get("Patient/anna/_history?_at=2026-01-10T09:01:30Z")) == ["Patient/anna:2"]
    assert told(anna.get("Patient/_history?_at=2026-01-10T09:01")) == ["Patient/anna:2"]
    assert told(anna.get("Patient/_history?_at=2026-01-10")) == ["Patient/anna:3", "Patient/anna:2", "Patient/anna:1"]
    assert told(anna.get("Patient/_history?_at=2026-01-09")) == []


@pytest.mark.parametrize("path", ["Patient/anna/_history", "Patient/_history", "_history"])
def test_pages_hold_every_version_once_while_others_write(anna: System, path: str) -> None:
    whole = told(anna.get(path))
    first = anna.get(f"{path}?_count=2")
    found = told(first)
    anna.put("Patient/anna", builders.patient(id="anna", name=[{"family": "Four", "given": ["Anna"]}]))
    following = link(first, "next")
    found += all_pages(anna, following)
    assert found == whole


def test_the_whole_history_of_a_resource_is_counted_on_every_page(anna: System) -> None:
    first = anna.get("Patient/anna/_history?_count=2")
    second = anna.get(link(first, "next"))
    assert (first.json()["total"], second.json()["total"]) == (3, 3)
    assert link(second, "next") == ""


def test_the_self_link_says_what_was_asked(anna: System) -> None:
    assert link(anna.get("Patient/_history?_count=5&_since=2026-01-01"), "self") == (
        "Patient/_history?_count=5&_since=2026-01-01"
    )


def test_a_page_link_belongs_to_its_own_history(anna: System) -> None:
    sealed = link(anna.get("Patient/_history?_count=1"), "next").partition("?")[2]
    assert anna.get(f"Condition/_history?{sealed}").status_code == 400
    assert anna.get(f"Patient/_history?{sealed}&_count=3").status_code == 400
    assert anna.get("Patient/_history?_cursor=nonsense").status_code == 400


@pytest.mark.parametrize(
    "query",
    ["_sort=_lastUpdated", "name=x", "_count=0", "_count=many", "_since=soon", "_at=soon", "_count=1&_count=2"],
)
@pytest.mark.parametrize("path", ["Patient/anna/_history", "Patient/_history", "_history"])
def test_what_a_history_does_not_take_is_refused_by_name(anna: System, path: str, query: str) -> None:
    answer = anna.get(f"{path}?{query}")
    assert answer.status_code == 400
    assert query.partition("=")[0] in answer.json()["issue"][0]["details"]["text"]


def test_a_lenient_client_is_warned_instead(anna: System) -> None:
    answer = anna.get("Patient/anna/_history?_sort=_lastUpdated", Prefer="handling=lenient")
    assert told(answer) == ["Patient/anna:3", "Patient/anna:2", "Patient/anna:1"]
    warning = entries(answer)[0]["response"]["outcome"]["issue"][0]
    assert (warning["severity"], warning["code"]) == ("warning", "not-supported")
    assert "_sort" in warning["details"]["text"]
    assert link(answer, "self") == "Patient/anna/_history"


def test_a_resource_that_never_was_has_no_history(anna: System) -> None:
    assert anna.get("Patient/nobody/_history").status_code == 404
    assert anna.get("Immunization/_history").status_code == 404


def test_a_practice_sees_the_history_of_its_own_people_and_of_what_belongs_to_nobody(
    anna: System, practice: System
) -> None:
    own = builders.patient(builders.a_number(1), id="own", generalPractitioner=builders.at_practice("Y99001"))
    anna.put("Patient/own", own)
    anna.put("Condition/own", builders.condition(id="own", subject=builders.reference("Patient/own")))
    anna.delete("Condition/own")
    anna.put("Organization/trust", builders.organization(id="trust"))
    assert told(practice.get("Patient/_history")) == ["Patient/own:1"]
    found = [one for one in all_pages(practice, "_history?_count=1") if not one.startswith("Provenance")]
    assert found == ["Organization/trust:1", "Condition/own:deleted", "Condition/own:1", "Patient/own:1"]
    assert practice.get("Patient/anna/_history").status_code == 404


def test_a_hospital_sees_no_version_of_a_record_that_is_not_shared(anna: System, hospital: System) -> None:
    assert len(told(hospital.get("Patient/_history"))) == 3
    anna.created(builders.sharing("deny", dateTime="2026-01-01T10:00:00Z"))
    assert told(hospital.get("Patient/_history")) == []
    assert [one for one in told(hospital.get("_history")) if "Organization" not in one] == []
    assert hospital.get("Condition/pain/_history").status_code == 404


def test_the_history_of_everything_is_of_the_types_that_the_token_may_read(
    anna: System, http: TestClient, database: Database
) -> None:
    narrow = connect(http, database, "integration", scope="system/Condition.r")
    assert told(narrow.get("_history")) == ["Condition/pain:deleted", "Condition/pain:1"]
    assert narrow.get("Patient/_history").status_code == 403
    blind = connect(http, database, "integration", scope="system/Condition.c")
    assert blind.get("_history").status_code == 403


def test_what_a_history_disclosed_is_audited(anna: System, database: Database) -> None:
    from sqlmodel import select

    from service.audit import AuditEvent

    anna.get("Patient/anna/_history?_count=1")
    anna.get("Condition/_history")
    with database.reading() as session:
        instance, of_type = session.exec(select(AuditEvent).where(AuditEvent.action == "history")).all()
    assert instance.disclosed == "Patient/anna/_history/3"
    assert instance.person_pk is not None
    assert of_type.disclosed == "Condition/pain/_history/2 Condition/pain/_history/1"
