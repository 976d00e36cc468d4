"""Bulk export (HL7 Bulk Data Access 2.0): kick-off, status, manifest, files of one resource a line."""

import json
import time
from datetime import timedelta
from typing import Any

import pytest
from starlette.testclient import TestClient

from service import app, clock
from service.actor import everything
from service.config import Settings
from service.db import Database
from service.register import codes
from service.store import exports
from tests import builders, bundles, tables
from tests.systems import System, connect, extensions, token_form

BASE = "http://127.0.0.1:8000/fhir/R4/"
NDJSON = "application/fhir+ndjson"


def kick_off(system: System, path: str = "$export", **headers: str) -> Any:
    return system.get(path, **{"Prefer": "respond-async", **headers})


def below(url: str) -> str:
    assert url.startswith(BASE)
    return url.removeprefix(BASE)


def manifest(system: System, path: str = "$export", **headers: str) -> Any:
    """The manifest of a new export, asked for until it is there."""
    started = kick_off(system, path, **headers)
    assert started.status_code == 202, started.text
    return awaited(system, below(started.headers["content-location"]))


def awaited(system: System, status: str) -> Any:
    for _ in range(200):
        answer = system.get(status)
        if answer.status_code != 202:
            break
        assert "x-progress" in answer.headers
        assert int(answer.headers["retry-after"]) > 0
        time.sleep(0.05)
    assert answer.status_code == 200, answer.text
    return answer.json()


def lines(system: System, url: str) -> list[Any]:
    answer = system.get(below(url), Accept=NDJSON)
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == NDJSON
    return [json.loads(line) for line in answer.text.splitlines()]


def exported(system: System, path: str = "$export", kind: str = "output") -> dict[str, Any]:
    """What an export brings, by reference."""
    found = {}
    for each in manifest(system, path)[kind]:
        for resource in lines(system, each["url"]):
            assert resource["resourceType"] == each["type"]
            reference = f"{resource['resourceType']}/{resource['id']}"
            assert reference not in found
            found[reference] = resource
    return found


def deleted(system: System, path: str) -> list[str]:
    """What an export says is gone."""
    requests = [
        entry["request"]
        for each in manifest(system, path)["deleted"]
        for bundle in lines(system, each["url"])
        for entry in bundle["entry"]
    ]
    assert {request["method"] for request in requests} <= {"DELETE"}
    return [request["url"] for request in requests]


@pytest.fixture
def anna(integration: System) -> dict[str, str]:
    """Anna, of the practice Y99001, on the register: type to id."""
    return bundles.ids(integration.post("", bundles.registration()).json())


@pytest.fixture
def ben(integration: System) -> dict[str, str]:
    """Ben, of the practice Y99002."""
    registration = bundles.registration(builders.a_number(1), practice="Y99002")
    return bundles.ids(integration.post("", registration).json())


def test_an_export_brings_every_resource_as_a_read_does(
    integration: System, anna: dict[str, str], ben: dict[str, str]
) -> None:
    found = exported(integration)
    assert {f"{name}/{one[name]}" for one in (anna, ben) for name in one} <= set(found)
    for reference, resource in found.items():
        assert integration.get(reference).json() == resource


def test_the_manifest_says_what_was_asked_and_as_of_when(integration: System, anna: dict[str, str]) -> None:
    found = manifest(integration, "$export?_type=Patient,Consent")
    assert found["request"] == f"{BASE}$export?_type=Patient%2CConsent"
    assert found["requiresAccessToken"] is True
    assert found["error"] == found["deleted"] == []
    assert {each["type"] for each in found["output"]} == {"Patient", "Consent"}
    assert found["transactionTime"] >= integration.get(f"Patient/{anna['Patient']}").json()["meta"]["lastUpdated"]


def test_a_file_that_is_asked_for_by_head_tells_no_length(integration: System, anna: dict[str, str]) -> None:
    url = below(manifest(integration)["output"][0]["url"])
    answer = integration.send("HEAD", url, b"")
    assert (answer.status_code, answer.headers["content-type"]) == (200, NDJSON)
    assert "content-length" not in answer.headers


