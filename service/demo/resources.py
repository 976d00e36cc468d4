"""What everyone ever on the register has: about seven FHIR resources, dated in the time of the story."""

from collections.abc import Iterator
from datetime import date, timedelta
from random import Random
from typing import Final

from service.demo import background, family, staff, wording
from service.demo.area import END, Practice
from service.demo.lives import NURSING_HOME, RESIDENTIAL_HOME, Person, Preference
from service.demo.wording import concept, instant, patient_link, person_id
from service.fhir.resource_type import Body
from service.register import (
    codes,
    deaths,
    ethnicity,
    learning_disability,
    places,
    preference_type,
    preferences,
    residence,
)
from service.register.codes import Code, snomed

_CASE_FINDER: Final = "OpenCodelists, public care-site lists"

DIAGNOSES: Final = {
    "lung-cancer": snomed("363358000", "Malignant tumour of lung", _CASE_FINDER),
    "pancreatic-cancer": snomed("363418001", "Malignant tumour of pancreas", _CASE_FINDER),
    "stomach-cancer": snomed("363349007", "Malignant tumour of stomach", _CASE_FINDER),
    "metastatic-cancer": snomed("128462008", "Metastatic cancer", _CASE_FINDER),
    "heart-failure": snomed("84114007", "Heart failure", _CASE_FINDER),
    "copd": snomed("313299006", "Severe chronic obstructive pulmonary disease", _CASE_FINDER),
    "dementia": snomed("429998004", "Vascular dementia", _CASE_FINDER),
    "alzheimers": snomed("26929004", "Alzheimer's disease", _CASE_FINDER),
    "frailty": snomed("925861000000102", "Severe frailty", _CASE_FINDER),
    "kidney-disease": snomed("433146000", "Chronic kidney disease stage 5", _CASE_FINDER),
    "liver-disease": snomed("19943007", "Cirrhosis of liver", _CASE_FINDER),
    "parkinsons": snomed("49049000", "Parkinson's disease", _CASE_FINDER),
    "motor-neurone-disease": snomed("37340000", "Motor neurone disease", _CASE_FINDER),
}

_ENVIRONMENTS = {"10": "22232009", "21": "264362003", "30": "284546000", "41": "42665001", "42": "257688003"}
_DIED_IN = {"10": "184297005", "21": "876879006", "30": "876882001", "41": "876884000", "42": "1325731000000106"}
_ANSWERS: Final = {answer.code.code: answer for answer in places.PREFERRED + deaths.PLACES}
_FINDINGS: Final = {answer.no_answer: answer.code for answer in places.PREFERENCE_FINDINGS if answer.no_answer}


def resources(person: Person) -> Iterator[Body]:
    """The record of a person as it stands at the end of the story, but for a move, which comes after it."""
    yield patient(person, person.spell.practice)
    yield condition(person)
    yield main_carer(person)
    yield registration(person)
    yield from preferences_of_place(person)
    yield from sharing(person)
    yield care_plan(person)
    if found := _lives(person):
        yield _observation(person, found, _SOCIAL_HISTORY, "residence", person.spell.started_on, "nurse")
    if person.background.has_learning_disability:
        code = learning_disability.INTELLECTUAL_DISABILITY
        yield diagnosis(person, code, person.spell.started_on, "learning disability")
    if person.died_at and person.died_on:
        yield place_of_death(person, person.died_on)
    if person.variance and person.died_on:
        yield variance(person, person.died_on)


def moved(person: Person) -> Body:
    """The next version of the Patient, with the practice that the person moved to and since when."""
    assert person.next_practice is not None
    return patient(person, person.next_practice, since=person.moved_on)


def patient(person: Person, practice: Practice, since: date | None = None) -> Body:
    resource: Body = {
        "resourceType": "Patient",
        "id": person_id(person, "Patient"),
        "identifier": [
            {
                "extension": [{"url": codes.NHS_NUMBER_STATUS, "valueCodeableConcept": _VERIFIED}],
                "system": patient_link(person)["identifier"]["system"],
                "value": person.nhs_number,
            }
        ],
        "name": [{"use": "official", "family": person.family, "given": list(person.given)}],
        **_ethnicity(person.background.ethnicity),
        **_language(person.background.language),
        "telecom": [{"system": "phone", "value": person.telephone, "use": "home"}],
        "gender": person.gender,
        "birthDate": person.born_on.isoformat(),
    }
    if person.died_on:
        resource["deceasedDateTime"] = person.died_on.isoformat()
    *lines, town = person.address
    resource["address"] = [{"use": "home", "line": lines, "city": town, "postalCode": person.postcode}]
    resource["generalPractitioner"] = [_general_practitioner(practice, since)]
    return resource


