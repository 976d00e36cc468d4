"""Tokens bought with what is no proof, and tokens of somebody else."""

import base64
import hmac
import json
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
import sqlalchemy as sa
from joserfc.jwk import ECKey, RSAKey

from service import clock, db
from service.access.models import AccessToken, Client
from tests.access.builders import signed, unsigned
from tests.security.conftest import World
from tests.security.people import HEDWIG
from tests.systems import ALL, KEY, TOKEN_URL, System, token_form

STRANGER = ECKey.generate_key("P-384", {"kid": "test"}, private=True)
TOKEN = db.table(AccessToken)


@pytest.fixture(scope="module")
def client_id(world: World) -> str:
    """A client that may see everyone: whoever speaks in its name has won."""
    name = f"target-{uuid4().hex[:8]}"
    world.connect("integration", name=name, hidden=())
    return name


def said(client_id: str, /, **changes: Any) -> dict[str, Any]:
    now = int(clock.now().timestamp())
    good = {"iss": client_id, "sub": client_id, "aud": TOKEN_URL, "exp": now + 240, "jti": uuid4().hex}
    return {name: value for name, value in {**good, **changes}.items() if value is not None}


def asked(world: World, assertion: str, **fields: str) -> Any:
    form = {**token_form("nobody", ALL), "client_assertion": assertion, **fields}
    return world.http.post("/oauth2/token", data=form)


def refused(world: World, assertion: str, **fields: str) -> dict[str, str]:
    answer = asked(world, assertion, **fields)
    assert answer.status_code in (400, 401), answer.text
    told: dict[str, str] = answer.json()
    assert "access_token" not in told
    assert answer.headers["cache-control"] == "no-store"
    return told


def hmac_signed(secret: bytes, alg: str, claims: dict[str, Any], **header: Any) -> str:
    text = unsigned({"alg": alg, "kid": "test", **header}, claims).rpartition(".")[0]
    mac = hmac.digest(secret, text.encode(), "sha" + alg[2:])
    return f"{text}.{base64.urlsafe_b64encode(mac).decode().rstrip('=')}"


def test_the_assertion_that_the_attacks_spoil_is_a_good_one(world: World, client_id: str) -> None:
    assert asked(world, signed(said(client_id), key=KEY)).status_code == 200


@pytest.mark.parametrize("alg", ["none", "None", "NONE", "nOnE", "", "HS256", "ES256", "RS256", "PS384", "EdDSA"])
def test_no_other_algorithm_is_taken(world: World, client_id: str, alg: str) -> None:
    claims = said(client_id)
    for signature in (b"", b"\x00" * 96):
        assert refused(world, unsigned({"alg": alg, "kid": "test"}, claims, signature))["error"] == "invalid_client"
    header, body, _ = signed(claims, key=KEY).split(".")
    swapped = unsigned({"alg": alg, "kid": "test"}, {}).partition(".")[0]
    refused(world, f"{swapped}.{body}.")
    refused(world, f"{header}.{body}.")


@pytest.mark.parametrize("alg", ["HS256", "HS384", "HS512"])
def test_a_public_key_is_no_shared_secret(world: World, client_id: str, alg: str) -> None:
    public = KEY.as_dict(private=False)
    secrets = [KEY.as_pem(private=False), json.dumps(public).encode(), public["x"].encode(), b"", b"test"]
    for secret in secrets:
        refused(world, hmac_signed(secret, alg, said(client_id)))
        refused(world, hmac_signed(secret, alg, said(client_id), kid=None))


@pytest.mark.parametrize("name", ["jwk", "jku", "x5u", "x5c", "kid"])
def test_no_key_is_taken_from_the_header(world: World, client_id: str, name: str) -> None:
    """Whatever names or carries the attacker's key in the header: only what was registered is believed."""
    public = STRANGER.as_dict(private=False)
    values: dict[str, list[Any]] = {
        "jwk": [public, {**public, "kid": "other"}],
        "jku": ["http://127.0.0.1:1/jwks.json", "https://attacker.example/jwks.json", "https://[::1]/jwks.json"],
        "x5u": ["http://169.254.169.254/latest/meta-data", "https://attacker.example/cert.pem"],
        "x5c": [[base64.b64encode(STRANGER.as_pem(private=False)).decode()]],
        "kid": ["../../../../dev/null", "test' OR '1'='1", "test\x00", "", "https://attacker.example/jwks.json"],
    }
    for value in values[name]:
        told = refused(world, signed(said(client_id), key=STRANGER, **{name: value}))
        assert told["error"] == "invalid_client"


def test_a_wrong_key_an_unknown_client_and_an_unknown_kid_are_one_answer(world: World, client_id: str) -> None:
    answers = [
        refused(world, signed(said(client_id), key=STRANGER)),
        refused(world, signed(said(client_id), key=RSAKey.generate_key(2048, {"kid": "test"}))),
        refused(world, signed(said("nobody-here"), key=STRANGER)),
        refused(world, signed(said("nobody-here"), key=KEY)),
        refused(world, signed(said(client_id), key=KEY, kid="another")),
    ]
    assert len({json.dumps(answer) for answer in answers}) == 1


