"""Stays say of every day what the registrations, the spells and the death say of it, and never overlap."""

from collections.abc import Iterator
from datetime import date, timedelta
from itertools import pairwise
from random import Random

import pytest
import sqlalchemy as sa
from sqlmodel import Session

from service import db
from service.register import people, registrations, stays
from service.register.models import Person, PracticeSpell, Registration

PERSON, REGISTRATION, SPELL = db.table(Person), db.table(Registration), db.table(PracticeSpell)
FIRST = date(2026, 1, 1)


def day(number):
    return FIRST + timedelta(days=number)


@pytest.fixture
def session(database) -> Iterator[Session]:
    with database.transaction() as session:
        yield session


def given(session, *, registered=(), spells=((people.BEGINNING, None, "Y99001"),), died_on=None, pk=1):
    """A person with registrations (status, first day, last day) and spells (first day, first day elsewhere, code)."""
    facts = {"nhs_number": f"999{pk:07d}", "name": "", "born_on": "", "gender": "", "practice_code": "", "sharing": ""}
    row = {"pk": pk, "patient_id": f"p{pk}", "died_on": died_on, "sensitivity": "", **facts}
    rows = {
        PERSON: [row],
        REGISTRATION: [
            {
                "resource_pk": pk * 1000 + at,
                "person_pk": pk,
                "status": status,
                "started_on": start,
                "ended_on": end,
                **{"end_reason": "", "organisation": "", "diagnosis": ""},
            }
            for at, (status, start, end) in enumerate(registered)
        ],
        SPELL: [
            {"person_pk": pk, "started_on": start, "ended_on": end, "practice_code": code}
            for start, end, code in spells
        ],
    }
    for table, added in rows.items():
        if added:
            session.execute(table.insert(), added)


def derived(session, pk=1):
    rows = session.execute(sa.select(stays.STAY).where(stays.STAY.c.person_pk == pk).order_by(stays.STAY.c.started_on))
    return [(row.started_on, row.ended_on, row.practice_code) for row in rows]


def test_a_registration_lasts_through_its_last_day(session):
    given(session, registered=[("finished", day(0), day(9))])
    stays.derive(session, [1])
    assert derived(session) == [(day(0), day(10), "Y99001")]


def test_the_day_of_death_does_not_count(session):
    given(session, registered=[("finished", day(0), day(9))], died_on=day(9))
    stays.derive(session, [1])
    assert derived(session) == [(day(0), day(9), "Y99001")]


def test_who_died_before_the_registration_began_never_stayed(session):
    given(session, registered=[("active", day(3), None)], died_on=day(3))
    stays.derive(session, [1])
    assert derived(session) == []


def test_a_move_between_practices_is_two_stays(session):
    spells = [(people.BEGINNING, day(5), "Y99001"), (day(5), None, "Y99002")]
    given(session, registered=[("active", day(0), None)], spells=spells)
    stays.derive(session, [1])
    assert derived(session) == [(day(0), day(5), "Y99001"), (day(5), None, "Y99002")]


def test_who_has_no_practice_for_a_while_stays_with_none(session):
    spells = [(people.BEGINNING, day(5), "Y99001"), (day(8), None, "Y99002")]
    given(session, registered=[("active", day(0), None)], spells=spells)
    stays.derive(session, [1])
    assert derived(session) == [(day(0), day(5), "Y99001"), (day(5), day(8), ""), (day(8), None, "Y99002")]


def test_registrations_that_overlap_or_follow_at_once_are_one_stay(session):
    registered = [("finished", day(0), day(9)), ("finished", day(4), day(6)), ("active", day(10), None)]
    given(session, registered=registered)
    stays.derive(session, [1])
    assert derived(session) == [(day(0), None, "Y99001")]


def test_a_registration_until_the_end_of_time_has_no_end(session):
    given(session, registered=[("active", day(0), date.max)])
    stays.derive(session, [1])
    assert derived(session) == [(day(0), None, "Y99001")]


def test_deriving_one_person_anew_leaves_the_others(session):
    given(session, registered=[("active", day(0), None)])
    given(session, registered=[("active", day(1), None)], pk=2)
    stays.derive(session, [1, 2], new=[1, 2])
    session.execute(REGISTRATION.delete())
    stays.derive(session, [2])
    assert (derived(session), derived(session, 2)) == ([(day(0), None, "Y99001")], [])


def _invented(rng):
    statuses = ("waitlist", "finished", "onhold", "planned", "cancelled", "")
    registered = [
        (rng.choice(statuses), rng.choice([None, day(start)]), rng.choice([None, day(start + rng.randrange(12))]))
        for start in (rng.randrange(40) for _ in range(rng.randrange(4)))
    ]
    cuts = sorted(rng.sample(range(40), rng.randrange(4)))
    days = [people.BEGINNING, *map(day, cuts)]
    spells = [
        (start, end, rng.choice(("Y99001", "Y99002")))
        for start, end in zip(days, [*days[1:], None], strict=True)
        if rng.random() < 0.8
    ]
    died_on = day(rng.randrange(50)) if rng.random() < 0.4 else None
    return {"registered": registered, "spells": spells, "died_on": died_on}


def _said(on, registered, spells, died_on):
    """The practice on a day, "" for none known, None for whoever is not on the register: the rule, word by word."""
    is_on = (died_on is None or died_on > on) and any(
        status not in registrations.NOT_COUNTED and start and start <= on and (end is None or end >= on)
        for status, start, end in registered
    )
    here = [code for start, end, code in spells if start <= on and (end is None or end > on)]
    return next(iter(here), "") if is_on else None


def test_every_day_of_invented_lives_is_as_the_rule_says(session):
    lives = {pk: _invented(Random(pk)) for pk in range(1, 201)}
    for pk, life in lives.items():
        given(session, **life, pk=pk)
    stays.derive_all(session)
    for pk, life in lives.items():
        found = derived(session, pk)
        for on in map(day, range(-3, 60)):
            covering = [code for start, end, code in found if start <= on and (end is None or end > on)]
            said = _said(on, life["registered"], life["spells"], life["died_on"])
            assert covering == ([] if said is None else [said]), (pk, on)
        joined = [one for one, after in pairwise(found) if one[1:] == (after[0], after[2])]
        assert joined == [], pk
