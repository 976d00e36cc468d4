"""The whole story, as it happens: commands, a server of its own, HTTP over a socket, on both databases.

Given a register with practices and their lists, when a GP system registers somebody, then a hospital that asks is
told what they want, and the quality lead's figures count them.
"""

import csv
import io
import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests import builders, bundles
from tests.systems import KEY, READ, TYPES, extensions, token_form

HEARTSEASE = str(Path(sys.executable).parent / "heartsease")
LIST = "PUBLICATION,EXTRACT_DATE,TYPE,CCG_CODE,ONS_CCG_CODE,CODE,POSTCODE,SEX,AGE,NUMBER_OF_PATIENTS\n"
PRACTICES = ("Y99001", "Y99002")


@dataclass
class Installation:
    """A Heartsease of its own: its commands, and its address."""

    environment: dict[str, str]
    folder: Path
    address: str
    connections: ExitStack

    def run(self, *words: str) -> str:
        done = subprocess.run(
            [HEARTSEASE, *words],
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    def connect(self, client_id: str, role: str, organisation: str, scope: str, *, purpose: str = "") -> httpx.Client:
        """Registers a system by the command line, and gives it a connection with a token."""
        keys = self.folder / "public.jwks"
        keys.write_text(json.dumps({"keys": [KEY.as_dict(private=False)]}))
        words = [
            "--id",
            client_id,
            "--role",
            role,
            "--organisation",
            organisation,
            "--keys",
            str(keys),
            "--scope",
            scope,
        ]
        self.run("client", "add", client_id, *words)
        said = extensions(role, organisation=organisation, purpose=purpose)
        form = token_form(client_id, scope, aud=f"{self.address}/oauth2/token", extensions=said)
        token = httpx.post(f"{self.address}/oauth2/token", data=form).json()["access_token"]
        headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/fhir+json"}
        return self.connections.enter_context(httpx.Client(base_url=f"{self.address}/fhir/R4/", headers=headers))


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.slow)])
def installation(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Installation]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    environment = {
        **os.environ,
        "HEARTSEASE_HOME": str(tmp_path / "home"),
        "HEARTSEASE_PORT": str(port),
        "PYTHONWARNINGS": "ignore",
    }
    if request.param == "postgresql":
        create: Callable[[str], str] = request.getfixturevalue("postgresql")
        environment["HEARTSEASE_DATABASE_URL"] = create("journey")
    made = Installation(environment, tmp_path, f"http://127.0.0.1:{port}", ExitStack())
    made.run("migrate")
    _load_area(made)
    log = tmp_path / "server.log"
    with log.open("w") as written, subprocess.Popen([HEARTSEASE, "serve"], env=environment, stderr=written) as server:
        try:
            _wait_until_ready(made.address)
            yield made
        finally:
            made.connections.close()
            server.terminate()
    assert server.returncode in (0, -15)
    assert builders.NHS_NUMBER not in log.read_text()
    assert "Traceback" not in log.read_text()


def _wait_until_ready(address: str) -> None:
    for _ in range(200):
        try:
            if httpx.get(f"{address}/readyz").status_code == 200:
                return
        except httpx.TransportError:
            pass
        time.sleep(0.1)
    raise AssertionError("The server did not become ready in 20 seconds")


def _load_area(made: Installation) -> None:
    """Two practices of one area with 10,000 people each, from files as they are published."""
    geographies = made.folder / "MAPPING_NHS_GEOGRAPHIES_2324.csv"
    geographies.write_text(
        "PRACTICE_CODE,PRACTICE_NAME,PCN_ODS_CODE,PCN_NAME,SUB_ICB_ODS_CODE,SUB_ICB_ONS_CODE,SUB_ICB_NAME,"
        "ICB_ODS_CODE,ICB_ONS_CODE,ICB_NAME,REGION_ODS_CODE,REGION_ONS_CODE,REGION_NAME\n"
        + "".join(
            f"{code},Practice {code},U99001,Moor PCN,99A,E38999999,Moor,QZZ,E54999999,Moorland,Y99,E40999999,North\n"
            for code in PRACTICES
        )
    )
    lists = made.folder / "lists.csv"
    lists.write_text(
        LIST
        + "".join(f"GP_PRAC_PAT_LIST,01Mar2026,GP,99A,E38999999,{code},ZZ99 3VZ,ALL,ALL,10000\n" for code in PRACTICES)
    )
    made.run("reference", "load", str(geographies), str(lists))


def _register(practice: httpx.Client, number: str) -> Any:
    return practice.post(".", content=json.dumps(bundles.registration(number)))


def test_a_gp_registers_a_hospital_asks_and_a_quality_lead_reports(installation: Installation) -> None:
    everything = " ".join(f"system/{name}.cruds" for name in TYPES)
    practice = installation.connect("leek", "gp", "Y99001", everything)
    hospital = installation.connect("royal", "hospital", "RX9", READ, purpose="TREAT")
    quality = installation.connect("board", "quality-lead", "QZZ", "system/Measure.rs system/MeasureReport.rs")

    for number in range(12):
        answer = _register(practice, builders.a_number(number))
        assert answer.status_code == 200, answer.text
    assert _register(practice, builders.a_number(0)).json()["entry"][0]["response"]["status"] == "200 OK"

    identifier = {"system": "https://fhir.nhs.uk/Id/nhs-number", "value": builders.a_number(3)}
    question = {"resourceType": "Parameters", "parameter": [{"name": "identifier", "valueIdentifier": identifier}]}
    told = hospital.post("Patient/$summary", content=json.dumps(question))
    assert told.status_code == 200
    sections = {part["title"]: part["text"]["div"] for part in told.json()["entry"][0]["resource"]["section"]}
    assert "own home" in sections["Preferred place of death"].lower()
    assert "Not for attempted CPR" in sections["Cardiopulmonary resuscitation (CPR)"]
    assert quality.post("Patient/$summary", content=json.dumps(question)).status_code == 403

    report = quality.get("Measure/register-prevalence/$evaluate-measure?periodEnd=2026-03-31").json()
    [group] = [one for one in report["group"] if one["id"] == "on-register"]
    whole = {part["code"]["coding"][0]["code"]: part["count"] for part in group["population"]}
    assert (whole["numerator"], whole["denominator"]) == (10, 20_000)  # 12, rounded to 5

    rows = json.loads(installation.run("report", "identification", "--on", "2026-03-31", "--json"))["rows"]
    [figure] = [one for one in rows[0]["figures"] if one["part"] == "on-register"]
    assert (figure["count"], figure["of"]) == (10, 20_000)
    printed = installation.run("report", "identification", "--on", "2026-03-31", "--csv")
    assert any(",10,20000," in line for line in map(",".join, csv.reader(io.StringIO(printed))))
    before = practice.get("Observation?_count=100").json()["entry"]
    installation.run("rebuild")
    assert practice.get("Observation?_count=100").json()["entry"] == before
    page = httpx.get(f"{installation.address}/reports/identification?on=2026-03-31")
    assert page.status_code == 200
    assert "10 of 20,000 (registered list)" in page.text
