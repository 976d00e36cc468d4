from service.demo import story
from service.demo.area import END, START
from service.register import nhs_number


def test_the_same_story_is_told_every_time(small_story):
    assert story.told(small_story.scale) == small_story


def test_1_543_people_are_on_the_register_on_the_day_of_the_baseline(full_story):
    assert sum(person.is_on_register(START) for person in full_story.people) == 1_543


def test_everyone_has_a_valid_nhs_number_of_their_own(full_story):
    numbers = [person.nhs_number for person in (*full_story.people, full_story.newcomer)]

    assert len(set(numbers)) == len(numbers)
    assert all(nhs_number.is_valid(number) and number.startswith("999") for number in numbers)


def test_fifty_people_are_written_in_full_and_the_demo_practice_has_some_of_them(full_story):
    in_full = full_story.in_full()
    practice = story.demo_practice(full_story.people)

    assert len(in_full) == 50
    assert sum(person.practice == practice for person in in_full) >= 10


def test_among_those_in_full_some_died_and_some_do_not_share(full_story):
    in_full = full_story.in_full()

    assert any(person.died_on for person in in_full)
    assert any(not person.is_shared for person in in_full)


def test_the_deaths_on_the_register_are_counted_where_the_person_was_registered_last(full_story):
    deaths = full_story.registered_deaths()

    assert deaths.total() == sum(bool(person.died_on) for person in full_story.people)


def test_the_newcomer_belongs_to_the_demo_practice_and_shares(full_story):
    newcomer = full_story.newcomer

    assert newcomer.practice == story.demo_practice(full_story.people)
    assert newcomer.is_shared
    assert newcomer.spell.started_on == END
