"""Pages of a search, a history, a whole record: the parameters they share, and sealed links between them."""

from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import urlencode

from service.api.cursors import Cursors
from service.api.server import Call
from service.errors import Unreadable
from service.fhir import dates
from service.fhir.dates import Interval
from service.store.search import LARGEST_PAGE, PAGE
from service.store.search_criteria import Pairs

CURSOR: Final = "_cursor"


@dataclass(frozen=True, slots=True)
class Place:
    """Which page is asked for, below which path: what was asked on the first one, and after what this one begins.

    `after` is nothing (0, or empty) on the first page, and what was sealed into its link on any other.
    """

    path: str
    asked: Pairs
    after: Any = 0
    cursor: str = field(default="", repr=False)


def place(call: Call, path: str, pairs: Pairs) -> Place:
    """Raises Unreadable for a page link that is not one of ours, that is of another path, or that more is added to."""
    listed = [value for name, value in pairs if name == CURSOR]
    if not listed:
        return Place(path, pairs)
    if len(pairs) > 1:
        raise Unreadable("A page link is followed as it is; ask for something else from the start", expression=CURSOR)
    cursors: Cursors = call.request.app.state.cursors
    asked, after = cursors.opened(path, listed[0])
    return Place(path, asked, after, listed[0])


def links(call: Call, at: Place, *, next_after: Any, is_secret: bool = False) -> dict[str, str]:
    """The links `self` and `first`, and `next` where there is one. `is_secret` keeps what was asked out of the URLs."""
    cursors: Cursors = call.request.app.state.cursors
    url = f"{call.base}/{at.path}".rstrip("/")

    def sealed(after: Any) -> str:
        return f"{url}?{CURSOR}={cursors.sealed(at.path, at.asked, after)}"

    if at.cursor:
        found = {
            "self": f"{url}?{CURSOR}={at.cursor}",
            "first": sealed(0) if at.after else f"{url}?{CURSOR}={at.cursor}",
        }
    else:
        plain = f"{url}?{urlencode(at.asked)}" if at.asked else url
        found = dict.fromkeys(("self", "first"), sealed(0) if is_secret and at.asked else plain)
    if next_after:
        found["next"] = sealed(next_after)
    return found


def count(asked: Pairs) -> int:
    """How many entries a page has at most. Raises Unreadable."""
    value = dict(asked).get("_count", str(PAGE))
    if not (value.isascii() and value.isdigit() and int(value[:6])):
        raise Unreadable("_count is a whole number from 1 on", expression="_count")
    return min(int(value[:6]), LARGEST_PAGE)


def interval(asked: Pairs, name: str) -> Interval | None:
    """The instants that a date or instant covers; None where it was not sent. Raises Unreadable."""
    value = dict(asked).get(name)
    if value is None:
        return None
    try:
        return dates.interval(value.replace(" ", "+"))  # a + in a URL stands for a space
    except (ValueError, OverflowError) as error:
        raise Unreadable(f"{name} is an instant such as 2026-03-31T09:00:00Z", expression=name) from error
