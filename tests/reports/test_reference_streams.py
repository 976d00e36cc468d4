"""Files of all England pass through in batches."""

import tracemalloc
from pathlib import Path

import pytest
import sqlalchemy as sa

from service import db
from service.errors import Unreadable
from service.register.organisations import ListByAge
from service.reports import reference
from tests.reports.published import BANDS_HEADER, GEOGRAPHY_HEADER, band_line, geography_line, written


def practices(many: int) -> list[str]:
    return [f"Z{99000 + at}" for at in range(many)]


def loaded(database, path: Path, **options) -> reference.Loaded:
    with database.transaction() as session:
        return reference.load(session, path, **options)


def known(database, tmp_path: Path, many: int) -> None:
    loaded(database, written(tmp_path, "geo_2021.csv", GEOGRAPHY_HEADER, *map(geography_line, practices(many))))


def bands(tmp_path: Path, many: int) -> Path:
    lines = (band_line(code, f"{age}_{age + 4}", 7) for code in practices(many) for age in range(0, 95, 5))
    return written(tmp_path, f"bands{many}.csv", BANDS_HEADER, *lines)


def test_what_is_read_is_told_as_it_is_read(database, tmp_path, monkeypatch):
    monkeypatch.setattr(reference, "BATCH", 50)
    known(database, tmp_path, 10)
    heard: list[tuple[int, int]] = []
    loaded(database, bands(tmp_path, 10), tell=lambda done, of: heard.append((done, of)))
    assert heard == [(51, 191), (101, 191), (151, 191), (191, 191)]


def test_a_longer_file_takes_no_more_memory(database, tmp_path, monkeypatch):
    monkeypatch.setattr(reference, "BATCH", 100)
    monkeypatch.setattr(reference, "REMEMBERED", 100)
    known(database, tmp_path, 400)
    loaded(database, bands(tmp_path, 10))

    def peak(many: int) -> int:
        path = bands(tmp_path, many)
        tracemalloc.start()
        try:
            assert loaded(database, path).refusals == 0
            return tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()

    assert peak(400) < 1.5 * peak(40)


def test_a_line_that_says_the_same_again_is_refused_while_it_is_remembered(database, tmp_path, monkeypatch):
    monkeypatch.setattr(reference, "REMEMBERED", 5)
    known(database, tmp_path, 1)
    ages = [band_line("Z99000", f"{age}_{age + 4}", 7) for age in range(0, 95, 5)]
    path = written(tmp_path, "bands.csv", BANDS_HEADER, *ages, ages[-5].replace(",7", ",8"), ages[0])
    found = loaded(database, path)
    assert [number for number, _ in found.refused] == [21]
    assert (found.taken, found.unchanged) == (19, 1)


def test_of_very_many_refused_lines_the_first_are_told_and_the_others_counted(database, tmp_path, monkeypatch):
    monkeypatch.setattr(reference, "TOLD", 3)
    found = loaded(database, bands(tmp_path, 1))
    assert (found.taken, found.refusals, len(found.refused)) == (0, 19, 3)
    said = list(reference.told(found))
    assert (said[0].endswith("19 refused"), said[-1]) == (True, "  and 16 lines more")


def test_nothing_is_left_of_a_file_that_breaks_off_in_a_line_that_no_file_has(database, tmp_path, monkeypatch):
    monkeypatch.setattr(reference, "BATCH", 5)
    known(database, tmp_path, 1)
    path = bands(tmp_path, 1)
    path.write_bytes(path.read_bytes() + b"x" * 200_000)
    with pytest.raises(Unreadable, match="line 21 is too long"):
        loaded(database, path)
    with database.reading() as session:
        assert session.execute(sa.select(db.table(ListByAge))).all() == []
