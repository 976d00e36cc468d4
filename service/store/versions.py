"""The versions of one transaction: each is stamped, kept, and derived from; all are written and checked together.

`finish` writes versions, index, register and audit rows, one statement a table, and checks what can only be known at
the end: that every reference leads somewhere, and that the writer may see what was written.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import uuid4

from sqlalchemy import Row
from sqlmodel import Session

from service import db
from service.actor import Actor, Sees
from service.errors import Issue, Unreadable
from service.fhir import codec, dates, narrative, references
from service.fhir.relationships import RELATIONSHIP
from service.fhir.resource_type import SELF, Body, ResourceType
from service.register import alerts, deletions, organisations, people, stays
from service.store import (
    attachments,
    confirmations,
    derive,
    derived,
    following,
    integrity,
    judging,
    minimum_record,
    permitted,
    provenance,
    reopening,
    rows,
)
from service.store.advice import Advice, Told
from service.store.events import Events
from service.store.models import Resource, ResourceVersion
from service.store.numbers import Numbers
from service.store.ownership import MOST_TARGETS, Ownership
from service.store.rows import Keys
from service.store.saved import Saved
from service.store.whereabouts import Whereabouts

RESOURCE = db.table(Resource)
VERSION = db.table(ResourceVersion)


@dataclass
class Versions:
    """What one transaction has gathered. `base` is our address, below which references are relative."""

    session: Session
    ownership: Ownership
    by: Actor
    at: datetime
    request_id: str
    base: str
    reason: str = ""
    """Why what is deleted is, as the writer says: a key of `deletions.REASONS`."""

    act: str = ""
    """What is done besides writing: a code of ISO 21089's life of a record, such as "merge"."""

    _rows: derive.Rows = field(default_factory=derive.no_rows)
    _written: dict[str, Saved] = field(default_factory=dict)
    _references: list[integrity.Reference] = field(default_factory=list)
    _sharing: set[int] = field(default_factory=set)
    _unregistered: set[int] = field(default_factory=set)
    """People of whom a registration was taken away, or is written anew."""

    _registered: dict[str, int | None] = field(default_factory=dict)
    _followed: set[str] = field(default_factory=set)
    _is_ending: bool = False
    """Whether all that was asked for is done: what follows is written by the register itself."""
    _moved: set[str] = field(default_factory=set)

    looked_at: set[int] = field(default_factory=set)
    """People of whom nothing is written, and whose Flags are to follow all the same."""

    def __post_init__(self) -> None:
        self.keys = Keys(self.session)
        self.advice = Advice(self.session, self.by)
        self.whereabouts = Whereabouts(self.session, self.by)
        self.numbers = Numbers(self.session, self.by)
        self.events = Events(self.session, self.by, self.request_id)

    def add(
        self, resource: Body, resource_id: str, before: Row[Any] | None, place: str, *, is_audited: bool = True
    ) -> Saved:
        """The next version of a judged resource, after the one `before`; `place` is where it stands in a Bundle."""
        type_ = judging.held(resource["resourceType"])
        judging.refuse_future(resource, self.at)
        permitted.refuse_barred(self.session, self.by, type_.name, before, resource)
        if type_.person == SELF and before:
            resource = self.whereabouts.labelled(resource, before)
        if type_.person == SELF:
            is_not_theirs = self.reason == deletions.WRONG_PERSON
            resource = self.numbers.kept(resource, resource_id, before, is_not_theirs=is_not_theirs)
        stamped = _stamped(resource, resource_id, before.version + 1 if before else 1, self.at)
        person_pk = self.ownership.person_of(type_, stamped, before)
        kept = self._linked_before(type_, before) if before else frozenset()
        was_active = before is not None and minimum_record.is_active(self.session, type_.name, before.pk)
        earlier = rows.body(self.session, before.pk) if before and type_.name == "Observation" else b""
        if before:
            self._forget(type_, before)
        saved = self._store(type_, resource_id, before, person_pk, codec.dumps(stamped))
        if is_audited:
            self.events.note(saved)
        referred = self._derive(type_, stamped, saved, rows.Origin(self.at, self.by.organisation))
        self._references += [
            integrity.Reference(expression, target, saved.person_pk, place, target in kept)
            for expression, target in referred
        ]
        if not was_active and minimum_record.becomes_active(self._rows, saved.pk):
            self._registered[saved.reference] = saved.person_pk
        if earlier:
            self.advice.note_change(saved.reference, stamped, earlier)
        return saved

    def move(self, resource: Body, before: Row[Any], *, to: int) -> Saved:
        """The next version of what says nothing new: whose it is changes, or how two records of one person are linked.

        It stood like that before, so that it is not judged, and stays dated by when that was said. Whoever moves tells
        the audit of it.
        """
        type_ = judging.held(resource["resourceType"])
        stamped = _stamped(resource, resource["id"], before.version + 1, self.at)
        origin = rows.origin(self.session, before.pk, before.version)
        self._forget(type_, before, is_moved=True)
        saved = self._store(type_, resource["id"], before, to, codec.dumps(stamped), origin=origin)
        self._moved.add(saved.reference)
        self._derive(type_, stamped, saved, origin)
        return saved

    def _derive(self, type_: ResourceType, resource: Body, saved: Saved, origin: rows.Origin) -> set[tuple[str, str]]:
        """Everything that follows from a version. Returns its references, which are to be checked."""
        referred = references.references(resource)
        lines_before = len(self._rows[narrative.SUMMARY_ITEM])
        practice = derive.add(
            self.session,
            self._rows,
            type_,
            resource,
            pk=saved.pk,
            person_pk=saved.person_pk,
            at=self.at,
            said_at=origin.at,
            sender=origin.by,
            refers_to=[target for _, target in referred],
        )
        self._relate(saved.person_pk)
        integrity.refuse_second_active(self.session, self._rows, saved.pk)
        self.advice.note(saved.reference, resource, self._rows[narrative.SUMMARY_ITEM][lines_before:])
        if practice:
            self.advice.add(saved.reference, *self._on_practice(practice))
        return referred

    def _relate(self, person_pk: int | None) -> None:
        """Relationships are kept at once, as people are: whoever writes keeps sight of what comes next."""
        found = self._rows.pop(RELATIONSHIP, [])
        is_new = any(saved.change == "create" and saved.pk == person_pk for saved in self._written.values())
        if found and not is_new and not self._is_ending:
            self.whereabouts.refuse_relating(person_pk)
        db.insert_many(self.session, {RELATIONSHIP: found})
        self._followed |= {row["through"] for row in found if row["through"]}

    def _refuse_relating_others(self) -> None:
        """Raises Forbidden where what is nobody's, such as an Organization, would change who looks after somebody.

        What is new is referred to by nothing that stood before.
        """
        if self.by.sees is Sees.EVERYONE:
            return
        changed = [reference for reference, saved in self._written.items() if saved.change == "update"]
        new = {saved.pk for saved in self._written.values() if saved.change == "create"}
        for person_pk in sorted(following.related_anew(self.session, changed) - new):
            self.whereabouts.refuse_relating(person_pk)

    def remove(self, type_: ResourceType, resource_id: str, before: Row[Any], *, reason: str = "") -> Saved:
        """The version that is the deletion of a resource. `reason` is a key of `deletions.REASONS`."""
        permitted.refuse_barred(self.session, self.by, type_.name, before, None)
        if type_.person == SELF:
            people.remove(self.session, before.pk)
        self._forget(type_, before)
        saved = self._store(type_, resource_id, before, before.person_pk, b"", reason=reason)
        self.events.note(saved, reason=reason)
        return saved

    def _store(
        self,
        type_: ResourceType,
        resource_id: str,
        before: Row[Any] | None,
        person_pk: int | None,
        body: bytes,
        *,
        reason: str = "",
        origin: rows.Origin | None = None,
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
            pk = self.keys.next()
            person_pk = pk if type_.person == SELF else person_pk
            added = {"pk": pk, "resource_type": type_.name, "id": resource_id, "person_pk": person_pk, **version}
            self._rows[RESOURCE].append(added)
        change = "delete" if not body else "update" if before else "create"
        saved = Saved(pk, type_.name, resource_id, number, self.at, person_pk, body, change)
        if saved.reference in self._written:
            raise Unreadable(f"{type_.name} is written twice in one transaction", expression=type_.name)
        self._written[saved.reference] = saved
        self.ownership.note(type_, saved.reference, person_pk, is_here=bool(body))
        written = {"resource_pk": pk, "resource_type": type_.name, "written_by": self.by.organisation}
        said = {"said_at": origin.at if origin else None, "said_by": origin.by if origin else ""}
        self._rows[VERSION].append({**written, **version, **said, "reason": reason})
        return saved

    def _linked_before(self, type_: ResourceType, before: Row[Any]) -> frozenset[str]:
        """Where a Patient leads as it stands: perhaps to a person whom this writer may not see, and must not lose."""
        if type_.person != SELF or before.deleted or self.by.sees is Sees.EVERYONE:
            return frozenset()
        body = rows.body(self.session, before.pk)
        return frozenset(target for _, target in references.references(codec.loads(body)))

    def _forget(self, type_: ResourceType, before: Row[Any], *, is_moved: bool = False) -> None:
        forgotten = derive.forget(self.session, type_, before.pk)
        if derive.SHARING_DECISION in forgotten:
            self._sharing.add(before.person_pk)
        if derive.REGISTRATION in forgotten:
            self._unregistered.add(before.person_pk)
        if RELATIONSHIP in forgotten and not (is_moved or self._is_ending):
            self.whereabouts.refuse_relating(before.person_pk)

    def _on_practice(self, practice: str) -> tuple[Issue, ...]:
        """What is kept as sent, but somebody should look at (the worklist of unknown practices)."""
        if not organisations.is_unknown(self.session, practice):
            return ()
        message = "No practice has this code; the person counts for no practice until it is loaded or mended"
        return (Issue("not-found", message, "Patient.generalPractitioner", "warning"),)

    def finish(self, places: Mapping[str, str], *, told: Body | None) -> Told:
        """Writes what was gathered, and its Provenance: the one `told`, or ours. Raises Invalid, Conflict, Forbidden.

        `places` is where in a Bundle the resources stand, by reference. What is worth a word about what was written is
        returned, by reference.
        """
        self._is_ending = True
        self._reopen()
        self._raise_alerts()
        self._tell(told)
        self._check_references()
        self._check_files(places)
        # The resources first: all else refers to them.
        new = sorted(self._rows.pop(RESOURCE, []), key=lambda row: (row["resource_type"], row["id"]))
        db.insert_many(self.session, {RESOURCE: new, **self._rows})
        self._refuse_relating_others()
        following.follow(self.session, self._followed, self._written)
        self.numbers.refuse_taken(places)
        minimum_record.refuse_incomplete(self.session, self._registered, places)
        self._check_confirmations(places)
        integrity.refuse_deleted_in_use(self.session, self._written.values(), places)
        self._refresh_sharing()
        self._derive_stays()
        self.ownership.refuse_unseen([saved for saved in self._written.values() if _is_new_to_all(saved)], places)
        self.events.record(self.whereabouts)
        return self.advice.found(self.at)

    def _reopen(self) -> None:
        """The registrations that ended with a death which was taken back now."""
        for one in list(reopening.due(self.session, self._rows, list(self._written.values()), at=self.at)):
            self.ownership.people[one.patient] = one.person_pk
            saved = self.add(one.resource, one.id, one.before, "")
            self._registered.pop(saved.reference, None)  # it was complete enough when it was first opened

    def _raise_alerts(self) -> None:
        """The Flags that the register raises follow what was written, whatever the writer may do with Flags."""
        due = derived.due(self.session, self._rows, self._written.values(), at=self.at, also=self.looked_at)
        if new := sum(one.before is None for one in due):
            self.keys.expect(new + 2)  # and what tells of the person, and of what is nobody's
        for one in due:
            if one.resource:
                self.ownership.people[one.resource["subject"]["reference"]] = one.person_pk
                self.add(one.resource, one.id, one.before, "")
            elif one.before:
                # Who may not read what was another person's is not told by its alert either.
                reason = self.reason if self.reason == deletions.WRONG_PERSON else ""
                self.remove(judging.held(derived.NAME), one.id, one.before, reason=reason)

    def _check_references(self) -> None:
        """Raises Invalid for what leads nowhere, or nowhere that the writer may know of."""
        people_here = {reference: integrity.Target(pk) for reference, pk in self.ownership.people.items()}
        written = {reference: self._target(saved) for reference, saved in self._written.items()}
        known: dict[str, integrity.Target | None] = {**people_here, **written}
        sees, hides = self.ownership.sees_person, self.whereabouts.hides
        integrity.check_references(self.session, self._references, known, sees=sees, hides=hides)

    def _check_confirmations(self, places: Mapping[str, str]) -> None:
        """Raises RuleBroken for what says that it confirms and does not, Forbidden to who may not know that."""
        stand_at = {saved.pk: places.get(saved.reference, "") for saved in self._written.values()}
        moved = {self._written[reference].pk for reference in self._moved}
        said_now = [row for row in self._rows[confirmations.PREFERENCE] if row["resource_pk"] not in moved]
        for row in said_now:
            if row["is_confirmation"]:  # one after the other would tell the answer that stands, in words too
                self.whereabouts.refuse_in_part(row["person_pk"])
        confirmations.refuse_changes(self.session, said_now, stand_at, by=self.by)

    def _refresh_sharing(self) -> None:
        """Whether a record is shared follows the decisions. Raises Forbidden to who may not decide it."""
        decided = {row["person_pk"] for row in self._rows[derive.SHARING_DECISION]}
        for person_pk in sorted(decided | self._sharing):
            self.whereabouts.refuse_sharing(person_pk)
            people.refresh_sharing(self.session, person_pk)

    def _derive_stays(self) -> None:
        """The stays of those whose registrations, practices or death may be others now."""
        patients = [saved for saved in self._written.values() if saved.resource_type == "Patient"]
        new = {saved.pk for saved in patients if saved.change == "create"}
        registered = {row["person_pk"] for row in self._rows[derive.REGISTRATION]}
        known = {saved.pk for saved in patients if saved.change != "create"}
        stays.derive(self.session, registered | self._unregistered | known, new=new)

    def _check_files(self, places: Mapping[str, str]) -> None:
        """Raises Invalid for documents that say of a file held here what is not so; of the rest, the writer is told."""
        wrong = []
        said_now = [saved for saved in self._written.values() if saved.reference not in self._moved]
        for saved, issue in attachments.findings(self.session, said_now, base=self.base, hides=self.whereabouts.hides):
            if issue.severity == "error":
                place = places.get(saved.reference, "")
                wrong.append(issue.under(place) if place else issue)
            else:
                self.advice.add(saved.reference, issue)
        if wrong:
            raise judging.refusal("; ".join(issue.message for issue in wrong), wrong)

    def _tell(self, told: Body | None) -> None:
        """One Provenance for each person whose record was written, and one for what belongs to nobody."""
        by_person: dict[int | None, list[Saved]] = {}
        for saved in self._written.values():
            if saved.resource_type != provenance.NAME:
                by_person.setdefault(saved.person_pk, []).append(saved)
        self.keys.expect(len(by_person))
        for saved_of_one in by_person.values():
            for start in range(0, len(saved_of_one), MOST_TARGETS):
                self._tell_of(saved_of_one[start : start + MOST_TARGETS], told)

    def _tell_of(self, written: list[Saved], told: Body | None) -> None:
        targets = [f"{saved.reference}/_history/{saved.version}" for saved in written]
        if told is None:
            changes = {saved.change for saved in written if not alerts.is_ours(saved.reference)}
            body = provenance.automatic(targets, changes, by=self.by, at=self.at, act=self.act)
            self.add(body, str(uuid4()), None, "", is_audited=False)  # the writes that it tells of are
        else:
            self.by.require("c", provenance.NAME)
            self.add(provenance.completed(told, targets), str(uuid4()), None, "")

    def _target(self, saved: Saved) -> integrity.Target:
        return integrity.Target(saved.person_pk, saved.version, saved.change == "delete")


def _is_new_to_all(saved: Saved) -> bool:
    """A person, or what belongs to nobody; of what belongs to a person, `Ownership` has asked already."""
    return saved.change == "create" and saved.person_pk in (None, saved.pk) and saved.resource_type != provenance.NAME


def _stamped(resource: Body, resource_id: str, version: int, at: datetime) -> Body:
    """The sender's resource with our id and meta; everything else as sent, in the order in which it was sent."""
    meta = {
        **resource.get("meta", {}),
        "versionId": str(version),
        "lastUpdated": dates.instant(at),
    }
    rest = {name: value for name, value in resource.items() if name not in ("resourceType", "id", "meta")}
    return {"resourceType": resource["resourceType"], "id": resource_id, "meta": meta, **rest}
