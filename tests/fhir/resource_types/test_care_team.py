import pytest

from tests import builders
from tests.fhir.reading import lines, rows


def test_every_member_of_the_team_is_shown():
    members = [
        {"role": [{"text": "District nurse"}], "member": {"display": "Sam Field"}},
        {"member": {"display": "Example Hospice"}, "period": {"end": "2026-05-01"}},
        {"member": {"reference": "Practitioner/unnamed"}},
    ]
    team = builders.care_team(
        participant=members, name="Team A", telecom=[{"system": "phone", "value": "01632 960002"}]
    )
    assert [line.split(".")[0] for line in lines(team, "people")] == [
        "Team A: Telephone 01632 960002",
        "District nurse: Sam Field",
        "Care team: Example Hospice; Until 1 May 2026",
    ]


@pytest.mark.parametrize("status", ["proposed", "suspended", "inactive", "entered-in-error"])
def test_a_team_that_is_not_at_work_is_not_shown(status):
    assert rows(builders.care_team(status=status, participant=[{"member": {"display": "Sam Field"}}])) == []
