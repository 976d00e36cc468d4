"""What the people who are written in full have besides: decisions, their team, their family, what matters to them.

With the seven of everyone these are about 25 resources a person.
"""

from collections.abc import Iterator
from datetime import date, timedelta
from random import Random
from typing import Any, Final

from service.demo import family, phrases, staff, wording
from service.demo.lives import HOSPICE, OTHER_HOME, OWN_HOME, Person
from service.demo.resources import diagnosis, observation, place_concept, reviewed
from service.demo.wording import concept, instant, patient_link, person_id
from service.fhir.resource_type import Body
from service.register import codes, preference_type, preferences
from service.register.codes import Code, snomed
from service.register.preference_type import PreferenceType
from service.register.preference_types.communication_needs import NO_INTERPRETER


def resources(person: Person) -> Iterator[Body]:
    """Everything in full, beyond what everyone has."""
    yield from _conditions(person)
    yield from (family.relative(person, kind) for kind in ("attorney", "friend"))
    yield care_team(person, "carer", "attorney")
    yield from decisions(person)
    yield from wishes(person)
    yield from _course(person)
    yield advance_decision(person)
    yield lasting_power(person)


def decisions(person: Person) -> Iterator[Body]:
    """CPR, treatment escalation, and medicines in the house."""
    yield _cpr(person)
    yield _treatment_escalation(person)
    yield _medicines(person)


def wishes(person: Person) -> Iterator[Body]:
    """What matters, preferred place of care, how to talk with the person, how to get in."""
    rng = Random(f"wishes of {person.number}")
    yield _decided(person, "what-matters") | {"valueString": rng.choice(phrases.WHAT_MATTERS)}
    place = rng.choice((person.residence, person.residence, HOSPICE))
    yield _decided(person, "place-of-care") | {"valueCodeableConcept": place_concept(place)}
    talking = concept(NO_INTERPRETER, text=rng.choice(phrases.TALKING))
    yield _decided(person, "communication-needs") | {"valueCodeableConcept": talking}
    yield _decided(person, "advance-statement") | {"valueString": rng.choice(phrases.STATEMENTS)}
    yield _decided(person, "home-access") | {"valueString": rng.choice(phrases.AT_HOME[_is_at_home(person)].access)}


def _is_at_home(person: Person) -> bool:
    return person.residence in (OWN_HOME, OTHER_HOME)


def _decided(person: Person, name: str, job: str = "nurse") -> Body:
    """An Observation of a preference type: gone through at the last review, or overlooked since an earlier day."""
    rng = Random(f"{name} of {person.number}")
    days = (person.reviewed_on - person.spell.started_on).days
    overlooked = rng.randint(0, days) if days > 0 and rng.random() < 0.2 else 0
    return _on(person, name, name, person.reviewed_on - timedelta(days=overlooked), job)


def _on(person: Person, name: str, kind: str, on: date, job: str = "nurse") -> Body:
    return observation(person, name, kind, on, job) | {"extension": [wording.review(preferences.review_due(on))]}


def _cpr(person: Person) -> Body:
    kind = preference_type.all_types()["cpr-decision"]
    attempt, not_attempt = kind.answers
    against = Random(f"CPR of {person.number}").random() < 0.85
    resource = _decided(person, kind.name, job="gp")
    resource["valueCodeableConcept"] = concept((not_attempt if against else attempt).code)
    reason = "CPR would not bring the heart back" if against else "The person wishes CPR to be attempted"
    resource["component"] = [
        _component(kind, "mental-capacity", {"valueBoolean": True}),
        _component(kind, "decision-reason", {"valueString": reason}),
        _component(kind, "form-location", {"valueString": phrases.AT_HOME[_is_at_home(person)].folder}),
    ]
    return resource


def _treatment_escalation(person: Person) -> Body:
    kind = preference_type.all_types()["treatment-escalation"]
    plan = Random(f"escalation of {person.number}").choice(phrases.ESCALATIONS)
    decided = {answer.code.code: answer.code for answer in kind.components[0].answers}
    resource = _decided(person, kind.name, job="gp")
    resource["component"] = [
        {"code": concept(component.code), "valueCodeableConcept": concept(decided[decision], text=text)}
        for component, (decision, text) in zip(kind.components, plan, strict=True)
    ]
    return resource


