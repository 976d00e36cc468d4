"""What comes in over HTTP: ids that may be told, bodies, forms."""

import asyncio
from collections.abc import Iterable
from typing import Any

import pytest
from starlette.requests import Request

from service import incoming
from service.errors import HeartseaseError, TooLarge, TooSlow, Unreadable, UnsupportedMedia

FORM = "application/x-www-form-urlencoded"


def request(*parts: bytes, ends: bool = True, **headers: str) -> Request:
    """A request whose body comes in these parts; it `ends`, or its sender goes away."""
    messages: list[dict[str, Any]] = [{"type": "http.request", "body": part, "more_body": True} for part in parts]
    messages.append({"type": "http.request", "body": b""} if ends else {"type": "http.disconnect"})
    waiting = iter(messages)

    async def receive() -> dict[str, Any]:
        return next(waiting)

    return Request({"type": "http", "headers": list(_encoded(headers))}, receive)


def _encoded(headers: dict[str, str]) -> Iterable[tuple[bytes, bytes]]:
    return ((name.replace("_", "-").encode(), value.encode()) for name, value in headers.items())


def body_of(asked: Request, limit: int = 10) -> bytes:
    return asyncio.run(incoming.body(asked, limit=limit))


def form_of(asked: Request) -> list[tuple[str, str]]:
    return asyncio.run(incoming.form(asked, limit=1000))


@pytest.mark.parametrize("given", ["abc-123", "a.b_c", "x" * 64, "123456789"])
def test_a_request_id_that_is_safe_is_echoed(given: str) -> None:
    assert incoming.request_id(request(x_request_id=given)) == given


@pytest.mark.parametrize(
    "given",
    ["", "a b", "x" * 65, "a\n", "<b>", "9990000018", "call-9990000018", "999-000-0018", "999.000.0018x", "1" * 12],
)
def test_one_that_is_not_or_may_hold_an_nhs_number_is_replaced(given: str) -> None:
    assert incoming.request_id(request(x_request_id=given)) not in ("", given)


def test_an_id_of_ours_is_32_hexadecimal_digits_that_no_log_removes() -> None:
    made = [incoming.request_id(request()) for _ in range(200)]
    assert {len(each) for each in made} == {32}
    assert all(incoming.may_be_told(each) and int(each, 16) for each in made)


def test_a_body_is_read_in_all_its_parts() -> None:
    assert body_of(request(b"one", b"two")) == b"onetwo"


@pytest.mark.parametrize(
    ("asked", "refusal"),
    [
        (request(b"x" * 6, b"x" * 6), TooLarge),
        (request(b"x", content_length="11"), TooLarge),
        (request(b"x", content_length="9" * 5000), TooLarge),
        (request(b"x", ends=False), Unreadable),
        (request(b"x", content_encoding="gzip"), UnsupportedMedia),
        (request(b"x", content_encoding="identity, br"), UnsupportedMedia),
    ],
)
def test_a_body_that_is_too_long_or_cut_off_or_compressed_is_refused(
    asked: Request, refusal: type[HeartseaseError]
) -> None:
    with pytest.raises(refusal):
        body_of(asked)


def test_a_body_that_is_too_slow_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(incoming, "BODY_SECONDS", 0.01)

    async def never() -> dict[str, Any]:
        await asyncio.sleep(60)
        raise AssertionError("nobody waits that long")

    with pytest.raises(TooSlow, match="did not arrive"):
        body_of(Request({"type": "http", "headers": []}, never))


def test_a_body_that_says_that_it_is_not_compressed_is_read() -> None:
    assert body_of(request(b"x", content_encoding="Identity")) == b"x"


def test_the_fields_of_a_form_are_read_in_their_order() -> None:
    asked = request(b"b=1&a=%C3%A9&b=", content_type=f"{FORM}; charset=UTF-8")
    assert form_of(asked) == [("b", "1"), ("a", "é"), ("b", "")]


@pytest.mark.parametrize("body", [b"\xff", b"a=%ff", b"a=1&" * 101])
def test_a_form_that_cannot_be_read_is_refused(body: bytes) -> None:
    with pytest.raises(Unreadable, match="at most 100 fields"):
        form_of(request(body, content_type=FORM))


@pytest.mark.parametrize("kind", ["", "application/json", f"{FORM}; charset=utf-16"])
def test_a_form_of_another_type_is_refused(kind: str) -> None:
    with pytest.raises(UnsupportedMedia, match=f"Send {FORM}"):
        form_of(request(b"a=1", content_type=kind))
