"""The labels that restrict who may know where a person is outlast whoever writes without them."""

import pytest
import sqlalchemy as sa

from service import clock, db
from service.actor import INTERACTIONS, Actor, Sees, everything
from service.db import Database
from service.errors import Forbidden, Invalid
from service.fhir import codec, patching, sensitivity
from service.register import codes
from service.store import judging, write
from service.store.break_glass import BreakGlass
from service.store.models import Resource
from service.store.saved import Saved
from tests import builders
from tests.builders import Body
from tests.store.test_write import change

RESOURCE = db.table(Resource)
LETTERS = frozenset(("*", letter) for letter in INTERACTIONS)
SYSTEM = everything("tests")
PRACTICE = Actor("practice", "Y99001", Sees.OWN_PATIENTS, LETTERS)
CARING_PRACTICE = Actor("practice", "Y99001", Sees.SHARED, LETTERS, purpose="TREAT")
HOSPITAL = Actor("hospital", "RXX", Sees.SHARED, LETTERS, user="dr-brook", purpose="TREAT")
TEST_DATA = {"system": "http://terminology.hl7.org/CodeSystem/v3-ActReason", "code": "HTEST"}


def anna(*labels: str, practice: str = "Y99001", also: Body | None = None) -> Body:
    borne = [{"system": sensitivity.CONFIDENTIALITY, "code": one} for one in labels] + ([also] if also else [])
    meta = {"meta": {"security": borne}} if borne else {}
    return builders.patient(id="anna", generalPractitioner=builders.at_practice(practice), **meta)


def team_with(code: str, **changes: Body | str) -> Body:
    member = {"identifier": {"system": codes.ODS_ORGANISATION, "value": code}}
    return builders.care_team(id="team", participant=[{"member": member}], **changes)


def put(database: Database, *resources: Body, by: Actor = SYSTEM) -> list[Saved]:
    """Keeps these in one transaction."""
    with database.transaction() as session, write.writing(session, by=by, at=clock.now()) as changes:
        return [changes.update(judging.judged(one)) for one in resources]


def labels(database: Database) -> list[str]:
    """The codes of the security labels that the Patient bears."""
    with database.reading() as session:
        body = session.execute(sa.select(RESOURCE.c.body).where(RESOURCE.c.resource_type == "Patient")).scalar_one()
    return [one["code"] for one in codec.loads(body).get("meta", {}).get("security", ())]


@pytest.mark.parametrize("by", [SYSTEM, PRACTICE, CARING_PRACTICE], ids=["system", "practice", "with-a-purpose"])
def test_a_label_stays_beside_others_where_a_patient_is_sent_without_one(database: Database, by: Actor) -> None:
    put(database, anna("R"))
    put(database, anna(also=TEST_DATA), by=by)
    assert labels(database) == ["HTEST", "R"]


def test_a_label_stays_where_a_patient_is_written_again_after_its_deletion(database: Database) -> None:
    put(database, anna("V"))
    change(database, lambda changes: changes.delete("Patient", "anna"))
    put(database, anna())
    assert labels(database) == ["V"]


@pytest.mark.parametrize("lower", ["U", "N", "R"])
def test_a_person_does_not_lower_what_restricts_their_own_record(database: Database, lower: str) -> None:
    [saved] = put(database, anna("V"))
    herself = Actor("app", "", Sees.SELF, LETTERS, person_pk=saved.pk)
    with pytest.raises(Forbidden, match="lifted or lowered by those who look after") as refused:
        put(database, anna(lower), by=herself)
    assert refused.value.issues[0].expression == "Patient.meta.security"


def test_whoever_sees_a_person_may_restrict_who_else_learns_where_they_are(database: Database) -> None:
    put(database, anna())
    put(database, anna("R"), by=HOSPITAL)
    assert labels(database) == ["R"]


def test_no_patch_reaches_a_label() -> None:
    for path in ("/meta/security", "/meta/security/0", "/meta"):
        with pytest.raises(Invalid, match="meta"):
            patching.understood(b'[{"op":"remove","path":"%s"}]' % path.encode())


def test_a_practice_moves_a_person_whose_label_stays(database: Database) -> None:
    put(database, anna("R"))
    put(database, anna(practice="Y99002"), by=CARING_PRACTICE)
    assert labels(database) == ["R"]
    with pytest.raises(Forbidden, match="in part"):
        put(database, anna("N"), by=CARING_PRACTICE)


def test_who_looks_after_a_person_through_a_team_lifts_a_label(database: Database) -> None:
    put(database, anna("R"), team_with("RXX"))
    put(database, anna("N"), by=HOSPITAL)
    assert labels(database) == ["N"]


def test_a_person_is_registered_with_a_label_and_a_team_in_one_transaction(database: Database) -> None:
    put(database, *builders.minimum_record(anna("V")), team_with("RXX"), by=CARING_PRACTICE)
    assert labels(database) == ["V"]


def test_who_breaks_the_glass_does_not_become_one_who_looks_after_the_person(database: Database) -> None:
    [saved] = put(database, anna())
    put(database, builders.sharing("deny", id="no"))
    now = clock.now()
    opened = {"person_pk": saved.pk, "client_id": "hospital", "organisation": "RXX", "user_id": "dr-brook"}
    with database.transaction() as session:
        until = now.replace(year=now.year + 1)
        session.add(BreakGlass(**opened, reason="emergency", words="Found collapsed", at=now, until=until))
    put(database, builders.place_of_death(id="wish"), by=HOSPITAL)
    with pytest.raises(Forbidden, match="Who looks after this person"):
        put(database, team_with("RXX"), by=HOSPITAL)


def test_who_cares_for_a_person_who_shares_joins_the_team(database: Database) -> None:
    put(database, anna())
    put(database, team_with("RXX"), by=HOSPITAL)
    put(database, anna("R"))
    put(database, team_with("RXX", name="Team A"), by=HOSPITAL)
