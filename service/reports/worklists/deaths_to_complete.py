"""Who died while on the register, and of whose death something is not known yet that reports and learning need.

The place of death; and, where it is another than the first choice in force at the death, why. A place that is recorded
as not known is complete. Where "usual residence" cannot be told from home or care home, that is asked for first.
"""

from operator import attrgetter
from typing import Any

from sqlalchemy import ColumnElement, Row, and_, case, select

from service.register import places
from service.reports import caseload
from service.reports.caseload import PERSON
from service.reports.lookups import NOTHING_RECORDED
from service.reports.places_of_death import not_met, on_register, residence_not_known
from service.reports.populations import DEATHS
from service.reports.worklist import Cell, Column, Worklist

_DEATH = DEATHS.rows(0)
_NOT_SAID = (NOTHING_RECORDED, "not-asked")
_TO_DO: ColumnElement[str] = case(
    (_DEATH.c.ending.in_(_NOT_SAID), "place"),
    (residence_not_known(_DEATH), "residence"),
    (and_(not_met(_DEATH), _DEATH.c.variance == ""), "reason"),
    else_="",
)
_ACTIONS = {
    "place": "Record where the person died",
    "residence": "Record whether the person lived in a care home",
    "reason": "Record why it was not the preferred place",
}
_GROUPS = {
    places.HOSPITAL: "Hospital",
    places.PRIVATE_RESIDENCE: "Private residence",
    places.HOSPICE: "Hospice",
    places.CARE_HOME: "Care home",
    places.OTHER: "Other place",
    places.USUAL_RESIDENCE: "Usual place of residence",
}


def _place(row: Row[Any]) -> Cell:
    return _GROUPS.get(row.place, "not recorded")


def _wished(row: Row[Any]) -> Cell:
    return _GROUPS.get(row.wished, "none")


DEATHS_TO_COMPLETE = Worklist(
    name="deaths-to-complete",
    title="Deaths to complete",
    sentence="Died while on the register, and it is not recorded where, or why not where they had wished to. Those "
    "without a place come first, then the latest: what is not asked soon is not known later.",
    columns=(
        *caseload.IDENTITY,
        Column("Died on", attrgetter("died_on")),
        Column("Preferred place", _wished),
        Column("Place of death", _place),
        Column("To do", lambda row: _ACTIONS[row.to_do]),
    ),
    statement=select(*caseload.who(), PERSON.c.died_on, _DEATH.c.wished, _DEATH.c.place, _TO_DO.label("to_do"))
    .select_from(PERSON.join(_DEATH, _DEATH.c.person_pk == PERSON.c.pk))
    .where(caseload.of_practice(), on_register(_DEATH), _TO_DO != "")
    .order_by(_DEATH.c.ending.in_(_NOT_SAID).desc(), PERSON.c.died_on.desc(), PERSON.c.name, PERSON.c.pk),
)
