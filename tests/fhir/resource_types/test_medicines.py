"""MedicationRequest and MedicationStatement: held and shown, the anticipatory ones in the summary."""

import pytest

from tests import builders
from tests.fhir.reading import lines, rows

BOTH = [builders.medication_request, builders.medication_statement]
ANTICIPATORY = builders.snomed("443761007")


def test_an_anticipatory_prescription_is_shown_as_it_was_written():
    request = builders.medication_request(
        dosageInstruction=[{"text": "2.5mg subcutaneously as needed"}],
        requester={"display": "Dr A Brook"},
        authoredOn="2025-05-03",
    )
    assert lines(request, "anticipatory-medicines") == [
        (
            "Prescribed: Midazolam 10mg/2ml solution for injection; 2.5mg subcutaneously as needed. "
            "Recorded by Dr A Brook on 3 May 2025"
        )
    ]


def test_a_medicine_that_the_person_is_said_to_have_is_shown():
    statement = builders.medication_statement(
        dosage=[{"patientInstruction": "for breathlessness"}], informationSource={"display": "District nurses"}
    )
    assert lines(statement, "anticipatory-medicines") == [
        "Has Midazolam 10mg/2ml solution for injection; for breathlessness. Recorded by District nurses on 2 March 2026"
    ]


@pytest.mark.parametrize("build", BOTH)
def test_a_medicine_is_anticipatory_by_its_reason_too(build):
    assert rows(build(category=None, reasonCode=[ANTICIPATORY]))


@pytest.mark.parametrize("build", BOTH)
def test_a_medicine_of_every_day_is_kept_without_a_line(build):
    assert rows(build(category=None)) == []


@pytest.mark.parametrize("build", BOTH)
def test_a_medicine_on_hold_says_so(build):
    assert "On hold" in lines(build(status="on-hold"))[0]


@pytest.mark.parametrize("build", BOTH)
@pytest.mark.parametrize("status", ["completed", "stopped", "unknown"])
def test_a_medicine_that_is_not_there_any_more_is_not_shown(build, status):
    assert rows(build(status=status)) == []


@pytest.mark.parametrize("intent", ["proposal", "plan", "option"])
def test_what_nobody_prescribed_is_not_shown(intent):
    assert rows(builders.medication_request(intent=intent)) == []


def test_an_order_not_to_give_a_medicine_is_never_read_as_a_prescription():
    assert lines(builders.medication_request(doNotPerform=True))[0].startswith("Not to be given: Midazolam")


@pytest.mark.parametrize(
    ("elements", "name"),
    [
        ({"medicationReference": {"display": "Morphine"}}, "Morphine"),
        (
            {
                "medicationReference": {"reference": "#m"},
                "contained": [{"resourceType": "Medication", "id": "m", "code": {"text": "Haloperidol"}}],
            },
            "Haloperidol",
        ),
        ({"medicationReference": {"reference": "#none"}}, "medicine not named"),
    ],
)
def test_a_medicine_is_named_wherever_its_name_stands(elements, name):
    assert f"Has {name}." in lines(builders.medication_statement(medicationCodeableConcept=None, **elements))[0]
