"""The sentences that belong with the figures of a report: what is not in them, what is hidden, what to beware of."""

from collections.abc import Iterator

from service.reports import areas, periods, words
from service.reports.disclosure_profile import HIDDEN, Profile
from service.reports.part import Given
from service.reports.report import Number, Row
from service.reports.scene import Scene
from service.reports.tables import Tables

MANY, FEW = 200, 20
"""People, as examples of how far rounding moves a share."""

LATE = (
    "Deaths and places of death that are recorded late are not in these figures yet: those of the latest months change "
    "most."
)


def of(seen: Scene, tables: Tables, rows: tuple[Row, ...], elsewhere: Number) -> Iterator[str]:
    if seen.lacks_list:
        yield f"There is no list size at or before {words.day(seen.on)}, so there is nothing to compare with."
    if not tables.counts_anybody():
        yield _nobody(seen)
    if rows:
        yield from _in_part(seen, tables)
    yield from _not_told(seen)
    if elsewhere:
        yield f"Practice not known: {words.count(elsewhere)}. They are counted in no row: their practice is on no list."
    if any(figure.count is HIDDEN for row in rows for figure in row.figures):
        yield hidden(seen.profile)
    if rows and seen.profile.round_to > 1:
        yield rounded(seen.profile)
    if not seen.asked.own:
        yield from areas.shared_networks(seen.belongings, tables.practices, seen.chosen)
    if rows and not seen.is_stock:
        yield LATE
    if rows:
        yield from seen.one.notes


def hidden(profile: Profile) -> str:
    """What `*` stands for."""
    return f"* hides 1 to {profile.hidden_up_to} people, or a figure that would give so few away."


def rounded(profile: Profile) -> str:
    """How far counts, and the shares that are made of them, may be from what was counted.

    Rounding moves a count, and what it is a share of, by half a step at most: a share by twice that over the people.
    """
    off = profile.round_to // 2 * 2 * 100
    return (
        f"Counts are rounded to the nearest {profile.round_to}, so parts need not add up. Shares and intervals are of "
        f"these: of {MANY} people a share may be {off / MANY:g} points off, of {FEW} people {off / FEW:g}."
    )


def _nobody(seen: Scene) -> str:
    when = f"on {words.day(seen.on)}" if seen.is_stock else f"from {words.day(seen.first)} to {words.day(seen.on)}"
    return f"Nobody was counted {when}: there is nothing to report, which is not the same as none."


def _in_part(seen: Scene, tables: Tables) -> Iterator[str]:
    """Of a period that the register, or a table of deaths, knows in part only."""
    if seen.began and seen.began > seen.first and not seen.is_stock:
        yield f"The register began on {words.day(seen.began)}: nobody was on it in the time before."
    if seen.on > seen.today:
        yield f"The register stands at {words.day(seen.today)}: nothing that came after is in it."
    months = periods.first_days(seen.first, seen.on)
    for part in seen.parts:
        known = tables.months_of(part.code)
        if part.given is Given.DEATHS and not known:
            yield f"No {part.title.lower()} of these months are loaded: people are counted, and no share is made."
        elif part.given is Given.DEATHS and known < len(months):
            yield f"{part.title} are known of {known} of these {len(months)} months: shares of them are too large."


def _not_told(seen: Scene) -> Iterator[str]:
    given = any(each.given for each in seen.one.parts)
    if given and seen.split and not seen.split.of_practice:
        yield f"No list of practices tells {seen.split.title.lower()}: people are counted here, and no share is made."
    if not seen.is_stock and not seen.split and not periods.is_financial_year(seen.on):
        yield "Practices and networks are told for whole financial years only: ask for one that ends on 31 March."
