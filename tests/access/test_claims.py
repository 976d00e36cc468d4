"""Who is at the keyboard, for which organisation and why: what is believed, and everything that is refused."""

import json
import logging
from typing import Any

import pytest
from sqlmodel import SQLModel, select

from service import clock
from service.access import policy
from service.access.models import AccessToken
from service.access.refusals import TokenRefused
from service.actor import everything
from service.audit import AuditEvent
from service.store import judging, write
from tests import builders as resources
from tests import tables
from tests.access.builders import add_client, claims, issue, signed

NUMBER = resources.NHS_NUMBER
B2B: dict[str, Any] = {
    "version": "1",
    "subject_id": "dr-jones",
    "subject_role": "gp",
    "organization_id": "M83001",
    "purpose_of_use": ["TREAT"],
}
PATIENT = {"version": "1", "nhs_number": NUMBER}
PERSON_ASKS = {"subject_id": "a-login", "subject_role": "patient", "purpose_of_use": ["PATRQT"]}


@pytest.fixture
def register(database):
    """A system of a practice that also speaks for a branch, for nurses and for people who read their own record."""
    add_client(database, roles=["gp", "community-nurse", "patient"], acts_for=["M83002"])
    return database


def b2b(**changes: Any) -> dict[str, Any]:
    """What a good claim says; a change to None leaves the member out."""
    return {name: value for name, value in {**B2B, **changes}.items() if value is not None}


def speak(database, said: Any = None, patient: Any = None, **changes: Any) -> AccessToken:
    """The row of the token that was given to who says this."""
    extensions = {"hl7-b2b": b2b(**changes) if said is None else said}
    if patient is not None:
        extensions["heartsease-patient"] = patient
    issue(database, signed(claims(extensions=extensions)))
    with database.reading() as session:
        return session.exec(select(AccessToken)).one()


def refused(database, extensions: Any) -> TokenRefused:
    """The refusal; nothing of the assertion may be left behind, and the audit must tell of the client alone."""
    with pytest.raises(TokenRefused) as refusal:
        issue(database, signed(claims(extensions=extensions)))
    assert refusal.value.by.client_id == "leek-gp"
    assert refusal.value.by.user == ""
    assert not tables.rows(database, names=["access_token", "used_assertion"])["access_token"]
    return refusal.value


def everything_kept(database) -> str:
    return str(tables.rows(database, names=SQLModel.metadata.tables))


def events(database):
    with database.reading() as session:
        return session.exec(select(AuditEvent).where(AuditEvent.action == "token")).all()


def spoken(token: AccessToken) -> tuple[str, str, str, str, int | None]:
    return token.organisation, token.role, token.user_id, token.purpose, token.person_pk


def test_without_a_claim_a_system_asks_by_itself_without_a_purpose(register):
    issue(register, signed())
    with register.reading() as session:
        assert spoken(session.exec(select(AccessToken)).one()) == ("M83001", "gp", "", "", None)


def test_the_person_at_the_keyboard_is_kept_with_the_token(register):
    assert spoken(speak(register)) == ("M83001", "gp", "dr-jones", "TREAT", None)


def test_the_person_at_the_keyboard_is_told_to_the_audit(register):
    speak(register, subject_role="community-nurse", organization_id="M83002", purpose_of_use=["COC"])
    (event,) = events(register)
    told = (event.client_id, event.organisation, event.user_id, event.role, event.purpose, event.person_pk)
    assert told == ("leek-gp", "M83002", "dr-jones", "community-nurse", "COC", None)


def test_a_name_is_taken_and_kept_nowhere(register):
    speak(register, subject_name="Dr Jane Jones", organization_name="Leek Health Centre", consent_policy=["urn:x"])
    assert "Jane" not in everything_kept(register)


def test_a_system_may_have_a_purpose_with_nobody_at_the_keyboard(register):
    token = speak(register, subject_id=None, subject_role=None, purpose_of_use=["ETREAT"])
    assert spoken(token) == ("M83001", "gp", "", "ETREAT", None)


@pytest.mark.parametrize(
    "change",
    [
        {"purpose_of_use": ["urn:oid:2.16.840.1.113883.5.8#TREAT"]},
        {"purpose_of_use": ["http://terminology.hl7.org/CodeSystem/v3-ActReason#TREAT"]},
        {"subject_role": "https://heartsease.example/fhir/CodeSystem/heartsease-role#gp"},
        {"organization_id": "https://fhir.nhs.uk/Id/ods-organization-code#M83001"},
    ],
)
def test_a_code_may_name_its_system(register, change):
    assert spoken(speak(register, **change)) == ("M83001", "gp", "dr-jones", "TREAT", None)


