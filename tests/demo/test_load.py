from collections import Counter
from dataclasses import replace
from datetime import date

import pytest
import sqlalchemy as sa

from service import clock, db
from service.demo import load, story
from service.demo.area import END, ICB, START, Scale
from service.register import organisations
from service.register.models import Death, Person, PracticeSpell, Preference, Registration
from service.register.organisations import DeathCount, ListSize
from service.store import judging, write
from service.store.models import Resource, ResourceVersion
from tests import builders

EVERYTHING = sa.true()
TINY = Scale(practices=3, people=9_000, on_register=12, deaths_a_year=100, in_full=2)


@pytest.fixture(scope="module")
def tiny_story():
    """A story in which the first of those who stay moves to the last practice."""
    told = story.told(TINY)
    stays = next(person for person in told.people if not person.spell.ended_on)
    moves = replace(stays, next_practice=told.practices[-1], moved_on=date(2025, 1, 6))
    return replace(told, people=tuple(moves if person is stays else person for person in told.people))


@pytest.fixture
def loaded(database, tiny_story):
    load.load(database, tiny_story)
    return database


def rows(database, *of, where=EVERYTHING):
    with database.reading() as session:
        return session.execute(sa.select(*of).where(where)).all()


def test_everyone_of_the_story_is_on_the_register_as_told(loaded, tiny_story):
    registration = db.table(Registration)
    found = rows(loaded, registration.c.status, registration.c.started_on, registration.c.ended_on)

    told = [
        ("finished" if person.spell.ended_on else "active", person.spell.started_on, person.spell.ended_on)
        for person in tiny_story.people
    ]
    assert Counter(map(tuple, found)) == Counter(told)


def test_as_many_are_on_the_register_at_the_baseline_as_promised(loaded):
    registration, person = db.table(Registration), db.table(Person)
    covers = sa.and_(
        registration.c.started_on <= START,
        sa.or_(registration.c.ended_on.is_(None), registration.c.ended_on >= START),
        sa.or_(person.c.died_on.is_(None), person.c.died_on > START),
        registration.c.person_pk == person.c.pk,
    )

    assert len(rows(loaded, registration.c.resource_pk, where=covers)) == TINY.on_register


def test_preferences_and_deaths_stand_in_the_tables_of_the_register(loaded, tiny_story):
    preference, death = db.table(Preference), db.table(Death)
    places = rows(loaded, preference.c.resource_pk, where=preference.c.kind == "place-of-death")
    died = rows(loaded, death.c.died_on, where=death.c.died_on.is_not(None))

    assert len(places) == sum(len(person.preferences) for person in tiny_story.people)
    assert len(died) == sum(bool(person.died_on) for person in tiny_story.people)


def test_sharing_is_as_the_last_decision_says(loaded, tiny_story):
    said = {"permitted": "permitted", "best-interests": "permitted", "denied": "denied", "withdrawn": "withdrawn"}
    person = db.table(Person)
    told = {each.nhs_number: said[each.sharing[-1].decision] if each.sharing else "" for each in tiny_story.people}

    assert dict(map(tuple, rows(loaded, person.c.nhs_number, person.c.sharing))) == told


def test_a_move_leaves_two_practice_spells_that_meet_on_its_day(loaded, tiny_story):
    spell, person = db.table(PracticeSpell), db.table(Person)
    mover = next(each for each in tiny_story.people if each.next_practice)

    of_mover = sa.and_(person.c.nhs_number == mover.nhs_number, spell.c.person_pk == person.c.pk)
    found = rows(loaded, spell.c.practice_code, spell.c.started_on, spell.c.ended_on, where=of_mover)

    first, second = sorted(found, key=lambda row: row.started_on)
    assert (first.practice_code, first.ended_on) == (mover.spell.practice.code, mover.moved_on)
    assert (second.practice_code, second.started_on) == (mover.next_practice.code, mover.moved_on)


def test_the_area_stands_on_its_last_day_with_lists_and_deaths(loaded):
    with loaded.reading() as session:
        assert organisations.stands_on(session) == END
        assert load.state(session) == "loaded"
    assert len(rows(loaded, db.table(ListSize).c.patients)) == 37 * TINY.practices
    assert sum(row.deaths for row in rows(loaded, db.table(DeathCount).c.deaths)) == 3 * TINY.deaths_a_year


def test_loading_again_writes_nothing(loaded, tiny_story):
    version = db.table(ResourceVersion)
    before = len(rows(loaded, version.c.pk))

    load.load(loaded, tiny_story)

    assert len(rows(loaded, version.c.pk)) == before


def test_a_load_that_was_cut_off_is_told_and_goes_on_where_it_stopped(database, tiny_story, monkeypatch):
    monkeypatch.setattr(load, "PEOPLE_A_TRANSACTION", 5)
    with pytest.raises(KeyboardInterrupt):
        load.load(database, tiny_story, advance=_cut_off)
    with database.reading() as session:
        assert load.state(session) == "loading"

    load.load(database, tiny_story)

    resource = db.table(Resource)
    patients = rows(database, resource.c.id, where=resource.c.resource_type == "Patient")
    assert len(patients) == len(tiny_story.people)
    with database.reading() as session:
        assert load.state(session) == "loaded"


def _cut_off(people):
    raise KeyboardInterrupt


def test_progress_is_told_in_people(database, tiny_story):
    done = []

    load.load(database, tiny_story, advance=done.append)

    assert sum(done) == len(tiny_story.people)


def test_an_empty_database_is_told_from_one_with_records_of_others(database):
    with database.reading() as session:
        assert load.state(session) == "empty"
    with database.transaction() as session, write.writing(session, by=load.LOADER, at=clock.now()) as writing:
        writing.create(judging.judged(builders.patient()))
    with database.reading() as session:
        assert load.state(session) == "other"


def test_the_newcomer_is_not_loaded(loaded, tiny_story):
    person = db.table(Person)

    assert rows(loaded, person.c.pk, where=person.c.nhs_number == tiny_story.newcomer.nhs_number) == []


def test_every_version_names_the_invented_organisation_that_wrote_it(loaded):
    assert set(rows(loaded, db.table(ResourceVersion).c.written_by)) == {(ICB.code,)}
