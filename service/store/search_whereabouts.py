"""What may find people whose whereabouts are restricted, for a searcher who sees them in part.

What is not told of somebody must not find them either, nor sort, nor lead to them: else a search for an address, or
for the patients of a practice, would tell it. By any parameter but the harmless ones such people are not found at all.
Of all identifiers the NHS number alone is told.
"""

from collections.abc import Collection, Iterable, Sequence
from typing import Final

from sqlalchemy import ColumnElement, FromClause, or_, true

from service import expressions
from service.actor import Sees
from service.fhir import redaction
from service.register import nhs_number
from service.store import access_filter, judging, ownership
from service.store.search_criteria import Criterion

_IDENTIFIER: Final = "identifier"
_WHEN: Final = "_lastUpdated"


def is_harmless(params: Iterable[str]) -> bool:
    """Whether none of these parameters, as they stand in the index, tells where somebody is."""
    return redaction.HARMLESS_PARAMETERS.issuperset(params)


def told_by_order(types: Collection[str]) -> tuple[str, ...]:
    """What the order of a search of these types tells by itself: when somebody's were written, beside what is nobody's,
    such as the Practitioner who came with them."""
    of_somebody = {judging.TYPES[name].person not in ("", ownership.TARGET) for name in types}
    return (_WHEN,) if len(of_somebody) > 1 else ()


def finds_in_part(sees: Sees, criteria: Sequence[Criterion], also: Collection[str]) -> bool:
    """Whether people who are seen in part may be found by these criteria, and by what stands in the index `also`."""
    if sees not in access_filter.PARTLY:
        return True
    if not is_harmless(also) or _IDENTIFIER in also:
        return False
    return all(is_harmless(_of_itself(criterion)) for criterion in criteria)


def by_number(sees: Sees, type_name: str, criterion: Criterion) -> bool:
    """Whether a criterion finds somebody who is seen in part only where it is the NHS number that matches."""
    return sees in access_filter.PARTLY and criterion.param == _IDENTIFIER and bool(judging.TYPES[type_name].person)


def is_told(sees: Sees, resource: FromClause, system: ColumnElement[str]) -> ColumnElement[bool]:
    """Whether an identifier of this system may be found of a resource, beside which its person is joined."""
    if sees not in access_filter.PARTLY:
        return true()
    is_number = system == expressions.constant(nhs_number.SYSTEM)
    return or_(is_number, access_filter.in_full(sees, resource))


def _of_itself(criterion: Criterion) -> tuple[str, ...]:
    """The parameters of the resource itself that are looked at: none where others lead to it."""
    leads_here = any(link.direction == "from" for link in criterion.links)
    return () if leads_here else criterion.params
