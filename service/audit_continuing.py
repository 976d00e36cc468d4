"""One process adds to its own chain on PostgreSQL, in one statement: a third of what a transaction of several costs.

PostgreSQL's own SQL, because SQLite has no INSERT inside a WITH, and needs none: there a transaction costs no journey.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import text

from service import audit_chain
from service.audit_chain import EVENT, Place
from service.audit_keys import Key
from service.expressions import numbered
from service.read_door import ReadDoor

_NAMES = tuple(column.name for column in EVENT.columns)
_NUMBERS = ("pk", "outcome", "person_pk", "sequence")
_TYPES = dict.fromkeys(_NUMBERS, "bigint") | {"at": "timestamptz", "digest": "bytea"}
_ARRAYS = ", ".join(f"CAST(:{name} AS {_TYPES.get(name, 'text')}[])" for name in _NAMES)
_ADD = text(
    "WITH moved AS (UPDATE audit_head SET sequence = :to_sequence, digest = :to_digest, event_pk = :to_pk, at = :to_at "
    "WHERE chain = :of AND sequence = :from_sequence AND digest = :from_digest RETURNING 1) "
    f"INSERT INTO audit_event ({', '.join(_NAMES)}) "
    f"SELECT {', '.join(f'added.{name}' for name in _NAMES)} "
    f"FROM moved, unnest({_ARRAYS}) AS added ({', '.join(_NAMES)}) RETURNING pk"
)


async def add(door: ReadDoor, key: Key, place: Place, events: Sequence[Mapping[str, Any]]) -> Place | None:
    """The new end of the chain; None, and nothing is added, where it does not end at this place any more."""
    ((keys,),) = await door.rows(audit_chain.NEW_KEYS, {"count": len(events)})
    rows = audit_chain.linked(key, place, numbered(keys, len(events)), events)
    end = audit_chain.end_of(rows)
    moved = {
        "of": place.chain,
        "from_sequence": place.sequence,
        "from_digest": place.digest,
        "to_sequence": end.sequence,
        "to_digest": end.digest,
        "to_pk": end.last_pk,
        "to_at": rows[-1]["at"],
    }
    added = await door.rows(_ADD, {**moved, **{name: [row[name] for row in rows] for name in _NAMES}})
    return end if added else None
