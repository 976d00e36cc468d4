"""Exports below HTTP: cutting into parts, taking turns, and nothing lost between one export and the next."""

import threading
import time
from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest

from service import actor, clock
from service.db import Database
from service.errors import NotFound, TooMany
from service.store import export_cutting, export_rows, exports
from service.store.export_cutting import Step
from service.store.exports import ExportJob, State, Wanted
from service.store.write import writing
from tests import builders

SOMEONE = actor.everything("someone")
DAY = timedelta(days=1)


def patients(database: Database, *numbers: int) -> None:
    """Writes a Patient for each number, or its next version."""
    with database.transaction() as session, writing(session, by=SOMEONE, at=clock.now()) as changes:
        for number in numbers:
            changes.update(builders.patient(builders.a_number(number), id=f"p{number}"))


def started(
    database: Database, *, at: datetime | None = None, since: datetime | None = None, client: str = "someone"
) -> str:
    wanted = Wanted("https://register.example/$export", ("Patient", "Organization"), since=since)
    with database.transaction() as session:
        asker = actor.everything(client)
        return exports.start(session, wanted, by=asker, at=at or clock.now(), kept_for=DAY).id


def claimed(database: Database, job_id: str, worker: str, at: datetime) -> bool:
    with database.transaction() as session:
        return export_cutting.claim(session, job_id, worker, at=at)


def stepped(database: Database, job_id: str, worker: str, at: datetime) -> Step:
    def read(statement: object, parameters: object) -> object:
        with database.reading() as session:
            return session.execute(statement, parameters).all()

    return export_cutting.step(database, job_id, worker, read=read, at=at)


def worked(database: Database, job_id: str, worker: str = "worker") -> None:
    """Cuts an export to its end."""
    claimed(database, job_id, worker, clock.now())
    while (step := stepped(database, job_id, worker, clock.now())) is not Step.OVER:
        if step is Step.WAIT:
            time.sleep(0.05)


def job(database: Database, job_id: str, *, at: datetime | None = None) -> ExportJob:
    with database.reading() as session:
        found = exports.job(session, job_id, by=SOMEONE, at=at or clock.now())
        session.expunge(found)
    return found


def sent(database: Database, job_id: str, *, limit: int = 500) -> list[str]:
    """The ids of what each part of an export has, page by page; of what is gone, with a minus."""
    found = job(database, job_id)
    with database.reading() as session:
        return [
            f"-{one.id}" if one.is_deleted else one.id
            for part in exports.parts(session, job_id)
            for one in _candidates(session, found, part, limit)
            if one.is_wanted and one.is_deleted == (part.kind == exports.Kind.DELETED)
        ]


def _candidates(
    session: object, found: ExportJob, part: exports.ExportPart, limit: int
) -> Iterator[export_rows.Candidate]:
    asked = found.asked(part.resource_type)
    after, until = asked.place(part.part_from), asked.place(part.part_to)
    seen = [None] * limit
    while len(seen) == limit:
        statement, parameters = export_rows.page(
            asked, SOMEONE, after=after, until=until, limit=limit, with_bodies=True
        )
        seen = export_rows.candidates(session.execute(statement, parameters).all())
        yield from seen
        after = seen[-1].place if seen else until


@pytest.mark.parametrize("limit", [1, 3, 500])
def test_parts_hold_every_resource_once_however_small_the_steps_and_pages(
    database: Database, monkeypatch: pytest.MonkeyPatch, limit: int
) -> None:
    monkeypatch.setattr(export_cutting, "STEP", 3)
    monkeypatch.setattr(export_cutting, "PART", 4)
    patients(database, *range(11))
    patients(database, 2, 5, 7)
    job_id = started(database)
    worked(database, job_id)
    with database.reading() as session:
        assert len(exports.parts(session, job_id)) > 1
    assert sorted(sent(database, job_id, limit=limit)) == sorted(f"p{number}" for number in range(11))
    assert job(database, job_id).found == 11


def test_a_version_that_is_written_later_is_not_in_it(database: Database) -> None:
    patients(database, 0)
    time.sleep(0.002)
    job_id = started(database)
    patients(database, 0, 1)
    worked(database, job_id)
    assert sent(database, job_id) == ["p0"]


def test_what_is_gone_is_in_a_part_of_its_own(database: Database) -> None:
    patients(database, 0, 1)
    time.sleep(0.002)
    since = clock.now()
    time.sleep(0.002)  # versions are stamped to the millisecond
    patients(database, 1)
    with database.transaction() as session, writing(session, by=SOMEONE, at=clock.now()) as changes:
        changes.delete("Patient", "p0")
    time.sleep(0.002)
    job_id = started(database, since=since)
    worked(database, job_id)
    assert sent(database, job_id) == ["p1", "-p0"]


