"""The Flags that the register raises: found as FHIR finds Flags, told as every write is, and never taken from outside.

What raises and ends them is tested in `tests/store/test_derived.py`.
"""

from typing import Any

import pytest

from service.db import Database
from service.errors import Issue
from service.fhir import validation
from service.register import alerts, codes, nhs_number
from service.store import judging
from tests import builders, bundles, tables
from tests.systems import System, connect

DETAIL = "http://hl7.org/fhir/StructureDefinition/flag-detail"


@pytest.fixture
def anna(integration: System) -> System:
    """Somebody with a decision not to attempt CPR."""
    integration.keep(
        builders.patient(id="anna", generalPractitioner=builders.at_practice("Y99001")),
        builders.cpr_decision(id="no-cpr"),
    )
    return integration


def flags(system: System, query: str = "") -> list[dict[str, Any]]:
    found = system.get(f"Flag?{query}").json()
    return [entry["resource"] for entry in found.get("entry", [])]


def the_flag(system: System) -> dict[str, Any]:
    (flag,) = flags(system)
    return flag


def wrong(flag: dict[str, Any]) -> list[Issue]:
    """What R4 and the profile that the Flag claims have against it."""
    return [issue for issue in [*validation.issues(flag), *judging.profile_issues(flag)] if issue.severity == "error"]


def test_a_flag_says_what_it_means_what_it_was_derived_from_and_when(anna: System) -> None:
    flag = the_flag(anna)
    decision = anna.get("Observation/no-cpr").json()
    assert flag["meta"]["profile"] == ["https://heartsease.example/fhir/StructureDefinition/epaccs-alert"]
    assert flag["status"] == "active"
    assert flag["category"][0]["coding"][0]["code"] == "advance-directive"
    assert flag["code"]["coding"] == [{"system": codes.SNOMED, "code": "450476008", "display": "Not for attempted CPR"}]
    assert flag["code"]["text"] == (
        "Not for attempted CPR. Derived by the register from the decision of 3 May 2025; "
        "read the decision itself before acting on it"
    )
    assert flag["subject"] == {
        "reference": "Patient/anna",
        "identifier": {"system": nhs_number.SYSTEM, "value": builders.NHS_NUMBER},
    }
    assert flag["period"] == {"start": "2025-05-03"}
    assert flag["extension"] == [
        {"url": DETAIL, "valueReference": {"reference": "Observation/no-cpr"}},
        {
            "url": alerts.DERIVED_FROM,
            "extension": [
                {"url": "source", "valueReference": {"reference": "Observation/no-cpr/_history/1"}},
                {"url": "at", "valueInstant": decision["meta"]["lastUpdated"]},
            ],
        },
    ]
    assert wrong(flag) == []


@pytest.mark.parametrize(
    ("cause", "code", "category", "says", "derived_from"),
    [
        (
            builders.registration(),
            "526631000000108",
            "admin",
            "On the end of life care register",
            "the registration of 1 March 2025; read the registration itself",
        ),
        (
            builders.advance_decision(),
            "816301000000100",
            "advance-directive",
            "Has an advance decision to refuse treatment",
            "the advance decision of 1 March 2025; read the advance decision itself",
        ),
        *(
            (
                builders.lasting_power(code=code),
                code,
                "advance-directive",
                "Has given a lasting power of attorney for health and welfare",
                "the power of attorney of 1 March 2025; read the power of attorney itself",
            )
            for code in ("816361000000101", "816381000000105")  # without and with authority over life-sustaining care
        ),
    ],
    ids=["on the register", "advance decision", "lasting power", "lasting power over life-sustaining treatment"],
)
def test_every_kind_has_its_code_its_category_and_its_words(
    integration: System, cause: dict[str, Any], code: str, category: str, says: str, derived_from: str
) -> None:
    integration.keep(*builders.minimum_record()[:-1], builders.related_person(id="ben"))
    integration.created(cause)
    flag = the_flag(integration)
    text = f"{says}. Derived by the register from {derived_from} before acting on it"
    assert flag["code"] == {"coding": [{**flag["code"]["coding"][0], "code": code}], "text": text}
    assert flag["category"][0]["coding"][0]["code"] == category
    assert wrong(flag) == []


