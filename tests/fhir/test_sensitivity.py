"""Which labels restrict who may know where a person is."""

import pytest

from service.fhir import sensitivity
from tests import builders
from tests.builders import Body

SYSTEM = {"system": sensitivity.CONFIDENTIALITY}


def labelled(*labels: Body) -> Body:
    return builders.patient(meta={"security": list(labels)})


@pytest.mark.parametrize(
    ("labels", "expected"),
    [
        ([], ""),
        ([{**SYSTEM, "code": "N"}], ""),
        ([{**SYSTEM, "code": "U"}], ""),
        ([{**SYSTEM, "code": "R"}], "R"),
        ([{**SYSTEM, "code": "R"}, {**SYSTEM, "code": "V"}, {**SYSTEM, "code": "N"}], "V"),
        ([{"code": "R"}], "R"),
        ([{"system": "http://hl7.org/fhir/v3/Confidentiality", "code": "v"}], "V"),
        ([{"system": "urn:oid:2.16.840.1.113883.5.25", "code": "R"}], "R"),
        ([{"system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": "R"}], ""),
    ],
)
def test_the_highest_label_of_confidentiality_rules_however_it_is_written(labels: list[Body], expected: str) -> None:
    assert sensitivity.of(labelled(*labels)) == expected


@pytest.mark.parametrize("meta", [None, {}, {"security": []}])
def test_a_patient_without_labels_is_not_restricted(meta: Body | None) -> None:
    patient = builders.patient(meta=meta)
    assert sensitivity.of(patient) == ""
    assert sensitivity.labels(patient) == []


@pytest.mark.parametrize(
    ("now", "before", "is_lower"), [("R", "V", True), ("N", "R", True), ("V", "R", False), ("R", "R", False)]
)
def test_lower_is_what_restricts_less(now: str, before: str, is_lower: bool) -> None:
    assert sensitivity.is_lower(labelled({**SYSTEM, "code": now}), labelled({**SYSTEM, "code": before})) is is_lower
