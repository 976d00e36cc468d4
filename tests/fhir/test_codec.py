import contextlib
import json
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.errors import Unreadable
from service.fhir import codec

TEXT = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=20)
NUMBER = st.from_regex(r"\A-?(0|[1-9][0-9]{0,17})(\.[0-9]{1,8})?([eE][+-]?[0-9]{1,2})?\Z")
LEAF = st.one_of(
    TEXT.map(lambda text: json.dumps(text, ensure_ascii=False)), NUMBER, st.sampled_from(["true", "false", "null"])
)


def as_object(pairs: dict[str, str]) -> str:
    return "{" + ",".join(f"{json.dumps(key, ensure_ascii=False)}:{value}" for key, value in pairs.items()) + "}"


VALUE = st.recursive(
    LEAF,
    lambda child: st.one_of(
        st.lists(child, max_size=4).map(lambda items: "[" + ",".join(items) + "]"),
        st.dictionaries(TEXT, child, max_size=4).map(as_object),
    ),
    max_leaves=15,
)


@given(st.dictionaries(TEXT, VALUE, max_size=5).map(as_object))
def test_compact_json_comes_back_byte_for_byte(text: str) -> None:
    assert codec.dumps(codec.loads(text.encode())) == text.encode()


@pytest.mark.parametrize(
    "number", ["1.50", "1e3", "1E+3", "-0.0", "0.10", "-0", "72.500", "1.0e-7", "12345678901234567890"]
)
def test_a_number_comes_back_as_it_was_sent(number: str) -> None:
    raw = f'{{"value":{number},"also":[{number},"{number}"]}}'.encode()
    assert codec.dumps(codec.loads(raw)) == raw


def test_a_fraction_is_a_decimal_that_can_be_reckoned_with() -> None:
    assert codec.loads(b'{"value":1.50}')["value"] + 1 == Decimal("2.5")


def test_whitespace_goes_and_order_stays() -> None:
    assert codec.dumps(codec.loads(b' {"b" : 1 ,\n "a" : [ ] } ')) == b'{"b":1,"a":[]}'


def test_letters_outside_ascii_are_written_as_themselves() -> None:
    assert (
        codec.dumps(codec.loads(rb'{"family":"Ang\u00e9lique \ud83d\ude00"}')) == '{"family":"Angélique 😀"}'.encode()
    )


def test_a_byte_order_mark_is_tolerated() -> None:
    assert codec.loads(b'\xef\xbb\xbf{"id":"a"}') == {"id": "a"}


def test_tab_and_line_end_are_allowed_in_text() -> None:
    assert codec.loads(rb'{"text":"a\tb\r\nc"}') == {"text": "a\tb\r\nc"}


def test_text_that_looks_like_our_mark_stays_text() -> None:
    raw = json.dumps({"text": '\\u00011.5"\\u00011.5"', "value": 1}).encode()
    assert json.loads(codec.dumps(codec.loads(raw) | {"value": Decimal("1.5")}))["text"] == '\\u00011.5"\\u00011.5"'


def test_fifty_levels_are_read() -> None:
    raw = b'{"a":' * 25 + b"[" * 25 + b"]" * 25 + b"}" * 25
    assert codec.dumps(codec.loads(raw)) == raw


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"  \n",
        b"null",
        b"[]",
        b'"secret"',
        b"{",
        b'{"a":1,}',
        b"{'secret':1}",
        b'{"a":1}{"b":2}',
        b'{"a":"\xff"}',
        b'{"a":"\xed\xa0\x80"}',
        '{"secret":1}'.encode("utf-16"),
        b'{"secret":1,"secret":2}',
        b'{"a":{"secret":1,"b":2,"secret":1}}',
        b'{"secret":1,"\\u0073ecret":2}',
        b'{"a":NaN}',
        b'{"a":-Infinity}',
        b'{"a":1' + b"0" * 5000 + b"}",
        b'{"a":0.' + b"1" * 5000 + b"}",
        b'{"a":1e999999999}',
        b'{"a":1e99999999999999999999999}',
        rb'{"a":"\u0000secret"}',
        rb'{"a":["\u001bsecret"]}',
        rb'{"\bsecret":1}',
        rb'{"a":"\fsecret"}',
        rb'{"a":"\ud800secret"}',
        b'{"a":"sec\x01ret"}',
        b'{"a":"sec\nret"}',
        b'{"a":' * 51 + b"1" + b"}" * 51,
        b'{"a":' * 300 + b"1" + b"}" * 300,
        b'{"a":' + b"[" * 100_000 + b"]" * 100_000 + b"}",
    ],
)
def test_what_cannot_be_read_is_refused_without_being_quoted(raw: bytes) -> None:
    with pytest.raises(Unreadable) as refusal:
        codec.loads(raw)
    assert "secret" not in refusal.value.message


@given(st.binary(max_size=60))
def test_any_bytes_are_read_or_refused(raw: bytes) -> None:
    with contextlib.suppress(Unreadable):
        assert isinstance(codec.loads(raw), dict)


@pytest.mark.parametrize("value", [object(), {1, 2}, b"bytes", Decimal("NaN")])
def test_what_is_not_json_is_never_written(value: Any) -> None:
    with pytest.raises(TypeError):
        codec.dumps({"value": value})


@pytest.mark.parametrize("sent", ['{"a":[1,2,3],"b":{"c":"x,y:[z"}}', '{"a":[[{"b":{"c":[1]}}]]}'])
def test_every_value_small_and_large_is_counted(sent: str) -> None:
    body = codec.loads(sent.encode())
    assert codec.holds_more(sent.encode(), body, 5)
    assert not codec.holds_more(sent.encode(), body, 6)