def _ethnicity(category: str) -> Body:
    if not category:
        return {}
    said = wording.coded(_ETHNIC_CATEGORY, category, background.CATEGORIES[category])
    return {"extension": [{"url": ethnicity.CATEGORY, "valueCodeableConcept": said}]}


def _language(language: str) -> Body:
    if not language:
        return {}
    return {"communication": [{"language": wording.coded(_BCP_47, language, background.LANGUAGES[language])}]}


def _general_practitioner(practice: Practice, since: date | None) -> Body:
    link = wording.organisation_link(practice)
    if since:
        link["identifier"]["period"] = {"start": since.isoformat()}
    return link


def registration(person: Person) -> Body:
    """The spell on the register."""
    spell = person.spell
    period = {"start": spell.started_on.isoformat()}
    resource: Body = {
        "resourceType": "EpisodeOfCare",
        "id": person_id(person, "EpisodeOfCare"),
        "status": "active",
        "type": [concept(codes.ON_THE_REGISTER)],
        "diagnosis": [{"condition": wording.link("Condition", person_id(person, "Condition")), "rank": 1}],
        "patient": patient_link(person),
        "managingOrganization": wording.organisation_link(spell.practice),
        "period": period,
        "careManager": staff.professional("nurse", spell.practice.network[0]).link,
    }
    if spell.ended_on:
        period["end"] = spell.ended_on.isoformat()
        reason = codes.END_REASONS[spell.end_reason]
        resource["extension"] = [{"url": codes.END_REASON, "valueCodeableConcept": concept(reason)}]
        resource["status"] = "finished"
    return resource


def condition(person: Person) -> Body:
    """The primary diagnosis (SCCI1580 item 26)."""
    return diagnosis(person, DIAGNOSES[person.diagnosis], person.spell.started_on, "Condition")


def diagnosis(person: Person, code: Code, on: date, kind: str) -> Body:
    return {
        "resourceType": "Condition",
        "id": person_id(person, kind),
        "clinicalStatus": wording.coded(codes.CONDITION_CLINICAL, "active"),
        "verificationStatus": wording.coded(codes.CONDITION_VERIFICATION, "confirmed"),
        "code": concept(code),
        "subject": patient_link(person),
        "recordedDate": on.isoformat(),
        "recorder": staff.professional("gp", person.spell.practice.network[0]).link,
    }


def main_carer(person: Person) -> Body:
    """The main carer, or that there is none (SCCI1580 item 16)."""
    if person.has_carer:
        return family.relative(person, "carer")
    _, has_none = preference_type.all_types()["carer"].answers
    resource = observation(person, "carer", "main carer", person.spell.started_on)
    return resource | {"valueCodeableConcept": concept(has_none.code)}


def preferences_of_place(person: Person) -> Iterator[Body]:
    """One Observation an answer: a change is another one, never a correction of the first."""
    for place, preference in enumerate(person.preferences, start=1):
        kind = f"preferred place of death {place}"
        resource = observation(person, "place-of-death", kind, preference.on) | _place(preference, person.residence)
        if place == len(person.preferences):
            resource["extension"] = [reviewed(person, preference.on)]
        yield resource


def reviewed(person: Person, on: date) -> Body:
    """The extension that says when something decided on a day, and gone through at the last review, is due again."""
    return wording.review(preferences.review_due(max(person.reviewed_on, on)))


def _place(preference: Preference, lives_in: str) -> Body:
    if preference.no_answer == "not-asked":
        return {"dataAbsentReason": wording.coded(codes.DATA_ABSENT_REASON, "not-asked", "Not Asked")}
    if preference.no_answer:
        return {"valueCodeableConcept": concept(_FINDINGS[preference.no_answer])}
    components: list[Body] = []
    if preference.second:
        second = place_concept(preference.second)
        components.append({"code": concept(places.SECOND_CHOICE.code), "valueCodeableConcept": second})
    if preference.place == lives_in:
        components.append({"code": concept(places.IS_USUAL_RESIDENCE.code), "valueBoolean": True})
    chosen: Body = {"valueCodeableConcept": place_concept(preference.place)}
    return chosen | ({"component": components} if components else {})


def place_concept(place: str) -> Body:
    """A place as the Data Dictionary has it and, where there is one, as SNOMED CT's environment."""
    environment = [_ANSWERS[_ENVIRONMENTS[place]].code] if place in _ENVIRONMENTS else []
    return concept(_ANSWERS[place].code, *environment)


def _lives(person: Person) -> Code | None:
    """The finding of general practice of where the person lives: of all in care homes, and of most others whose wishes
    do not say that they live where they wish to be."""
    if person.residence in _LIVES_IN:
        return _LIVES_IN[person.residence]
    is_told = any(preference.place == person.residence for preference in person.preferences)
    if is_told or Random(f"residence of person {person.number}").random() > 2 / 3:
        return None
    return residence.NOT_ALONE if person.has_carer else residence.ALONE


