"""JSON Patch, and what a hostile one cannot do."""

import json
from typing import Any

import pytest

from service.errors import HeartseaseError, Invalid, TooLarge, Unreadable
from service.fhir import codec, patching

RESOURCE = b'{"resourceType":"Observation","id":"1","valueDecimal":1.50,"note":[{"text":"One"},{"text":"Two"}]}'


def patched(*operations: Any, resource: bytes = RESOURCE) -> str:
    patch = patching.understood(json.dumps(operations).encode())
    return codec.dumps(patching.patched(codec.loads(resource), patch)).decode()


def test_numbers_stay_as_they_were_sent() -> None:
    assert '"valueDecimal":1.50' in patched({"op": "add", "path": "/status", "value": "final"})


def test_numbers_of_the_patch_stay_as_they_were_sent() -> None:
    patch = patching.understood(b'[{"op":"replace","path":"/valueDecimal","value":2.00}]')
    assert b'"valueDecimal":2.00' in codec.dumps(patching.patched(codec.loads(RESOURCE), patch))


def test_a_test_compares_numbers_as_numbers_and_truths_as_truths() -> None:
    assert patched({"op": "test", "path": "/valueDecimal", "value": 1.5})
    with pytest.raises(Invalid):
        patched({"op": "test", "path": "/active", "value": 1}, resource=b'{"resourceType":"Patient","active":true}')


@pytest.mark.parametrize(
    ("operation", "expected"),
    [
        ({"op": "add", "path": "/note/0", "value": {"text": "Zero"}}, ["Zero", "One", "Two"]),
        ({"op": "add", "path": "/note/-", "value": {"text": "Three"}}, ["One", "Two", "Three"]),
        ({"op": "remove", "path": "/note/0"}, ["Two"]),
        ({"op": "replace", "path": "/note/1/text", "value": "Too"}, ["One", "Too"]),
        ({"op": "move", "from": "/note/1", "path": "/note/0"}, ["Two", "One"]),
        ({"op": "copy", "from": "/note/0", "path": "/note/-"}, ["One", "Two", "One"]),
    ],
)
def test_each_operation_does_what_rfc_6902_says(operation: Any, expected: list[str]) -> None:
    assert [note["text"] for note in json.loads(patched(operation))["note"]] == expected


@pytest.mark.parametrize(
    "operation",
    [
        {"op": "remove", "path": "/status"},
        {"op": "replace", "path": "/note/7", "value": {}},
        {"op": "replace", "path": "/note/-1", "value": {}},
        {"op": "replace", "path": "/note/01", "value": {}},
        {"op": "remove", "path": f"/note/{'9' * 5000}"},
        {"op": "add", "path": "/valueDecimal/0", "value": 1},
        {"op": "add", "path": "/note/first", "value": 1},
        {"op": "move", "from": "/note", "path": "/note/0"},
        {"op": "test", "path": "/note", "value": None},
    ],
)
def test_what_leads_nowhere_is_refused_by_its_place_and_quotes_nothing(operation: Any) -> None:
    with pytest.raises(Invalid, match="at 1") as refused:
        patched({"op": "test", "path": "/id", "value": "1"}, operation)
    assert "One" not in refused.value.message


@pytest.mark.parametrize(
    "operation",
    [
        7,
        None,
        {},
        {"op": "add"},
        {"op": ["add"], "path": "/a", "value": 1},
        {"op": "add", "path": 7, "value": 1},
        {"op": "add", "path": "status", "value": 1},
        {"op": "add", "path": "/a~7", "value": 1},
        {"op": "add", "path": "/status"},
        {"op": "move", "path": "/status"},
        {"op": "move", "from": 7, "path": "/status"},
    ],
)
def test_what_is_no_operation_cannot_be_read(operation: Any) -> None:
    with pytest.raises(Unreadable, match="at 0"):
        patched(operation)


def test_copies_that_double_come_to_an_end() -> None:
    grow = [{"op": "add", "path": "/text", "value": ["x" * 1000]}]
    grow += [{"op": "copy", "from": "/text", "path": "/text/-"} for _ in range(40)]
    with pytest.raises((TooLarge, Unreadable)):
        patched(*grow)


def test_moves_and_additions_nest_no_deeper_than_a_body_may() -> None:
    steps: list[Any] = [{"op": "add", "path": "/a" * depth, "value": {}} for depth in range(1, 60)]
    with pytest.raises(Unreadable, match="deeper"):
        patched(*steps)


def test_a_patch_has_a_limited_number_of_operations() -> None:
    with pytest.raises(Unreadable, match="100"):
        patched(*[{"op": "test", "path": "/id", "value": "1"}] * 101)


@pytest.mark.parametrize("path", ["", "/id", "/_id", "/resourceType", "/meta", "/meta/tag/0", "/meta/profile"])
@pytest.mark.parametrize("op", ["add", "replace", "remove"])
def test_what_is_ours_to_say_is_not_patched(op: str, path: str) -> None:
    with pytest.raises(HeartseaseError, match="operation at 0"):
        patched({"op": op, "path": path, "value": {}})


def test_the_id_may_be_tested_and_copied_from() -> None:
    test = {"op": "test", "path": "/id", "value": "1"}
    assert json.loads(patched(test, {"op": "copy", "from": "/id", "path": "/language"}))["language"] == "1"