def test_what_has_no_date_is_said_to_have_none(integration: System) -> None:
    integration.keep(builders.patient(id="anna"), builders.advance_decision(id="undated", dateTime=None))
    flag = the_flag(integration)
    assert "from the advance decision without a date" in flag["code"]["text"]
    assert "period" not in flag


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ("patient=Patient/anna", 1),
        ("subject=Patient/anna", 1),
        ("code=http://snomed.info/sct|450476008", 1),
        ("code=450475007", 0),
        ("status=active", 1),
        ("status=inactive", 0),
        ("category=advance-directive", 1),
        ("category=admin", 0),
        ("date=ge2025-05-03", 1),
    ],
)
def test_a_flag_is_found_by_patient_code_status_category_and_date(anna: System, query: str, count: int) -> None:
    assert len(flags(anna, query)) == count


def test_a_flag_is_part_of_the_whole_record(anna: System) -> None:
    entries = anna.get("Patient/anna/$everything").json()["entry"]
    assert the_flag(anna) in [entry["resource"] for entry in entries]


def test_the_history_of_a_flag_tells_how_it_came_and_went(anna: System) -> None:
    path = f"Flag/{the_flag(anna)['id']}"
    anna.put("Observation/later", builders.cpr_decision(id="later", effectiveDateTime="2025-06-03"))
    anna.put("Observation/yes", builders.cpr_decision("450475007", id="yes", effectiveDateTime="2025-07-03"))
    assert anna.get(path).status_code == 410
    entries = anna.get(f"{path}/_history").json()["entry"]
    assert [entry["request"]["method"] for entry in entries] == ["DELETE", "PUT", "POST"]
    first = anna.get(f"{path}/_history/1").json()
    assert first["extension"][0]["valueReference"]["reference"] == "Observation/no-cpr"


def test_one_provenance_tells_of_the_cause_and_its_flag(anna: System) -> None:
    flag = the_flag(anna)
    told = anna.get("Provenance?target=Observation/no-cpr").json()["entry"]
    assert [target["reference"] for target in told[0]["resource"]["target"]] == [
        "Observation/no-cpr/_history/1",
        f"Flag/{flag['id']}/_history/1",
    ]
    anna.put("Observation/later", builders.cpr_decision(id="later", effectiveDateTime="2025-06-03"))
    (later,) = anna.get("Provenance?target=Observation/later").json()["entry"]
    assert len(later["resource"]["target"]) == 2
    activity = later["resource"]["activity"]["coding"][0]["code"]
    assert activity == "CREATE", "the Flag is a consequence of what was done, not what was done"


def test_a_flag_is_audited_as_every_write_is(anna: System, database: Database) -> None:
    anna.delete("Observation/no-cpr")
    told = [row for row in tables.audit(database) if row.resource_type == "Flag" and row.action in ("create", "delete")]
    assert [(row.action, row.outcome) for row in told] == [("create", 201), ("delete", 204)]
    assert {row.person_pk for row in told} == {
        row.person_pk for row in tables.audit(database) if row.resource_type == "Observation"
    }


def test_the_answer_to_a_transaction_lists_what_was_sent_and_no_flag(integration: System) -> None:
    sent = bundles.registration()
    answer = integration.post("", sent)
    assert answer.status_code == 200, answer.text
    assert len(answer.json()["entry"]) == len(sent["entry"])
    assert flags(integration)


def test_a_flag_has_no_line_of_its_own_in_the_summary(anna: System) -> None:
    anna.keep(*builders.minimum_record()[1:])
    summary = anna.summary(builders.NHS_NUMBER)
    assert summary.status_code == 200, summary.text
    assert "Not for attempted CPR" in summary.text
    assert "Derived by the register" not in summary.text


def test_a_writer_who_may_not_touch_flags_raises_one_all_the_same(anna: System, http: Any, database: Database) -> None:
    narrow = connect(http, database, "integration", scope="system/Consent.cu system/Patient.rs")
    assert narrow.post("Consent", builders.advance_decision()).status_code == 201
    assert len(flags(anna)) == 2


def test_who_may_see_the_person_sees_the_flag_and_nobody_else(
    anna: System, practice: System, hospital: System, http: Any, database: Database
) -> None:
    elsewhere = connect(http, database, "practice", organisation="Y99002")
    assert len(flags(practice)) == len(flags(hospital)) == 1
    assert flags(elsewhere) == []
    anna.keep(builders.sharing("deny", id="no"))
    assert len(flags(practice)) == 1
    assert flags(hospital) == []


# --- from outside


