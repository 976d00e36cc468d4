"""By language: who speaks English, or prefers to, and who another one."""

from service.register import traits
from service.reports.split import Split

LANGUAGE = Split(
    name="language",
    title="Language",
    value=lambda rows: traits.value(traits.LANGUAGE, rows.c.person_pk),
    groups={
        traits.ENGLISH: "English",
        traits.OTHER_LANGUAGE: "Another language",
        traits.NOT_RECORDED: "Not recorded",
    },
)
