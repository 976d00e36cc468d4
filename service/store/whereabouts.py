"""Who may write what of people whose whereabouts are restricted, or who did not agree to share.

Who sees a record in part may add to it, and neither change nor delete what stands in it: a body that was read in part
and sent back would lose the rest. Nobody becomes one who looks after such a person by saying so, nor opens to all what
was opened to them by breaking the glass. The labels that restrict stay until somebody who looks after the person, or a
system that sees everyone, sends others.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any, Final

from sqlalchemy import Row, Select, and_, bindparam, select
from sqlmodel import Session

from service import db, expressions
from service.actor import Actor, Sees
from service.errors import Forbidden
from service.fhir import codec, redaction, sensitivity
from service.fhir.resource_type import Body
from service.store import access_filter
from service.store.models import ResourceVersion

PERSON: Final = access_filter.PERSON
VERSION: Final = db.table(ResourceVersion)

_IN_PART: Final = (
    "You see this record in part, as the whereabouts of this person are restricted: you may add to it, and neither "
    "change nor delete what stands in it. Ask those who look after the person"
)
_NOT_YOURS_TO_SAY: Final = (
    "Who looks after this person is said by those who do already: ask them to name your organisation"
)
_NOT_YOURS_TO_LIFT: Final = (
    "A label that restricts who may know where a person is, is lifted or lowered by those who look after the person"
)
_NOT_YOURS_TO_SHARE: Final = (
    "This person did not agree to share the record. A broken glass opens it for a while and decides nothing: those who "
    "look after the person record what they decide"
)


@dataclass
class Whereabouts:
    """What one transaction knows of the people it writes of, as they stood before it."""

    session: Session
    by: Actor
    _stood: dict[int, Row[Any] | None] = field(default_factory=dict)

    def refuse_in_part(self, person_pk: int | None) -> None:
        """Raises Forbidden where the actor sees this person in part."""
        if self._sees_in_part(person_pk):
            raise Forbidden(_IN_PART)

    def hides(self, type_name: str, person_pk: int | None) -> bool:
        """Whether what stands of a type in this person's record is hidden from the actor, who sees the person."""
        return type_name in redaction.WITHHELD_TYPES and self._sees_in_part(person_pk)

    def _sees_in_part(self, person_pk: int | None) -> bool:
        if self.by.sees not in access_filter.PARTLY or self._looks_after(person_pk):
            return False
        stood = self._before(person_pk)
        return bool(stood and stood.sensitivity)

    def refuse_relating(self, person_pk: int | None) -> None:
        """Raises Forbidden where the actor may not say which organisations look after a person who was here before."""
        if self._looks_after(person_pk):
            return
        if (stood := self._before(person_pk)) and not stood.is_open:
            raise Forbidden(_NOT_YOURS_TO_SAY)

    def was_not_theirs(self, person_pk: int) -> bool:
        """Whether it is known of a person that the actor did not look after them before this transaction."""
        stood = self._stood.get(person_pk)
        return stood is not None and not stood.is_own

    def refuse_sharing(self, person_pk: int) -> None:
        """Raises Forbidden where the actor sees a record that is not shared, and so may not say that it is."""
        if self._looks_after(person_pk):
            return
        if (stood := self._before(person_pk)) and not stood.is_shared:
            raise Forbidden(_NOT_YOURS_TO_SHARE, expression="Consent")

    def labelled(self, patient: Body, before: Row[Any]) -> Body:
        """The Patient with the labels that it bore, where it comes without any of confidentiality.

        Raises Forbidden for lower ones from who neither looks after the person nor sees everyone.
        """
        stood = self._body_before(before)
        borne, given = sensitivity.labels(stood), sensitivity.labels(patient)
        if borne and not given:
            return sensitivity.with_labels(patient, borne)
        if sensitivity.is_lower(patient, stood) and not self._looks_after(before.person_pk):
            raise Forbidden(_NOT_YOURS_TO_LIFT, expression="Patient.meta.security")
        return patient

    def _looks_after(self, person_pk: int | None) -> bool:
        """Whether the actor, who sees this person, may do so as one who looks after them, or after everyone."""
        if self.by.sees in (Sees.EVERYONE, Sees.OWN_PATIENTS):
            return True
        stood = self._before(person_pk)
        return bool(stood and stood.is_own)

    def _before(self, person_pk: int | None) -> Row[Any] | None:
        """How a person stood when this was first asked: before the transaction changed who looks after them."""
        if person_pk is None:
            return None
        if person_pk not in self._stood:
            asked: Mapping[str, Any] = {"this": person_pk, **access_filter.parameters(self.by)}
            self._stood[person_pk] = self.session.execute(_standing(self.by.sees), asked).one_or_none()
        return self._stood[person_pk]

    def _body_before(self, before: Row[Any]) -> Body:
        """The latest version that was no deletion: who writes a Patient again does not lift what restricts it."""
        body = self.session.execute(_BODY, {"this": before.pk}).scalar_one_or_none()
        return codec.loads(body) if body else {}


@cache
def _standing(sees: Sees) -> Select[Any]:
    is_unrestricted = PERSON.c.sensitivity == expressions.constant("")
    return select(
        PERSON.c.sensitivity,
        access_filter.own(PERSON.c.pk).label("is_own"),
        access_filter.may_be_shared(sees).label("is_shared"),
        and_(is_unrestricted, access_filter.may_be_shared(sees)).label("is_open"),
    ).where(PERSON.c.pk == bindparam("this"))


_BODY: Final = (
    select(VERSION.c.body)
    .where(VERSION.c.resource_pk == bindparam("this"), VERSION.c.deleted.is_(False))
    .order_by(VERSION.c.version.desc())
    .limit(1)
)
