import anyio
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlmodel import select
from starlette.applications import Starlette
from starlette.routing import Route
from starlette.testclient import TestClient

from service import clock
from service.access import endpoint
from service.access.key_sets import KeySets
from service.access.models import AccessToken
from service.access.refusals import SlowDown
from service.audit import AuditEvent
from service.config import Settings
from service.errors import HeartseaseError, Unavailable
from service.limits import Limits
from tests.access.builders import add_client, claims, form, signed

OURS = Settings(base_url="http://register.example")
FORM = {"content-type": "application/x-www-form-urlencoded"}


def assertion(**changes):
    now = int(clock.now().timestamp())
    return signed(claims(**{"aud": OURS.token_url, "exp": now + 60, **changes}))


@pytest.fixture
def http(database):
    add_client(database)
    app = Starlette(routes=[Route("/oauth2/token", endpoint.token(database, OURS, Limits(OURS)), methods=["POST"])])
    with TestClient(app) as client:
        yield client


def audited(database):
    with database.reading() as session:
        events = session.exec(select(AuditEvent).where(AuditEvent.action == "token").order_by(AuditEvent.pk)).all()
    return [(event.outcome, event.client_id, event.query) for event in events]


def test_a_signed_assertion_is_answered_with_a_token_that_no_cache_keeps(http):
    answer = http.post("/oauth2/token", data=form(assertion()))
    assert answer.status_code == 200
    assert {**answer.json(), "access_token": ""} == {
        "access_token": "",
        "token_type": "bearer",
        "expires_in": 300,
        "scope": "system/Patient.rs",
    }
    assert (answer.headers["cache-control"], answer.headers["pragma"]) == ("no-store", "no-cache")


def test_a_token_given_leaves_an_audit_row(http, database):
    http.post("/oauth2/token", data=form(assertion()))
    assert audited(database) == [(200, "leek-gp", "system/Patient.rs")]


def test_a_refusal_is_oauths_json_and_leaves_an_audit_row_and_no_token(http, database):
    answer = http.post("/oauth2/token", data=form(assertion(aud="elsewhere")))
    assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client")
    assert OURS.token_url in answer.json()["error_description"]
    assert answer.headers["cache-control"] == "no-store"
    assert audited(database) == [(401, "leek-gp", "refused: invalid_client")]
    with database.reading() as session:
        assert session.exec(select(AccessToken)).all() == []


B2B = {"version": "1", "organization_id": "M83001", "purpose_of_use": ["TREAT"]}


@pytest.mark.parametrize(
    ("wrong", "status", "error"),
    [
        ({"subject_id": "9990000018", "subject_role": "gp"}, 400, "invalid_request"),
        ({"purpose_of_use": ["9990000018"]}, 400, "invalid_request"),
        ({"subject_id": "dr-9990000018", "subject_role": "hospital"}, 400, "invalid_request"),
        ({"organization_id": "RX9"}, 401, "invalid_client"),
    ],
)
def test_what_is_wrong_about_who_is_at_the_keyboard_leaves_an_audit_row_that_tells_none_of_it(
    http, database, caplog, wrong, status, error
):
    answer = http.post("/oauth2/token", data=form(assertion(extensions={"hl7-b2b": {**B2B, **wrong}})))
    assert (answer.status_code, answer.json()["error"]) == (status, error)
    assert audited(database) == [(status, "leek-gp", f"refused: {error}")]
    with database.reading() as session:
        told = str(session.exec(select(AuditEvent)).all())
    assert "9990000018" not in answer.text + caplog.text + told


def test_a_refusal_of_someone_unknown_names_no_client(http, database):
    http.post("/oauth2/token", data=form(assertion(iss="stone-gp")))
    assert audited(database) == [(401, "", "refused: invalid_client")]


def test_the_configuration_names_every_scope_that_a_role_may_have():
    supported = endpoint.smart_configuration(OURS)["scopes_supported"]
    assert {"system/*.cruds", "system/Patient.cruds", "system/AuditEvent.rs", "system/Group.rs"} <= set(supported)


def test_a_replayed_assertion_is_refused_and_audited(http, database):
    spent = form(assertion())
    outcomes = [http.post("/oauth2/token", data=spent).status_code for _ in range(2)]
    assert outcomes == [200, 401]
    assert [event[0] for event in audited(database)] == [200, 401]


def test_json_is_refused_with_415(http, database):
    answer = http.post("/oauth2/token", json=form(assertion()))
    assert (answer.status_code, answer.json()["error"]) == (415, "invalid_request")
    assert audited(database) == [(415, "", "refused: invalid_request")]


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"&&&",
        b"grant_type=client_credentials&grant_type=client_credentials",
        b"a=1&" * 21,
        b"grant_type=%ff",
        b"\xff\xfe",
        b"grant_type=client_credentials",
    ],
    ids=lambda body: str(body[:30]),
)
def test_a_body_that_is_no_request_for_a_token_is_refused(http, body):
    answer = http.post("/oauth2/token", content=body, headers=FORM)
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")


def test_a_body_that_is_too_large_is_refused(http):
    answer = http.post("/oauth2/token", content=b"grant_type=" + b"x" * endpoint.BODY_LIMIT, headers=FORM)
    assert (answer.status_code, answer.json()["error"]) == (413, "invalid_request")


