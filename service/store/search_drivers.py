"""What a criterion tells before the database is asked: whether it may drive a search, and how much it finds.

What drives gives the keys, and the other criteria are asked of each; `search_plans` makes the statement of it.
"""

from collections.abc import Sequence
from typing import Final

from service.fhir import definitions, index_values
from service.store.search_criteria import Criterion, SortKey

_TELLING: Final = ("identifier", "_id", "patient", "subject")
"""What finds one resource, or those of one person."""
_EXACT: Final = ("code", "token", "id")


def is_telling(criterion: Criterion) -> bool:
    """Whether it finds one resource, or those of one person, or what is linked to such."""
    if not can_drive(criterion):
        return False
    if criterion.links:
        link = criterion.links[0]
        return link.direction == "to" and link.type_name == "Patient" and link.criterion.param in ("identifier", "_id")
    is_equal = set(criterion.shapes) <= {*_EXACT, "codes", "tokens", "ids"}
    return is_equal and criterion.param in _TELLING


def is_exact(criterion: Criterion) -> bool:
    """Whether its rows lie together in the index, in the order of the key."""
    is_single = len(criterion.params) == 1 and len(criterion.alternatives) == 1
    return is_single and not criterion.is_negated and criterion.shapes[0] in _EXACT


def can_drive(criterion: Criterion) -> bool:
    if criterion.is_negated or "any" in criterion.shapes:
        return False
    return all(can_drive(link.criterion) for link in criterion.links) and len(criterion.links) < 2


def abundance(type_name: str, criterion: Criterion) -> tuple[int, int]:
    """The less it is likely to find, the smaller: bare codes such as a status find most."""
    if criterion.links:
        return 0, 0
    param = criterion.param.partition(":")[0]
    defined = definitions.search_parameters(type_name).get(param)
    if defined is None:
        return 1, 0
    is_bare = defined.type == "token" and index_values.datatypes(type_name, param) <= {"code", "boolean"}
    return (3 if is_bare else 2 if param == "category" else 1), 0 if is_exact(criterion) else 1


def is_of_rows(criterion: Criterion, param: str) -> bool:
    """Whether it compares the parameter's own values, and nothing else."""
    return criterion.params == (param,) and bool(criterion.alternatives) and not criterion.is_negated


def implied_sort(type_name: str, criteria: Sequence[Criterion]) -> tuple[SortKey, ...]:
    """A search for names or for a range of dates that names no order is given in that of the names or the dates.

    What lies in a range may stand anywhere in the order of the keys, but close together in its own. Dates come from
    the newest where the range is open at the end, else from the oldest. A code such as that of an Observation is
    rarer than most ranges, and is walked itself.
    """
    if any(is_telling(criterion) or _is_rare(type_name, criterion) for criterion in criteria):
        return ()
    if names := [one.param for one in criteria if _is_name(type_name, one)]:
        return (SortKey(names[0], is_within=True),)
    ranges = [one for one in criteria if _is_range(type_name, one)]
    if not ranges:
        return ()
    param = ranges[0].param
    prefixes = {shape.rpartition("-")[2] for one in ranges if one.param == param for shape in one.shapes}
    return (SortKey(param, is_descending=prefixes <= {"ge", "gt", "sa"}),)


def _is_rare(type_name: str, criterion: Criterion) -> bool:
    return is_exact(criterion) and can_drive(criterion) and abundance(type_name, criterion) < (2, 0)


def _is_name(type_name: str, criterion: Criterion) -> bool:
    defined = definitions.search_parameters(type_name).get(criterion.param)
    is_string = defined is not None and defined.type == "string"
    return is_string and is_of_rows(criterion, criterion.param) and criterion.shapes in (("string",), ("contains",))


def _is_range(type_name: str, criterion: Criterion) -> bool:
    defined = definitions.search_parameters(type_name).get(criterion.param)
    is_date = defined is not None and defined.type == "date"
    is_bounded = is_of_rows(criterion, criterion.param) and not {"any", "ne", "at-ne"} & set(criterion.shapes)
    return is_date and is_bounded and index_values.is_single(type_name, criterion.param)
