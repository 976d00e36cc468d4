"""M5, of people on the register: is it on record where they would prefer to die, and if not, why not."""

from service.reports.lookups import SPECIFIC
from service.reports.measure import Measure
from service.reports.part import Part
from service.reports.places_of_death import is_state, states
from service.reports.populations import ON_REGISTER

MEASURE = Measure(
    number="M5",
    name="place-of-death-recorded",
    title="Preferred place of death recorded: people on the register by what is on record of it",
    sentence="How many of the people on the end-of-life care register have a preferred place of death on record, and "
    "of the others, whether they were undecided, declined, could not say, were not asked, or nothing was recorded.",
    rationale="SCCI1580 item 36: optional, and yet requirement 54 asks that people are told when it is missing. "
    "Coordinate My Care published 71.6%.",
    population=ON_REGISTER,
    parts=(
        Part(code="on-register", title="On the register", at_practice=True),
        Part(
            code="recorded",
            title="Preferred place of death recorded",
            counts=is_state(SPECIFIC),
            of="on-register",
            apart=True,
            at_practice=True,
            trend=True,
            better="higher",
        ),
        *states("on-register"),
    ),
    attribution="The practice that a person is registered with on the day.",
    exclusions=("People who died on or before the day", "Preferences that were marked as mistakes or as drafts"),
    notes=(
        "What counts is the latest answer in force at the end of the day.",
        "To be undecided takes an earlier preference away; not to be asked again does not.",
        "A high share is no aim in itself: a preference is the person's to give, or not to give.",
    ),
)