def ids(anna: System) -> list[str]:
    """The ids of all four kinds, of which one stands."""
    (person_pk,) = {pk for pk in range(1, 50) if alerts.NOT_FOR_CPR.id_for(pk) == the_flag(anna)["id"]}
    return [alert.id_for(person_pk) for alert in alerts.ALERTS]


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE"])
def test_none_of_the_four_is_written_from_outside_whether_it_stands_or_not(anna: System, method: str) -> None:
    before = the_flag(anna)
    for flag_id in ids(anna):
        path = f"Flag/{flag_id}"
        answer = {
            "PUT": lambda path=path, flag_id=flag_id: anna.put(path, builders.alert(id=flag_id)),
            "PATCH": lambda path=path: anna.patch(path, {"op": "replace", "path": "/status", "value": "inactive"}),
            "DELETE": lambda path=path: anna.delete(path),
        }[method]()
        assert answer.status_code == 422, answer.text
        (issue,) = answer.json()["issue"]
        assert issue["code"] == "business-rule"
        assert "raises and ends this alert itself" in issue["details"]["text"]
    assert the_flag(anna) == before


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE"])
def test_nor_is_one_in_a_bundle(anna: System, method: str) -> None:
    flag = the_flag(anna)
    resource = {
        "PUT": builders.alert(id=flag["id"]),
        "PATCH": {
            "resourceType": "Binary",
            "contentType": "application/json-patch+json",
            "data": "W3sib3AiOiJyZXBsYWNlIiwicGF0aCI6Ii9zdGF0dXMiLCJ2YWx1ZSI6ImluYWN0aXZlIn1d",
        },
        "DELETE": None,
    }[method]
    entry = bundles.request(method, f"Flag/{flag['id']}", resource)
    answer = anna.post("", bundles.transaction(entry))
    assert answer.status_code == 422, answer.text
    batch = anna.post("", {"resourceType": "Bundle", "type": "batch", "entry": [entry]}).json()
    assert batch["entry"][0]["response"]["status"].startswith("422")
    assert the_flag(anna) == flag


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE"])
def test_nor_by_a_condition_that_finds_it(anna: System, method: str) -> None:
    condition = "Flag?patient=Patient/anna&status=active"
    answer = {
        "PUT": lambda: anna.put(condition, builders.alert()),
        "PATCH": lambda: anna.patch(condition, {"op": "replace", "path": "/status", "value": "inactive"}),
        "DELETE": lambda: anna.delete(condition),
    }[method]()
    assert answer.status_code == 422, answer.text
    assert len(flags(anna)) == 1


@pytest.mark.parametrize(
    "claim",
    [
        {"code": builders.snomed("526631000000108")},
        {"code": builders.snomed("450476008")},
        {"code": builders.snomed("816301000000100")},
        {"code": builders.snomed("816381000000105")},
        {"meta": {"profile": [alerts.PROFILE]}},
        {"meta": {"profile": [f"{alerts.PROFILE}|0.1.0"]}},
        {"extension": [{"url": alerts.DERIVED_FROM, "extension": [{"url": "source"}]}]},
    ],
)
def test_nobody_sends_what_the_register_raises(anna: System, claim: dict[str, Any]) -> None:
    answer = anna.post("Flag", builders.alert(**claim))
    assert answer.status_code == 422, answer.text
    assert len(flags(anna)) == 1


def test_another_system_may_raise_alerts_of_its_own_beside_them(anna: System) -> None:
    own = anna.created(builders.alert())
    assert anna.put(f"Flag/{own['id']}", {**own, "status": "inactive"}).status_code == 200
    assert anna.delete(f"Flag/{own['id']}").status_code == 204
    assert len(flags(anna)) == 1


def test_nothing_refers_to_an_alert_that_ends_with_its_reason(anna: System) -> None:
    flag = the_flag(anna)
    answer = anna.post("Task", builders.task(focus={"reference": f"Flag/{flag['id']}"}))
    assert answer.status_code == 422
    assert "refer to what its flag-detail leads to" in answer.json()["issue"][0]["details"]["text"]
    told = builders.provenance(target=[{"reference": f"Flag/{flag['id']}/_history/1"}])
    assert anna.post("Provenance", told).status_code == 201
    assert anna.delete("Observation/no-cpr").status_code == 204


def test_a_flag_read_is_audited_as_every_read_is(anna: System, database: Database) -> None:
    assert anna.get(f"Flag/{the_flag(anna)['id']}").status_code == 200
    last = tables.audit(database)[-1]
    assert (last.action, last.resource_type) == ("read", "Flag")
