"""Lives and deaths of invented people, written into the register tables as the store would derive them."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import count
from typing import Any

from service import db
from service.register import places, preferences
from service.register.models import (
    Death,
    Person,
    Plan,
    PracticeSpell,
    Preference,
    RecordedItem,
    Stay,
    Trait,
)
from service.register.organisations import DeathCount
from tests.reports.invented import LONG_AGO, Area

HOME, HOSPITAL, HOSPICE, CARE_HOME = places.PRIVATE_RESIDENCE, places.HOSPITAL, places.HOSPICE, places.CARE_HOME
USUAL_RESIDENCE = places.USUAL_RESIDENCE
DIED_ON = date(2023, 3, 20)

_keys = count(1_000)


@dataclass(frozen=True)
class Said:
    """One answer to where somebody would prefer to die: `group` is the kind of place, empty where there is none."""

    on: date
    group: str = ""
    second: str = ""
    no_answer: str = ""
    confirms: bool = False
    status: str = "final"
    answer: str = ""


def lived(
    area: Area,
    practice: str = "Z99001",
    people: int = 1,
    *,
    stays: Iterable[tuple[date, date | None]] = ((date(2022, 1, 1), None),),
    spells: Iterable[tuple[str, date, date | None]] | None = None,
    said: Sequence[Said] = (),
    died_on: date | None = None,
    place: str | None = None,
    place_no_answer: str = "",
    variance: str = "",
    traits: Mapping[str, str] | None = None,
    plan_due: date | None = None,
    items: Mapping[int, str] | None = None,
    born_on: str = "1940-05-06",
    gender: str = "female",
) -> list[int]:
    """People with this life. Returns their keys.

    `stays` are times on the register; a death ends them. `place` is the kind of place of death, "" for one that is
    of no kind, None where nothing was recorded. `items` has the state of each item of SCCI1580 that is recorded.
    """
    keys = [next(_keys) for _ in range(people)]
    rows: dict[Any, list[dict[str, Any]]] = {}
    for pk in keys:
        person = {"pk": pk, "patient_id": f"p{pk}", "nhs_number": f"{pk}", "practice_code": practice}
        _add(rows, Person, **person, died_on=died_on, born_on=born_on, gender=gender)
        for code, first, last in [(practice, LONG_AGO, None)] if spells is None else spells:
            _add(rows, PracticeSpell, person_pk=pk, started_on=first, ended_on=last, practice_code=code)
        for first, last in stays:
            until = died_on if last is None else last
            _add(rows, Stay, person_pk=pk, started_on=first, ended_on=until, practice_code=practice)
        for each in said:
            _said(rows, pk, "place-of-death", each)
        if died_on:
            _add(rows, Death, resource_pk=pk, person_pk=pk, died_on=died_on)
        if place is not None or place_no_answer:
            where = Said((died_on or DIED_ON) + timedelta(days=9), place or "", no_answer=place_no_answer, answer="x")
            _said(rows, pk, "actual-place-of-death", where)
        if variance:
            _said(rows, pk, "variance-reason", Said((died_on or DIED_ON) + timedelta(days=30), answer=variance))
        for kind, value in (traits or {}).items():
            _add(rows, Trait, resource_pk=next(_keys), person_pk=pk, kind=kind, value=value, said_on=LONG_AGO)
        if plan_due:
            due = {"created_on": LONG_AGO, "review_on": plan_due}
            _add(rows, Plan, resource_pk=next(_keys), person_pk=pk, status="active", **due)
        for item, state in (items or {}).items():
            _add(rows, RecordedItem, resource_pk=next(_keys), person_pk=pk, item=item, state=state)
    with area.database.transaction() as session:
        db.insert_many(session, rows)
    return keys


def all_deaths(area: Area, counts: Mapping[tuple[str, date], int]) -> None:
    """The published count of deaths by practice and first day of the month."""
    rows = [{"practice_code": code, "month": month, "deaths": deaths} for (code, month), deaths in counts.items()]
    with area.database.transaction() as session:
        db.insert_many(session, {db.table(DeathCount): rows})


def _said(rows: dict[Any, list[dict[str, Any]]], person: int, kind: str, said: Said) -> None:
    is_unsaid = said.no_answer in ("not-asked", "unknown")
    at = preferences.UNSAID_SINCE if is_unsaid else preferences.end_of(said.on)
    _add(
        rows,
        Preference,
        resource_pk=next(_keys),
        person_pk=person,
        kind=kind,
        status=said.status,
        answer=said.answer or said.group,
        answer_group=said.group,
        second_answer=said.second,
        second_answer_group=said.second,
        no_answer=said.no_answer,
        is_confirmation=said.confirms,
        effective_at=at,
        issued_at=datetime.combine(said.on, time(12), UTC),
    )


def _add(rows: dict[Any, list[dict[str, Any]]], model: Any, **given: Any) -> None:
    table = db.table(model)
    empty = {column.name: None if column.nullable else "" for column in table.columns}
    rows.setdefault(table, []).append({**empty, **{name: given[name] for name in given if name in table.columns}})
