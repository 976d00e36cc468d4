"""Where someone would prefer to be cared for. Not an SCCI1580 item; kept apart from the preferred place of death."""

from service.register import codes, places
from service.register.preference_type import PreferenceType

PLACE_OF_CARE = PreferenceType(
    name="place-of-care",
    title="Preferred place of care",
    code=codes.local("preferred-place-of-care", "Preferred place of care"),
    section="place-of-care",
    answers=places.PREFERRED,
    second=places.SECOND_CHOICE,
    components=places.DETAILS,
    tells_where=True,
)
