"""What the writer is told beside "kept": on the answer of a write, on each entry of a Bundle, and by $validate."""

from typing import Any

import pytest
from starlette.testclient import TestClient

from service.db import Database
from service.register import codes
from tests import builders, bundles
from tests.systems import ALL, System, connect

OUTCOME = {"Prefer": "return=OperationOutcome"}


@pytest.fixture
def anna(integration: System) -> System:
    """A system with Anna on the register, who was not asked yet where she would prefer to die."""
    integration.keep(*builders.minimum_record())
    return integration


def escalation(**decided: str) -> dict[str, Any]:
    """A treatment escalation plan: by name of the intervention, what was decided on it."""
    named = {"intensive_care": codes.INTENSIVE_CARE, "hospital": codes.HOSPITAL_ADMISSION}
    component = [
        {"code": builders.concept(named[name]), "valueCodeableConcept": builders.concept((codes.LOCAL, decision))}
        for name, decision in decided.items()
    ]
    code = builders.concept(codes.TREATMENT_ESCALATION_PLAN)
    return builders.observation(code=code, valueCodeableConcept=None, component=component)


def told(outcome: Any) -> dict[str, str]:
    """By code of `details`, the severity of each issue."""
    return {issue["details"]["coding"][0]["code"]: issue["severity"] for issue in outcome["issue"]}


def sent(system: System, resource: dict[str, Any]) -> dict[str, str]:
    answer = system.post(resource["resourceType"], resource, **OUTCOME)
    assert answer.status_code == 201, answer.text
    return told(answer.json())


def test_a_missing_place_of_death_is_told_at_the_registration_and_while_on_the_register(anna: System) -> None:
    alert = {"place-of-death-missing": "warning"}
    spell = anna.get("EpisodeOfCare/anna-spell").json()
    again = anna.put("EpisodeOfCare/anna-spell", {**spell, "careManager": {"display": "Dr Alex Brook"}}, **OUTCOME)
    assert alert.items() <= told(again.json()).items()
    assert alert.items() <= sent(anna, builders.cpr_decision()).items()
    assert "place-of-death-missing" not in sent(anna, builders.place_of_death())
    assert "place-of-death-missing" not in sent(anna, builders.cpr_decision())


def test_of_several_entries_the_registration_alone_tells_what_is_missing(integration: System) -> None:
    bundle = bundles.registration()
    bundle["entry"] = [entry for entry in bundle["entry"] if entry["fullUrl"] != "urn:uuid:place"]
    plan = next(entry["resource"] for entry in bundle["entry"] if entry["resource"]["resourceType"] == "CarePlan")
    plan["supportingInfo"] = [one for one in plan["supportingInfo"] if one["reference"] != "urn:uuid:place"]
    answer = integration.post("", bundle)
    assert answer.status_code == 200, answer.text
    telling = [
        entry["response"]["location"].split("/R4/")[1].partition("/")[0]
        for entry in answer.json()["entry"]
        if "place-of-death-missing" in told(entry["response"].get("outcome", {"issue": []}))
    ]
    assert telling == ["EpisodeOfCare"]


def test_a_review_date_is_proposed_three_months_ahead_where_none_was_sent(anna: System) -> None:
    answer = anna.post("Observation", builders.place_of_death(), **OUTCOME)
    [issue] = [one for one in answer.json()["issue"] if one["details"]["coding"][0]["code"] == "review-date-proposed"]
    assert issue["severity"] == "information"
    assert "3 August 2025 is proposed" in issue["details"]["text"]
    planned = builders.place_of_death(extension=builders.review_on("2025-06-01"))
    assert "review-date-proposed" not in sent(anna, planned)
    assert sent(anna, builders.care_plan(status="draft", created="2025-05-03")).keys() == {"all-is-well"}


@pytest.mark.parametrize(
    ("before", "now"),
    [
        (escalation(intensive_care="not-for", hospital="not-for"), builders.cpr_decision("450475007")),
        (builders.cpr_decision("450475007"), escalation(intensive_care="not-for", hospital="not-for")),
        (escalation(hospital="not-for"), builders.place_of_death("10")),
        (builders.refusal_of_life_sustaining_treatment(), builders.cpr_decision("450475007")),
    ],
)
def test_what_contradicts_what_is_in_force_is_kept_and_told(
    anna: System, before: dict[str, Any], now: dict[str, Any]
) -> None:
    assert "contradiction" not in sent(anna, before)
    assert sent(anna, now)["contradiction"] == "warning"


def test_what_is_no_longer_in_force_contradicts_nothing(anna: System) -> None:
    sent(anna, {**escalation(hospital="not-for"), "effectiveDateTime": "2025-05-01"})
    sent(anna, {**escalation(hospital="for"), "effectiveDateTime": "2025-05-02"})
    assert "contradiction" not in sent(anna, builders.place_of_death("10"))


