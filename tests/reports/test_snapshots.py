"""A report that left is shown again as it left, also once reports have changed."""

from dataclasses import replace
from datetime import date

import pytest

from service import clock
from service.errors import NotFound
from service.reports import snapshots
from service.reports.disclosure_profile import HIDDEN
from service.reports.models import ReportSnapshot
from service.reports.report import Baseline, Figure, Kind, Level, Point, Report, Row, Shown

REPORT = Report(
    measure="invented",
    number="M0",
    title="People who were counted — é",
    version="1",
    source="register",
    first=date(2022, 4, 1),
    on=date(2023, 3, 31),
    areas=("99A",),
    period="year",
    split="sex",
    profile="nhs-digital",
    parts=(Shown("met", "Met", Kind.PROPORTION, of="known", better="higher"),),
    baseline=Baseline(0.002, "Invented"),
    practice_not_known=HIDDEN,
    rows=(
        Row(Level.ALL, "", "All", (Figure("met", 10, 20, 0.5, 0.3, 0.7, (("gap", 1.0), ("short", HIDDEN))),)),
        Row(Level.PRACTICE, "Z99001", "Surgery", (Figure("met", HIDDEN, None),), group="female"),
    ),
    trend=(Point(date(2023, 3, 1), date(2023, 3, 31), (Figure("met", 0, 0),)),),
    notes=("A note",),
)
KEPT_LONG_AGO = (
    '{"areas":[],"below_baseline":0,"first":"2022-04-01","measure":"invented","notes":[],"number":"M0",'
    '"on":"2023-03-31","parts":[{"code":"met","kind":"proportion","of":"","title":"Met"}],"period":"",'
    '"practices":1,"profile":"nhs-digital","rows":[{"code":"","figures":[{"count":"*","part":"met","value":0.5}],'
    '"level":"all","name":"All"}],"snapshot":"","source":"register","split":"","title":"Old","version":"1"}'
)


def test_a_report_is_read_again_as_it_left_by_the_id_that_it_carries(database):
    with database.transaction() as session:
        kept = snapshots.kept(session, REPORT)
    with database.reading() as session:
        assert snapshots.read(session, kept.snapshot) == kept == replace(REPORT, snapshot=kept.snapshot)


def test_the_same_report_is_kept_once_and_another_has_another_id(database):
    with database.transaction() as session:
        first, again = snapshots.kept(session, REPORT), snapshots.kept(session, REPORT)
        other = snapshots.kept(session, replace(REPORT, notes=()))
    assert first == again
    assert other.snapshot != first.snapshot


def test_a_report_that_was_kept_before_reports_had_all_their_fields_is_still_read(database):
    snapshot = snapshots.id_of(KEPT_LONG_AGO)
    with database.transaction() as session:
        made_at = clock.now()
        session.add(ReportSnapshot(id=snapshot, made_at=made_at, measure="invented", content=KEPT_LONG_AGO))
    with database.reading() as session:
        read = snapshots.read(session, snapshot)
    assert (read.title, read.rows[0].figures[0].count, read.snapshot) == ("Old", HIDDEN, snapshot)


@pytest.mark.parametrize("snapshot", ["", "0" * 20, "g" * 20, "' or 1=1", "\0"])
def test_a_report_that_was_never_kept_is_not_found(database, snapshot):
    with database.reading() as session, pytest.raises(NotFound):
        snapshots.read(session, snapshot)
