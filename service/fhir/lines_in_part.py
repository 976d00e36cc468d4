"""The lines of a summary for who may not learn where the person is: written anew, of what is left of their resources.

The words of a line were made when its resource was written, of all that stood in it. Made again of what is left, they
cannot say more than that.
"""

from collections import defaultdict
from collections.abc import Iterable
from datetime import date, datetime
from typing import Final, NamedTuple

from service.fhir import codec, intake, narrative, resource_type
from service.fhir.summary_line import Line
from service.register import sections

_TYPES: Final = resource_type.all_types()
_UNTOLD: Final = "Withheld, as the whereabouts of this person are restricted."
_TELL_WHERE: Final = frozenset(section.key for section in sections.ALL if section.tells_where)


Words = defaultdict[tuple[str, str], list[str]]


class Told(NamedTuple):
    """A line as it is told in part."""

    patient_id: str
    kind: str
    effective_at: datetime
    review_on: date | None
    section: str
    recorded: str
    last_updated: datetime
    narrative: str
    resource_type: str
    resource_id: str
    body: bytes
    is_partial: bool = True


def told(lines: Iterable[Line]) -> list[Told]:
    """The lines of the sections that may be told, in their order, in the words that may."""
    words: dict[tuple[str, str], Words] = {}
    return [_told(line, words) for line in lines if line.section not in _TELL_WHERE]


def _told(line: Line, words: dict[tuple[str, str], Words]) -> Told:
    resource = (line.resource_type, line.resource_id)
    if resource not in words:
        words[resource] = _words(line)
    left = words[resource][line.section, line.kind]
    said = {name: getattr(line, name) for name in Told._fields if name not in ("narrative", "is_partial")}
    return Told(**said, narrative=left.pop(0) if left else _UNTOLD)


def _words(line: Line) -> Words:
    """The words of every line of a resource, by section and kind, in their order."""
    type_ = _TYPES[line.resource_type]
    found: Words = defaultdict(list)
    resource, _ = intake.normalised(codec.loads(line.body))
    for table, row in type_.register_rows(resource, line.last_updated):
        if table is narrative.SUMMARY_ITEM:
            # Who sent it is an organisation near the person: not told either.
            found[row["section"], row["kind"]].append(narrative.signed(row["narrative"], ""))
    return found
