"""The FHIR Measure of each report: kept as a file that is current, valid R4, and saying what a MeasureReport tells."""

import subprocess
import sys
from pathlib import Path

import pytest
from fhir.resources.R4B.codesystem import CodeSystem
from fhir.resources.R4B.measure import Measure
from fhir.resources.R4B.measurereport import MeasureReport

from service.reports import measure, measure_definition, measure_report
from tests.reports import reading
from tests.reports.invented import ON, Area
from tests.reports.lives import HOME, lived

ROOT = Path(__file__).resolve().parents[2]
MEASURES = measure.all_measures()


def test_the_files_are_those_that_the_measures_make(tmp_path: Path) -> None:
    subprocess.run([sys.executable, ROOT / "scripts" / "generate-measures", tmp_path], check=True)
    made = {path.name: path.read_text() for path in tmp_path.glob("*")}
    kept = {path.name: path.read_text() for path in (ROOT / "fhir_profiles" / "measures").glob("*")}
    assert kept == made, "run scripts/generate-measures"


@pytest.mark.parametrize("name", MEASURES)
def test_a_definition_is_valid_r4_and_says_in_words_who_is_counted(name: str) -> None:
    one = MEASURES[name]
    made = measure_definition.definition(one)
    Measure.model_validate(made)
    assert [group["id"] for group in made["group"]] == [part.code for part in one.parts]
    for group in made["group"]:
        assert all(one["criteria"]["expression"] for one in group["population"])
    for said in (*one.exclusions, one.attribution, *one.notes):
        assert said.rstrip(".") in made["guidance"]


def test_every_code_of_a_part_and_of_a_split_stands_in_a_code_system_that_is_served() -> None:
    systems = {one["url"]: one for one in measure_definition.code_systems(MEASURES.values())}
    known = {(url, each["code"]) for url, one in systems.items() for each in one["concept"]}
    used = set()
    for one in MEASURES.values():
        for group in measure_definition.definition(one)["group"]:
            used |= {tuple(code.values()) for code in group["code"]["coding"]}
            used |= {tuple(each["code"]["coding"][0].values()) for each in group.get("stratifier", ())}
    assert {code for code in used if code[0] in systems} <= known
    for one in systems.values():
        CodeSystem.model_validate(one)


@reading.ON_SQLITE
@pytest.mark.parametrize("name", ["identification", "time-on-register", "place-of-death-achieved"])
def test_a_measure_report_has_the_groups_populations_and_stratifiers_of_its_measure(area: Area, name: str) -> None:
    area.register("Z99001", 20)
    lived(area, "Z99001", 40, died_on=ON, place=HOME)
    one = MEASURES[name]
    defined = {group["id"]: group for group in measure_definition.definition(one)["group"]}
    made = measure_report.resource(reading.report(area.database, name, on=ON, months=2), canonical=one.canonical)
    assert [group["id"] for group in made["group"]] == list(defined)
    for group in made["group"]:
        like = defined[group["id"]]
        assert group["code"] == like["code"]
        roles = [each["code"] for each in like["population"] if "measure-observation" not in str(each["code"])]
        assert [each["code"] for each in group["population"]] == roles
        levels = [each["code"] for each in like.get("stratifier", ())]
        assert all(code in levels for each in group.get("stratifier", ()) for code in each["code"])


@reading.ON_SQLITE
def test_what_is_made_of_other_reports_has_codes_for_its_parts_too(area: Area) -> None:
    area.register("Z99001", 60)
    one = MEASURES["equity"]
    made = measure_report.resource(reading.report(area.database, "equity", on=ON), canonical=one.canonical)
    MeasureReport.model_validate(made)
    [parts] = [each for each in measure_definition.code_systems(MEASURES.values()) if each["id"] == "measure-part"]
    codes = {group["code"]["coding"][0]["code"] for group in made["group"]}
    assert codes
    assert codes <= {each["code"] for each in parts["concept"]}
