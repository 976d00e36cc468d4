"""The smallest valid resource of each type; a test states only what matters to it.

Every builder takes any element as a keyword, `None` taking one away. People are invented, with NHS numbers from the
999 range, which is never issued.
"""

from typing import Any

from service.register import codes, nhs_number
from service.register.codes import Code

Body = dict[str, Any]

NHS_NUMBER = "9990000018"
PATIENT = "Patient/anna"
REGISTER_TYPE = {"coding": [{"system": codes.SNOMED, "code": "526631000000108"}]}


def a_number(sequence: int) -> str:
    """The NHS number with this place among the valid ones of the 999 range, from 0 on."""
    found = -1
    for body in range(999_000_000, 1_000_000_000):
        check = 11 - sum(int(digit) * weight for digit, weight in zip(str(body), range(10, 1, -1), strict=True)) % 11
        found += check != 10
        if found == sequence:
            return f"{body}{check % 11}"
    raise ValueError("The 999 range holds no more numbers")


def built(resource_type: str, elements: Body, changes: Body) -> Body:
    merged = {"resourceType": resource_type, **elements, **changes}
    return {name: value for name, value in merged.items() if value is not None}


def concept(*known: Code | tuple[str, str], text: str | None = None) -> Body:
    """A CodeableConcept of codes, each a `Code` or a (system, code) pair."""
    keys = [each.key if isinstance(each, Code) else each for each in known]
    coding = [{"system": system, "code": code} for system, code in keys]
    return {name: value for name, value in (("coding", coding), ("text", text)) if value}


def snomed(*numbers: str, text: str | None = None) -> Body:
    return concept(*((codes.SNOMED, number) for number in numbers), text=text)


def reference(to: str, display: str | None = None) -> Body:
    return {"reference": to} | ({"display": display} if display else {})


def at_practice(code: str, since: str | None = None) -> list[Body]:
    """Patient.generalPractitioner by ODS code."""
    period = {"period": {"start": since}} if since else {}
    return [{"identifier": {"system": codes.ODS_ORGANISATION, "value": code, **period}}]


def review_on(day: str) -> list[Body]:
    """The extension that sets a review date."""
    return [{"url": codes.REVIEW_DATE, "valueDate": day}]


def verified_number(number: str) -> Body:
    """An NHS number that was found to be this person's: present and verified (SCCI1580 items 9 and 10)."""
    status = concept((codes.NHS_NUMBER_STATUS_ENGLAND, "01"))
    return {
        "extension": [{"url": codes.NHS_NUMBER_STATUS, "valueCodeableConcept": status}],
        "system": nhs_number.SYSTEM,
        "value": number,
    }


def patient(number: str = NHS_NUMBER, **changes: Any) -> Body:
    elements = {
        "identifier": [verified_number(number)],
        "name": [{"use": "official", "family": "Example", "given": ["Anna"]}],
        "birthDate": "1940-05-06",
        "address": [{"use": "home", "line": ["1 Example Street"], "city": "Exampleton", "postalCode": "ZZ99 9ZZ"}],
        "generalPractitioner": [{"display": "Dr Alex Brook"}, *at_practice("Y99009")],
    }
    return built("Patient", elements, changes)


def people_of_two_practices() -> tuple[Body, Body]:
    """Anna, of the practice Y99001, and Bert, of Y99002."""
    anna = patient(id="anna", generalPractitioner=at_practice("Y99001"))
    return anna, patient(a_number(1), id="bert", generalPractitioner=at_practice("Y99002"))


def registration(**changes: Any) -> Body:
    """An EpisodeOfCare that puts someone on the register."""
    elements = {
        "status": "active",
        "type": [REGISTER_TYPE],
        "patient": reference(PATIENT),
        "managingOrganization": {"identifier": {"system": codes.ODS_ORGANISATION, "value": "M83999"}},
        "period": {"start": "2025-03-01"},
        "diagnosis": [{"condition": {"display": "Heart failure"}, "rank": 1}],
    }
    return built("EpisodeOfCare", elements, changes)


