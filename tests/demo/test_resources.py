from collections import Counter
from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from service.demo import family, in_full, load, names, resources, staff
from service.demo.background import Background
from service.demo.lives import NURSING_HOME, OWN_HOME, Preference, Sharing
from service.demo.spells import Spell
from service.fhir.traits import TRAIT
from service.store import judging

AT = datetime(2026, 3, 31, tzinfo=UTC)


@pytest.fixture(scope="module")
def of_everyone(small_story):
    return [resource for person in small_story.people for resource in load.record(person)]


@pytest.fixture
def person(small_story):
    """Somebody in the middle of the story, on the register, with nothing recorded but the minimum."""
    found = next(person for person in small_story.people if not person.spell.ended_on and not person.next_practice)
    known = Background("J", "ur")
    return replace(found, preferences=(), sharing=(), has_carer=True, residence=OWN_HOME, background=known)


def ended(person, reason):
    practice = person.spell.practice
    return replace(person, spell=Spell(practice, date(2024, 1, 1), date(2024, 6, 1), reason))


def of_type(every, name):
    return [resource for resource in every if resource["resourceType"] == name]


def all_issues(resource):
    """Errors and warnings: a demonstration gives no cause for either."""
    return [issue for issue in judging.findings(resource) if issue.severity != "information"]


def test_every_resource_is_valid_and_breaks_no_rule_of_the_register(small_story, of_everyone):
    moved = [resources.moved(person) for person in small_story.people if person.next_practice]

    found = [
        issue
        for resource in (*staff.resources(small_story.practices), *of_everyone, *moved)
        for issue in all_issues(resource)
    ]

    assert moved
    assert found == []


def test_those_in_full_are_valid_too_whoever_they_are(full_story):
    every = [resource for person in full_story.in_full() for resource in load.record(person)]

    assert [issue for resource in every for issue in all_issues(resource)] == []


def test_everyone_has_about_seven_resources(full_story):
    written = sum(1 for person in full_story.people for _ in resources.resources(person))

    assert 7 <= written / len(full_story.people) < 8


def test_those_in_full_have_about_twenty_five(full_story):
    for person in full_story.in_full():
        assert 24 <= len(list(load.record(person))) <= 31


def test_ids_come_once_and_hold_no_nhs_number(small_story, of_everyone):
    ids = [(resource["resourceType"], resource["id"]) for resource in of_everyone]
    numbers = {person.nhs_number for person in small_story.people}

    assert len(set(ids)) == len(ids)
    assert not any(number in resource_id for _, resource_id in ids for number in numbers)


def test_every_reference_leads_to_a_resource_of_the_area(small_story, of_everyone):
    every = [*staff.resources(small_story.practices), *of_everyone]
    written = {f"{resource['resourceType']}/{resource['id']}" for resource in every}

    assert {reference for resource in every for reference in references(resource)} <= written


def references(value):
    if isinstance(value, list):
        return [found for each in value for found in references(each)]
    if not isinstance(value, dict):
        return []
    own = [value["reference"]] if isinstance(value.get("reference"), str) else []
    return own + [found for each in value.values() for found in references(each)]


def test_a_change_of_preference_is_another_observation(person):
    changed = replace(person, preferences=(Preference(date(2024, 2, 1), "21"), Preference(date(2024, 5, 1), "30")))

    observations = of_type(resources.resources(changed), "Observation")

    assert [each["status"] for each in observations] == ["final", "final"]
    assert [each["effectiveDateTime"][:10] for each in observations] == ["2024-02-01", "2024-05-01"]


def test_somebody_not_asked_has_a_reason_and_no_value(person):
    not_asked = replace(person, preferences=(Preference(date(2024, 2, 1), "", "not-asked"),))

    (observation,) = of_type(resources.resources(not_asked), "Observation")

    assert observation["dataAbsentReason"]["coding"][0]["code"] == "not-asked"
    assert "valueCodeableConcept" not in observation


def test_withdrawing_makes_the_first_consent_inactive_and_adds_a_refusal(person):
    given = (Sharing(date(2024, 1, 1), "permitted"), Sharing(date(2024, 3, 1), "withdrawn"))

    first, second = of_type(resources.resources(replace(person, sharing=given)), "Consent")

    assert (first["status"], first["provision"]["type"]) == ("inactive", "permit")
    assert (second["status"], second["provision"]["type"]) == ("active", "deny")


def test_nothing_recorded_writes_no_preference_and_no_consent(person):
    written = Counter(resource["resourceType"] for resource in resources.resources(person))

    assert written == {"Patient": 1, "Condition": 1, "RelatedPerson": 1, "EpisodeOfCare": 1, "CarePlan": 1}


