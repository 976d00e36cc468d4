"""What the writer is told beside "kept": what is found at the end of a transaction, by the resource it is about.

One statement a person, and only where something was written that cautions are about. It tells of what the record holds
already, so only those are told who may read it.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from sqlalchemy import bindparam, func, or_, select
from sqlmodel import Session

from service import db, expressions
from service.actor import Actor
from service.errors import Issue
from service.fhir import codec, elements, narrative, preference_answers, standing
from service.fhir.resource_type import Body
from service.register import cautions, preferences, words
from service.register.models import Person, SummaryItem
from service.store.models import Resource

ITEM = db.table(SummaryItem)
PERSON = db.table(Person)
RESOURCE = db.table(Resource)

Told = Mapping[str, tuple[Issue, ...]]
"""Warnings by the reference of what they are about."""

_READ_BY: Final = ("Observation", "Consent", "EpisodeOfCare")
_FIRST: Final = ("EpisodeOfCare", "CarePlan")
"""Where what is missing is told: at the registration, else at the plan, else at whatever was written first."""
_REVIEWED: Final = ("Observation", "CarePlan")
_STATED: Final = ("Observation", "Consent")
"""Of these one of a kind stands, and what is written may turn out not to be that one."""
_MENDED: Final = ("amended", "corrected")
"""Statuses by which a sender says that what was sent before was wrong."""
_OVERWRITTEN: Final = Issue(
    "business-rule",
    "This overwrites an earlier answer, as if it had never been given: send a change as a new Observation with its own "
    "date, or with status amended or corrected where the earlier one was wrong",
    "Observation",
    "warning",
    "overwritten",
)
_TAKEN_BACK: Final = ("cancelled", "entered-in-error")
"""Statuses by which a sender says that it is not in force."""


@dataclass
class Advice:
    """What one transaction has gathered: what is known already, and what of whom was written."""

    session: Session
    by: Actor
    _told: dict[str, list[Issue]] = field(default_factory=dict)
    _topics: dict[int, dict[str, set[str]]] = field(default_factory=dict)
    _stated: dict[int, list[tuple[str, str, int]]] = field(default_factory=dict)
    """By person: the reference of a statement of which one of a kind stands, the kind, the key of its resource."""

    def add(self, reference: str, *issues: Issue) -> None:
        self._told.setdefault(reference, []).extend(issues)

    def note(self, reference: str, resource: Body, lines: Sequence[Mapping[str, Any]]) -> None:
        """Takes in the summary `lines` of what was written."""
        if unfinished := _unfinished(resource):
            self.add(reference, unfinished)
        for line in lines:
            topics = {line["kind"], line["section"]}.intersection(cautions.TOPICS)
            if topics:
                self._topics.setdefault(line["person_pk"], {}).setdefault(reference, set()).update(topics)
            if line["kind"] in topics and resource["resourceType"] in _STATED:
                stated = (reference, line["kind"], line["resource_pk"])
                self._stated.setdefault(line["person_pk"], []).append(stated)
            if proposed := _proposed(resource, line):
                self.add(reference, proposed)

    def note_change(self, reference: str, resource: Body, earlier: bytes) -> None:
        """Takes in what an Observation said `earlier`, before it was written anew."""
        if _overwrites(resource, codec.loads(earlier)):
            self.add(reference, _OVERWRITTEN)

    def found(self, at: datetime) -> Told:
        """Everything that is to be told of what was written, once all of it stands."""
        if all(self.by.may("r", name) for name in _READ_BY):
            for person_pk, topics in self._topics.items():
                self._look_at(person_pk, topics, at)
        return {reference: tuple(issues) for reference, issues in self._told.items()}

    def _look_at(self, person_pk: int, topics: Mapping[str, set[str]], at: datetime) -> None:
        rows = self.session.execute(_STANDING, {"person": person_pk, "at": at})
        stands = [standing.Statement(*row) for row in rows]
        by_kind = {one.kind: one for one in stands if one.kind}
        for reference, kind, pk in self._stated.get(person_pk, ()):
            if kind in by_kind and by_kind[kind].resource_pk != pk:
                self.add(reference, _not_in_force(reference, by_kind[kind]))
        for caution in cautions.cautions(standing.in_force(stands)):
            for reference in _concerned(caution, topics):
                issue = Issue("business-rule", caution.message, reference.partition("/")[0], "warning", caution.code)
                self.add(reference, issue)


def _unfinished(resource: Body) -> Issue | None:
    """Who sends a decision that nobody may act on yet would otherwise believe that it was told to everybody."""
    status = resource.get("status")
    is_answer = resource["resourceType"] == "Observation" and preference_answers.type_of(resource)
    if not is_answer or status in (*preferences.IN_FORCE_STATUSES, *_TAKEN_BACK):
        return None
    statuses = ", ".join(preferences.IN_FORCE_STATUSES)
    message = f"Kept, but not in force and not shown in the summary: send it with one of the statuses {statuses}"
    return Issue("business-rule", message, "Observation.status", "warning", "not-in-force")


def _overwrites(resource: Body, earlier: Body) -> bool:
    """Whether another answer stands now in the place of one that was in force, and nothing says that it was wrong."""
    kind = preference_answers.type_of(earlier)
    if kind is None or resource.get("status") in (*_TAKEN_BACK, *_MENDED) or not _was_in_force(earlier):
        return False
    return not preference_answers.says_the_same(resource, earlier, kind)


def _was_in_force(earlier: Body) -> bool:
    return earlier.get("status") in preferences.IN_FORCE_STATUSES


def _not_in_force(reference: str, rather: standing.Statement) -> Issue:
    name = reference.partition("/")[0]
    dated = elements.day(_dated(codec.loads(rather.body)))
    which = f"that of {words.day(dated)}" if dated else "another"
    message = (
        f"Kept, but not in force: {which} is, because it was said later or this says less. Where that one is wrong, "
        "mark it entered-in-error"
    )
    return Issue("business-rule", message, name, "warning", "not-in-force")


def _dated(resource: Body) -> Any:
    return resource.get("effectiveDateTime") or resource.get("dateTime")


def _concerned(caution: cautions.Caution, topics: Mapping[str, set[str]]) -> Iterator[str]:
    """What was written now of that between which the caution is; of what is missing, one resource of the person."""
    if caution.code != "place-of-death-missing":
        yield from (reference for reference, written in topics.items() if written.intersection(caution.topics))
        return
    turn = {name: at for at, name in enumerate(_FIRST)}
    yield min(topics, key=lambda reference: turn.get(reference.partition("/")[0], len(_FIRST)))


def _proposed(resource: Body, line: Mapping[str, Any]) -> Issue | None:
    """SCCI1580 requirement 19: a review at most three months ahead, which is proposed where no day was set."""
    name = resource["resourceType"]
    if name not in _REVIEWED or line["review_on"] is None or narrative.review_date(resource):
        return None
    message = (
        f"No review date was sent: {words.day(line['review_on'])} is proposed, three months after it was last confirmed"
    )
    return Issue("informational", message, f"{name}.extension", "information", "review-date-proposed")


_TOPICS = [expressions.constant(topic) for topic in cautions.TOPICS]
_AT = bindparam("at", type_=ITEM.c.effective_at.type)
_RANKED = (
    select(
        ITEM.c.kind,
        ITEM.c.section,
        ITEM.c.resource_pk,
        func.row_number().over(partition_by=ITEM.c.kind, order_by=preferences.latest_first(ITEM)).label("turn"),
    )
    .where(
        ITEM.c.person_pk == bindparam("person"),
        or_(ITEM.c.kind.in_(_TOPICS), ITEM.c.section.in_(_TOPICS)),
        or_(ITEM.c.kind == "", ITEM.c.effective_at <= _AT),
    )
    .subquery()
)
"""The lines in the order of `store.summary`: as there, of a kind the first stands (`composition.in_force`)."""
_STANDING = (
    select(
        *(_RANKED.c.kind, _RANKED.c.section, PERSON.c.sharing, PERSON.c.died_on),
        *(_RANKED.c.resource_pk, RESOURCE.c.body),
    )
    .select_from(_RANKED.join(RESOURCE, RESOURCE.c.pk == _RANKED.c.resource_pk))
    .join(PERSON, PERSON.c.pk == bindparam("person"))
    .where(or_(_RANKED.c.kind == "", _RANKED.c.turn == 1))
)
