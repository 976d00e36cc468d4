"""The organisations of the area and the professionals of its networks, as FHIR resources."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from random import Random

from service.demo import names, wording
from service.demo.area import CCGS, HOSPICE, HOSPITAL, ICB, Place, Practice
from service.fhir.resource_type import Body
from service.register import codes


@dataclass(frozen=True, slots=True)
class Professional:
    """Somebody invented who cares for people of a network. `job` is "gp" or "nurse"."""

    job: str
    network: str
    name: str
    given: str
    family: str
    telephone: str

    @property
    def role_id(self) -> str:
        return wording.id_of(f"{self.job} of {self.network}", "PractitionerRole")

    @property
    def practitioner_id(self) -> str:
        return wording.id_of(f"{self.job} of {self.network}", "Practitioner")

    @property
    def link(self) -> Body:
        """Who, in the job they do."""
        return wording.link("PractitionerRole", self.role_id, f"{self.name}, {_JOBS[self.job]}")


@cache
def professional(job: str, network: str) -> Professional:
    rng = Random(f"{job} of {network}")
    gender = rng.choice(("female", "male"))
    given, family = names.given_names(rng, gender)[0], names.family_name(rng)
    title = "Dr" if job == "gp" else "Sister" if gender == "female" else "Charge Nurse"
    return Professional(job, network, f"{title} {given} {family}", given, family, names.telephone(rng))


def resources(practices: Sequence[Practice]) -> Iterator[Body]:
    """Organisations first, then each network's general practitioner and palliative care nurse."""
    yield from (_organisation(place, town=place.town) for place in (ICB, HOSPITAL, HOSPICE, *CCGS))
    networks = sorted({practice.network for practice in practices})
    yield from (_organisation(Place(code, name, "")) for code, name in networks)
    yield from (_organisation(practice, postcode=practice.postcode, town=practice.ccg.town) for practice in practices)
    yield from _staff(networks)


def _staff(networks: Iterable[tuple[str, str]]) -> Iterator[Body]:
    for number, (code, name) in enumerate(networks, start=1):
        for job, employer in (("gp", Place(code, name, "")), ("nurse", HOSPICE)):
            found = professional(job, code)
            yield _practitioner(found, number)
            yield _role(found, employer)


def _organisation(organisation: Practice | Place, town: str = "", postcode: str = "") -> Body:
    address = {key: value for key, value in (("city", town), ("postalCode", postcode)) if value}
    return {
        "resourceType": "Organization",
        "id": organisation.code,
        "identifier": [{"system": codes.ODS_ORGANISATION, "value": organisation.code}],
        "active": True,
        "name": organisation.name,
    } | ({"address": [address]} if address else {})


def _practitioner(found: Professional, number: int) -> Body:
    system, value = ("gmc-number", f"C999{number:04d}") if found.job == "gp" else ("nmc-number", f"99X{number:04d}E")
    return {
        "resourceType": "Practitioner",
        "id": found.practitioner_id,
        "identifier": [{"system": f"https://fhir.hl7.org.uk/Id/{system}", "value": value}],
        "name": [{"use": "official", "text": found.name, "family": found.family, "given": [found.given]}],
    }


def _role(found: Professional, employer: Place) -> Body:
    return {
        "resourceType": "PractitionerRole",
        "id": found.role_id,
        "active": True,
        "practitioner": wording.link("Practitioner", found.practitioner_id, found.name),
        "organization": wording.organisation_link(employer),
        "code": [{"text": _JOBS[found.job]}],
        "telecom": [{"system": "phone", "value": found.telephone, "use": "work"}],
    }


_JOBS = {"gp": "network lead GP for end of life care", "nurse": "community palliative care nurse"}
