"""What one report is about, settled before anything is counted: the days, the places, the split, what may be shown."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date

from sqlalchemy import func, select
from sqlmodel import Session

from service import clock, db
from service.config import Settings
from service.errors import Unreadable
from service.register import organisations
from service.register.models import Stay
from service.reports import areas, disclosure_profile, periods, split
from service.reports.areas import Belonging, Place
from service.reports.disclosure_profile import Profile
from service.reports.measure import Measure
from service.reports.part import Given, Part
from service.reports.report import Asked, Level, Period
from service.reports.split import Split

_STAY = db.table(Stay)
_BEGAN = select(func.min(_STAY.c.started_on))


@dataclass(frozen=True, slots=True)
class Scene:
    """`first` to `on` is what the rows count; `latest` is the end of the trend.

    `began` is the day on which the first person came onto the register, `today` that at which it stands;
    `listed` are the practices of the list extract of `list_on`, the latest at or before the day.
    """

    one: Measure
    asked: Asked
    first: date
    on: date
    latest: date
    began: date | None
    today: date
    split: Split | None
    belongings: Mapping[str, Belonging]
    list_on: date | None
    listed: frozenset[str]
    chosen: frozenset[str] | None
    profile: Profile

    @property
    def is_stock(self) -> bool:
        return self.one.population.is_stock

    @property
    def parts(self) -> tuple[Part, ...]:
        """The measure's; of a split only headlines, since details of groups are small, and no published count that
        does not tell the groups."""
        kept = list(self.one.parts)
        if self.split and not self.split.of_practice:
            kept = [each for each in kept if not each.given]
        if self.split and not self.tells_everything:
            headlines = [each for each in kept if each.at_practice or each.trend]
            wholes = {each.of for each in headlines}
            kept = [each for each in kept if each in headlines or each.code in wholes]
        return tuple(self._among(each, {one.code for one in kept}) for each in kept)

    def _among(self, part: Part, codes: set[str]) -> Part:
        """The part as it stands among those that are left."""
        by_code = {each.code: each for each in self.one.parts}
        larger = part.within
        while larger and larger not in codes:
            larger = by_code[larger].within or by_code[larger].of
        return replace(part, of=part.of if part.of in codes else "", within=larger)

    @property
    def lacks_list(self) -> bool:
        """Whether there is no list to compare with, where the measure compares with one."""
        return self.list_on is None and self.divides_by_list

    @property
    def divides_by_list(self) -> bool:
        return any(each.given is Given.LIST for each in self.one.parts)

    @property
    def has_trend(self) -> bool:
        """Not where none is asked for, by going back no month."""
        told = any(each.trend for each in self.one.parts) and not self.one.is_current
        return told and not self.split and self.asked.months > 0

    @property
    def days(self) -> list[date]:
        """The days of a stock: the trend's, earliest first, and at the end that of the rows."""
        return periods.month_ends(self.on, self.asked.months) if self.has_trend else [self.on]

    @property
    def earliest(self) -> date:
        """The first day of deaths that the rows or the trend need."""
        of_trend = periods.starts(self.latest, self.asked.months)
        return min(self.first, of_trend) if self.has_trend else self.first

    @property
    def groups(self) -> tuple[str, ...]:
        return tuple(self.split.groups) if self.split else ()

    @property
    def tells_everything(self) -> bool:
        """Whether nothing is held back: who asks is told of their own organisation alone."""
        return self.profile is disclosure_profile.OWN

    def tells(self, place: Place) -> bool:
        """Whether this report has rows for such a place; a split has none for small ones."""
        return self.tells_whole(place) and (not self.split or place.level.is_area or self.tells_everything)

    def tells_whole(self, place: Place) -> bool:
        """Whether the report without a split has: for small places only by day or whole financial years."""
        if place.level.is_area or self.tells_everything or self.is_stock:
            return True
        return _is_by_year(self.asked) and periods.is_financial_year(self.on)

    def rows_of(self, everywhere: list[Place]) -> list[Place]:
        """The places that were asked for, and first of all these together."""
        if self.asked.own:
            return [place for place in everywhere if (place.level, place.code) == (Level.PRACTICE, self.asked.own)]
        return areas.asked_for(everywhere, self.chosen)


def scene(session: Session, one: Measure, asked: Asked, settings: Settings) -> Scene:
    """Raises Unreadable for an area or a split that nobody knows, and for a day that has not come."""
    today = organisations.stands_on(session) or clock.today()
    profile = disclosure_profile.OWN if asked.own else disclosure_profile.profile(settings.disclosure_profile)
    first, on = _stretch(one, asked, today, profile)
    belongings = areas.on(session, on)
    if asked.own and asked.own not in belongings:
        raise Unreadable("own is the ODS code of one general practice, whose figures are told whole to itself")
    list_on, listed = areas.listed(session, on)
    wanted = (asked.own,) if asked.own else asked.areas
    return Scene(
        one=one,
        asked=asked,
        first=first,
        on=on,
        latest=on if one.population.is_stock or asked.on else max(on, periods.last_whole_month(today)),
        began=session.execute(_BEGAN).scalar_one(),
        today=today,
        split=split.named(asked.by) if asked.by else None,
        belongings=belongings,
        list_on=list_on,
        listed=listed,
        chosen=areas.chosen(belongings, wanted) if wanted else None,
        profile=profile,
    )


def _stretch(one: Measure, asked: Asked, today: date, profile: Profile) -> tuple[date, date]:
    """The first and the last day of the rows. Raises Unreadable."""
    if asked.on and asked.on > max(today, clock.today()):
        raise Unreadable("That day has not come yet: nobody knows who will be counted")
    if one.population.is_stock:
        if one.is_current and asked.on not in (None, today):
            raise Unreadable(f"This is known as it stands today only: leave the date out, or give {today.isoformat()}")
        return asked.on or today, asked.on or today
    whole = periods.last_whole_month(asked.on) if asked.on else _latest(asked, today)
    if profile.round_to == 1 and not asked.own and not (periods.is_financial_year(whole) and _is_by_year(asked)):
        raise Unreadable("Where counts are not rounded, deaths are told for whole financial years only")
    return periods.starts(whole, asked.period.months), whole


def _latest(asked: Asked, today: date) -> date:
    """Whole financial years have rows for practices too, so these are told where nothing else is asked for."""
    return periods.last_financial_year(today) if _is_by_year(asked) else periods.last_whole_month(today)


def _is_by_year(asked: Asked) -> bool:
    return asked.period in (Period.YEAR, Period.THREE_YEARS)
