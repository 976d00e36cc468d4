import base64
import hmac
import json
import threading
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from joserfc.jwk import ECKey
from sqlmodel import select

from service.access import smart
from service.access.models import AccessToken, UsedAssertion
from service.access.refusals import TokenRefused
from service.audit import AuditEvent
from tests.access.builders import (
    AT,
    TOKEN_URL,
    add_client,
    claims,
    disable,
    ec_key,
    form,
    issue,
    public,
    rsa_key,
    signed,
    unsigned,
)

NOW = int(AT.timestamp())


@pytest.fixture
def register(database):
    add_client(database)
    return database


def refused(database, assertion, **named):
    with pytest.raises(TokenRefused) as refusal:
        issue(database, assertion, **named)
    assert assertion not in refusal.value.description
    return refusal.value


def rows(database, model):
    with database.reading() as session:
        return session.exec(select(model)).all()


@pytest.mark.parametrize("key", [ec_key(), rsa_key()], ids=["ES384", "RS384"])
def test_a_signed_assertion_buys_a_token_of_five_minutes(register, key):
    issued = issue(register, signed(key=key))
    assert (len(issued.token), issued.expires_in, issued.scope) == (43, 300, "system/Patient.rs")


def test_a_token_is_kept_only_as_its_hash(register):
    issued = issue(register, signed())
    (kept,) = rows(register, AccessToken)
    assert (kept.digest, kept.expires_at - kept.issued_at) == (smart.digest(issued.token), timedelta(minutes=5))
    assert issued.token not in str(kept)


def test_giving_a_token_is_audited_in_the_same_transaction(register):
    issue(register, signed())
    event = rows(register, AuditEvent)[-1]
    assert (event.action, event.outcome, event.client_id, event.organisation) == ("token", 200, "leek-gp", "M83001")


def test_a_v1_scope_is_granted_as_v2(register):
    assert issue(register, signed(), scope="system/Patient.write").scope == "system/Patient.cud"


def test_only_the_scopes_of_the_client_are_granted(register):
    issued = issue(register, signed(), scope="system/*.r system/Consent.c")
    assert issued.scope == "system/Observation.r system/Patient.r"


@pytest.mark.parametrize("scope", ["system/Consent.r", "", "system/Patient", "patient/*.rs", "\x00", "é"])
def test_nothing_granted_is_an_invalid_scope(register, scope):
    refusal = refused(register, signed(), scope=scope)
    assert (refusal.error, refusal.status) == ("invalid_scope", 400)


def test_an_aud_may_be_a_list_of_one(register):
    assert issue(register, signed(claims(aud=[TOKEN_URL])))


@pytest.mark.parametrize(
    "change",
    [
        {"exp": NOW},
        {"exp": NOW - 1},
        {"exp": NOW + 301},
        {"exp": None},
        {"exp": str(NOW + 60)},
        {"exp": True},
        {"exp": float("nan")},
        {"exp": float("inf")},
        {"exp": 10**400},
        {"exp": [NOW + 60]},
        {"aud": "https://other.example/oauth2/token"},
        {"aud": TOKEN_URL + "/"},
        {"aud": [TOKEN_URL, "https://other.example"]},
        {"aud": []},
        {"aud": None},
        {"aud": {}},
        {"sub": "stone-gp"},
        {"sub": None},
        {"iss": "stone-gp"},
        {"iss": None},
        {"iss": 5},
        {"iss": ["leek-gp"]},
        {"iss": "leek-gp\x00"},
        {"iss": "\ud800"},
        {"iss": "LEEK-GP"},
        {"jti": None},
        {"jti": ""},
        {"jti": 7},
        {"jti": "a\x00b"},
        {"jti": "\ud800"},
        {"jti": "j" * 201},
        {"iat": NOW + 31},
        {"nbf": NOW + 31},
        {"nbf": "now"},
    ],
    ids=str,
)
def test_a_wrong_claim_is_refused(register, change):
    refusal = refused(register, signed(claims(**change)))
    assert (refusal.error, refusal.status) == ("invalid_client", 401)


def test_an_assertion_may_end_five_minutes_ahead(register):
    assert issue(register, signed(claims(exp=NOW + 300)))


def test_a_clock_may_run_half_a_minute_ahead(register):
    assert issue(register, signed(claims(iat=NOW + 30, nbf=NOW + 30)))


def test_an_assertion_is_used_once(register):
    assertion = signed()
    issue(register, assertion)
    assert refused(register, assertion).error == "invalid_client"


