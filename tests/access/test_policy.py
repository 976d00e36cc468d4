"""The policy is what its documentation says, and says what the standard asks for."""

import re
from pathlib import Path
from typing import get_args

import pytest

from service.access import policy
from service.actor import INTERACTIONS, Sees
from service.config import Settings
from service.fhir import resource_type

DOCUMENT = (Path(__file__).parent.parent.parent / "docs" / "access.md").read_text()
CLINICAL = ("gp", "community-nurse", "hospice", "hospital", "ambulance", "care-home", "social-care")


def tables() -> list[list[list[str]]]:
    """Each table of the document, as its rows of cells."""
    found: list[list[list[str]]] = [[]]
    for line in DOCUMENT.splitlines():
        if line.startswith("|"):
            found[-1].append([cell.strip(" `") for cell in line.strip("|").split("|")])
        elif found[-1]:
            found.append([])
    return [rows for rows in found if rows]


def may(role: str, verb: policy.Verb, item: str) -> bool:
    """By the table itself."""
    return verb in policy.cells_of(item)[role]


def test_the_document_tells_every_role() -> None:
    roles = [(name, title) for name, title, _ in tables()[0][2:]]
    assert roles == [(role.name, role.title) for role in policy.all_roles().values()]


def test_the_document_tells_every_cell_of_the_policy() -> None:
    heading, _, *rows = tables()[1]
    told = {
        (item, role): {policy.VERBS[letter] for letter in cell if letter != "–"}
        for item, *cells in rows
        for role, cell in zip(heading[1:], cells, strict=True)
    }
    assert told == {
        (item, role): set(cells[role]) for item, cells in policy.table().items() for role in policy.all_roles()
    }


def test_the_document_tells_every_purpose() -> None:
    purposes = {code: (words, direct == "yes") for code, words, direct in tables()[2][2:]}
    assert purposes == {code: (words, code in policy.DIRECT_CARE) for code, words in policy.PURPOSES.items()}


def test_every_line_is_a_type_or_an_item_that_there_is() -> None:
    types = {*resource_type.all_types(), "Group", "Measure", "MeasureReport", "AuditEvent", "*"}
    assert set(policy.table()) <= types | {*policy.items(), "preferences"}
    assert set(resource_type.all_types()) <= set(policy.table())


def test_every_verb_of_a_line_means_something_for_it() -> None:
    for item, cells in policy.table().items():
        verbs = {"read", "write"} if item[0].isupper() or item == "*" else set(policy.verbs_of(item))
        assert set().union(*cells.values()) <= verbs, item


def test_every_role_has_a_reach_that_there_is() -> None:
    assert {role.reach for role in policy.all_roles().values()} <= set(get_args(policy.Reach))


def test_a_permission_is_a_letter_of_smart_for_each_type() -> None:
    assert ("Patient", "u") in policy.role("gp").permissions
    assert ("Patient", "u") not in policy.role("ambulance").permissions
    assert {letter for _, letter in policy.role("system").permissions} == set(INTERACTIONS)


def test_nobody_gives_a_prognosis_but_those_whom_the_standard_names() -> None:
    writers = {role for role in policy.all_roles() if may(role, "write", "prognosis")}
    assert writers == {"gp", "community-nurse", "hospice", "hospital", "system"}


def test_a_cpr_decision_is_for_senior_clinicians() -> None:
    writers = {role for role in policy.all_roles() if may(role, "write", "cpr-decision")}
    assert writers == {"gp", "hospice", "hospital", "system"}


def test_a_care_home_writes_and_confirms_preferences_and_neither_of_the_two() -> None:
    barred = policy.role("care-home").barred
    for verb in ("write", "confirm"):
        assert (verb, "place-of-death") not in barred
        assert {(verb, "prognosis"), (verb, "cpr-decision")} <= barred


def test_an_ambulance_reads_and_writes_nothing() -> None:
    assert {letter for _, letter in policy.role("ambulance").permissions} == {"r", "s"}


