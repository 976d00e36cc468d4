from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from service.errors import Unreadable
from service.reports import disclosure_profile
from service.reports.disclosure import Release, Sum, protected
from service.reports.disclosure_profile import HIDDEN, NHS_DIGITAL, OWN, PROFILES
from service.reports.nesting import left_over, nested
from tests.reports import attacker

UNDER_5, ROUND_10 = PROFILES["under-5"], PROFILES["round-10"]


def of(counts: dict[str, int], *sums: tuple[str, str], profile=UNDER_5, **given) -> dict[str, object]:
    """What is shown, of sums written as ("P", "A B C"). Sums are turned to last, longest names last."""
    equations = [Sum(total, parts.split()) for total, parts in sums]
    return dict(protected(counts, equations, profile, turn=len, **given))


def test_small_numbers_are_hidden_zero_is_shown_and_others_are_rounded_as_the_profile_says():
    counts = {"A": 0, "B": 1, "C": 4, "D": 5, "E": 7, "F": 8, "G": 14, "H": 15}
    hidden = dict.fromkeys("BC", HIDDEN)
    assert of(counts, profile=UNDER_5) == counts | hidden
    assert of(counts, profile=ROUND_10) == {"A": 0, **hidden, "D": 10, "E": 10, "F": 10, "G": 10, "H": 20}
    assert of(counts, profile=NHS_DIGITAL) == {"A": 0, **dict.fromkeys("BCDE", HIDDEN), "F": 10, "G": 15, "H": 15}
    assert of(counts, profile=OWN) == counts


def test_a_profile_that_is_none_is_refused_by_naming_those_there_are():
    assert disclosure_profile.profile("nhs-digital") is NHS_DIGITAL
    with pytest.raises(Unreadable, match="nhs-digital, under-5, round-10"):
        disclosure_profile.profile("own")


def test_a_hidden_count_alone_under_a_total_takes_its_smallest_neighbour_with_it():
    found = of({"A": 4, "B": 30, "C": 20, "PP": 54}, ("PP", "A B C"))
    assert found == {"A": HIDDEN, "B": 30, "C": HIDDEN, "PP": 54}


def test_hidden_counts_that_are_small_together_take_another_with_them():
    assert of({"A": 1, "B": 1, "C": 100, "PP": 102}, ("PP", "A B C"))["C"] is HIDDEN


def test_many_ones_that_are_not_small_together_take_another_with_them_as_none_of_them_can_be_less():
    ones = {f"A{at}": 1 for at in range(12)}
    found = of({**ones, "B": 40, "PPP": 52}, ("PPP", " ".join([*ones, "B"])))
    assert found["B"] is HIDDEN
    assert found["PPP"] == 52


def test_a_total_is_hidden_where_it_is_the_same_as_a_hidden_practice():
    found = of({"A": 4, "B": 0, "PP": 4}, ("PP", "A B"))
    assert found == {"A": HIDDEN, "B": 0, "PP": HIDDEN}


def test_the_rest_of_a_whole_is_hidden_with_the_part():
    """Who knows all deaths and all of them outside hospital knows those in hospital."""
    found = of({"in": 3, "out": 40, "deaths": 43}, ("deaths", "in out"))
    assert found == {"in": HIDDEN, "out": HIDDEN, "deaths": 43}


def test_a_part_hidden_at_one_practice_takes_a_square_with_it_and_no_more():
    practices, parts = {"A": (3, 40), "B": (9, 30), "C": (25, 35)}, ("in", "out")
    counts = {
        f"{name} {part}": count for name, each in practices.items() for part, count in zip(parts, each, strict=True)
    }
    sums = []
    for name, each in practices.items():
        counts[f"{name} deaths"] = sum(each)
        sums.append(Sum(f"{name} deaths", [f"{name} in", f"{name} out"]))
    for at, part in enumerate(parts):
        counts[f"network {part}"] = sum(each[at] for each in practices.values())
        sums.append(Sum(f"network {part}", [f"{name} {part}" for name in practices]))
    found = protected(counts, sums, UNDER_5, turn=lambda cell: ("network" in cell, "deaths" in cell))
    assert found.hidden == {"A in", "A out", "B in", "B out"}


