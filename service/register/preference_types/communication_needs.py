"""What it takes to talk with the person: interpreter, language, hearing aids, culture (SCCI1580 items 14 and 15)."""

from service.register import codes
from service.register.codes import snomed
from service.register.preference_type import Answer, Component, PreferenceType

_ITEM = "SCCI1580 item 14"
NO_INTERPRETER = snomed("315595002", "Interpreter not needed", _ITEM)

COMMUNICATION_NEEDS = PreferenceType(
    name="communication-needs",
    title="Communication needs",
    code=codes.local("communication-needs", "Communication needs"),
    section="what-matters",
    items=("14",),
    answers=(
        Answer(snomed("315594003", "Interpreter needed", _ITEM)),
        Answer(NO_INTERPRETER),
    ),
    components=(
        # The languages are its descendants, which no list here can hold: any is kept.
        Component(snomed("370157003", "Main spoken language", "SCCI1580 item 15"), "Main spoken language", item="15"),
    ),
)
