"""What it takes to talk with the person: interpreter, language, hearing aids, culture (SCCI1580 items 14 and 15)."""

from service.register import codes
from service.register.codes import snomed
from service.register.preference_type import Answer, PreferenceType

_ITEM = "SCCI1580 item 14"
NO_INTERPRETER = snomed("315595002", "Interpreter not needed", _ITEM)

COMMUNICATION_NEEDS = PreferenceType(
    name="communication-needs",
    title="Communication needs",
    code=codes.local("communication-needs", "Communication needs"),
    section="what-matters",
    answers=(
        Answer(snomed("315594003", "Interpreter needed", _ITEM)),
        Answer(NO_INTERPRETER),
    ),
)
