"""One search parameter with its modifier and value, read by its kind into alternatives: conditions on index rows."""

from collections.abc import Callable, Iterable, Iterator
from decimal import Decimal
from typing import Final

from service.errors import Unreadable
from service.fhir import dates, definitions, index_values, references, sortable_numbers
from service.fhir.index_conversions import LONGEST, folded, key
from service.fhir.resource_type import ResourceType
from service.register import nhs_number
from service.store import judging
from service.store.search_criteria import Alternative, Criterion
from service.store.search_text import parts, plain, shown, split

PREFIXES: Final = ("eq", "ne", "lt", "le", "gt", "ge", "sa", "eb", "ap")
MODIFIERS: Final = {
    "token": ("missing", "not", "text", "in"),
    "string": ("missing", "exact", "contains"),
    "reference": ("missing", "identifier"),
    "date": ("missing",),
    "number": ("missing",),
    "quantity": ("missing",),
    "uri": ("missing",),
}
"""The modifiers of each kind; a reference takes the name of a resource type too."""
_AFTER_LAST: Final = "\U0010ffff"


def criterion(type_: ResourceType, name: str, modifier: str, value: str) -> Criterion:
    """The criterion that `name:modifier=value` asks. Raises Unreadable, naming the parameter."""
    kind = definitions.search_parameter(type_.name, name).type
    _check_modifier(name, kind, modifier)
    if name == "_id":
        return Criterion(("_id",), (_either("id", "ids", [plain(part) for part in parts(name, value)]),))
    params = index_values.stands_as(type_.name, type_.person, name)
    if modifier == "missing":
        return _missing(name, params, value)
    if modifier == "text":
        return Criterion(_ending(params, ":text"), tuple(_starts(name, part) for part in parts(name, value)))
    if modifier == "identifier":
        return Criterion(_ending(params, ":identifier"), _tokens(parts(name, value), frozenset()))
    if modifier == "in":
        return Criterion(params, tuple(_in_value_set(plain(part)) for part in parts(name, value)))
    return Criterion(params, _alternatives(type_, name, kind, modifier, value), is_negated=modifier == "not")


def _check_modifier(name: str, kind: str, modifier: str) -> None:
    if not modifier or (modifier in MODIFIERS[kind] and name != "_id"):
        return
    if kind == "reference" and modifier in definitions.resource_types():
        return
    known = ", ".join(f":{one}" for one in MODIFIERS[kind]) if name != "_id" else "none"
    raise Unreadable.not_supported(
        f"Search parameter {name} takes no modifier :{shown(modifier)} here; those of its kind are {known}"
    )


def _alternatives(type_: ResourceType, name: str, kind: str, modifier: str, value: str) -> tuple[Alternative, ...]:
    found = parts(name, value)
    if kind == "token":
        return _tokens(found, index_values.implied_systems(type_.name, name))
    if kind == "reference":
        references = [one for part in found for one in _references(type_, name, modifier, plain(part))]
        return (_either("code", "codes", references),)
    if kind == "uri":
        return (_either("code", "codes", [key(plain(part)) for part in found]),)
    if kind == "string":
        read = {"exact": _exact, "contains": _contains}.get(modifier, _starts)
        return tuple(read(name, part) for part in found)
    if name == "_lastUpdated":
        return tuple(_date(name, part, "at-") for part in found)
    return tuple(_BY_PREFIX[kind](name, part) for part in found)


def _either(one: str, many: str, values: Iterable[str]) -> Alternative:
    """One value by itself, or several as a list: one condition, however many."""
    distinct = tuple(dict.fromkeys(values))
    return Alternative(one, distinct) if len(distinct) == 1 else Alternative(many, (distinct,))


def _ending(params: tuple[str, ...], ending: str) -> tuple[str, ...]:
    return tuple(f"{param}{ending}" for param in params)


def _missing(name: str, params: tuple[str, ...], value: str) -> Criterion:
    """A value that is only words, or only an identifier, is a value too."""
    if value not in ("true", "false"):
        raise Unreadable(f"{name}:missing is true or false")
    every = (*params, *_ending(params, ":text"), *_ending(params, ":identifier"))
    return Criterion(every, (Alternative("any"),), is_negated=value == "true")


# Tokens


def _tokens(found: list[str], implied: frozenset[str]) -> tuple[Alternative, ...]:
    codes, pairs, systems = [], [], []
    for part in found:
        marked = split(part, "|")
        if len(marked) > 2:
            raise Unreadable("A token is a code, system|code, system| or |code")
        if len(marked) == 1:
            codes.append(_code(plain(marked[0])))
            continue
        system, code = plain(marked[0]), plain(marked[1])
        stored = "" if system in implied else key(system)
        if system == nhs_number.SYSTEM:
            code = nhs_number.normalised(code)
        if not system and not code:
            raise Unreadable("A token needs a code or a system")
        if code:
            pairs.append((key(code), stored))
        else:
            systems.append(stored)
    return tuple(_token_alternatives(codes, pairs, systems))


def _token_alternatives(codes: list[str], pairs: list[tuple[str, str]], systems: list[str]) -> Iterator[Alternative]:
    if codes:
        yield _either("code", "codes", codes)
    if len(pairs) == 1:
        yield Alternative("token", pairs[0])
    elif pairs:
        yield _listed(pairs)
    for system in systems:
        yield Alternative("system", (system,))