def test_the_request_id_comes_back_and_is_audited(http, database):
    answer = http.post("/oauth2/token", data=form(assertion()), headers={"x-request-id": "ask-7"})
    assert answer.headers["x-request-id"] == "ask-7"
    with database.reading() as session:
        assert session.exec(select(AuditEvent.request_id).where(AuditEvent.action == "token")).all() == ["ask-7"]


def test_a_request_id_that_is_not_one_is_replaced(http):
    answer = http.post("/oauth2/token", content=b"", headers={**FORM, "x-request-id": "a b"})
    assert answer.headers["x-request-id"] not in ("", "a b")


def test_a_request_id_that_may_be_an_nhs_number_is_neither_echoed_nor_audited(http, database):
    answer = http.post("/oauth2/token", data=form(assertion()), headers={"x-request-id": "9990000018"})
    assert len(answer.headers["x-request-id"]) == 32
    with database.reading() as session:
        assert "9990000018" not in session.exec(select(AuditEvent.request_id)).all()


def test_a_compressed_form_is_refused_with_415(http):
    answer = http.post("/oauth2/token", data=form(assertion()), headers={"content-encoding": "gzip"})
    assert (answer.status_code, answer.json()["error"]) == (415, "invalid_request")


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(body=st.binary() | st.dictionaries(st.sampled_from(list(form(""))), st.text()).map(str).map(str.encode))
def test_any_body_is_answered_with_a_refusal(http, body):
    answer = http.post("/oauth2/token", content=body, headers=FORM)
    assert answer.status_code in (400, 401)


def test_the_smart_configuration_names_the_token_endpoint_and_what_it_takes():
    told = endpoint.smart_configuration(OURS)
    assert told["token_endpoint"] == "http://register.example/oauth2/token"
    assert told["token_endpoint_auth_methods_supported"] == ["private_key_jwt"]
    assert told["token_endpoint_auth_signing_alg_values_supported"] == ["RS384", "ES384"]
    assert "client-confidential-asymmetric" in told["capabilities"]
    assert "system/*.cruds" in told["scopes_supported"]


@pytest.fixture
def limited(database):
    add_client(database)
    ours = OURS.model_copy(update={"tokens_per_minute": 2, "refusals_per_minute": 3})
    app = Starlette(routes=[Route("/oauth2/token", endpoint.token(database, ours, Limits(ours)), methods=["POST"])])
    with TestClient(app) as client:
        yield client


def test_a_client_that_asks_for_too_many_tokens_is_told_when_to_come_back(limited, database):
    answers = [limited.post("/oauth2/token", data=form(assertion(jti=f"n{number}"))) for number in range(5)]
    assert [answer.status_code for answer in answers] == [200, 200, 429, 429, 429]
    assert answers[2].json()["error"] == "slow_down"
    assert 1 <= int(answers[2].headers["retry-after"]) <= 30
    assert answers[2].headers["cache-control"] == "no-store"
    assert audited(database) == [
        (200, "leek-gp", "system/Patient.rs"),
        (200, "leek-gp", "system/Patient.rs"),
        (429, "leek-gp", "refused: slow_down"),  # once a minute
    ]
    with database.reading() as session:
        assert len(session.exec(select(AccessToken)).all()) == 2


def test_the_refusals_of_a_client_count_apart_so_that_nobody_uses_its_tokens_up(limited, database):
    answers = [limited.post("/oauth2/token", data=form(assertion(aud="elsewhere"))) for _ in range(5)]
    assert [answer.status_code for answer in answers] == [401, 401, 401, 429, 429]
    assert [row[:2] for row in audited(database)] == [*[(401, "leek-gp")] * 3, (429, "leek-gp")]
    assert limited.post("/oauth2/token", data=form(assertion())).status_code == 200


def test_strangers_are_slowed_down_and_keep_no_client_from_its_token(limited, database):
    forged = form(signed(claims(iss="nobody", sub="nobody")))
    answers = [limited.post("/oauth2/token", data=forged) for _ in range(6)]
    assert [answer.status_code for answer in answers] == [401, 401, 401, 429, 429, 429]
    assert limited.post("/oauth2/token", data=form(assertion())).status_code == 200
    assert [row[0] for row in audited(database)] == [401, 401, 401, 429, 200]


def test_while_others_wait_an_exhausted_stranger_is_not_looked_at_and_a_long_queue_grows_no_longer(database):
    limits = Limits(OURS.model_copy(update={"refusals_per_minute": 1}))
    asking = endpoint._Asking(database, OURS, limits, KeySets())
    limits.strangers_wait("192.0.2.1")

    async def queued(waiting):
        async with anyio.create_task_group() as tasks:
            for _ in range(endpoint.AT_ONCE + waiting):
                tasks.start_soon(asking._at_once.acquire_on_behalf_of, object())
            await anyio.wait_all_tasks_blocked()
            try:
                found.extend(_refusal_of(asking, address) for address in ("192.0.2.1", "192.0.2.2"))
            finally:
                tasks.cancel_scope.cancel()

    found = []
    for waiting in (0, 1, endpoint.MOST_WAITING):
        asking._at_once = anyio.CapacityLimiter(endpoint.AT_ONCE)
        anyio.run(queued, waiting)
    assert found == [None, None, SlowDown, None, SlowDown, Unavailable]


def _refusal_of(asking, address):
    try:
        asking._check_queue(address)
    except HeartseaseError as refusal:
        return type(refusal)
    return None
