"""Whatever is done to the audit trail, verifying it finds it; and what is written meanwhile raises no alarm."""

import random
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest

from service import audit, audit_chain, audit_keys, audit_verification, migrations, read_door
from service.audit_verification import Verifier
from service.db import Database
from service.errors import Unreadable
from tests import trails
from tests.trails import Row

SIZE, TIMES, STRIDE = 10_000, 200, 200
OTHER, THIRD = audit_keys._key("another key of the tests"), audit_keys._key("a third key of the tests")
Heads = dict[str, tuple[int, bytes]]


class Trail:
    """A whole trail of three chains in memory, and where verifying stood before every so many rows of it."""

    def __init__(self, rows: list[Row], heads: Heads) -> None:
        self.rows, self.heads = rows, heads
        self.stood: list[Verifier] = []
        verifier = Verifier(trails.keys(OTHER, THIRD), self._claims(rows))
        for at, row in enumerate(rows):
            if at % STRIDE == 0:
                self.stood.append(verifier.copy())
            assert verifier.take(row) == ""
        assert verifier.finish(heads) == []

    def faults(self, rows: list[Row], heads: Heads | None = None, exported: str = "") -> Iterator[tuple[Any, str]]:
        """What verifying finds, with the key of the row: from before the first row that is another now."""
        rows = sorted(rows, key=lambda row: row["pk"])
        same = next((at for at, row in enumerate(self.rows) if at >= len(rows) or rows[at] is not row), len(rows))
        start = min(same // STRIDE, len(self.stood) - 1)
        verifier = self.stood[start].copy()
        verifier.claims = self._claims(rows)
        for chain, told in audit_verification.exported(exported).items():
            verifier.claims.setdefault(chain, {}).update(told)
        for row in rows[start * STRIDE :]:
            if wrong := verifier.take(row):
                yield row["pk"], wrong
        for wrong in verifier.finish(self.heads if heads is None else heads):
            yield None, wrong

    def first(self, *changed: Any, **named: Any) -> tuple[Any, str] | None:
        return next(self.faults(*changed, **named), None)

    def last_of(self, chain: str) -> int:
        return max(at for at, row in enumerate(self.rows) if row["chain"] == chain)

    @staticmethod
    def _claims(rows: list[Row]) -> dict[str, dict[int, str]]:
        return audit_verification.claims(row["anchor"] for row in rows if row["anchor"])


@pytest.fixture(scope="module")
def trail(tmp_path_factory: pytest.TempPathFactory) -> Trail:
    """Rows of three writers, which anchor one another."""
    database = Database(f"sqlite:///{tmp_path_factory.mktemp('trail') / 'trail.db'}")
    migrations.tables().create_all(database.engine)
    chance, number = random.Random(5), 0
    with database.transaction() as session:
        while number < SIZE:
            many = min(chance.choice((1, 1, 2, 5, 16, 40)), SIZE - number)
            key = chance.choice((audit_keys.current(), OTHER, THIRD))
            events = [trails.event(nth) for nth in range(number, number + many)]
            read_door.run(session, audit_chain.adding(key, events))
            number += many
    made = Trail(trails.rows(database), _heads(database))
    database.close()
    assert (len(made.rows), len(made.heads)) == (SIZE, 3)
    return made


def _heads(database: Database) -> Heads:
    with database.reading() as session:
        return {chain: (sequence, digest) for chain, sequence, digest in session.execute(audit_verification._HEADS)}


def another(row: Row, column: str, chance: random.Random, trail: Trail) -> Any:
    """A value that the column does not have in this row: near, far, or of another row."""
    value = row[column]
    if isinstance(value, bytes):
        bit = chance.randrange(8 * len(value))
        return bytes(byte ^ (1 << bit % 8 if at == bit // 8 else 0) for at, byte in enumerate(value))
    if column == "at":
        moved = datetime.fromisoformat(value) + timedelta(microseconds=chance.choice((-1, 1, 3_600_000_000)))
        return audit_chain.instant(moved)
    elsewhere = chance.choice(trail.rows)[column]
    if chance.random() < 0.5 and elsewhere != value and column != "pk":
        return elsewhere
    if column == "pk":
        return chance.choice((-1, 1)) * (SIZE + chance.randrange(1, 1000))
    if isinstance(value, int):
        return value + chance.choice((-1, 1))
    return chance.choice((0, 7)) if value is None else f"{value}x"


COLUMNS = sorted(column.name for column in audit_verification.EVENT.columns)


def test_every_alteration_of_any_column_is_found(trail: Trail) -> None:
    chance = random.Random(1)
    for number in range(TIMES):
        at, column = chance.randrange(SIZE), COLUMNS[number % len(COLUMNS)]
        changed = {**trail.rows[at], column: another(trail.rows[at], column, chance, trail)}
        found = trail.first([*trail.rows[:at], changed, *trail.rows[at + 1 :]])
        assert found, (column, changed)
        if column not in ("pk", "chain", "sequence"):
            assert found[0] == trail.rows[at]["pk"], (column, changed)  # the first broken row is named


@pytest.mark.parametrize("column", COLUMNS)
def test_nothing_and_empty_are_not_the_same(trail: Trail, column: str) -> None:
    at = next(at for at, row in enumerate(trail.rows) if row[column] in (None, "") or at == 700)
    empty = None if trail.rows[at][column] == "" else b"" if column in ("digest", "at") else ""
    if column == "pk":
        return  # never empty, on either database
    assert trail.first([*trail.rows[:at], {**trail.rows[at], column: empty}, *trail.rows[at + 1 :]])


def test_every_removal_is_found(trail: Trail) -> None:
    chance = random.Random(2)
    chosen = [chance.randrange(SIZE) for _ in range(TIMES - 3)] + [trail.last_of(chain) for chain in trail.heads]
    for at in chosen:
        assert trail.first([*trail.rows[:at], *trail.rows[at + 1 :]]), trail.rows[at]


def test_a_removal_with_the_head_moved_back_is_found_by_an_anchor_or_by_heads_that_were_kept(trail: Trail) -> None:
    kept = "\n".join(f"{chain}:{sequence}:{digest.hex()}" for chain, (sequence, digest) in trail.heads.items())
    for chain in trail.heads:
        at = trail.last_of(chain)
        before = max(number for number in range(at) if trail.rows[number]["chain"] == chain)
        heads = {**trail.heads, chain: (trail.rows[before]["sequence"], trail.rows[before]["digest"])}
        assert trail.first([*trail.rows[:at], *trail.rows[at + 1 :]], heads, exported=kept)
        others = [row for row in trail.rows if row["chain"] != chain]
        anchored = max(trail._claims(others)[chain])
        short = [row for row in trail.rows if row["chain"] != chain or row["sequence"] < anchored]
        last = [row for row in short if row["chain"] == chain][-1]
        assert trail.first(short, {**trail.heads, chain: (last["sequence"], last["digest"])})


def test_a_whole_chain_removed_with_its_head_is_found(trail: Trail) -> None:
    for chain in trail.heads:
        heads = {name: end for name, end in trail.heads.items() if name != chain}
        assert trail.first([row for row in trail.rows if row["chain"] != chain], heads)


LINK = ("pk", "chain", "sequence", "digest")


@pytest.mark.parametrize("kept", [("pk",), LINK], ids=["whole rows", "what rows tell"])
def test_every_swap_is_found(trail: Trail, kept: tuple[str, ...]) -> None:
    chance = random.Random(3)
    for number in range(TIMES):
        one, two = sorted(chance.sample(range(SIZE), 2)) if number % 2 else _neighbours(trail, chance)
        rows = list(trail.rows)
        rows[one] = {**trail.rows[two], **{name: trail.rows[one][name] for name in kept}}
        rows[two] = {**trail.rows[one], **{name: trail.rows[two][name] for name in kept}}
        found = trail.first(rows)
        assert found
        assert found[0] <= trail.rows[two]["pk"]


def _neighbours(trail: Trail, chance: random.Random) -> tuple[int, int]:
    at = chance.randrange(SIZE - 1)
    return at, at + 1


def test_every_insertion_is_found(trail: Trail) -> None:
    chance = random.Random(4)
    forgeries: tuple[Callable[[Row], Row], ...] = (
        lambda row: {},
        lambda row: {"sequence": row["sequence"] + 1},
        lambda row: {"sequence": row["sequence"] + 1, "digest": chance.randbytes(32)},
        lambda row: {"chain": "", "sequence": 0, "digest": b"", "anchor": ""},
        lambda row: {"chain": row["chain"][:-1] + "x", "sequence": 1, "digest": chance.randbytes(32)},
        lambda row: {"chain": "deadbeef-000000000000", "sequence": 1, "digest": chance.randbytes(32)},
    )
    for number in range(TIMES):
        at = chance.choice((0, SIZE - 1, chance.randrange(SIZE)))
        row = trail.rows[at]
        forged = {**row, **forgeries[number % len(forgeries)](row), "pk": row["pk"] + chance.choice((-0.5, 0.5))}
        assert trail.first([*trail.rows[:at], forged, *trail.rows[at:]]), forged


@pytest.mark.parametrize(
    ("statements", "named"),
    [
        (["UPDATE audit_event SET outcome = 500 WHERE pk = 40"], 40),
        (["UPDATE audit_event SET person_pk = 7 WHERE pk = 41"], 41),
        (["UPDATE audit_event SET action = 'search' WHERE pk = 41"], 41),
        (["UPDATE audit_event SET pk = 1000 WHERE pk = 50"], 51),
        (["DELETE FROM audit_event WHERE pk = 60"], 61),
        (["DELETE FROM audit_event WHERE pk = 300"], None),
        (["DELETE FROM audit_event WHERE pk <= 10"], 11),
        (["DELETE FROM audit_event"], None),
        (["DELETE FROM audit_head"], None),
        (["UPDATE audit_head SET sequence = sequence + 1"], None),
        (
            [
                "UPDATE audit_event SET pk = -1 WHERE pk = 70",
                "UPDATE audit_event SET pk = 70 WHERE pk = 71",
                "UPDATE audit_event SET pk = 71 WHERE pk = -1",
            ],
            70,
        ),
    ],
)
def test_what_is_done_to_the_tables_is_found(database: Database, statements: list[str], named: int | None) -> None:
    for first in range(0, 300, 30):
        trails.write(database, map(trails.event, range(first, first + 30)))
    whole = trails.verified(database)
    assert (whole.broken, whole.rows, whole.chains, whole.is_sealed) == (0, 300, 1, True)
    trails.run(database, *statements)
    found = trails.verified(database)
    assert found.broken
    if named:
        assert f"Row {named} of audit_event" in found.faults[0]


def test_a_row_that_no_code_of_ours_could_have_written_is_a_fault_of_the_row(database: Database) -> None:
    if not database.is_sqlite:
        pytest.skip("PostgreSQL keeps no value that is not of its column's type")
    trails.write(database, map(trails.event, range(20)))
    trails.run(database, "UPDATE audit_event SET digest = 'text', at = x'00' WHERE pk = 5")
    trails.run(database, "UPDATE audit_event SET sequence = 'seven' WHERE pk = 7")
    trails.run(database, "UPDATE audit_event SET query = x'ff' WHERE pk = 9")
    faults = trails.verified(database).faults
    assert faults[0].startswith("Row 5 ")
    assert any(fault.startswith("Row 9 ") for fault in faults)


def test_what_was_there_before_there_were_chains_is_counted_and_sealed(database: Database) -> None:
    trails.run(database, *(_BEFORE.format(pk) for pk in range(-50, 0)))
    told = trails.verified(database)
    assert (told.before, told.is_sealed, told.broken) == (50, False, 0)
    trails.write(database, [trails.event(1)])
    assert not trails.verified(database).is_sealed
    for _ in range(2):  # sealed once
        with database.transaction() as session:
            audit.seal(session)
    told = trails.verified(database)
    assert (told.before, told.rows, told.is_sealed, told.broken) == (50, 52, True, 0)


_BEFORE = (
    "INSERT INTO audit_event (pk, at, action, outcome, client_id, organisation, resource_type, resource_id, "
    "request_id, query, disclosed, user_id, role, purpose, reason, basis, chain, sequence, anchor, digest) VALUES "
    "({0}, '2026-01-01T00:00:00.000000Z', 'read', 200, 'a', 'b', '', '', '', '', '', '', '', '', '', '', '', 0, '', '')"
)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit_event SET outcome = 404 WHERE pk = -25",
        "DELETE FROM audit_event WHERE pk = -25",
        _BEFORE.format(-70),
        _BEFORE.format(1000),
    ],
)
def test_what_is_done_to_rows_from_before_the_chains_is_found(database: Database, statement: str) -> None:
    trails.run(database, *(_BEFORE.format(pk) for pk in range(-50, 0)))
    with database.transaction() as session:
        audit.seal(session)
    assert not trails.verified(database).broken
    trails.run(database, statement)
    assert trails.verified(database).broken


def test_a_trail_that_began_with_chains_has_no_rows_from_before_them(database: Database) -> None:
    trails.write(database, [trails.event(1)])
    trails.run(database, _BEFORE.format(-1))
    assert trails.verified(database).broken


def test_heads_that_were_kept_tell_of_a_trail_that_was_cut_short(database: Database) -> None:
    trails.write(database, map(trails.event, range(10)))
    kept = trails.heads(database)
    assert not trails.verified(database, heads=kept).broken
    nine = next(row for row in trails.rows(database) if row["sequence"] == 9)
    trails.run(database, "DELETE FROM audit_event WHERE sequence = 10")
    trails.run(database, "UPDATE audit_head SET sequence = 9, digest = :digest", digest=nine["digest"])
    assert not trails.verified(database).broken  # nobody else ever told of the tenth
    assert trails.verified(database, heads=kept).broken == 1


@pytest.mark.parametrize("text", ["no head", "deadbeef:1:00", "<html>"])
def test_a_file_that_holds_no_heads_is_refused(text: str) -> None:
    with pytest.raises(Unreadable, match="Line 1"):
        audit_verification.exported(text)


def test_an_empty_trail_is_whole(database: Database) -> None:
    assert trails.verified(database).broken == 0


def test_another_key_finds_nothing_that_it_knows(database: Database) -> None:
    trails.write(database, [trails.event(1)], key=OTHER)
    assert "HEARTSEASE_AUDIT_OLD_KEYS" in trails.verified(database).faults[0]
    assert not trails.verified(database, OTHER).broken
