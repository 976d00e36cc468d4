"""Codes and the systems they stand in, each with where it was seen and how sure that is.

Confidence: "high" = id and term in a national standard or a maintained guide; "medium" = seen once; "low" = the term
was inferred; "UNVERIFIED" = from memory; "local" = ours, because no national code was found. None was checked
against a current SNOMED CT UK release, which SCCI1580 supplier requirement 37 demands before clinical use.
"""

from dataclasses import dataclass
from typing import Final

BASE: Final = "https://heartsease.example/fhir"
"""The canonical base of everything that is ours: code systems, extensions, profiles."""

LOCAL: Final = f"{BASE}/CodeSystem/heartsease"
REVIEW_DATE: Final = f"{BASE}/StructureDefinition/epaccs-review-date"
END_REASON: Final = f"{BASE}/StructureDefinition/epaccs-end-reason"
KEPT_AT: Final = f"{BASE}/StructureDefinition/epaccs-kept-at"
"""Where the paper of a DocumentReference is, in words (valueString); R4 has an element for files only."""

CONFIRMED_UNCHANGED: Final = f"{BASE}/StructureDefinition/epaccs-confirmed-unchanged"
"""Says of an Observation that it changes nothing: the person was asked again, and the answer is still that one."""
PERFORMER_FUNCTION: Final = "http://hl7.org/fhir/StructureDefinition/event-performerFunction"
"""R4's extension that says as what somebody recorded, decided or endorsed something."""

SNOMED: Final = "http://snomed.info/sct"
LOINC: Final = "http://loinc.org"
ICD_10: Final = ("http://hl7.org/fhir/sid/icd-10", "http://hl7.org/fhir/sid/icd-10-uk")
"""WHO's, which the NHS uses, and as senders name the UK's edition; not that of the USA (icd-10-cm)."""
DATA_ABSENT: Final = "http://hl7.org/fhir/StructureDefinition/data-absent-reason"
"""R4's extension that says why an element has no value."""
DATA_ABSENT_REASON: Final = "http://terminology.hl7.org/CodeSystem/data-absent-reason"
ACT_CODE: Final = "http://terminology.hl7.org/CodeSystem/v3-ActCode"
ACT_REASON: Final = "http://terminology.hl7.org/CodeSystem/v3-ActReason"
ROLE_CODE: Final = "http://terminology.hl7.org/CodeSystem/v3-RoleCode"
CONSENT_SCOPE: Final = "http://terminology.hl7.org/CodeSystem/consentscope"
CONSENT_CATEGORY: Final = "http://terminology.hl7.org/CodeSystem/consentcategorycodes"
CONDITION_CLINICAL: Final = "http://terminology.hl7.org/CodeSystem/condition-clinical"
CONDITION_VERIFICATION: Final = "http://terminology.hl7.org/CodeSystem/condition-ver-status"
ALLERGY_CLINICAL: Final = "http://terminology.hl7.org/CodeSystem/allergyintolerance-clinical"
ALLERGY_VERIFICATION: Final = "http://terminology.hl7.org/CodeSystem/allergyintolerance-verification"
CLIENT: Final = f"{BASE}/Id/client"
"""The system of the identifiers under which client systems are registered."""
ODS_ORGANISATION: Final = "https://fhir.nhs.uk/Id/ods-organization-code"
PLACE_TYPE: Final = "https://www.datadictionary.nhs.uk/attributes/death_location_type_code.html"
"""NHS Data Dictionary DEATH LOCATION TYPE CODE: one attribute for preferred and for actual places."""
HEADINGS: Final = "https://fhir.hl7.org.uk/CodeSystem/UKCore-RecordStandardHeadings"
NHS_NUMBER_STATUS: Final = "https://fhir.hl7.org.uk/StructureDefinition/Extension-UKCore-NHSNumberVerificationStatus"
NHS_NUMBER_STATUS_ENGLAND: Final = "https://fhir.hl7.org.uk/CodeSystem/UKCore-NHSNumberVerificationStatusEngland"
"""SCCI1580 item 10, codes 01 to 08; 01 is "number present and verified"."""
DEATH_NOTIFICATION: Final = "https://fhir.hl7.org.uk/StructureDefinition/Extension-UKCore-DeathNotificationStatus"
INTERPRETER_REQUIRED: Final = "http://hl7.org/fhir/StructureDefinition/patient-interpreterRequired"


@dataclass(frozen=True, slots=True)
class Code:
    """A code with its origin. Two codes are the same when system and code are."""

    code: str
    system: str
    display: str
    source: str
    confidence: str = "high"

    @property
    def key(self) -> tuple[str, str]:
        return self.system, self.code


def snomed(code: str, display: str, source: str, confidence: str = "high") -> Code:
    return Code(code, SNOMED, display, source, confidence)


def local(code: str, display: str, reason: str = "no national code found") -> Code:
    return Code(code, LOCAL, display, reason, "local")