def test_a_register_that_holds_nothing_exports_nothing(integration: System) -> None:
    assert manifest(integration)["output"] == []


def test_a_finished_export_says_until_when_it_is_there(integration: System) -> None:
    status = below(kick_off(integration).headers["content-location"])
    awaited(integration, status)
    answer = integration.get(status)
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["expires"].endswith("GMT")


@pytest.mark.parametrize(
    "spelling", ["application/fhir+ndjson", "application/fhir%2Bndjson", "application/ndjson", "ndjson"]
)
def test_ndjson_may_be_asked_for_by_any_of_its_names(integration: System, spelling: str) -> None:
    assert kick_off(integration, f"$export?_outputFormat={spelling}").status_code == 202


def test_a_kick_off_may_be_a_post_with_parameters(integration: System, anna: dict[str, str]) -> None:
    given = [
        {"name": "_type", "valueString": "Patient"},
        {"name": "_since", "valueInstant": "2020-01-01T00:00:00Z"},
        {"name": "_outputFormat", "valueString": NDJSON},
    ]
    started = integration.post("$export", {"resourceType": "Parameters", "parameter": given}, Prefer="respond-async")
    assert started.status_code == 202
    found = awaited(integration, below(started.headers["content-location"]))
    assert [each["type"] for each in found["output"]] == ["Patient"]
    assert found["request"] == f"{BASE}$export"


@pytest.mark.parametrize(
    ("query", "says"),
    [
        ("_typeFilter=Patient%3Fgender%3Dfemale", "_typeFilter"),
        ("_elements=id", "_elements"),
        ("patient=Patient/anna", "patient"),
        ("_outputFormat=text/csv", "application/fhir+ndjson"),
        ("_type=Patient,Starship", "Type 2 in _type"),
        ("_type=", "_type"),
        ("_since=yesterday", "_since"),
        ("_since=2026-03-02", "_since"),
        ("_since=2026-13-02T00:00:00Z", "_since"),
        ("_since=2026-01-01T00:00:00Z&_since=2026-01-01T00:00:00Z", "_since"),
    ],
)
def test_what_an_export_cannot_do_is_refused_by_name(integration: System, query: str, says: str) -> None:
    answer = kick_off(integration, f"$export?{query}")
    assert answer.status_code == 400
    assert says in answer.json()["issue"][0]["details"]["text"]


def test_an_export_is_asynchronous_or_refused(integration: System) -> None:
    answer = integration.get("$export")
    assert answer.status_code == 400
    assert "respond-async" in answer.json()["issue"][0]["details"]["text"]


def test_the_head_of_a_kick_off_starts_nothing(integration: System, database: Database) -> None:
    answer = integration.http.head("/fhir/R4/$export", headers=integration.headers(Prefer="respond-async"))
    assert answer.status_code == 405
    assert tables.rows(database, ["export_job"]) == {"export_job": []}


def test_a_lenient_client_finds_what_was_ignored_among_the_errors_of_the_manifest(
    integration: System, anna: dict[str, str]
) -> None:
    found = manifest(
        integration, "$export?_type=Patient,Starship&_elements=id", Prefer="respond-async, handling=lenient"
    )
    assert [each["type"] for each in found["output"]] == ["Patient"]
    (told,) = found["error"]
    assert told["type"] == "OperationOutcome"
    outcomes = lines(integration, told["url"])
    assert {issue["severity"] for outcome in outcomes for issue in outcome["issue"]} == {"warning"}
    assert "_elements" in outcomes[0]["issue"][0]["details"]["text"]
    assert "Type 2" in outcomes[1]["issue"][0]["details"]["text"]


def test_an_export_needs_the_scope_of_each_type(http: TestClient, database: Database, anna: dict[str, str]) -> None:
    system = connect(http, database, "integration", scope="system/Patient.rs system/Consent.s")
    assert kick_off(system, "$export?_type=Patient,Consent").status_code == 403
    assert [each["type"] for each in manifest(system)["output"]] == ["Patient"]


def test_a_token_that_may_read_nothing_exports_nothing(http: TestClient, database: Database) -> None:
    system = connect(http, database, "integration", scope="system/Patient.s")
    assert kick_off(system).status_code == 403


