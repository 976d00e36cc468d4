"""`heartsease client …` and `heartsease token`, as typed."""

import pytest
from joserfc.jwk import ECKey
from typer.testing import CliRunner

from service.access import demo_clients, smart
from service.access.models import AccessToken
from service.cli import app
from service.config import settings
from tests.access.builders import AT, US, add_client, ec_key, found, public


@pytest.fixture
def run(database, tmp_path, monkeypatch):
    """Runs a command on the database of the test, with its home in a folder of the test."""
    monkeypatch.setenv("HEARTSEASE_DATABASE_URL", database.url.render_as_string(hide_password=False))
    monkeypatch.setenv("HEARTSEASE_HOME", str(tmp_path))
    settings.cache_clear()
    yield lambda *words: CliRunner(env={"COLUMNS": "300"}).invoke(app, [str(word) for word in words])
    settings.cache_clear()


@pytest.fixture
def demo(database, tmp_path):
    with database.transaction() as session:
        demo_clients.create(session, tmp_path, practice="X99001", at=AT, by=US)


def add(run, tmp_path, key_text, *more):
    path = tmp_path / "keys.json"
    path.write_text(key_text)
    words = ("--organisation", "M83001", "--role", "gp", "--scope", "system/Patient.rs", "--keys", path)
    return run("client", "add", "Leek Practice", *words, *more)


def test_client_add_registers_a_system_and_prints_its_id(run, database, tmp_path):
    result = add(run, tmp_path, public(ec_key()), "--scope", "system/Consent.r")
    assert (result.exit_code, result.stdout) == (0, "leek-practice\n")
    assert found(database, "leek-practice").scopes == "system/Consent.r system/Patient.rs"


def test_client_add_takes_several_roles_and_organisations(run, database, tmp_path):
    more = ("--role", "community-nurse", "--acts-for", "M83002", "--acts-for", "VM2")
    assert add(run, tmp_path, public(ec_key()), *more).exit_code == 0
    client = found(database, "leek-practice")
    assert (client.roles, client.organisations) == ("gp community-nurse", "M83001 M83002 VM2")


def test_client_add_refuses_a_role_that_is_none_and_names_those_there_are(run, tmp_path):
    result = add(run, tmp_path, public(ec_key()), "--role", "king")
    assert (result.exit_code, result.stdout) == (1, "")
    assert "privacy-officer" in result.stderr


def test_client_add_takes_the_address_where_a_client_publishes_its_keys(run, database):
    words = ("--organisation", "M83001", "--role", "gp", "--scope", "system/Patient.rs")
    address = "https://keys.example.nhs.uk/jwks.json"
    assert run("client", "add", "Leek Practice", *words, "--jwks-url", address).exit_code == 0
    client = found(database, "leek-practice")
    assert (client.jwks, client.jwks_url) == ('{"keys": []}', address)


@pytest.mark.parametrize(
    "given", [(), ("--jwks-url", "http://keys.example.nhs.uk/"), ("--jwks-url", "https://10.0.0.1/")]
)
def test_client_add_refuses_a_client_without_keys_or_a_safe_address_of_them(run, given):
    words = ("--organisation", "M83001", "--role", "gp", "--scope", "system/Patient.rs")
    result = run("client", "add", "Leek Practice", *words, *given)
    assert (result.exit_code, result.stdout) == (1, "")
    assert "Give " in result.stderr


def test_client_keys_changes_the_keys_of_a_client(run, database, tmp_path):
    add(run, tmp_path, public(ec_key()), "--id", "leek-gp")
    address = "https://keys.example.nhs.uk/jwks.json"
    assert run("client", "keys", "leek-gp", "--jwks-url", address).exit_code == 0
    assert found(database).jwks_url == address
    assert run("client", "keys", "leek-gp", "--keys", tmp_path / "keys.json").exit_code == 0
    assert (found(database).jwks_url, '"kty"' in found(database).jwks) == ("", True)
    assert run("client", "keys", "nobody", "--keys", tmp_path / "keys.json").exit_code == 1


def test_client_add_takes_a_pem_and_an_id(run, database, tmp_path):
    pem = ECKey.generate_key("P-384").as_pem(private=False).decode()
    assert add(run, tmp_path, pem, "--id", "leek-gp").stdout == "leek-gp\n"
    assert found(database)


def test_client_add_refuses_a_private_key_in_a_sentence(run, tmp_path):
    result = add(run, tmp_path, ECKey.generate_key("P-384").as_pem(private=True).decode())
    assert result.exit_code == 1
    assert "public keys only" in result.stderr
    assert "Traceback" not in result.output


def test_client_list_shows_every_system(run, database):
    add_client(database)
    shown = run("client", "list").stdout
    assert "leek-gp" in shown
    assert "M83001" in shown
    assert "gp" in shown.split()


def test_client_disable_disables(run, database):
    add_client(database)
    assert run("client", "disable", "leek-gp").exit_code == 0
    assert found(database).disabled_at


def test_client_disable_of_an_unknown_id_is_refused_in_a_sentence(run):
    result = run("client", "disable", "nobody")
    assert (result.exit_code, result.stdout) == (1, "")
    assert "no client" in result.stderr


def test_token_prints_the_token_alone_on_standard_output(run, database, demo):
    result = run("token", "gp-demo", "--scope", "system/Patient.r")
    assert result.exit_code == 0
    with database.reading() as session:
        kept = session.get(AccessToken, smart.digest(result.stdout.removesuffix("\n")))
    assert kept.scopes == "system/Patient.r"


def test_token_is_refused_in_production_in_a_sentence(run, demo, monkeypatch):
    monkeypatch.setenv("HEARTSEASE_ENVIRONMENT", "production")
    monkeypatch.setenv("HEARTSEASE_BASE_URL", "https://register.example")
    monkeypatch.setenv("HEARTSEASE_SECRET", "s" * 32)
    settings.cache_clear()
    result = run("token", "gp-demo")
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr == "Demonstration tokens are not given in production\n"


def test_token_is_refused_for_a_scope_that_is_not_granted(run, demo):
    result = run("token", "quality-demo", "--scope", "system/Patient.r")
    assert (result.exit_code, result.stdout) == (1, "")
