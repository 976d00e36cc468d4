"""By age on the day of the report, or of the death, in the bands of national figures on the end of life."""

from sqlalchemy import ColumnElement, FromClause, case

from service.expressions import age, constant
from service.reports.split import Split


def _band(rows: FromClause) -> ColumnElement[str]:
    years = age(rows.c.born_on, rows.c.on)
    return case(
        (years.is_(None), constant("not-recorded")),
        (years < 65, constant("under-65")),
        (years < 75, constant("65-74")),
        (years < 85, constant("75-84")),
        else_=constant("85-and-over"),
    )


AGE_BAND = Split(
    name="age-band",
    title="Age",
    value=_band,
    groups={
        "under-65": "Under 65",
        "65-74": "65 to 74",
        "75-84": "75 to 84",
        "85-and-over": "85 and over",
        "not-recorded": "Date of birth not recorded",
    },
)
