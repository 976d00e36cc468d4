"""Writing: the heart of the register.

A `Writing` gathers the changes of one transaction. Each change stamps the resource, adds its row, and derives what
stands for it; `finish` then writes versions, index, register and audit rows, one statement a table, and checks what
can only be known at the end: that every reference leads somewhere, and that the writer may see what was written.
Nothing here commits: the edge does, before it answers.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any
from uuid import uuid4

from sqlalchemy import Row
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session

from service import audit, db
from service.actor import Actor, Sees
from service.errors import Conflict, Forbidden, Gone, Issue, NotFound, RuleBroken, Unreadable, VersionConflict
from service.fhir import codec, dates, patching, references
from service.fhir.patching import Patch
from service.fhir.resource_type import SELF, Body, ResourceType
from service.register import nhs_number, organisations, people
from service.store import derive, integrity, judging, provenance, rows
from service.store.models import Resource, ResourceVersion
from service.store.ownership import Ownership
from service.store.rows import Keys

RESOURCE = db.table(Resource)
VERSION = db.table(ResourceVersion)


@dataclass(frozen=True, slots=True)
class Saved:
    """A resource as it stands after a write. `change` is "create", "update", "delete" or "none".

    `is_told` is whether the writer may be told the body, which after a patch holds more than was sent.
    """

    pk: int
    resource_type: str
    id: str
    version: int
    last_updated: datetime
    person_pk: int | None
    body: bytes
    change: str
    warnings: tuple[Issue, ...] = ()
    is_told: bool = True

    @property
    def reference(self) -> str:
        return f"{self.resource_type}/{self.id}"


@contextmanager
def writing(
    session: Session, *, by: Actor, at: datetime, request_id: str = "", told: Body | None = None, base: str = ""
) -> Iterator["Writing"]:
    """The changes of one transaction; finished, and so written, when the block ends without an error.

    `told` is the Provenance that a client sent with them; without it, we write one ourselves. `base` is our address.
    """
    changes = Writing(session, by, at.replace(microsecond=at.microsecond // 1000 * 1000), request_id, told, base)
    try:
        yield changes
        changes.finish()
    except IntegrityError as error:
        raise integrity.conflict(error) from error


@dataclass
class Writing:
    session: Session
    by: Actor
    at: datetime
    request_id: str = ""
    told: Body | None = None
    base: str = ""
    places: Mapping[str, str] = field(default_factory=dict)
    """Where in a Bundle the resources stand, by reference, for what is found wrong at the end."""
    _rows: derive.Rows = field(default_factory=derive.no_rows)
    _events: list[dict[str, Any]] = field(default_factory=list)
    _written: dict[str, Saved] = field(default_factory=dict)
    _references: list[integrity.Reference] = field(default_factory=list)
    _sharing: set[int] = field(default_factory=set)
    _held: dict[str, Row[Any] | None] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._ownership = Ownership(self.session, self.by)
        self._keys = Keys(self.session)

    def expect(self, count: int) -> None:
        """Asks at once for the keys of so many new resources, and of the Provenance of them all."""
        if count:
            self._keys.expect(count + 1)

    def hold(self, changed: Mapping[str, bool], people: Iterable[str]) -> None:
        """Holds, until the end of the transaction, what is about to be changed, and the people about whom is written.

        In every transaction resources are held first and then people, each in the order of their names: no two that
        are sent at once wait for each other. `changed` says of each reference whether it is about to be deleted.
        """
        for reference in sorted(changed):
            type_name, _, resource_id = reference.partition("/")
            self._held[reference] = rows.held(self.session, type_name, resource_id, to_delete=changed[reference])
        self._ownership.hold(sorted(people))

    def create(self, resource: Body, *, resource_id: str = "", place: str = "") -> Saved:
        """Keeps a new, judged resource under an id of ours. Raises Forbidden, Invalid, Conflict.

        `place` is where it stands in a Bundle, for what can only be found wrong at the end.
        """
        self.by.require("c", resource["resourceType"])
        return self._new_version(resource, resource_id or str(uuid4()), None, place)

    def update(
        self,
        resource: Body,
        *,
        if_match: Collection[int] | None = None,
        if_none_here: bool = False,
        place: str = "",
    ) -> Saved:
        """Keeps a judged resource as the next version of its id; a new id creates.

        `if_match` holds the versions that may be replaced; `if_none_here` lets it only create.
        Raises Forbidden, NotFound (for what the actor may not see), VersionConflict, Invalid, Conflict.
        """
        type_name, resource_id = resource["resourceType"], resource.get("id")
        if not isinstance(resource_id, str):
            raise Unreadable("The resource needs an id, the same as in the URL", expression=f"{type_name}.id")
        if not self.by.may("u", type_name):
            self.by.require("c", type_name)
        before = self._locked(type_name, resource_id, if_match)
        self.by.require("u" if before else "c", type_name)
        if before is None and nhs_number.is_valid(nhs_number.normalised(resource_id)):
            message = (
                "An NHS number is no id: it would stand in every URL, and URLs are logged. Send it as an identifier"
            )
            raise RuleBroken(message, expression=f"{type_name}.id")
        if if_none_here and before and not before.deleted:
            raise VersionConflict(f"There is a {type_name} with this id already; nothing was written")
        return self._new_version(resource, resource_id, before, place)

    def patch(
        self,
        type_name: str,
        resource_id: str,
        patch: Patch,
        *,
        if_match: Collection[int] | None = None,
        place: str = "",
    ) -> Saved:
        """Changes parts of a resource, judged anew as a whole. A patch that changes nothing makes no version.

        Who may update and not read is told nothing of the resource: neither its body, nor by tests what stands in it.
        Raises Forbidden, NotFound, Gone, VersionConflict, Invalid, Conflict, and what `patching.patched` raises.
        """
        self.by.require("u", type_name)
        if patch.tests:
            self.by.require("r", type_name)
        judging.held(type_name)
        before = self._locked(type_name, resource_id, if_match)
        if before is None:
            raise _nothing(type_name)
        if before.deleted:
            raise Gone(f"This {type_name} was deleted; write it again with PUT")
        body = rows.body(self.session, before.pk)
        resource = patching.patched(codec.loads(body), patch)
        if codec.dumps(resource) == body:
            saved = self.unchanged(_as_it_stands(type_name, resource_id, before, body))
        else:
            saved = self._new_version(judging.judged(resource), resource_id, before, place)
        return replace(saved, is_told=self.by.may("r", type_name))

    def delete(self, type_name: str, resource_id: str, *, if_match: Collection[int] | None = None) -> Saved:
        """Takes a resource out of use; its versions stay. Deleting twice changes nothing.

        Raises Forbidden, NotFound, VersionConflict, and Conflict when other resources refer to it.
        """
        self.by.require("d", type_name)
        type_ = judging.held(type_name)
        before = self._locked(type_name, resource_id, if_match, to_delete=True)
        if before is None:
            raise _nothing(type_name)
        if before.deleted:
            return self.unchanged(_as_it_stands(type_name, resource_id, before, b""))
        if type_.person == SELF:
            people.remove(self.session, before.pk)
        self._forget(type_, before)
        saved = self._store(type_, resource_id, before, before.person_pk, b"")
        self._audit(saved)
        return saved

    def found(self, saved: Saved, resource: Body) -> Saved:
        """What a conditional create found instead of making `resource`: disclosed, so audited.

        Raises Conflict when it is another person's.
        """
        self.refuse_another_person(saved, resource)
        return self.unchanged(saved)

    def refuse_another_person(self, saved: Saved, resource: Body) -> None:
        """Raises Conflict when a condition meant for `resource` found what is another person's.

        A condition that is too wide must neither lose what was sent, nor overwrite or tell of somebody else.
        """
        type_ = judging.held(saved.resource_type)
        if not self._ownership.is_of_same_person(type_, resource, codec.loads(saved.body), saved.person_pk):
            message = "The condition matches the record of another person; make it more exact"
            raise Conflict(message, expression=type_.name)

    def unchanged(self, saved: Saved) -> Saved:
        """Takes note that what was asked for was so already: disclosed, so audited."""
        self._audit(saved)
        return saved

    def finish(self) -> None:
        """Writes what was gathered. Raises Invalid, Conflict, Forbidden."""
        self._tell()
        people_here = {reference: integrity.Target(pk) for reference, pk in self._ownership.people.items()}
        written = {reference: self._target(saved) for reference, saved in self._written.items()}
        known: dict[str, integrity.Target | None] = {**people_here, **written}
        integrity.check_references(self.session, self._references, known, sees=self._ownership.sees_person)
        # The resources first: all else refers to them.
        new = sorted(self._rows.pop(RESOURCE, []), key=lambda row: (row["resource_type"], row["id"]))
        db.insert_many(self.session, {RESOURCE: new, **self._rows})
        for saved in self._written.values():
            if saved.change == "delete":
                place = self.places.get(saved.reference, "")
                integrity.refuse_if_referred_to(self.session, saved.reference, saved.pk, place=place)
        decided = {row["person_pk"] for row in self._rows[derive.SHARING_DECISION]}
        for person_pk in sorted(decided | self._sharing):
            people.refresh_sharing(self.session, person_pk)
        self._refuse_unseen([saved for saved in self._written.values() if _is_new_to_all(saved)])
        audit.record(self.session, *self._events)

    def _refuse_unseen(self, made: Sequence[Saved]) -> None:
        unseen = [saved for saved in made if not self._ownership.sees([saved.pk])]
        if unseen:
            message = (
                "This token may not see what it would create; a practice creates people whose generalPractitioner it is"
            )
            places = [self.places.get(saved.reference, "") for saved in unseen]
            issues = [Issue(Forbidden.code, message, place, detail=Forbidden.detail) for place in places]
            raise Forbidden(message, issues=issues)

    def _tell(self) -> None:
        """One Provenance for each person whose record was written, and one for what belongs to nobody."""
        by_person: dict[int | None, list[Saved]] = {}
        for saved in self._written.values():
            if saved.resource_type != provenance.NAME:
                by_person.setdefault(saved.person_pk, []).append(saved)
        self._keys.expect(len(by_person))
        for saved_of_one in by_person.values():
            self._tell_of(saved_of_one)

    def _tell_of(self, written: list[Saved]) -> None:
        targets = [f"{saved.reference}/_history/{saved.version}" for saved in written]
        if self.told is None:
            changes = {saved.change for saved in written}
            body = provenance.automatic(targets, changes, by=self.by, at=self.at)
            self._new_version(body, str(uuid4()), None, "", is_audited=False)  # the writes that it tells of are
        else:
            self.create(provenance.completed(self.told, targets))

    def _target(self, saved: Saved) -> integrity.Target:
        return integrity.Target(saved.person_pk, saved.version, saved.change == "delete")

    def _new_version(
        self, resource: Body, resource_id: str, before: Row[Any] | None, place: str, *, is_audited: bool = True
    ) -> Saved:
        type_ = judging.held(resource["resourceType"])
        judging.refuse_future(resource, self.at)
        stamped = _stamped(resource, resource_id, before.version + 1 if before else 1, self.at)
        person_pk = self._ownership.person_of(type_, stamped, before)
        kept = self._linked_before(type_, before) if before else frozenset()
        if before:
            self._forget(type_, before)
        saved = self._store(type_, resource_id, before, person_pk, codec.dumps(stamped))
        if is_audited:
            self._audit(saved)
        referred = references.references(stamped)
        practice = derive.add(
            self.session,
            self._rows,
            type_,
            stamped,
            pk=saved.pk,
            person_pk=saved.person_pk,
            at=self.at,
            sender=self.by.organisation,
            refers_to=[target for _, target in referred],
        )
        integrity.refuse_second_registration(self.session, self._rows[derive.REGISTRATION], saved.pk)
        self._references += [
            integrity.Reference(expression, target, saved.person_pk, place, target in kept)
            for expression, target in referred
        ]
        return replace(saved, warnings=self._warnings(practice)) if practice else saved

    def _store(
        self, type_: ResourceType, resource_id: str, before: Row[Any] | None, person_pk: int | None, body: bytes
    ) -> Saved:
        """The row of a resource, and its version; no body is a deletion."""
        number: int = before.version + 1 if before else 1
        version = {
            "version": number,
            "last_updated": self.at,
            "deleted": not body,
            "body": body,
        }
        if before:
            pk: int = before.pk
            rows.replace(self.session, pk, person_pk, version)
        else:
            pk = self._keys.next()
            person_pk = pk if type_.person == SELF else person_pk
            added = {"pk": pk, "resource_type": type_.name, "id": resource_id, "person_pk": person_pk, **version}
            self._rows[RESOURCE].append(added)
        change = "delete" if not body else "update" if before else "create"
        saved = Saved(pk, type_.name, resource_id, number, self.at, person_pk, body, change)
        if saved.reference in self._written:
            raise Unreadable(f"{type_.name} is written twice in one transaction", expression=type_.name)
        self._written[saved.reference] = saved
        self._ownership.note(type_, saved.reference, person_pk, is_here=bool(body))
        written = {"resource_pk": pk, "resource_type": type_.name, "written_by": self.by.organisation}
        self._rows[VERSION].append({**written, **version})
        return saved

    def _linked_before(self, type_: ResourceType, before: Row[Any]) -> frozenset[str]:
        """Where a Patient leads as it stands: perhaps to a person whom this writer may not see, and must not lose."""
        if type_.person != SELF or before.deleted or self.by.sees is Sees.EVERYONE:
            return frozenset()
        body = rows.body(self.session, before.pk)
        return frozenset(target for _, target in references.references(codec.loads(body)))

    def _forget(self, type_: ResourceType, before: Row[Any]) -> None:
        if derive.forget(self.session, type_, before.pk):
            self._sharing.add(before.person_pk)

    def _audit(self, saved: Saved) -> None:
        self._events.append(
            audit.row(
                saved.change if saved.change != "none" else "read",
                by=self.by,
                outcome={"create": 201, "delete": 204}.get(saved.change, 200),
                resource_type=saved.resource_type,
                resource_id=saved.id,
                person_pk=saved.person_pk,
                request_id=self.request_id,
            )
        )

    def _warnings(self, practice: str) -> tuple[Issue, ...]:
        """What is kept as sent, but somebody should look at (the worklist of unknown practices)."""
        if not organisations.is_unknown(self.session, practice):
            return ()
        message = "No practice has this code; the person counts for no practice until it is loaded or mended"
        return (Issue("not-found", message, "Patient.generalPractitioner", "warning"),)

    def _locked(
        self, type_name: str, resource_id: str, if_match: Collection[int] | None, *, to_delete: bool = False
    ) -> Row[Any] | None:
        """The row to change, ours until the end of the transaction."""
        reference = f"{type_name}/{resource_id}"
        if reference not in self._held:
            self._held[reference] = rows.held(self.session, type_name, resource_id, to_delete=to_delete)
        before = self._held.pop(reference)
        is_seen = before is not None and self._ownership.sees([before.pk])
        if if_match is not None and not is_seen:  # one answer for what is hidden and what is not here
            raise VersionConflict(f"If-Match names a version, but there is no such {type_name} that you may see")
        if before is None:
            return None
        if not is_seen:
            raise _nothing(type_name)
        if not self._ownership.may_change(type_name, before):
            raise Forbidden(_NOT_YOURS)
        if if_match is not None and before.version not in if_match:
            raise VersionConflict(
                f"Somebody has changed this {type_name}: its version is {before.version} now. Read it again"
            )
        return before


_NOT_YOURS = (
    "What belongs to nobody, and every Provenance, is changed by the organisation that wrote it, or by an integration"
)


def _is_new_to_all(saved: Saved) -> bool:
    """A person, or what belongs to nobody; of what belongs to a person, `Ownership` has asked already."""
    return saved.change == "create" and saved.person_pk in (None, saved.pk) and saved.resource_type != provenance.NAME


def _nothing(type_name: str) -> NotFound:
    return NotFound(f"There is no such {type_name} that you may see")


def _as_it_stands(type_name: str, resource_id: str, row: Row[Any], body: bytes) -> Saved:
    return Saved(row.pk, type_name, resource_id, row.version, row.last_updated, row.person_pk, body, "none")


def _stamped(resource: Body, resource_id: str, version: int, at: datetime) -> Body:
    """The sender's resource with our id and meta; everything else as sent, in the order in which it was sent."""
    meta = {
        **resource.get("meta", {}),
        "versionId": str(version),
        "lastUpdated": dates.instant(at),
    }
    rest = {name: value for name, value in resource.items() if name not in ("resourceType", "id", "meta")}
    return {"resourceType": resource["resourceType"], "id": resource_id, "meta": meta, **rest}
