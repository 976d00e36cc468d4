"""What the audit says of whoever is told something: whose record, and on what ground it was open to them."""

import pytest

from service.db import Database
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
