"""What every answer carries, and what is turned away before anybody looks at it."""

import anyio
import pytest
import sqlalchemy as sa
from starlette.testclient import TestClient

from service import app, audit, db, edge
from service.config import Settings
from service.db import Database
from tests import builders
from tests.systems import System, connect

EVERY_ANSWER = {
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
}


def audited(database: Database) -> list[tuple[str, int]]:
    table = db.table(audit.AuditEvent)
    with database.reading() as session:
        refused = table.c.action.like("refused%")
        rows = session.execute(sa.select(table.c.action, table.c.outcome).where(refused).order_by(table.c.pk))
        return [tuple(row) for row in rows]


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/"),
        ("GET", "/healthz"),
        ("GET", "/readyz"),
        ("GET", "/openapi.json"),
        ("GET", "/nothing/here"),
        ("GET", "/fhir/R4/metadata"),
        ("HEAD", "/fhir/R4/metadata"),
        ("GET", "/fhir/R4/.well-known/smart-configuration"),
        ("GET", "/fhir/R4/Patient/absent"),
        ("GET", "/fhir/R4/$nothing"),
        ("GET", "/fhir"),
        ("DELETE", "/oauth2/token"),
        ("POST", "/oauth2/token"),
        ("POST", "/reports/identification"),
        ("GET", "/reports/identification"),
        ("GET", "/static/heartsease.css"),
        ("BREW", "/"),
        ("GET", "/fhir/R4/Patient?" + "x" * edge.LONGEST_URL),
    ],
)
def test_every_answer_says_that_nothing_in_it_may_run_be_framed_or_be_guessed_at(
    http: TestClient, method: str, path: str
) -> None:
    answer = http.request(method, path)
    assert {name: answer.headers.get(name) for name in EVERY_ANSWER} == EVERY_ANSWER
    assert answer.headers["content-security-policy"].startswith("default-src 'none'; ")
    assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]
    assert answer.headers["cache-control"]
    assert len(answer.headers.get_list("cache-control")) == 1
    assert "server" not in answer.headers


def test_a_fault_of_ours_carries_it_too(database: Database, settings: Settings) -> None:
    application = app.create(settings, database)

    async def broken(request: object) -> None:
        raise RuntimeError("a bug")

    application.router.add_route("/broken", broken)
    with TestClient(application, raise_server_exceptions=False) as http:
        answer = http.get("/broken")
    assert (answer.status_code, answer.text) == (500, "Internal Server Error")
    assert answer.headers["content-security-policy"] == edge.NOTHING_RUNS


def test_what_a_sender_calls_html_runs_nowhere(integration: System) -> None:
    integration.keep(builders.patient(id="anna"))
    stored = integration.created(builders.binary(contentType="text/html", data="PHNjcmlwdD5hbGVydCgxKTwvc2NyaXB0Pg=="))
    answer = integration.get(f"Binary/{stored['id']}", Accept="text/html")
    assert answer.headers["content-security-policy"].endswith("sandbox")


def test_only_an_https_address_asks_browsers_for_https_ever_after(http: TestClient, database: Database) -> None:
    assert "strict-transport-security" not in http.get("/healthz").headers
    with TestClient(app.create(Settings(base_url="https://register.example"), database)) as public:
        assert public.get("/healthz").headers["strict-transport-security"] == "max-age=31536000"


def test_no_answer_leads_to_where_the_host_header_says(http: TestClient) -> None:
    for path in ("/healthz/", "/reports/identification/", "/fhir/R4/Patient/"):
        answer = http.get(path, headers={"Host": "attacker.example"}, follow_redirects=False)
        assert answer.status_code in (401, 404)
        assert "attacker" not in f"{answer.headers}{answer.text}"


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Origin": "https://attacker.example"},
        {"Origin": "null"},
        {"Origin": "http://127.0.0.1:8000.attacker.example"},
        {"Sec-Fetch-Site": "cross-site", "Origin": "http://127.0.0.1:8000"},
        {"Sec-Fetch-Site": "same-site"},
        {"Sec-Fetch-Site": "none"},
    ],
)
def test_a_page_takes_nothing_that_another_site_sent(
    http: TestClient, database: Database, headers: dict[str, str]
) -> None:
    answer = http.post("/reports/identification", headers=headers)
    assert answer.status_code == 403
    assert "<h1>Forbidden</h1>" in answer.text
    assert audited(database) == [("refused post", 403)]


@pytest.mark.parametrize("headers", [{"Origin": "http://127.0.0.1:8000"}, {"Sec-Fetch-Site": "same-origin"}])
def test_a_page_takes_what_a_page_of_ours_sent(http: TestClient, headers: dict[str, str]) -> None:
    assert http.post("/reports/identification", headers=headers).status_code == 405  # there is no form yet


