"""Which of the rows that say a trait counts."""

from datetime import date

import pytest
import sqlalchemy as sa

from service import db
from service.register import traits
from service.register.models import Registration, Trait

TRAIT, REGISTRATION = db.table(Trait), db.table(Registration)
PERSON = sa.literal(1)


@pytest.fixture
def session(database):
    with database.transaction() as session:
        yield session


def say(session, kind, value, *, on=date(2026, 1, 1), pk=10, reference=""):
    row = {"resource_pk": pk, "kind": kind, "person_pk": 1, "value": value, "said_on": on, "reference": reference}
    session.execute(TRAIT.insert(), row)


def register(session, diagnosis, *, status="active", pk=1, start=date(2026, 1, 1)):
    dates = {"started_on": start, "ended_on": None, "end_reason": "", "organisation": ""}
    row = {"resource_pk": pk, "person_pk": 1, "status": status, "diagnosis": diagnosis, **dates}
    session.execute(REGISTRATION.insert(), row)


def known(session, kind):
    return session.execute(sa.select(traits.value(kind, PERSON))).scalar_one()


def test_what_nobody_said_is_not_recorded(session):
    assert {known(session, kind) for kind in (traits.ETHNICITY, traits.DIAGNOSIS_GROUP)} == {traits.NOT_RECORDED}


def test_what_was_said_last_counts(session):
    say(session, traits.RESIDENCE, "care-home", on=date(2026, 2, 1), pk=10)
    say(session, traits.RESIDENCE, "private", on=date(2025, 2, 1), pk=11)
    assert known(session, traits.RESIDENCE) == "care-home"
    assert session.execute(sa.select(traits.said_last(traits.RESIDENCE, PERSON))).scalar_one() == 10


def test_the_diagnosis_of_rank_1_counts_before_an_earlier_one(session):
    say(session, traits.DIAGNOSIS_GROUP, "cancer", on=date(2020, 1, 1), pk=10, reference="Condition/a")
    say(session, traits.DIAGNOSIS_GROUP, "other", pk=11, reference="Condition/b")
    register(session, "Condition/b")
    assert known(session, traits.DIAGNOSIS_GROUP) == "other"


def test_of_several_registrations_the_latest_names_the_primary_diagnosis(session):
    say(session, traits.DIAGNOSIS_GROUP, "cancer", pk=10, reference="Condition/a")
    say(session, traits.DIAGNOSIS_GROUP, "neurological", pk=11, reference="Condition/b")
    register(session, "Condition/a", status="finished", start=date(2025, 1, 1))
    register(session, "Condition/b", pk=2)
    register(session, "Condition/a", pk=3, status="cancelled", start=date(2026, 3, 1))
    assert known(session, traits.DIAGNOSIS_GROUP) == "neurological"


def test_without_a_primary_diagnosis_the_earliest_of_a_known_group_counts(session):
    say(session, traits.DIAGNOSIS_GROUP, "other", on=date(2019, 1, 1), pk=9)
    say(session, traits.DIAGNOSIS_GROUP, "organ-failure", on=date(2021, 1, 1), pk=10)
    say(session, traits.DIAGNOSIS_GROUP, "cancer", on=date(2020, 1, 1), pk=11)
    register(session, "")
    assert known(session, traits.DIAGNOSIS_GROUP) == "cancer"


def test_a_diagnosis_of_no_known_group_that_nobody_called_primary_is_not_recorded(session):
    say(session, traits.DIAGNOSIS_GROUP, "other")
    assert known(session, traits.DIAGNOSIS_GROUP) == traits.NOT_RECORDED
