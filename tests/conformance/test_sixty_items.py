"""All 60 items of SCCI1580 can be recorded, and each is shown in the summary, in the words that were sent."""

from typing import Any

import pytest

from service.db import Database
from service.register import codes, items, preference_type
from service.store.recorded_items import RECORDED_ITEM
from tests import builders
from tests.builders import concept, reference
from tests.systems import System


def asked(name: str, *, words: str = "", **changes: Any) -> dict[str, Any]:
    """An Observation of a preference type, with its first answer; `words` are the sender's beside it."""
    kind = preference_type.all_types()[name]
    answer = concept(*[one.code for one in kind.answers[:1]], text=words or None)
    elements = {"code": concept(kind.code), "valueCodeableConcept": answer, "effectiveDateTime": "2026-01-05"}
    return builders.observation(**{**elements, **changes})


def parts(name: str, **values: Any) -> list[dict[str, Any]]:
    """The components that record an item, by `item_37` and so on: a text, or whether a statement holds."""
    known = {one.item: one.code for one in preference_type.all_types()[name].parts if one.item}
    found = []
    for item, value in values.items():
        said = {"valueBoolean": value} if isinstance(value, bool) else {"valueString": value}
        found.append({"code": concept(known[item.removeprefix("item_")]), **said})
    return found


def phone(number: str) -> list[dict[str, str]]:
    return [{"system": "phone", "value": number}]


def relative(words: str, name: str, number: str, *keys: tuple[str, str]) -> dict[str, Any]:
    relationship = [concept(*keys, text=words)] if keys else [{"text": words}]
    named = [{"family": name, "given": ["Ruth"]}]
    return builders.related_person(relationship=relationship, name=named, telecom=phone(number))


def anna() -> dict[str, Any]:
    return builders.patient(
        id="anna",
        name=[
            {"use": "official", "family": "Example", "given": ["Anna"]},
            {"use": "nickname", "given": ["Annie"]},
        ],
        gender="female",
        telecom=phone("01538 496 0001"),
        communication=[{"language": {"text": "Welsh"}}],
        extension=[{"url": codes.INTERPRETER_REQUIRED, "valueBoolean": True}],
        generalPractitioner=[
            {**builders.at_practice("Y99001")[0], "display": "Leek Surgery"},
            {"display": "Dr Amy Usual"},
        ],
        deceasedDateTime="2026-03-02",
    )


def record() -> list[dict[str, Any]]:
    place = asked(
        "place-of-death",
        words="St Chad's",
        component=[
            builders.second_choice("21"),
            *parts("place-of-death", item_37="Chad Trust", item_38="2 Hill Road", item_39=True),
            *parts("place-of-death", item_41="Own Household", item_42="1 Low Road", item_43=True),
        ],
    )
    team = builders.care_team(
        telecom=phone("01538 496 0025"),
        participant=[{"role": [{"text": "Under care of district nurse"}], "member": {"display": "Nia Nurse"}}],
    )
    return [
        place,
        asked(
            "cpr-decision",
            component=parts("cpr-decision", item_47="Red folder", item_48=True),
            extension=builders.review_on("2026-04-05"),
        ),
        asked("carer-awareness", words="Carer knows the prognosis"),
        asked("care-tool", words="Gold standards"),
        builders.prognosis(effectiveDateTime="2026-01-05"),
        asked("functional-status", valueCodeableConcept=None, valueInteger=40),
        asked("disabilities", words="Cannot summon help"),
        asked("advance-statement", words="Window open"),
        asked("other-issues", words="Lives alone with a cat"),
        asked("anticipatory-medicines", component=parts("anticipatory-medicines", item_32="Kitchen shelf")),
        asked("actual-place-of-death", words="St Chad's in the end", effectiveDateTime="2026-03-02"),
        builders.allergy(code={"text": "Penicillin"}),
        builders.condition(code={"text": "Kidney failure"}),
        builders.refusal_of_life_sustaining_treatment(sourceAttachment={"title": "Blue envelope"}),
        relative("Carer", "Carewell", "01538 496 0017", codes.CARER.key),
        relative("Attorney", "Powers", "01538 496 0053", (codes.ROLE_CODE, "HPOWATT")),
        relative("Sister", "Involved", "01538 496 0055"),
        relative("Friend", "Second", "01538 496 0057"),
        team,
    ]


