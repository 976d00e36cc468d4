"""Bodies that are too large, too deep, too many, never whole, or something else than they say."""

import json

import pytest

from tests import builders, tables
from tests.builders import reference
from tests.bundles import entry, transaction
from tests.security import raw
from tests.security.conftest import World
from tests.security.people import ANNA, patient
from tests.systems import FHIR_JSON, JSON_PATCH

WISH = builders.place_of_death(subject=reference(ANNA.patient))


def nested(opening: str, closing: str, depth: int, inside: str = "1") -> bytes:
    return (opening * depth + inside + closing * depth).encode()


def with_note(note: bytes) -> bytes:
    return json.dumps(WISH).encode()[:-1] + b',"note":' + note + b"}"


def inside(element: str, value: bytes) -> bytes:
    return b'{"resourceType":"Observation","' + element.encode() + b'":' + value + b"}"


HOSTILE: dict[str, bytes] = {
    "deep lists": nested("[", "]", 50_000),
    "deep objects": nested('{"a":', "}", 50_000),
    "deep in an element": inside("note", nested("[", "]", 2_000)),
    "deep extensions": inside("extension", nested('[{"url":"a","extension":', "}]", 400, "[]")),
    "deep contained": inside("contained", nested('[{"resourceType":"Observation","contained":', "}]", 200, "[]")),
    "deep and unclosed": b"[" * 100_000,
    "many values": inside("note", b"[" + b"1," * 400_000 + b"1]"),
    "many names": b"{" + b",".join(b'"a%d":1' % at for at in range(70_000)) + b"}",
    "one long name": b'{"' + b"a" * 1_000_000 + b'":1}',
    "a long number": inside("id", b"9" * 100_000),
    "a large exponent": inside("id", b"1e999999999"),
    "a tiny exponent": inside("valueDecimal", b"1e-999999999"),
    "numbers that are none": inside("id", b"NaN"),
    "infinity": inside("id", b"-Infinity"),
    "the same name twice": b'{"resourceType":"Observation","resourceType":"Patient"}',
    "half a surrogate": b'{"resourceType":"Observation","note":[{"text":"\\ud800"}]}',
    "a null character": b'{"resourceType":"Observation","note":[{"text":"a\\u0000b"}]}',
    "not UTF-8": b'{"resourceType":"Observation","note":[{"text":"\xff"}]}',
    "UTF-16": json.dumps(WISH).encode("utf-16"),
    "a byte order mark": b"\xef\xbb\xbf\xef\xbb\xbf{}",
    "nothing": b"",
    "a prototype": b'{"__proto__":{"a":1},"constructor":{"prototype":{}},"resourceType":"Observation"}',
    "XML with an entity": b'<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><Patient xmlns="http://hl7.org/fhir">&b;</Patient>',
    "a pickle": b"\x80\x04\x95\x1d\x00\x00\x00\x00\x00\x00\x00\x8c\x05posix\x94\x8c\x06system\x94\x93\x94.",
    "YAML": b"!!python/object/apply:os.system ['id']",
}  # fmt: skip
KEPT = ("resource", "resource_version", "search_index")


@pytest.mark.parametrize("hostile", HOSTILE)
def test_a_hostile_body_is_refused_and_leaves_nothing(world: World, hostile: str) -> None:
    before = tables.rows(world.database, KEPT)
    body = HOSTILE[hostile]
    for method, path in (("POST", "Observation"), ("PUT", "Observation/x"), ("POST", ""), ("POST", "Patient/$summary")):
        answer = world.practice.send(method, path, body)
        assert 400 <= answer.status_code < 500, (method, path, answer.text)
    patch = world.practice.send("PATCH", ANNA.patient, body, **{"Content-Type": JSON_PATCH})
    assert 400 <= patch.status_code < 500, patch.text
    token = world.http.post(
        "/oauth2/token", content=body, headers={"Content-Type": "application/x-www-form-urlencoded"}
    )
    assert 400 <= token.status_code < 500
    assert tables.rows(world.database, KEPT) == before