def _medicines(person: Person) -> Body:
    kind = preference_type.all_types()["anticipatory-medicines"]
    resource = _decided(person, kind.name)
    rng = Random(f"medicines of {person.number}")
    resource["valueCodeableConcept"] = concept(rng.choice(kind.answers).code)
    kept = rng.choice(phrases.AT_HOME[_is_at_home(person)].medicines)
    resource["component"] = [_component(kind, "medicines-location", {"valueString": kept})]
    return resource


def _component(kind: PreferenceType, code: str, value: dict[str, Any]) -> Body:
    found = next(component for component in kind.components if component.code.code == code)
    return {"code": concept(found.code), **value}


def _course(person: Person) -> Iterator[Body]:
    """Prognosis and function, at the start and at the last review."""
    first, last = person.spell.started_on, person.reviewed_on
    score = Random(f"function of {person.number}").choice((50, 60, 70))
    estimates = preference_type.all_types()["prognosis"].answers
    for place, on in enumerate((first, last) if first < last else (last,)):
        resource = _on(person, "functional-status", f"functional status {place}", on)
        yield resource | {"valueQuantity": _score(score - 20 * place)}
        resource = _on(person, "prognosis", f"prognosis {place}", on, "gp")
        resource["performer"] = [_as_usual_gp(performer) for performer in resource["performer"]]
        yield resource | {"valueCodeableConcept": concept(estimates[3 - place].code)}


def _as_usual_gp(performer: Body) -> Body:
    """A prognosis says as what somebody gave it (SCCI1580 item 34)."""
    function = next(code for code in codes.MAY_GIVE_A_PROGNOSIS if code.code == "usual-gp")
    return {"extension": [{"url": codes.PERFORMER_FUNCTION, "valueCodeableConcept": concept(function)}], **performer}


def _score(value: int) -> Body:
    return {"value": value, "unit": "%", "system": "http://unitsofmeasure.org", "code": "%"}


def _conditions(person: Person) -> Iterator[Body]:
    others = Random(f"conditions of {person.number}").sample(_OTHER_CONDITIONS, 3)
    for place, code in enumerate(others, start=1):
        yield diagnosis(person, code, person.spell.started_on, f"other condition {place}")


def care_team(person: Person, *relatives: str) -> Body:
    """Key worker, key GP and the people around."""
    network = person.spell.practice.network[0]
    members: list[tuple[Body, Body]] = [
        (concept(codes.KEY_WORKER), staff.professional("nurse", network).link),
        (concept(codes.KEY_GP), staff.professional("gp", network).link),
    ]
    members += [({"text": family.part(kind).capitalize()}, family.link(person, kind)) for kind in relatives]
    return {
        "resourceType": "CareTeam",
        "id": person_id(person, "CareTeam"),
        "status": "active",
        "name": "End of life care team",
        "subject": patient_link(person),
        "period": {"start": person.spell.started_on.isoformat()},
        "participant": [{"role": [role], "member": member} for role, member in members],
    }


def advance_decision(person: Person) -> Body:
    """An advance decision to refuse a treatment (Mental Capacity Act 2005; SCCI1580 item 49)."""
    return _instrument(person, "advance decision", "acd", codes.ADVANCE_DECISIONS[0]) | {
        "sourceAttachment": {"title": f"Signed form. {phrases.AT_HOME[_is_at_home(person)].folder}"},
        "provision": {
            "type": "deny",
            "code": [{"text": "Feeding by tube, whenever I can no longer swallow"}],
        },
    }


def lasting_power(person: Person) -> Body:
    """A lasting power of attorney for health and welfare (SCCI1580 items 51 and 52)."""
    attorney = {
        "role": wording.coded(codes.ROLE_CODE, "HPOWATT", "healthcare power of attorney"),
        "reference": family.link(person, "attorney"),
    }
    return _instrument(person, "lasting power", codes.LASTING_POWER_CATEGORY.code, codes.ATTORNEYS[0]) | {
        "provision": {"type": "permit", "actor": [attorney]},
    }


def _instrument(person: Person, kind: str, category: str, code: Code) -> Body:
    on = person.spell.started_on
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


_OTHER_CONDITIONS: Final = (
    snomed("160689007", "Housebound", "OpenCodelists"),
    snomed("15188001", "Hearing loss", "SCCI1580 item 28"),
    snomed("397540003", "Visual impairment", "SCCI1580 item 28"),
    snomed("431857002", "Chronic kidney disease stage 4", "OpenCodelists"),
    snomed("230690007", "Stroke", "OpenCodelists"),
    snomed("89362005", "Weight loss", "OpenCodelists"),
)
