"""Writes the story: reference rows straight into their tables, people as FHIR resources through the store.

The loading takes many transactions, so it may be cut off between two of them. `area_setting` says so, and loading
again goes on where it stopped: whoever has a Patient has all of their record.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, time
from typing import Any, Final

from sqlalchemy import Table, exists, select
from sqlmodel import Session

from service import actor, db
from service.db import Database
from service.demo import area, in_full, published, resources, staff
from service.demo.lives import Person
from service.demo.story import Story
from service.demo.wording import person_id
from service.fhir.resource_type import Body
from service.register import organisations
from service.register.organisations import AreaSetting, DeathCount, ListSize, Practice, PracticeGeography
from service.store import judging, write
from service.store.models import Resource

LOADER: Final = actor.everything("demo", area.ICB.code)
STANDS_AT: Final = datetime.combine(area.END, time(12), UTC)
"""When all was written, as its versions tell it: nothing in the area is younger than the day at which it stands."""
PEOPLE_A_TRANSACTION: Final = 50
SOURCE: Final = "Heartsease's demonstration area: invented"

_OPENED_ON: Final = date(2013, 4, 1)  # when CCGs began
_SETTING: Final = db.table(AreaSetting)
_RESOURCE: Final = db.table(Resource)
_ANY_RESOURCE = select(exists(select(_RESOURCE.c.pk)))
_LOADED = _SETTING.update().where(_SETTING.c.name == "demo_area").values(value="loaded")
_PATIENTS = select(_RESOURCE.c.id, _RESOURCE.c.version).where(_RESOURCE.c.resource_type == "Patient")


def state(session: Session) -> str:
    """`loaded`, `loading` (cut off, or under way), `other` (there are resources, and none of ours), or `empty`."""
    return organisations.setting(session, "demo_area") or (
        "other" if session.execute(_ANY_RESOURCE).scalar_one() else "empty"
    )


def load(database: Database, story: Story, *, advance: Callable[[int], None] = lambda people: None) -> None:
    """Writes what is not there yet. `advance` is told how many people more are done."""
    with database.transaction() as session:
        if state(session) == "empty":
            db.insert_many(session, reference_rows(story))
            _write(session, staff.resources(story.practices))
    versions = _patient_versions(database)
    _load_people(database, story.people, versions, advance)
    _load_moves(database, story.people, versions)
    with database.transaction() as session:
        session.execute(_LOADED)


def record(person: Person) -> Iterator[Body]:
    """Everything of a person but a move, which is a later version of what is here."""
    yield from resources.resources(person)
    if person.in_full:
        yield from in_full.resources(person)


def reference_rows(story: Story) -> dict[Table, list[dict[str, Any]]]:
    """Practices, where they belong, their lists, all deaths, what is published of them, and what this area is."""
    deaths = area.death_counts(story.practices, story.scale.deaths_a_year, story.registered_deaths())
    return {
        db.table(Practice): [_practice(practice) for practice in story.practices],
        db.table(PracticeGeography): [_geography(practice) for practice in story.practices],
        db.table(ListSize): [
            {"practice_code": code, "on": on, "patients": patients, "source": SOURCE}
            for code, on, patients in area.list_sizes(story.practices)
        ],
        db.table(DeathCount): [
            {"practice_code": code, "month": month, "deaths": number} for (code, month), number in deaths.items()
        ],
        **published.rows(story.practices, SOURCE),
        _SETTING: [
            {"name": "stands_on", "value": area.END.isoformat()},
            {"name": "demo_area", "value": "loading"},
        ],
    }


def _practice(practice: area.Practice) -> dict[str, Any]:
    return {
        "code": practice.code,
        "name": practice.name,
        "status": "A",
        "opened_on": _OPENED_ON,
        "postcode": practice.postcode,
        "as_of": area.END,
        "source": SOURCE,
    }


def _geography(practice: area.Practice) -> dict[str, Any]:
    return {
        "practice_code": practice.code,
        "valid_from": _OPENED_ON,
        "practice_name": practice.name,
        "pcn_code": practice.network[0],
        "pcn_name": practice.network[1],
        "sub_icb_code": practice.ccg.code,
        "sub_icb_name": practice.ccg.name,
        "icb_code": area.ICB.code,
        "icb_name": area.ICB.name,
        "source": SOURCE,
    }


def _load_people(
    database: Database, people: Sequence[Person], versions: Mapping[str, int], advance: Callable[[int], None]
) -> None:
    for start in range(0, len(people), PEOPLE_A_TRANSACTION):
        batch = people[start : start + PEOPLE_A_TRANSACTION]
        missing = [person for person in batch if person_id(person, "Patient") not in versions]
        if missing:
            with database.transaction() as session:
                _write(session, (resource for person in missing for resource in record(person)))
        advance(len(batch))


def _load_moves(database: Database, people: Sequence[Person], versions: Mapping[str, int]) -> None:
    """A practice that changed is a second version of the Patient, in a transaction after the first's."""
    moved = [person for person in people if person.next_practice and versions.get(person_id(person, "Patient"), 1) == 1]
    with database.transaction() as session, _writing(session) as writing:
        for person in moved:
            writing.update(judging.judged(resources.moved(person)))


def _patient_versions(database: Database) -> dict[str, int]:
    with database.reading() as session:
        return {row.id: row.version for row in session.execute(_PATIENTS)}


def _write(session: Session, every: Iterable[Body]) -> None:
    wanted = list(every)
    with _writing(session) as writing:
        writing.expect(len(wanted))
        for resource in wanted:
            writing.create(judging.judged(resource), resource_id=resource["id"])


def _writing(session: Session) -> Any:
    return write.writing(session, by=LOADER, at=STANDS_AT)
