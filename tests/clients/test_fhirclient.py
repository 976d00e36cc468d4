"""fhirclient of SMART Health IT, unchanged: it reads /metadata, parses every answer by its own models, and pages."""

import warnings

import pytest
from fhirclient.client import FHIRClient
from fhirclient.models.bundle import Bundle
from fhirclient.models.careplan import CarePlan
from fhirclient.models.observation import Observation
from fhirclient.models.parameters import Parameters
from fhirclient.models.patient import Patient

from tests import builders, bundles

IDENTIFIER = f"https://fhir.nhs.uk/Id/nhs-number|{builders.NHS_NUMBER}"


@pytest.fixture
def server(served):
    client = FHIRClient(settings={"app_id": "tests", "api_base": served.base, "jwt_token": served.token})
    client.server.session.headers["Authorization"] = f"Bearer {served.token}"
    client.server.get_capability()
    return client.server


@pytest.fixture
def patient(server):
    """Someone who was registered in one transaction."""
    answer = server.post_json("", bundles.registration())
    assert answer.status_code == 200
    return _found(Patient.where({"identifier": IDENTIFIER}), server)[0]


def _found(search, server):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        return list(search.perform_resources_iter(server))


def test_the_capability_statement_is_understood(server):
    assert server.capabilityStatement.fhirVersion == "4.0.1"
    assert "CarePlan" in {one.type for one in server.capabilityStatement.rest[0].resource}


def test_someone_who_was_registered_is_found_by_nhs_number(patient):
    assert patient.name[0].family == "Example"


def test_every_page_of_a_search_is_fetched(server, patient):
    for _ in range(3):
        Observation(builders.observation(subject={"reference": f"Patient/{patient.id}"})).create(server)

    found = _found(Observation.where({"patient": patient.id, "_count": "2"}), server)

    assert len({one.id for one in found}) == 5


def test_what_a_resource_refers_to_comes_with_it(server, patient):
    found = _found(CarePlan.where({"patient": patient.id}).include("subject"), server)

    assert {one.resource_type for one in found} == {"CarePlan", "Patient"}


def test_a_change_is_the_next_version(server, patient):
    patient.gender = "female"
    patient.update(server)

    assert Patient.read(patient.id, server).meta.versionId == "2"


def test_the_history_is_a_bundle(server, patient):
    history = Bundle.read_from(f"Patient/{patient.id}/_history", server)

    assert (history.type, len(history.entry)) == ("history", 1)


def test_the_summary_is_a_document(server, patient):
    asked = Parameters({"resourceType": "Parameters", "parameter": [{"name": "identifier", "valueString": IDENTIFIER}]})

    summary = Bundle(server.post_json("Patient/$summary", asked.as_json()).json())

    assert summary.type == "document"
    assert summary.entry[0].resource.resource_type == "Composition"
