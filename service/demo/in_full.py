"""What the people who are written in full have besides: decisions, their team, their family, what matters to them.

With the six of everyone these are about 25 resources a person.
"""

from collections.abc import Iterator
from datetime import date, timedelta
from random import Random
from typing import Any, Final

from service.demo import names, staff, wording
from service.demo.lives import HOSPICE, OTHER_HOME, OWN_HOME, Person
from service.demo.resources import diagnosis, observation, place_concept, reviewed
from service.demo.wording import concept, instant, patient_link, person_id
from service.fhir.resource_type import Body
from service.register import codes, preference_type
from service.register.codes import Code, snomed
from service.register.preference_type import PreferenceType


def resources(person: Person) -> Iterator[Body]:
    """Everything in full, beyond what everyone has."""
    rng = Random(f"in full {person.number}")
    on = min(person.reviewed_on, person.spell.started_on + timedelta(days=7))
    yield from _conditions(rng, person)
    yield from (relative(person, kind) for kind in RELATIVES)
    yield care_team(person, on, "carer", "attorney")
    yield from decisions(rng, person, on)
    yield from wishes(rng, person, on)
    yield from _course(rng, person)
    yield advance_decision(person, on)
    yield lasting_power(person, on)


def decisions(rng: Random, person: Person, on: date) -> Iterator[Body]:
    """CPR, treatment escalation, and medicines in the house."""
    yield _cpr(rng, person, on)
    yield _treatment_escalation(rng, person, on)
    yield _medicines(rng, person, on)


def wishes(rng: Random, person: Person, on: date) -> Iterator[Body]:
    """Preferred place of care, what matters, how to talk with the person, how to get in."""
    place = rng.choice((person.residence, person.residence, HOSPICE))
    yield _answered(person, "place-of-care", on) | {"valueCodeableConcept": place_concept(place)}
    yield _answered(person, "what-matters", on) | {"valueString": rng.choice(_WHAT_MATTERS)}
    yield _answered(person, "communication-needs", on) | {
        "valueCodeableConcept": concept(_NO_INTERPRETER, text=rng.choice(_TALKING))
    }
    yield _answered(person, "advance-statement", on) | {"valueString": rng.choice(_STATEMENTS)}
    access = (
        rng.choice(_ACCESS) if person.residence in (OWN_HOME, OTHER_HOME) else "Ring at the main door; staff all night"
    )
    yield _answered(person, "home-access", on) | {"valueString": access}


def _answered(person: Person, name: str, on: date, kind: str = "", job: str = "nurse") -> Body:
    """An Observation of a preference type, gone through at the last review."""
    return observation(person, name, kind or name, on, job) | {"extension": [reviewed(person, on)]}


def _cpr(rng: Random, person: Person, on: date) -> Body:
    kind = preference_type.all_types()["cpr-decision"]
    attempt, not_attempt = kind.answers
    against = rng.random() < 0.85
    resource = _answered(person, kind.name, on, job="gp")
    resource["valueCodeableConcept"] = concept((not_attempt if against else attempt).code)
    reason = "CPR would not bring the heart back" if against else "The person wishes CPR to be attempted"
    resource["component"] = [
        _component(kind, "mental-capacity", {"valueBoolean": True}),
        _component(kind, "decision-reason", {"valueString": reason}),
        _component(kind, "form-location", {"valueString": "Yellow folder in the kitchen"}),
    ]
    return resource


def _treatment_escalation(rng: Random, person: Person, on: date) -> Body:
    kind = preference_type.all_types()["treatment-escalation"]
    decided = {answer.code.code: answer.code for answer in kind.components[0].answers}
    resource = _answered(person, kind.name, on, job="gp")
    resource["component"] = [
        {"code": concept(component.code), "valueCodeableConcept": concept(decided[decision], text=text)}
        for component, (decision, text) in zip(kind.components, rng.choice(_ESCALATIONS), strict=True)
    ]
    return resource


def _medicines(rng: Random, person: Person, on: date) -> Body:
    kind = preference_type.all_types()["anticipatory-medicines"]
    resource = _answered(person, kind.name, on)
    resource["valueCodeableConcept"] = concept(rng.choice(kind.answers).code)
    resource["component"] = [_component(kind, "medicines-location", {"valueString": rng.choice(_MEDICINES_KEPT)})]
    return resource


