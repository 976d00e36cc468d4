"""The one who looks at every attack of this folder sees what leaks."""

from typing import Any

import pytest

from tests.security import conftest
from tests.security.conftest import World
from tests.security.people import ANNA, HEDWIG
from tests.security.witness import Exchange, found


def exchange(world: World, text: str = "", status: int = 200, **headers: str) -> Exchange:
    """An answer to the practice, which may not know of Hedwig."""
    pairs = [(name.encode(), value.encode()) for name, value in headers.items()]
    return Exchange(
        "GET", "/fhir/R4/Patient", "", f"Bearer {world.practice.token}", status, headers=pairs, sent=text.encode()
    )


@pytest.mark.parametrize("said", ["quillfeather", "%51uillfeather", "QUILLFEATHER, H", "17+Thistledown%20Rise"])
def test_a_word_is_found_however_it_is_written(said: str) -> None:
    assert len(found(HEDWIG.telling, said)) == 1


@pytest.mark.parametrize("number", [f"{HEDWIG.number[:3]} {HEDWIG.number[3:6]} {HEDWIG.number[6:]}", HEDWIG.number])
def test_an_nhs_number_is_found_in_groups_too(number: str) -> None:
    assert found(HEDWIG.telling, f"about {number}.") == [HEDWIG.number]


@pytest.mark.parametrize(
    "leak",
    [
        {"text": f"There is no {ANNA.family}", "status": 404},
        {"text": HEDWIG.family},
        {"text": f'{{"resourceType":"Bundle","link":[{{"url":"/Patient?identifier={HEDWIG.number}"}}]}}'},
        {"location": f"/Patient?name={ANNA.family}"},
        {"etag": "a\r\nSet-Cookie: a"},
        {"status": 500},
    ],
    ids=str,
)
def test_what_leaks_is_seen(world: World, leak: dict[str, Any]) -> None:
    with pytest.raises(AssertionError):
        conftest.check(world, exchange(world, **leak))


def test_what_the_practice_may_know_is_no_leak(world: World) -> None:
    conftest.check(world, exchange(world, ANNA.family))


def test_a_line_that_somebody_else_wrote_into_the_log_is_seen() -> None:
    for said in ('{"event": "one"}\nand another', '["a"]', "HTTP/1.1 200 OK"):
        with pytest.raises((AssertionError, ValueError)):
            conftest.check_lines(said)


def test_a_refusal_without_its_row_is_seen(world: World) -> None:
    world.practice.get(HEDWIG.patient)
    (refused,) = world.witness.taken()
    conftest.check_audit(world, [refused], after=0)
    refused.headers = [(b"x-request-id", b"another")]
    with pytest.raises(AssertionError, match="left no row"):
        conftest.check_audit(world, [refused], after=0)
