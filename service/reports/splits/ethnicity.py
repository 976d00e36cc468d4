"""By ethnic group, as the Patient says it, in the groups of the census."""

from service.register import ethnicity, traits
from service.reports.split import Split

ETHNICITY = Split(
    name="ethnicity",
    title="Ethnic group",
    value=lambda rows: traits.value(traits.ETHNICITY, rows.c.person_pk),
    groups={**ethnicity.GROUPS, traits.NOT_RECORDED: "Not recorded"},
)