@pytest.mark.parametrize("path", ["/fhir/R4/Observation", "/fhir/R4", "/oauth2/token", "/fhir/R4/Patient/_search"])
def test_a_body_without_an_end_is_read_no_further_than_the_limit(world: World, path: str) -> None:
    """Six megabytes in small parts, without a Content-Length: the application asks for no more once it is too much."""
    form = b"application/x-www-form-urlencoded"
    kind = form if "token" in path or "_search" in path else FHIR_JSON.encode()
    headers = raw.bearer(world.practice.token, (b"content-type", kind), (b"transfer-encoding", b"chunked"))
    answer = raw.request(world.http, "POST", path, headers=headers, parts=(b"a" * 100_000,) * 60)
    assert answer.status in (400, 413)


@pytest.mark.parametrize("length", ["-1", "99999999999", "0", "1", "abc", "1, 2", "0x10", "9" * 400])
def test_a_length_that_is_not_true_is_no_fault_of_ours(world: World, length: str) -> None:
    headers = raw.bearer(
        world.practice.token, (b"content-type", FHIR_JSON.encode()), (b"content-length", length.encode())
    )
    answer = raw.request(world.http, "PUT", f"/fhir/R4/{ANNA.patient}", headers=headers, parts=(b"{}",))
    assert 400 <= answer.status < 500


def test_a_body_that_ends_early_changes_nothing(world: World) -> None:
    before = tables.rows(world.database, KEPT)
    headers = raw.bearer(world.practice.token, (b"content-type", FHIR_JSON.encode()))
    whole = json.dumps(WISH).encode()
    for parts in ((), (whole[:40],), (whole,), (b"", b"", whole)):
        answer = raw.request(world.http, "POST", "/fhir/R4/Observation", headers=headers, parts=parts, is_cut=True)
        assert answer.status in (0, 400)
    assert tables.rows(world.database, KEPT) == before


KINDS = ("text/plain", "multipart/form-data; boundary=a", "application/x-www-form-urlencoded", "application/xml")


@pytest.mark.parametrize("kind", ["", *KINDS, "application/fhir+json; charset=utf-7", "a" * 2000])
def test_a_body_is_what_its_type_says(world: World, kind: str) -> None:
    """What a form of another site could send without asking is refused too."""
    before = tables.rows(world.database, KEPT)
    answer = world.practice.send("POST", "Observation", json.dumps(WISH).encode(), **{"Content-Type": kind})
    assert answer.status_code == 415
    assert tables.rows(world.database, KEPT) == before


def test_more_than_a_page_or_a_bundle_takes_is_refused_or_cut(world: World) -> None:
    entries = [entry(WISH, f"wish-{at}") for at in range(501)]
    assert world.practice.post("", transaction(*entries)).status_code in (400, 413, 422)
    many = world.practice.get("Observation?_count=99999999")
    assert len(many.json().get("entry", [])) <= 1000
    assert world.practice.get("Observation?" + "&".join(["code=1"] * 60)).status_code == 400
    assert world.practice.get("Observation?" + "&".join(["code=1"] * 200)).status_code == 400
    assert world.practice.get("Observation?code=" + ",".join(["1"] * 101)).status_code == 400
    assert world.practice.get("Observation?patient.link.link.link.link.name=a").status_code == 400
    assert world.practice.get("Patient?name=" + "a" * 60_000).status_code < 500


@pytest.mark.parametrize("text", ["(a+)+$" + "a" * 5_000, "a" * 200_000 + "!", "\u202e" * 10_000, "<" * 100_000])
def test_no_text_takes_longer_than_it_is_long(world: World, text: str) -> None:
    """In every field that a pattern judges: a pattern that tries again and again would be heard in the run's length."""
    for element in ("gender", "language", "implicitRules", "id"):
        answer = world.practice.put(ANNA.patient, {**patient(ANNA), "birthDate": text, element: text})
        assert 400 <= answer.status_code < 500
    assert world.practice.search("Patient", birthdate=text[:30_000]).status_code < 500
