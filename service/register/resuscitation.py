"""Who knows of a decision on cardiopulmonary resuscitation (SCCI1580 item 48): several statements may hold at once."""

from typing import Final

from service.register import codes
from service.register.codes import Code, snomed
from service.register.preference_type import Component


def _told(code: Code, title: str) -> Component:
    return Component(code, title, item="48", is_statement=True)


_EXAMPLE = "EOLC example"

AWARENESS: Final = (
    _told(codes.NOT_AWARE_OF_CPR_DECISION, "The person is not aware of the decision"),
    _told(codes.local("person-informed-of-cpr-decision", "Person informed of CPR decision"), "The person is informed"),
    _told(
        snomed("975291000000108", "Family member informed of CPR decision", _EXAMPLE, "medium"),
        "Family informed of the decision",
    ),
    _told(
        snomed("713656002", "Discussion about CPR with family member", _EXAMPLE, "medium"),
        "Discussed with a family member",
    ),
    _told(codes.local("carer-informed-of-cpr-decision", "Carer informed of CPR decision"), "The carer is informed"),
)
"""Each as a component: in the decision itself, or in an Observation of its own when people are told later."""
