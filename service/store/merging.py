"""Two records of one person become one, and can be taken apart again (decision 21).

A merge moves all that belongs to the source to the target: each resource that stands as a new version that says the
same of the target, everything else, such as what was deleted, as it is. The Patient of the source belongs to the target
from then on, is inactive, and says what stands in its place. Un-merging moves back exactly what was moved, as it
stands by then; what was written to the target since stays there, and is told.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Row, Select, bindparam, insert, select, update

from service import audit, db
from service.errors import Conflict, Forbidden, NotFound, RuleBroken
from service.fhir import codec, identity, references
from service.fhir.resource_type import Body
from service.store import grounds, merge_obstacles, rows
from service.store.merge_obstacles import says_whose
from service.store.merges import MERGE, MergedResource
from service.store.models import Resource, ResourceVersion
from service.store.write import Writing

RESOURCE: Final = db.table(Resource)
VERSION: Final = db.table(ResourceVersion)
MERGED: Final = db.table(MergedResource)

NAME: Final = "Patient"
ITEM: Final = "merge"
"""The item of `access/policy` that a role writes which may merge."""


@dataclass(frozen=True, slots=True)
class Done:
    """What a merge or its undoing did: the keys of the two, what moved, and what stayed with the target since."""

    source_pk: int
    person_pk: int
    moved: Sequence[str]
    stayed: Sequence[str] = ()


def merge(changes: Writing, *, source: str, target: str) -> Done:
    """Moves the record of the `source`, such as "Patient/1", to the `target`.

    Raises Forbidden, NotFound (for what the actor may not see), RuleBroken, and Conflict naming what stands against it.
    """
    pair = _pair(changes, source, target, _RECORD)
    from_, to = pair[source], pair[target]
    for one in (from_, to):
        if one.person_pk != one.pk:
            raise Conflict("One of these was merged into another already; use $unmerge first", expression=NAME)
    _refuse_not_theirs(changes, from_.pk, to.pk)
    merge_obstacles.refuse_two_active(changes.session, from_.pk, to.pk)
    merge_obstacles.refuse_two_deaths(changes.session, from_.pk, to.pk)
    held = _held(changes, _belonging(changes, from_.pk))
    written = changes.session.execute(
        insert(MERGE).values(source_pk=from_.pk, target_pk=to.pk, target_version=to.version + 1, at=changes.at)
    )
    merged = [{"merge_pk": _key(written), "resource_pk": one.pk, "version": one.version} for one in held.values()]
    db.insert_many(changes.session, {MERGED: merged})
    bodies = {reference: _body(changes, one) for reference, one in {source: from_, target: to}.items()}
    moved = _moved(changes, held, to=to.pk, becomes={source: target}, but_for=(source,))
    changes.move(identity.replaced(bodies[source], by=target), from_, to=to.pk)
    changes.move(identity.replacing(bodies[target], bodies[source]), to, to=to.pk)
    _told(changes, "merge", from_.pk, to.pk, source, target)
    return Done(from_.pk, to.pk, moved)


def unmerge(changes: Writing, *, source: str, target: str) -> Done:
    """Moves what a merge moved from the `target` back to the `source`.

    Raises Forbidden, NotFound, and Conflict where the two are not merged or are bound together since. Whether both are
    the writer's own can be asked only once it is written: see `refuse_not_theirs_now`.
    """
    pair = _pair(changes, source, target, _MOVED_ONCE)
    from_, to = pair[source], pair[target]
    standing = changes.session.execute(_STANDING, {"source": from_.pk, "target": to.pk}).one_or_none()
    if standing is None or to.person_pk != to.pk:
        raise Conflict("These two are not merged into one as they stand", expression=NAME)
    _refuse_not_theirs(changes, to.pk)
    changes.session.execute(_UNDO, {"this": standing.pk, "undone": changes.at})
    held = _held(changes, _of_merge(changes, standing.pk))
    stays = {name: one for name, one in _belonging(changes, to.pk).items() if name not in held and one.pk != to.pk}
    merge_obstacles.refuse_bound(changes.session, held, stays)
    stayed = _since(changes, to.pk, held, standing)
    bodies = {
        source: codec.loads(_version(changes, from_.pk, _before(changes, standing.pk, from_.pk))),
        target: codec.loads(rows.body(changes.session, to.pk)),
    }
    own = identity.numbers(codec.loads(_version(changes, to.pk, standing.target_version - 1)))
    moved = _moved(changes, held, to=from_.pk, becomes={target: source}, but_for=(source,))
    changes.move(identity.apart(bodies[target], bodies[source], own=own), to, to=to.pk)
    changes.move(bodies[source], from_, to=from_.pk)
    _told(changes, "unmerge", from_.pk, to.pk, source, target)
    return Done(from_.pk, to.pk, moved, stayed)


def refuse_not_theirs_now(changes: Writing, *people: str) -> None:
    """Raises Forbidden unless the writer's organisation looks after each of these as they stand once written."""
    keys = changes.session.execute(_KEYS, {"ids": [one.partition("/")[2] for one in people]}).scalars().all()
    _refuse_not_theirs(changes, *keys)