# Easily taken for their opposite. `tests/register/test_inverted_codes.py` spells out what each means.
FOR_CPR: Final = snomed("450475007", "For attempted CPR", "SCCI1580 item 44")
NOT_FOR_CPR: Final = snomed("450476008", "Not for attempted CPR", "SCCI1580 item 44")
NOT_AWARE_OF_CPR_DECISION: Final = snomed(
    "845151000000104", "Not aware of do not attempt CPR decision", "SCCI1580 item 48"
)
GSF_C_YELLOW: Final = snomed("845751000000103", "GSF prognostic indicator C (yellow): weeks", "NHSD refset PALCARE_COD")
"""Yellow, where many a local form says amber."""
TREATMENT_ESCALATION_PLAN: Final = snomed(
    "735324008",
    "Treatment escalation plan",
    "NRL record types 1.1.1, as the type of a document; as the code of an Observation nobody was seen to use it",
    "UNVERIFIED",
)
"""As Observation.code: from here only, until a terminologist has looked at it."""
LASTING_POWER_CATEGORY: Final = Code(
    "hcd", CONSENT_CATEGORY, "Health care directive", "consentcategorycodes; for a lasting power: ours", "UNVERIFIED"
)
"""Consent.category of a lasting power of attorney: from here only, until a terminologist has looked at it."""

ON_THE_REGISTER: Final = snomed("526631000000108", "On end of life care register", "EoL-API flag; PALCARE_COD")
END_REASONS: Final = {
    "died": local("died", "Died"),
    "moved": local("moved", "Moved away"),
    "withdrew": local("withdrew", "Withdrew"),
    "no-longer-indicated": local("no-longer-indicated", "No longer indicated"),
}
"""Why a registration ended, as we write it; its code is kept as `registration.end_reason`, as another sender's is."""
PREFERENCE: Final = local("preference", "Preference")
"""The Observation.category of what a person wishes."""

MAY_GIVE_A_PROGNOSIS: Final = (
    local("key-worker", "Key worker", "SCCI1580 item 34: who may complete it"),
    local("usual-gp", "Usual GP", "SCCI1580 item 34: who may complete it"),
    local("responsible-clinician", "Responsible clinician", "SCCI1580 item 34: who may complete it"),
)
"""As what somebody may record a prognosis (`PERFORMER_FUNCTION`)."""

CARER: Final = Code(
    "Carer",
    "https://fhir.hl7.org.uk/CodeSystem/UKCore-AdditionalPersonRelationshipRole",
    "Carer of patient",
    "UK Core; SCCI1580 item 16",
)
"""The RelatedPerson.relationship of the main carer."""
KEY_WORKER: Final = snomed("719240009", "Has end of life care key worker", "SCCI1580 item 21")
KEY_GP: Final = snomed("1034241000000106", "Has end of life care key general practitioner", "PALCARE_COD")

END_OF_LIFE_CARE_PLAN: Final = snomed("736373009", "End of life care plan", "NRL record types 1.1.1")

INTENSIVE_CARE: Final = snomed("305351004", "Admission to intensive care unit", "IKNL PZP-FHIR-R4", "medium")
VENTILATION: Final = snomed("40617009", "Artificial respiration", "IKNL PZP-FHIR-R4", "medium")
HOSPITAL_ADMISSION: Final = snomed("32485007", "Hospital admission", "IKNL PZP-FHIR-R4", "medium")
"""Interventions that a treatment escalation plan decides on."""

SHARING_PERMITTED: Final = (
    snomed("882921000000109", "Consent given for sharing", "SCCI1580 item 1"),
    snomed("882961000000101", "Best interests decision taken for sharing", "SCCI1580 item 1"),
    snomed("883001000000106", "Consent to sharing given by holder of lasting power of attorney", "SCCI1580 item 1"),
    snomed("882981000000105", "Consent to sharing given by legitimate representative", "EOLC example", "medium"),
)
SHARING_WITHDRAWN: Final = snomed("882941000000102", "Withdrawal of consent for sharing", "SCCI1580 item 1")

REFUSAL_OF_LIFE_SUSTAINING_TREATMENT: Final = snomed(
    "816321000000109", "Has advance decision to refuse life sustaining treatment", "SCCI1580 item 49"
)
ADVANCE_DECISIONS: Final = (
    snomed("816301000000100", "Has advance decision to refuse treatment", "SCCI1580 item 49"),
    REFUSAL_OF_LIFE_SUSTAINING_TREATMENT,
    snomed("892021000000107", "Refuses all blood transfusion by advance decision", "EOLC example", "medium"),
)
ATTORNEY_FOR_LIFE_SUSTAINING_TREATMENT: Final = snomed(
    "816381000000105", "Personal welfare lasting power of attorney, life sustaining decisions", "SCCI1580 item 52"
)
ATTORNEYS: Final = (
    snomed("816361000000101", "Personal welfare lasting power of attorney", "SCCI1580 item 52"),
    ATTORNEY_FOR_LIFE_SUSTAINING_TREATMENT,
)

PLANNING_CONVERSATION: Final = snomed("713603004", "Advance care planning", "IKNL/PZP-FHIR-R4 Procedure.code")
ANTICIPATORY_BOX: Final = snomed(
    "376201000000102", "Issue of palliative care anticipatory medication box", "SCCI1580 item 31"
)
ANTICIPATORY: Final = (
    ANTICIPATORY_BOX,
    snomed("871021000000106", "Prescription of palliative care anticipatory medication", "SCCI1580 item 31"),
    snomed("443761007", "Anticipatory palliative care", "PALCARE_COD"),
)
"""What says of a medicine that it is there ahead of need."""