def _component(kind: PreferenceType, code: str, value: dict[str, Any]) -> Body:
    found = next(component for component in kind.components if component.code.code == code)
    return {"code": concept(found.code), **value}


def _course(rng: Random, person: Person) -> Iterator[Body]:
    """Prognosis and function, at the start and at the last review."""
    first, last = person.spell.started_on, person.reviewed_on
    score = rng.choice((50, 60, 70))
    estimates = preference_type.all_types()["prognosis"].answers
    for place, on in enumerate((first, last) if first < last else (last,)):
        resource = _answered(person, "functional-status", on, kind=f"functional status {place}")
        yield resource | {"valueQuantity": _score(score - 20 * place)}
        resource = _answered(person, "prognosis", on, kind=f"prognosis {place}", job="gp")
        yield resource | {"valueCodeableConcept": concept(estimates[3 - place].code)}


def _score(value: int) -> Body:
    return {"value": value, "unit": "%", "system": "http://unitsofmeasure.org", "code": "%"}


def _conditions(rng: Random, person: Person) -> Iterator[Body]:
    for place, code in enumerate(rng.sample(_OTHER_CONDITIONS, 3), start=1):
        yield diagnosis(person, code, person.spell.started_on, f"other condition {place}")


def relative(person: Person, kind: str) -> Body:
    """A carer, an attorney, a friend to involve in decisions (SCCI1580 items 16, 51 and 54)."""
    relation, part = RELATIVES[kind]
    rng = Random(f"{kind} of {person.number}")
    code, words = rng.choice(relation)
    gender = rng.choice(("female", "male"))
    family = names.family_name(rng) if kind == "friend" else person.family
    return {
        "resourceType": "RelatedPerson",
        "id": person_id(person, kind),
        "active": True,
        "patient": patient_link(person),
        "relationship": [wording.coded(codes.ROLE_CODE, code) | {"text": f"{words}, {part}"}],
        "name": [{"use": "official", "family": family, "given": names.given_names(rng, gender)[:1]}],
        "telecom": [{"system": "phone", "value": names.telephone(rng), "use": "mobile"}],
    }


def _relative_link(person: Person, kind: str) -> Body:
    name = relative(person, kind)["name"][0]
    return wording.link("RelatedPerson", person_id(person, kind), f"{name['given'][0]} {name['family']}")


def care_team(person: Person, on: date, *relatives: str) -> Body:
    """Key worker, key GP and the people around."""
    network = person.spell.practice.network[0]
    members: list[tuple[Body, Body]] = [
        (concept(_KEY_WORKER), staff.professional("nurse", network).link),
        (concept(_KEY_GP), staff.professional("gp", network).link),
    ]
    members += [({"text": RELATIVES[kind][1].capitalize()}, _relative_link(person, kind)) for kind in relatives]
    return {
        "resourceType": "CareTeam",
        "id": person_id(person, "CareTeam"),
        "status": "active",
        "name": "End of life care team",
        "subject": patient_link(person),
        "period": {"start": on.isoformat()},
        "participant": [{"role": [role], "member": member} for role, member in members],
    }


def advance_decision(person: Person, on: date) -> Body:
    """An advance decision to refuse a treatment (Mental Capacity Act 2005; SCCI1580 item 49)."""
    return _instrument(person, on, "advance decision", "acd", codes.ADVANCE_DECISIONS[0]) | {
        "sourceAttachment": {"title": "Signed form in the yellow folder in the kitchen"},
        "provision": {
            "type": "deny",
            "code": [{"text": "Feeding by tube, whenever I can no longer swallow"}],
        },
    }


def lasting_power(person: Person, on: date) -> Body:
    """A lasting power of attorney for health and welfare (SCCI1580 items 51 and 52)."""
    attorney = {
        "role": wording.coded(codes.ROLE_CODE, "HPOWATT", "healthcare power of attorney"),
        "reference": _relative_link(person, "attorney"),
    }
    return _instrument(person, on, "lasting power", "hcd", codes.ATTORNEYS[0]) | {
        "provision": {"type": "permit", "actor": [attorney]},
    }