WRONG: list[Any] = [
    [],
    "hl7-b2b",
    7,
    {"hl7-b2b": None},
    {"hl7-b2b": []},
    {"hl7-b2b": "dr-jones"},
    {"hl7-b2b": {}},
    *(
        {"hl7-b2b": b2b(**{name: value})}
        for name, values in {
            "version": [None, 1, "2", ["1"], True],
            "subject_name": [7, ["Jane"], {"name": "Jane"}],
            "subject_id": [None, 7, True, "", " ", "a b", "é", "a\x00b", "\ud800", "d" * 129, ["dr-jones"], {}],
            "subject_role": [None, 7, "", "king", "GP", "gp\x00", "gp ", "system", ["gp"], {"code": "gp"}, "r" * 4000],
            "organization_id": [None, 7, "", "m83001", "M83001\x00", "M83001 ", ["M83001"], "M" * 4000],
            "purpose_of_use": [
                None,
                "TREAT",
                [],
                ["TREAT", "COC"],
                ["TREAT", "TREAT"],
                ["treat"],
                ["HMARKT"],
                ["TREAT\x00"],
                [7],
                [["TREAT"]],
                [{"code": "TREAT"}],
                {"TREAT": 1},
                ["TREAT"] * 500,
            ],
        }.items()
        for value in values
    ),
    *(
        {"hl7-b2b": b2b(**change)}
        for change in (
            {"subject_role": "urn:oid:2.16.840.1.113883.6.101#gp"},
            {"subject_role": "#gp"},
            {"purpose_of_use": ["http://loinc.org#TREAT"]},
            {"organization_id": "urn:oid:2.16.840.1.113883.4.6#M83001"},
        )
    ),
]


def test_every_wrong_claim_is_refused(register):
    for extensions in WRONG:
        refusal = refused(register, extensions)
        assert (refusal.error, refusal.status) == ("invalid_request", 400), extensions


@pytest.mark.parametrize(
    "subject",
    [
        NUMBER,
        f"{NUMBER[:3]}-{NUMBER[3:6]}-{NUMBER[6:]}",
        f"nhs:{NUMBER}",
        f"https://fhir.nhs.uk/Id/nhs-number|{NUMBER}",
    ],
)
def test_an_nhs_number_is_no_subject_and_is_told_nowhere(register, subject, caplog):
    caplog.set_level(logging.DEBUG)
    refusal = refused(register, {"hl7-b2b": b2b(subject_id=subject)})
    assert refusal.error == "invalid_request"
    assert NUMBER not in refusal.description + caplog.text + everything_kept(register)


def test_a_refusal_tells_all_that_is_wrong_and_repeats_none_of_it(register):
    wrong = {"version": "x1x", "subject_id": "x\x00x", "subject_role": "xking", "organization_id": "xorg"}
    refusal = refused(register, {"hl7-b2b": b2b(**wrong, purpose_of_use=["xwhy"])})
    for member in (*wrong, "purpose_of_use"):
        assert member in refusal.description
    assert "x1x" not in refusal.description
    assert "king" not in refusal.description
    assert "xorg" not in refusal.description
    assert "why" not in refusal.description


@pytest.mark.parametrize("change", [{"subject_role": "hospital"}, {"organization_id": "RX9"}])
def test_a_client_speaks_for_no_role_and_no_organisation_but_its_own(register, change):
    refusal = refused(register, {"hl7-b2b": b2b(**change)})
    assert (refusal.error, refusal.status) == ("invalid_client", 401)


def test_a_client_with_nobody_at_the_keyboard_speaks_for_its_own_organisations_alone(register):
    refusal = refused(register, {"hl7-b2b": b2b(subject_id=None, subject_role=None, organization_id="RX9")})
    assert refusal.error == "invalid_client"


def test_a_refused_claim_does_not_spend_the_assertion(register):
    refused(register, {"hl7-b2b": b2b(organization_id="RX9")})
    assert speak(register)