def test_both_sides_of_a_contradiction_that_come_together_tell_of_it(anna: System) -> None:
    both = bundles.transaction(
        bundles.entry(escalation(hospital="not-for"), "escalation"),
        bundles.entry(builders.place_of_death("10"), "place"),
        bundles.entry(builders.cpr_decision(), "cpr"),
    )
    answer = anna.post("", both)
    assert answer.status_code == 200, answer.text
    outcomes = [entry["response"].get("outcome", {"issue": []}) for entry in answer.json()["entry"]]
    assert ["contradiction" in told(outcome) for outcome in outcomes] == [True, True, False]


def test_a_refusal_of_sharing_is_told_with_its_consequence(anna: System) -> None:
    refused = builders.sharing("deny", dateTime="2026-01-01T10:00:00Z")
    assert sent(anna, refused)["sharing-refused"] == "warning"


def test_validate_tells_what_the_write_would_be_told(anna: System) -> None:
    anna.created(escalation(hospital="not-for"))
    answer = anna.post("Observation/$validate?mode=create", builders.place_of_death("10"))
    assert told(answer.json())["contradiction"] == "warning"
    assert "contradiction" not in told(anna.post("Observation/$validate", builders.place_of_death("10")).json())


def test_what_a_profile_finds_worth_a_word_is_told_of_what_is_kept(anna: System) -> None:
    nobody = builders.place_of_death(performer=None)
    answer = anna.post("Observation", nobody, **OUTCOME)
    assert answer.status_code == 201
    assert told(answer.json())["epaccs-preference-performer"] == "warning"
    patched = anna.patch(
        f"Observation/{anna.created(builders.place_of_death())['id']}",
        {"op": "remove", "path": "/performer"},
        **OUTCOME,
    )
    assert told(patched.json())["epaccs-preference-performer"] == "warning"


def test_who_may_not_read_the_record_is_told_nothing_of_it(http: TestClient, database: Database, anna: System) -> None:
    anna.created(escalation(hospital="not-for"))
    scope = ALL.replace("system/Consent.cruds", "system/Consent.c")
    writer = connect(http, database, "integration", scope=scope)
    assert sent(writer, builders.place_of_death("10")).keys() == {"review-date-proposed"}


def test_who_has_died_is_not_asked_for_a_place(anna: System) -> None:
    patient = anna.get("Patient/anna").json()
    anna.put("Patient/anna", {**patient, "deceasedDateTime": "2026-03-02"})
    assert "place-of-death-missing" not in sent(anna, builders.cpr_decision())


def test_what_is_older_than_what_stands_is_kept_and_told_not_to_be_in_force(anna: System) -> None:
    assert "not-in-force" not in sent(anna, builders.cpr_decision("450475007", effectiveDateTime="2025-05-02"))
    assert sent(anna, builders.cpr_decision(effectiveDateTime="2025-04-02"))["not-in-force"] == "warning"
    assert "not-in-force" not in sent(anna, builders.cpr_decision(effectiveDateTime="2025-05-03"))


def test_who_says_that_a_decision_is_not_known_is_told_which_one_stands(anna: System) -> None:
    sent(anna, builders.cpr_decision(effectiveDateTime="2025-05-02"))
    reason = builders.concept((codes.DATA_ABSENT_REASON, "not-asked"))
    unknown = builders.cpr_decision(
        valueCodeableConcept=None, dataAbsentReason=reason, effectiveDateTime="2025-06-01T10:00:00Z"
    )
    outcome = anna.post("Observation", unknown, **OUTCOME).json()
    assert told(outcome)["not-in-force"] == "warning"
    assert "that of 2 May 2025 is" in str(outcome)
    [flag] = anna.get("Flag?patient=Patient/anna&code=450476008").json()["entry"]
    assert flag["resource"]["status"] == "active"


def test_a_draft_of_a_decision_is_told_not_to_be_in_force(anna: System) -> None:
    assert sent(anna, builders.cpr_decision(status="preliminary"))["not-in-force"] == "warning"
    assert "not-in-force" not in sent(anna, builders.cpr_decision(status="cancelled"))


def test_an_answer_that_is_changed_in_place_is_told_to_be_overwritten(anna: System) -> None:
    decision = anna.created(builders.cpr_decision())
    where = f"Observation/{decision['id']}"
    opposite = {**decision, "valueCodeableConcept": builders.snomed("450475007")}
    assert told(anna.put(where, opposite, **OUTCOME).json())["overwritten"] == "warning"
    assert "overwritten" not in told(anna.put(where, {**opposite, "issued": "2025-05-04T10:00:00Z"}, **OUTCOME).json())
    assert "overwritten" not in told(anna.put(where, {**decision, "status": "corrected"}, **OUTCOME).json())