def ended_registration(**changes: Any) -> Body:
    """A spell that is over: as many as you like of a person, and none needs anything beside it."""
    period = {"start": "2024-03-01", "end": "2024-06-01"}
    reason = {"url": codes.END_REASON, "valueCodeableConcept": concept(codes.END_REASONS["moved"])}
    return registration(**{"status": "finished", "period": period, "extension": [reason], **changes})


def minimum_record(who: Body | None = None, **changes: Any) -> list[Body]:
    """The least that puts somebody on the register (SCCI1580 §4.4), the registration last; `changes` are its own.

    Ids follow from the Patient's: `anna-spell` and so on.
    """
    who = who or patient(id="anna")
    name, person = who["id"], reference(f"Patient/{who['id']}")
    diagnosis = reference(f"Condition/{name}-diagnosis")
    spell = {"id": f"{name}-spell", "patient": person, "diagnosis": [{"condition": diagnosis, "rank": 1}]}
    return [
        who,
        sharing(id=f"{name}-sharing", patient=person),
        main_carer(id=f"{name}-carer", subject=person),
        condition(id=f"{name}-diagnosis", subject=person),
        care_plan(id=f"{name}-plan", subject=person, addresses=[diagnosis]),
        registration(**{**spell, **changes}),
    ]


def care_plan(**changes: Any) -> Body:
    elements = {
        "status": "active",
        "intent": "plan",
        "category": [concept(codes.END_OF_LIFE_CARE_PLAN)],
        "subject": reference(PATIENT),
        "period": {"start": "2025-03-01"},
        "created": "2025-03-01",
        "author": {"display": "Dr Alex Brook"},
    }
    return built("CarePlan", elements, changes)


def observation(**changes: Any) -> Body:
    """An Observation; as it stands, the wish to die at home."""
    elements = {
        "status": "final",
        "code": snomed("395091006"),
        "subject": reference(PATIENT),
        "effectiveDateTime": "2025-05-03",
        "valueCodeableConcept": concept((codes.PLACE_TYPE, "21")),
        "performer": [{"display": "Dr Alex Brook"}],
    }
    return built("Observation", elements, changes)


def main_carer(code: str = "184156005", **changes: Any) -> Body:
    """Whether there is a main carer (SCCI1580 item 16): as it stands, there is one."""
    question = concept((codes.LOCAL, "main-carer"))
    return observation(**{"code": question, "valueCodeableConcept": snomed(code), **changes})


def prognosis(code: str = "955231000000109", **changes: Any) -> Body:
    """How long somebody is likely to live, by one who may say so (SCCI1580 item 34): as it stands, weeks."""
    function = {"url": codes.PERFORMER_FUNCTION, "valueCodeableConcept": concept((codes.LOCAL, "usual-gp"))}
    performer = {"extension": [function], "display": "Dr Alex Brook"}
    question = concept((codes.LOCAL, "prognosis"))
    return observation(**{"code": question, "valueCodeableConcept": snomed(code), "performer": [performer], **changes})


def cpr_decision(code: str = "450476008", **changes: Any) -> Body:
    return observation(**{"code": snomed("304251008"), "valueCodeableConcept": snomed(code), **changes})


def place_of_death(code: str = "21", *, second: str | None = None, **changes: Any) -> Body:
    """A preferred place of death by Data Dictionary code."""
    component = [second_choice(second)] if second else None
    value = concept((codes.PLACE_TYPE, code))
    return observation(**{"valueCodeableConcept": value, "component": component, **changes})


def second_choice(code: str) -> Body:
    return {
        "code": concept((codes.LOCAL, "second-choice")),
        "valueCodeableConcept": concept((codes.PLACE_TYPE, code)),
    }


def actual_place_of_death(code: str = "876882001", **changes: Any) -> Body:
    return observation(**{"code": snomed("366044004"), "valueCodeableConcept": snomed(code), **changes})


