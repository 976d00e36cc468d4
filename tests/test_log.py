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


def test_a_failure_carries_its_traceback_without_the_values_of_variables(capsys: pytest.CaptureFixture[str]) -> None:
    secret = "Unmistakable"
    try:
        len(5)  # type: ignore[arg-type]
    except TypeError:
        log.failure("it failed", request_id="the-id")
    line = json.loads(capsys.readouterr().err)
    assert (line["event"], line["request_id"]) == ("it failed", "the-id")
    assert "TypeError" in line["exception"]
    assert secret not in line["exception"]
