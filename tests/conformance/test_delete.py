"""delete: what is deleted is gone, its versions stay, and nothing is left hanging (FHIR R4 §3.1.0.7)."""

import pytest

from tests import builders
from tests.systems import System


@pytest.fixture
def leek(integration: System) -> str:
    integration.put("Organization/leek", builders.organization(id="leek", name="Old"))
    return "Organization/leek"


def test_a_delete_answers_without_content_and_with_the_version_that_is_the_deletion(
    integration: System, leek: str
) -> None:
    answer = integration.delete(leek)
    assert (answer.status_code, answer.content) == (204, b"")
    assert answer.headers["etag"] == 'W/"2"'


def test_a_delete_tells_how_it_went_to_who_prefers_that(integration: System, leek: str) -> None:
    answer = integration.delete(leek, Prefer="return=OperationOutcome")
    assert (answer.status_code, answer.json()["resourceType"]) == (200, "OperationOutcome")


def test_a_second_delete_changes_nothing(integration: System, leek: str) -> None:
    integration.delete(leek)
    again = integration.delete(leek)
    assert (again.status_code, again.headers["etag"]) == (204, 'W/"2"')


def test_a_delete_of_what_never_was_is_not_found(integration: System) -> None:
    assert integration.delete("Organization/none").status_code == 404


def test_a_delete_of_another_version_than_the_current_is_refused(integration: System, leek: str) -> None:
    integration.put(leek, builders.organization(id="leek", name="New"))
    assert integration.delete(leek, If_Match='W/"1"').status_code == 412
    assert integration.delete(leek, If_Match='W/"1", W/"2"').status_code == 204


def test_a_delete_takes_no_parameters_beside_an_id(integration: System, leek: str) -> None:
    assert integration.delete(f"{leek}?name=Old").status_code == 400
    assert integration.get(leek).status_code == 200


def test_what_is_deleted_is_found_no_more(integration: System, leek: str) -> None:
    integration.delete(leek)
    assert integration.get("Organization").json().get("entry") is None


def test_a_practice_that_deleted_its_patient_is_told_that_the_patient_is_gone(
    integration: System, practice: System, hospital: System
) -> None:
    integration.put("Patient/anna", builders.patient(id="anna", generalPractitioner=builders.at_practice("Y99001")))
    assert practice.delete("Patient/anna").status_code == 204
    assert practice.get("Patient/anna").status_code == 410
    assert hospital.get("Patient/anna").status_code == 404
    assert integration.get("Patient/anna").status_code == 410


def test_a_practice_cannot_delete_what_it_may_not_see(integration: System, practice: System) -> None:
    integration.put("Patient/anna", builders.patient(id="anna"))
    assert practice.delete("Patient/anna").status_code == 404
    assert integration.get("Patient/anna").status_code == 200
