"""Whom an organisation looks after, as Patients, registrations and care teams say, by code or through who is named."""

from typing import Any

import pytest
import sqlalchemy as sa

from service.db import Database
from service.fhir.relationships import RELATIONSHIP
from service.register import codes
from service.store import following, rebuild
from tests import builders, plans
from tests.builders import Body
from tests.store.test_write import change, put, put_all

COLUMNS = (RELATIONSHIP.c.kind, RELATIONSHIP.c.organisation)


def related(database: Database, *kinds: str) -> list[tuple[Any, ...]]:
    """Kind and organisation of each relationship, of these kinds only where any are named."""
    found = sa.select(*COLUMNS).where(RELATIONSHIP.c.kind.in_(kinds)) if kinds else sa.select(*COLUMNS)
    with database.reading() as session:
        return sorted(map(tuple, session.execute(found)), key=str)


def ended(database: Database) -> list[str]:
    with database.reading() as session:
        return sorted(str(day) for day in session.execute(sa.select(RELATIONSHIP.c.ended_on)).scalars() if day)


def by_code(code: str) -> Body:
    return {"identifier": {"system": codes.ODS_ORGANISATION, "value": code}}


def organisation(code: str, **changes: Any) -> Body:
    return builders.organization(id="org", identifier=[by_code(code)["identifier"]], **changes)


def role(**changes: Any) -> Body:
    of = {"practitioner": {"display": "Sam Field"}, "organization": builders.reference("Organization/org")}
    return builders.practitioner_role(id="role", **{**of, **changes})


def team(*members: Body, **changes: Any) -> Body:
    return builders.care_team(id="team", participant=[{"member": member} for member in members], **changes)


def registered(**changes: Any) -> Body:
    """A registration whose person needs nothing beside it."""
    return builders.registration(**{"id": "spell", "status": "waitlist", **changes})


@pytest.fixture
def anna(database: Database) -> Database:
    put(database, builders.patient(id="anna", generalPractitioner=None))
    return database


def test_the_practice_of_a_person_looks_after_them(anna: Database) -> None:
    put(anna, builders.patient(id="anna", generalPractitioner=builders.at_practice("y99001")))
    assert related(anna) == [("practice", "Y99001")]
    put(anna, builders.patient(id="anna", generalPractitioner=builders.at_practice("Y99002")))
    assert related(anna) == [("practice", "Y99002")]


def test_who_manages_a_registration_that_stands_looks_after_the_person(anna: Database) -> None:
    put(anna, registered())
    assert related(anna) == [("managing", "M83999")]


@pytest.mark.parametrize("status", ["planned", "finished", "cancelled", "entered-in-error"])
def test_who_manages_a_registration_that_does_not_stand_does_not(anna: Database, status: str) -> None:
    put(anna, builders.ended_registration(id="spell", status=status))
    assert related(anna) == []


def test_who_manages_an_episode_of_another_kind_does_not(anna: Database) -> None:
    put(anna, registered(type=None, status="active"))
    assert related(anna) == []


def test_a_relationship_ends_with_its_registration_team_or_part_in_it(anna: Database) -> None:
    put(anna, registered(period={"start": "2025-03-01", "end": "2027-03"}))
    leaving = {"member": by_code("RA1"), "period": {"end": "2026-05-01"}}
    staying = {"member": by_code("RA2"), "period": {"end": "2029-01-01"}}
    put(anna, builders.care_team(id="team", participant=[leaving, staying], period={"end": "2028-01-01"}))
    assert ended(anna) == ["2026-05-01", "2027-03-31", "2028-01-01"]


def test_the_organisations_of_a_team_look_after_the_person(anna: Database) -> None:
    member = {"member": {"display": "Sam Field"}, "onBehalfOf": by_code("RA2")}
    put(
        anna,
        builders.care_team(
            id="team", participant=[{"member": by_code("RA1")}, member], managingOrganization=[by_code("RA3")]
        ),
    )
    assert related(anna) == [("team", "RA1"), ("team", "RA2"), ("team", "RA3")]


@pytest.mark.parametrize("status", ["proposed", "suspended", "inactive", "entered-in-error"])
def test_a_team_that_is_not_at_work_looks_after_nobody(anna: Database, status: str) -> None:
    put(anna, team(by_code("RA1"), status=status))
    assert related(anna) == []


def test_a_code_of_another_system_is_no_organisation(anna: Database) -> None:
    put(anna, team({"identifier": {"system": "urn:ours", "value": "RA1"}}, {"display": "RA1"}))
    assert related(anna) == []


def test_an_organisation_elsewhere_with_an_id_that_one_here_has_is_not_that_one(anna: Database) -> None:
    put(anna, organisation("RA1"))
    put(anna, team(builders.reference("https://other.example/fhir/Organization/org")))
    assert related(anna) == []


@pytest.mark.parametrize("resource", ["Organization/org", "PractitionerRole/role"])
def test_a_team_may_name_who_is_written_with_it(anna: Database, resource: str) -> None:
    put_all(anna, team(builders.reference(resource)), role(), organisation("RA1"))
    assert related(anna) == [("team", "RA1")]


@pytest.mark.parametrize("resource", ["Organization/org", "PractitionerRole/role"])
def test_a_relationship_follows_an_organisation_that_changes(anna: Database, resource: str) -> None:
    put_all(anna, organisation("RA1"), role())
    put(anna, team(builders.reference(resource)))
    put(anna, organisation("RA2"))
    assert related(anna) == [("team", "RA2")]
    put(anna, builders.organization(id="org", identifier=None, name="Example Hospice"))
    assert related(anna) == [("team", None)]
    put(anna, organisation("ra3"))
    assert related(anna) == [("team", "RA3")]


def test_a_relationship_follows_a_role_that_moves_to_another_organisation(anna: Database) -> None:
    put_all(anna, organisation("RA1"), role())
    put(anna, team(builders.reference("PractitionerRole/role")))
    put(anna, role(organization=by_code("RA9")))
    assert related(anna) == [("team", "RA9")]


def test_a_registration_may_name_its_manager_by_reference(anna: Database) -> None:
    put(anna, organisation("RA1"))
    put(anna, registered(managingOrganization=builders.reference("Organization/org")))
    assert related(anna) == [("managing", "RA1")]


def test_what_is_deleted_looks_after_nobody(anna: Database) -> None:
    put(anna, builders.patient(id="anna"))
    put(anna, team(by_code("RA1")))
    change(anna, lambda changes: changes.delete("CareTeam", "team"))
    assert related(anna) == [("practice", "Y99009")]
    change(anna, lambda changes: changes.delete("Patient", "anna"))
    assert related(anna) == []


def test_a_rebuild_follows_the_same_references(anna: Database) -> None:
    put(anna, team(by_code("RA1")))
    put_all(anna, organisation("RA2"), role())
    put(anna, team(builders.reference("PractitionerRole/role"), by_code("RA1")))
    put(anna, organisation("RA3"))
    before = related(anna)
    with anna.transaction() as session:
        rebuild.rebuild(session)
    assert related(anna) == before == [("team", "RA1"), ("team", "RA3")]


def test_no_row_is_looked_for_in_a_whole_table(database: Database) -> None:
    given = {"through_": "Organization/org", "code": "RA1"}
    assert plans.walks(database, following._FOLLOW, given) == []
    assert plans.walks(database, following._ROLES_AT, {"organisation": "Organization/org"}) == []
