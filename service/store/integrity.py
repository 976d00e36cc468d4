"""What must hold between resources: references lead somewhere, people are kept apart, one registration is active."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, Table, and_, bindparam, or_, select
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session

from service import db
from service.errors import Conflict, Invalid, Issue
from service.register import alerts
from service.register.models import Plan, Registration
from service.store import derive, judging
from service.store.models import Resource, SearchIndex
from service.store.saved import Saved

RESOURCE = db.table(Resource)
SEARCH_INDEX = db.table(SearchIndex)
REGISTRATION = db.table(Registration)
PLAN = db.table(Plan)

_ELSEWHERE = ("http:", "https:", "#", "urn:oid:")
_OF_THE_PAST = "Provenance.target"
_TO_OTHERS = "Patient.link"
"""The one element that leads from one person to another: to a second record of the same, or to a relative."""
_HOLDS_NOTHING = (("Provenance", "target"), ("Provenance", "patient"))
"""Search parameters of references that keep nothing from being deleted."""


@dataclass(frozen=True, slots=True)
class Reference:
    """A reference that was written: from which element, to what, in whose record, and where in a Bundle.

    `is_kept` where the version before led there already, whoever may see that now.
    """

    expression: str
    target: str
    person_pk: int | None
    place: str
    is_kept: bool = False


@dataclass(frozen=True, slots=True)
class Target:
    """What a reference leads to: whose record it is part of, if anyone's, and its latest version if known."""

    person_pk: int | None
    version: int | None = None
    is_deleted: bool = False


Hides = Callable[[str, int | None], bool]
"""Whether what stands of a type in a person's record is hidden from the writer, who sees the person."""


def check_references(
    session: Session,
    written: Iterable[Reference],
    known: dict[str, Target | None],
    *,
    sees: Callable[[int], bool],
    hides: Hides,
) -> None:
    """Every reference leads to something that is here, and to the same person where it belongs to one.

    One that names a version leads to a version that there is. What a Provenance targets may be deleted since: it tells
    of the past. `known` is what the transaction knows itself; `sees` says whether the writer may see a person. Raises
    Invalid naming each.
    """
    issues = [
        issue.under(reference.place) if reference.place else issue
        for reference in written
        if not reference.target.startswith(_ELSEWHERE) and (issue := _wrong(session, reference, known, sees, hides))
    ]
    if issues:
        raise Invalid("; ".join(issue.message for issue in issues), issues=issues)


def _wrong(
    session: Session,
    reference: Reference,
    known: dict[str, Target | None],
    sees: Callable[[int], bool],
    hides: Hides,
) -> Issue | None:
    if alerts.is_ours(reference.target) and not reference.expression.startswith(_OF_THE_PAST):
        message = "The register ends this alert with its reason: refer to what its flag-detail leads to"
        return Issue("business-rule", message, reference.expression)
    resource, _, version = reference.target.partition("/_history/")
    if resource not in known or (version and (here := known[resource]) and here.version is None):
        known[resource] = _target(session, resource, hides)
    target = known[resource]
    if target and _is_there(target, version, reference.expression) and _may_lead(reference, target, sees):
        return None
    # One answer for what is not here and for what is another person's: nobody learns which.
    return Issue("not-found", "This leads to nothing that this record may refer to", reference.expression)


def _is_there(target: Target, version: str, expression: str) -> bool:
    if version and not (version.isascii() and version.isdigit() and 0 < int(version[:10]) <= (target.version or 0)):
        return False
    return not target.is_deleted or expression.startswith(_OF_THE_PAST)


def _may_lead(reference: Reference, target: Target, sees: Callable[[int], bool]) -> bool:
    if target.person_pk in (None, reference.person_pk):
        return True
    return reference.expression.startswith(_TO_OTHERS) and (reference.is_kept or sees(target.person_pk))


def _target(session: Session, reference: str, hides: Hides) -> Target | None:
    type_name, _, resource_id = reference.partition("/")
    found = session.execute(_TARGET, {"resource_type": type_name, "resource_id": resource_id}).one_or_none()
    if found is None or hides(type_name, found.person_pk):
        return None
    return Target(found.person_pk, found.version, found.deleted)


