import pytest

from service.register import codes
from tests import builders
from tests.fhir.reading import lines, rows


def test_a_diagnosis_is_shown_with_who_recorded_it():
    diagnosis = builders.condition(recordedDate="2025-05-03", recorder={"display": "Dr A Brook"})
    assert lines(diagnosis, "diagnoses") == [
        "Diagnosis: Heart failure. Recorded by Dr A Brook on 3 May 2025; last confirmed 3 May 2025"
    ]


@pytest.mark.parametrize("status", ["inactive", "remission", "resolved"])
def test_a_diagnosis_of_the_past_is_not_shown(status):
    past = builders.concept((codes.CONDITION_CLINICAL, status))
    assert rows(builders.condition(clinicalStatus=past)) == []


@pytest.mark.parametrize("status", ["refuted", "entered-in-error"])
def test_a_diagnosis_that_is_not_so_is_not_shown(status):
    refuted = builders.concept((codes.CONDITION_VERIFICATION, status))
    assert rows(builders.condition(verificationStatus=refuted)) == []


def test_a_diagnosis_that_is_not_confirmed_says_so():
    provisional = builders.concept((codes.CONDITION_VERIFICATION, "provisional"))
    assert lines(builders.condition(verificationStatus=provisional))[0].startswith(
        "Diagnosis: Heart failure (provisional)."
    )
