"""What a searcher asks: query parameters read into criteria, each of them a condition on the search index.

Unknown parameters are refused, or named in a warning under `Prefer: handling=lenient`.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from service.errors import Issue, Unreadable
from service.fhir import dates, definitions, index_values
from service.fhir.index_conversions import folded, key
from service.fhir.resource_type import ResourceType
from service.register import nhs_number

PAGE, LARGEST_PAGE = 50, 1000
MOST_VALUES = 100
"""Values that one search may ask for, all its parameters together."""
PREFIXES = ("eq", "ne", "lt", "le", "gt", "ge", "sa", "eb", "ap")
RESULT_PARAMETERS = ("_count", "_format", "_pretty")

Pairs = Sequence[tuple[str, str]]

Place = tuple[str | int, ...]
"""Where a page ends: the values that the last match was sorted by, and its key."""


@dataclass(frozen=True, slots=True)
class Alternative:
    """One of the values between commas. `shape` names the condition; `values` fill it, in order."""

    shape: str
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Criterion:
    param: str
    alternatives: tuple[Alternative, ...]

    @property
    def finds_once(self) -> bool:
        """Whether a resource can match by one index row only, so that it cannot be found twice."""
        return len(self.alternatives) == 1 and self.alternatives[0].shape in ("token", "reference", "id")


@dataclass(frozen=True, slots=True)
class SortKey:
    """One key of `_sort`, by the name that the searcher gave."""

    param: str
    is_descending: bool = False


@dataclass(frozen=True, slots=True)
class Include:
    """One `_include` or `_revinclude`. `source` and `param` may be `*`; no `target` is any type."""

    source: str
    param: str
    target: str = ""
    iterate: bool = False


@dataclass(frozen=True, slots=True)
class Query:
    """A search understood. `asked` is what was understood of it, for the `self` link and the audit.

    types     the resource types that are searched: one, or several for a search at the base
    after     the place of the last match of the page before (`search_sql.place`): sort values, then the key; empty first
    total     "none" or "accurate"
    summary   the value of `_summary`, such as "count"; empty when it was not given
    elements  what `_elements` names
    """

    types: tuple[str, ...]
    criteria: tuple[Criterion, ...]
    count: int = PAGE
    after: Place = ()
    sort: tuple[SortKey, ...] = ()
    total: str = "none"
    includes: tuple[Include, ...] = ()
    revincludes: tuple[Include, ...] = ()
    summary: str = ""
    elements: tuple[str, ...] = ()
    asked: Pairs = ()
    warnings: tuple[Issue, ...] = field(default=())

    @property
    def type_name(self) -> str:
        return self.types[0]


def parsed(type_: ResourceType, pairs: Pairs, *, after: Place = (), is_lenient: bool = False) -> Query:
    """Raises Unreadable naming the parameter that is unknown, or whose value cannot be read."""
    criteria, asked, warnings, count = [], [], [], PAGE
    for name, value in pairs:
        if "\0" in value:
            raise Unreadable(f"Search parameter {_shown(name)} holds a character that no value can have")
        if name == "_count":
            count = _count(value)
        elif name in RESULT_PARAMETERS:
            continue
        elif _is_known(type_, name):
            criteria.append(_criterion(type_, name, value))
        elif is_lenient:
            warnings.append(Issue("not-supported", f"Search parameter {_shown(name)} was ignored", severity="warning"))
            continue
        else:
            raise Unreadable(
                f"{type_.name} has no search parameter {_shown(name)}; it has {', '.join(known(type_))}",
            )
        asked.append((name, value))
    if sum(len(criterion.alternatives) for criterion in criteria) > MOST_VALUES:
        raise Unreadable(f"A search asks for at most {MOST_VALUES} values; ask in several searches")
    return Query((type_.name,), tuple(criteria), count, after=after, asked=tuple(asked), warnings=tuple(warnings))


def known(type_: ResourceType) -> tuple[str, ...]:
    return tuple(definitions.search_parameters(type_.name))


def _is_known(type_: ResourceType, name: str) -> bool:
    return name in known(type_)


def _shown(name: str) -> str:
    """A parameter's name, safe to show: letters and the marks that parameters have."""
    return "".join(letter for letter in name[:40] if letter.isalnum() or letter in "-_:.")


