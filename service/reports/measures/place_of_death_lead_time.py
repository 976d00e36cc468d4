"""M6, how long before death a preferred place was first on record."""

from sqlalchemy import ColumnElement, FromClause

from service.reports.measure import Measure
from service.reports.part import Part
from service.reports.places_of_death import UNDER_48_HOURS
from service.reports.populations import DEATHS


def _days(rows: FromClause) -> ColumnElement[int]:
    return rows.c.first_wish_days


def _named_a_place(rows: FromClause) -> ColumnElement[bool]:
    return rows.c.first_wish_days.is_not(None)


def _under_48_hours(rows: FromClause) -> ColumnElement[bool]:
    return rows.c.first_wish_days < UNDER_48_HOURS


def _at_least_28(rows: FromClause) -> ColumnElement[bool]:
    return rows.c.first_wish_days >= 28


MEASURE = Measure(
    number="M6",
    name="place-of-death-lead-time",
    title="Lead time of the preferred place of death: days from the first preference to death",
    sentence="How many days before they died people had first said where they would prefer to die: the median and the "
    "quarters, and how many said so only in the last 48 hours.",
    rationale="The median was 8 days in Leeds's EPaCCS.",
    population=DEATHS,
    parts=(
        Part(
            code="named-a-place",
            title="Died, and had ever named a preferred place",
            counts=_named_a_place,
            days=_days,
            at_practice=True,
            trend=True,
            better="higher",
        ),
        Part(
            code="under-48-hours",
            title="First named under 48 hours before death",
            counts=_under_48_hours,
            of="named-a-place",
            apart=True,
            trend=True,
            better="lower",
        ),
        Part(
            code="at-least-28",
            title="First named at least 28 days before death",
            counts=_at_least_28,
            of="named-a-place",
            apart=True,
            trend=True,
            better="higher",
        ),
    ),
    attribution="The practice that the person was registered with on the day of death.",
    exclusions=(
        "People who had never named a place",
        "Preferences that were recorded after the day of death, or marked as mistakes or as drafts",
    ),
    notes=(
        "The first preference counts, whether or not it was changed later; being undecided or not asked is none.",
        "Of a death the day is known and not the hour: under 48 hours is the day of death and the day before.",
        "A preference that is dated by a month or a year counts from its first day.",
    ),
)
