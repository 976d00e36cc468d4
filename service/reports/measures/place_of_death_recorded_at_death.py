"""M5, of those who died on the register: what was on record of the preferred place, and of the actual one."""

from sqlalchemy import ColumnElement, FromClause, and_

from service.reports.lookups import SPECIFIC
from service.reports.measure import Measure
from service.reports.part import Part
from service.reports.places_of_death import both, is_state, on_register, states
from service.reports.populations import DEATHS


def _place_known(rows: FromClause) -> ColumnElement[bool]:
    return and_(on_register(rows), rows.c.ending == SPECIFIC)


MEASURE = Measure(
    number="M5",
    name="place-of-death-recorded-at-death",
    title="Preferred place of death recorded at death: people who died on the register by what was on record of it",
    sentence="How many of the people who died on the end-of-life care register had a preferred place of death on "
    "record when they died, why the others had none, and how often the place in which they died was recorded.",
    rationale="Of people aged 75 and over who died in England 13.0% had a preferred place of death on record (Stow "
    "2020, PMC7643820); of those with a Coordinate My Care record 71.6% had.",
    population=DEATHS,
    parts=(
        Part(code="died-on-register", title="Died on the register", counts=on_register, at_practice=True),
        Part(
            code="recorded",
            title="Preferred place of death in force at death",
            counts=both(is_state(SPECIFIC), on_register),
            of="died-on-register",
            apart=True,
            at_practice=True,
            trend=True,
            better="higher",
        ),
        *states("died-on-register", on_register),
        Part(
            code="actual-place-recorded",
            title="Actual place of death recorded",
            counts=_place_known,
            of="died-on-register",
            trend=True,
            better="higher",
        ),
    ),
    attribution="The practice that the person was registered with on the day of death.",
    exclusions=(
        "People who were not on the register on the eve of their death",
        "Preferences that were recorded after the day of death, or marked as mistakes or as drafts",
    ),
    notes=(
        "What counts is the latest answer in force at the end of the day of death.",
        "The place of death counts whenever it was recorded; of the latest deaths some are still to come.",
    ),
)
