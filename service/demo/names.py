"""Invented names, addresses and NHS numbers. Nobody here lives or lived; the towns are on no map.

NHS numbers come from the 999 range, which is never given to a person; postcodes from the pseudo range ZZ99.
"""

from collections.abc import Iterator
from random import Random


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


FEMALE = _words(
    """Ada Agnes Amina Annette Audrey Barbara Beryl Brenda Carol Chandra Christine Constance Daphne Delroya Doreen
    Dorothy Edith Edna Eileen Elsie Enid Farida Florence Freda Gladys Grace Gwen Halina Hilda Irena Irene Ivy Jadwiga
    Janet Jean Joan Joyce June Kamala Kathleen Lilian Margaret Marjorie Maureen Mavis Monica Muriel Nora Olive Pamela
    Parveen Patricia Pearl Phyllis Rita Rosalind Ruth Sheila Shirley Sylvia Thelma Una Vera Violet Winifred Zofia"""
)
MALE = _words(
    """Abdul Albert Alfred Arthur Basil Bernard Bogdan Brian Cecil Clifford Colin Cyril Dennis Derek Desmond Donald
    Douglas Edgar Edwin Eric Ernest Everton Frank Fred Geoffrey George Gerald Gilbert Gordon Harbhajan Harold Harry
    Herbert Hugh Iqbal Ivan Jack James Jerzy Kazimierz Kenneth Kishan Leonard Leslie Lloyd Maurice Neville Norman Oswald
    Percy Peter Ralph Raymond Reginald Ronald Roy Sidney Stanislaw Stanley Tariq Terence Thomas Trevor Victor Walter
    Wilfred"""
)
_BEGINNINGS = _words(
    """Alder Bram Calder Dun Elder Fern Gar Harrow Ingle Kettle Lang Marl Nether Oaken Penn Quarn Rams Sedge
    Thorn Ulver Vane Wether Yarn Zeal"""
)
_ENDINGS = _words("beck bourne by croft dale field ford ham holt ley mere ridge shaw stead thwaite ton wick worth")
FAMILIES = tuple(beginning + ending for beginning in _BEGINNINGS for ending in _ENDINGS)
STREETS = tuple(
    f"{name} {kind}"
    for name in _words("Applegarth Bellringer Cooper Fuller Glazier Larkspur Mallow Saddler Teasel Weaver")
    for kind in ("Close", "Lane", "Road", "Street", "Way")
)
HOUSES = tuple(
    f"{tree} {kind}" for tree in _words("Ash Birch Cedar Elm Lime Rowan Willow") for kind in ("Court", "House")
)
_INWARD = "ABDEFGHJLNPQRSTUWXYZ"  # C, I, K, M, O and V are not used in the last two letters of a postcode


def given_names(rng: Random, gender: str) -> list[str]:
    """One name, or two for about a third of people."""
    choices = FEMALE if gender == "female" else MALE
    return rng.sample(choices, 2 if rng.random() < 0.35 else 1)


def family_name(rng: Random) -> str:
    return rng.choice(FAMILIES)


def street_address(rng: Random, care_home: bool) -> list[str]:
    """The lines above the town."""
    street = f"{rng.randint(1, 180)} {rng.choice(STREETS)}"
    return [f"{rng.choice(HOUSES)} Care Home", street] if care_home else [street]


def postcode(rng: Random) -> str:
    """A postcode of the pseudo range, where no letter is ever delivered."""
    return f"ZZ99 {rng.randint(0, 9)}{rng.choice(_INWARD)}{rng.choice(_INWARD)}"


def telephone(rng: Random) -> str:
    """A number of the range that Ofcom keeps for drama."""
    return f"01632 960{rng.randint(0, 999):03d}"


def nhs_numbers() -> Iterator[str]:
    """Every valid NHS number of the 999 range, each once, in an order that looks shuffled and never changes."""
    for step in range(1_000_000):
        nine = f"999{step * 617_369 % 1_000_000:06d}"
        check = 11 - sum(int(digit) * weight for digit, weight in zip(nine, range(10, 1, -1), strict=True)) % 11
        if check != 10 and nine != "9" * 9:
            yield f"{nine}{check % 11}"
