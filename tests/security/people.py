"""The people of the attacks, each with a word in every field that could be quoted, and with ids of their own.

Anna is the attackers' own; Hedwig is of another practice and refused to share; Viola permits it, but nobody may learn
where she is but those who look after her. The words stand nowhere else in the
project, so that one found where it should not be has leaked.
"""

from dataclasses import dataclass, field
from typing import Any

from tests import builders
from tests.builders import Body, reference
from tests.systems import System


@dataclass(frozen=True)
class Person:
    """Somebody with a whole record. `words` are what identifies them, `clinical` what is told of them."""

    id: str
    number: str
    practice: str
    family: str
    given: str
    words: tuple[str, ...]
    clinical: tuple[str, ...] = ()
    labels: tuple[Body, ...] = field(default=(), repr=False)

    @property
    def whereabouts(self) -> tuple[str, ...]:
        """What tells where the person lives: the words of their record but its diagnosis."""
        return (*self.words, *self.clinical[1:])

    @property
    def patient(self) -> str:
        return f"Patient/{self.id}"

    @property
    def telling(self) -> tuple[str, ...]:
        """All that tells who it is or what is said of them: nothing of it may stand in a log, a URL or an error."""
        return (self.number, self.family, self.given, *self.words, *self.clinical)

    def resource(self, type_name: str) -> str:
        """The reference of the resource of this type that belongs to the person."""
        return self.patient if type_name == "Patient" else f"{type_name}/{self.id}-{type_name.lower()}"


ANNA = Person(
    "anna",
    builders.a_number(100),
    "Y99001",
    "Ashgrovian",
    "Annemiekje",
    ("3 Larkspur Hollow", "Wrenborough", "ZZ97 3KD", "01632 960331"),
    ("Cardiomyopathica", "Begonia House"),
)
HEDWIG = Person(
    "hw-7f3",
    builders.a_number(101),
    "Y99002",
    "Quillfeather",
    "Hedwigetta",
    ("17 Thistledown Rise", "Mossburrow", "ZZ98 7QX", "01632 960777", "Zebedeus", "Dr Orsolya Vintnerholm"),
    ("Glioblastomatosa", "Tracheostomatica", "paddle steamer Waverling", "Key under the marigold urn"),
)
VERY_RESTRICTED = {"system": "http://terminology.hl7.org/CodeSystem/v3-Confidentiality", "code": "V"}
VIOLA = Person(
    "vi-2c9",
    builders.a_number(102),
    "Y99777",
    "Nightjarrow",
    "Violetta",
    ("29 Honeysuckle Mews", "Fernbridge", "ZZ94 2PL", "01632 960888", "Y99777", "Dr Ambrosia Tillerman"),
    ("Amyloidotica", "Campanula Lodge"),
    (VERY_RESTRICTED,),
)
HUB, SURGEON, FORM = "Organization/hub", "Practitioner/surgeon", "Questionnaire/form"
"""What belongs to nobody, so that all see it, and what Hedwig's record refers to."""
NOBODY = builders.a_number(999)
"""An NHS number that nobody here has."""


def patient(who: Person, **changes: Any) -> Body:
    line, city, postcode, phone = who.words[:4]
    elements = {
        "id": who.id,
        "name": [{"use": "official", "family": who.family, "given": [who.given]}],
        "address": [{"use": "home", "line": [line], "city": city, "postalCode": postcode}],
        "telecom": [{"system": "phone", "value": phone}],
        "generalPractitioner": builders.at_practice(who.practice),
    }
    if who.labels:
        elements["meta"] = {"security": list(who.labels)}
    return builders.patient(who.number, **{**elements, **changes})


def record(who: Person) -> list[Body]:
    """A resource of every type that belongs to a person, beside the registration, with a telling word in each."""
    person, told = reference(who.patient), who.clinical[0]
    last = who.clinical[-1]
    by = [{"display": who.words[-1]}]
    team = [{"member": reference(one)} for one in (who.resource("RelatedPerson"), HUB, SURGEON)]
    made = [
        builders.observation(subject=person, performer=[*by, reference(SURGEON)], note=[{"text": last}]),
        builders.allergy(patient=person, code={"text": told}),
        builders.goal(subject=person, description={"text": last}),
        builders.alert(subject=person, code={"text": last}),
        builders.procedure(subject=person, note=[{"text": told}]),
        builders.questionnaire_response(
            subject=person, author=reference(SURGEON), item=[{"linkId": "1", "answer": [{"valueString": told}]}]
        ),
        builders.document(
            subject=person, description=told, custodian=reference(HUB), content=[{"attachment": {"title": last}}]
        ),
        builders.binary(securityContext=person),
        builders.task(**{"for": person, "description": last}),
        builders.medication_request(subject=person, medicationCodeableConcept={"text": told}),
        builders.medication_statement(subject=person, medicationCodeableConcept={"text": told}),
        builders.related_person(patient=person, name=[{"family": who.family, "given": [who.words[-1]]}]),
        builders.care_team(subject=person, name=last, participant=team),
        builders.provenance(target=[person], agent=[{"who": {"display": who.words[-1]}}]),
        builders.condition(subject=person, code={"text": told}),
        builders.advance_decision(treatment=told, patient=person),
        builders.care_plan(subject=person, status="draft", title=last),
        builders.ended_registration(patient=person),
    ]
    return [{**one, "id": f"{who.id}-{one['resourceType'].lower()}"} for one in made]


def directory() -> list[Body]:
    """What belongs to nobody: an organisation, a surgeon, a form."""
    return [
        builders.organization(id="hub", name="Example Hub"),
        builders.practitioner(id="surgeon"),
        builders.questionnaire(id="form"),
    ]


def settle(system: System, who: Person, *, sharing: str = "", link: Person | None = None) -> None:
    """Puts somebody on the register with a whole record; `sharing` is "permit", "deny", or empty as it stands."""
    linked = {"link": [{"other": reference(link.patient), "type": "seealso"}]} if link else {}
    system.register(patient(who, **linked))
    system.keep(*record(who))
    if sharing:
        told = builders.sharing(
            sharing, id=f"{who.id}-decides", patient=reference(who.patient), dateTime="2026-01-01T10:00:00Z"
        )
        system.keep(told)
