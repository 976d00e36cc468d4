"""A measure is one file: with it the command, the page, CSV, MeasureReport, worked-out shares and hiding are there."""

import csv
import io
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from fhir.resources.R4B.measure import Measure as FhirMeasure
from fhir.resources.R4B.measurereport import MeasureReport
from starlette.testclient import TestClient

import service.reports.measures
from service.db import Database
from service.reports import measure, outputs
from tests import systems
from tests.reports import reading
from tests.reports.invented import ON, Area
from tests.reports.lives import lived

OLDEST = '''
"""Who is very old, of those on the register: a measure that no other file knows."""

from service.expressions import age
from service.reports.measure import Measure
from service.reports.part import Part
from service.reports.populations import ON_REGISTER

MEASURE = Measure(
    number="M99",
    name="oldest",
    title="The oldest: people aged 90 and over, of those on the register",
    sentence="How many of the people on the register are 90 or older.",
    population=ON_REGISTER,
    parts=(
        Part(code="on-register", title="On the register", at_practice=True),
        Part(
            code="ninety",
            title="Aged 90 and over",
            counts=lambda rows: age(rows.c.born_on, rows.c.on) >= 90,
            of="on-register",
            at_practice=True,
            trend=True,
        ),
    ),
    attribution="The practice that a person is registered with on the day.",
)
'''


@pytest.fixture(autouse=True)
def added(tmp_path: Path) -> Iterator[None]:
    """The file stands in a folder that is part of the package for as long as the test lasts."""
    (tmp_path / "oldest.py").write_text(OLDEST)
    path = service.reports.measures.__path__
    path.append(str(tmp_path))
    yield
    path.remove(str(tmp_path))


@pytest.fixture
def area(database: Database) -> Area:
    """Of 60 people at three practices 20 are very old, 4 of them at one that has 12."""
    invented = Area(database)
    for practice, old, others in (("Z99001", 4, 8), ("Z99002", 6, 12), ("Z99004", 10, 20)):
        lived(invented, practice, old, born_on="1925-01-01")
        lived(invented, practice, others, born_on="1950-01-01")
    return invented


def test_a_measure_that_was_added_as_one_file_is_everywhere(area: Area, database: Database, http: TestClient) -> None:
    # Given the file, it is on the list of reports, and evaluated as they all are
    assert "oldest" in measure.all_measures()
    made = reading.report(database, "oldest", on=ON)
    whole = reading.figure(made, "all", "ninety")
    assert (whole.count, whole.of, whole.value) == (20, 60, 0.33333)
    # and small numbers of it are hidden, as is what would give them away
    assert reading.counts(made, "ninety") | {"Z99003": 0} == reading.counts(made, "ninety")
    assert str(reading.figure(made, "Z99001", "ninety").count) == "*"
    # and CSV, page and MeasureReport tell the same of it
    lines = csv.DictReader(io.StringIO(outputs.as_csv(made)))
    assert [line["count"] for line in lines if line["level"] == "all" and line["part"] == "ninety"] == ["20"]
    page = http.get("/reports/oldest", params={"on": ON.isoformat()})
    assert page.status_code == 200
    assert "Aged 90 and over" in page.text
    assert "33.3%" in page.text
    quality = systems.connect(http, database, "reporting", scope="system/Measure.rs system/MeasureReport.rs")
    answer = quality.get(f"Measure/oldest/$evaluate-measure?periodEnd={ON.isoformat()}")
    told = MeasureReport.model_validate(answer.json())
    assert told.measure.startswith("https://heartsease.example/fhir/Measure/oldest")
    assert 0.33333 in [float(group.measureScore.value) for group in told.group if group.measureScore]
    # and its definition is published
    definition = FhirMeasure.model_validate(http.get("/fhir/R4/Measure/oldest").json())
    assert definition.title == "The oldest: people aged 90 and over, of those on the register"


def test_a_new_measure_is_split_as_every_other_is(area: Area, database: Database) -> None:
    made = reading.report(database, "oldest", on=ON, by="sex")
    assert reading.figure(made, "99A", "ninety", "Female").of == 30
    assert {row.level.value for row in made.rows} == {"all", "icb", "sub-icb"}


def test_a_new_measure_is_of_the_day_that_is_asked_for(area: Area, database: Database) -> None:
    assert reading.report(database, "oldest", on=date(2014, 12, 31), months=0).rows == ()
