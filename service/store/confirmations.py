"""What says that it confirms an earlier answer gives that answer; else a report would count a change as none."""

from collections.abc import Iterable, Mapping
from typing import Any, Final

from sqlalchemy import Row, bindparam, select
from sqlmodel import Session

from service import db
from service.actor import Actor
from service.errors import Issue, RuleBroken
from service.fhir import codec, preference_answers
from service.register import preference_type, preferences
from service.register.models import Preference
from service.store import rows
from service.store.models import Resource

PREFERENCE: Final = db.table(Preference)
RESOURCE: Final = db.table(Resource)

_NOT_THAT: Final = "Confirm an answer to the same question, of the same person, that stands: this one leads to none"
_ANOTHER: Final = "This is not the answer that it confirms: send the same one, or leave epaccs-confirmed-unchanged out"
_SINCE: Final = "Another answer was given since: send this as a change, without epaccs-confirmed-unchanged"


def refuse_changes(
    session: Session, written: Iterable[Mapping[str, Any]], places: Mapping[int, str], *, by: Actor
) -> None:
    """Of the rows of `preference` that were `written`, each that is a confirmation changes nothing.

    `places` is where in a Bundle the resources stand, by their keys. Raises RuleBroken naming each that does, and
    Forbidden to who may not read answers: by confirming one after the other they would find the one that stands.
    """
    confirming = [row for row in written if row["is_confirmation"]]
    if confirming:
        by.require("r", "Observation")
    found = [(row["resource_pk"], _wrong(session, row)) for row in confirming]
    issues = [_issue(message, places.get(pk, "")) for pk, message in found if message]
    if issues:
        raise RuleBroken("; ".join(issue.message for issue in issues), issues=issues)


def _issue(message: str, place: str) -> Issue:
    issue = Issue(RuleBroken.code, message, "Observation.extension")
    return issue.under(place) if place else issue


def _wrong(session: Session, row: Mapping[str, Any]) -> str:
    """What a confirmation does that none may do; empty where it is one."""
    kind = preference_type.all_types()[row["kind"]]
    ours = codec.loads(rows.body(session, row["resource_pk"]))
    named = (preference_answers.confirmed(ours) or "").partition("/")[2]
    this = {"person": row["person_pk"], "kind": kind.name, "this": row["resource_pk"]}
    earlier = session.execute(_NAMED, {**this, "id": named}).first()
    if earlier is None:
        return _NOT_THAT
    if not preference_answers.says_the_same(ours, codec.loads(earlier.body), kind):
        return _ANOTHER
    latest: Row[Any] | None = session.execute(_LATEST, {**this, "at": row["effective_at"]}).first()
    stands = latest is None or preference_answers.says_the_same(ours, codec.loads(latest.body), kind)
    return "" if stands else _SINCE


_OTHERS = (
    select(RESOURCE.c.body)
    .select_from(PREFERENCE.join(RESOURCE, RESOURCE.c.pk == PREFERENCE.c.resource_pk))
    .where(
        PREFERENCE.c.person_pk == bindparam("person"),
        PREFERENCE.c.kind == bindparam("kind"),
        PREFERENCE.c.resource_pk != bindparam("this"),
        preferences.may_be_acted_on(PREFERENCE),
    )
)
_NAMED = _OTHERS.where(RESOURCE.c.resource_type == "Observation", RESOURCE.c.id == bindparam("id"))
_LATEST = (
    _OTHERS.where(PREFERENCE.c.effective_at <= bindparam("at", type_=db.Instant()))
    .order_by(*preferences.latest_first(PREFERENCE))
    .limit(1)
)
