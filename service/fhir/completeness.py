"""What a summary says of what is missing: each mandatory and required item of SCCI1580, present, missing or declined.

The words are for who reads, the extension `epaccs-item-state` for who counts.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any, Final, Protocol

from service.fhir import narrative
from service.register import cautions, codes, items, registrations, sections, words

ITEM_STATE: Final = f"{codes.BASE}/StructureDefinition/epaccs-item-state"
ALERT: Final = (
    "<p><strong>Alert: the preferred place of death is not recorded. Ask, and record the answer or why there is none."
    "</strong></p>"
)
"""SCCI1580 requirement 54: users are alerted where the first choice is missing."""

_DEATH: Final = "death"
_COMBINATIONS: Final = 512
"""Of states, whose sections are kept ready; a record has one of few."""

States = tuple[tuple[int, str], ...]


class Line(Protocol):
    """A line that stands. `recorded` holds what its resource records, as `12:present,36:declined`."""

    @property
    def kind(self) -> str: ...
    @property
    def recorded(self) -> str: ...
    @property
    def last_updated(self) -> datetime: ...


def states(lines: Sequence[Line]) -> States:
    """The state of each mandatory and required item, and of the preferred place of death."""
    recorded = [_pair(one) for line in lines if line.recorded for one in line.recorded.split(",")]
    has_died = any(line.kind == _DEATH for line in lines)
    return tuple(items.stated(recorded, has_died=has_died).items())


def _pair(text: str) -> tuple[int, str]:
    number, _, state = text.partition(":")
    return int(number), state


def is_place_of_death_missing(lines: Iterable[Line]) -> bool:
    """Whether somebody who lives and is on the register was not asked where to die, as far as the record says."""
    kinds = {line.kind: line for line in lines}
    if _DEATH in kinds or registrations.STANDS not in kinds:
        return False
    place = kinds.get(cautions.PLACE)
    return place is None or f"{items.PLACE_OF_DEATH}:not-asked" in place.recorded


def extension(number: int, state: str) -> dict[str, Any]:
    said = [
        {"url": "item", "valuePositiveInt": number},
        {"url": "demand", "valueCode": items.ALL[number].demand},
        {"url": "state", "valueCode": state},
    ]
    return {"url": ITEM_STATE, "extension": said}


def section(lines: Sequence[Line]) -> dict[str, Any]:
    """The last section of the summary. When the record was last amended (item 4) is told by its newest line."""
    written = _section(states(lines))
    amended = max(line.last_updated for line in lines)
    said = f"<p>Last amended {words.day(amended.date())}, {amended:%H:%M:%S} UTC</p>"
    return {**written, "text": {"status": "generated", "div": narrative.div(said + written["text"])}}


@lru_cache(maxsize=_COMBINATIONS)
def _section(found: States) -> dict[str, Any]:
    """All of it but the date. It is shared: never changed."""
    return {
        "extension": [extension(number, state) for number, state in found],
        "title": sections.COMPLETENESS.title,
        "code": {"text": sections.COMPLETENESS.title},
        "text": f"<ul>{''.join(_in_words(found))}</ul>",
    }


def _in_words(found: States) -> Iterable[str]:
    """What is missing first, then why there is no answer, and at last what is there."""
    by_state: dict[str, list[str]] = {}
    for number, state in found:
        item = items.ALL[number]
        by_state.setdefault(state, []).append(f"{item.title} ({item.demand})")
    order = (items.MISSING, *(state for state in items.STATES if state not in (items.MISSING, items.PRESENT)))
    for state in (*order, items.PRESENT):
        if state in by_state:
            listed = ", ".join(by_state[state])
            yield f"<li>{narrative.escaped(f'{items.STATES[state]}: {listed}')}</li>"