def test_a_system_is_not_asked_where_its_request_came_from(integration: System) -> None:
    assert integration.post("Patient", builders.patient(), Origin="https://elsewhere.example").status_code == 201


def test_a_url_that_is_too_long_is_refused_as_its_reader_expects(http: TestClient, database: Database) -> None:
    long = "x" * edge.LONGEST_URL
    system, page = http.get(f"/fhir/R4/Patient?name={long}"), http.get(f"/?name={long}")
    assert (system.status_code, page.status_code) == (414, 414)
    assert system.json()["issue"][0]["details"]["coding"][0]["code"] == "too-long"
    assert "<h1>" in page.text
    assert audited(database) == [("refused get", 414)] * 2


def test_many_who_are_turned_away_do_not_fill_the_audit(database: Database, settings: Settings) -> None:
    few = settings.model_copy(update={"refusals_per_minute": 2})
    with TestClient(app.create(few, database)) as http:
        statuses = [http.post("/").status_code for _ in range(5)]
    assert statuses == [403, 403, 429, 429, 429]
    assert audited(database) == [("refused post", 403), ("refused post", 403), ("refused post", 429)]


def test_a_client_is_held_to_its_requests_a_minute(database: Database, settings: Settings) -> None:
    few = settings.model_copy(update={"requests_per_minute": 3})
    with TestClient(app.create(few, database), base_url="http://127.0.0.1:8000") as http:
        system, other = connect(http, database, "integration"), connect(http, database, "integration")
        answers = [system.get("Patient/absent") for _ in range(6)]
        assert [answer.status_code for answer in answers] == [404, 404, 404, 429, 429, 429]
        assert answers[3].json()["issue"][0]["code"] == "throttled"
        assert answers[3].headers["retry-after"] == "20"
        assert other.get("Patient/absent").status_code == 404
    assert [outcome for _, outcome in audited(database)] == [404, 404, 404, 429, 404]


def test_strangers_are_held_to_their_refusals_and_hold_nobody_up(database: Database, settings: Settings) -> None:
    few = settings.model_copy(update={"refusals_per_minute": 2})
    with TestClient(app.create(few, database), base_url="http://127.0.0.1:8000") as http:
        system = connect(http, database, "integration")
        answers = [http.get("/fhir/R4/Patient/absent") for _ in range(5)]
        assert [answer.status_code for answer in answers] == [401, 401, 429, 429, 429]
        assert system.get("Patient/absent").status_code == 404
        assert http.get("/healthz").status_code == 200
    assert [outcome for _, outcome in audited(database)] == [401, 401, 429, 404]


def test_nobody_hides_behind_a_header_that_anybody_can_send(database: Database, settings: Settings) -> None:
    few = settings.model_copy(update={"refusals_per_minute": 1})
    with TestClient(app.create(few, database)) as http:
        sent = [{"X-Forwarded-For": f"192.0.2.{number}", "Forwarded": f"for=192.0.2.{number}"} for number in range(3)]
        answers = [http.get("/fhir/R4/Patient/absent", headers=headers) for headers in sent]
    assert [answer.status_code for answer in answers] == [401, 429, 429]


def test_what_is_open_to_all_is_not_given_without_end(database: Database, settings: Settings) -> None:
    few = settings.model_copy(update={"open_requests_per_minute": 2})
    with TestClient(app.create(few, database)) as http:
        open_to_all = ("/fhir/R4/metadata", "/openapi.json", "/fhir/R4/SearchParameter", "/fhir/R4/metadata")
        answers = [http.get(path) for path in open_to_all]
        assert [answer.status_code for answer in answers] == [200, 200, 429, 429]
        assert answers[2].headers["retry-after"] == "30"
        assert http.get("/healthz").status_code == 200
    assert audited(database) == []


def test_an_entry_of_a_batch_counts_as_a_request(database: Database, settings: Settings) -> None:
    few = settings.model_copy(update={"requests_per_minute": 3})
    with TestClient(app.create(few, database), base_url="http://127.0.0.1:8000") as http:
        system = connect(http, database, "integration")
        entries = [{"request": {"method": "GET", "url": "Patient/absent"}} for _ in range(4)]
        answer = system.post("", {"resourceType": "Bundle", "type": "batch", "entry": entries})
    assert [entry["response"]["status"][:3] for entry in answer.json()["entry"]] == ["404", "404", "429", "429"]


def test_what_is_not_http_goes_through(http: TestClient, settings: Settings) -> None:
    seen = []

    async def application(scope: object, receive: object, send: object) -> None:
        seen.append(scope)

    anyio.run(
        edge.Edge(application, settings, http.app.state.edge.keywords["server"]), {"type": "lifespan"}, None, None
    )
    assert seen == [{"type": "lifespan"}]
