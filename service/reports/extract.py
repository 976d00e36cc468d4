"""A pseudonymised extract: one line for everybody who was ever on the register, for research and planning (SCCI1580
requirements 29 and 30).

Nobody can be told from it: a pseudonym made with a key stands for the person, ages are bands, days are months or
stretches, nothing was typed by anybody, and what a neighbour may know of a person (`KNOWN`) is as it is of at least
`SMALLEST` people together; else it is made coarser, and in the end the line is left out. Left out are also people
whose whereabouts are restricted, and who refused or withdrew the sharing of their record.
It is still about people: who holds the key, or a copy of the register, can link it.
"""

import hashlib
import hmac
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any, Final

from sqlalchemy import FromClause, Row, Select, case, func, select
from sqlmodel import Session

from service import clock, db
from service.errors import Unreadable
from service.expressions import constant, date_of, days_between, end_of_day
from service.register import codes, organisations, preferences, registrations, traits
from service.register.models import Registration
from service.register.preference_types.variance_reason import VARIANCE_REASON
from service.reports import areas, caseload, spreadsheet
from service.reports.caseload import AT, ON, PERSON
from service.reports.splits.age_band import AGE_BAND
from service.reports.splits.deprivation import DEPRIVATION

SMALLEST: Final = 5
"""How many lines share what a neighbour may know: fewer could be told apart (as under-5 in published counts)."""
SHORTEST_KEY: Final = 32

KNOWN: Final = ("language", "ethnicity", "area", "residence", "gender", "age_band", "died_in")
"""What may be known of a person from elsewhere, in the order in which it is given up where too few share it, once the
month of a death is its year."""

COLUMNS: Final = (
    "pseudonym",
    *KNOWN,
    "learning_disability",
    "deprivation",
    "diagnosis_group",
    "registered_in",
    "on_register_for",
    "end_reason",
    "preferred_place",
    "second_choice",
    "no_preference",
    "preference_before_death",
    "place_of_death",
    "variance_reason",
    "cpr_decision",
    "sharing",
)
_COARSER: Final = (("died_in", len("2026")), *((name, 0) for name in KNOWN[:-1]), ("died_in", 0))
"""The steps: which of KNOWN, and how many characters of it are left."""
Line = dict[str, str]

_AS_THEY_ARE: Final = (
    *("residence", "gender", "age_band", "ethnicity", "language", "learning_disability", "deprivation"),
    *(
        "diagnosis_group",
        "preferred_place",
        "second_choice",
        "no_preference",
        "place_of_death",
        "cpr_decision",
        "sharing",
    ),
)
"""Columns of the statement whose every value is a word of ours."""
_REASONS: Final = {answer.code.code for answer in VARIANCE_REASON.answers}

_WISH, _ENDING, _VARIANCE, _CPR = (
    caseload.answer(kind) for kind in ("place-of-death", "actual-place-of-death", "variance-reason", "cpr-decision")
)
_SPELL: Final = db.table(Registration).alias("spell")
_OTHER: Final = db.table(Registration).alias("later_spell")


def lines(session: Session, key: bytes) -> list[Line]:
    """The lines, in the order of their pseudonyms, which is nobody's. Raises Unreadable for too short a key."""
    if len(key) < SHORTEST_KEY:
        raise Unreadable(f"The key of an extract has {SHORTEST_KEY} bytes or more")
    on = organisations.stands_on(session) or clock.today()
    sub_icbs = {code: where.sub_icb_code for code, where in areas.on(session, on).items()}
    rows = session.execute(_statement(), {"on": on, "at": preferences.end_of(on)})
    told = [_line(row, key, sub_icbs) for row in rows]
    return sorted(_coarsened(told), key=lambda line: line["pseudonym"])


def as_csv(told: Iterable[Line]) -> str:
    return spreadsheet.text(COLUMNS, ([line[column] for column in COLUMNS] for line in told))


def pseudonym(key: bytes, identifier: str) -> str:
    """128 bits of HMAC-SHA256: the same for a person and key, and without the key nobody can try numbers."""
    return hmac.new(key, b"extract:" + identifier.encode(), hashlib.sha256).hexdigest()[:32]


def _line(row: Row[Any], key: bytes, sub_icbs: Mapping[str, str]) -> Line:
    return {
        "pseudonym": pseudonym(key, row.nhs_number or row.patient_id),
        "area": sub_icbs.get(row.practice_code, ""),
        "registered_in": _month(row.on),
        "died_in": _month(row.died_on),
        "on_register_for": _stretch(row.lead_days, _LONG),
        "preference_before_death": _stretch(row.wish_days, _SHORT),
        "end_reason": _ours(row.end_reason, codes.END_REASONS),
        "variance_reason": _ours(row.variance_reason, _REASONS),
        **{column: str(row._mapping[column] or "") for column in _AS_THEY_ARE},
    }