def _consent(scope: str, category: Body, changes: Body) -> Body:
    elements = {
        "status": "active",
        "scope": concept((codes.CONSENT_SCOPE, scope)),
        "category": [category],
        "patient": reference(PATIENT),
        "dateTime": "2025-03-01T10:00:00+00:00",
        "policyRule": {"text": "Common law duty of confidentiality"},
        "provision": {"type": "permit"},
    }
    return built("Consent", elements, changes)


def sharing(decision: str = "permit", *, code: str | None = None, **changes: Any) -> Body:
    """A Consent on sharing the record, `permit` or `deny`, perhaps with one of the SCCI1580 codes."""
    provision = {"type": decision} | ({"code": [snomed(code)]} if code else {})
    return _consent("patient-privacy", concept((codes.ACT_CODE, "INFA")), {"provision": provision, **changes})


def advance_decision(treatment: str = "Ventilation, if I cannot speak for myself", **changes: Any) -> Body:
    category = concept((codes.CONSENT_CATEGORY, "acd"), (codes.SNOMED, "816301000000100"))
    return _consent("adr", category, {"provision": {"type": "deny", "code": [{"text": treatment}]}, **changes})


def refusal_of_life_sustaining_treatment(**changes: Any) -> Body:
    """An advance decision that refuses life-sustaining treatment, with what the law asks for (MCA 2005 s25)."""
    category = concept((codes.CONSENT_CATEGORY, "acd"), codes.REFUSAL_OF_LIFE_SUSTAINING_TREATMENT)
    return advance_decision(**{"category": [category], "extension": [formalities()], **changes})


def formalities(**changes: bool) -> Body:
    """The extension that says of an advance decision that it is written, signed and witnessed."""
    told = {"written": True, "signed": True, "witnessed": True, **changes}
    return {
        "url": f"{codes.BASE}/StructureDefinition/epaccs-advance-decision-formalities",
        "extension": [{"url": name, "valueBoolean": value} for name, value in told.items()],
    }


def lasting_power(attorney: str = "Ben Example", *, code: str = "816381000000105", **changes: Any) -> Body:
    role = concept((codes.ROLE_CODE, "HPOWATT"))
    actor = [{"role": role, "reference": reference("RelatedPerson/ben", attorney)}]
    category = concept(codes.LASTING_POWER_CATEGORY, (codes.SNOMED, code))
    return _consent("adr", category, {"provision": {"type": "permit", "actor": actor}, **changes})


def condition(**changes: Any) -> Body:
    active = concept((codes.CONDITION_CLINICAL, "active"))
    elements = {"clinicalStatus": active, "code": {"text": "Heart failure"}, "subject": reference(PATIENT)}
    return built("Condition", elements, changes)


def related_person(**changes: Any) -> Body:
    elements = {
        "patient": reference(PATIENT),
        "relationship": [concept((codes.ROLE_CODE, "SPS"))],
        "name": [{"family": "Example", "given": ["Ben"]}],
    }
    return built("RelatedPerson", elements, changes)


def carer(**changes: Any) -> Body:
    """The main carer (SCCI1580 item 16): a husband."""
    relationship = [concept((codes.ROLE_CODE, "HUSB"), codes.CARER)]
    telecom = [{"system": "phone", "value": "01632 960001"}]
    return related_person(**{"relationship": relationship, "telecom": telecom, **changes})


def care_team(**changes: Any) -> Body:
    return built("CareTeam", {"status": "active", "subject": reference(PATIENT)}, changes)


def organization(**changes: Any) -> Body:
    return built("Organization", {"name": "Example Surgery"}, changes)


def practitioner(**changes: Any) -> Body:
    return built("Practitioner", {"name": [{"family": "Brook", "given": ["Alex"]}]}, changes)


def practitioner_role(**changes: Any) -> Body:
    return built("PractitionerRole", {"practitioner": reference("Practitioner/brook")}, changes)


