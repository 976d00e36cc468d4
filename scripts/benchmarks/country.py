"""A register as large as a country: 60 million people with 6,500 practices, 600,000 stays, five years of lists.

Only the tables that reports count are filled, by one statement each: people of this number have no resources. All is
arithmetic on a number, so that every run measures the same.
"""

from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any, Final

import sqlalchemy as sa

from service import db
from service.db import Database
from service.register.models import Person, Stay
from service.register.organisations import AreaSetting, ListSize, Practice, PracticeGeography

PRACTICES: Final = 6_500
STAYS: Final = 600_000
FIRST: Final = date(2021, 3, 1)
"""The month of the first list; the register began two years before."""
LAST: Final = date(2026, 3, 31)
"""The day at which this register stands."""

Rows = sa.Select[*tuple[Any, ...]]

_BEFORE: Final = 730
_DAYS: Final = (LAST - FIRST).days + _BEFORE
_LONGEST: Final = 1_030
_SOURCE: Final = "benchmark"


def fill(database: Database) -> None:
    """Fills an empty database. About 125,000 people are on the register on any one day, 0.2% of those on the lists."""
    with database.transaction() as session:
        for table, rows in _rows():
            names = [column.name for column in rows.selected_columns]
            session.execute(table.insert().from_select(names, rows))
        session.execute(sa.text("ANALYZE"))


def _rows() -> list[tuple[sa.Table, Rows]]:
    return [
        (db.table(Practice), _practices()),
        (db.table(PracticeGeography), _geographies()),
        (db.table(ListSize), _lists()),
        (db.table(Person), _people()),
        (db.table(Stay), _stays()),
        (db.table(AreaSetting), sa.select(sa.literal("stands_on").label("name"), sa.literal(str(LAST)).label("value"))),
    ]


def _numbers(count: int, name: str) -> sa.CTE:
    """The whole numbers from 0 on, made of their digits."""
    digit = (
        sa.values(sa.column("digit", sa.BigInteger), name="of_ten").data([(each,) for each in range(10)]).cte("digit")
    )
    places = [digit.alias(f"place_{at}") for at in range(len(str(count - 1)))]
    number = sum((each.c.digit * 10**at for at, each in enumerate(places)), sa.literal(0, sa.BigInteger))
    crossed: sa.FromClause = places[0]
    for place in places[1:]:
        crossed = crossed.join(place, sa.true())
    every = sa.select(number.label("number")).select_from(crossed).subquery()
    return sa.select(every.c.number).where(every.c.number < count).cte(name)


def _days(days: Iterable[date]) -> sa.CTE:
    """Each of these days, by its number from 0 on."""
    columns = sa.column("number", sa.BigInteger), sa.column("day", sa.Date)
    return sa.values(*columns, name="numbered").data(list(enumerate(days))).cte("day")


def _code(letter: str, number: sa.ColumnElement[int]) -> sa.ColumnElement[str]:
    return letter + sa.func.substr(sa.cast(number + 100_000, sa.String), 2)


def _practices() -> Rows:
    number = _numbers(PRACTICES, "practice_number").c.number
    code = _code("A", number)
    return sa.select(
        code.label("code"),
        ("Practice " + code).label("name"),
        *(sa.literal(value).label(name) for name, value in (("status", "A"), ("postcode", ""), ("source", _SOURCE))),
        sa.literal(FIRST, sa.Date).label("as_of"),
    )


def _geographies() -> Rows:
    """1,250 networks in 106 sub-ICB locations in 42 ICBs, each about as large as the others."""
    number = _numbers(PRACTICES, "practice_number").c.number
    homes = {"pcn": (1_250, "U"), "sub_icb": (106, "S"), "icb": (42, "Q")}
    codes = {level: _code(letter, number * many // PRACTICES) for level, (many, letter) in homes.items()}
    empty = ("sub_icb_ons_code", "icb_ons_code", "region_code", "region_ons_code", "region_name")
    return sa.select(
        _code("A", number).label("practice_code"),
        ("Practice " + _code("A", number)).label("practice_name"),
        sa.literal(date(2019, 4, 1), sa.Date).label("valid_from"),
        *(code.label(f"{level}_code") for level, code in codes.items()),
        *(("Place " + code).label(f"{level}_name") for level, code in codes.items()),
        *(sa.literal("").label(name) for name in empty),
        sa.literal(_SOURCE).label("source"),
    )


def _lists() -> Rows:
    """From 5,000 to 13,460 people a practice, 60 million in all."""
    number = _numbers(PRACTICES, "practice_number").c.number
    every = (FIRST + timedelta(days=at) for at in range((LAST - FIRST).days))
    month = _days(each for each in every if each.day == 1)
    return sa.select(
        _code("A", number).label("practice_code"),
        month.c.day.label("on"),
        (5_000 + number * 37 % 8_461).label("patients"),
        sa.literal(_SOURCE).label("source"),
    ).select_from(month.join(number.table, sa.true()))


def _people() -> Rows:
    number = _numbers(STAYS, "person_number").c.number
    born_on = sa.cast(1925 + number * 7 % 60, sa.String)
    return sa.select(
        (number + 1).label("pk"),
        ("p" + sa.cast(number, sa.String)).label("patient_id"),
        sa.cast(9_990_000_000 + number, sa.String).label("nhs_number"),
        born_on.label("born_on"),
        sa.case((number % 2 == 0, "female"), else_="male").label("gender"),
        _code("A", number * 31 % PRACTICES).label("practice_code"),
        *(sa.literal("").label(name) for name in ("name", "sharing", "sensitivity")),
    )


def _stays() -> Rows:
    """Each person stays once, for one month up to nearly three years; who would stay longer than LAST still does."""
    number = _numbers(STAYS, "person_number").c.number
    start, length = number * 7_919 % _DAYS, 30 + number * 104_729 % (_LONGEST - 30)
    day = _days([FIRST + timedelta(days=at) for at in range(-_BEFORE, _DAYS - _BEFORE + 1)])
    began, ended = day.alias("began"), day.alias("ended")
    return sa.select(
        (number + 1).label("person_pk"),
        began.c.day.label("started_on"),
        ended.c.day.label("ended_on"),
        _code("A", number * 31 % PRACTICES).label("practice_code"),
    ).select_from(number.table.join(began, began.c.number == start).outerjoin(ended, ended.c.number == start + length))
