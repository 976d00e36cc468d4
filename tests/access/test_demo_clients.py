import json
import stat

import pytest
from pydantic import SecretStr
from sqlmodel import select

from service.access import clients, demo_clients, scopes
from service.access.claims import Spoken
from service.access.models import Client
from service.access.refusals import TokenRefused
from service.actor import Sees
from service.audit import AuditEvent
from service.config import Settings
from service.errors import Conflict, Forbidden, NotFound
from tests.access.builders import AT, US, add_client, disable, found


def create(database, home):
    with database.transaction() as session:
        demo_clients.create(session, home, practice="X99001", at=AT, by=US)


def token(database, home, client_id, scope="", **changes):
    with database.transaction() as session:
        return demo_clients.demo_token(session, Settings(home=home, **changes), client_id, at=AT, scope=scope)


def actor(database, client_id):
    client = found(database, client_id)
    user, purpose = demo_clients.PEOPLE.get(client_id, ("", ""))
    return clients.actor(client.client_id, Spoken(client.organisation, client.role, user, purpose), client.scopes)


def test_each_demo_client_gets_a_token_for_all_it_may(database, tmp_path):
    create(database, tmp_path)
    for client_id in demo_clients.DEMO_CLIENTS:
        all_it_may = scopes.text(actor(database, client_id).permissions)
        assert token(database, tmp_path, client_id).scope == all_it_may


def test_a_demo_token_may_ask_for_less(database, tmp_path):
    create(database, tmp_path)
    assert token(database, tmp_path, "gp-demo", "system/Patient.r").scope == "system/Patient.r"


@pytest.mark.parametrize(
    ("client_id", "sees", "may", "may_not"),
    [
        ("gp-demo", Sees.OWN_PATIENTS, ("c", "EpisodeOfCare"), ("r", "Measure")),
        ("hospital-demo", Sees.SHARED, ("s", "Patient"), ("c", "Patient")),
        ("ambulance-demo", Sees.SHARED, ("s", "Patient"), ("c", "Observation")),
        ("privacy-demo", Sees.OWN_PATIENTS, ("s", "AuditEvent"), ("r", "Observation")),
        ("quality-demo", Sees.OWN_PATIENTS, ("r", "MeasureReport"), ("r", "Patient")),
        ("integration-demo", Sees.EVERYONE, ("d", "Patient"), ("c", "AuditEvent")),
    ],
)
def test_each_demo_client_stands_for_one_user(database, tmp_path, client_id, sees, may, may_not):
    create(database, tmp_path)
    who = actor(database, client_id)
    assert who.sees == sees
    assert who.may(*may)
    assert not who.may(*may_not)


def test_who_is_at_the_keyboard_of_a_demo_client_is_told_to_the_audit(database, tmp_path):
    create(database, tmp_path)
    token(database, tmp_path, "privacy-demo")
    with database.reading() as session:
        event = session.exec(select(AuditEvent).where(AuditEvent.action == "token")).one()
    assert (event.user_id, event.role, event.purpose) == ("demo-officer", "privacy-officer", "HCOMPL")


def test_the_demo_practice_is_the_one_named(database, tmp_path):
    create(database, tmp_path)
    assert found(database, "gp-demo").organisation == "X99001"


def test_private_keys_are_readable_by_their_owner_alone(database, tmp_path):
    create(database, tmp_path)
    modes = {stat.S_IMODE(path.stat().st_mode) for path in (tmp_path / "keys").iterdir()}
    assert modes == {0o600}
    assert stat.S_IMODE((tmp_path / "keys").stat().st_mode) == 0o700


def test_private_keys_are_not_in_the_database(database, tmp_path):
    create(database, tmp_path)
    with database.reading() as session:
        assert not [row for row in session.exec(select(Client.jwks)) if "d" in json.loads(row)["keys"][0]]


def test_creating_them_again_changes_nothing(database, tmp_path):
    create(database, tmp_path)
    before = [found(database, client_id) for client_id in demo_clients.DEMO_CLIENTS]
    create(database, tmp_path)
    assert [found(database, client_id) for client_id in demo_clients.DEMO_CLIENTS] == before


def test_a_lost_key_is_made_anew(database, tmp_path):
    create(database, tmp_path)
    (tmp_path / "keys" / "gp-demo.jwk").unlink()
    create(database, tmp_path)
    assert token(database, tmp_path, "gp-demo")


def test_keys_outlive_a_database_that_was_removed(database, tmp_path):
    create(database, tmp_path)
    kept = (tmp_path / "keys" / "gp-demo.jwk").read_text()
    with database.transaction() as session:
        session.delete(session.get(Client, "gp-demo"))
    create(database, tmp_path)
    assert (tmp_path / "keys" / "gp-demo.jwk").read_text() == kept
    assert token(database, tmp_path, "gp-demo")


def test_a_client_that_is_not_for_demonstration_is_left_alone(database, tmp_path):
    add_client(database, "gp-demo")
    with pytest.raises(Conflict):
        create(database, tmp_path)


def test_demo_tokens_are_refused_in_production(database, tmp_path):
    create(database, tmp_path)
    safe = {
        "database_url": SecretStr("sqlite:///x"),
        "base_url": "https://register.example",
        "secret": SecretStr("s" * 32),
    }
    with pytest.raises(Forbidden, match="production"):
        token(database, tmp_path, "gp-demo", environment="production", **safe)


def test_a_client_that_is_not_for_demonstration_gets_none(database, tmp_path):
    add_client(database)
    with pytest.raises(Forbidden):
        token(database, tmp_path, "leek-gp")


def test_an_unknown_client_gets_none(database, tmp_path):
    with pytest.raises(NotFound, match="gp-demo"):
        token(database, tmp_path, "nobody")


def test_a_disabled_demo_client_gets_none(database, tmp_path):
    create(database, tmp_path)
    disable(database, "gp-demo")
    with pytest.raises(TokenRefused, match="disabled"):
        token(database, tmp_path, "gp-demo")


def test_without_the_key_the_message_says_how_to_get_it(database, tmp_path):
    create(database, tmp_path)
    with pytest.raises(NotFound, match="heartsease demo"):
        token(database, tmp_path / "elsewhere", "gp-demo")