def test_an_export_since_has_what_changed_and_what_is_gone(integration: System, anna: dict[str, str]) -> None:
    since = manifest(integration)["transactionTime"]
    plan = integration.get(f"CarePlan/{anna['CarePlan']}").json()
    integration.put(f"CarePlan/{anna['CarePlan']}", {**plan, "title": "Changed"})
    nurse = integration.created(builders.practitioner())
    role = f"PractitionerRole/{anna['PractitionerRole']}"
    assert integration.delete(role).status_code == 204
    path = f"$export?_since={since}"
    assert set(exported(integration, path)) >= {f"CarePlan/{anna['CarePlan']}", f"Practitioner/{nurse['id']}"}
    assert not {f"Patient/{anna['Patient']}", role} & set(exported(integration, path))
    assert deleted(integration, path) == [role]


def test_without_since_nothing_is_said_of_what_is_gone(integration: System, anna: dict[str, str]) -> None:
    integration.delete(f"PractitionerRole/{anna['PractitionerRole']}")
    found = manifest(integration)
    assert found["deleted"] == []
    assert "PractitionerRole" not in {each["type"] for each in found["output"]}


def test_two_exports_of_which_one_begins_where_the_other_ended_bring_each_version_once(
    integration: System, anna: dict[str, str]
) -> None:
    first = manifest(integration)
    assert first["output"]
    assert exported(integration, f"$export?_since={first['transactionTime']}") == {}
    integration.put("Patient/ben", builders.patient(builders.a_number(1), id="ben"))
    assert set(exported(integration, f"$export?_since={first['transactionTime']}&_type=Patient")) == {"Patient/ben"}


def test_a_file_tells_the_register_as_it_stood_at_the_transaction_time(
    integration: System, anna: dict[str, str]
) -> None:
    found = manifest(integration, "$export?_type=CarePlan")
    plan = integration.get(f"CarePlan/{anna['CarePlan']}").json()
    integration.put(f"CarePlan/{anna['CarePlan']}", {**plan, "title": "Changed"})
    integration.created(builders.care_plan(status="draft", subject={"reference": f"Patient/{anna['Patient']}"}))
    assert lines(integration, found["output"][0]["url"]) == [plan]


def test_a_group_has_the_whole_records_of_the_people_on_the_register_of_an_organisation(
    integration: System, anna: dict[str, str], ben: dict[str, str]
) -> None:
    integration.put("Patient/carla", builders.patient(builders.a_number(2), id="carla"))
    found = exported(integration, "Group/Y99001/$export")
    theirs = {f"{name}/{anna[name]}" for name in anna if name not in ("Practitioner", "PractitionerRole")}
    assert theirs <= set(found)
    patients = [reference for reference in found if reference.startswith("Patient/")]
    assert patients == [f"Patient/{anna['Patient']}"]
    assert not {f"{name}/{ben[name]}" for name in ben} & set(found)


def test_a_group_too_is_exported_since(integration: System, anna: dict[str, str]) -> None:
    since = manifest(integration, "Group/Y99001/$export")["transactionTime"]
    path = f"Group/Y99001/$export?_since={since}"
    assert exported(integration, path) == {}
    plan = integration.get(f"CarePlan/{anna['CarePlan']}").json()
    integration.put(f"CarePlan/{anna['CarePlan']}", {**plan, "title": "Changed"})
    found = exported(integration, path)
    assert [reference for reference in found if not reference.startswith("Provenance/")] == [f"CarePlan/{plan['id']}"]


def test_what_belongs_to_nobody_is_not_part_of_a_group(integration: System, anna: dict[str, str]) -> None:
    answer = kick_off(integration, "Group/Y99001/$export?_type=Practitioner")
    assert answer.status_code == 400
    assert "Group" in answer.json()["issue"][0]["details"]["text"]


def test_a_practice_exports_no_register_but_its_own(
    practice: System, anna: dict[str, str], ben: dict[str, str]
) -> None:
    assert f"Patient/{anna['Patient']}" in exported(practice, "Group/Y99001/$export")
    hidden, absent = (kick_off(practice, f"Group/{code}/$export") for code in ("Y99002", "Y99009"))
    assert hidden.status_code == absent.status_code == 404
    assert hidden.json() == absent.json()


