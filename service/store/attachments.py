"""Files that a document leads to and that are held here: are they the ones that it says they are?

Asked at the end of a transaction, since a file may come with its document. A file elsewhere is believed.
"""

from collections.abc import Collection, Iterator, Mapping
from itertools import count
from typing import Any, Final

from sqlalchemy import bindparam, select
from sqlmodel import Session

from service import db
from service.errors import Issue
from service.fhir import attachments, codec, elements
from service.store.integrity import Hides
from service.store.models import Resource, ResourceVersion
from service.store.saved import Saved

NAME: Final = "DocumentReference"
RESOURCE: Final = db.table(Resource)
VERSION: Final = db.table(ResourceVersion)

MOST_FILES: Final = 50
"""Compared with what their documents say of them, in one request: each is read whole."""
_NOT_HERE: Final = "This leads to no Binary that this record may point to; send it with the document, or mend the url"


def findings(session: Session, written: Collection[Saved], *, base: str, hides: Hides) -> Iterator[tuple[Saved, Issue]]:
    """What is wrong, or worth a word, with each document that was written. `base` is our address.

    Of a file that is hidden from the writer no more is said than of one that is not here.
    """
    here = {saved.reference: saved for saved in written}
    read = count(1)
    for saved in written:
        if saved.resource_type == NAME and saved.body:
            for issue in _of(session, saved, here, base, read, hides):
                yield saved, issue


def _of(
    session: Session, document: Saved, here: Mapping[str, Saved], base: str, read: Iterator[int], hides: Hides
) -> Iterator[Issue]:
    """One file at a time, each read once however often a document leads to it: together they may be large."""
    for reference, leading in _leading(document, base).items():
        if next(read) > MOST_FILES:
            message = f"Not compared with its file: of one request, {MOST_FILES} files are"
            yield from (Issue("informational", message, place, "information") for place, _ in leading)
            continue
        binary = _binary(session, reference, document.person_pk, here, hides)
        if binary is None:
            yield from (Issue("not-found", _NOT_HERE, f"{place}.url", "warning") for place, _ in leading)
            continue
        file = attachments.file(attachments.content(codec.loads(binary)) or b"")
        for place, attachment in leading:
            yield from attachments.issues(attachment, file, place)
            yield from attachments.unsaid(attachment, place)


def _leading(document: Saved, base: str) -> Mapping[str, list[tuple[str, Any]]]:
    """The attachments of a document that lead to files held here, with their places, by the reference of the file."""
    found: dict[str, list[tuple[str, Any]]] = {}
    for at, each in enumerate(elements.all_of(codec.loads(document.body), "content")):
        attachment = each.get("attachment")
        if reference := attachments.held_at(attachment, base=base):
            found.setdefault(reference, []).append((f"{NAME}.content[{at}].attachment", attachment))
    return found


def _binary(
    session: Session, reference: str, person_pk: int | None, here: Mapping[str, Saved], hides: Hides
) -> bytes | None:
    """The body of a Binary of the same person, in the version that the reference names, if it names one."""
    latest, _, version = reference.partition("/_history/")
    now = here.get(latest)
    if now and version in ("", str(now.version)):
        return now.body if now.person_pk == person_pk and now.body else None
    type_name, _, resource_id = latest.partition("/")
    if hides(type_name, person_pk):
        return None
    asked = {"resource_type": type_name, "resource_id": resource_id, "person": person_pk}
    if version:
        found = session.execute(_VERSION, {**asked, "version": int(version)}).scalar_one_or_none()
    else:
        found = session.execute(_BODY, asked).scalar_one_or_none()
    return found or None


_OF_THE_PERSON: Final = (
    RESOURCE.c.resource_type == bindparam("resource_type"),
    RESOURCE.c.id == bindparam("resource_id"),
    RESOURCE.c.person_pk == bindparam("person"),
)
_BODY: Final = select(RESOURCE.c.body).where(*_OF_THE_PERSON)
_VERSION: Final = (
    select(VERSION.c.body)
    .join(RESOURCE, RESOURCE.c.pk == VERSION.c.resource_pk)
    .where(*_OF_THE_PERSON, VERSION.c.version == bindparam("version"))
)
