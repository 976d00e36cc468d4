"""HTML and scripts in every field of text of every type: kept as they were sent, and no part of what a page shows."""

import base64
import re
from typing import Any
from uuid import uuid4
from xml.etree import ElementTree

import pytest

from service.fhir import codec, definitions
from service.store import judging
from tests import builders
from tests.builders import Body, reference
from tests.security import people
from tests.security.conftest import World
from tests.security.people import Person
from tests.systems import System

PAYLOAD = "\"'><script>alert(1)</script><img src=x onerror=alert(2)>{{7*7}}${7*7}<!--]]>"
DANGER = re.compile(r"<\s*(script|img|iframe|svg|object|embed|link|meta|base|form)", re.IGNORECASE)
XHTML = "{http://www.w3.org/1999/xhtml}"
TEXTUAL: dict[str, Any] = {
    "string": PAYLOAD,
    "markdown": PAYLOAD,
    "CodeableConcept": {"text": PAYLOAD},
    "Annotation": {"text": PAYLOAD},
    "HumanName": {"text": PAYLOAD, "family": PAYLOAD, "given": [PAYLOAD]},
    "Address": {"text": PAYLOAD, "line": [PAYLOAD], "city": PAYLOAD, "postalCode": PAYLOAD},
    "ContactPoint": {"system": "phone", "value": PAYLOAD},
    "Identifier": {"system": "https://attacker.example/ids", "value": PAYLOAD},
    "Reference": {"display": PAYLOAD},
    "Attachment": {"title": PAYLOAD},
}
KEPT = (
    "performer",
    "subject",
    "patient",
    "for",
    "securityContext",
    "target",
    "identifier",
    "category",
    "scope",
    "code",
    "type",
)
"""What says whose it is, and of which kind: filled beside what stands in it, never instead."""


@pytest.fixture(scope="module")
def mallory(world: World) -> Person:
    """Somebody whose record is full of it, of a practice of their own."""
    number = builders.a_number(int(uuid4().hex[:6], 16) % 700 + 4000)
    who = Person(
        f"m-{uuid4().hex[:6]}", number, "Y99004", "Mallory", "Max", ("1 A Street", "B", "ZZ93 1AA", "0"), ("C",)
    )
    people.settle(world.integration, who, sharing="permit")
    for body in [people.patient(who), *people.record(who)]:
        _fill(world.integration, body)
    answers = (builders.cpr_decision, builders.prognosis, builders.place_of_death, builders.main_carer)
    for at, build in enumerate(answers):
        _fill(world.integration, build(id=f"{who.id}-answer-{at}", subject=reference(who.patient)))
    return who


def _fill(system: System, body: Body) -> None:
    """Puts a resource with as many fields filled as are taken: those that are refused are left out again."""
    filled = _filled(body)
    for _ in range(12):
        answer = system.put(f"{body['resourceType']}/{body['id']}", filled)
        if answer.status_code in (200, 201):
            return
        assert answer.status_code == 422, answer.text
        assert "<script" not in answer.text
        refused = {_element(issue) for issue in answer.json()["issue"]}
        left = {name: value for name, value in filled.items() if name not in refused}
        filled = {**left, **{name: body[name] for name in refused if name in body}}
    pytest.fail(f"No filled {body['resourceType']} is taken: {answer.text}")


def _element(issue: Body) -> str:
    """The first element in the expression of an issue, such as `name` of `Patient.name[0].family`."""
    return re.split(r"[.\[]", issue.get("expression", [""])[0] + "..")[1]


def _filled(body: Body) -> Body:
    made = dict(body)
    elements = definitions.types()[body["resourceType"]]
    for name, element in elements.items():
        value = TEXTUAL.get(element.type)
        is_chosen = element.choice and element.choice in {elements[key].choice for key in made if key in elements}
        if value is None or element.codes or is_chosen or name == "abatementString" or (name in KEPT and name in body):
            continue
        made[name] = [value] if element.is_many else value
    return made


def test_it_is_kept_as_it_was_sent_and_is_sent_as_json(world: World, mallory: Person) -> None:
    kept = 0
    for type_name in ("Patient", *dict.fromkeys(one["resourceType"] for one in people.record(mallory))):
        answer = world.integration.get(mallory.resource(type_name), Accept="application/fhir+json")
        assert answer.headers["content-type"].startswith("application/fhir+json")
        assert answer.headers["x-content-type-options"] == "nosniff"
        kept += answer.text.count("<script>")
    assert kept > 60, "Hardly any field was filled"


