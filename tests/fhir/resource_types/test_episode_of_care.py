from datetime import UTC, date, datetime

import pytest

from service.register import codes
from tests import builders
from tests.fhir.reading import broken, lines, refusals, rows, unfit


def test_a_registration_is_a_spell_on_the_register():
    assert rows(builders.registration(), "registration") == [
        {
            "status": "active",
            "started_on": date(2025, 3, 1),
            "ended_on": None,
            "end_reason": "",
            "organisation": "M83999",
            "diagnosis": "",
        }
    ]


def ended(**changes):
    reason = {"coding": [{"system": codes.LOCAL, "code": "moved"}], "text": "Moved away"}
    extension = [{"url": codes.END_REASON, "valueCodeableConcept": reason}]
    period = {"start": "2025-03-01", "end": "2026-02"}
    return builders.registration(**{"status": "finished", "period": period, "extension": extension, **changes})


def test_a_registration_that_ended_says_when_and_why():
    [row] = rows(ended(), "registration")
    assert (row["ended_on"], row["end_reason"]) == (date(2026, 2, 28), "moved")
    assert "Reason: Moved away" in lines(ended(), "status")[0]


def test_an_ended_registration_takes_effect_when_it_ended():
    [item] = rows(ended(period={"start": "2025-03-01", "end": "2026-02-03"}), "summary_item")
    assert item["effective_at"] == datetime(2026, 2, 3, tzinfo=UTC)


def test_an_episode_of_another_kind_is_no_registration():
    assert rows(builders.registration(type=None)) == []
    assert unfit(builders.registration(type=None, period=None, managingOrganization=None)) == []


def test_a_registration_without_a_start_is_refused():
    assert unfit(builders.registration(period=None)) == ["EpisodeOfCare"]


@pytest.mark.parametrize("status", ["planned", "cancelled"])
def test_an_offer_needs_no_start_and_never_replaces_the_status_line(status):
    offer = builders.registration(status=status, period=None)
    assert unfit(offer) == []
    assert rows(offer, "registration")[0]["started_on"] is None
    assert [row["kind"] for row in rows(offer, "summary_item")] == ["registration-offer"]


def test_a_finished_registration_without_an_end_is_refused():
    assert unfit(builders.registration(status="finished")) == ["EpisodeOfCare"]


def test_a_registration_that_ends_before_it_starts_is_refused():
    period = {"start": "2025-03-01", "end": "2025-02-28"}
    assert refusals(builders.registration(period=period)) == broken("EpisodeOfCare.period.end")


def test_a_registration_may_end_in_the_month_it_started_in():
    period = {"start": "2025-03-15", "end": "2025-03"}
    assert refusals(builders.registration(status="finished", period=period)) == []


def test_a_registration_that_nobody_manages_is_refused():
    assert unfit(builders.registration(managingOrganization=None)) == ["EpisodeOfCare.managingOrganization"]


def test_a_mistake_may_be_marked_as_one_whatever_else_is_wrong():
    mistake = builders.registration(status="entered-in-error", period=None, managingOrganization=None)
    assert unfit(mistake) == []


def test_the_key_worker_is_shown_while_the_registration_lasts():
    worker = {"reference": "Practitioner/1", "display": "Sam Field"}
    assert lines(builders.registration(careManager=worker), "people") == [
        "Key worker: Sam Field. Recorded on 2 March 2026"
    ]
    assert lines(ended(careManager=worker), "people") == []


@pytest.mark.parametrize("ranks", [[], [2], [None], [1, 1]])
def test_a_registration_has_exactly_one_primary_diagnosis(ranks):
    ranked = [{"condition": {"display": "Heart failure"}, **({"rank": rank} if rank else {})} for rank in ranks]
    assert unfit(builders.registration(diagnosis=ranked or None)) == ["EpisodeOfCare"]
    assert unfit(builders.registration(diagnosis=ranked or None, status="planned")) == []


def test_an_ended_registration_without_a_reason_is_kept():
    assert unfit(builders.ended_registration(extension=None)) == []
