"""Small invented areas, written into the register tables as the store would derive them."""

from collections.abc import Iterable
from datetime import date
from itertools import count

from service import db
from service.db import Database
from service.register import stays
from service.register.models import Person, PracticeSpell, Registration
from service.register.organisations import ListSize, PracticeGeography

LONG_AGO = date(2010, 1, 1)
LISTED_ON = date(2023, 3, 1)
ON = date(2023, 3, 31)

PRACTICES = {
    "Z99001": ("U99001", "99A"),
    "Z99002": ("U99001", "99A"),
    "Z99003": ("U99002", "99A"),
    "Z99004": ("U99003", "99B"),
    "Z99005": ("U99003", "99B"),
}


class Area:
    """An area of five practices in three networks and two sub-ICBs, each with a list of 10,000 people."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self._numbers = count(1)
        with database.transaction() as session:
            rows = [
                {
                    **dict.fromkeys((column.name for column in db.table(PracticeGeography).columns), ""),
                    "practice_code": code,
                    "valid_from": LONG_AGO,
                    "practice_name": f"Surgery {code}",
                    "pcn_code": pcn,
                    "pcn_name": f"Network {pcn}",
                    "sub_icb_code": sub_icb,
                    "sub_icb_name": f"Invented {sub_icb}",
                    "icb_code": "Q99",
                }
                for code, (pcn, sub_icb) in PRACTICES.items()
            ]
            db.insert_many(session, {db.table(PracticeGeography): rows})
        self.list_sizes(LISTED_ON, dict.fromkeys(PRACTICES, 10_000))

    def list_sizes(self, on: date, patients: dict[str, int]) -> None:
        rows = [{"practice_code": code, "on": on, "patients": of, "source": ""} for code, of in patients.items()]
        with self.database.transaction() as session:
            db.insert_many(session, {db.table(ListSize): rows})

    def register(
        self,
        practice: str,
        people: int = 1,
        *,
        started_on: date | None = date(2023, 1, 1),
        ended_on: date | None = None,
        status: str = "active",
        died_on: date | None = None,
        spells: Iterable[tuple[str, date, date | None]] | None = None,
        times: int = 1,
    ) -> None:
        """People on the register, each with `times` registrations, at this practice or as the spells say."""
        where = [(practice, LONG_AGO, None)] if spells is None else list(spells)
        persons, spells_of, registrations = [], [], []
        for pk in (next(self._numbers) for _ in range(people)):
            persons.append(_person(pk, practice, died_on))
            spells_of += [_spell(pk, *stay) for stay in where]
            registrations += [
                {
                    "resource_pk": pk * 100 + at,
                    "person_pk": pk,
                    "status": status if at == 0 else "finished",
                    "started_on": started_on,
                    "ended_on": ended_on,
                    "end_reason": "",
                    "organisation": practice,
                    "diagnosis": "",
                }
                for at in range(times)
            ]
        tables = {
            db.table(Person): persons,
            db.table(PracticeSpell): spells_of,
            db.table(Registration): registrations,
        }
        with self.database.transaction() as session:
            db.insert_many(session, tables)
            stays.derive(session, [person["pk"] for person in persons])


def _person(pk: int, practice: str, died_on: date | None) -> dict:
    nothing = {column.name: "" for column in db.table(Person).columns}
    given = {"pk": pk, "patient_id": f"p{pk}", "nhs_number": f"{pk}", "practice_code": practice, "died_on": died_on}
    return {**nothing, **given}


def _spell(pk: int, practice: str, started_on: date, ended_on: date | None) -> dict:
    return {"person_pk": pk, "started_on": started_on, "ended_on": ended_on, "practice_code": practice}
