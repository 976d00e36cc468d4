from datetime import UTC, date, datetime

import pytest
import sqlalchemy as sa

from service import db
from service.register import people
from service.register.models import Person, PracticeSpell, SharingDecision

PERSON = db.table(Person)
SPELL = db.table(PracticeSpell)
DECISION = db.table(SharingDecision)

MARCH, APRIL, MAY = date(2026, 3, 1), date(2026, 4, 1), date(2026, 5, 1)


@pytest.fixture
def session(database):
    with database.transaction() as session:
        yield session


def save(session, practice="M83001", *, on=MARCH, since=None, pk=1, **facts):
    known = {"patient_id": f"p{pk}", "nhs_number": f"999000001{pk}", "name": "EXAMPLE, Anna", "born_on": "1940"}
    given = {**known, "gender": "female", "died_on": None, "sensitivity": "", **facts}
    people.save(session, pk=pk, facts={**given, "practice_code": practice, "practice_from": since}, on=on)


def spells(session, pk=1):
    rows = session.execute(
        sa.select(SPELL.c.practice_code, SPELL.c.started_on, SPELL.c.ended_on)
        .where(SPELL.c.person_pk == pk)
        .order_by(SPELL.c.started_on)
    )
    return [tuple(row) for row in rows]


def person(session, pk=1):
    return session.execute(sa.select(PERSON).where(PERSON.c.pk == pk)).one()


def decide(session, decision, *, day, resource_pk):
    at = datetime(2026, 3, day, tzinfo=UTC)
    row = {"resource_pk": resource_pk, "person_pk": 1, "decision": decision, "decided_at": at}
    session.execute(DECISION.insert(), row)
    people.refresh_sharing(session, 1)


def test_a_new_person_has_been_with_their_practice_since_before_we_knew(session):
    save(session)
    assert spells(session) == [("M83001", people.BEGINNING, None)]


def test_saving_again_changes_the_facts(session):
    save(session)
    save(session, name="EXAMPLE, Annie", died_on=APRIL)
    assert (person(session).name, person(session).died_on) == ("EXAMPLE, Annie", APRIL)


def test_sending_the_same_practice_again_changes_nothing(session):
    save(session)
    save(session, on=APRIL, since=APRIL)
    assert spells(session) == [("M83001", people.BEGINNING, None)]


def test_a_move_counts_from_the_day_it_was_written(session):
    save(session)
    save(session, "M83002", on=APRIL)
    assert spells(session) == [("M83001", people.BEGINNING, APRIL), ("M83002", APRIL, None)]


def test_a_move_counts_from_the_day_it_took_effect_where_that_is_said(session):
    save(session)
    save(session, "M83002", on=MAY, since=APRIL)
    assert spells(session) == [("M83001", people.BEGINNING, APRIL), ("M83002", APRIL, None)]


def test_a_move_dated_before_the_last_one_counts_from_the_day_it_was_written(session):
    save(session)
    save(session, "M83002", on=APRIL)
    save(session, "M83003", on=MAY, since=MARCH)
    assert spells(session)[1:] == [("M83002", APRIL, MAY), ("M83003", MAY, None)]


def test_a_second_move_on_the_same_day_corrects_the_first(session):
    save(session)
    save(session, "M83002", on=APRIL)
    save(session, "M83003", on=APRIL)
    assert spells(session) == [("M83001", people.BEGINNING, APRIL), ("M83003", APRIL, None)]


def test_a_move_announced_for_later_is_replaced_by_one_that_comes_before(session):
    save(session)
    save(session, "M83002", on=MARCH, since=MAY)
    save(session, "M83003", on=APRIL)
    assert spells(session) == [("M83001", people.BEGINNING, APRIL), ("M83003", APRIL, None)]


def test_leaving_a_practice_for_none_closes_the_spell(session):
    save(session)
    save(session, "", on=APRIL)
    assert (spells(session), person(session).practice_code) == ([("M83001", people.BEGINNING, APRIL)], "")


def test_coming_back_to_a_practice_opens_a_new_spell(session):
    save(session)
    save(session, "", on=APRIL)
    save(session, on=MAY)
    assert spells(session) == [("M83001", people.BEGINNING, APRIL), ("M83001", MAY, None)]


def test_a_person_without_a_practice_has_no_spell(session):
    save(session, "")
    assert spells(session) == []


def test_people_move_one_by_one(session):
    save(session)
    save(session, pk=2)
    save(session, "M83002", on=APRIL, pk=2)
    assert spells(session, 1) == [("M83001", people.BEGINNING, None)]


def test_the_latest_decision_on_sharing_rules_whenever_it_was_written(session):
    save(session)
    decide(session, "denied", day=9, resource_pk=10)
    decide(session, "permitted", day=2, resource_pk=11)
    assert person(session).sharing == "denied"


def test_of_two_decisions_at_once_the_later_resource_rules(session):
    save(session)
    decide(session, "permitted", day=9, resource_pk=11)
    decide(session, "withdrawn", day=9, resource_pk=12)
    assert person(session).sharing == "withdrawn"


def test_saving_the_person_leaves_the_decision_on_sharing_alone(session):
    save(session)
    decide(session, "denied", day=1, resource_pk=10)
    save(session, on=APRIL)
    assert person(session).sharing == "denied"


def test_without_any_decision_sharing_is_blank(session):
    save(session)
    people.refresh_sharing(session, 1)
    assert person(session).sharing == ""


def test_removing_a_person_takes_their_practices_along(session):
    save(session)
    people.remove(session, 1)
    assert (spells(session), session.execute(sa.select(PERSON)).all()) == ([], [])


def test_a_person_who_comes_back_is_not_shared_against_an_earlier_refusal(session):
    save(session)
    decide(session, "denied", day=1, resource_pk=10)
    people.remove(session, 1)
    save(session, on=MAY)
    assert person(session).sharing == "denied"


def test_the_same_writes_in_the_same_order_give_the_same_rows(session):
    def replay():
        save(session, on=MARCH)
        save(session, "M83002", on=APRIL, since=date(2026, 3, 20))
        save(session, "M83003", on=MAY)
        return spells(session)

    once = replay()
    people.remove(session, 1)
    assert replay() == once
