"""By how deprived the people of the practice are: fifths of the practices whose score is loaded, by the latest year.

The score is the practice's (Index of Multiple Deprivation, from the areas in which its people live), since the register
keeps nobody's small area. It says nothing of one person's own means.
"""

from typing import Any

from sqlalchemy import ColumnElement, FromClause, ScalarSelect, case, func, select

from service import db
from service.expressions import constant
from service.register.organisations import Deprivation
from service.reports.split import Split

_SCORE = db.table(Deprivation)
_LATEST = select(func.max(_SCORE.c.year)).scalar_subquery()


def _least_of(fifth: int) -> ScalarSelect[Any]:
    """The lowest score of a fifth of the practices; 1 is the most deprived. Found once for the whole statement."""
    fifths = func.ntile(5).over(order_by=(_SCORE.c.score.desc(), _SCORE.c.practice_code)).label("fifth")
    ranked = select(_SCORE.c.score, fifths).where(_SCORE.c.year == _LATEST).subquery()
    return select(func.min(ranked.c.score)).where(ranked.c.fifth == fifth).scalar_subquery()


def _fifth(rows: FromClause) -> ColumnElement[str]:
    own = _SCORE.alias()
    fifth = case(
        *((own.c.score >= _least_of(fifth), constant(str(fifth))) for fifth in (1, 2, 3, 4)),
        else_=constant("5"),
    )
    of_practice = (own.c.practice_code == rows.c.practice_code, own.c.year == _LATEST)
    return func.coalesce(select(fifth).where(*of_practice).scalar_subquery(), constant("not-recorded"))


DEPRIVATION = Split(
    name="deprivation",
    title="Deprivation of the practice",
    value=_fifth,
    groups={
        "1": "1, most deprived fifth of practices",
        "2": "2",
        "3": "3",
        "4": "4",
        "5": "5, least deprived fifth of practices",
        "not-recorded": "No score loaded",
    },
    of_practice=True,
)
