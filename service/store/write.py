"""Writing: the heart of the register.

A `Writing` makes the changes of one transaction: may the writer, of whom, in place of which version. What each change
leaves behind is gathered in `Versions`. Nothing here commits: the edge does, before it answers.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, TypeVar
from uuid import uuid4

from sqlalchemy import Row
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session

from service.actor import Actor, Sees
from service.errors import Conflict, Forbidden, Gone, Issue, NotFound, RuleBroken, Unreadable, VersionConflict
from service.fhir import codec, patching
from service.fhir.patching import Patch
from service.fhir.resource_type import SELF, Body
from service.register import nhs_number
from service.store import deletion, derived, integrity, judging, rows
from service.store.advice import Told
from service.store.ownership import Ownership
from service.store.saved import Saved
from service.store.versions import Versions

Written = TypeVar("Written", Saved, Saved | None)


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
    _held: dict[str, Row[Any] | None] = field(default_factory=dict)
    _advice: Told = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._ownership = Ownership(self.session, self.by)
        reason = deletion.reason(self.told)
        self._versions = Versions(self.session, self._ownership, self.by, self.at, self.request_id, self.base, reason)

    def expect(self, count: int) -> None:
        """Asks at once for the keys of so many new resources, and of the Provenance of them all."""
        if count:
            self._versions.keys.expect(count + 1)

    def hold(self, changed: Mapping[str, bool], people: Iterable[str]) -> None:
        """Holds, until the end of the transaction, what is about to be changed, and the people about whom is written.

        In every transaction resources are held first and then people, each in the order of their names: no two that
        are sent at once wait for each other. What is about to be deleted, as `changed` says of each reference, is held
        against new references only once its person is: whoever holds a person may be about to refer to it.
        """
        for reference in sorted(changed):
            self._hold(reference)
        deleted = [reference for reference in sorted(changed) if changed[reference]]
        owners = {held.person_pk for reference in deleted if (held := self._held[reference])} - {None}
        self._ownership.hold(sorted({*people, *self._ownership.named(owners)}))
        for reference in deleted:
            self._hold(reference, to_delete=True)

    def _hold(self, reference: str, *, to_delete: bool = False) -> None:
        type_name, _, resource_id = reference.partition("/")
        self._held[reference] = rows.held(self.session, type_name, resource_id, to_delete=to_delete)

    def create(self, resource: Body, *, resource_id: str = "", place: str = "") -> Saved:
        """Keeps a new, judged resource under an id of ours. Raises Forbidden, Invalid, Conflict.

        `place` is where it stands in a Bundle, for what can only be found wrong at the end.
        """
        self.by.require("c", resource["resourceType"])
        return self._versions.add(resource, resource_id or str(uuid4()), None, place)

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
        return self._versions.add(resource, resource_id, before, place)

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
            warnings = judging.accepted(resource)
            saved = self._versions.add(resource, resource_id, before, place)
            self._versions.advice.add(saved.reference, *warnings)
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
        return self._versions.remove(type_, resource_id, before, reason=self._versions.reason)

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

    def held(self, reference: str) -> Row[Any] | None:
        """A resource as it stands, ours until the end of the transaction; None where there is none."""
        if reference not in self._held:
            self._hold(reference)
        return self._held.pop(reference)

    def move(self, resource: Body, before: Row[Any], *, to: int) -> Saved:
        """Keeps what says nothing new in the record of a person, by key. Whoever calls may do so, and audits it."""
        return self._versions.move(resource, before, to=to)

    def acts(self, act: str, *events: Mapping[str, Any]) -> None:
        """Takes in that this is more than writing, such as "merge", and what the audit is to tell of it."""
        self._versions.act = act
        for event in events:
            self._versions.events.add(event)

    def body(self, pk: int) -> bytes:
        """What was written of a resource, or stands."""
        return rows.body(self.session, pk)

    def warnings(self) -> list[Issue]:
        """All that somebody should look at of what was written; known once it is finished. Each is said once."""
        found = [issue for issues in self._advice.values() for issue in issues if issue.severity == "warning"]
        return list(dict.fromkeys(found))

    def sees(self, pk: int) -> bool:
        """Whether the writer may see a resource."""
        return self._ownership.sees([pk])

    @property
    def is_of_everyone(self) -> bool:
        """Whether the writer may do for everyone what it may do at all."""
        return self.by.sees is Sees.EVERYONE

    def looks_after(self, person_pk: int) -> bool:
        """Whether the writer's organisation looks after a person."""
        return self._ownership.looks_after(person_pk)

    def look_at(self, person_pk: int) -> None:
        """Has the Flags that the register raises follow what stands of a person, also where nothing is written."""
        self._versions.looked_at.add(person_pk)

    def unchanged(self, saved: Saved) -> Saved:
        """Takes note that what was asked for was so already: disclosed, so audited."""
        self._versions.events.note(saved)
        return saved

    def finish(self) -> None:
        """Writes what was gathered. Raises Invalid, Conflict, Forbidden."""
        self._advice = self._versions.finish(self.places, told=self.told)

    def advised(self, saved: Written, found: Iterable[Issue] = ()) -> Written:
        """What was saved, with all that its writer is to be told: what was `found` before, and what was at the end."""
        return saved.warned([*found, *self._advice.get(saved.reference, ())]) if saved else saved

    def _locked(
        self, type_name: str, resource_id: str, if_match: Collection[int] | None, *, to_delete: bool = False
    ) -> Row[Any] | None:
        """The row to change, ours until the end of the transaction."""
        derived.refuse_ours(type_name, resource_id)
        reference = f"{type_name}/{resource_id}"
        if reference not in self._held:
            self.hold({reference: to_delete}, ())
        before = self._held.pop(reference)
        is_seen = before is not None and self._ownership.sees([before.pk])
        if if_match is not None and not is_seen:  # one answer for what is hidden and what is not here
            raise VersionConflict(f"If-Match names a version, but there is no such {type_name} that you may see")
        if before is None:
            return None
        if not is_seen:
            raise _nothing(type_name)
        self._versions.whereabouts.refuse_in_part(before.person_pk)
        if not self._ownership.may_change(type_name, before):
            raise Forbidden(_NOT_YOURS)
        if judging.held(type_name).person == SELF and before.person_pk != before.pk:
            raise Conflict(_MERGED, expression=type_name)
        if if_match is not None and before.version not in if_match:
            raise VersionConflict(
                f"Somebody has changed this {type_name}: its version is {before.version} now. Read it again"
            )
        return before


_MERGED = "This Patient was merged into another: write to that one (Patient.link), or use Patient/$unmerge first"
_NOT_YOURS = (
    "What belongs to nobody, and every Provenance, is changed by the organisation that wrote it, or by an integration"
)


def _nothing(type_name: str) -> NotFound:
    return NotFound(f"There is no such {type_name} that you may see")


def _as_it_stands(type_name: str, resource_id: str, row: Row[Any], body: bytes) -> Saved:
    return Saved(row.pk, type_name, resource_id, row.version, row.last_updated, row.person_pk, body, "none")
