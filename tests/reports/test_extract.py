"""The pseudonymised extract: who is in it, and that nobody can be told from it."""

import re
from collections import Counter
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from service import config, db
from service.cli import app
from service.db import Database
from service.errors import Unreadable
from service.register import codes
from service.register.organisations import AreaSetting
from service.reports import extract
from service.reports.extract import Line
from tests import builders
from tests.builders import reference
from tests.reports.test_worklist import died, ending, person, registered, wish
from tests.store.test_write import put_all

KEY = b"k" * 32
ON = date(2026, 3, 31)
ALIKE = 5


@pytest.fixture
def database(database: Database) -> Database:
    with database.transaction() as session:
        db.insert_many(session, {db.table(AreaSetting): [{"name": "stands_on", "value": ON.isoformat()}]})
    return database


def alike(database: Database, start: int = 0, people: int = ALIKE, **changes: Any) -> None:
    """People on the register of whom the same is known."""
    for at in range(start, start + people):
        put_all(database, *registered(person(f"p{at}", at, gender="female", **changes)), wish(f"p{at}", "30"))


def told(database: Database, key: bytes = KEY) -> list[Line]:
    with database.reading() as session:
        return extract.lines(session, key)


def test_a_line_says_what_research_needs_in_bands_months_and_groups(database: Database) -> None:
    alike(database)
    [line] = {tuple(line[name] for name in extract.COLUMNS[1:]) for line in told(database)}
    assert dict(zip(extract.COLUMNS[1:], line, strict=True)) == {
        **dict.fromkeys(extract.COLUMNS[1:], ""),
        "gender": "female",
        "age_band": "85-and-over",
        "residence": "not-recorded",
        "ethnicity": "not-recorded",
        "language": "not-recorded",
        "learning_disability": "not-recorded",
        "deprivation": "not-recorded",
        "diagnosis_group": "not-recorded",
        "registered_in": "2026-01",
        "on_register_for": "28 to 89 days",
        "preferred_place": "30",
        "sharing": "permitted",
    }


def test_pseudonyms_are_the_same_for_the_same_key_alone_and_no_two_people_share_one(database: Database) -> None:
    alike(database)
    first, again, other = (
        [line["pseudonym"] for line in told(database, key)] for key in (KEY, KEY, b"another key, as long as the first")
    )
    assert first == again
    assert len(set(first)) == ALIKE
    assert not set(first) & set(other)


def test_a_key_that_could_be_guessed_is_refused(database: Database) -> None:
    with pytest.raises(Unreadable, match="32 bytes"):
        told(database, b"secret")


def test_nothing_that_was_typed_and_no_day_is_in_it(database: Database) -> None:
    alike(database)
    reason = {"url": codes.END_REASON, "valueCodeableConcept": {"coding": [{"system": "urn:x", "code": "Fell-at-12"}]}}
    for at in range(ALIKE, 2 * ALIKE):
        name = f"p{at}"
        why = builders.observation(
            id=f"{name}-why",
            code=builders.concept((codes.LOCAL, "variance-reason")),
            valueCodeableConcept=builders.concept(("urn:x", "Mr-Smith-said-so"), text="Mr Smith said so"),
            subject=reference(f"Patient/{name}"),
        )
        put_all(database, *died(name, at, "2026-03-05", why, ending(name, "184297005"), extension=[reason]))
    text = extract.as_csv(told(database))
    assert not re.search(r"Smith|Fell|Example|9990|ZZ99|\d{4}-\d\d-\d\d|Brook|p\d+,", text)
    assert "2026-03" in text
    assert len(told(database)) == 2 * ALIKE


def test_whoever_stands_out_is_made_coarser_until_they_do_not_or_left_out(database: Database) -> None:
    alike(database)
    alike(database, start=10, people=3, birthDate="1970-01-01")
    lines = told(database)
    assert Counter(line["age_band"] for line in lines) == {"85-and-over": ALIKE}
    alike(database, start=20, people=2, birthDate="1955-01-01")
    lines = told(database)
    assert Counter((line["gender"], line["age_band"]) for line in lines) == {("female", "85-and-over"): 5, ("", ""): 5}
    known = Counter(tuple(line[name] for name in extract.KNOWN) for line in lines)
    assert min(known.values()) >= extract.SMALLEST


def test_what_a_neighbour_hears_and_sees_is_known_too(database: Database) -> None:
    """Of five people who are alike otherwise, nobody is told by the one language that only one of them speaks."""
    alike(database)
    speaks = [{"language": builders.concept(("urn:ietf:bcp:47", "cy")), "preferred": True}]
    put_all(database, *registered(person("p10", 10, gender="female", communication=speaks)))
    lines = told(database)
    assert (len(lines), {line["language"] for line in lines}) == (ALIKE, {"not-recorded"})


def test_the_restricted_and_those_who_refused_are_not_in_it(database: Database) -> None:
    alike(database)
    label = [{"system": "http://terminology.hl7.org/CodeSystem/v3-Confidentiality", "code": "R"}]
    put_all(database, *registered(person("p10", 10, gender="female", meta={"security": label})))
    put_all(database, *registered(person("p11", 11, gender="female")))
    put_all(database, builders.sharing("deny", id="p11-sharing", patient=reference("Patient/p11")))
    assert len(told(database)) == ALIKE


def test_the_command_prints_it_and_puts_it_on_record(
    database: Database, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    alike(database)
    monkeypatch.setenv("HEARTSEASE_DATABASE_URL", database.url.render_as_string(hide_password=False))
    config.settings.cache_clear()
    key = tmp_path / "key"
    key.write_bytes(KEY)
    linked = CliRunner().invoke(app, ["report", "extract", "--key-file", str(key)])
    alone = CliRunner().invoke(app, ["report", "extract"])
    config.settings.cache_clear()
    assert linked.stdout.replace("\r\n", "\n") == extract.as_csv(told(database)).replace("\r\n", "\n")
    assert (alone.exit_code, len(alone.stdout.splitlines())) == (0, 1 + ALIKE)
    assert not set(alone.stdout.splitlines()[1:]) & set(linked.stdout.splitlines()[1:])
