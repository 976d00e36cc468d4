"""Writing: the heart of the register.

A `Writing` gathers the changes of one transaction. Each change stamps the resource, adds its row, and derives what
stands for it; `finish` then writes versions, index, register and audit rows, one statement a table, and checks what
can only be known at the end: that every reference leads somewhere, and that the writer may see what was written.
Nothing here commits: the edge does, before it answers.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any
from uuid import uuid4

from sqlalchemy import Row, and_, bindparam, insert, or_, select, update
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session

from service import audit, db
from service.actor import Actor, Sees
from service.errors import Conflict, Forbidden, Invalid, Issue, NotFound, RuleBroken, Unreadable, VersionConflict
from service.fhir import codec, references, resource_type, validation
from service.fhir.resource_type import SELF, Body, ResourceType
from service.register import organisations, people
from service.register.models import Registration
from service.store import access_filter, derive
from service.store.models import Resource, ResourceVersion, SearchIndex

RESOURCE = db.table(Resource)
VERSION = db.table(ResourceVersion)
SEARCH_INDEX = db.table(SearchIndex)
REGISTRATION = db.table(Registration)
PERSON = access_filter.PERSON


@dataclass(frozen=True, slots=True)
class Saved:
    """A resource as it stands after a write. `change` is "create", "update", "delete" or "none"."""

    pk: int
    resource_type: str
    id: str
    version: int
    last_updated: datetime
    person_pk: int | None
    body: bytes
    change: str
    warnings: tuple[Issue, ...] = ()

    @property
    def reference(self) -> str:
        return f"{self.resource_type}/{self.id}"


def held(type_name: object) -> ResourceType:
    """The resource type of that name. Raises NotFound for types that the register does not hold."""
    found = TYPES.get(type_name) if isinstance(type_name, str) else None
    if found is None:
        raise NotFound("The register does not hold resources of this type; /metadata lists those that it holds")
    return found


TYPES = resource_type.all_types()


def judged(resource: Body) -> Body:
    """The resource itself, once found fit to be kept. Raises Invalid with every issue found."""
    issues = all_issues(resource)
    if issues:
        raise _refusal(issues)
    return resource


def all_issues(resource: Body) -> list[Issue]:
    """Every error in a resource alone: FHIR's rules first, the register's own on what FHIR accepts."""
    issues = [issue for issue in validation.issues(resource) if issue.severity == "error"]
    return issues or [issue for issue in TYPES[resource["resourceType"]].rules(resource) if issue.severity == "error"]


def _refusal(issues: Sequence[Issue]) -> Invalid:
    kind = RuleBroken if all(issue.code == RuleBroken.code for issue in issues) else Invalid
    return kind("; ".join(issue.message for issue in issues), issues=issues)


@contextmanager
def writing(session: Session, *, by: Actor, at: datetime, request_id: str = "") -> Iterator["Writing"]:
    """The changes of one transaction; finished, and so written, when the block ends without an error."""
    changes = Writing(session, by, at.replace(microsecond=at.microsecond // 1000 * 1000), request_id)
    try:
        yield changes
        changes.finish()
    except IntegrityError as error:
        raise _conflict(error) from error


@dataclass
class Writing:
    session: Session
    by: Actor
    at: datetime
    request_id: str = ""
    _rows: derive.Rows = field(default_factory=derive.no_rows)
    _events: list[dict[str, Any]] = field(default_factory=list)
    _written: dict[str, Saved] = field(default_factory=dict)
    _references: list[tuple[str, str, int | None, str]] = field(default_factory=list)
    _people: dict[str, int] = field(default_factory=dict)
    _sharing: set[int] = field(default_factory=set)

    def create(self, resource: Body, *, resource_id: str = "", place: str = "") -> Saved:
        """Keeps a new, judged resource under an id of ours. Raises Forbidden, RuleBroken, Conflict.

        `place` is where it stands in a Bundle, for what can only be found wrong at the end.
        """
        self.by.require("c", resource["resourceType"])
        return self._new_version(resource, resource_id or str(uuid4()), None, place)

    def update(self, resource: Body, *, if_match: int | None = None, place: str = "") -> Saved:
        """Keeps a judged resource as the next version of its id; a new id creates.

        Raises Forbidden, NotFound (for what the actor may not see), VersionConflict, RuleBroken, Conflict.
        """
        resource_id = resource.get("id")
        if not isinstance(resource_id, str):
            raise Unreadable(
                "The resource needs an id, the same as in the URL", expression=f"{resource['resourceType']}.id"
            )
        before = self._locked(resource["resourceType"], resource_id, if_match)
        self.by.require("u" if before else "c", resource["resourceType"])
        return self._new_version(resource, resource_id, before, place)

    def delete(self, type_name: str, resource_id: str, *, if_match: int | None = None) -> Saved:
        """Takes a resource out of use; its versions stay. Deleting twice changes nothing.

        Raises Forbidden, NotFound, VersionConflict, and Conflict when other resources refer to it.
        """
        self.by.require("d", type_name)
        type_ = held(type_name)
        before = self._locked(type_name, resource_id, if_match)
        if before is None:
            raise NotFound(f"There is no such {type_name} that you may see")
        if before.deleted:
            return self._saved(before, type_name, resource_id, b"", "none")
        if type_.person == SELF:
            people.remove(self.session, before.pk)
        derive.forget(self.session, type_, before.pk)
        return self._store(type_, resource_id, before, before.person_pk, b"", "delete")

    def unchanged(self, saved: Saved) -> Saved:
        """Takes note that a conditional create found what it would have made: disclosed, so audited."""
        self._audit(saved)
        return saved

    def _new_version(self, resource: Body, resource_id: str, before: Row[Any] | None, place: str) -> Saved:
        type_ = held(resource["resourceType"])
        version = before.version + 1 if before else 1
        stamped = _stamped(resource, resource_id, version, self.at)
        person_pk = self._person_of(type_, stamped, before)
        if before:
            derive.forget(self.session, type_, before.pk)
        saved = self._store(
            type_, resource_id, before, person_pk, codec.dumps(stamped), "update" if before else "create"
        )
        self._refuse_second_active_registration(type_, stamped, saved)
        practice = derive.add(
            self.session, self._rows, type_, stamped, pk=saved.pk, person_pk=saved.person_pk, at=self.at
        )
        self._references += [
            (expression, reference, saved.person_pk, place) for expression, reference in references.references(stamped)
        ]
        return replace(saved, warnings=self._warnings(practice))

    def _warnings(self, practice: str) -> tuple[Issue, ...]:
        """What is kept as sent, but somebody should look at (the worklist of unknown practices)."""
        if not practice or not organisations.is_unknown(self.session, practice):
            return ()
        message = (
            "No practice with this code is known here; the person counts for no practice until it is loaded or mended"
        )
        return (Issue("not-found", message, "Patient.generalPractitioner", "warning"),)

    def _store(
        self,
        type_: ResourceType,
        resource_id: str,
        before: Row[Any] | None,
        person_pk: int | None,
        body: bytes,
        change: str,
    ) -> Saved:
        version: int = before.version + 1 if before else 1
        row = {
            "version": version,
            "last_updated": self.at,
            "deleted": change == "delete",
            "person_pk": person_pk,
            "body": body,
        }
        if before:
            pk: int = before.pk
            self.session.execute(_UPDATE, {"at_pk": pk, **row})
        else:
            pk = self.session.execute(_INSERT, {"resource_type": type_.name, "id": resource_id, **row}).scalar_one()
            if type_.person == SELF:
                person_pk = pk
                self.session.execute(_BELONGS_TO_ITSELF, {"at_pk": pk})
        saved = Saved(pk, type_.name, resource_id, version, self.at, person_pk, body, change)
        if saved.reference in self._written:
            raise Unreadable(f"{type_.name} is written twice in one transaction", expression=type_.name)
        self._written[saved.reference] = saved
        self._people.update({saved.reference: pk} if type_.person == SELF and change != "delete" else {})
        self._sharing.update({person_pk} if type_.name == "Consent" and person_pk else ())
        self._rows[VERSION].append({"resource_pk": pk, **{key: row[key] for key in _VERSIONED}})
        self._audit(saved)
        return saved

    def _audit(self, saved: Saved) -> None:
        self._events.append(
            audit.row(
                saved.change if saved.change != "none" else "read",
                by=self.by,
                outcome=200,
                resource_type=saved.resource_type,
                resource_id=saved.id,
                person_pk=saved.person_pk,
                request_id=self.request_id,
            )
        )

    def _saved(self, row: Row[Any], type_name: str, resource_id: str, body: bytes, change: str) -> Saved:
        return Saved(row.pk, type_name, resource_id, row.version, row.last_updated, row.person_pk, body, change)

    def _locked(self, type_name: str, resource_id: str, if_match: int | None) -> Row[Any] | None:
        """The row to change, ours until the end of the transaction."""
        before = self.session.execute(_LOCKED, {"resource_type": type_name, "resource_id": resource_id}).one_or_none()
        if before is None and if_match is not None:
            raise VersionConflict("If-Match names a version, but there is no such resource")
        if before is None:
            return None
        if not self._sees([before.pk]):
            raise NotFound(f"There is no such {type_name} that you may see")
        if if_match is not None and if_match != before.version:
            raise VersionConflict(
                f"Somebody has changed this {type_name}: its version is {before.version}, not {if_match}. Read it again"
            )
        return before

    def _person_of(self, type_: ResourceType, resource: Body, before: Row[Any] | None) -> int | None:
        """The person a resource belongs to, whose row is held so that what is derived is derived in order."""
        if type_.person == SELF or not type_.person:
            return before.pk if before and type_.person else None
        expression = f"{type_.name}.{type_.person}"
        reference = resource.get(type_.person, {}).get("reference", "")
        pk = self._people.get(reference) or self._hold_person(reference)
        if pk is None:
            raise Invalid(
                "This does not lead to a Patient that the register holds", expression=f"{expression}.reference"
            )
        if before and before.person_pk != pk:
            raise RuleBroken(
                "A record cannot be moved to another person; delete it and create it anew", expression=expression
            )
        self._people[reference] = pk
        return pk

    def _hold_person(self, reference: str) -> int | None:
        found: int | None = self.session.execute(
            _HOLD_PERSON, {"patient_id": reference.removeprefix("Patient/")}
        ).scalar_one_or_none()
        return found if reference.startswith("Patient/") else None

    def _refuse_second_active_registration(self, type_: ResourceType, resource: Body, saved: Saved) -> None:
        if type_.name != "EpisodeOfCare" or resource.get("status") != "active":
            return
        if self.session.execute(_ACTIVE, {"person": saved.person_pk, "this": saved.pk}).first():
            raise Conflict(
                "This person has an active registration already; end it first, or update it", expression="EpisodeOfCare"
            )

    def _refuse_if_referred_to(self, deleted: Saved) -> None:
        if self.session.execute(_REFERRED_TO, {"reference": deleted.reference, "this": deleted.pk}).first():
            raise Conflict(
                "Other resources refer to this one; delete or change these first", expression=deleted.resource_type
            )

    def finish(self) -> None:
        self._check_references()
        db.insert_many(self.session, self._rows)
        for saved in self._written.values():
            if saved.change == "delete":
                self._refuse_if_referred_to(saved)
        for person_pk in sorted(self._sharing):
            people.refresh_sharing(self.session, person_pk)
        if not self._sees([saved.pk for saved in self._written.values() if saved.change == "create"]):
            raise Forbidden("This would be the record of a person whom this token may not see, so it was not written")
        audit.record(self.session, *self._events)

    def _check_references(self) -> None:
        """Every reference leads to something that is here, and to the same person where it belongs to one."""
        issues = [
            issue.under(place) if place else issue
            for expression, target, person_pk, place in self._references
            if (issue := self._wrong_reference(expression, target, person_pk))
        ]
        if issues:
            raise Invalid("; ".join(issue.message for issue in issues), issues=issues)

    def _wrong_reference(self, expression: str, target: str, person_pk: int | None) -> Issue | None:
        if target in self._people or target.startswith(("http:", "https:", "#", "urn:oid:")):
            return None
        found = self._written.get(target) or self._target(target)
        if found is None or (isinstance(found, Saved) and found.change == "delete"):
            return Issue("not-found", "This refers to something that the register does not hold", expression)
        is_elsewhere = found.person_pk is not None and person_pk is not None and found.person_pk != person_pk
        if is_elsewhere and not target.startswith("Patient/"):
            return Issue("business-rule", "This refers to the record of another person", expression)
        return None

    def _target(self, reference: str) -> Row[Any] | None:
        type_name, _, resource_id = reference.partition("/")
        return self.session.execute(_TARGET, {"resource_type": type_name, "resource_id": resource_id}).one_or_none()

    def _sees(self, pks: Sequence[int]) -> bool:
        """Whether the actor may see all of these, as the access filter says."""
        if self.by.sees is Sees.EVERYONE or not pks:
            return True
        seen = self.session.execute(
            select(RESOURCE.c.pk)
            .select_from(access_filter.joined(RESOURCE, RESOURCE.c.person_pk))
            .where(RESOURCE.c.pk.in_(pks), access_filter.visible(self.by.sees, RESOURCE.c.person_pk)),
            access_filter.parameters(self.by),
        )
        return len(seen.all()) == len(set(pks))


def _stamped(resource: Body, resource_id: str, version: int, at: datetime) -> Body:
    """The sender's resource with our id and meta; everything else as sent, in the order in which it was sent."""
    meta = {
        **resource.get("meta", {}),
        "versionId": str(version),
        "lastUpdated": f"{at:%Y-%m-%dT%H:%M:%S}.{at.microsecond // 1000:03d}Z",
    }
    rest = {name: value for name, value in resource.items() if name not in ("resourceType", "id", "meta")}
    return {"resourceType": resource["resourceType"], "id": resource_id, "meta": meta, **rest}


