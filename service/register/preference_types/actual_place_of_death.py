"""Where someone died (SCCI1580 item 60). Feeds the `death` table; never falls due for review."""

from service.register import deaths
from service.register.codes import snomed
from service.register.preference_type import PreferenceType

ACTUAL_PLACE_OF_DEATH = PreferenceType(
    name="actual-place-of-death",
    title="Place of death",
    code=snomed("366044004", "Finding of place of death", "NHSD refset DEATH_COD; as the question: our use"),
    section="status",
    items=("60",),
    answers=deaths.ACTUAL,
    of_death=True,
    reviewed=False,
    tells_where=True,
)
