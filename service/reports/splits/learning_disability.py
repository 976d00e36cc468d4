"""By learning disability. Nobody records that there is none, so the other group is "none recorded"."""

from service.register import learning_disability, traits
from service.reports.split import Split

LEARNING_DISABILITY = Split(
    name="learning-disability",
    title="Learning disability",
    value=lambda rows: traits.value(traits.LEARNING_DISABILITY, rows.c.person_pk),
    groups={learning_disability.YES: "Learning disability", traits.NOT_RECORDED: "None recorded"},
)