def _conflict(error: IntegrityError) -> Conflict:
    """Which promise of the database a write at the same time would have broken."""
    told = str(error.orig)
    if "nhs_number" in told:
        return Conflict("A person with this NHS number is here already", expression="Patient.identifier")
    if "registration" in told:
        return Conflict("This person has an active registration already", expression="EpisodeOfCare")
    return Conflict("Somebody wrote the same resource at the same time; read it and send again")


_VERSIONED = ("version", "last_updated", "deleted", "body")
_COLUMNS = (
    RESOURCE.c.pk,
    RESOURCE.c.version,
    RESOURCE.c.last_updated,
    RESOURCE.c.deleted,
    RESOURCE.c.person_pk,
    RESOURCE.c.body,
)
_INSERT = insert(RESOURCE).returning(RESOURCE.c.pk)
_UPDATE = (
    update(RESOURCE)
    .where(RESOURCE.c.pk == bindparam("at_pk"))
    .values({name: bindparam(name) for name in (*_VERSIONED, "person_pk")})
)
_BELONGS_TO_ITSELF = update(RESOURCE).where(RESOURCE.c.pk == bindparam("at_pk")).values(person_pk=RESOURCE.c.pk)
_LOCKED = (
    select(*_COLUMNS)
    .where(RESOURCE.c.resource_type == bindparam("resource_type"), RESOURCE.c.id == bindparam("resource_id"))
    .with_for_update()
)
_TARGET = select(RESOURCE.c.pk, RESOURCE.c.person_pk).where(
    RESOURCE.c.resource_type == bindparam("resource_type"),
    RESOURCE.c.id == bindparam("resource_id"),
    RESOURCE.c.deleted.is_(False),
)
_HOLD_PERSON = select(PERSON.c.pk).where(PERSON.c.patient_id == bindparam("patient_id")).with_for_update()
_ACTIVE = select(REGISTRATION.c.resource_pk).where(
    REGISTRATION.c.person_pk == bindparam("person"),
    REGISTRATION.c.status == "active",
    REGISTRATION.c.resource_pk != bindparam("this"),
)
_REFERRED_TO = select(SEARCH_INDEX.c.resource_pk).where(
    SEARCH_INDEX.c.value == bindparam("reference"),
    SEARCH_INDEX.c.resource_pk != bindparam("this"),
    or_(
        *(
            and_(SEARCH_INDEX.c.resource_type == type_name, SEARCH_INDEX.c.param == param)
            for type_name, param in derive.reference_params(TYPES.values())
        )
    ),
)
