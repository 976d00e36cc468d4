"""Whole months, and the stretches that are made of them."""

import calendar
from datetime import date, timedelta

MARCH = 3


def month_ends(on: date, months: int) -> list[date]:
    """The day itself, and before it every last day of a month since as many months before; earliest first."""
    days, first = [on], on.replace(day=1)
    for _ in range(months):
        days.append(first - timedelta(days=1))
        first = days[-1].replace(day=1)
    return days[::-1]


def last_whole_month(on: date) -> date:
    """The last day of the month that ends on this day, or else of the month before."""
    is_last = on.day == calendar.monthrange(on.year, on.month)[1]
    return on if is_last else on.replace(day=1) - timedelta(days=1)


def last_financial_year(on: date) -> date:
    """The latest 31 March at or before this day."""
    return date(on.year if (on.month, on.day) >= (MARCH, 31) else on.year - 1, MARCH, 31)


def end_of_year(name: str) -> date:
    """The last day of a financial year, by its name: of 2020-21, 31 March 2021."""
    return date(int(name[:4]) + 1, MARCH, 31)


def is_financial_year(on: date) -> bool:
    return (on.month, on.day) == (MARCH, 31)


def starts(on: date, months: int) -> date:
    """The first day of so many months that end on this last day of a month."""
    year, month = divmod(on.year * 12 + on.month - months, 12)
    return date(year, month + 1, 1)


def month_end(first: date) -> date:
    """The last day of the month."""
    return first.replace(day=calendar.monthrange(first.year, first.month)[1])


def first_days(first: date, last: date) -> list[date]:
    """The first day of every month from one day to another."""
    months = (last.year - first.year) * 12 + last.month - first.month + 1
    return [starts(last, back) for back in range(months, 0, -1)]


def years_before(on: date, years: int) -> date:
    """The same last day of a month, years before."""
    year = on.year - years
    return date(year, on.month, calendar.monthrange(year, on.month)[1])