def _pair(changes: Writing, source: str, target: str, record: Select[Any]) -> dict[str, Row[Any]]:
    """Both Patients, held with their people after all that is about to move, which the statement `record` finds.

    One answer for what is hidden, deleted and absent.
    """
    if ("write", ITEM) in changes.by.barred:
        raise Forbidden("Records are merged and taken apart by the practice of both people, or by a system")
    changes.by.require("u", NAME)
    if source == target:
        raise RuleBroken("Name two Patients: these are one", expression=NAME)
    found_now = changes.session.execute(record, {"id": source.partition("/")[2]})
    names = [f"{one.resource_type}/{one.id}" for one in found_now]
    changes.hold(dict.fromkeys((*names, source, target), False), (source, target))
    found = {reference: changes.held(reference) for reference in (source, target)}
    seen = {name: one for name, one in found.items() if one and not one.deleted and changes.sees(one.pk)}
    if len(seen) < 2:
        raise NotFound("There is no such Patient that you may see")
    return seen


def _refuse_not_theirs(changes: Writing, *people: int) -> None:
    if not changes.is_of_everyone and not all(changes.looks_after(pk) for pk in people):
        raise Forbidden("Only who looks after both people may do this: your organisation does not")


def _belonging(changes: Writing, person_pk: int) -> dict[str, Row[Any]]:
    found = changes.session.execute(_BELONGING, {"person": person_pk})
    return {f"{one.resource_type}/{one.id}": one for one in found}


def _of_merge(changes: Writing, merge_pk: int) -> dict[str, Row[Any]]:
    found = changes.session.execute(_OF_MERGE, {"merge": merge_pk})
    return {f"{one.resource_type}/{one.id}": one for one in found}


def _held(changes: Writing, named: Mapping[str, Any]) -> dict[str, Row[Any]]:
    """These resources as they stand, held in the order of their names."""
    return {name: one for name in sorted(named) if (one := changes.held(name))}


def _moved(
    changes: Writing,
    held: Mapping[str, Row[Any]],
    *,
    to: int,
    becomes: Mapping[str, str],
    but_for: Collection[str],
) -> list[str]:
    """Moves each to a person, by key, and has it say so. Returns the references of what stands, but for Patients.

    The rows first: what is derived on the way asks whose they are. What was deleted, what tells of the past, and the
    Flags that the register raises, which follow by themselves, say nothing else afterwards.
    """
    keys = [{"this": one.pk, "to": to} for one in held.values()]
    changes.session.execute(_GIVE, keys)
    moved = []
    for reference, one in held.items():
        if reference in but_for or one.deleted or not says_whose(reference):
            continue
        body = codec.loads(rows.body(changes.session, one.pk))
        references.relink(body, lambda said, path, name: becomes.get(said, said))
        changes.move(body, one, to=to)
        moved.append(reference)
    return moved


def _since(changes: Writing, target_pk: int, held: Mapping[str, Any], standing: Row[Any]) -> list[str]:
    """What was written first after the merge: nobody can say to which of the two it belongs."""
    asked = {"person": target_pk, "at": standing.at}
    found = [f"{one.resource_type}/{one.id}" for one in changes.session.execute(_WRITTEN_SINCE, asked)]
    return [name for name in found if name not in held and says_whose(name)]


