"""A document says of a file held here what is so: R4's Attachment.hash is its SHA-1 in base64, size its bytes."""

import base64
import hashlib
from typing import Any

import pytest

from tests import builders, bundles
from tests.systems import System

FORM = b"ReSPECT form, page 1"
HASH = base64.b64encode(hashlib.sha1(FORM).digest()).decode()
DATA = base64.b64encode(FORM).decode()
OTHER_HASH = base64.b64encode(hashlib.sha1(b"another").digest()).decode()


def scan(**changes: Any) -> dict[str, Any]:
    return builders.binary(**{"id": "scan", "data": DATA, **changes})


def document(url: str = "Binary/scan", **attachment: Any) -> dict[str, Any]:
    return builders.document(content=[{"attachment": {"contentType": "text/plain", "url": url, **attachment}}])


def told(answer: Any) -> list[tuple[str, str]]:
    """(severity, expression) of what an answer says of attachments."""
    found = [(issue["severity"], issue["expression"][0]) for issue in answer.json()["issue"] if "expression" in issue]
    return [one for one in found if ".attachment" in one[1]]


@pytest.fixture
def anna(integration: System) -> System:
    integration.keep(builders.patient(id="anna"), scan())
    return integration


def sent(system: System, resource: dict[str, Any]) -> Any:
    return system.post("DocumentReference", resource, Prefer="return=OperationOutcome")


@pytest.mark.parametrize("url", ["Binary/scan", "http://127.0.0.1:8000/fhir/R4/Binary/scan", "Binary/scan/_history/1"])
def test_a_file_that_is_what_its_document_says_is_kept_without_a_word(anna: System, url: str) -> None:
    answer = sent(anna, document(url, hash=HASH, size=len(FORM)))
    assert answer.status_code == 201, answer.text
    assert told(answer) == []


@pytest.mark.parametrize("url", ["Binary/scan", "http://127.0.0.1:8000/fhir/R4/Binary/scan", "Binary/scan/_history/1"])
@pytest.mark.parametrize(("name", "value"), [("hash", OTHER_HASH), ("size", 1)])
def test_a_file_that_is_another_than_its_document_says_is_refused(
    anna: System, url: str, name: str, value: Any
) -> None:
    answer = sent(anna, document(url, **{"hash": HASH, "size": len(FORM), name: value}))
    assert answer.status_code == 422, answer.text
    assert told(answer) == [("error", f"DocumentReference.content[0].attachment.{name}")]


def test_what_would_tell_an_exchanged_file_is_asked_for(anna: System) -> None:
    answer = sent(anna, document())
    assert answer.status_code == 201, answer.text
    assert told(answer) == [
        ("warning", "DocumentReference.content[0].attachment.hash"),
        ("warning", "DocumentReference.content[0].attachment.size"),
    ]
    assert HASH not in answer.text


def test_a_file_that_comes_with_its_document_is_looked_at_too(integration: System) -> None:
    integration.keep(builders.patient(id="anna"))
    file = bundles.entry(scan(id=None), "file")
    right = bundles.entry(document("urn:uuid:file", hash=HASH, size=len(FORM)), "document")
    assert integration.post("", bundles.transaction(file, right)).status_code == 200
    wrong = bundles.entry(document("urn:uuid:file", hash=OTHER_HASH, size=len(FORM)), "document")
    answer = integration.post("", bundles.transaction(file, wrong))
    assert answer.status_code == 422, answer.text
    assert told(answer) == [("error", "Bundle.entry[1].resource.content[0].attachment.hash")]


def test_a_version_that_is_named_is_the_one_that_counts(anna: System) -> None:
    anna.put("Binary/scan", scan(data=base64.b64encode(b"another").decode()))
    assert sent(anna, document("Binary/scan/_history/1", hash=HASH, size=len(FORM))).status_code == 201
    assert sent(anna, document("Binary/scan", hash=HASH, size=len(FORM))).status_code == 422


def test_the_file_of_another_person_is_as_good_as_none(anna: System) -> None:
    """Otherwise a hash could be tried out against a file that its writer may not see."""
    bert = builders.patient(builders.a_number(1), id="bert")
    anna.keep(bert, scan(id="of-bert", securityContext=builders.reference("Patient/bert")))
    for url in ("Binary/of-bert", "Binary/of-bert/_history/1", "Binary/none", "Binary/scan/_history/7"):
        answer = sent(anna, document(url, hash=OTHER_HASH, size=1))
        assert answer.status_code == 201, answer.text
        assert told(answer) == [("warning", "DocumentReference.content[0].attachment.url")]


def test_a_file_elsewhere_is_believed(anna: System) -> None:
    answer = sent(anna, document("https://example.org/Binary/scan", hash=OTHER_HASH, size=1))
    assert answer.status_code == 201, answer.text
    assert told(answer) == []


def test_no_document_has_hundreds_of_files_read(anna: System) -> None:
    """Each may be as large as a body may be; one that is led to often is read once."""
    attachment = {"contentType": "text/plain", "hash": OTHER_HASH, "size": len(FORM)}
    led_to = [{"attachment": {**attachment, "url": f"Binary/{number}"}} for number in range(60)]
    answer = sent(anna, builders.document(content=led_to))
    assert answer.status_code == 201, answer.text
    severities = [severity for severity, _ in told(answer)]
    assert (severities.count("warning"), severities.count("information")) == (50, 10)
    led_to = [{"attachment": {**attachment, "url": "Binary/scan"}}] * 60
    answer = sent(anna, builders.document(content=led_to))
    assert answer.status_code == 422, answer.text
    assert len(told(answer)) == 60