def _ours(code: str | None, known: Collection[str]) -> str:
    """A code as recorded may be another sender's, and so anything."""
    if not code:
        return ""
    return code if code in known else "other"


def _month(day: Any) -> str:
    return f"{day:%Y-%m}" if day else ""


_LONG: Final = ((0, "under 1 day"), (1, "1 to 27 days"), (28, "28 to 89 days"), (90, "90 to 364 days"))
_SHORT: Final = ((0, "under 2 days"), (2, "2 to 27 days"), *_LONG[2:])


def _stretch(days: int | None, bounds: Sequence[tuple[int, str]]) -> str:
    """The stretch in which so many days lie, 365 and more being the last; empty where there are none to count."""
    if days is None or days < 0:
        return ""
    return "365 days or more" if days >= 365 else [name for least, name in bounds if days >= least][-1]


def _coarsened(told: list[Line]) -> list[Line]:
    """What is known of too few is given up, one thing after the other; whoever still stands out is left out."""
    for name, length in _COARSER:
        small = _small(told)
        told = [line | {name: line[name][:length]} if _known(line) in small else line for line in told]
    small = _small(told)
    return [line for line in told if _known(line) not in small]


def _small(told: Iterable[Line]) -> set[tuple[str, ...]]:
    return {known for known, many in Counter(map(_known, told)).items() if many < SMALLEST}


def _known(line: Line) -> tuple[str, ...]:
    return tuple(line[name] for name in KNOWN)


def _statement() -> Select[Any]:
    """One row a person: of the latest registration, and of what was in force at the death, or is today."""
    base = _people().subquery("people")
    of_person = {
        "ethnicity": traits.ETHNICITY,
        "language": traits.LANGUAGE,
        "learning_disability": traits.LEARNING_DISABILITY,
        "residence": traits.RESIDENCE,
        "diagnosis_group": traits.DIAGNOSIS_GROUP,
    }
    return select(
        *base.c,
        AGE_BAND.value(base).label("age_band"),
        DEPRIVATION.value(base).label("deprivation"),
        *(traits.value(kind, base.c.person_pk).label(column) for column, kind in of_person.items()),
    )


def _people() -> Select[Any]:
    at = func.coalesce(end_of_day(PERSON.c.died_on), AT)
    rows = caseload.with_answers(_spells(), "place-of-death", "cpr-decision", at=at)
    rows = caseload.with_answers(rows, "actual-place-of-death", "variance-reason")
    until = func.coalesce(PERSON.c.died_on, _SPELL.c.ended_on, ON)
    facts = [PERSON.c[name] for name in ("patient_id", "nhs_number", "practice_code", "died_on", "born_on", "gender")]
    return (
        select(
            PERSON.c.pk.label("person_pk"),
            *facts,
            PERSON.c.sharing,
            _SPELL.c.started_on.label("on"),
            _SPELL.c.end_reason,
            days_between(_SPELL.c.started_on, until).label("lead_days"),
            _WISH.c.answer_group.label("preferred_place"),
            _WISH.c.second_answer_group.label("second_choice"),
            _WISH.c.no_answer.label("no_preference"),
            days_between(date_of(_WISH.c.effective_at), PERSON.c.died_on).label("wish_days"),
            _ENDING.c.answer_group.label("place_of_death"),
            _VARIANCE.c.answer.label("variance_reason"),
            case((_CPR.c.answer != "", constant("decided")), else_=constant("")).label("cpr_decision"),
        )
        .select_from(rows)
        .where(PERSON.c.sensitivity == "", PERSON.c.sharing.in_(("", "permitted")), _SPELL.c.started_on <= ON)
    )


def _spells() -> FromClause:
    """Everybody beside the latest of their registrations that count."""
    latest = (
        select(_OTHER.c.resource_pk)
        .where(_OTHER.c.person_pk == PERSON.c.pk, _OTHER.c.status.not_in(registrations.NOT_COUNTED))
        .order_by(_OTHER.c.started_on.desc(), _OTHER.c.resource_pk.desc())
        .limit(1)
        .correlate(PERSON)
        .scalar_subquery()
    )
    return PERSON.join(_SPELL, _SPELL.c.resource_pk == latest)
