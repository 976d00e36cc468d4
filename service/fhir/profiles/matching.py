"""How many values an element has, and which of them belong to which slice."""

from collections.abc import Sequence
from typing import Any

from service.fhir.profiles.asked import Judging, Member, Slice, Slicing, Value
from service.fhir.profiles.belonging import URL
from service.fhir.profiles.kleene import every
from service.fhir.resource_type import Body


def values(holder: Body, name: str, child: Any, kind: str, path: str) -> list[Value]:
    """Each value of an element with what stands beside it. `name` is its JSON name; `path` that of its holder.

    Where a primitive has only extensions, `name` begins with an underscore, and `child` is what holds these.
    """
    plain = name.lstrip("_")
    said, beside = (child, holder.get(f"_{name}")) if plain == name else (None, child)
    at = f"{path}.{plain}"
    if isinstance(said, list):
        companions = beside if isinstance(beside, list) else [None] * len(said)
        return [
            Value(one, beside, kind, f"{at}[{number}]")
            for number, (one, beside) in enumerate(zip(said, companions, strict=False))
        ]
    if isinstance(beside, list):
        return [Value(None, one, kind, f"{at}[{number}]") for number, one in enumerate(beside)]
    return [Value(said, beside, kind, at)]


def judge(judging: Judging, member: Member, found: Sequence[Value], path: str) -> None:
    """Counts the values of an element and judges those of each slice by its rules. `path` is the element's."""
    count = len(found)
    if count < member.minimum:
        judging.add("required", f"Add {member.label}: {_needed(member.minimum)}", path)
    if member.maximum is not None and count > member.maximum:
        judging.add("structure", _too_many(member.label, member.maximum), path)
    if member.slicing is not None:
        _slices(judging, member.label, member.slicing, found, path)


def _slices(judging: Judging, label: str, slicing: Slicing, found: Sequence[Value], path: str) -> None:
    belonging: list[list[Value]] = [[] for _ in slicing.slices]
    unclear: set[int] = set()
    last, is_past_end = -1, False
    for value in found:
        at, maybe = slice_of(value, slicing, judging)
        unclear |= maybe
        if at is None:
            is_past_end = True
            if slicing.how == "closed" and not maybe:
                names = ", ".join(one.name for one in slicing.slices) or "none"
                judging.add("structure", f"This is none of the kinds of {label} allowed here: {names}", value.path)
            continue
        if (slicing.is_ordered and at < last) or (slicing.how == "openAtEnd" and is_past_end):
            judging.add("structure", f"Move this before the others: {slicing.slices[at].name} comes first", value.path)
        last = max(last, at)
        belonging[at].append(value)
    for number, slice_ in enumerate(slicing.slices):
        _slice(judging, label, slice_, belonging[number], path, is_unclear=number in unclear)


def slice_of(value: Value, slicing: Slicing, judging: Judging) -> tuple[int | None, set[int]]:
    """The slice that a value belongs to; if to none for certain, those to which it may."""
    if slicing.by_url is not None:
        return slicing.by_url.get(value.holder.get(URL, "")), set()
    maybe = set()
    for number, slice_ in enumerate(slicing.slices):
        belongs = every(test(value, judging) for test in slice_.tests)
        if belongs:
            return number, set()
        if belongs is None:
            maybe.add(number)
    return None, maybe


def _slice(judging: Judging, label: str, slice_: Slice, found: Sequence[Value], path: str, *, is_unclear: bool) -> None:
    count = len(found)
    if is_unclear:
        message = f"Not judged: which {label} is {slice_.name} cannot be told by the definitions held here"
        judging.undecided(message, path)
    elif count < slice_.minimum:
        judging.add("required", f"Add {label} of the kind {slice_.name}: {_needed(slice_.minimum)}", path)
    if slice_.maximum is not None and count > slice_.maximum:
        judging.add("structure", _too_many(f"{label} of the kind {slice_.name}", slice_.maximum), found[-1].path)
    for value in found:
        if slice_.rules is not None:
            judging.judge(slice_.rules, value)
    if slice_.slicing is not None and found:
        _slices(judging, label, slice_.slicing, found, path)


def _needed(minimum: int) -> str:
    return "one is needed" if minimum == 1 else f"at least {minimum} are needed"


def _too_many(what: str, maximum: int) -> str:
    return f"Leave {what} out here" if maximum == 0 else f"Send {what} at most {_times(maximum)}"


def _times(count: int) -> str:
    return "once" if count == 1 else f"{count} times"
