"""Questionnaire: a form, such as ReSPECT; what was filled in is a QuestionnaireResponse."""

from typing import Final

from service.fhir.resource_type import ResourceType
from service.register import codes

PROFILE: Final = f"{codes.BASE}/StructureDefinition/epaccs-questionnaire"

QUESTIONNAIRE = ResourceType(name="Questionnaire", profiles=lambda resource: [PROFILE])
