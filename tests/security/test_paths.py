"""Paths spelt so that one part of a server reads them one way and another part another way."""

import pytest

from tests.security import raw
from tests.security.conftest import World
from tests.security.people import ANNA, HEDWIG

TRICKS = """
    /fhir/R4/Patient%2F{id}  /fhir/R4%2FPatient%2F{id}  /fhir%2FR4/Patient/{id}  /fhir/R4//Patient/{id}
    /fhir/R4/Patient//{id}  //fhir/R4/Patient/{id}  /fhir/R4/./Patient/{id}  /fhir/R4/Patient/./{id}
    /fhir/R4/x/../Patient/{id}  /fhir/R4/x/%2e%2e/Patient/{id}  /fhir/R4/x/..%2FPatient/{id}
    /fhir/R4/metadata/../Patient/{id}  /fhir/R4/metadata/%2e%2e/Patient/{id}  /fhir/R4/metadata;/Patient/{id}
    /fhir/R4/.well-known/../Patient/{id}  /healthz/../fhir/R4/Patient/{id}  /static/../fhir/R4/Patient/{id}
    /static/..%2f..%2ffhir/R4/Patient/{id}  /fhir/R4/Patient/{id}%00  /fhir/R4/Patient/{id}%00.json
    /fhir/R4/Patient/{id}.json  /fhir/R4/Patient/{id};jsessionid=1  /fhir/R4/Patient;v=1/{id}  /fhir/R4/Patient/{id}%3Bx
    /fhir/R4/Patient/{id}/  /fhir/R4/Patient/{id}%20  /fhir/R4/Patient/%20{id}  /fhir/R4/Patient/{id}%0a
    /fhir/R4/Patient/{id}%0d%0aX-Injected:%201  /fhir/R4/patient/{id}  /fhir/r4/Patient/{id}  /FHIR/R4/Patient/{id}
    /fhir/R4/Patient/{upper}  /fhir/R4/Patient\\{id}  /fhir/R4/Patient%5C{id}  /fhir/R4/Patient/%2568w-7f3
    /fhir/R4/Patient/%252e%252e/Patient/{id}  /fhir/R4/%50atient/{id}/../{id}  /fhir/R4/Patient/{id}%C0%AF
    /fhir/R4/Patient/%EF%BD%88w-7f3  /fhir/R4/Patient/hw%E2%80%907f3  /fhir/R4/Patient/hw-7f3%E2%80%8B
    /fhir/R4/Patient/%ED%A0%80  /fhir/R4/Patient/%FF%FE  /fhir/R4/Patient/{id}%23  /fhir/R4/Patient/{id}%3F_format=json
    /fhir/R4/Patient/{id}/_history/..  /fhir/R4/Patient/{id}/_history/1/../..  /fhir/R4/Patient/{id}/_history/%31%00
    http://127.0.0.1:8000/fhir/R4/Patient/{id}  /fhir/R4/$export-file/../../etc/passwd
    /fhir/R4/$export-file/..%2F..%2F..%2Fetc%2Fpasswd/1  /static/heartsease.css/../../pages.py
    /static/%2e%2e/pages.py  /static/..%5Cpages.py  /static/heartsease.css%00.png  /reports/../fhir/R4/Patient/{id}
    /oauth2/token/../../fhir/R4/Patient/{id}  /openapi.json/../fhir/R4/Patient/{id}
""".split()  # noqa: SIM905  # read as one table
GENTLE = ("", "/", "/fhir", "/fhir/", "*", "?", "/" + "a" * 9000, "/" + "a/" * 900, "/fhir/R4/" + "Patient/" * 300)
METHODS = ("GET", "PUT", "DELETE", "PATCH", "POST", "OPTIONS", "TRACE", "CONNECT", "get", "PROPFIND", "X" * 500)


@pytest.mark.parametrize("trick", TRICKS)
def test_no_spelling_of_a_path_leads_past_the_filter(world: World, trick: str) -> None:
    path = trick.replace("{id}", HEDWIG.id).replace("{upper}", HEDWIG.id.upper())
    for system in world.attackers:
        answer = raw.request(world.http, "GET", path, headers=raw.bearer(system.token))
        assert 400 <= answer.status < 500, (path, answer)
        assert answer.header("x-injected") == ""


@pytest.mark.parametrize("trick", TRICKS)
def test_no_spelling_of_a_path_leads_past_the_token(world: World, trick: str) -> None:
    """What is open (`/metadata` and the like) is no way in."""
    path = trick.replace("{id}", ANNA.id).replace("{upper}", ANNA.id.upper())
    for method in ("GET", "HEAD", "DELETE"):
        answer = raw.request(world.http, method, path, headers=[(b"host", b"127.0.0.1:8000")])
        assert 400 <= answer.status < 500, (path, answer)
        assert answer.status in (401, 403, 404, 405), (path, answer)


@pytest.mark.parametrize("path", GENTLE, ids=lambda path: path[:12])
def test_a_path_that_is_none_is_no_fault_of_ours(world: World, path: str) -> None:
    for method in METHODS:
        answer = raw.request(world.http, method, path, headers=raw.bearer(world.practice.token))
        assert answer.status < 500


@pytest.mark.parametrize("method", METHODS)
def test_no_method_is_taken_for_another(world: World, method: str) -> None:
    """Nor is one hidden in a header or a parameter, as some frameworks have it."""
    hers = f"/fhir/R4/{HEDWIG.resource('Observation')}"
    overrides = [(b"x-http-method-override", b"DELETE"), (b"x-http-method", b"DELETE"), (b"x-method-override", b"PUT")]
    for header in overrides:
        headers = raw.bearer(world.integration.token, header)
        raw.request(world.http, method if method == "GET" else "HEAD", hers, query=b"_method=DELETE", headers=headers)
    answer = raw.request(world.http, method, hers, headers=raw.bearer(world.practice.token))
    assert 400 <= answer.status < 500
    assert world.integration.get(HEDWIG.resource("Observation")).status_code == 200


@pytest.mark.parametrize(
    "host", ["attacker.example", "127.0.0.1:8000\r\nX: 1", "a" * 3000, "", "[::1", "169.254.169.254"]
)
def test_no_link_follows_the_host_that_was_called(world: World, host: str) -> None:
    """Links, and Location, lead to where the settings say; a poisoned cache or a phishing link has nothing of ours."""
    forwarded = [(b"x-forwarded-host", b"attacker.example"), (b"forwarded", b"host=attacker.example;proto=http")]
    headers = [(b"host", host.encode()), *raw.bearer(world.practice.token, *forwarded)[1:]]
    for path in (f"/fhir/R4/{ANNA.patient}", "/fhir/R4/Patient", "/fhir/R4/metadata", "/", "/fhir/R4/Nothing"):
        answer = raw.request(world.http, "GET", path, headers=headers)
        assert answer.status < 500
        assert b"attacker.example" not in answer.body
        assert not any(b"attacker.example" in value for _, value in answer.headers)