def test_of_two_workers_one_gets_an_export(database: Database) -> None:
    now, job_id = clock.now(), started(database)
    assert claimed(database, job_id, "first", now + DAY / 2)
    assert not claimed(database, job_id, "second", now + DAY / 2)
    assert stepped(database, job_id, "second", now + DAY / 2) is Step.OVER


def test_a_worker_that_is_not_heard_of_loses_its_export(database: Database) -> None:
    later, job_id = clock.now() + timedelta(seconds=10), started(database)
    claimed(database, job_id, "first", later)
    with database.reading() as session:
        assert export_cutting.waiting(session, "second", at=later + export_cutting.LEASE / 2) == ""
        assert export_cutting.waiting(session, "second", at=later + export_cutting.LEASE) == job_id
    assert claimed(database, job_id, "second", later + export_cutting.LEASE)
    assert stepped(database, job_id, "first", later + export_cutting.LEASE) is Step.OVER


def test_a_worker_that_stops_leaves_its_exports_to_others_at_once(database: Database) -> None:
    later, job_id = clock.now() + timedelta(seconds=10), started(database)
    claimed(database, job_id, "first", later)
    with database.transaction() as session:
        export_cutting.release(session, "first", at=later)
    assert claimed(database, job_id, "second", later)


def test_what_one_worker_has_cut_another_does_not_cut_again(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(export_cutting, "STEP", 3)
    monkeypatch.setattr(export_cutting, "PART", 3)
    patients(database, *range(7))
    job_id = started(database)
    later = clock.now() + timedelta(seconds=10)
    claimed(database, job_id, "first", later)
    assert stepped(database, job_id, "first", later) is Step.MORE
    with database.transaction() as session:
        export_cutting.release(session, "first", at=clock.now())
        cut = [(part.number, part.part_from, part.part_to) for part in exports.parts(session, job_id)]
    worked(database, job_id, "second")
    with database.reading() as session:
        now = [(part.number, part.part_from, part.part_to) for part in exports.parts(session, job_id)]
    assert len(cut) == 1
    assert now[:1] == cut
    assert sorted(sent(database, job_id)) == [f"p{number}" for number in range(7)]


def test_an_export_that_is_cancelled_is_not_worked_on_any_longer(database: Database) -> None:
    job_id = started(database)
    claimed(database, job_id, "worker", clock.now() + timedelta(seconds=10))
    with database.transaction() as session:
        exports.cancel(session, job_id, by=SOMEONE, at=clock.now())
    assert stepped(database, job_id, "worker", clock.now()) is Step.OVER


def test_an_export_is_there_until_it_expires_and_then_cleared_away(database: Database) -> None:
    job_id = started(database)
    worked(database, job_id)
    assert job(database, job_id).state == State.READY
    later = clock.now() + DAY
    with pytest.raises(NotFound):
        job(database, job_id, at=later)
    with database.transaction() as session:
        assert not export_cutting.is_any_expired(session, at=clock.now())
        export_cutting.clear(session, at=clock.now())
        assert export_cutting.is_any_expired(session, at=later)
        export_cutting.clear(session, at=later)
        assert session.get(ExportJob, job_id) is None


def test_only_exports_under_way_count_against_a_client(database: Database) -> None:
    first = [started(database, client="busy") for _ in range(exports.MOST_RUNNING)]
    with pytest.raises(TooMany):
        started(database, client="busy")
    started(database, client="another")
    worked(database, first[0])
    started(database, client="busy")


def test_an_export_that_fails_says_so_and_is_not_tried_for_ever(database: Database) -> None:
    job_id = started(database)
    later = clock.now() + timedelta(seconds=10)
    claimed(database, job_id, "worker", later)
    with database.transaction() as session:
        export_cutting.fail(session, job_id, "worker")
        assert export_cutting.waiting(session, "worker", at=later) == ""
    assert job(database, job_id).state == State.FAILED


def test_a_writer_that_commits_after_the_transaction_time_is_in_this_export_or_in_the_next(
    database: Database,
) -> None:
    """A version bears the time at which its writer began; an export may be asked for before the writer has ended."""
    may_end = threading.Event()
    began = threading.Event()

    def write_slowly() -> None:
        with database.transaction() as session, writing(session, by=SOMEONE, at=clock.now()) as changes:
            changes.update(builders.patient(id="slow"))
            began.set()
            may_end.wait(10)

    found: list[str] = []

    def export_twice() -> None:
        first = started(database)
        worked(database, first)
        found.extend(sent(database, first))
        time.sleep(0.002)
        second = started(database, since=job(database, first).transaction_at)
        worked(database, second)
        found.extend(sent(database, second))

    threads = [threading.Thread(target=work) for work in (write_slowly, export_twice)]
    threads[0].start()
    began.wait(10)
    threads[1].start()
    time.sleep(1.5)
    assert found == []
    may_end.set()
    for thread in threads:
        thread.join(20)
    assert found == ["slow"]
