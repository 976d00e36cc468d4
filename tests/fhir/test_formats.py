from decimal import Decimal
from typing import Any

import pytest

from service.fhir.formats import FORMATS

RIGHT: dict[str, list[Any]] = {
    "boolean": [True, False],
    "integer": [0, -5, 2**31 - 1, -(2**31)],
    "unsignedInt": [0, 7],
    "positiveInt": [1],
    "decimal": [1, 1.5, Decimal("1.50"), -3],
    "string": ["a", " a\n"],
    "markdown": ["# a\n\nb"],
    "code": ["final", "entered-in-error", "two words"],
    "id": ["a", "A-1.b", "x" * 64],
    "uri": ["urn:oid:1.2", "http://example.org/a", "a"],
    "url": ["https://example.org"],
    "canonical": ["http://example.org/a|1.0"],
    "oid": ["urn:oid:2.16.840"],
    "uuid": ["urn:uuid:6f0c5a1e-0000-4000-8000-00000000000a"],
    "date": ["2026", "2026-03", "2026-02-28", "2024-02-29", "2026-12-31"],
    "dateTime": ["2026", "2026-03-31", "2026-03-31T23:59:60Z", "2026-03-31T09:30:00.123456789+14:00"],
    "instant": ["2026-03-31T09:30:00Z", "2026-03-31T09:30:00.5-05:00"],
    "time": ["00:00:00", "23:59:59.9"],
    "base64Binary": ["TQ==", "TWFu", "TW\nFu"],
    "xhtml": [
        "<div>a</div>",
        '<div xmlns="http://www.w3.org/1999/xhtml">\n<!-- note --><p class="x">A &lt; B</p><br/></div>',
        '<div><table border="1"><tr><td style="color:red" title="a>b">1 &gt; 0</td></tr></table></div>',
        "<div><a href='tel:01632960001'>a</a><a href='#b'>b</a><a href='c/d'>c</a></div>",
        '<div><a href="https://example.org/once=1">on</a><img src="#a" alt=""/></div>',
    ],
}

WRONG: dict[str, list[Any]] = {
    "boolean": ["true", 1, 0, None],
    "integer": [True, "1", 1.0, Decimal(1), 2**31, -(2**31) - 1, None],
    "unsignedInt": [-1, True],
    "positiveInt": [0, True],
    "decimal": ["1.5", True, None],
    "string": ["", " \n", 5, None, ["a"]],
    "markdown": ["", 5],
    "code": ["", " final", "final ", "a  b", "a\n", 5],
    "id": ["", "bad id!", "x" * 65, "a/b", "é", "a\n", 5],
    "uri": ["", "a b", "a\n", 5],
    "url": ["a b"],
    "canonical": ["a b"],
    "oid": ["2.16.840", "urn:oid:3.1", "urn:oid:1"],
    "uuid": ["6f0c5a1e-0000-4000-8000-00000000000a", "urn:uuid:6F0C5A1E-0000-4000-8000-00000000000A"],
    "date": ["", "26", "0000", "2026-13", "2026-02-29", "2026-04-31", "2026-03-31T09:30:00Z", "2026-3-1", "٢٠٢٦", 2026],
    "dateTime": ["2026-03-31T09:30Z", "2026-03-31T09:30:00", "2026-02-30T09:30:00Z", "2026-03T09:30:00Z", "0000-01-01"],
    "instant": ["2026-03-31", "2026-03-31T24:00:00Z", "2026-03-31T09:30:00", "2026-03-31T09:30:00+15:00"],
    "time": ["24:00:00", "09:30", "09:30:00Z"],
    "base64Binary": ["", "*", "TQ=", "TQ===", "T", 5],
    "xhtml": [
        "a",
        "<p>a</p>",
        "<div></div>",
        "<div> <br/> </div>",
        "<div><script>a</script></div>",
        "<div>< script>a</ script></div>",
        "<div><SCRIPT>a</SCRIPT></div>",
        "<div>a<iframe/></div>",
        "<div>a<svg/onload=x></div>",
        '<div onclick="x">a</div>',
        '<div><img src="a"\nonerror = "x"/></div>',
        '<div><a href="javascript:x">a</a></div>',
        '<div><a href=" JavaScript:x">a</a></div>',
        '<div><a href="java&#115;cript:x">a</a></div>',
        "<div><a title='>' onclick='x'>a</a></div>",
        "<div><a href=https://example.org>a</a></div>",
        "<div>a < b</div>",
        "<div><!DOCTYPE a>a</div>",
        "<div><?php a ?>a</div>",
        5,
    ],
}  # fmt: skip


@pytest.mark.parametrize(("type_", "value"), [(type_, value) for type_, values in RIGHT.items() for value in values])
def test_a_right_value_fits(type_: str, value: Any) -> None:
    assert FORMATS[type_].fits(value)


@pytest.mark.parametrize(("type_", "value"), [(type_, value) for type_, values in WRONG.items() for value in values])
def test_a_wrong_value_does_not_fit(type_: str, value: Any) -> None:
    assert not FORMATS[type_].fits(value)


def test_every_primitive_type_of_r4_has_a_format() -> None:
    assert set(FORMATS) == set(RIGHT) == set(WRONG)


@pytest.mark.parametrize(
    ("type_", "value"),
    [
        ("xhtml", "<div>" + "<!--" * 100_000 + "</div>"),
        ("xhtml", "<div><a" + ' a="b"' * 100_000 + "</div>"),
        ("xhtml", "<div>" + '<a href="' * 100_000 + "</div>"),
        ("xhtml", "<div " + " " * 100_000 + "x</div>"),
        ("base64Binary", " " * 100_000 + "*"),
        ("base64Binary", "TWFu" * 100_000 + "*==="),
        ("code", "a " * 100_000),
        ("uri", "a" * 100_000 + " "),
        ("oid", "urn:oid:1" + ".1" * 100_000 + "."),
        ("dateTime", "2026-03-31T09:30:00." + "1" * 100_000),
    ],
)
def test_a_long_value_made_to_be_slow_is_refused_in_linear_time(type_: str, value: str) -> None:
    """Untimed: quadratic matching of any of these would take minutes."""
    assert not FORMATS[type_].fits(value)