def _instrument(person: Person, on: date, kind: str, category: str, code: Code) -> Body:
    return {
        "resourceType": "Consent",
        "id": person_id(person, kind),
        "extension": [reviewed(person, on)],
        "status": "active",
        "scope": wording.coded(codes.CONSENT_SCOPE, "adr", "Advanced Care Directive"),
        "category": [wording.coded(codes.CONSENT_CATEGORY, category), concept(code)],
        "patient": patient_link(person),
        "dateTime": instant(on),
        "organization": [wording.organisation_link(person.practice_on(on))],
        "policy": [{"uri": "https://www.legislation.gov.uk/ukpga/2005/9"}],
    }


_KEY_WORKER = snomed("719240009", "Has end of life care key worker", "SCCI1580 item 21")
_KEY_GP = snomed("1034241000000106", "Has end of life care key general practitioner", "PALCARE_COD")
_NO_INTERPRETER = snomed("315595002", "Interpreter not needed", "SCCI1580 item 14")
_OTHER_CONDITIONS: Final = (
    snomed("160689007", "Housebound", "OpenCodelists"),
    snomed("15188001", "Hearing loss", "SCCI1580 item 28"),
    snomed("397540003", "Visual impairment", "SCCI1580 item 28"),
    snomed("431857002", "Chronic kidney disease stage 4", "OpenCodelists"),
    snomed("230690007", "Stroke", "OpenCodelists"),
    snomed("89362005", "Weight loss", "OpenCodelists"),
)
RELATIVES: Final = {
    "carer": ((("SPS", "Spouse"), ("DAU", "Daughter"), ("SON", "Son"), ("SIB", "Brother or sister")), "main carer"),
    "attorney": ((("CHILD", "Child"), ("NIECE", "Niece")), "attorney for health and welfare"),
    "friend": ((("FRND", "Friend"), ("NBOR", "Neighbour")), "to involve in decisions"),
}
"""Who there is: by v3-RoleCode and in words, and their part in the care."""

_WHAT_MATTERS = (
    "To see the garden from my bed, and to have the dog with me",
    "My daughter by my side; no fuss; the wireless on",
    "To be free of pain, even if I sleep more",
    "Prayers at the times they are due, and a visit from the imam",
    "To be at home for my granddaughter's wedding",
    "That somebody holds my hand, and that I am not alone at night",
)
_TALKING = (
    "Hears well on the left side only; wears glasses",
    "Speaks slowly since the stroke; please wait for the answer",
    "No interpreter needed; likes things written down",
    "Punjabi at home, good English; her son helps with long words",
)
_STATEMENTS = (
    "I would rather not go to hospital again unless something can be put right there quickly",
    "I want to know what is happening to me, in plain words, and to be asked first",
    "I would like a minister of the Methodist church to be told when I am dying",
)
_ACCESS = (
    "Key safe right of the front door; the code is held by the district nurses",
    "Neighbour at the next house has a key; back door is open in the day",
    "Small dog, friendly; ring twice and wait",
    "Third floor, no lift after ten at night; warden has a key",
)
_MEDICINES_KEPT = (
    "Locked box on top of the wardrobe in the bedroom",
    "Kitchen cupboard above the kettle, blue box",
    "Treatment room of the care home",
)
_ESCALATIONS: Final = (
    (
        ("not-for", "Not for intensive care"),
        ("not-for", "Not for ventilation"),
        ("conditional", "Hospital for a broken bone or what can be put right quickly"),
        ("for", "Antibiotics by mouth at home"),
    ),
    (
        ("not-for", "Not for intensive care"),
        ("conditional", "Mask ventilation if it eases breathing"),
        ("not-for", "Not for hospital admission"),
        ("conditional", "Antibiotics where they ease symptoms"),
    ),
    (
        ("conditional", "Intensive care for something that can be put right"),
        ("not-for", "Not for ventilation"),
        ("for", "For hospital admission"),
        ("for", "For antibiotics, by drip if need be"),
    ),
)