def test_a_sum_that_is_no_cell_is_shown_only_if_a_reader_could_add_it_up():
    counts = {"A": 5, "B": 9, "C": 30, "D": 40, "PP": 14, "QQ": 70}
    found = protected(counts, [Sum("PP", ["A", "B"]), Sum("QQ", ["C", "D"])], NHS_DIGITAL, turn=len)
    assert found.sum_of("ABCD") == 85, "15 and 70 as shown; 84 by itself"
    assert found.sum_of("AC") is HIDDEN
    assert found.sum_of("CD") == 70
    assert found.sum_of([]) == 0


def test_a_sum_of_shown_counts_tells_no_more_of_them_than_they_do():
    found = protected({"A": 22, "B": 21}, [], NHS_DIGITAL)
    assert found.sum_of("AB") == 40, "43 would round to 45, and so say that both are above 20"


def test_a_later_stage_hides_and_shows_nothing_anew_of_an_earlier_one():
    """The groups of a split give way: the total is in a report without the split as well."""
    counts = {"old": 3, "young": 20, "all": 23}
    found = of(counts, ("all", "old young"), stage=lambda cell: cell != "all")
    assert found == {"old": HIDDEN, "young": HIDDEN, "all": 23}
    hidden = of({"old": 9, "young": 20, "all": 29}, ("all", "old young"), also_hidden={"all"}, released={"old"})
    assert hidden == {"old": 9, "young": HIDDEN, "all": HIDDEN}


def test_places_are_the_sums_of_the_largest_within_them_and_of_what_is_left_then():
    places = [frozenset(each) for each in ("a", "b", "c", "bc", "ab", "abcd")]
    assert {"".join(sorted(each.total)): ["".join(sorted(part)) for part in each.parts] for each in nested(places)} == {
        "ab": ["a", "b"],
        "bc": ["b", "c"],
        "abcd": ["ab", "c", "d"],
    }
    assert left_over(places) == [frozenset("d")]


@st.composite
def tables(draw: st.DrawFn) -> tuple[dict[tuple[str, str], int], list[Sum]]:
    """Up to eight practices in networks and areas that need not nest, each with a whole, a part and the rest."""
    practices = [f"practice {at}" for at in range(draw(st.integers(1, 8)))]
    members = {practice: {practice} for practice in practices}
    for practice in practices:
        for level in ("network", "area"):
            members.setdefault(f"{level} {draw(st.integers(0, 2))}", set()).add(practice)
    members["everywhere"] = set(practices)
    named = {frozenset(within): place for place, within in reversed(members.items())}
    numbers = st.one_of(st.integers(0, 3), st.integers(0, 20))
    people = {(practice, kind): draw(numbers) for practice in practices for kind in ("in", "out")}
    counts = {
        (place, kind): sum(people[practice, each] for practice in within for each in kinds)
        for within, place in named.items()
        for kind, kinds in {"deaths": ("in", "out"), "in": ("in",), "out": ("out",)}.items()
    }
    sums = [Sum((place, "deaths"), [(place, "in"), (place, "out")]) for place in named.values()]
    for kind, each in product(("deaths", "in", "out"), nested(named)):
        sums.append(Sum((named[each.total], kind), [(named[part], kind) for part in each.parts]))
    return counts, sums


def turn(cell: tuple[str, str]) -> tuple[int, bool]:
    return ["practice", "network", "area", "everywhere"].index(cell[0].split()[0]), cell[1] == "deaths"


@settings(max_examples=60, deadline=None)
@given(tables(), st.sampled_from(list(PROFILES.values())), st.booleans())
def test_nothing_hidden_can_be_worked_out_from_what_is_shown(table, profile, in_stages):
    counts, sums = table
    stage = (lambda cell: cell[1] != "deaths") if in_stages else (lambda cell: 0)
    release = protected(counts, sums, profile, turn=turn, stage=stage)
    withstands(counts, sums, release, profile)
    assert in_stages or all(counts[cell] for cell in release.hidden)
    if in_stages:
        alone = {cell: count for cell, count in counts.items() if cell[1] == "deaths"}
        of_deaths = [each for each in sums if each.total in alone and each.parts[0] in alone]
        assert release.hidden & alone.keys() == protected(alone, of_deaths, profile, turn=turn).hidden


