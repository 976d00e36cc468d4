"""The pages of the worklists: whom they name, in which forms, and who may not see them."""

import pytest
import sqlalchemy as sa
from starlette.applications import Starlette
from starlette.testclient import TestClient

from service import audit, db
from service.config import Settings
from service.db import Database
from service.limits import Limits
from service.reports import worklist
from service.web import worklists
from tests.reports.test_worklist import PRACTICE, person, registered
from tests.store.test_write import put_all


def client(database: Database, *, caller: str = "127.0.0.1") -> TestClient:
    settings = Settings()
    application = Starlette(routes=worklists.routes(database, settings, Limits(settings)))
    return TestClient(application, base_url="http://localhost:8000", client=(caller, 50_000))


def test_the_page_and_the_csv_name_whom_the_worklist_names(database: Database) -> None:
    put_all(database, *registered(person("o’hara <b>", 0) | {"id": "anna"}))
    page = client(database).get("/worklists/mdt", params={"practice": PRACTICE})
    assert page.status_code == 200
    assert "O’HARA &lt;B&gt;, Pat" in page.text
    assert '<th scope="col"' in page.text
    assert page.headers["cache-control"] == "no-store"
    csv = client(database).get("/worklists/mdt", params={"practice": PRACTICE, "format": "csv"})
    with database.reading() as session:
        assert csv.text == worklist.as_csv(worklist.of_practice(session, worklist.named("mdt"), PRACTICE))
    assert csv.headers["content-type"] == "text/csv; charset=utf-8"
    assert 'filename="mdt-Y99001-' in csv.headers["content-disposition"]
    event = db.table(audit.AuditEvent)
    with database.reading() as session:
        told = session.execute(sa.select(event.c.resource_id).where(event.c.action == "worklist")).scalars().all()
    assert told == ["anna", "anna"]


def test_every_worklist_has_a_form_on_the_page_of_them_all(database: Database) -> None:
    text = client(database).get("/worklists").text
    assert all(f'action="/worklists/{name}"' in text for name in worklist.all_worklists())


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/worklists/everybody?practice=Y99001", 404),
        ("/worklists/mdt", 400),
        ("/worklists/mdt?practice=%00", 400),
        ("/worklists/mdt?practice=Y99001&format=pdf", 400),
        ("/worklists/mdt?practice=Y99001&colour=red", 400),
        ("/worklists?practice=Y99001", 400),
    ],
)
def test_what_cannot_be_answered_is_said_in_words(database: Database, path: str, status: int) -> None:
    assert client(database).get(path).status_code == status


def test_nobody_elsewhere_sees_a_worklist(database: Database) -> None:
    assert client(database, caller="192.0.2.7").get("/worklists/mdt?practice=Y99001").status_code == 404
