"""Invariants in FHIRPath: true, false or undecided, and never an error."""

import sys
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import time_machine
from hypothesis import given
from hypothesis import strategies as st

from service.fhir import codec
from service.fhir.profiles.fhirpaths import compiled

PATIENT = codec.loads(
    b"""{"resourceType": "Patient", "birthDate": "1950-01-01",
    "_birthDate": {"extension": [{"url": "born", "valueString": "at night"}]},
    "name": [{"use": "usual", "family": "Hill", "given": ["Anna", "Maria"]}],
    "extension": [{"url": "a", "valueBoolean": true}, {"url": "a", "valueInteger": 3}], "multipleBirthInteger": 2}"""
)
QUANTITY = codec.loads(b'{"value": 1.50, "unit": "mg", "system": "http://unitsofmeasure.org", "code": "mg"}')


def holds(expression: str, value: Any = PATIENT, path: str = "Patient") -> bool | None:
    return compiled(expression).holds(value, resource=PATIENT, path=path)


@pytest.mark.parametrize(
    ("expression", "told"),
    [
        ("Patient.name.exists()", True),
        ("name.where(use = 'usual' and family.exists()).exists()", True),
        ("name.all(given.count() = 1)", False),
        ("name.use in ('usual' | 'old')", True),
        ("telecom.empty() implies birthDate.exists()", True),
        ("$this.birthDate.exists() and %resource.name.exists()", True),
        ("multipleBirth is integer and multipleBirth.ofType(integer) = 2", True),
        ("name.given", None),
        ("name.family", True),
        ("deceased = true", True),
        ("name.trace('not to be printed').exists()", True),
    ],
)
def test_an_expression_is_true_or_false_and_an_empty_result_is_true(expression: str, told: bool | None) -> None:
    assert holds(expression) is told


@pytest.mark.parametrize(
    ("expression", "told"),
    [
        ("status = 'final'", True),
        ("status != 'amended' and status in ('final' | 'amended')", True),
        ("given.count() = 3 and given.where($this = 'Anna').extension('x').exists()", True),
        ("given.where(hasValue().not()).extension('x').exists()", True),
        ("born.exists() and born.hasValue().not() and born.extension('x').exists()", True),
        ("status.matches('^f')", True),
        ("status.id = 'here'", True),
    ],
)
def test_a_primitive_and_what_stands_beside_it_are_one(expression: str, told: bool) -> None:
    """To fhirpathpy they are two, so that a status with an extension equals nothing."""
    extension = [{"url": "x", "valueString": "y"}]
    value = {
        "status": "final",
        "_status": {"id": "here", "extension": extension},
        "given": ["Anna", "Maria", None],
        "_given": [{"extension": extension}, None, {"extension": extension}],
        "_born": {"extension": extension},
    }
    assert holds(expression, value, "Element") is told


@pytest.mark.parametrize(
    ("expression", "told"),
    [
        ("birthDate.hasValue()", True),
        ("deceased.hasValue()", False),
        ("name.hasValue()", False),
        ("birthDate.extension('born').exists()", True),
        ("extension('a').count() = 2", True),
        ("extension('a').value.ofType(boolean).exists()", True),
    ],
)
def test_values_and_extensions_are_told_apart(expression: str, told: bool) -> None:
    assert holds(expression) is told


@pytest.mark.parametrize(
    "expression",
    ["name.memberOf('x')", "name.conformsTo('x')", "name.foo()", "%unknown.exists()", "zzz(", "", "1 +", "name > 3"],
)
def test_what_cannot_be_told_is_undecided(expression: str) -> None:
    assert holds(expression) is None


def test_nothing_needs_resolving_where_there_is_nothing() -> None:
    assert holds("link.other.resolve().exists()") is False
    assert compiled("link.resolve().exists()").holds({"link": [{}]}, resource=PATIENT, path="Patient") is None


@pytest.mark.parametrize(
    ("start", "end", "told"),
    [
        ("2026-01-02", "2026-01-01", False),
        ("2026-01-01", "2026-01-01", True),
        ("2026-05-01", "2026", True),
        ("2026-01-01T00:00:00Z", "2026-01-01T00:30:00+01:00", False),
        ("2025", "2026-01", True),
    ],
)
def test_dates_are_compared_by_the_time_they_cover(start: str, end: str, told: bool) -> None:
    """As texts 2026-05-01 comes after 2026, and half past midnight in Paris after midnight in London."""
    period = {"start": start, "end": end, "_start": {"extension": [{"url": "x"}]}}
    expression = "start.hasValue().not() or end.hasValue().not() or (start <= end)"
    assert holds(expression, period, "Period") is told


def test_today_is_that_of_our_clock() -> None:
    with time_machine.travel("2026-03-02T12:00:00Z", tick=False):
        assert holds("start <= today()", {"start": "2026-03-02"}, "Period") is True
        assert holds("start <= today()", {"start": "2026-03-03"}, "Period") is False
        assert holds("start < now()", {"start": "2026-03-02T11:59:59Z"}, "Period") is True


@pytest.mark.parametrize("path", ["Quantity", "Observation.valueQuantity"])
def test_decimals_are_numbers(path: str) -> None:
    for expression in ("value = 1.5", "value > 1 and value < 2", "value is decimal", "$this is Quantity"):
        assert holds(expression, QUANTITY, path) is True
    assert holds("value * 2 > 3", QUANTITY, path) is False


def test_nothing_is_printed(capfd: pytest.CaptureFixture[str]) -> None:
    holds("name.trace('names').given.trace('given').exists()")
    holds("what is this?")
    assert capfd.readouterr() == ("", "")


def test_where_inside_where_takes_no_longer_than_its_levels() -> None:
    """fhirpathpy alone asks each criterion twice: 2²⁴ times here."""
    assert holds("where(" * 24 + "birthDate.exists()" + ")" * 24) is not False


def test_threads_do_not_disturb_each_other() -> None:
    switch = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    try:
        with ThreadPoolExecutor(8) as pool:
            asked = ["birthDate <= today()", "multipleBirth is integer", "name.where(use = 'old').exists()"] * 200
            told = list(pool.map(holds, asked))
    finally:
        sys.setswitchinterval(switch)
    assert told == [True, True, False] * 200


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.decimals() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["name", "use", "extension", "url", "_use", "value", "resourceType"]), inner)
    ),
    max_leaves=12,
)


@given(JSON)
def test_no_data_makes_it_fail(value: Any) -> None:
    for expression in (
        "name.where(use = 'usual').extension('x').value > 3",
        "extension.url.distinct().count() <= value",
        "descendants().where(use.exists()).all(value.matches('a+'))",
        "value.toString().length() < 3 or (name | use).isDistinct()",
    ):
        assert holds(expression, value) in (True, False, None)
