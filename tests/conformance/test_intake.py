"""Lenient in: a Patient as PDS sends it is kept as it was sent, told of, and understood in what is derived from it."""

from typing import Any

from sqlmodel import select

from service.db import Database
from service.register.models import Person
from tests import builders
from tests.fhir.test_intake import as_pds_sends_it
from tests.systems import System


def warnings(answer: Any) -> set[str]:
    return {
        issue["expression"][0]
        for issue in answer.json()["issue"]
        if issue["details"]["coding"][0]["code"] == "understood-as-meant"
    }


def test_it_is_kept_as_it_was_sent_and_told_of(integration: System) -> None:
    sent = as_pds_sends_it() | {"id": "pds"}
    answer = integration.put("Patient/pds", sent, Prefer="return=OperationOutcome")
    assert answer.status_code == 201, answer.text
    assert len(warnings(answer)) == 4
    kept = integration.get("Patient/pds").json()
    assert kept["identifier"] == sent["identifier"]
    assert kept["telecom"] == sent["telecom"]


def test_the_current_number_is_the_persons_and_the_superseded_one_is_found(
    integration: System, database: Database
) -> None:
    sent = as_pds_sends_it() | {"id": "pds"}
    sent["identifier"].reverse()
    assert integration.put("Patient/pds", sent).status_code == 201
    with database.reading() as session:
        assert session.exec(select(Person.nhs_number)).all() == [builders.NHS_NUMBER]
    for value in (builders.NHS_NUMBER, builders.a_number(7)):
        found = integration.get(f"Patient?identifier=https://fhir.nhs.uk/Id/nhs-number|{value}").json()
        assert [entry["resource"]["id"] for entry in found["entry"]] == ["pds"]


def test_a_patient_has_one_number_that_is_not_old(integration: System) -> None:
    for uses in (("old",), ("usual", "official")):
        numbers = [
            {"system": "https://fhir.nhs.uk/Id/nhs-number", "value": builders.a_number(at), "use": use}
            for at, use in enumerate(uses)
        ]
        answer = integration.put("Patient/x", builders.patient(id="x", identifier=numbers))
        assert answer.status_code == 422
        assert "Patient.identifier" in answer.text