def traits_of(person):
    every = list(resources.resources(person))
    rows = [row for each in every for row in judging.held(each["resourceType"]).register_rows(each, AT)]
    return {row["kind"]: row["value"] for table, row in rows if table is TRAIT}


def test_the_record_says_by_what_reports_are_split(person):
    disabled = person.background._replace(has_learning_disability=True)
    known = traits_of(replace(person, residence=NURSING_HOME, background=disabled, diagnosis="dementia"))
    assert known == {
        "ethnicity": "asian",
        "language": "other",
        "residence": "care-home",
        "learning-disability": "yes",
        "diagnosis-group": "other",  # of the learning disability, which nobody calls primary
    }


def test_a_wish_for_the_place_where_somebody_lives_says_that_they_live_there(person):
    assert "residence" not in traits_of(person)
    assert traits_of(replace(person, preferences=(Preference(date(2024, 2, 1), OWN_HOME),)))["residence"] == "private"


def test_of_most_but_not_of_all_the_record_says_where_they_live(small_story):
    told = Counter(traits_of(one).get("residence", "") for one in small_story.people)
    assert min(told.values()) > 0.03 * told.total()
    assert set(told) == {"care-home", "private", ""}
    assert told[""] < 0.25 * told.total()


def test_a_death_elsewhere_may_say_why(person):
    elsewhere = replace(ended(person, "died"), died_at="10", variance="no-bed")
    (said,) = (each for each in of_type(resources.resources(elsewhere), "Observation") if "reason" in str(each["code"]))
    assert said["code"]["coding"][0]["code"] == "variance-reason"
    assert said["valueCodeableConcept"]["coding"][0]["code"] == "no-bed"


def test_of_somebody_without_a_carer_the_record_says_so(person):
    (said,) = of_type(resources.resources(replace(person, has_carer=False)), "Observation")

    assert said["valueCodeableConcept"]["coding"][0]["code"] == "414041006"


def test_a_death_ends_the_registration_and_the_plan_on_its_day(person):
    died = replace(ended(person, "died"), died_at="30")
    every = list(resources.resources(died))

    (patient,), (episode,), (plan,) = (of_type(every, name) for name in ("Patient", "EpisodeOfCare", "CarePlan"))
    assert patient["deceasedDateTime"] == episode["period"]["end"] == plan["period"]["end"] == "2024-06-01"
    assert (episode["status"], plan["status"]) == ("finished", "completed")
    assert of_type(every, "Observation")[0]["valueCodeableConcept"]["coding"][0]["display"] == "Died in hospice"


def test_leaving_for_another_reason_says_which_and_revokes_the_plan(person):
    left = list(resources.resources(ended(person, "withdrew")))

    (episode,), (plan,) = of_type(left, "EpisodeOfCare"), of_type(left, "CarePlan")
    assert episode["extension"][0]["valueCodeableConcept"]["coding"][0]["code"] == "withdrew"
    assert plan["status"] == "revoked"
    assert "deceasedDateTime" not in of_type(left, "Patient")[0]


def test_a_move_names_the_new_practice_and_since_when(person, small_story):
    other = next(practice for practice in small_story.practices if practice != person.spell.practice)
    mover = replace(person, next_practice=other, moved_on=date(2025, 1, 6))

    before, after = next(resources.resources(mover)), resources.moved(mover)

    assert before["id"] == after["id"]
    assert "period" not in before["generalPractitioner"][0]["identifier"]
    assert after["generalPractitioner"][0]["identifier"]["value"] == other.code
    assert after["generalPractitioner"][0]["identifier"]["period"] == {"start": "2025-01-06"}


def test_the_attorney_of_a_lasting_power_is_a_related_person_with_a_name(person):
    consent = in_full.lasting_power(person)
    attorney = family.relative(person, "attorney")

    assert consent["provision"]["actor"][0]["reference"]["reference"] == f"RelatedPerson/{attorney['id']}"
    assert attorney["name"][0]["family"] in consent["provision"]["actor"][0]["reference"]["display"]


def test_a_son_has_the_name_of_a_man_and_a_daughter_that_of_a_woman(small_story):
    carers = [family.relative(person, "carer") for person in small_story.people]
    named = {(one["relationship"][0]["coding"][0]["code"], one["name"][0]["given"][0]) for one in carers}

    assert {"SON", "DAU"} <= {relation for relation, _ in named}
    assert not {given for relation, given in named if relation == "SON"} & set(names.FEMALE)
    assert not {given for relation, given in named if relation == "DAU"} & set(names.MALE)
