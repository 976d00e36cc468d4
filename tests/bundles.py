"""Transaction Bundles as a GP system sends them."""

from typing import Any

from service.register import nhs_number
from tests import builders
from tests.builders import Body, reference

SENDER = "https://gp.example/records"


def entry(resource: Body, name: str, *, condition: str = "") -> Body:
    """A POST entry that others refer to as `urn:uuid:name`."""
    request = {"method": "POST", "url": resource["resourceType"]}
    if condition:
        request["ifNoneExist"] = condition
    return {"fullUrl": f"urn:uuid:{name}", "resource": resource, "request": request}


def request(method: str, url: str, resource: Body | None = None, **conditions: str) -> Body:
    """An entry of any method; `conditions` are ifMatch and the like."""
    carried = {"resource": resource} if resource else {}
    return {**carried, "request": {"method": method, "url": url, **conditions}}


def transaction(*entries: Body) -> Body:
    return {"resourceType": "Bundle", "type": "transaction", "entry": list(entries)}


def _known(resource: Body, name: str, number: str) -> Body:
    """An entry that is made once only: known by the identifier that its sender gave it."""
    value = f"{number}-{name}"
    resource["identifier"] = [{"system": SENDER, "value": value}]
    return entry(resource, name, condition=f"identifier={SENDER}|{value}")


def registration(number: str = builders.NHS_NUMBER, *, practice: str = "Y99001", **changes: Any) -> Body:
    """A dozen resources that put a person on the register with a plan. `changes` are those of the Patient."""
    doctors = [{"display": "Dr Alex Brook"}, *builders.at_practice(practice)]
    patient = builders.patient(number, **{"generalPractitioner": doctors, **changes})
    person = reference("urn:uuid:patient")
    plan = builders.care_plan(
        subject=person,
        addresses=[reference("urn:uuid:diagnosis")],
        careTeam=[reference("urn:uuid:team")],
        supportingInfo=[reference("urn:uuid:place"), reference("urn:uuid:cpr"), reference("urn:uuid:sharing")],
    )
    diagnosis = {"condition": reference("urn:uuid:diagnosis"), "rank": 1}
    others = {
        "episode": builders.registration(patient=person, diagnosis=[diagnosis]),
        "plan": plan,
        "diagnosis": builders.condition(subject=person),
        "place": builders.place_of_death("21", second="30", subject=person),
        "cpr": builders.cpr_decision(subject=person),
        "sharing": builders.sharing(patient=person),
        "refusal": builders.advance_decision(patient=person),
        "carer": builders.carer(patient=person),
        "team": builders.care_team(subject=person, participant=[{"member": reference("urn:uuid:carer")}]),
        "nurse": builders.practitioner(),
        "role": builders.practitioner_role(practitioner=reference("urn:uuid:nurse")),
    }
    return transaction(
        entry(patient, "patient", condition=f"identifier={nhs_number.SYSTEM}|{number}"),
        *(_known(resource, name, number) for name, resource in others.items()),
    )


def ids(answer: Body) -> dict[str, str]:
    """From a transaction's answer: type to id, of the first entry of each type."""
    found: dict[str, str] = {}
    for told in answer["entry"]:
        type_name, resource_id = told["response"]["location"].split("/R4/")[1].split("/")[:2]
        found.setdefault(type_name, resource_id)
    return found
