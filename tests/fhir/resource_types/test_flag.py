import pytest

from tests import builders
from tests.fhir.reading import broken, lines, refusals, rows


def test_an_alert_of_another_system_is_shown_at_the_top():
    alert = builders.alert(author={"display": "Example Trust"}, period={"start": "2025-05-03", "end": "2026-05-01"})
    assert lines(alert, "status") == [
        "Alert: Dog in the house; Until 1 May 2026. Recorded by Example Trust on 3 May 2025"
    ]


def test_an_alert_that_is_off_is_not_shown():
    assert rows(builders.alert(status="inactive")) == []


@pytest.mark.parametrize(
    "code",
    [
        "526631000000108",  # on the register
        "450476008",  # not for CPR
        "450475007",  # for CPR
        "816301000000100",  # advance decision to refuse treatment
        "816361000000101",  # lasting power of attorney
        "816381000000105",  # lasting power of attorney, life sustaining decisions
    ],
)
@pytest.mark.parametrize("status", ["active", "inactive", "entered-in-error"])
def test_an_alert_that_the_register_raises_itself_is_never_taken(code, status):
    assert refusals(builders.alert(code=builders.snomed(code), status=status)) == broken("Flag.code")


def test_an_alert_that_ends_before_it_starts_is_refused():
    alert = builders.alert(period={"start": "2025-03-01", "end": "2025-02-28"})
    assert refusals(alert) == broken("Flag.period.end")
