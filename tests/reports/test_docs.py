"""docs/reports.md says what there is."""

import re
from pathlib import Path

import pytest

from service.reports import disclosure_profile, measure, split, worklist

PAGE = (Path(__file__).parents[2] / "docs" / "reports.md").read_text()


def rows(heading: str) -> list[list[str]]:
    """The cells of the table under this line of headings."""
    lines = PAGE[PAGE.index(heading) :].splitlines()[2:]
    table = lines[: next(at for at, line in enumerate(lines) if not line.startswith("|"))]
    return [[cell.strip(" `") for cell in line.strip("|").split("|")] for line in table]


def test_every_measure_is_listed_as_it_is_titled() -> None:
    known = [[one.number, one.name, one.title] for one in measure.all_measures().values()]
    assert rows("| | report | what it counts") == known


def test_every_split_disclosure_profile_and_worklist_is_listed() -> None:
    assert rows("| name | groups of |") == [[one.name, one.title] for one in split.all_splits().values()]
    assert rows("| profile | hidden |") == [
        [one.name, f"1 to {one.hidden_up_to}", str(one.round_to)] for one in disclosure_profile.PROFILES.values()
    ]
    assert {name for name, _ in rows("| worklist | who is on it |")} == worklist.all_worklists().keys()


@pytest.mark.parametrize("command", re.findall(r"^    heartsease report ([a-z][a-z-]*)", PAGE, re.MULTILINE))
def test_a_report_that_is_asked_for_in_an_example_exists(command: str) -> None:
    assert command in {*measure.all_measures(), "area", "extract"}
