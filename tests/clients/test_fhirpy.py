"""fhirpy, unchanged: register, search with paging, include, update with version, history and summary."""

import pytest
from fhirpy import AsyncFHIRClient, SyncFHIRClient
from fhirpy.base.exceptions import OperationOutcome, ResourceNotFound

from tests import builders, bundles

IDENTIFIER = f"https://fhir.nhs.uk/Id/nhs-number|{builders.NHS_NUMBER}"


@pytest.fixture
def client(served):
    return SyncFHIRClient(served.base, authorization=f"Bearer {served.token}")


@pytest.fixture
def patient(client):
    """Someone who was registered in one transaction."""
    answer = client.execute("", method="post", data=bundles.registration())
    assert {entry["response"]["status"][:3] for entry in answer["entry"]} == {"201"}
    return client.resources("Patient").search(identifier=IDENTIFIER).get()


def test_someone_who_was_registered_is_found_by_nhs_number(client, patient):
    assert patient["name"][0]["family"] == "Example"


def test_every_page_of_a_search_is_fetched(client, patient):
    for _ in range(4):
        client.resource("Observation", **_without_type(builders.observation(subject=_to(patient)))).save()

    found = client.resources("Observation").search(patient=patient.to_reference()).limit(2).fetch_all()

    assert len({one["id"] for one in found}) == 6  # with the two of the registration


def test_matches_are_counted(client, patient):
    assert client.resources("Observation").search(patient=patient.to_reference()).count() == 2


def test_what_a_resource_refers_to_comes_with_it(client, patient):
    found = client.resources("CarePlan").search(patient=patient.to_reference()).include("CarePlan", "patient")

    kinds = {entry["resource"]["resourceType"] for entry in found.fetch_raw()["entry"]}

    assert kinds == {"CarePlan", "Patient"}


def test_what_refers_to_a_resource_comes_with_it(client, patient):
    found = client.resources("Patient").search(_id=patient["id"]).revinclude("Consent", "patient").fetch_raw()

    assert [entry["search"]["mode"] for entry in found["entry"]] == ["match", "include", "include"]


def test_a_saved_change_is_the_next_version(client, patient):
    patient["gender"] = "female"
    patient.save()

    again = client.reference("Patient", patient["id"]).to_resource()

    assert (again["gender"], again["meta"]["versionId"]) == ("female", "2")


def test_the_history_holds_both_versions(client, patient):
    patient["gender"] = "female"
    patient.save()

    history = client.execute(f"Patient/{patient['id']}/_history", method="get")

    assert [entry["resource"]["meta"]["versionId"] for entry in history["entry"]] == ["2", "1"]


def test_the_summary_is_one_call(client, patient):
    asked = [{"name": "identifier", "valueString": IDENTIFIER}]

    summary = client.execute("Patient/$summary", method="post", data={"resourceType": "Parameters", "parameter": asked})

    assert summary["entry"][0]["resource"]["resourceType"] == "Composition"


def test_a_conditional_update_changes_the_one_it_finds(client, patient):
    sent = client.resource("Patient", **_without_type(builders.patient(gender="other")))

    saved, is_new = client.resources("Patient").search(identifier=IDENTIFIER).update(sent)

    assert (saved["id"], saved["gender"], is_new) == (patient["id"], "other", False)


def test_a_resource_is_validated_without_being_kept(client, patient):
    bad = client.resource("Observation", **_without_type(builders.observation(status="live", subject=_to(patient))))

    assert not bad.is_valid()


def test_a_refusal_is_an_operation_outcome_with_its_reason(client, patient):
    with pytest.raises(OperationOutcome) as refused:
        client.resource("Observation", status="live", code={}, subject=_to(patient)).save()
    assert "Observation.status" in str(refused.value.resource)


def test_what_was_deleted_is_not_found(client, patient):
    made = client.resource("Observation", **_without_type(builders.observation(subject=_to(patient))))
    made.save()
    made.delete()

    with pytest.raises(ResourceNotFound):
        client.reference("Observation", made["id"]).to_resource()


async def _number_of_people(served) -> int:
    client = AsyncFHIRClient(served.base, authorization=f"Bearer {served.token}")
    return len([one async for one in client.resources("Patient").limit(1)])


def test_the_asynchronous_client_pages_too(served, client):
    import asyncio

    for place in range(3):
        client.resource("Patient", **_without_type(builders.patient(builders.a_number(place)))).save()

    assert asyncio.run(_number_of_people(served)) == 3


def _without_type(resource):
    return {name: value for name, value in resource.items() if name != "resourceType"}


def _to(patient):
    return {"reference": f"Patient/{patient['id']}"}