def test_no_narrative_of_ours_holds_a_tag_that_was_sent(world: World, mallory: Person) -> None:
    answer = world.integration.summary(mallory.number)
    assert answer.status_code == 200
    (composition,) = [
        one["resource"] for one in answer.json()["entry"] if one["resource"]["resourceType"] == "Composition"
    ]
    divs = [section["text"]["div"] for section in _sections(composition)] + [composition.get("text", {}).get("div", "")]
    shown = [div for div in divs if "alert(1)" in div]
    assert len(shown) >= 5, "The words of the record stand in the sections"
    for div in filter(None, divs):
        assert not DANGER.search(div)
        for element in ElementTree.fromstring(div).iter():
            assert element.tag.removeprefix(XHTML) in ("div", "ul", "li", "p", "b", "strong", "em", "span", "br", "h3")
            assert set(element.attrib) <= {"class"}


def _sections(part: Body) -> list[Body]:
    return [one for section in part.get("section", []) for one in [section, *_sections(section)]]


def test_no_flag_or_other_resource_of_ours_repeats_it_as_a_tag(world: World, mallory: Person) -> None:
    """What the register derives has a narrative of its own."""
    answer = world.integration.get(f"Patient/{mallory.id}/Flag")
    for entry in answer.json()["entry"]:
        assert not DANGER.search(entry["resource"].get("text", {}).get("div", ""))


@pytest.mark.parametrize(
    "div",
    [
        "<div>{}</div>",
        '<div xmlns="http://www.w3.org/1999/xhtml"><script>alert(1)</script></div>',
        '<div xmlns="http://www.w3.org/1999/xhtml"><img src="https://attacker.example/x.png"/></div>',
        '<div xmlns="http://www.w3.org/1999/xhtml"><img src="x" onerror="alert(1)"/></div>',
        '<div xmlns="http://www.w3.org/1999/xhtml" onclick="alert(1)">a</div>',
        '<div xmlns="http://www.w3.org/1999/xhtml"><a href="javascript:alert(1)">a</a></div>',
        '<div xmlns="http://www.w3.org/1999/xhtml"><a href=" java&#10;script:alert(1)">a</a></div>',
        '<div xmlns="http://www.w3.org/1999/xhtml"><iframe src="https://attacker.example"/></div>',
        '<div xmlns="http://www.w3.org/1999/xhtml"><form action="https://attacker.example"><input/></form></div>',
        '<div xmlns="http://www.w3.org/1999/xhtml" style="background:url(https://attacker.example)">a</div>',
        '<div xmlns="http://www.w3.org/1999/xhtml"><svg onload="alert(1)"/></div>',
        '<div xmlns="http://www.w3.org/1999/xhtml"><b>unclosed</div>',
        '<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><div xmlns="http://www.w3.org/1999/xhtml">&b;</div>',
    ],
    ids=range(13),
)
@pytest.mark.parametrize("type_name", ["Patient", "Observation", "CarePlan"])
def test_a_narrative_that_could_run_or_load_something_is_no_part_of_ours(
    world: World, mallory: Person, type_name: str, div: str
) -> None:
    """Refused, or kept as it was sent: what is rendered from it is escaped."""
    body = next(one for one in [people.patient(mallory), *people.record(mallory)] if one["resourceType"] == type_name)
    answer = world.integration.put(f"{type_name}/{body['id']}", {**body, "text": {"status": "additional", "div": div}})
    assert answer.status_code in (200, 422)
    told = world.integration.summary(mallory.number).json()
    composition = codec.dumps(told["entry"][0]["resource"]).decode()
    assert "attacker.example/x.png" not in composition
    assert "<script" not in composition


@pytest.mark.parametrize("kind", ["text/html", "image/svg+xml", "application/xhtml+xml", "text/xml", "application/pdf"])
def test_a_file_that_was_sent_runs_nothing_where_it_is_shown(world: World, mallory: Person, kind: str) -> None:
    page = b"<html><script>alert(1)</script></html>"
    binary = builders.binary(
        id=f"{mallory.id}-file-{kind.replace('/', '-').replace('+', '-')}",
        contentType=kind,
        securityContext=reference(mallory.patient),
        data=base64.b64encode(page).decode(),
    )
    assert world.integration.put(f"Binary/{binary['id']}", binary).status_code in (200, 201)
    answer = world.integration.get(f"Binary/{binary['id']}", Accept=kind)
    assert answer.status_code == 200
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "script-src" not in policy
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "sandbox" in policy or "attachment" in answer.headers.get("content-disposition", "")


@pytest.mark.parametrize("name", ["on", "area", "source", "year", "<script>alert(1)</script>"])
def test_a_page_shows_what_was_asked_as_text(world: World, name: str) -> None:
    answer = world.http.get("/reports/identification", params={name: PAYLOAD}, headers={"Sec-Fetch-Site": "none"})
    assert answer.status_code in (400, 403)
    assert not DANGER.search(answer.text.replace('<link rel="stylesheet"', "").replace("<meta ", ""))
    assert "49" not in re.sub(r"{{7\*7}}|\${7\*7}", "", answer.text)


def test_every_type_that_belongs_to_a_person_was_filled(mallory: Person) -> None:
    filled = {one["resourceType"] for one in people.record(mallory)} | {"Patient"}
    assert {name for name, type_ in judging.TYPES.items() if type_.person} <= filled