def variance(person: Person, on: date) -> Body:
    """Why the person died elsewhere than they wished."""
    kind = preference_type.all_types()["variance-reason"]
    reason = next(answer.code for answer in kind.answers if answer.code.code == person.variance)
    resource = observation(person, kind.name, kind.name, min(on + timedelta(days=3), END))
    return resource | {"valueCodeableConcept": concept(reason)}


def place_of_death(person: Person, on: date) -> Body:
    """Where the person died (SCCI1580 item 60)."""
    place = person.died_at
    finding = [_ANSWERS[_DIED_IN[place]].code] if place in _DIED_IN else []
    value = concept(*finding, _ANSWERS[place].code)
    return observation(person, "actual-place-of-death", "place of death", on) | {"valueCodeableConcept": value}


def observation(person: Person, name: str, kind: str, on: date, job: str = "nurse") -> Body:
    """An Observation of a preference type, still without its answer."""
    code = preference_type.all_types()[name].code
    return _observation(person, code, concept(codes.PREFERENCE), kind, on, job)


def _observation(person: Person, code: Code, category: Body, kind: str, on: date, job: str) -> Body:
    return {
        "resourceType": "Observation",
        "id": person_id(person, kind),
        "status": "final",
        "category": [category],
        "code": concept(code),
        "subject": patient_link(person),
        "effectiveDateTime": instant(on),
        "issued": instant(on, 17, 30),
        "performer": [staff.professional(job, person.practice_on(on).network[0]).link],
    }


def sharing(person: Person) -> Iterator[Body]:
    """Consent to share: permitted, refused, or permitted and later withdrawn."""
    for place, (on, decision) in enumerate(person.sharing, start=1):
        is_last = place == len(person.sharing)
        yield _sharing(person, on, decision, kind=f"sharing {place}", status="active" if is_last else "inactive")


def _sharing(person: Person, on: date, decision: str, *, kind: str, status: str) -> Body:
    given, best_interests, *_ = codes.SHARING_PERMITTED
    code = {"permitted": given, "best-interests": best_interests, "withdrawn": codes.SHARING_WITHDRAWN}.get(decision)
    provision = {"type": "permit" if decision in ("permitted", "best-interests") else "deny"}
    return {
        "resourceType": "Consent",
        "id": person_id(person, kind),
        "status": status,
        "scope": wording.coded(codes.CONSENT_SCOPE, "patient-privacy", "Privacy Consent"),
        "category": [wording.coded(codes.ACT_CODE, "INFA", "information access")],
        "patient": patient_link(person),
        "dateTime": instant(on, 11),
        "organization": [wording.organisation_link(person.practice_on(on))],
        "policyRule": {"text": "Sharing of the end of life care record with those who care for the person"},
        "provision": provision | ({"code": [concept(code)]} if code else {}),
    }


def care_plan(person: Person) -> Body:
    """The plan as it stands: what it lists it does not repeat."""
    spell = person.spell
    period = {"start": spell.started_on.isoformat()} | ({"end": spell.ended_on.isoformat()} if spell.ended_on else {})
    supporting = _in_force(person)
    return {
        "resourceType": "CarePlan",
        "id": person_id(person, "CarePlan"),
        "extension": [reviewed(person, spell.started_on)],
        "status": _plan_status(person),
        "intent": "plan",
        "category": [concept(codes.END_OF_LIFE_CARE_PLAN)],
        "title": "End of life care plan",
        "subject": patient_link(person),
        "period": period,
        "created": spell.started_on.isoformat(),
        "author": staff.professional("gp", spell.practice.network[0]).link,
        "addresses": [wording.link("Condition", person_id(person, "Condition"))],
    } | ({"supportingInfo": supporting} if supporting else {})


def _plan_status(person: Person) -> str:
    if not person.spell.ended_on:
        return "active"
    return "completed" if person.died_on else "revoked"


def _in_force(person: Person) -> list[Body]:
    """Links to the preference and the decision on sharing that count."""
    kinds = [("Observation", "preferred place of death", person.preferences), ("Consent", "sharing", person.sharing)]
    return [wording.link(name, person_id(person, f"{kind} {len(given)}")) for name, kind, given in kinds if given]


_LIVES_IN: Final = {NURSING_HOME: residence.NURSING_HOME, RESIDENTIAL_HOME: residence.RESIDENTIAL_HOME}
_SOCIAL_HISTORY: Final = wording.coded(
    "http://terminology.hl7.org/CodeSystem/observation-category", "social-history", "Social History"
)
_ETHNIC_CATEGORY: Final = "https://fhir.hl7.org.uk/CodeSystem/UKCore-EthnicCategoryEngland"
_BCP_47: Final = "urn:ietf:bcp:47"
_VERIFIED = wording.coded(codes.NHS_NUMBER_STATUS_ENGLAND, "01", "Number present and verified")
