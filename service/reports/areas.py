"""Which network and areas practices belong to on a day, and the places that a report has rows for."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import Date, bindparam, func, select
from sqlmodel import Session

from service import db
from service.errors import Unreadable
from service.register.organisations import ListSize, PracticeGeography
from service.reports.report import Level


@dataclass(frozen=True, slots=True)
class Belonging:
    """The network and areas of one practice on a day."""

    practice_code: str
    practice_name: str
    pcn_code: str
    pcn_name: str
    sub_icb_code: str
    sub_icb_ons_code: str
    sub_icb_name: str
    icb_code: str
    icb_ons_code: str
    icb_name: str
    region_code: str

    @property
    def codes(self) -> set[str]:
        """Every code by which a report may be asked for."""
        return {
            self.practice_code,
            self.pcn_code,
            self.sub_icb_code,
            self.sub_icb_ons_code,
            self.icb_code,
            self.icb_ons_code,
            self.region_code,
        } - {""}


@dataclass(frozen=True, slots=True)
class Place:
    """A place that has a row: one practice, or the practices of a network, of an area, or all."""

    level: Level
    code: str
    name: str
    practices: frozenset[str]


_GEOGRAPHY = db.table(PracticeGeography)
_OTHER = _GEOGRAPHY.alias()
_DAY = bindparam("on", type_=Date)
_HOLDS_FROM = (
    select(
        func.coalesce(func.max(_OTHER.c.valid_from).filter(_OTHER.c.valid_from <= _DAY), func.min(_OTHER.c.valid_from))
    )
    .where(_OTHER.c.practice_code == _GEOGRAPHY.c.practice_code)
    .scalar_subquery()
)
_ON = (
    select(*(_GEOGRAPHY.c[name] for name in Belonging.__dataclass_fields__))
    .where(_GEOGRAPHY.c.valid_from == _HOLDS_FROM)
    .order_by(_GEOGRAPHY.c.practice_code)
)


_LIST = db.table(ListSize)
_LATEST = select(func.max(_LIST.c.on)).where(_LIST.c.on <= _DAY).scalar_subquery()
_LISTED = select(_LIST.c.on, _LIST.c.practice_code).where(_LIST.c.on == _LATEST)


def on(session: Session, day: date) -> dict[str, Belonging]:
    """Where each practice belongs: the latest geography at or before the day, or else its earliest."""
    return {row.practice_code: Belonging(*row) for row in session.execute(_ON, {"on": day})}


def listed(session: Session, day: date) -> tuple[date | None, frozenset[str]]:
    """The latest list extract at or before the day, and the practices on it; none where there is no such list."""
    found = session.execute(_LISTED, {"on": day}).all()
    return (found[0].on if found else None), frozenset(row.practice_code for row in found)


def chosen(belongings: Mapping[str, Belonging], codes: Sequence[str]) -> frozenset[str]:
    """The practices of the areas asked for. Raises Unreadable for a code of no practice, network or area."""
    found: set[str] = set()
    for code in codes:
        practices = {practice for practice, where in belongings.items() if code.upper() in where.codes}
        if not practices:
            known = ", ".join(sorted({where.sub_icb_code for where in belongings.values()} - {""})) or "none"
            raise Unreadable(f"No practice, network or area has the code “{code[:20]}”. Areas that are known: {known}")
        found |= practices
    return frozenset(found)


def places(belongings: Mapping[str, Belonging], practices: Iterable[str]) -> list[Place]:
    """All these practices, then each ICB, sub-ICB area, network and practice of them, by code."""
    codes = sorted(practices)
    known = [belongings[code] for code in codes if code in belongings]
    boards = [(each.icb_code or each.icb_ons_code, each.icb_name, each.practice_code) for each in known]
    areas = [(each.sub_icb_code, each.sub_icb_name, each.practice_code) for each in known]
    networks = [(each.pcn_code, each.pcn_name, each.practice_code) for each in known]
    return [
        Place(Level.ALL, "", "All practices", frozenset(codes)),
        *_grouped(Level.ICB, boards),
        *_grouped(Level.SUB_ICB, areas),
        *_grouped(Level.PCN, networks),
        *(Place(Level.PRACTICE, code, _name(belongings, code), frozenset({code})) for code in codes),
    ]


def asked_for(everywhere: list[Place], chosen: frozenset[str] | None) -> list[Place]:
    """All places; or, of chosen practices, these together and then every place that has some of them."""
    if chosen is None:
        return everywhere
    area = Place(Level.ALL, "", "The area asked for", everywhere[0].practices & chosen)
    return [area, *(place for place in everywhere[1:] if place.practices & chosen)]


def _grouped(level: Level, parts: Iterable[tuple[str, str, str]]) -> list[Place]:
    practices: dict[str, set[str]] = defaultdict(set)
    names: dict[str, str] = {}
    for code, name, practice in parts:
        if code:
            practices[code].add(practice)
            names.setdefault(code, name)
    return [Place(level, code, names[code], frozenset(practices[code])) for code in sorted(practices)]


def _name(belongings: Mapping[str, Belonging], code: str) -> str:
    return belongings[code].practice_name if code in belongings else ""


def shared_networks(
    belongings: Mapping[str, Belonging], practices: Iterable[str], chosen: frozenset[str] | None
) -> list[str]:
    """A sentence for each network that reaches beyond the practices asked for: its row counts the whole of it."""
    asked = frozenset(practices) if chosen is None else chosen
    networks = [place for place in places(belongings, practices) if place.level is Level.PCN]
    return [
        f"Network {place.code} also has practices outside the area asked for; its row counts all of them."
        for place in networks
        if place.practices & asked and not place.practices <= asked
    ]
