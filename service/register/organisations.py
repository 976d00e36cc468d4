"""Practices, where they belong, how many people they have, and what was published of them.

Filled from the files that the NHS publishes (`heartsease reference load`) or by the demonstration area. None of it is
about a patient. Codes are ODS codes (M83001, U57641, 05W, QNC) unless a column says ONS.
"""

import re
from datetime import date

from sqlalchemy import Index, bindparam, exists, select
from sqlmodel import Field, Session, SQLModel

from service import db


class Practice(SQLModel, table=True):
    """A GP practice of the Organisation Data Service (`epraccur`, prescribing setting 4).

    `status` is ODS's: "A" active, "C" closed, "D" dormant, "P" proposed. `as_of` is the newest date in the file that
    this was read from: the file names no edition, and an older edition must not undo a newer one.
    """

    __tablename__ = "practice"

    code: str = Field(primary_key=True)
    name: str
    status: str = "A"
    opened_on: date | None = None
    closed_on: date | None = None
    postcode: str = ""
    as_of: date
    source: str = ""


class PracticeGeography(SQLModel, table=True):
    """Which network and areas a practice belongs to from a day on, until its next row. Empty where none is published.

    `sub_icb_code` is the former CCG's code (05W), which sub-ICB locations kept; `icb_code` was the STP's before 2022.
    On a day the latest `valid_from` at or before it holds, or else the earliest one.
    """

    __tablename__ = "practice_geography"

    practice_code: str = Field(primary_key=True)
    valid_from: date = Field(primary_key=True)
    practice_name: str = ""
    pcn_code: str = ""
    pcn_name: str = ""
    sub_icb_code: str = ""
    sub_icb_ons_code: str = ""
    sub_icb_name: str = ""
    icb_code: str = ""
    icb_ons_code: str = ""
    icb_name: str = ""
    region_code: str = ""
    region_ons_code: str = ""
    region_name: str = ""
    source: str = ""


class ListSize(SQLModel, table=True):
    """People registered with a practice, all ages, on the day of the published extract."""

    __tablename__ = "list_size"
    __table_args__ = (Index("list_size_on", "on"),)

    practice_code: str = Field(primary_key=True)
    on: date = Field(primary_key=True)
    patients: int
    source: str = ""


class QofRegister(SQLModel, table=True):
    """A register of the Quality and Outcomes Framework on 31 March, for a practice. `year` is like "2020-21".

    `group_code` is the register's ("PC" palliative care). `on_register` is None where the practice returned nothing,
    which is not zero. `list_type` says whom `list_size` counts: "TOTAL", or an age band such as "50OV".
    """

    __tablename__ = "qof_register"
    __table_args__ = (Index("qof_register_group", "group_code", "year"),)

    practice_code: str = Field(primary_key=True)
    year: str = Field(primary_key=True)
    group_code: str = Field(primary_key=True)
    on_register: int | None = None
    list_size: int
    list_type: str = "TOTAL"
    source: str = ""


class DeathCount(SQLModel, table=True):
    """Deaths of a practice's patients in a month, on the register or not. `month` is its first day."""

    __tablename__ = "death_count"

    practice_code: str = Field(primary_key=True)
    month: date = Field(primary_key=True)
    deaths: int


class Deprivation(SQLModel, table=True):
    """How deprived the people of a practice are (Index of Multiple Deprivation): a higher score is more deprived."""

    __tablename__ = "deprivation"

    practice_code: str = Field(primary_key=True)
    year: int = Field(primary_key=True)
    score: float
    source: str = ""


class ListByAge(SQLModel, table=True):
    """People registered with a practice by sex ("female", "male") and age; `age` is the youngest of a band."""

    __tablename__ = "list_by_age"
    __table_args__ = (Index("list_by_age_on", "on"),)

    practice_code: str = Field(primary_key=True)
    on: date = Field(primary_key=True)
    sex: str = Field(primary_key=True)
    age: int = Field(primary_key=True)
    patients: int
    source: str = ""


class LifeTable(SQLModel, table=True):
    """Deaths a person and year at each single age of a sex: the central rate mx of ONS's national life tables.

    `period` is like "2018-2020".
    """

    __tablename__ = "life_table"

    period: str = Field(primary_key=True)
    sex: str = Field(primary_key=True)
    age: int = Field(primary_key=True)
    rate: float
    source: str = ""


class Population(SQLModel, table=True):
    """People living in an area (ONS code) in mid-year, by sex and single year of age; 90 is 90 and over."""

    __tablename__ = "population"

    area_code: str = Field(primary_key=True)
    year: int = Field(primary_key=True)
    sex: str = Field(primary_key=True)
    age: int = Field(primary_key=True)
    people: int
    source: str = ""


class AreaSetting(SQLModel, table=True):
    """A fact about the area as a whole, such as `stands_on`: the day (ISO) at which reports and summaries stand."""

    __tablename__ = "area_setting"

    name: str = Field(primary_key=True)
    value: str


def is_practice_code(text: str) -> bool:
    """Whether this has the shape of a practice's ODS code: a letter and five digits.

    So has every practice in the files that the NHS published from 2016 to 2026.
    """
    return bool(_PRACTICE_CODE.fullmatch(text))


def is_ods_code(text: str) -> bool:
    """Whether this has the shape of an organisation's ODS code: RJE, 05W, M83001, U57641 and longer ones of sites."""
    return bool(_ODS_CODE.fullmatch(text))


def stands_on(session: Session) -> date | None:
    """The day at which a demonstration area stands; None for a register that lives in the present."""
    value = setting(session, "stands_on")
    return date.fromisoformat(value) if value else None


def setting(session: Session, name: str) -> str:
    """A fact about the area as a whole, such as `stands_on`; empty where nothing is said of it."""
    return session.execute(_SETTING, {"name": name}).scalar_one_or_none() or ""


def is_unknown(session: Session, practice_code: str) -> bool:
    """Whether practices were loaded, and this is none of them."""
    known = session.execute(_KNOWN, {"code": practice_code}).one()
    return bool(known.any_loaded) and not known.this_one


_PRACTICE_CODE = re.compile(r"[A-Z][0-9]{5}")
_ODS_CODE = re.compile(r"[A-Z0-9]{3,12}")

_AREA_SETTING = db.table(AreaSetting)
_PRACTICE = db.table(Practice)
_SETTING = select(_AREA_SETTING.c.value).where(_AREA_SETTING.c.name == bindparam("name"))
_KNOWN = select(
    exists(select(_PRACTICE.c.code)).label("any_loaded"),
    exists(select(_PRACTICE.c.code).where(_PRACTICE.c.code == bindparam("code"))).label("this_one"),
)