def withstands(counts, sums, release: Release, profile) -> None:
    """Solving, ranges and differences all come to nothing."""
    as_if_exact = {cell: None if release[cell] is HIDDEN else count for cell, count in counts.items()}
    rounded = {cell: None if shown is HIDDEN else shown for cell, shown in release.items()}
    assert not [cell for cell, count in counts.items() if profile.is_small(count) and rounded[cell] is not None]
    zeros = {cell[1:] for cell in release.hidden if not counts[cell]}

    def least(cell):
        return 0 if cell[1:] in zeros or (zeros and cell[1] != "deaths") else 1

    assert attacker.solved(sums, as_if_exact) == {}
    for figures, round_to in ((as_if_exact, 1), (rounded, profile.round_to)):
        known = {"round_to": round_to, "smallest_shown": profile.hidden_up_to + 1}
        pinned = attacker.ranges(sums, figures, **known, least=least)
        assert not [cell for cell, (low, high) in pinned.items() if low == high]
        small = attacker.ranges(sums, figures, **known, least=lambda cell: 0)
        assert not [cell for cell, (_, high) in small.items() if high <= profile.hidden_up_to]


MEMBERS = {f"practice {each}": {each} for each in "abcdef"}
MEMBERS |= {"network 0": set("ab"), "network 1": set("cde"), "area 0": set("abc"), "area 1": set("def")}
MEMBERS |= {"everywhere": set("abcdef")}
NAMED = {frozenset(within): place for place, within in MEMBERS.items()}
AREAS = [within for within, place in NAMED.items() if place.startswith(("area", "everywhere"))]
SUMS = [Sum((place, "deaths"), [(place, "in"), (place, "out")]) for place in MEMBERS]
for _kind, _each in product(("deaths", "in", "out"), (*nested(AREAS), *nested(NAMED))):
    SUMS.append(Sum((NAMED[_each.total], _kind), [(NAMED[part], _kind) for part in _each.parts]))


def in_turn(cell: tuple[str, str]) -> tuple[bool, bool]:
    """As reports decide: areas first, and wholes before parts."""
    return cell[0].startswith(("practice", "network")), cell[1] != "deaths"


@st.composite
def years(draw: st.DrawFn) -> list[dict[tuple[str, str], int]]:
    """The same six practices in three years."""
    people = draw(st.lists(st.lists(st.integers(0, 12), min_size=12, max_size=12), min_size=3, max_size=3))
    each_year = [dict(zip(product("abcdef", ("in", "out")), counts, strict=True)) for counts in people]
    kinds = {"deaths": ("in", "out"), "in": ("in",), "out": ("out",)}
    return [
        {
            (place, kind): sum(year[each] for each in product(within, kinds[kind]))
            for place, within in MEMBERS.items()
            for kind in kinds
        }
        for year in each_year
    ]


@settings(max_examples=20, deadline=None)
@given(years(), st.sampled_from([UNDER_5, NHS_DIGITAL]))
def test_three_years_pooled_give_away_none_of_them(by_year, profile):
    apart = [protected(counts, SUMS, profile, turn=turn, stage=in_turn) for counts in by_year]
    counts = {cell: sum(year[cell] for year in by_year) for cell in by_year[0]}
    pooled = protected(counts, SUMS, profile, turn=turn, stage=in_turn, years=apart)
    known = [((at, total), [(at, part) for part in parts]) for at, (total, parts) in product(range(4), SUMS)]
    known += [((3, cell), [(at, cell) for at in range(3)]) for cell in counts]
    shown = {
        (at, cell): None if release[cell] is HIDDEN else release.counts[cell]
        for at, release in enumerate([*apart, pooled])
        for cell in counts
    }
    assert attacker.solved(known, shown) == {}
    assert not [cell for cell in counts if profile.is_small(counts[cell]) and pooled[cell] is not HIDDEN]