def _told(changes: Writing, action: str, source_pk: int, target_pk: int, source: str, target: str) -> None:
    """Whose Flags follow, and one event in the audit of each of the two."""
    people = ((source_pk, source), (target_pk, target))
    for pk, _ in people:
        changes.look_at(pk)
    changes.acts(action, *(_event(changes, action, *one, query=f"{source} {target}") for one in people))


def _event(changes: Writing, action: str, pk: int, reference: str, *, query: str) -> dict[str, Any]:
    return audit.row(
        action,
        by=changes.by,
        outcome=200,
        resource_type=NAME,
        resource_id=reference.partition("/")[2],
        person_pk=pk,
        request_id=changes.request_id,
        query=query,
        basis=grounds.SYSTEM if changes.is_of_everyone else grounds.LOOKED_AFTER,  # as was asked before
    )


def _key(written: Any) -> int:
    key: int = written.inserted_primary_key[0]
    return key


def _body(changes: Writing, one: Row[Any]) -> Body:
    return codec.loads(rows.body(changes.session, one.pk))


def _before(changes: Writing, merge_pk: int, pk: int) -> int:
    found: int = changes.session.execute(_MOVED_AT, {"merge": merge_pk, "this": pk}).scalar_one()
    return found


def _version(changes: Writing, pk: int, version: int) -> bytes:
    found: bytes = changes.session.execute(_BODY_OF, {"this": pk, "version": version}).scalar_one()
    return found


_SOURCE: Final = (
    select(RESOURCE.c.pk).where(RESOURCE.c.resource_type == NAME, RESOURCE.c.id == bindparam("id")).scalar_subquery()
)
_NAMED: Final = (RESOURCE.c.pk, RESOURCE.c.resource_type, RESOURCE.c.id, RESOURCE.c.deleted)
_STANDING: Final = select(MERGE).where(
    MERGE.c.source_pk == bindparam("source"), MERGE.c.target_pk == bindparam("target"), MERGE.c.undone_at.is_(None)
)
_UNDO: Final = update(MERGE).where(MERGE.c.pk == bindparam("this")).values(undone_at=bindparam("undone"))
_KEYS: Final = select(RESOURCE.c.pk).where(
    RESOURCE.c.resource_type == NAME, RESOURCE.c.id.in_(bindparam("ids", expanding=True))
)
_BELONGING: Final = select(*_NAMED).where(RESOURCE.c.person_pk == bindparam("person"))
_RECORD: Final = select(*_NAMED).where(RESOURCE.c.person_pk == _SOURCE)
_MOVED_ONCE: Final = select(*_NAMED).where(
    RESOURCE.c.pk.in_(
        select(MERGED.c.resource_pk)
        .join(MERGE, MERGE.c.pk == MERGED.c.merge_pk)
        .where(MERGE.c.source_pk == _SOURCE, MERGE.c.undone_at.is_(None))
    )
)
_OF_MERGE: Final = (
    select(*_NAMED).join(MERGED, MERGED.c.resource_pk == RESOURCE.c.pk).where(MERGED.c.merge_pk == bindparam("merge"))
)
_GIVE: Final = update(RESOURCE).where(RESOURCE.c.pk == bindparam("this")).values(person_pk=bindparam("to"))
_WRITTEN_SINCE: Final = (
    select(*_NAMED)
    .join(VERSION, VERSION.c.resource_pk == RESOURCE.c.pk)
    .where(
        RESOURCE.c.person_pk == bindparam("person"),
        RESOURCE.c.deleted.is_(False),
        VERSION.c.version == 1,
        VERSION.c.last_updated >= bindparam("at", type_=db.Instant()),
    )
    .order_by(RESOURCE.c.pk)
)
_MOVED_AT: Final = select(MERGED.c.version).where(
    MERGED.c.merge_pk == bindparam("merge"), MERGED.c.resource_pk == bindparam("this")
)
_BODY_OF: Final = select(VERSION.c.body).where(
    VERSION.c.resource_pk == bindparam("this"), VERSION.c.version == bindparam("version")
)
