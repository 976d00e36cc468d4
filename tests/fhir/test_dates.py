from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.fhir import dates


def utc(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)  # type: ignore[arg-type,misc]  # parts of a date, not a zone


@pytest.mark.parametrize(
    ("text", "low", "high"),
    [
        ("2026", utc(2026, 1, 1), utc(2027, 1, 1)),
        ("2026-12", utc(2026, 12, 1), utc(2027, 1, 1)),
        ("2024-02", utc(2024, 2, 1), utc(2024, 3, 1)),
        ("2026-03-29", utc(2026, 3, 29), utc(2026, 3, 30)),
        ("2026-03-29T09:30", utc(2026, 3, 29, 9, 30), utc(2026, 3, 29, 9, 31)),
        ("2026-03-29T09:30:15Z", utc(2026, 3, 29, 9, 30, 15), utc(2026, 3, 29, 9, 30, 16)),
        ("2026-03-29T09:30:15", utc(2026, 3, 29, 9, 30, 15), utc(2026, 3, 29, 9, 30, 16)),
        ("2026-03-29T00:30:15+01:00", utc(2026, 3, 28, 23, 30, 15), utc(2026, 3, 28, 23, 30, 16)),
        ("2026-03-29T20:00:00-14:00", utc(2026, 3, 30, 10), utc(2026, 3, 30, 10, 0, 1)),
        ("2026-03-29T09:30:15.12Z", utc(2026, 3, 29, 9, 30, 15, 120000), utc(2026, 3, 29, 9, 30, 15, 130000)),
        ("2026-03-29T09:30:15.123456789Z", utc(2026, 3, 29, 9, 30, 15, 123456), utc(2026, 3, 29, 9, 30, 15, 123457)),
        ("2016-12-31T23:59:60Z", utc(2017, 1, 1), utc(2017, 1, 1, 0, 0, 1)),
        ("9999", utc(9999, 1, 1), dates.LATEST),
        ("9999-12", utc(9999, 12, 1), dates.LATEST),
        ("9999-12-31", utc(9999, 12, 31), dates.LATEST),
        ("9999-12-31T23:59:59-05:00", dates.LATEST, dates.LATEST),
        ("0001-01-01T00:00:00+05:00", dates.EARLIEST, utc(1, 1, 1, 0, 0, 1)),
    ],
)
def test_a_date_covers_what_its_precision_says(text: str, low: datetime, high: datetime) -> None:
    assert dates.interval(text) == (low, high)


@pytest.mark.parametrize(
    "text",
    [
        "", "0000", "26", "2026-13", "2026-00", "2026-02-30", "2023-02-29", "2026-3-1", "20260301", "2026-03-01T",
        "2026-03-01T24:00:00Z", "2026-03-01T09", "2026-03-01T09:60:00Z", "2026-03-01T09:00:61Z", "2026-03-01 09:00:00Z",
        "2026-03-01T09:00:00+14:30", "2026-03-01T09:00:00+15:00", "2026-03-01T09:00:00z", "2026Z", "2026-03-01Z",
        " 2026", "2026\n", "٢٠٢٦", "2026-03-01T09:00:00.Z", "yesterday",
    ],
)  # fmt: skip
def test_nonsense_is_refused(text: str) -> None:
    with pytest.raises(ValueError):
        dates.interval(text)
    with pytest.raises(ValueError):
        dates.day(text)


@given(
    st.text(max_size=30)
    | st.from_regex(r"\A[0-9]{4}(-[0-9]{2}(-[0-9]{2}(T[0-9]{2}:[0-9]{2}(:[0-9]{2})?(Z|[+-][0-9]{2}:[0-9]{2})?)?)?)?\Z")
)
def test_any_text_is_an_interval_or_a_value_error(text: str) -> None:
    try:
        low, high = dates.interval(text)
    except ValueError:
        return
    assert low <= high


@given(st.datetimes(timezones=st.just(UTC)), st.datetimes(timezones=st.just(UTC)))
def test_sortable_text_sorts_as_the_instants_do(one: datetime, other: datetime) -> None:
    assert (dates.sortable(one) < dates.sortable(other)) == (one < other)


def test_sortable_text_is_in_utc_and_of_fixed_width() -> None:
    assert dates.sortable(datetime.fromisoformat("2026-06-01T00:30:00+01:00")) == "2026-05-31T23:30:00.000000Z"
    assert dates.sortable(dates.EARLIEST) == "0001-01-01T00:00:00.000000Z"


def test_a_period_includes_the_whole_of_its_last_day() -> None:
    assert dates.period_interval({"start": "2026-03", "end": "2026-04-02"}) == (utc(2026, 3, 1), utc(2026, 4, 3))


def test_a_period_without_ends_is_open() -> None:
    assert dates.period_interval({}) == (dates.EARLIEST, dates.LATEST)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026", date(2026, 1, 1)),
        ("2026-03", date(2026, 3, 1)),
        ("2026-03-29", date(2026, 3, 29)),
        ("2026-03-29T00:30:00+01:00", date(2026, 3, 29)),
    ],
)
def test_the_day_is_the_first_and_as_written(text: str, expected: date) -> None:
    assert dates.day(text) == expected