def test_another_assertion_with_a_used_jti_is_refused(register):
    issue(register, signed())
    assert refused(register, signed(claims(exp=NOW + 70))).error == "invalid_client"


def test_two_clients_may_use_the_same_jti(register):
    add_client(register, "stone-gp")
    issue(register, signed())
    assert issue(register, signed(claims(iss="stone-gp", sub="stone-gp")))


def test_of_two_that_use_one_assertion_at_once_one_is_refused(register):
    assertion, start, outcomes = signed(), threading.Barrier(2), []

    def use():
        start.wait()
        try:
            outcomes.append(issue(register, assertion).expires_in)
        except TokenRefused as refusal:
            outcomes.append(refusal.error)

    threads = [threading.Thread(target=use) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes, key=str) == [300, "invalid_client"]


def test_a_refused_assertion_is_not_spent(register):
    refused(register, signed(), scope="system/Consent.r")
    assert issue(register, signed())


def test_assertions_and_tokens_long_expired_are_purged(register):
    issue(register, signed())
    later = AT + timedelta(hours=2)
    issue(register, signed(claims(jti="two", exp=NOW + 7260)), at=later)
    assert [used.jti for used in rows(register, UsedAssertion)] == ["two"]
    assert [kept.issued_at for kept in rows(register, AccessToken)] == [later]


def test_a_used_assertion_is_remembered_for_servers_whose_clock_is_behind(register):
    issue(register, signed())
    issue(register, signed(claims(jti="two", exp=NOW + 660)), at=AT + timedelta(minutes=10))
    assert refused(register, signed(), at=AT).error == "invalid_client"


def test_a_disabled_client_is_told_so(register):
    disable(register)
    refusal = refused(register, signed())
    assert (refusal.error, refusal.status) == ("unauthorized_client", 400)


def _answer(refusal):
    return type(refusal), refusal.error, refusal.description, refusal.status, refusal.by


def test_an_unknown_client_and_a_wrong_signature_get_the_same_answer(register):
    stranger = ECKey.generate_key("P-384", {"kid": "ec-1"})
    answers = {
        _answer(refused(register, signed(key=stranger))),
        _answer(refused(register, signed(claims(iss="nobody", sub="nobody")))),
        _answer(refused(register, signed(claims(iss="nobody", sub="nobody"), key=rsa_key()))),
        _answer(refused(register, signed(kid="unknown"))),
        _answer(refused(register, signed(kid=None))),
        _answer(refused(register, signed(kid="rsa-1"))),
        _answer(refused(register, unsigned({"alg": "RS384", "kid": "rsa-1"}, claims()))),
        _answer(refused(register, unsigned({"alg": "ES384", "kid": "ec-1"}, claims(exp=NOW - 9)))),
    }
    assert len(answers) == 1


def test_a_disabled_client_with_a_wrong_signature_is_told_nothing(register):
    disable(register)
    assert refused(register, signed(key=ECKey.generate_key("P-384", {"kid": "ec-1"}))).error == "invalid_client"


def test_an_only_key_need_not_be_named(database):
    add_client(database, key_text=public(ec_key()))
    assert issue(database, signed(kid=None))


def test_headers_that_nobody_needs_are_ignored(register):
    assert issue(register, signed(typ="JWT", jku="https://leek.example/jwks.json", x="y"))


def test_a_key_in_the_header_is_not_believed(register):
    stranger = ECKey.generate_key("P-384", {"kid": "ec-1"})
    assertion = signed(key=stranger, jwk=stranger.as_dict(private=False))
    assert refused(register, assertion).error == "invalid_client"


@pytest.mark.parametrize("key", [ec_key(), rsa_key()], ids=["EC", "RSA"])
@pytest.mark.parametrize("alg", ["HS256", "HS384"])
def test_a_public_key_used_as_a_shared_secret_is_refused(register, key, alg):
    said = unsigned({"alg": alg, "kid": key.kid}, claims()).rpartition(".")[0]
    mac = hmac.digest(key.as_pem(private=False), said.encode(), "sha" + alg[2:])
    assert refused(register, f"{said}.{base64.urlsafe_b64encode(mac).decode().rstrip('=')}").error == "invalid_client"