def allergy(**changes: Any) -> Body:
    active = concept((codes.ALLERGY_CLINICAL, "active"))
    elements = {"clinicalStatus": active, "code": {"text": "Penicillin"}, "patient": reference(PATIENT)}
    return built("AllergyIntolerance", elements, changes)


def goal(**changes: Any) -> Body:
    elements = {
        "lifecycleStatus": "active",
        "description": {"text": "To see the garden in spring"},
        "subject": reference(PATIENT),
    }
    return built("Goal", elements, changes)


def alert(**changes: Any) -> Body:
    """A Flag that another system raised."""
    elements = {"status": "active", "code": {"text": "Dog in the house"}, "subject": reference(PATIENT)}
    return built("Flag", elements, changes)


def procedure(**changes: Any) -> Body:
    """A Procedure; as it stands, an advance care planning conversation."""
    elements = {
        "status": "completed",
        "code": concept(codes.PLANNING_CONVERSATION),
        "subject": reference(PATIENT),
        "performedDateTime": "2025-05-03",
    }
    return built("Procedure", elements, changes)


def questionnaire(**changes: Any) -> Body:
    return built("Questionnaire", {"status": "active"}, changes)


def questionnaire_response(**changes: Any) -> Body:
    return built("QuestionnaireResponse", {"status": "completed", "subject": reference(PATIENT)}, changes)


def document(**changes: Any) -> Body:
    elements = {
        "status": "current",
        "subject": reference(PATIENT),
        "content": [{"attachment": {"title": "ReSPECT form"}}],
    }
    return built("DocumentReference", elements, changes)


def binary(**changes: Any) -> Body:
    elements = {"contentType": "text/plain", "securityContext": reference(PATIENT), "data": "aG9tZQ=="}
    return built("Binary", elements, changes)


def task(**changes: Any) -> Body:
    return built("Task", {"status": "requested", "intent": "order", "for": reference(PATIENT)}, changes)


def provenance(**changes: Any) -> Body:
    elements = {
        "target": [reference(PATIENT)],
        "recorded": "2025-05-03T10:00:00Z",
        "agent": [{"who": {"display": "Dr Alex Brook"}}],
    }
    return built("Provenance", elements, changes)


def location(**changes: Any) -> Body:
    return built("Location", {"name": "Example Ward"}, changes)


def medication_request(**changes: Any) -> Body:
    """A MedicationRequest; as it stands, for what is there ahead of need."""
    elements = {
        "status": "active",
        "intent": "order",
        "category": [snomed("871021000000106")],
        "medicationCodeableConcept": {"text": "Midazolam 10mg/2ml solution for injection"},
        "subject": reference(PATIENT),
        "substitution": {"allowedBoolean": True},
    }
    return built("MedicationRequest", elements, changes)


def medication_statement(**changes: Any) -> Body:
    elements = {
        "status": "active",
        "category": snomed("443761007"),
        "medicationCodeableConcept": {"text": "Midazolam 10mg/2ml solution for injection"},
        "subject": reference(PATIENT),
    }
    return built("MedicationStatement", elements, changes)


SMALLEST = {
    "Patient": patient,
    "EpisodeOfCare": ended_registration,
    "CarePlan": care_plan,
    "Observation": observation,
    "Consent": sharing,
    "Condition": condition,
    "RelatedPerson": related_person,
    "CareTeam": care_team,
    "Organization": organization,
    "Practitioner": practitioner,
    "PractitionerRole": practitioner_role,
    "AllergyIntolerance": allergy,
    "Goal": goal,
    "Flag": alert,
    "Procedure": procedure,
    "Questionnaire": questionnaire,
    "QuestionnaireResponse": questionnaire_response,
    "DocumentReference": document,
    "Binary": binary,
    "Task": task,
    "Provenance": provenance,
    "Location": location,
    "MedicationRequest": medication_request,
    "MedicationStatement": medication_statement,
}
"""The builder of each resource type, each of which stands alone: a registration that is active does not."""
