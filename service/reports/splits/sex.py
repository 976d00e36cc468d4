"""By administrative gender, as the Patient holds it (FHIR's `female`, `male`, `other`)."""

from sqlalchemy import ColumnElement, FromClause, case

from service.expressions import constant
from service.reports.split import Split


def _sex(rows: FromClause) -> ColumnElement[str]:
    return case(
        (rows.c.gender == constant("female"), constant("female")),
        (rows.c.gender == constant("male"), constant("male")),
        (rows.c.gender == constant("other"), constant("other")),
        else_=constant("not-recorded"),
    )


SEX = Split(
    name="sex",
    title="Sex",
    value=_sex,
    groups={
        "female": "Female",
        "male": "Male",
        "other": "Other",
        "not-recorded": "Not recorded",
    },
)