def test_a_practice_exports_its_own_people_and_no_others(
    practice: System, anna: dict[str, str], ben: dict[str, str]
) -> None:
    found = exported(practice)
    assert f"Patient/{anna['Patient']}" in found
    assert f"Practitioner/{ben['Practitioner']}" in found
    people = {f"{name}/{ben[name]}" for name in ben if not name.startswith("Practitioner")}
    assert not people & set(found)


def test_whoever_leaves_the_care_team_after_the_manifest_is_not_in_the_file(
    hospital: System, integration: System, anna: dict[str, str]
) -> None:
    assert manifest(hospital, "$export?_type=Patient")["output"] == []  # a claim is made for one person at a time
    ours = {"identifier": {"system": codes.ODS_ORGANISATION, "value": "RX9"}}
    patient = {"reference": f"Patient/{anna['Patient']}"}
    team = integration.created(builders.care_team(subject=patient, participant=[{"member": ours}]))
    found = manifest(hospital, "$export?_type=Patient")
    assert len(lines(hospital, found["output"][0]["url"])) == 1
    integration.put(f"CareTeam/{team['id']}", {**team, "status": "inactive"})
    assert lines(hospital, found["output"][0]["url"]) == []
    assert manifest(hospital, "$export?_type=Patient")["output"] == []


def test_a_scope_that_was_lost_after_the_manifest_closes_the_file(
    http: TestClient, database: Database, anna: dict[str, str]
) -> None:
    system = connect(http, database, "integration", name="narrowed")
    found = manifest(system, "$export?_type=Patient")
    narrower = http.post("/oauth2/token", data=token_form("narrowed", "system/Consent.rs")).json()["access_token"]
    assert System(http, narrower).get(below(found["output"][0]["url"])).status_code == 403


def test_another_client_is_told_of_no_such_export(
    integration: System, http: TestClient, database: Database, anna: dict[str, str]
) -> None:
    status = below(kick_off(integration).headers["content-location"])
    file = below(awaited(integration, status)["output"][0]["url"])
    other = connect(http, database, "integration")
    unknown = other.get("$export-status/unknown")
    for answer in (other.get(status), other.delete(status)):
        assert answer.status_code == 404
        assert answer.json() == unknown.json()
    assert other.get(file).status_code == 404
    assert integration.get(status).status_code == 200


def test_an_export_that_is_cancelled_is_gone_with_its_files(integration: System, anna: dict[str, str]) -> None:
    status = below(kick_off(integration).headers["content-location"])
    file = below(awaited(integration, status)["output"][0]["url"])
    assert integration.delete(status).status_code == 202
    for answer in (integration.get(status), integration.get(file), integration.delete(status)):
        assert answer.status_code == 404
        assert answer.json()["resourceType"] == "OperationOutcome"


def test_an_export_may_be_cancelled_before_it_is_finished(integration: System, anna: dict[str, str]) -> None:
    status = below(kick_off(integration).headers["content-location"])
    assert integration.delete(status).status_code == 202
    assert integration.get(status).status_code == 404


@pytest.mark.parametrize("number", ["0", "99", "x", "-1", "1234567890", "%00"])
def test_a_file_that_the_manifest_does_not_list_is_not_there(
    integration: System, anna: dict[str, str], number: str
) -> None:
    status = below(kick_off(integration).headers["content-location"])
    awaited(integration, status)
    assert integration.get(f"{status.replace('status', 'file')}/{number}").status_code == 404


def test_a_client_has_only_so_many_exports_under_way(http: TestClient, database: Database) -> None:
    system = connect(http, database, "integration", name="busy")
    someone, wanted = everything("busy"), exports.Wanted(f"{BASE}$export", ("Patient",))
    ahead = clock.now() + timedelta(hours=1)  # claimed by nobody here until then
    with database.transaction() as session:
        for _ in range(exports.MOST_RUNNING):
            exports.start(session, wanted, by=someone, at=ahead, kept_for=timedelta(hours=1))
    answer = kick_off(system)
    assert answer.status_code == 429
    assert int(answer.headers["retry-after"]) > 0


