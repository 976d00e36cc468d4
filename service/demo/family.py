"""The people around a person: the main carer or that there is none, an attorney, a friend to involve in decisions."""

from random import Random
from typing import Final

from service.demo import names, wording
from service.demo.lives import Person
from service.demo.wording import patient_link, person_id
from service.fhir.resource_type import Body
from service.register import codes

RELATIVES: Final = {
    "carer": ((("SPS", "Spouse"), ("DAU", "Daughter"), ("SON", "Son"), ("SIB", "Brother or sister")), "main carer"),
    "attorney": ((("CHILD", "Child"), ("NIECE", "Niece")), "attorney for health and welfare"),
    "friend": ((("FRND", "Friend"), ("NBOR", "Neighbour")), "to involve in decisions"),
}
"""Who there is: by v3-RoleCode and in words, and their part in the care."""
_GENDERS: Final = {"DAU": "female", "SON": "male", "NIECE": "female"}


def relative(person: Person, kind: str) -> Body:
    """A carer, an attorney, a friend to involve in decisions (SCCI1580 items 16, 51 and 54)."""
    relation, part = RELATIVES[kind]
    rng = Random(f"{kind} of {person.number}")
    code, words = rng.choice(relation)
    gender = _GENDERS.get(code) or rng.choice(("female", "male"))
    family = names.family_name(rng) if kind == "friend" else person.family
    relationship = [wording.coded(codes.ROLE_CODE, code) | {"text": f"{words}, {part}"}]
    return {
        "resourceType": "RelatedPerson",
        "id": person_id(person, kind),
        "active": True,
        "patient": patient_link(person),
        "relationship": relationship + ([wording.concept(codes.CARER)] if kind == "carer" else []),
        "name": [{"use": "official", "family": family, "given": names.given_names(rng, gender)[:1]}],
        "telecom": [{"system": "phone", "value": names.telephone(rng), "use": "mobile"}],
    }


def link(person: Person, kind: str) -> Body:
    name = relative(person, kind)["name"][0]
    return wording.link("RelatedPerson", person_id(person, kind), f"{name['given'][0]} {name['family']}")


def part(kind: str) -> str:
    """What a relative does in the care, in words."""
    return RELATIVES[kind][1]
