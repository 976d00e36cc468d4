"""QuestionnaireResponse: a form exactly as it was filled in; what it says to others is extracted into Observations.

It stands in no line of the summary, because it is never the only carrier of a fact (FHIR.md §6.2).
"""

from typing import Final

from service.fhir.register_rules import belongs_to_a_patient
from service.fhir.resource_type import ResourceType
from service.register import codes

PROFILE: Final = f"{codes.BASE}/StructureDefinition/epaccs-questionnaire-response"

QUESTIONNAIRE_RESPONSE = ResourceType(
    name="QuestionnaireResponse",
    person="subject",
    dated=lambda response: ("authored",),
    profiles=lambda resource: [PROFILE],
    rules=lambda response: belongs_to_a_patient(response, "subject"),
    is_withheld=True,
)
