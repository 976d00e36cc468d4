"""The published examples of UK Core and of the Personal Demographics Service, sent as any client would send them.

Each is stored and read back as it was sent, but for `id` and `meta`, or refused for the reason that stands here. The
resources that it refers to are loaded first, as small as they may be, under the ids that it refers to; those that
belong to a person, in the record of the same one. A Bundle's entries are sent one by one.

One thing is changed before an example is sent: the value of an NHS number becomes an invented one of the 999 range,
another for each example, because the same few people stand in many of them.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from service.fhir import codec, references, resource_type
from service.fhir.resource_type import SELF
from service.register import nhs_number
from tests import builders
from tests.systems import System

FOLDERS = ("ukcore/examples", "examples/pds")
TYPES = resource_type.all_types()


class Refusal(NamedTuple):
    """Why an example is refused: the codes and expressions of its issues, and what makes that right."""

    issues: tuple[tuple[str, str], ...]
    why: str


NUMBER, BORN, NAMED = (
    ("required", "Patient.identifier"),
    ("required", "Patient.birthDate"),
    ("business-rule", "Patient"),
)
"""What a Patient has at least: an NHS number, a birth date, and a name with family and given."""


def a_part(*missing: tuple[str, str]) -> Refusal:
    return Refusal(
        missing,
        "SCCI1580 items 5, 6, 8 and 9: a Patient has a name, a birth date and an NHS number; the example shows one "
        "extension, or is the least that PDS tells.",
    )


def leads_nowhere(*expressions: str) -> Refusal:
    return Refusal(
        tuple(("not-found", f"{expression}.reference") for expression in expressions),
        "The register holds no Encounter, Medication, Specimen, ServiceRequest or DiagnosticReport, so that the "
        "reference leads to nothing; kept, it would promise what nobody can read.",
    )


def of_nobody(expression: str) -> Refusal:
    return Refusal(
        (("business-rule", expression),),
        "What belongs to nobody is seen by everybody, so each says whose it is by a literal reference to the Patient.",
    )


def of_a_bundle(expression: str) -> Refusal:
    return Refusal(
        (("invalid", expression),), "urn:uuid leads to another entry of the same Bundle, and this was sent without one."
    )


REFUSED = {
    "patient_9000000033.json": a_part(BORN, NAMED),
    "Minimal_Patient.json": a_part(BORN, NAMED),
    "Minimal_PatientSearch.json, entry 0": a_part(BORN, NAMED),
    "Extension-UKCore-AddressKey-Example.json": a_part(NUMBER, BORN, NAMED),
    "Extension-UKCore-BirthPlace-Example.json": a_part(NUMBER, BORN, NAMED),
    "Extension-UKCore-BirthSex-Example.json": a_part(NUMBER, BORN, NAMED),
    "Extension-UKCore-BirthTime-Example.json": a_part(NUMBER, NAMED),
    "Extension-UKCore-CadavericDonor-Example.json": a_part(NUMBER, BORN, NAMED),
    "Extension-UKCore-ContactPreference-Example.json": a_part(NUMBER, BORN, NAMED),
    "Extension-UKCore-ContactRank-Example.json": a_part(NUMBER, BORN, NAMED),
    "Extension-UKCore-CopyCorrespondenceIndicator-Example.json": a_part(NUMBER, BORN, NAMED),
    "Extension-UKCore-DeathNotificationStatus-Example.json": a_part(NUMBER, BORN, NAMED),
    "Extension-UKCore-EthnicCategory-Example.json": a_part(NUMBER, BORN, NAMED),
    "Extension-UKCore-InterpreterRequired-Example.json": a_part(NUMBER, BORN, NAMED),
    "Extension-UKCore-MedicalApplianceSupplier-Example.json": a_part(NUMBER, BORN, NAMED),
    "Extension-UKCore-NHSNumberUnavailableReason-Example.json": a_part(NUMBER, BORN),
    "Extension-UKCore-NHSNumberVerificationStatus-Example.json": a_part(NUMBER, BORN, NAMED),
    "Extension-UKCore-OtherContactSystem-Example.json": a_part(NUMBER, BORN, NAMED),
    "Extension-UKCore-OverseasVisitorChargingCategory-Example.json": a_part(NUMBER, BORN, NAMED),
    "Extension-UKCore-PreferredDispenserOrganization-Example.json": a_part(NUMBER, BORN, NAMED),
    "Extension-UKCore-ResidentialStatus-Example.json": a_part(NUMBER, BORN, NAMED),
    "UKCore-Patient-Sn-Makaton-Example.json": a_part(NUMBER, BORN),
    "UKCore-Patient-Sn-MultipleLanguages-Example.json": a_part(NUMBER, BORN),
    "UKCore-Patient-Sn-Photo-Example.json": a_part(NUMBER, BORN, NAMED),
    "UKCore-Patient-Sn-SingleLanguage-Example.json": a_part(NUMBER, BORN),
    "Extension-UKCore-AllergyIntolEnd-Example.json": leads_nowhere("AllergyIntolerance.encounter"),
    "Extension-UKCore-Evidence-Example.json": leads_nowhere(
        "AllergyIntolerance.encounter", "AllergyIntolerance.extension[0].valueReference"
    ),
    "Extension-UKCore-RepeatInformation-Example.json": leads_nowhere("MedicationRequest.medicationReference"),
    "Extension-UKCore-TriggeredBy-Example.json": leads_nowhere("Observation.specimen"),
    "UKCore-AllergyIntolerance-Amoxicillin-Example.json": leads_nowhere("AllergyIntolerance.encounter"),
    "UKCore-AllergyIntolerance-EnteredInError-Example.json": leads_nowhere("AllergyIntolerance.encounter"),
    "UKCore-Bundle-AllergyList-Example.json, entry 1": leads_nowhere("AllergyIntolerance.encounter"),
    "UKCore-DocumentReference-ECG-Example.json": leads_nowhere("DocumentReference.context.encounter[0]"),
    "UKCore-Flag-FoodAllergy-Example.json": leads_nowhere("Flag.encounter"),
    "UKCore-MedicationRequest-EyeDrops-Example.json": leads_nowhere("MedicationRequest.medicationReference"),
    "UKCore-Observation-Lab-RedCellCount-Example.json": leads_nowhere("Observation.specimen"),
    "UKCore-Observation-Lab-Sn-AbsentData-Example.json": leads_nowhere("Observation.specimen"),
    "UKCore-Observation-Lab-WhiteCellCount-Example.json": leads_nowhere("Observation.specimen"),
    "UKCore-QuestionnaireResponse-EOLPlan-Example.json": leads_nowhere("QuestionnaireResponse.encounter"),
    "UKCore-QuestionnaireResponse-FitnessForWork-Example.json": leads_nowhere("QuestionnaireResponse.encounter"),
    "UKCore-QuestionnaireResponse-InpatientSurvey-Example.json": leads_nowhere("QuestionnaireResponse.encounter"),
    "UKCore-Task-Colonoscopy-Example.json": leads_nowhere(
        "Task.encounter", "Task.focus", "Task.output[0].valueReference"
    ),
    "UKCore-Observation-FingerJointInflamed-Example.json": of_nobody("Observation.subject"),
    "related_person_9000000009.json, entry 0": of_nobody("RelatedPerson.patient"),
    "related_person_9000000009.json, entry 1": of_nobody("RelatedPerson.patient"),
    "related_person_9000000017.json, entry 0": of_nobody("RelatedPerson.patient"),
    "Extension-UKCore-MedicationChangeSummary-Example.json": of_a_bundle("MedicationStatement.subject.reference"),
    "UKCore-Observation-Lab-Albumin-Example.json": of_a_bundle("Observation.subject.reference"),
    "Extension-UKCore-ConditionEpisode-Example.json": Refusal(
        (("structure", "Condition.extension[0].value"),),
        "A fault of the example: its extension has two values, valueCode and valueCodeableConcept.",
    ),
    "UKCore-Provenance-RARecordConsent-Example.json": Refusal(
        (("value", "Provenance.agent[0].onBehalfOf.reference"),),
        "A fault of the example: it refers to `Organization/https://…`, which is no reference.",
    ),
    "UKCore-Consent-ForInformationAccess-Example.json": Refusal(
        (("required", "Consent.provision.type"),),
        "FHIR.md §6.2: a Consent on sharing permits or denies; of this one nobody could say which.",
    ),
}


@dataclass(frozen=True)
class Example:
    """One resource of a published file, and the invented NHS number of the person in it, or of whom it refers to."""

    name: str
    body: dict[str, Any]
    number: str

    @property
    def type_name(self) -> str:
        return str(self.body["resourceType"])


def examples(folder: Path) -> Iterator[Example]:
    """Every resource of a type that the register holds, alone or as an entry of a Bundle."""
    files = [path for one in FOLDERS for path in sorted((folder / one).rglob("*.json"))]
    found = [each for path in files for each in resources(codec.loads(path.read_bytes()), path.name)]
    for place, (name, body) in enumerate(found):
        number = builders.a_number(place)
        for identifier in stated_numbers(body):
            identifier["value"] = number
        yield Example(name, body, number)


def resources(body: dict[str, Any], name: str) -> Iterator[tuple[str, dict[str, Any]]]:
    if body.get("resourceType") in TYPES:
        yield name, body
    for place, entry in enumerate(body.get("entry", ())):
        yield from resources(entry.get("resource", {}), f"{name}, entry {place}")


def stated_numbers(body: dict[str, Any]) -> list[dict[str, Any]]:
    identifiers = body.get("identifier", ())
    return [each for each in identifiers if isinstance(each, dict) and each.get("system") == nhs_number.SYSTEM]


def load_targets(integration: System, example: Example) -> None:
    """What the example refers to, the person first; what a Provenance is of belongs to somebody too."""
    person = example.body.get(TYPES[example.type_name].person)
    patient = person.get("reference", "") if isinstance(person, dict) else builders.PATIENT
    targets = {target for _, target in references.references(example.body)}
    if example.type_name == "Provenance":
        targets.add(patient)
    for target in sorted(targets, key=lambda target: (not target.startswith("Patient/"), target)):
        type_name, _, target_id = target.partition("/")
        if type_name in TYPES and "/" not in target_id and integration.get(target).status_code == 404:
            body = smallest(type_name, target_id, patient, example.number)
            assert integration.put(target, body).status_code == 201, target


def smallest(type_name: str, target_id: str, patient: str, number: str) -> dict[str, Any]:
    if type_name == "Patient":
        return builders.patient(number, id=target_id)
    element = TYPES[type_name].person
    whose = {element: builders.reference(patient)} if element not in ("", SELF) else {}
    return builders.SMALLEST[type_name](id=target_id, **whose)


def answer_to(integration: System, example: Example) -> Any:
    load_targets(integration, example)
    return integration.post(example.type_name, codec.dumps(example.body))


def as_sent(body: dict[str, Any]) -> bytes:
    """All but `id` and `meta`, in the order and the spelling of the sender; we write the type first."""
    rest = {name: value for name, value in body.items() if name not in ("resourceType", "id", "meta")}
    return codec.dumps({"resourceType": body["resourceType"], **rest})


def read_back(integration: System, example: Example, answer: Any) -> bytes:
    return as_sent(codec.loads(integration.get(f"{example.type_name}/{answer.json()['id']}").content))


def issues(answer: Any) -> set[tuple[str, str]]:
    return {(issue["code"], issue["expression"][0]) for issue in answer.json()["issue"]}


def test_every_example_is_stored_as_it_was_sent_or_refused_for_the_reason_named(
    integration: System, reference_dir: Path
) -> None:
    stored, refused = [], {}
    for example in examples(reference_dir):
        answer = answer_to(integration, example)
        if answer.status_code == 422:
            refused[example.name] = issues(answer)
        else:
            assert answer.status_code == 201, (example.name, answer.text)
            assert read_back(integration, example, answer) == as_sent(example.body), example.name
            stored.append(example.name)
    assert refused == {name: set(why.issues) for name, why in REFUSED.items()}
    assert (len(stored), len(refused)) == (190, 51)


def completed(example: Example) -> Example:
    """The same with what it lacks of a name, a birth date and an NHS number."""
    missing = REFUSED[example.name].issues
    if NUMBER in missing:
        example.body.setdefault("identifier", []).append(builders.verified_number(example.number))
    if BORN in missing:
        example.body["birthDate"] = "1940-05-06"
    if NAMED in missing:
        example.body["name"] = [*example.body.get("name", ()), {"family": "Example", "given": ["Anna"]}]
    return example


def test_an_example_that_is_a_part_is_stored_once_it_is_whole(integration: System, reference_dir: Path) -> None:
    tried = 0
    for example in examples(reference_dir):
        if {NUMBER, BORN, NAMED} & set(getattr(REFUSED.get(example.name), "issues", ())):
            answer = answer_to(integration, completed(example))
            assert answer.status_code == 201, (example.name, answer.text)
            assert read_back(integration, example, answer) == as_sent(example.body), example.name
            tried += 1
    assert tried == 25