def test_a_privacy_officer_reads_what_investigations_need() -> None:
    types = {type_name for type_name, _ in policy.role("privacy-officer").permissions}
    assert types == {"AuditEvent", "Consent", "Patient", "Provenance"}


def test_the_audit_is_open_to_privacy_officers_and_systems_alone_and_written_by_nobody() -> None:
    readers = {name for name, role in policy.all_roles().items() if ("AuditEvent", "s") in role.permissions}
    assert readers == {"privacy-officer", "system"}
    assert not any(("AuditEvent", "c") in role.permissions for role in policy.all_roles().values())


def test_nothing_of_a_record_is_barred_to_a_gp_and_to_a_system() -> None:
    assert policy.role("gp").barred == {("write", "review")}
    assert policy.role("system").barred == {("write", "break-glass"), ("write", "review")}


def test_the_glass_is_broken_by_those_who_care_and_reviewed_by_those_who_do_not() -> None:
    assert {role for role in policy.all_roles() if policy.may(role, "write", "break-glass")} == set(CLINICAL)
    assert {role for role in policy.all_roles() if policy.may(role, "write", "review")} == {"privacy-officer"}
    assert not policy.may("king", "read", "who-looked")


def test_a_kind_of_preference_without_a_line_goes_by_the_line_for_all_others() -> None:
    assert ("write", "what-matters") in policy.role("ambulance").barred
    assert ("write", "what-matters") not in policy.role("social-care").barred


def test_a_type_that_is_added_has_the_line_for_all_others() -> None:
    assert policy.cells_of("Device") == policy.table()["*"]


def test_every_line_has_a_cell_for_every_role() -> None:
    for cells in policy.table().values():
        assert list(cells) == list(policy.all_roles())


def test_a_name_that_is_no_role_may_nothing_and_sees_nobody() -> None:
    assert policy.role("king").permissions == frozenset()
    assert policy.sees("king", "TREAT", "direct-care") is Sees.NOBODY


def test_scopes_and_role_are_both_needed() -> None:
    assert policy.permissions("care-home", "system/Patient.cruds system/Goal.c") == {
        ("Patient", "r"),
        ("Patient", "s"),
        ("Goal", "c"),
    }
    assert policy.permissions("ambulance", "system/*.cud") == frozenset()
    assert policy.permissions("privacy-officer", "system/*.r") == {
        (name, "r") for name in ("AuditEvent", "Consent", "Patient", "Provenance")
    }


@pytest.mark.parametrize("role", CLINICAL)
@pytest.mark.parametrize("basis", get_args(policy.SharingBasis))
def test_a_clinical_role_sees_others_for_direct_care_alone(role: str, basis: policy.SharingBasis) -> None:
    for purpose in ("", *policy.PURPOSES):
        seen = policy.sees(role, purpose, basis)
        if purpose not in policy.DIRECT_CARE:
            assert seen is Sees.OWN_PATIENTS
        elif basis == "explicit-consent" and role != "ambulance" and purpose != "ETREAT":
            assert seen is Sees.PERMITTED
        else:
            assert seen is Sees.SHARED


@pytest.mark.parametrize(
    ("role", "seen"),
    [
        ("quality-lead", Sees.OWN_PATIENTS),
        ("privacy-officer", Sees.OWN_PATIENTS),
        ("patient", Sees.SELF),
        ("system", Sees.EVERYONE),
    ],
)
def test_no_purpose_changes_whom_other_roles_see(role: str, seen: Sees) -> None:
    assert {policy.sees(role, purpose, "direct-care") for purpose in ("", *policy.PURPOSES)} == {seen}


def test_the_setting_takes_each_basis() -> None:
    assert get_args(Settings.model_fields["sharing_basis"].annotation) == get_args(policy.SharingBasis)


def test_the_table_is_as_wide_as_people_read() -> None:
    assert max(map(len, policy.ITEMS.splitlines())) <= 120
    assert not re.search(r"\t| $", policy.ITEMS, re.MULTILINE)