def refuse_deleted_in_use(session: Session, written: Iterable[Saved], places: Mapping[str, str]) -> None:
    """Raises Conflict for what is deleted while something here refers to it; `places` are where a Bundle says so."""
    for saved in written:
        if saved.change != "delete":
            continue
        if session.execute(_REFERRED_TO, {"reference": saved.reference, "this": saved.pk}).first():
            place = places.get(saved.reference) or saved.resource_type
            raise Conflict("Other resources refer to this one; delete or change these first", expression=place)


def refuse_second_active(session: Session, rows: Mapping[Table, Sequence[dict[str, Any]]], pk: int) -> None:
    """One active registration (SCCI1580 requirement 49) and one active plan a person, of those kept and of the `rows`
    about to be.

    `pk` is the resource just written. Raises Conflict.
    """
    for one in _ONE_ACTIVE:
        about_to_be = rows.get(one.table, ())
        for row in about_to_be:
            if row["resource_pk"] != pk or row["status"] != "active":
                continue
            is_new = any(added["pk"] == row["person_pk"] for added in rows.get(RESOURCE, ()))
            if _has_another(session, one, about_to_be, row, is_new=is_new):
                raise one.refusal("end it first, or update it")


def _has_another(
    session: Session, one: "_One", rows: Sequence[dict[str, Any]], row: dict[str, Any], *, is_new: bool
) -> bool:
    """Of a person who `is_new` in this transaction nothing can be kept yet."""
    about_to_be = any(
        other is not row and other["status"] == "active" and other["person_pk"] == row["person_pk"] for other in rows
    )
    held = {"person": row["person_pk"], "this": row["resource_pk"]}
    return about_to_be or (not is_new and session.execute(one.statement, held).first() is not None)


def conflict(error: IntegrityError) -> Exception:
    """Which promise of the database a write at the same time would have broken; the error itself if it is a fault."""
    told = str(error.orig)
    if "nhs_number" in told:
        return Conflict("A person with this NHS number is here already", expression="Patient.identifier")
    for one in _ONE_ACTIVE:
        if f"{one.table.name}_one_active" in told or f"{one.table.name}.person_pk" in told:
            return one.refusal("read it, and send again")
    if any(name in told for name in ("resource_type_id", "resource.resource_type", "resource_version_version")):
        return Conflict("Somebody wrote the same resource at the same time; read it and send again")
    return error


_TARGET = (
    select(RESOURCE.c.person_pk, RESOURCE.c.version, RESOURCE.c.deleted)
    .where(RESOURCE.c.resource_type == bindparam("resource_type"), RESOURCE.c.id == bindparam("resource_id"))
    .with_for_update(read=True, key_share=True)
)  # nobody deletes it before we are done


def _active(table: Table) -> Select[Any]:
    return select(table.c.resource_pk).where(
        table.c.person_pk == bindparam("person"), table.c.status == "active", table.c.resource_pk != bindparam("this")
    )


@dataclass(frozen=True, slots=True)
class _One:
    """What a person has one of that is active. `statement` finds another than `this` one."""

    table: Table
    what: str
    type_name: str
    statement: Select[Any]

    def refusal(self, then: str) -> Conflict:
        return Conflict(f"This person has an active {self.what} already; {then}", expression=self.type_name)


_ONE_ACTIVE = (
    _One(REGISTRATION, "registration", "EpisodeOfCare", _active(REGISTRATION)),
    _One(PLAN, "end of life care plan", "CarePlan", _active(PLAN)),
)
_REFERRED_TO = select(SEARCH_INDEX.c.resource_pk).where(
    SEARCH_INDEX.c.value == bindparam("reference"),
    SEARCH_INDEX.c.resource_pk != bindparam("this"),
    or_(
        *(
            and_(SEARCH_INDEX.c.resource_type == type_name, SEARCH_INDEX.c.param == param)
            for type_name, param in derive.reference_params(judging.TYPES.values())
            if (type_name, param) not in _HOLDS_NOTHING
        )
    ),
)
