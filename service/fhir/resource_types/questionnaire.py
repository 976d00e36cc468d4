"""Questionnaire: a form, such as ReSPECT; what was filled in is a QuestionnaireResponse."""

from service.fhir.resource_type import ResourceType

QUESTIONNAIRE = ResourceType(name="Questionnaire")