def test_what_leaves_is_audited_page_by_page(integration: System, database: Database, anna: dict[str, str]) -> None:
    (file,) = manifest(integration, "$export?_type=Patient")["output"]
    lines(integration, file["url"])
    told = [event for event in tables.audit(database) if event.action == "export" and event.disclosed]
    assert [(event.resource_type, event.disclosed) for event in told] == [("Patient", f"Patient/{anna['Patient']}")]
    assert told[0].person_pk is not None
    asked = [event for event in tables.audit(database) if event.action == "export" and event.outcome == 202]
    assert "Patient" in asked[0].query


def test_the_head_of_a_file_discloses_nothing(integration: System, database: Database, anna: dict[str, str]) -> None:
    (file,) = manifest(integration, "$export?_type=Patient")["output"]
    answer = integration.http.head(file["url"].removeprefix("http://127.0.0.1:8000"), headers=integration.headers())
    assert answer.status_code == 200
    assert answer.content == b""
    assert [event for event in tables.audit(database) if event.action == "export" and event.disclosed] == []


@pytest.mark.parametrize(("accept", "status"), [(NDJSON, 200), ("*/*", 200), ("application/fhir+xml", 406)])
def test_a_file_is_ndjson_and_nothing_else(integration: System, anna: dict[str, str], accept: str, status: int) -> None:
    (file,) = manifest(integration, "$export?_type=Patient")["output"]
    assert integration.get(below(file["url"]), Accept=accept).status_code == status


def test_a_server_that_starts_again_goes_on_where_it_stopped(settings: Settings, database: Database) -> None:
    """One server is asked and stopped at once; the next one, on the same database, brings the export to its end."""
    with TestClient(app.create(settings, database), base_url="http://127.0.0.1:8000") as first:
        system = connect(first, database, "integration")
        ids = bundles.ids(system.post("", bundles.registration()).json())
        status = below(kick_off(system).headers["content-location"])
    with TestClient(app.create(settings, database), base_url="http://127.0.0.1:8000") as second:
        again = System(second, system.token)
        found = awaited(again, status)
        listed = [resource["id"] for each in found["output"] for resource in lines(again, each["url"])]
    assert len(listed) == len(set(listed))
    assert set(ids.values()) <= set(listed)


def test_both_exports_are_named_in_the_capability_statement(integration: System) -> None:
    rest = integration.get("metadata").json()["rest"][0]
    on_group = [one for type_ in rest["resource"] if type_["type"] == "Group" for one in type_.get("operation", [])]
    assert "export" in [one["name"] for one in rest.get("operation", [])]
    assert "export" in [one["name"] for one in on_group]


@pytest.mark.parametrize("path", ["$export-status/%00", "$export-file/%00/1", "$export-status/%C3%A9"])
def test_what_no_export_can_be_called_is_not_there(integration: System, path: str) -> None:
    assert integration.get(path).status_code == 404
    assert integration.delete("$export-status/%00").status_code == 404


def test_an_export_is_of_the_organisation_that_asked_for_it(http: TestClient, database: Database) -> None:
    """A client may speak for several, and none of them learns how much there is of another."""
    both = ("RX8", "RX9")
    first = connect(http, database, "hospital", organisation=both[0], name="trusts", acts_for=both)
    status = below(kick_off(first).headers["content-location"])
    assert awaited(first, status)
    signed = extensions("hospital", organisation=both[1], purpose="TREAT")
    answer = http.post("/oauth2/token", data=token_form("trusts", "system/*.cruds", extensions=signed))
    second = System(http, answer.json()["access_token"])
    assert second.get(status).status_code == 404
    assert second.delete(status).status_code == 404
    assert first.get(status).status_code == 200


def test_nobody_takes_an_export_without_them_for_their_own_record(
    http: TestClient, database: Database, anna: dict[str, Any]
) -> None:
    portal = connect(http, database, "patient", organisation="XPORT", patient=builders.NHS_NUMBER)
    answer = kick_off(portal)
    assert answer.status_code == 403
    assert "$everything" in answer.text
