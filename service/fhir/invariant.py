"""What an invariant of R4 is, and the conditions that many of them are made of.

Each is asked only of an object whose elements were found right, so a rule need not check kinds again.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Invariant:
    """A rule on one type. `element` is the one to look at, empty for the whole; `message` says what to do."""

    key: str
    element: str
    message: str
    is_broken: Callable[[dict[str, Any]], bool]


def has(value: dict[str, Any], *names: str) -> bool:
    """Whether any of these is there, as itself or as an extension only."""
    return any(name in value or f"_{name}" in value for name in names)


def has_choice(value: dict[str, Any], label: str) -> bool:
    return any(name.lstrip("_").startswith(label) for name in value)


def has_coding(concept: dict[str, Any], system: str, *codes: str) -> bool:
    return any(one.get("system") == system and one.get("code") in codes for one in concept.get("coding", ()))


def without(needed: str, *, when: str) -> Callable[[dict[str, Any]], bool]:
    return lambda value: has(value, when) and not has(value, needed)


def both(one: str, other: str) -> Callable[[dict[str, Any]], bool]:
    return lambda value: has(value, one) and has(value, other)


def none_of(*names: str) -> Callable[[dict[str, Any]], bool]:
    return lambda value: not has(value, *names)


def negative(name: str) -> Callable[[dict[str, Any]], bool]:
    return lambda value: name in value and value[name] < 0


def not_just_one(*names: str) -> Callable[[dict[str, Any]], bool]:
    return lambda value: [has(value, name) for name in names].count(True) != 1
