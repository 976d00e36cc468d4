"""Which SCCI1580 data items a resource holds, by the mappings of its profile (ElementDefinition.mapping)."""

from collections.abc import Iterable, Iterator
from typing import Final

from service.fhir.profiles import matching
from service.fhir.profiles.asked import Judging, Rules, Slicing, Value

_NO_CONTENT: Final = frozenset({"id", "extension"})


def items(rules: Rules, value: Value, judging: Judging) -> Iterator[str]:
    """The numbers of the items for which there is a value; a number may come more than once.

    An element with nothing but extensions holds no value: one of these may say why there is none.
    """
    if rules.items and holds_something(value):
        yield from rules.items
    holder = value.holder
    for name, child in holder.items():
        member = rules.members.get(name)
        if member is None or (name[0] == "_" and name[1:] in holder):
            continue
        values = matching.values(holder, name, child, member[1], value.path)
        if member[0].rules is not None:
            for one in values:
                yield from items(member[0].rules, one, judging)
        if member[0].slicing is not None:
            yield from _of_slices(member[0].slicing, values, judging)


def _of_slices(slicing: Slicing, values: Iterable[Value], judging: Judging) -> Iterator[str]:
    for value in values:
        at, _ = matching.slice_of(value, slicing, judging)
        slice_ = None if at is None else slicing.slices[at]
        if slice_ is not None and slice_.rules is not None:
            yield from items(slice_.rules, value, judging)
        if slice_ is not None and slice_.slicing is not None:
            yield from _of_slices(slice_.slicing, [value], judging)


def holds_something(value: Value) -> bool:
    if isinstance(value.value, dict):
        return value.kind == "Extension" or not value.value.keys() <= _NO_CONTENT
    return value.value is not None
