from collections import Counter

from service.demo.area import END, START


def test_nobody_is_a_child_and_nobody_is_born_after_being_registered(full_story):
    youngest = min((person.spell.started_on - person.born_on).days for person in full_story.people)

    assert youngest > 18 * 366


def test_preferences_come_in_order_and_within_the_time_on_the_register(full_story):
    for person in full_story.people:
        days = [preference.on for preference in person.preferences]
        assert days == sorted(set(days))
        assert all(person.spell.started_on <= day <= (person.spell.ended_on or END) for day in days)


def test_some_change_their_mind_and_some_were_never_asked(full_story):
    answers = Counter(len(person.preferences) for person in full_story.people)

    assert answers[0] > 100
    assert answers[2] > 100
    assert answers[3] > 10


def test_every_reason_for_no_answer_is_in_the_story(full_story):
    reasons = {preference.no_answer for person in full_story.people for preference in person.preferences}

    assert reasons == {"", "undecided", "declined", "unable", "not-appropriate", "not-asked"}


def test_most_die_where_they_chose_and_some_elsewhere(full_story):
    met = Counter(
        person.died_at[0] == person.preferences[-1].place[0]
        for person in full_story.people
        if person.died_at and person.preferences and person.preferences[-1].place
    )

    assert 0.7 < met[True] / met.total() < 0.85


def test_only_the_dead_have_a_place_of_death_and_of_some_it_is_unknown(full_story):
    assert not any(person.died_at for person in full_story.people if not person.died_on)
    assert any(not person.died_at for person in full_story.people if person.died_on)


def test_sharing_is_mostly_permitted_and_sometimes_denied_or_withdrawn(full_story):
    last = Counter(person.sharing[-1].decision for person in full_story.people)

    assert last["permitted"] + last["best-interests"] > 0.88 * last.total()
    assert min(last["denied"], last["withdrawn"]) > 50


def test_most_have_a_carer_and_some_have_none(full_story):
    assert 0.7 < sum(person.has_carer for person in full_story.people) / len(full_story.people) < 0.9
    assert all(person.has_carer for person in full_story.in_full())


def test_some_change_practice_while_on_the_register(full_story):
    movers = [person for person in full_story.people if person.next_practice]

    assert len(movers) > 100
    assert all(START < mover.moved_on < END and mover.is_on_register(mover.moved_on) for mover in movers)
    assert all(mover.practice_on(START) == mover.spell.practice for mover in movers)


def test_some_wishes_are_of_the_last_two_days_and_some_second_choices_were_met(full_story):
    ended = [person for person in full_story.people if person.died_at and person.preferences]
    late = [person for person in ended if (person.died_on - person.preferences[-1].on).days < 2]
    second = [person for person in ended if person.preferences[-1].second[:1] == person.died_at[0]]

    assert 30 < len(late) < 0.1 * len(ended)
    assert len(second) > 10


def test_a_reason_is_given_for_most_deaths_elsewhere_and_for_no_other(full_story):
    elsewhere = [
        bool(person.variance)
        for person in full_story.people
        if person.died_at and person.preferences and person.preferences[-1].place[:1] not in ("", person.died_at[0])
    ]

    assert 0.5 < sum(elsewhere) / len(elsewhere) < 0.8
    assert sum(elsewhere) == sum(bool(person.variance) for person in full_story.people)


def test_of_some_no_ethnicity_or_language_is_recorded(full_story):
    known = Counter((bool(one.background.ethnicity), bool(one.background.language)) for one in full_story.people)

    assert min(known.values()) > 10
    assert len(known) == 4