def _count(value: str) -> int:
    if not (value.isascii() and value.isdigit() and int(value[:6])):
        raise Unreadable("_count is a whole number from 1 on")
    return min(int(value[:6]), LARGEST_PAGE)


def _criterion(type_: ResourceType, name: str, value: str) -> Criterion:
    if value.count(",") >= MOST_VALUES:
        raise Unreadable(f"Search parameter {name} asks for more than {MOST_VALUES} values; ask in several searches")
    parts = [part for part in _split(value, ",") if part]
    if not parts:
        raise Unreadable(f"Search parameter {name} has no value")
    param = index_values.stands_as(type_.name, type_.person, name)[0]
    return Criterion(param, tuple(_alternative(type_, name, part) for part in parts))


def _alternative(type_: ResourceType, name: str, value: str) -> Alternative:
    kind = _kind(type_, name)
    if kind == "id":
        return Alternative("id", (value,))
    if kind == "date":
        return _date(name, value)
    if kind == "token":
        return _token(value)
    if kind == "reference":
        return Alternative("reference", (key(_reference(type_, name, value)),))
    if kind == "string":
        start = folded(_plain(value))
        return Alternative("string", (start, start + "\U0010ffff"))
    return Alternative("code", (key(_plain(value)),))


def _kind(type_: ResourceType, name: str) -> str:
    if name == "_id":
        return "id"
    return "date" if name == "_lastUpdated" else definitions.search_parameter(type_.name, name).type


def _token(value: str) -> Alternative:
    parts = _split(value, "|")
    if len(parts) == 1:
        code = _plain(parts[0])
        number = nhs_number.normalised(code)
        return Alternative("code", (key(number if nhs_number.is_valid(number) else code),))
    system, code = _plain(parts[0]), _plain(parts[1])
    if system == nhs_number.SYSTEM:
        code = nhs_number.normalised(code)
    return Alternative("token", (key(code), key(system))) if code else Alternative("system", (key(system),))


def _reference(type_: ResourceType, name: str, value: str) -> str:
    plain = _plain(value)
    if "/" in plain:
        return plain
    targets = definitions.search_parameter(type_.name, name).targets
    if len(targets) == 1:
        return f"{min(targets)}/{plain}"
    if "Patient" in targets and name in ("patient", "subject"):
        return f"Patient/{plain}"
    raise Unreadable(f"Search parameter {name} needs the type too, as in {min(targets, default='Type')}/…")


def _date(name: str, value: str) -> Alternative:
    prefix, rest = (value[:2], value[2:]) if value[:2] in PREFIXES else ("eq", value)
    try:
        low, high = dates.interval(rest.replace(" ", "+"))
        if prefix == "ap":
            low, high = low - (high - low), high + (high - low)
    except (ValueError, OverflowError) as error:
        raise Unreadable(f"Search parameter {name} takes a date such as 2026-03-31, after a prefix or alone") from error
    return Alternative(prefix, (dates.sortable(low), dates.sortable(high)))


def _split(value: str, mark: str) -> list[str]:
    """The parts between marks that are not escaped; escapes stay, for `_plain`."""
    parts, part, letters = [], "", iter(value)
    for letter in letters:
        if letter == "\\":
            part += letter + next(letters, "")
        elif letter == mark:
            parts.append(part)
            part = ""
        else:
            part += letter
    return [*parts, part]


def _plain(value: str) -> str:
    letters = iter(value)
    return "".join(next(letters, "") if letter == "\\" else letter for letter in letters)


def shape(criteria: Iterable[Criterion]) -> tuple[tuple[str, ...], ...]:
    """What two searches have in common when one SQL statement serves both."""
    return tuple(tuple(alternative.shape for alternative in criterion.alternatives) for criterion in criteria)
