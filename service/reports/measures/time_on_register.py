"""M4, how long those who died on the register had been on it."""

from sqlalchemy import ColumnElement, FromClause

from service.reports.measure import Measure
from service.reports.part import Condition, Part
from service.reports.places_of_death import on_register
from service.reports.populations import DEATHS


def _days(rows: FromClause) -> ColumnElement[int]:
    return rows.c.lead_days


def _for_at_least(days: int) -> Condition:
    return lambda rows: rows.c.lead_days >= days


MEASURE = Measure(
    number="M4",
    name="time-on-register",
    title="Time on the register: days from registration to death, of those who died on it",
    sentence="How many days people had been on the end-of-life care register when they died: the median, the quarter "
    "with the shortest and the quarter with the longest time, and how many had three months or a year.",
    rationale="Published medians are 31 days (Leeds, EPaCCS), 18 weeks (Scotland's Key Information Summary, 2014) and "
    "about ten months (the same, 2017).",
    population=DEATHS,
    parts=(
        Part(
            code="died-on-register",
            title="Died on the register",
            counts=on_register,
            days=_days,
            at_practice=True,
            trend=True,
            better="higher",
        ),
        Part(
            code="at-least-28",
            title="On it for at least 28 days",
            counts=_for_at_least(28),
            of="died-on-register",
            trend=True,
            better="higher",
        ),
        Part(
            code="at-least-90",
            title="On it for at least 90 days",
            counts=_for_at_least(90),
            of="died-on-register",
            within="at-least-28",
            trend=True,
            better="higher",
        ),
        Part(
            code="at-least-365",
            title="On it for at least 365 days",
            counts=_for_at_least(365),
            of="died-on-register",
            within="at-least-90",
            better="higher",
        ),
    ),
    attribution="The practice that the person was registered with on the day of death.",
    exclusions=(
        "People who were not on the register on the eve of their death",
        "People who came onto the register on the day on which they died",
    ),
    notes=(
        (
            "Only those who died are counted: who has been on the register for long and lives is not, so the time of a "
            "register that is growing looks shorter than it will be."
        ),
        "Time on the register is unbroken: it runs through a change of practice, and starts anew after a gap.",
    ),
)
