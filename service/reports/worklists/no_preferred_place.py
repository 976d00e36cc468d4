"""Who has said nothing yet of where they would prefer to die (SCCI1580 requirement 54).

Who declined, cannot say, or with whom it is not appropriate to talk has been asked: they are not on this list. Who is
undecided is, after those who were never asked.
"""

from operator import attrgetter

from sqlalchemy import case, or_, select

from service.reports import caseload
from service.reports.caseload import REGISTRATION
from service.reports.worklist import Column, Worklist

_KIND = "place-of-death"
_SAID = caseload.answer(_KIND)
_ASK_AGAIN = ("not-asked", "unknown", "undecided")
_TURN = case((_SAID.c.resource_pk.is_(None), 0), (_SAID.c.no_answer != "undecided", 1), else_=2)

NO_PREFERRED_PLACE = Worklist(
    name="no-preferred-place",
    title="No preferred place of death",
    sentence="On the register, and nobody has recorded where they would prefer to die. Ask, and record the answer or "
    "why there is none. Those never asked come first, then whoever has waited longest.",
    columns=(
        *caseload.IDENTITY,
        Column("On the register since", attrgetter("started_on")),
        Column("Preferred place of death", caseload.in_words(_KIND)),
        Column("Said on", caseload.said_on(_KIND)),
    ),
    statement=select(*caseload.who(), REGISTRATION.c.started_on, *caseload.said(_KIND))
    .select_from(caseload.with_answers(caseload.on_the_register(), _KIND))
    .where(caseload.of_practice(), or_(_SAID.c.resource_pk.is_(None), _SAID.c.no_answer.in_(_ASK_AGAIN)))
    .order_by(_TURN, REGISTRATION.c.started_on, caseload.PERSON.c.name, caseload.PERSON.c.pk),
)
