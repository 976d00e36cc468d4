"""What the audit says of whoever is told something: whose record, and on what ground it was open to them."""

import re
from pathlib import Path

import pytest

import service
from service.db import Database
from service.fhir import audit_actions
from tests import builders, tables
from tests.bundles import request, transaction
from tests.systems import System


@pytest.fixture
def anna(integration: System) -> System:
    """Anna of the practice Y99001 with a wish, and Bert of Y99002."""
    integration.keep(*builders.people_of_two_practices(), builders.place_of_death(id="wish"))
    return integration


def told(database: Database, since: int) -> list[tuple[str, str, str]]:
    return [(one.action, one.disclosed, one.basis) for one in tables.audit(database)[since:]]


def test_each_row_says_on_what_ground_the_record_was_open(
    anna: System, practice: System, hospital: System, database: Database
) -> None:
    before = len(tables.audit(database))
    anna.get("Patient/anna")
    practice.get("Patient/anna")
    hospital.get("Patient/anna")
    hospital.get("Patient?_sort=_id")
    assert told(database, before) == [
        ("read", "", "system"),
        ("read", "", "looked-after"),
        ("read", "", "claimed"),
        ("search", "Patient/anna", "claimed"),
        ("search", "Patient/bert", "claimed"),
    ]


def test_what_is_nobodys_has_no_ground(anna: System, hospital: System, database: Database) -> None:
    anna.keep(builders.organization(id="trust"))
    before = len(tables.audit(database))
    hospital.get("Organization/trust")
    hospital.get("Organization?name=nothing-of-this-name")
    assert told(database, before) == [("read", "", ""), ("search", "", "")]


def test_a_write_says_its_ground_as_it_stands_afterwards(practice: System, anna: System, database: Database) -> None:
    before = len(tables.audit(database))
    practice.put("Observation/wish", builders.place_of_death(id="wish"))
    assert {one.basis for one in tables.audit(database)[before:]} == {"looked-after"}


def test_what_a_transaction_reads_says_it_too(anna: System, practice: System, database: Database) -> None:
    before = len(tables.audit(database))
    practice.post("", transaction(request("GET", "Patient/anna"), request("GET", "Observation?patient=anna")))
    assert told(database, before) == [("read", "", "looked-after"), ("search", "Observation/wish", "looked-after")]


def test_a_refusal_says_who_asked_for_what_in_our_words(anna: System, hospital: System, database: Database) -> None:
    before = len(tables.audit(database))
    hospital.get("Patient?identifier=9990000018&colour=red&_count=1")
    hospital.get("Patient/9990000018")
    hospital.get("Observation/nobody/_history/3")
    hospital.get(f"Patient?9990000018=1&{'x' * 70}=1&%00=2&given:exact=Anna&{builders.NHS_NUMBER}")
    rows = tables.audit(database)[before:]
    assert [(one.action, one.outcome, one.resource_type, one.resource_id, one.query) for one in rows] == [
        ("refused get", 400, "Patient", "", "/{type}?identifier&colour&_count"),
        ("refused get", 404, "Patient", "", "/{type}/{id}"),
        ("refused get", 404, "Observation", "nobody", "/{type}/{id}/_history/{version}"),
        ("refused get", 400, "Patient", "", "/{type}?given:exact"),
    ]
    assert {(one.client_id[:8], one.organisation, one.person_pk, one.basis) for one in rows} == {
        ("hospital", "RX9", None, "")
    }
    assert builders.NHS_NUMBER not in repr(rows)


def test_every_action_that_is_audited_is_one_that_fhir_is_told_of() -> None:
    folder = Path(service.__file__).parent
    source = "".join(path.read_text() for path in folder.rglob("*.py"))
    named = set(re.findall(r"\brow\(\s*\"([a-z -]+)\"", source)) | set(re.findall(r"action=\"([a-z -]+)\"", source))
    assert len(named) > 10
    assert named - set(audit_actions.KINDS) == set()
