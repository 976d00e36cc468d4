"""By where people live: in a care home, or in a private home, as it was said last."""

from service.register import residence, traits
from service.reports.split import Split

RESIDENCE = Split(
    name="residence",
    title="Residence",
    value=lambda rows: traits.value(traits.RESIDENCE, rows.c.person_pk),
    groups={**residence.KINDS, traits.NOT_RECORDED: "Not recorded"},
)