@pytest.mark.parametrize(
    "header",
    [
        {"alg": "none"},
        {"alg": "None"},
        {"alg": "RS256"},
        {"alg": "PS384"},
        {"alg": "ES256"},
        {"alg": ["ES384"]},
        {"alg": {"alg": "ES384"}},
        {"alg": None},
        {},
        [],
        "ES384",
        7,
        None,
        {"alg": "ES384", "kid": 5},
        {"alg": "ES384", "kid": ["ec-1"]},
        {"alg": "ES384", "kid": "ec-1", "crit": ["exp"], "exp": 1},
        {"alg": "ES384", "kid": "ec-1", "crit": [["b64"]]},
        {"alg": "ES384", "kid": "ec-1", "crit": {"crit": ["crit"]}},
        {"alg": "ES384", "kid": "ec-1", "b64": False},
        {"alg": "ES384", "kid": "ec-1", "b64": False, "crit": ["b64"]},
        {"alg": "ES384", "kid": "ec-1", "jku": 5},
        {"alg": "ES384", "kid": "ec-1", "x5c": "no"},
        {"alg": "ES384", "kid": "k" * 9000},
        {"alg": "ES384", "kid": "k" * 4000},
    ],
    ids=lambda header: str(header)[:40],
)
def test_a_strange_header_is_refused(register, header):
    assert refused(register, unsigned(header, claims())).error == "invalid_client"


@pytest.mark.parametrize("signature", [b"", b"\x00", b"\x00" * 96, b"\xff" * 96, b"s" * 4000], ids=len)
def test_a_signature_of_any_length_is_refused(register, signature):
    assert refused(register, unsigned({"alg": "ES384", "kid": "ec-1"}, claims(), signature)).error == "invalid_client"


def test_an_assertion_without_its_signature_is_refused(register):
    assertion = signed().rpartition(".")[0]
    for cut in (assertion, assertion + ".", assertion + "..", ".." + assertion):
        assert refused(register, cut).error == "invalid_client"


def test_an_assertion_three_thousand_levels_deep_is_refused(register):
    deep = base64.urlsafe_b64encode(b'{"iss":' + b"[" * 3000).decode().rstrip("=")
    header = unsigned({"alg": "ES384"}, {}).partition(".")[0]
    assert refused(register, f"{header}.{deep}.AAAA").error == "invalid_client"
    assert refused(register, f"{deep}.{header}.AAAA").error == "invalid_client"


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"grant_type": ""}, "invalid_request"),
        ({"grant_type": "authorization_code"}, "unsupported_grant_type"),
        ({"client_assertion_type": ""}, "invalid_request"),
        ({"client_assertion_type": "basic"}, "invalid_request"),
    ],
)
def test_a_form_that_asks_for_something_else_is_refused(register, change, error):
    assert refused(register, signed(), **change).error == error


def test_an_empty_form_is_refused_naming_what_is_missing(register):
    with register.transaction() as session, pytest.raises(TokenRefused, match="grant_type, client_assertion_type"):
        smart.issue(session, {}, token_url=TOKEN_URL, at=AT)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=6,
)
HEADERS = st.fixed_dictionaries(
    {"alg": st.sampled_from(["ES384", "RS384", "HS256", "none"]) | JSON},
    optional={
        "kid": st.sampled_from(["ec-1", "rsa-1"]) | JSON,
        "crit": JSON,
        "b64": JSON,
        "typ": JSON,
        "jku": JSON,
        "x5c": JSON,
    },
)
CLAIMS = st.fixed_dictionaries({"iss": st.just("leek-gp") | JSON}, optional={"sub": JSON, "aud": JSON, "exp": JSON})
ASSERTIONS = (
    st.text()
    | st.from_regex(r"[\w-]+\.[\w-]+\.[\w-]+")
    | st.builds(unsigned, HEADERS | JSON, CLAIMS | JSON, st.binary(max_size=200))
)
OFTEN = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@OFTEN
@given(assertion=ASSERTIONS)
def test_garbage_in_an_assertion_is_refused_and_nothing_else(register, assertion):
    with register.transaction() as session, pytest.raises(TokenRefused) as refusal:
        smart.issue(session, form(assertion), token_url=TOKEN_URL, at=AT)
    assert refusal.value.error in ("invalid_client", "invalid_request")


@OFTEN
@given(change=st.dictionaries(st.sampled_from(["sub", "aud", "exp", "iat", "nbf", "jti"]), JSON, min_size=1))
def test_garbage_under_a_right_signature_is_refused_and_nothing_else(register, change):
    said = {**claims(aud="elsewhere"), **change}
    with register.transaction() as session, pytest.raises(TokenRefused):
        smart.issue(session, form(signed(json.loads(json.dumps(said)))), token_url=TOKEN_URL, at=AT)
