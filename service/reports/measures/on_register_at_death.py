"""M3, who of those who died had been found before: on the register for a day, 28 days, 90 days, a year."""

from typing import Final

from sqlalchemy import ColumnElement, FromClause

from service.reports.measure import Measure
from service.reports.part import Condition, Given, Part
from service.reports.populations import DEATHS

_LEADS: Final = {1: "a day", 28: "28 days", 90: "90 days", 365: "365 days"}


def _for_at_least(days: int) -> Condition:
    """On the register on the eve of the death, and without a break for so many days before the day of death."""

    def counts(rows: FromClause) -> ColumnElement[bool]:
        return rows.c.lead_days >= days

    return counts


def _part(days: int, within: str) -> Part:
    return Part(
        code=f"at-least-{days}",
        title=f"On the register at least {_LEADS[days]} before death",
        counts=_for_at_least(days),
        of="deaths",
        within=within,
        at_practice=days in (1, 90),
        trend=True,
        is_base=days == 1,  # died on the register, of M4 and M5
        better="higher",
    )


MEASURE = Measure(
    number="M3",
    name="on-register-at-death",
    title="On the register at death: people on it 1, 28, 90 and 365 days before they died, over all deaths",
    sentence="How many of the people who died had been put on the end-of-life care register before, and how long "
    "before: a register can grow while people are still found too late.",
    rationale="Practice registers held 29% of those who died in six Scottish practices (Harrison 2012, PMC3338056), "
    "12.6% of those aged 75 and over in a third of England's practices (Stow 2020, PMC7643820), and an EPaCCS area "
    "20% rising to 46% in five years (BMJ Supportive & Palliative Care 2019;9 Suppl 4:A44).",
    population=DEATHS,
    parts=(
        Part(code="deaths", title="Deaths", given=Given.DEATHS, at_practice=True),
        _part(1, "deaths"),
        _part(28, "at-least-1"),
        _part(90, "at-least-28"),
        _part(365, "at-least-90"),
    ),
    attribution="The practice that the person was registered with on the day of death.",
    exclusions=(
        "People who came onto the register on the day on which they died",
        "People who had left the register before the eve of their death",
    ),
    notes=(
        "Deaths are all deaths of a practice's people in a month, as the area counts and loads them.",
        "Of a practice or a month that is not loaded nobody is in the denominator, so shares of it are too large.",
        "Time on the register is unbroken: it runs through a change of practice, and starts anew after a gap.",
        "Sudden deaths are among all deaths, so a share of 100% is not to be aimed at.",
    ),
)