SHOWN = {
    1: "Sharing of the record is permitted",
    2: "On the end of life care register since 1 March 2025",
    3: "review due",
    4: "Last amended",
    5: "EXAMPLE",
    6: "Anna",
    7: "Known as Annie",
    8: "born 6 May 1940",
    9: "NHS number 999 000 0018",
    10: "NHS number present and verified",
    11: "Gender: female",
    12: "Address: ",
    13: "01538 496 0001",
    14: "Interpreter needed",
    15: "Speaks Welsh",
    16: "CAREWELL",
    17: "01538 496 0017",
    18: "Carer knows the prognosis",
    19: "Dr Amy Usual",
    20: "Leek Surgery (Y99001)",
    21: "Key worker: Kim Key",
    22: "01538 496 0025",
    23: "Nia Nurse",
    24: "Under care of district nurse",
    25: "01538 496 0025",
    26: "Heart failure",
    27: "Kidney failure",
    28: "Cannot summon help",
    29: "Functional status (AKPS): 40",
    30: "Penicillin",
    31: "Just-in-case box issued",
    32: "Kitchen shelf",
    33: "Gold standards",
    34: "Last weeks of life",
    35: "Window open",
    36: "St Chad&#x27;s",
    37: "Chad Trust",
    38: "2 Hill Road",
    39: "usual place of residence: yes",
    40: "Second choice: Own home",
    41: "Own Household",
    42: "1 Low Road",
    43: "second choice is the usual place of residence: yes",
    44: "For attempted CPR",
    45: "last confirmed 5 January 2026",
    46: "review due 5 April 2026",
    47: "Red folder",
    48: "The carer is informed",
    49: "Advance decision to refuse life-sustaining treatment",
    50: "Blue envelope",
    51: "POWERS",
    52: "May decide on life-sustaining treatment",
    53: "01538 496 0053",
    54: "INVOLVED",
    55: "01538 496 0055",
    56: "SECOND",
    57: "01538 496 0057",
    58: "Lives alone with a cat",
    59: "Died on 2 March 2026",
    60: "St Chad&#x27;s in the end",
}


@pytest.fixture
def summary(integration: System) -> str:
    """The words of the summary of somebody of whom everything is recorded."""
    spell = {"careManager": {"display": "Kim Key"}}
    least = builders.minimum_record(anna(), **spell)
    planned = {"CarePlan": {"extension": builders.review_on("2026-02-01")}}
    integration.keep(*({**resource, **planned.get(resource["resourceType"], {})} for resource in least))
    kept = [integration.created(resource) for resource in record()]
    attorney = next(one for one in kept if one["resourceType"] == "RelatedPerson" and "Powers" in str(one["name"]))
    power = builders.lasting_power()
    power["provision"]["actor"][0]["reference"] = reference(f"RelatedPerson/{attorney['id']}", "Ruth Powers")
    integration.created(power)
    answer = integration.summary(builders.NHS_NUMBER)
    assert answer.status_code == 200, answer.text
    return " ".join(section["text"]["div"] for section in answer.json()["entry"][0]["resource"]["section"])


def test_each_of_the_sixty_items_is_shown(summary: str) -> None:
    assert set(SHOWN) == set(items.ALL)
    assert {number: words for number, words in SHOWN.items() if words.casefold() not in summary.casefold()} == {}


def test_each_of_the_sixty_items_is_counted(summary: str, database: Database) -> None:
    with database.reading() as session:
        counted = set(session.execute(RECORDED_ITEM.select().with_only_columns(RECORDED_ITEM.c.item)).scalars())
    assert set(items.ALL) - counted == set()
