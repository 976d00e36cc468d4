"""What one alternative of a criterion asks of the values of an index row, in SQL."""

from collections.abc import Mapping

from sqlalchemy import ColumnElement, and_, bindparam, func, literal_column, or_

from service import db, expressions


def matches(
    low: ColumnElement[str], high: ColumnElement[str], system: ColumnElement[str], shape: str, name: str
) -> ColumnElement[bool]:
    """One alternative as a condition. Dates and numbers compare ranges: a resource's with the one that is asked for."""
    first = bindparam(f"{name}_0", type_=low.type)  # an id sorts otherwise than the index, and has an index of its own
    second = bindparam(f"{name}_1", type_=low.type)
    kind, _, prefix = shape.rpartition("-")
    if kind:
        third = bindparam(f"{name}_2", type_=db.Sortable)
        compared = {"at": _instant, "number": _number, "quantity": _number}[kind](low, high, prefix, first, second)
        return and_(compared, under(system) == third) if kind == "quantity" else compared
    match shape:
        case "any":
            return low >= literal_column("''")
        case "code" | "id":
            return low == first
        case "codes" | "ids":
            return expressions.among(low, f"{name}_0")
        case "token":
            return and_(low == first, under(system) == second)
        case "tokens":
            return and_(
                expressions.among(low, f"{name}_0"), expressions.among(system.concat("|").concat(low), f"{name}_1")
            )
        case "system":
            return under(system) == first
        case "string":
            return and_(low >= first, low < second)
        case "contains":
            return func.replace(low, first, literal_column("''")) != low
    return _period(low, high, shape, first, second)


def _period(
    low: ColumnElement[str], high: ColumnElement[str], prefix: str, first: ColumnElement[str], end: ColumnElement[str]
) -> ColumnElement[bool]:
    """Periods do not hold their end: [low, high) against [first, end). Each names an end that an index is sorted by."""
    conditions: Mapping[str, ColumnElement[bool]] = {
        "eq": and_(low >= first, low < end, high <= end),
        "ne": or_(low < first, high > end),
        "lt": low < first,
        "le": and_(low < end, or_(low < first, high <= end)),
        "gt": high > end,
        "ge": and_(high > first, or_(high > end, low >= first)),
        "sa": low >= end,
        "eb": and_(low < first, high <= first),
        "ap": and_(low < end, high > first),
    }
    return conditions[prefix]


def _instant(
    low: ColumnElement[str], high: ColumnElement[str], prefix: str, first: ColumnElement[str], end: ColumnElement[str]
) -> ColumnElement[bool]:
    """A point in time, so that one end of an index range answers."""
    conditions: Mapping[str, ColumnElement[bool]] = {
        "eq": and_(low >= first, low < end),
        "ne": or_(low < first, low >= end),
        "lt": low < first,
        "le": low < end,
        "gt": low >= end,
        "ge": low >= first,
        "sa": low >= end,
        "eb": low < first,
        "ap": and_(low >= first, low < end),
    }
    return conditions[prefix]


def _number(
    low: ColumnElement[str], high: ColumnElement[str], prefix: str, first: ColumnElement[str], end: ColumnElement[str]
) -> ColumnElement[bool]:
    """Ranges that hold both ends: [low, high], most of them a point, against a range or a point."""
    conditions: Mapping[str, ColumnElement[bool]] = {
        "eq": and_(low >= first, low < end, high < end),
        "ne": or_(low < first, high >= end),
        "lt": low < first,
        "le": low <= first,
        "gt": high > first,
        "ge": high >= first,
        "sa": low > first,
        "eb": and_(low < first, high < first),
        "ap": and_(low <= end, high >= first),
    }
    return conditions[prefix]


def under(system: ColumnElement[str]) -> ColumnElement[str]:
    """The system, to be compared in the rows that a value has found, and not looked up.

    It is the last column of the index. PostgreSQL 18 would believe that it has to skip through every key before it,
    and would rather read a large table whole.
    """
    return system.concat(literal_column("''"))
