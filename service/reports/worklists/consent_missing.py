"""For whom nobody has recorded whether the record may be shared (SCCI1580 item 1).

Who refused or withdrew has decided: they are not on this list.
"""

from operator import attrgetter

from sqlalchemy import select

from service.reports import caseload
from service.reports.caseload import PERSON, REGISTRATION
from service.reports.worklist import Column, Worklist

CONSENT_MISSING = Worklist(
    name="consent-missing",
    title="Consent to sharing missing",
    sentence="On the register, and no decision on sharing the record is recorded: an ambulance may not find the plan. "
    "Ask, and record what the person decides. Whoever has waited longest comes first.",
    columns=(*caseload.IDENTITY, Column("On the register since", attrgetter("started_on"))),
    statement=select(*caseload.who(), REGISTRATION.c.started_on)
    .select_from(caseload.on_the_register())
    .where(caseload.of_practice(), PERSON.c.sharing == "")
    .order_by(REGISTRATION.c.started_on, PERSON.c.name, PERSON.c.pk),
)