def _code(code: str) -> str:
    """An NHS number is kept without spaces, and found with them."""
    number = nhs_number.normalised(code)
    return key(number if nhs_number.is_valid(number) else code)


def _listed(pairs: Iterable[tuple[str, str]]) -> Alternative:
    found = tuple(dict.fromkeys(pairs))
    codes = tuple(dict.fromkeys(code for code, _ in found))
    return Alternative("tokens", (codes, tuple(f"{system}|{code}" for code, system in found)))


def _in_value_set(url: str) -> Alternative:
    """The codes of a value set that R4 requires for our types: no other is known here."""
    try:
        systems = definitions.value_set(url)
    except LookupError:
        raise Unreadable.not_supported(
            f"The value set {shown(url, ':/.-_')} is not known here; ask for its codes instead"
        ) from None
    pairs = [(code, system) for system, codes in systems.items() for code in codes]
    return _listed([(key(code), each) for code, system in pairs for each in (system, "")])


# Strings


def _starts(name: str, part: str) -> Alternative:
    start = _folded(name, part)
    return Alternative("string", (start, start + _AFTER_LAST))


def _contains(name: str, part: str) -> Alternative:
    return Alternative("contains", (_folded(name, part),))


def _folded(name: str, part: str) -> str:
    text = plain(part)
    if len(text) > LONGEST:
        raise Unreadable(f"Search parameter {name} takes at most {LONGEST} characters, or any number with :exact")
    if not (found := folded(text)):
        raise Unreadable(f"Search parameter {name} has no value that could be compared")
    return found


def _exact(name: str, part: str) -> Alternative:
    text = plain(part)
    return Alternative("token", (folded(text), key(text)))


# References


def _references(type_: ResourceType, name: str, modifier: str, value: str) -> list[str]:
    """The references that are meant: `Type/id`, a URL, or for an id alone that id in every type it may be of."""
    if "/" in value or value.startswith("urn:"):
        _check_type(name, modifier, value)
        return [key(value)]
    targets = definitions.search_parameter(type_.name, name).targets
    if modifier:
        if targets and modifier not in targets:
            raise Unreadable(f"Search parameter {name} leads to no {modifier}; it leads to {', '.join(targets)}")
        return [f"{modifier}/{value}"]
    if "Patient" in targets and name in ("patient", "subject"):
        return [f"Patient/{value}"]
    # Nothing refers to an id of a type that is not held; many parameters lead to any type that there is.
    return [key(f"{target}/{value}") for target in targets if target in judging.TYPES] or [key(value)]


def _check_type(name: str, modifier: str, value: str) -> None:
    """Raises Unreadable for `:Group=Patient/1`, which asks for two things at once."""
    try:
        said = references.referred_type(value)
    except ValueError:
        return
    if modifier and said and said != modifier:
        raise Unreadable(f"Search parameter {name}:{modifier} asks for a {modifier}, and its value for another type")


# Dates, numbers, quantities


def _prefixed(value: str) -> tuple[str, str]:
    return (value[:2], value[2:]) if value[:2] in PREFIXES else ("eq", value)


def _date(name: str, part: str, of: str = "") -> Alternative:
    prefix, rest = _prefixed(plain(part))
    try:
        low, high = dates.interval(rest.replace(" ", "+"))
        if prefix == "ap":
            low, high = low - (high - low), high + (high - low)
    except (ValueError, OverflowError) as error:
        raise Unreadable(f"Search parameter {name} takes a date such as 2026-03-31, after a prefix or alone") from error
    return Alternative(f"{of}{prefix}", (dates.sortable(low), dates.sortable(high)))


def _number(name: str, part: str) -> Alternative:
    prefix, rest = _prefixed(plain(part))
    return Alternative(f"number-{prefix}", _bounds(name, prefix, rest))


def _quantity(name: str, part: str) -> Alternative:
    """`5.4`, `5.4|http://unitsofmeasure.org|mg` or `5.4||mg` (R4, search, 3.1.1.4.12)."""
    marked = [plain(one) for one in split(part, "|")]
    if len(marked) not in (1, 3) or (len(marked) == 3 and not marked[2]):
        raise Unreadable(f"Search parameter {name} takes number, number||unit or number|system|code")
    prefix, rest = _prefixed(marked[0])
    bounds = _bounds(name, prefix, rest)
    if len(marked) == 1:
        return Alternative(f"number-{prefix}", bounds)
    return Alternative(f"quantity-{prefix}", (*bounds, key(f"{marked[1]}|{marked[2]}")))


def _bounds(name: str, prefix: str, written: str) -> tuple[str, str]:
    """What the prefix compares with: the number itself, or the range for which it stands."""
    found = sortable_numbers.number(written)
    if found is None:
        raise Unreadable(f"Search parameter {name} takes a number such as 5.4, after a prefix or alone")
    low, high = _range(prefix, found)
    return sortable_numbers.sortable(low), sortable_numbers.sortable(high)


def _range(prefix: str, number: Decimal) -> sortable_numbers.Range:
    if prefix == "ap":
        return sortable_numbers.approximately(number)
    return sortable_numbers.precision_range(number) if prefix in ("eq", "ne") else (number, number)


_BY_PREFIX: Final[dict[str, Callable[[str, str], Alternative]]] = {
    "date": _date,
    "number": _number,
    "quantity": _quantity,
}
