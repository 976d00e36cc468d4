import base64
import hashlib

import pytest

from service.register import codes
from tests import builders
from tests.fhir.reading import broken, lines, refusals, rows

FORM = b"ReSPECT form, page 1"


def attached(**elements):
    data = base64.b64encode(FORM).decode()
    return builders.document(content=[{"attachment": {"contentType": "text/plain", "data": data, **elements}}])


def test_a_document_is_shown_with_where_its_paper_and_its_file_are():
    document = builders.document(
        type={"text": "ReSPECT form"},
        description="Signed copy",
        date="2025-05-03T10:00:00Z",
        author=[{"display": "Dr A Brook"}],
        custodian={"display": "Example Surgery"},
        extension=[{"url": codes.KEPT_AT, "valueString": "Yellow folder by the telephone"}],
        content=[{"attachment": {"title": "Scan", "url": "https://example.org/scan.pdf"}}],
    )
    assert lines(document, "documents") == [
        (
            "ReSPECT form: Signed copy; Paper kept: Yellow folder by the telephone; Kept by Example Surgery; "
            "File: Scan, https://example.org/scan.pdf. Recorded by Dr A Brook on 3 May 2025"
        )
    ]


@pytest.mark.parametrize("attachment", [{"url": "Binary/scan"}, {"data": "aG9tZQ==", "contentType": "text/plain"}])
def test_a_file_that_the_register_holds_itself_is_in_this_record(attachment):
    assert "File: in this record" in lines(builders.document(content=[{"attachment": attachment}]))[0]


def test_a_document_without_a_type_is_still_shown():
    assert lines(builders.document())[0].startswith("Document; File: ReSPECT form.")


def test_a_document_that_is_not_final_says_so():
    assert "Not final" in lines(builders.document(docStatus="preliminary"))[0]


@pytest.mark.parametrize("elements", [{"status": "superseded"}, {"docStatus": "entered-in-error"}])
def test_a_document_that_no_longer_counts_is_not_shown(elements):
    assert rows(builders.document(**elements)) == []


def test_a_file_that_is_what_it_says_is_kept():
    hash_ = base64.b64encode(hashlib.sha1(FORM).digest()).decode()
    assert refusals(attached(hash=hash_, size=len(FORM))) == []


def test_a_file_whose_hash_is_of_another_is_refused():
    hash_ = base64.b64encode(hashlib.sha1(b"another").digest()).decode()
    assert refusals(attached(hash=hash_)) == broken("DocumentReference.content[0].attachment.hash")


def test_a_file_of_another_size_than_it_says_is_refused():
    assert refusals(attached(size=1)) == broken("DocumentReference.content[0].attachment.size")


def test_the_hash_and_size_of_a_file_elsewhere_are_believed():
    pointer = builders.document(content=[{"attachment": {"url": "https://example.org/scan.pdf", "size": 1}}])
    assert refusals(pointer) == []
