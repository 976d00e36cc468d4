"""The pictures of a whole report, in the order in which they are read."""

from service.reports import split
from service.reports.report import Report
from service.web.pictures import groups, makeup, over_time, pictured, places
from service.web.pictures.pictured import NOTHING, Compared, Pictured

SEVERAL = "equity"
"""The measure whose parts are those of others."""


def of(report: Report, name: str, compared: Compared = NOTHING) -> list[Pictured]:
    """Every picture that the report has figures for; `name` begins their ids."""
    part = pictured.headline(report)
    if part is None:
        return []
    if report.split:
        by = split.named(report.split).title
        if report.measure == SEVERAL:
            return list(groups.of_each(report, name, by=by))
        found = [groups.of(report, part, f"{name}-groups", by=by)]
    else:
        found = [makeup.of(report, f"{name}-parts")] if report.measure != SEVERAL else []
        found.append(places.of(report, part, f"{name}-places"))
        found.append(over_time.of(report, part, f"{name}-trend", compared))
    return [each for each in found if each]
