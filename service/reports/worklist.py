"""What a worklist is: people of one practice with whom something is to be done, the most urgent first.

Each is one file in `worklists/`, with one SQL statement. A worklist names people, so it is made for their own practice
alone: whom `person.practice_code` gives it today, whoever may not learn where they are included, since the practice
looks after them. It stands on today, or on the day at which a demonstration area stands.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Any, Final
from urllib.parse import urlencode

from sqlalchemy import Row, Select, bindparam, select
from sqlmodel import Session

from service import audit, catalogue, clock, db
from service.actor import Actor
from service.errors import NotFound, Unreadable
from service.register import organisations, preferences, words
from service.register.organisations import Practice
from service.reports import spreadsheet
from service.store import grounds

Cell = str | int | date | None


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its heading, and what of a row of the statement stands in it."""

    heading: str
    cell: Callable[[Row[Any]], Cell]


@dataclass(frozen=True, slots=True, kw_only=True)
class Worklist:
    """One worklist.

    name       as people ask for it
    title      what it is, for people
    sentence   who is on it, and what is to be done
    columns    who somebody is (`caseload.IDENTITY`), and what is to be known for what is to be done
    statement  gives `caseload.who()` beside what the columns read, the most urgent first. It may bind `practice`, `on`,
               `at` (the end of that day), and as bounds of deaths `first` and `last`
    """

    name: str
    title: str
    sentence: str
    columns: tuple[Column, ...]
    statement: Select[Any]


@dataclass(frozen=True, slots=True)
class Entry:
    """One person on a worklist; the key and the id of the Patient are for the audit."""

    person_pk: int
    patient_id: str
    cells: tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class Listed:
    """A worklist of a practice on a day: what the table, the CSV and the page print."""

    worklist: Worklist
    practice: str
    practice_name: str
    on: date
    headings: tuple[str, ...]
    entries: tuple[Entry, ...]


@cache
def all_worklists() -> dict[str, Worklist]:
    """Every worklist, by name."""
    return {found.name: found for found in catalogue.collect("service.reports.worklists", Worklist)}


def named(name: str) -> Worklist:
    """Raises NotFound, listing those there are."""
    worklists = all_worklists()
    if name not in worklists:
        raise NotFound(f"There is no worklist of that name; there are: {', '.join(worklists)}")
    return worklists[name]


def practice_code(session: Session, text: str) -> str:
    """The ODS code that was typed. Raises Unreadable where it is none, NotFound for a practice that is not known."""
    code = text.strip().upper()
    if not organisations.is_ods_code(code):
        raise Unreadable("Name the practice by its ODS code, such as M83001")
    if organisations.is_unknown(session, code):
        raise NotFound("No practice with that code is known here")
    return code


def of_practice(session: Session, worklist: Worklist, practice: str) -> Listed:
    """The worklist of a practice, by its ODS code. Raises Unreadable and NotFound as `practice_code` does."""
    code = practice_code(session, practice)
    on = organisations.stands_on(session) or clock.today()
    given = {"practice": code, "on": on, "at": preferences.end_of(on), "first": date.min, "last": on}
    return Listed(
        worklist,
        code,
        session.execute(_NAME, {"code": code}).scalar_one_or_none() or "",
        on,
        tuple(column.heading for column in worklist.columns),
        tuple(_entry(row, worklist.columns) for row in session.execute(worklist.statement, given)),
    )


def _entry(row: Row[Any], columns: Sequence[Column]) -> Entry:
    return Entry(row.person_pk, row.patient_id, tuple(column.cell(row) for column in columns))


def as_csv(listed: Listed) -> str:
    """For a spreadsheet, or another system."""
    return spreadsheet.text(listed.headings, (entry.cells for entry in listed.entries))


def in_words(cell: Cell) -> str:
    """A cell as people read it."""
    return words.day(cell) if isinstance(cell, date) else "" if cell is None else str(cell)


def audited(listed: Listed, *, by: Actor) -> list[dict[str, Any]]:
    """The events to record before a worklist leaves: one a person, or one that nobody was on it."""
    query = urlencode({"name": listed.worklist.name, "practice": listed.practice})
    people: list[tuple[int | None, str]] = [(entry.person_pk, entry.patient_id) for entry in listed.entries]
    return [
        audit.row(
            "worklist",
            by=by,
            outcome=200,
            resource_type="Patient" if patient_id else "",
            resource_id=patient_id,
            person_pk=person_pk,
            query=query,
            basis=grounds.SYSTEM if patient_id else "",
        )
        for person_pk, patient_id in people or [(None, "")]
    ]


_PRACTICE: Final = db.table(Practice)
_NAME: Final = select(_PRACTICE.c.name).where(_PRACTICE.c.code == bindparam("code"))
