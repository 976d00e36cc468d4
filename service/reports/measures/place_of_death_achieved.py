"""M7, how many died where they had wished to: the first choice in force at death against the actual place."""

from typing import Final

from service.reports.measure import Measure
from service.reports.part import Part
from service.reports.places_of_death import (
    MISSING,
    both,
    compared,
    elsewhere,
    first_choice,
    not_met,
    place_not_known,
    recorded_late,
    residence_not_known,
    second_choice,
    states,
)
from service.reports.populations import DEATHS

FEWEST: Final = 30
"""Of fewer deaths a practice has no share: at 75% its interval would be wider than from 60% to 90%."""

_MISSING: Final = ("place-not-known", "residence-not-known", *MISSING)

MEASURE = Measure(
    number="M7",
    name="place-of-death-achieved",
    title="Preferred place of death achieved: deaths in the first choice, over deaths with both places known",
    sentence="How many of the people whose preferred and actual place of death are both known died where they had "
    "wished to, how many in their second choice, and how much the missing ones could change that.",
    rationale="Published: 73% to 79% (Coordinate My Care), 75% (Leeds), 52.7% (Staffordshire, 2011-12).",
    population=DEATHS,
    parts=(
        Part(code="deaths", title="Deaths of people with a record", at_practice=True),
        Part(
            code="compared",
            title="Preferred and actual place both known",
            counts=compared,
            of="deaths",
            apart=True,
            at_practice=True,
            trend=True,
        ),
        Part(
            code="place-not-known",
            title="Preferred place in force, actual place not known",
            counts=place_not_known,
            of="deaths",
            apart=True,
        ),
        Part(
            code="residence-not-known",
            title="Usual residence is one of the places, and its kind is not known",
            counts=residence_not_known,
            of="deaths",
            apart=True,
        ),
        *states("deaths"),
        Part(
            code="first-choice",
            title="Died in the first choice",
            counts=first_choice,
            of="compared",
            apart=True,
            at_practice=True,
            trend=True,
            least=FEWEST,
            better="higher",
        ),
        Part(
            code="not-first-choice",
            title="Died elsewhere than in the first choice",
            counts=not_met,
            of="compared",
            apart=True,
            is_base=True,  # of whom M8 tells the reasons
        ),
        Part(
            code="second-choice",
            title="Died in the second choice",
            counts=second_choice,
            of="compared",
            within="not-first-choice",
            apart=True,
        ),
        Part(
            code="elsewhere",
            title="Died in neither",
            counts=elsewhere,
            of="compared",
            within="not-first-choice",
            apart=True,
        ),
        Part(
            code="first-or-second",
            title="Died in the first or the second choice",
            sum_of=("first-choice", "second-choice"),
            of="compared",
            better="higher",
        ),
        Part(
            code="compared-or-missing",
            title="Both places known, or one of them missing",
            sum_of=("compared", *_MISSING),
        ),
        Part(
            code="if-missing-not-met",
            title="First choice, if all that is missing was not met",
            sum_of=("first-choice",),
            of="compared-or-missing",
        ),
        Part(
            code="if-missing-met",
            title="First choice, if all that is missing was met",
            sum_of=("first-choice", *_MISSING),
            of="compared-or-missing",
        ),
        Part(
            code="recorded-late",
            title="Preference recorded under 48 hours before death",
            sum_of=("first-choice-recorded-late", "not-first-choice-recorded-late"),
            of="compared",
        ),
        Part(
            code="first-choice-recorded-late",
            title="Died in a first choice that was recorded under 48 hours before death",
            counts=both(first_choice, recorded_late),
            of="first-choice",
        ),
        Part(
            code="not-first-choice-recorded-late",
            title="Died elsewhere than in a first choice that was recorded under 48 hours before death",
            counts=both(not_met, recorded_late),
            of="not-first-choice",
        ),
    ),
    attribution="The practice that the person was registered with on the day of death.",
    exclusions=(
        "Deaths without a specific preferred place in force at the end of the day of death, by reason apart",
        "Deaths whose place is not known, apart",
        "Preferences that were recorded after the day of death, or marked as mistakes or as drafts",
    ),
    notes=(
        "People with a preference on record are not a random sample of those who die.",
        "Not met and not known are different: what is missing is told apart, and the bounds say what it could change.",
        "A preference that was changed to match the ward counts as met.",
        "Preferences recorded under 48 hours before death are told apart: on the day of death and on the day before.",
        "Places are compared by kind: hospital, private residence, hospice, care home, other.",
        "Usual residence is the kind of home that the person is known to live in.",
    ),
)
