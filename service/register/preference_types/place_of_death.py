"""Where someone would prefer to die: first choice as the value, second as a component (SCCI1580 items 36 to 43).

Both stand in one Observation, so that nobody who ignores the component reads a second choice as the first.
"""

from dataclasses import replace

from service.register import codes, places
from service.register.preference_type import PreferenceType

PLACE_OF_DEATH = PreferenceType(
    name="place-of-death",
    title="Preferred place of death",
    code=codes.snomed("395091006", "Preferred place of death", "IKNL PZP-FHIR-R4"),
    other_codes=(codes.Code("75780-7", codes.LOINC, "Preferred location to spend final days", "HL7 PACIO"),),
    section="place-of-death",
    items=("36",),
    answers=places.PREFERRED,
    second=replace(places.SECOND_CHOICE, item="40"),
    components=tuple(
        replace(part, item=item)
        for part, item in zip(places.DETAILS, ("37", "38", "39", "41", "42", "43"), strict=True)
    ),
    tells_where=True,
)
