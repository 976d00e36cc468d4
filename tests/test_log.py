"""Log lines tell events; an NHS number never stands in one, whoever put it there."""

import json

import pytest

from service import log


@pytest.mark.parametrize("number", ["9990000018", "999 000 0018", "999-000-0018"])
def test_an_nhs_number_is_taken_out_of_a_line(capsys: pytest.CaptureFixture[str], number: str) -> None:
    log.event("something happened", detail=f"about {number}, it seems")
    line = capsys.readouterr().err
    assert number not in line
    assert json.loads(line)["detail"] == "about [removed], it seems"


def test_a_failure_tells_where_it_failed_and_quotes_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    try:
        try:
            int("Anna Example, 1 High Street")
        except ValueError as error:
            raise KeyError("Anna Example") from error
    except KeyError:
        log.failure("it failed", request_id="the-id")
    line = json.loads(capsys.readouterr().err)
    assert (line["event"], line["request_id"]) == ("it failed", "the-id")
    assert "test_log.py" in line["exception"]
    assert [name for name in line["exception"].split() if name.endswith("Error")][-2:] == ["ValueError", "KeyError"]
    assert "Street" not in line["exception"].replace('int("Anna Example, 1 High Street")', "")


def test_errors_that_cause_each_other_are_told_once(capsys: pytest.CaptureFixture[str]) -> None:
    first, second = ValueError("one"), KeyError("two")
    first.__cause__, second.__cause__ = second, first
    try:
        raise first
    except ValueError:
        log.failure("failed")
    told = json.loads(capsys.readouterr().err)["exception"]
    assert (told.count("ValueError"), told.count("KeyError")) == (1, 1)
