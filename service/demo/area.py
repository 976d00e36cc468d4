"""The invented area: practices in networks, four CCGs and one ICB, with list sizes and deaths as counts.

The figures are those of the place that Heartsease was made for (771,500 people, 126 practices, about 8,500 deaths a
year, 0.2% on a register); the place itself, its codes and its names are invented.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from random import Random
from typing import NamedTuple

from service.demo import names

START = date(2023, 3, 31)
"""The day of the baseline."""
END = date(2026, 3, 31)
"""The day on which reports and summaries of the area stand."""


class Place(NamedTuple):
    """A CCG or an ICB: its code, its name, and the town that its addresses name."""

    code: str
    name: str
    town: str


ICB = Place("QZZ", "NHS Ellermoor and Cannerby Integrated Care Board", "Ellermoor")
CCGS = (
    Place("95W", "NHS Ellermoor CCG", "Ellermoor"),
    Place("95X", "NHS Stonebeck and Vale CCG", "Stonebeck"),
    Place("95Y", "NHS Ravensholt CCG", "Ravensholt"),
    Place("95Z", "NHS Cannerby Chase CCG", "Cannerby"),
)
HOSPITAL = Place("XHOSP", "Ellermoor Royal Hospitals NHS Trust", "Ellermoor")
HOSPICE = Place("X9H01", "St Bride's Hospice, Stonebeck", "Stonebeck")
_CCG_SIZES = (40, 34, 28, 24)  # practices, of 126


@dataclass(frozen=True, slots=True)
class Scale:
    """How large the area is. The promise is the default; tests build a small one."""

    practices: int = 126
    people: int = 771_500
    on_register: int = 1_543
    deaths_a_year: int = 8_500
    in_full: int = 50


FULL = Scale()


@dataclass(frozen=True, slots=True)
class Practice:
    """A practice on the day of the baseline. `growth` is what its register grows by in the three years."""

    code: str
    name: str
    postcode: str
    ccg: Place
    network: tuple[str, str]
    list_size: int
    list_growth: float
    on_register: int
    growth: float


def practices(scale: Scale = FULL) -> list[Practice]:
    """Every practice, in the order of its code."""
    rng = Random("the practices of the demonstration area")
    weights = [rng.lognormvariate(0, 0.45) for _ in range(scale.practices)]
    lists = shared_out(scale.people, weights)
    registers = shared_out(scale.on_register, [size * rng.lognormvariate(0, 0.55) for size in lists])
    homes = _homes(scale.practices)
    titles = _titles(rng, scale.practices)
    return [
        Practice(
            code=f"X99{number:03d}",
            name=titles[number - 1],
            postcode=names.postcode(rng),
            ccg=homes[number - 1][0],
            network=homes[number - 1][1],
            list_size=lists[number - 1],
            list_growth=rng.uniform(-0.004, 0.010),
            on_register=registers[number - 1],
            growth=_growth(rng),
        )
        for number in range(1, scale.practices + 1)
    ]


def list_sizes(of: Sequence[Practice]) -> Iterator[tuple[str, date, int]]:
    """Practice code, first day of the month, registered people, all ages: March 2023 to March 2026."""
    for month, on in enumerate(first_days()):
        for practice in of:
            yield practice.code, on, round(practice.list_size * (1 + practice.list_growth * month / 12))


def first_days() -> list[date]:
    """The first day of every month from the one that ends with the baseline to the last one."""
    return [date(2023 + (2 + month) // 12, (2 + month) % 12 + 1, 1) for month in range(37)]


def death_counts(
    of: Sequence[Practice], a_year: int, registered: Mapping[tuple[str, date], int]
) -> Counter[tuple[str, date]]:
    """Deaths by practice and first day of the month, `a_year` in each of the three years from April to March.

    No cell is below the deaths of people on the register, which `registered` counts.
    """
    rng = Random("the deaths of the demonstration area")
    counts: Counter[tuple[str, date]] = Counter()
    months = first_days()[1:]
    for year in (months[:12], months[12:24], months[24:]):
        cells = [(practice, on) for practice in of for on in year]
        weights = [practice.list_size * _season(on) * rng.uniform(0.5, 1.5) for practice, on in cells]
        shares = dict(zip([(practice.code, on) for practice, on in cells], shared_out(a_year, weights), strict=True))
        counts.update(_not_below(shares, registered))
    return counts


def shared_out(total: int, weights: Sequence[float]) -> list[int]:
    """Whole numbers in proportion to the weights that add up to exactly the total (largest remainder)."""
    exact = [total * weight / sum(weights) for weight in weights]
    shares = [int(share) for share in exact]
    by_remainder = sorted(range(len(exact)), key=lambda place: shares[place] - exact[place])
    for place in by_remainder[: total - sum(shares)]:
        shares[place] += 1
    return shares


def _not_below(
    shares: dict[tuple[str, date], int], floor: Mapping[tuple[str, date], int]
) -> dict[tuple[str, date], int]:
    """The shares with each cell raised to its floor, at the cost of those furthest above theirs."""
    raised = {cell: max(share, floor.get(cell, 0)) for cell, share in shares.items()}
    excess = sum(raised.values()) - sum(shares.values())
    for _ in range(excess):
        richest = max(raised, key=lambda cell: raised[cell] - floor.get(cell, 0))
        raised[richest] -= 1
    return raised


def _season(on: date) -> float:
    """More people die in winter."""
    return 1.2 if on.month in (12, 1, 2) else 0.9 if on.month in (6, 7, 8) else 1.0


def _growth(rng: Random) -> float:
    """Some practices take identification up with a will, some never start, a few slip back."""
    kind = rng.random()
    if kind < 0.32:
        return rng.uniform(2.5, 3.5)
    if kind < 0.70:
        return rng.uniform(1.4, 2.1)
    return rng.uniform(0.95, 1.1) if kind < 0.94 else rng.uniform(0.6, 0.8)


def _homes(count: int) -> list[tuple[Place, tuple[str, str]]]:
    """The CCG and the network of each practice: 24 networks, each within one CCG."""
    found = []
    for ccg, size in zip(CCGS, shared_out(count, _CCG_SIZES), strict=True):
        places = [place for place, (_, home) in enumerate(_NETWORKS) if home == ccg.code]
        for number in range(size):
            place = places[number * len(places) // size]
            found.append((ccg, (f"U99{place + 1:03d}", f"{_NETWORKS[place][0]} PCN")))
    return found


def _titles(rng: Random, count: int) -> list[str]:
    """Names of practices, each once."""
    kinds = ("Surgery", "Medical Centre", "Health Centre", "Medical Practice")
    every = [f"{place} {kind}" for place in _SURGERIES for kind in kinds]
    return rng.sample(every, count)


_NETWORKS = tuple(
    (name, code)
    for code, names_of in (
        ("95W", "Ellermoor North|Ellermoor South|Potters Vale|Five Kilns|Kiln Hill|Ellerbrook|Saltern|Westmoor"),
        ("95X", "Stonebeck Town|Vale and Weir|Beckside|Upper Vale|Lower Vale|Millrace"),
        ("95Y", "Ravensholt Central|Raven and Rook|Holt Rural|Eastholt|Greywell"),
        ("95Z", "Cannerby Town|Chase Edge|Chasewater Side|Heath and Hollow|Cannerby Rural"),
    )
    for name in names_of.split("|")
)
_SURGERIES = (
    *("Abbey Gate", "Appletree", "Bank Top", "Bellfield", "Birchenwood", "Bridge End", "Brookside", "Canal Street"),
    *("Castle Rise", "Chapel Green", "Churchfields", "Cloverley", "Coppice", "Cross Keys", "Dovecote", "Elm Tree"),
    *("Fernbank", "Foundry Lane", "Glebe", "Greenacre", "Hawthorn", "Heathside", "Hillcrest", "Ivy House", "Jubilee"),
    *("Kingfisher", "Lark Rise", "Lime Walk", "Lockside", "Market Place", "Meadowbank", "Moorside", "Old Pottery"),
    *("Orchard", "Park View", "Priory", "Quarry Bank", "Riverside", "Rowan Tree", "St Aldate's", "St Bride's"),
    *(
        "Station Road",
        "Sycamore",
        "Tollgate",
        "Valley View",
        "Waterside",
        "Weavers",
        "Well Street",
        "Willowbank",
        "Windmill",
    ),
)