def test_a_token_has_what_the_scopes_and_the_role_allow(database):
    add_client(database, roles=["system", "care-home"], scope="system/*.cruds")
    token = speak(database, subject_role="care-home")
    assert token.scopes == "system/Patient.rs"
    with pytest.raises(TokenRefused) as refusal:
        issue(
            database,
            signed(claims(jti="two", extensions={"hl7-b2b": b2b(subject_role="care-home")})),
            scope="system/Patient.c",
        )
    assert refusal.value.error == "invalid_scope"
    assert refusal.value.by.user == "dr-jones"


class TestOwnRecord:
    """Of who reads their own record."""

    @pytest.fixture
    def anna(self, register):
        with (
            register.transaction() as session,
            write.writing(session, by=everything("tests"), at=clock.now()) as changes,
        ):
            return changes.update(judging.judged(resources.patient(id="anna"))).pk

    def test_the_number_is_the_person(self, register, anna):
        token = speak(register, patient=PATIENT, **PERSON_ASKS)
        assert spoken(token) == ("M83001", "patient", "a-login", "PATRQT", anna)

    def test_a_number_that_was_superseded_is_the_person_too(self, register, anna):
        newer = resources.a_number(1)
        change = resources.patient(newer, id="anna")
        change["identifier"].append({**resources.patient()["identifier"][0], "use": "old"})
        with (
            register.transaction() as session,
            write.writing(session, by=everything("tests"), at=clock.now()) as changes,
        ):
            changes.update(judging.judged(change))
        assert speak(register, patient=PATIENT, **PERSON_ASKS).person_pk == anna

    def test_a_number_that_nobody_has_is_kept_nowhere(self, register):
        speak(register, patient=PATIENT, **PERSON_ASKS)
        assert NUMBER not in everything_kept(register)

    def test_an_unknown_number_gives_a_token_that_sees_nobody(self, register):
        assert speak(register, patient=PATIENT, **PERSON_ASKS).person_pk is None

    @pytest.mark.parametrize(
        "patient",
        [
            [],
            "anna",
            {},
            {"version": "1"},
            {"nhs_number": NUMBER},
            {"version": "2", "nhs_number": NUMBER},
            *(
                {"version": "1", "nhs_number": number}
                for number in (
                    None,
                    7,
                    int(NUMBER),
                    "",
                    NUMBER[:9],
                    NUMBER[:9] + "0" if NUMBER[9] != "0" else NUMBER[:9] + "1",
                    f"{NUMBER}\x00",
                    f"{NUMBER[:3]} {NUMBER[3:]}",
                    [NUMBER],
                    "9" * 4000,
                )
            ),
        ],
        ids=lambda said: json.dumps(said)[:60],
    )
    def test_a_wrong_number_is_refused_and_not_repeated(self, register, patient, caplog):
        caplog.set_level(logging.DEBUG)
        refusal = refused(register, {"hl7-b2b": b2b(**PERSON_ASKS), "heartsease-patient": patient})
        assert refusal.error == "invalid_request"
        assert NUMBER[:9] not in refusal.description + caplog.text

    def test_the_role_of_a_patient_needs_a_person(self, register):
        assert refused(register, {"hl7-b2b": b2b(**PERSON_ASKS)}).error == "invalid_request"

    @pytest.mark.parametrize(
        "extensions",
        [
            {"heartsease-patient": PATIENT},
            {"hl7-b2b": b2b(), "heartsease-patient": PATIENT},
            {"hl7-b2b": b2b(), "heartsease-patient": None},
            {"hl7-b2b": b2b(subject_role=["patient"]), "heartsease-patient": PATIENT},
        ],
        ids=["alone", "of a GP", "none of a GP", "of a list"],
    )
    def test_no_other_role_has_a_record_of_its_own(self, register, extensions):
        assert refused(register, extensions).error == "invalid_request"

    def test_a_portal_asks_for_nobody_by_itself(self, database):
        add_client(database, roles=["patient"])
        with pytest.raises(TokenRefused):
            issue(database, signed())


def test_every_role_of_people_can_be_claimed(database):
    add_client(database, roles=list(policy.all_roles()), scope="system/*.cruds")
    for position, role in enumerate(policy.of_people()):
        patient = {"heartsease-patient": PATIENT} if role == "patient" else {}
        said = claims(jti=str(position), extensions={"hl7-b2b": b2b(subject_role=role), **patient})
        assert issue(database, signed(said), scope="system/*.rs").scope
