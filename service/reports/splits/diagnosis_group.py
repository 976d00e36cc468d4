"""By group of the primary diagnosis: the one that the latest registration names, else the earliest that is known."""

from service.register import diagnosis_groups, traits
from service.reports.split import Split

DIAGNOSIS_GROUP = Split(
    name="diagnosis-group",
    title="Primary diagnosis",
    value=lambda rows: traits.value(traits.DIAGNOSIS_GROUP, rows.c.person_pk),
    groups={**diagnosis_groups.GROUPS, traits.NOT_RECORDED: "Not recorded"},
)
