"""The alerts that the register raises: Flags, each written with its cause and deleted with it (DESIGN §3.3).

Asked once for each person of whom something was written that may be such a cause: what stands now, of what is kept and
of what is about to be, and which Flags there are. Whoever writes holds the person, so that of two at once the second
sees what the first made of it.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Row, Select, Subquery, bindparam, cast, literal, null, or_, select, union, union_all
from sqlmodel import Session

from service import db
from service.errors import RuleBroken
from service.fhir import alerts as flags
from service.fhir import codec, narrative
from service.fhir.resource_type import Body
from service.register import alerts, cautions, preferences, registrations
from service.register.alerts import ALERTS
from service.register.models import Person, Preference, Registration
from service.store import rows
from service.store.derive import Rows
from service.store.models import Resource
from service.store.saved import Saved

NAME: Final = "Flag"
RESOURCE: Final = db.table(Resource)
PERSON: Final = db.table(Person)
REGISTRATION: Final = db.table(Registration)
PREFERENCE: Final = db.table(Preference)
SUMMARY_ITEM: Final = narrative.SUMMARY_ITEM

_SOURCES: Final = ("EpisodeOfCare", "Observation", "Consent")
_INSTRUMENTS: Final = (alerts.ADVANCE_DECISION.name, alerts.LASTING_POWER.name)
"""Named as the sections of the summary in which a Consent has a line exactly while it stands."""


@dataclass(frozen=True, slots=True)
class Due:
    """A Flag that has to follow: its next version, or its deletion where there is no `resource`."""

    id: str
    before: Row[Any] | None
    resource: Body | None
    person_pk: int


@dataclass(frozen=True, slots=True)
class _Cause:
    """What may raise an alert. Of decisions, `answer` is what was decided, and the latest one rules."""

    alert: str
    pk: int
    version: str
    answer: str = ""
    order: tuple[Any, ...] = ()


def refuse_ours(type_name: str, resource_id: str) -> None:
    """Raises RuleBroken where the register raises that Flag itself, whether it stands now or not."""
    if alerts.is_ours(f"{type_name}/{resource_id}"):
        message = "The register raises and ends this alert itself: change what its flag-detail leads to"
        raise RuleBroken(message, expression=NAME)


def concerned(session: Session) -> list[int]:
    """Everybody of whom an alert may stand, or should."""
    return list(session.execute(_CONCERNED).scalars())


def due(
    session: Session, new: Rows, written: Collection[Saved], *, at: datetime, also: Collection[int] = ()
) -> list[Due]:
    """The Flags that follow from what was `written`, of which the register rows are `new` and not added yet.

    `also` are people of whom nothing was written, and whose Flags are to be looked at all the same.
    """
    here = {saved.pk: saved for saved in written}
    about_to_be = list(_about_to_be(new, here))
    touched = {*also, *(here[cause.pk].person_pk for cause in about_to_be)}
    touched |= {saved.person_pk for saved in written if saved.change != "create" and saved.resource_type in _SOURCES}
    found: list[Due] = []
    for person_pk in sorted(pk for pk in touched if pk is not None):
        causes = [cause for cause in about_to_be if here[cause.pk].person_pk == person_pk]
        found += _due_of(session, person_pk, causes, here, at)
    return found


def _about_to_be(new: Rows, here: Mapping[int, Saved]) -> Iterator[_Cause]:
    for row in new[REGISTRATION]:
        if row["status"] in registrations.STANDING:
            yield _of(here, alerts.ON_THE_REGISTER.name, row)
    for row in new[PREFERENCE]:
        if row["kind"] == cautions.CPR and row["status"] in preferences.IN_FORCE_STATUSES:
            order = (row["effective_at"], row["issued_at"], row["resource_pk"])
            yield _of(here, alerts.NOT_FOR_CPR.name, row, row["answer"], order)
    for row in new[SUMMARY_ITEM]:
        if row["section"] in _INSTRUMENTS and here[row["resource_pk"]].resource_type == "Consent":
            yield _of(here, row["section"], row)


def _of(
    here: Mapping[int, Saved], alert: str, row: Mapping[str, Any], answer: str = "", order: tuple[Any, ...] = ()
) -> _Cause:
    saved = here[row["resource_pk"]]
    return _Cause(alert, saved.pk, f"{saved.reference}/_history/{saved.version}", answer, order)


def _due_of(
    session: Session, person_pk: int, about_to_be: Iterable[_Cause], here: Mapping[int, Saved], at: datetime
) -> Iterator[Due]:
    person = session.execute(_PERSON, {"person": person_pk}).one_or_none()
    is_new = person_pk in here and here[person_pk].change == "create"
    standing = _standing([*(() if is_new else _kept(session, person_pk)), *about_to_be]) if person else {}
    raised = {} if is_new else _raised(session, person_pk)
    for alert in ALERTS:
        flag_id, causes = alert.id_for(person_pk), standing.get(alert.name, [])
        before = raised.get(flag_id)
        if not causes and before and not before.deleted:
            yield Due(flag_id, before, None, person_pk)
        if person and causes and not _says_so(before, causes):
            sources = [_body(session, cause, here) for cause in causes]
            known = {"patient_id": person.patient_id, "number": person.nhs_number}
            yield Due(flag_id, before, flags.flag(alert, sources, **known, at=at), person_pk)


def _raised(session: Session, person_pk: int) -> dict[str, Row[Any]]:
    """The Flags of a person, those that were deleted too, by id."""
    ids = {f"id_{alert.name}": alert.id_for(person_pk) for alert in ALERTS}
    return {row.id: row for row in session.execute(_RAISED, ids)}


def _kept(session: Session, person_pk: int) -> list[_Cause]:
    """What stands of what was there before: rows of what is written anew are gone already."""
    return [
        _Cause(
            row.alert,
            row.pk,
            f"{row.resource_type}/{row.id}/_history/{row.version}",
            row.answer,
            (row.effective_at, row.issued_at, row.pk),
        )
        for row in session.execute(_CAUSES, {"person": person_pk})
    ]


def _standing(causes: Iterable[_Cause]) -> dict[str, list[_Cause]]:
    """What raises each alert. The latest decision on CPR alone; whatever else stands, beside each other."""
    found: dict[str, list[_Cause]] = {}
    for cause in sorted(causes, key=lambda cause: cause.pk):
        found.setdefault(cause.alert, []).append(cause)
    decisions = found.pop(alerts.NOT_FOR_CPR.name, [])
    latest = max(decisions, key=lambda cause: cause.order, default=None)
    if latest and latest.answer == alerts.NOT_FOR_CPR.code.code:
        found[alerts.NOT_FOR_CPR.name] = [latest]
    return found


def _says_so(flag: Row[Any] | None, causes: Iterable[_Cause]) -> bool:
    """Whether a Flag that stands was derived from these versions already."""
    if flag is None or flag.deleted:
        return False
    return flags.derived_from(codec.loads(flag.body)) == {cause.version for cause in causes}


def _body(session: Session, cause: _Cause, here: Mapping[int, Saved]) -> Body:
    return codec.loads(here[cause.pk].body if cause.pk in here else rows.body(session, cause.pk))


def _latest_decision(person: Any) -> Subquery:
    """The latest decision on CPR alone: a person may have many."""
    return (
        select(PREFERENCE.c.resource_pk, PREFERENCE.c.answer, PREFERENCE.c.effective_at, PREFERENCE.c.issued_at)
        .where(
            PREFERENCE.c.person_pk == person,
            PREFERENCE.c.kind == cautions.CPR,
            preferences.may_be_acted_on(PREFERENCE),
        )
        .order_by(*preferences.latest_first(PREFERENCE))
        .limit(1)
        .subquery()
    )


def _causes() -> Select[Any]:
    """Everything kept that may raise an alert of a person, with the resource that it was derived from."""
    person: Any = bindparam("person")
    nothing = literal("").label("answer")
    never = [cast(null(), db.Instant()).label(name) for name in ("effective_at", "issued_at")]
    decision = _latest_decision(person)
    found = union_all(
        select(REGISTRATION.c.resource_pk, literal(alerts.ON_THE_REGISTER.name).label("alert"), nothing, *never).where(
            REGISTRATION.c.person_pk == person, REGISTRATION.c.status.in_(registrations.STANDING)
        ),
        select(
            decision.c.resource_pk,
            literal(alerts.NOT_FOR_CPR.name),
            decision.c.answer,
            decision.c.effective_at,
            decision.c.issued_at,
        ),
        select(SUMMARY_ITEM.c.resource_pk, SUMMARY_ITEM.c.section, nothing, *never).where(
            SUMMARY_ITEM.c.person_pk == person, SUMMARY_ITEM.c.section.in_(_INSTRUMENTS)
        ),
    ).subquery()
    return (
        select(
            *(found.c.alert, found.c.answer, found.c.effective_at, found.c.issued_at),
            *(RESOURCE.c.pk, RESOURCE.c.resource_type, RESOURCE.c.id, RESOURCE.c.version),
        )
        .join(RESOURCE, RESOURCE.c.pk == found.c.resource_pk)
        .where(or_(found.c.alert.not_in(_INSTRUMENTS), RESOURCE.c.resource_type == "Consent"))
    )


_CAUSES: Final = _causes()
_CONCERNED: Final = union(
    select(REGISTRATION.c.person_pk).where(REGISTRATION.c.status.in_(registrations.STANDING)),
    select(PREFERENCE.c.person_pk).where(PREFERENCE.c.kind == cautions.CPR),
    select(SUMMARY_ITEM.c.person_pk).where(SUMMARY_ITEM.c.section.in_(_INSTRUMENTS)),
    select(RESOURCE.c.person_pk).where(RESOURCE.c.resource_type == NAME, RESOURCE.c.deleted.is_(False)),
)
_PERSON: Final = select(PERSON.c.patient_id, PERSON.c.nhs_number).where(PERSON.c.pk == bindparam("person"))
_RAISED: Final = select(
    *(RESOURCE.c.pk, RESOURCE.c.id, RESOURCE.c.version, RESOURCE.c.last_updated),
    *(RESOURCE.c.deleted, RESOURCE.c.person_pk, RESOURCE.c.body),
).where(RESOURCE.c.resource_type == NAME, RESOURCE.c.id.in_([bindparam(f"id_{alert.name}") for alert in ALERTS]))
