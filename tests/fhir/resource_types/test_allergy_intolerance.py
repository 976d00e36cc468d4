import pytest

from service.register import codes
from tests import builders
from tests.fhir.reading import lines, rows


def test_an_allergy_says_how_it_shows_how_great_the_risk_is_and_who_recorded_it():
    allergy = builders.allergy(
        type="allergy",
        criticality="high",
        reaction=[
            {"manifestation": [{"text": "Anaphylaxis"}, {"text": "Rash"}]},
            {"manifestation": [{"text": "Rash"}]},
        ],
        recorder={"display": "Dr A Brook"},
        recordedDate="2025-05-03",
    )
    assert lines(allergy, "allergies") == [
        (
            "Penicillin (allergy, high risk); Reaction: Anaphylaxis, Rash. "
            "Recorded by Dr A Brook on 3 May 2025; last confirmed 3 May 2025"
        )
    ]


def test_that_no_allergy_is_known_is_never_introduced_as_an_allergy():
    none_known = builders.snomed("716186003", text="No known allergy")
    assert lines(builders.allergy(code=none_known)) == ["No known allergy. Recorded on 2 March 2026"]


def test_an_allergy_that_is_not_confirmed_says_so():
    doubtful = builders.concept((codes.ALLERGY_VERIFICATION, "unconfirmed"))
    assert lines(builders.allergy(verificationStatus=doubtful))[0].startswith("Penicillin (unconfirmed).")


def test_an_allergy_without_a_name_is_still_shown():
    assert lines(builders.allergy(code=None))[0].startswith("Allergy, substance not named.")


@pytest.mark.parametrize("status", ["inactive", "resolved"])
def test_an_allergy_of_the_past_is_not_shown(status):
    assert rows(builders.allergy(clinicalStatus=builders.concept((codes.ALLERGY_CLINICAL, status)))) == []


@pytest.mark.parametrize("status", ["entered-in-error", "refuted"])
def test_what_turned_out_to_be_no_allergy_is_not_shown(status):
    not_so = builders.concept((codes.ALLERGY_VERIFICATION, status))
    assert rows(builders.allergy(clinicalStatus=None, verificationStatus=not_so)) == []