@pytest.mark.parametrize(
    "claims",
    [
        {"aud": "https://other.example/oauth2/token"},
        {"aud": f"{TOKEN_URL}/"},
        {"aud": TOKEN_URL.replace("/oauth2/token", "")},
        {"aud": TOKEN_URL.upper()},
        {"aud": [TOKEN_URL, "https://other.example/oauth2/token"]},
        {"aud": f"{TOKEN_URL}#"},
        {"exp": 1},
        {"exp": 99_999_999_999},
        {"exp": None},
        {"nbf": 99_999_999_999},
        {"iat": 99_999_999_999},
        {"sub": "another-client"},
        {"jti": None},
    ],
    ids=str,
)
def test_an_assertion_for_another_place_or_time_is_refused(
    world: World, client_id: str, claims: dict[str, Any]
) -> None:
    assert refused(world, signed(said(client_id, **claims), key=KEY))["error"] == "invalid_client"


def test_an_assertion_that_was_heard_is_not_used_again(world: World, client_id: str) -> None:
    heard = signed(said(client_id), key=KEY)
    assert asked(world, heard).status_code == 200
    refused(world, heard)
    header, body, signature = heard.split(".")
    refused(world, f"{header}.{body}.{signature}=")
    refused(world, f" {heard}")
    refused(world, f"{header}=.{body}.{signature}")


def test_a_jti_that_was_used_is_not_used_again_by_a_new_signature(world: World, client_id: str) -> None:
    assert asked(world, signed(said(client_id, jti="heard"), key=KEY)).status_code == 200
    refused(world, signed(said(client_id, jti="heard"), key=KEY))


def test_a_key_of_one_client_signs_for_no_other(world: World, client_id: str) -> None:
    """Two tenants with keys of the same kid: each is believed of itself alone."""
    tenant = f"tenant-{uuid4().hex[:8]}"
    _add(world, tenant, STRANGER)
    assert asked(world, signed(said(tenant), key=STRANGER)).status_code == 200
    refused(world, signed(said(client_id), key=STRANGER))
    refused(world, signed(said(tenant), key=KEY))
    refused(world, signed(said(tenant, sub=client_id), key=STRANGER))
    refused(world, signed(said(tenant, iss=client_id), key=STRANGER))
    refused(world, signed(said(tenant, iss=[tenant, client_id]), key=STRANGER))
    refused(world, signed(said(tenant), key=STRANGER), client_id=client_id, grant_type="")
    told = asked(world, signed(said(tenant, client_id=client_id, azp=client_id), key=STRANGER), client_id=client_id)
    assert told.status_code != 200 or _owner(world, told.json()["access_token"]) == tenant


def _add(world: World, name: str, key: ECKey) -> None:
    """A client whose only key is this one."""
    world.connect("hospital", name=name, organisation="RX8")
    with world.database.transaction() as session:
        client = session.get(Client, name)
        assert client is not None
        client.jwks = json.dumps({"keys": [{**key.as_dict(private=False), "alg": "ES384", "use": "sig"}]})
        session.add(client)


def _owner(world: World, token: str) -> str:
    digest = world.witness.digest(token)
    with world.database.reading() as session:
        return session.scalar(sa.select(TOKEN.c.client_id).where(TOKEN.c.digest == digest)) or ""


@pytest.mark.parametrize("scheme", ["bearer", "Bearer ", "Basic", "DPoP", "Token", "Bearer\t", "Bearer,Bearer", "null"])
def test_what_is_no_token_opens_nothing(world: World, scheme: str) -> None:
    assertion = signed(said("nobody-here"), key=STRANGER)
    guesses = ["", "null", "undefined", "0" * 43, "*", assertion, unsigned({"alg": "none"}, {"scope": ALL}), "a b"]
    for guess in guesses:
        answer = world.http.get(f"/fhir/R4/{HEDWIG.patient}", headers={"Authorization": f"{scheme} {guess}"})
        assert answer.status_code == 401
        assert answer.headers["www-authenticate"].startswith("Bearer")


@pytest.mark.parametrize("where", ["query", "body", "cookie", "header"])
def test_a_token_counts_in_the_authorization_header_alone(world: World, where: str) -> None:
    """Elsewhere it would end up in logs, or be sent along by a browser."""
    token = world.integration.token
    headers, url, form = {}, "/fhir/R4/Patient/_search", {"_id": HEDWIG.id}
    if where == "query":
        url += f"?access_token={token}"
    if where == "body":
        form["access_token"] = token
    if where == "cookie":
        headers["Cookie"] = f"access_token={token}; Authorization=Bearer {token}"
    if where == "header":
        headers |= {"X-Authorization": f"Bearer {token}", "X-Forwarded-Authorization": f"Bearer {token}"}
    assert world.http.post(url, data=form, headers=headers).status_code == 401


def test_what_is_kept_of_a_token_is_no_token(world: World) -> None:
    digest = world.witness.digest(world.integration.token)
    answer = System(world.http, digest).get(HEDWIG.patient)
    assert answer.status_code == 401


def test_a_token_that_expired_is_void_where_it_was_just_believed(world: World) -> None:
    system = world.connect("integration", hidden=())
    digest = world.witness.digest(system.token)
    with world.database.transaction() as session:
        past = clock.now() - timedelta(seconds=1)
        session.execute(sa.update(TOKEN).where(TOKEN.c.digest == digest).values(expires_at=past))
    assert system.get(HEDWIG.patient).status_code == 401


def test_no_scope_grows_by_asking(world: World) -> None:
    name = f"narrow-{uuid4().hex[:8]}"
    world.connect("hospital", organisation="RX8", name=name, scope="system/Observation.r")
    for scope in ("system/*.cruds", "system/*.*", "system/Patient.rs", "user/*.cruds", "system/Observation.rs?x=y"):
        answer = asked(world, signed(said(name), key=KEY), scope=scope)
        granted = answer.json().get("scope", "")
        assert granted in ("", "system/Observation.r"), granted
