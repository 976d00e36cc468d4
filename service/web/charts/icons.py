"""Icons of variation and of assurance, as Making Data Count (NHS England) has them: colour, shape, letter and words.

Blue is improving, orange concerning, grey nothing that chance would not do; purple where neither way is better.
"""

from dataclasses import dataclass

from service.reports.statistics.run_chart import Assurance, Variation

_BLUE, _ORANGE, _GREY, _PURPLE = "#005eb8", "#c75300", "#4c6272", "#490092"


@dataclass(frozen=True, slots=True)
class Icon:
    """As `charts/icon.html` draws it; `arrow` is 1 upwards, -1 downwards, 0 for none."""

    text: str
    colour: str
    letter: str = ""
    arrow: int = 0
    is_dashed: bool = False


_ICONS: dict[Variation | Assurance, Icon] = {
    Variation.COMMON_CAUSE: Icon("No significant change: variation that chance explains", _GREY),
    Variation.IMPROVEMENT_HIGH: Icon("Improving: a signal upwards", _BLUE, "H", 1),
    Variation.IMPROVEMENT_LOW: Icon("Improving: a signal downwards", _BLUE, "L", -1),
    Variation.CONCERN_HIGH: Icon("Concerning: a signal upwards", _ORANGE, "H", 1),
    Variation.CONCERN_LOW: Icon("Concerning: a signal downwards", _ORANGE, "L", -1),
    Variation.NEUTRAL_HIGH: Icon("Changing: a signal upwards, neither better nor worse", _PURPLE, "", 1),
    Variation.NEUTRAL_LOW: Icon("Changing: a signal downwards, neither better nor worse", _PURPLE, "", -1),
    Assurance.PASS: Icon("The target will be met, as things stand", _BLUE, "P", is_dashed=True),
    Assurance.FAIL: Icon("The target will be missed, as things stand", _ORANGE, "F", is_dashed=True),
    Assurance.HIT_OR_MISS: Icon("The target will be met or missed by chance", _GREY, "?", is_dashed=True),
}


def of(*found: Variation | Assurance) -> tuple[Icon, ...]:
    """The icons of what was found; none where there are no points, or no target."""
    return tuple(_ICONS[each] for each in found if each in _ICONS)
