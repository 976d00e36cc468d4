"""Functions and operators of FHIRPath that fhirpathpy 2.2 lacks, or does otherwise than FHIRPath and R4 say.

Each takes the context of the evaluation and a collection of nodes. `Undecided` ends an evaluation that needs what is
not at hand: other resources, terminology, other profiles.
"""

from collections.abc import Callable
from typing import Any, Final

from fhirpathpy.engine.invocations import equality
from fhirpathpy.engine.nodes import ResourceNode

from service import clock
from service.fhir import dates

Nodes = list[Any]
Context = dict[str, Any]


class Undecided(Exception):
    """What the expression asks cannot be told here."""


def _value(node: Any) -> Any:
    return node.data if isinstance(node, ResourceNode) else node


def _values(nodes: Nodes) -> Nodes:
    """The values of primitives, without the companions that hold only their extensions (`_birthDate`)."""
    return [value for value in map(_value, nodes) if not (isinstance(value, dict) and value.keys() <= _COMPANION)]


_COMPANION: Final = frozenset({"id", "extension"})


def _has_value(_: Context, nodes: Nodes) -> bool:
    """Whether this is one primitive that has a value (R4, FHIRPath, `hasValue`)."""
    values = _values(nodes)
    return len(values) == 1 and not isinstance(values[0], dict | list)


def _get_value(context: Context, nodes: Nodes) -> Nodes:
    return _values(nodes) if _has_value(context, nodes) else []


def _extension(_: Context, nodes: Nodes, address: str) -> Nodes:
    """Every extension with the URL; fhirpathpy gives the first."""
    found = [one for node in nodes for one in _listed(_value(node), "extension")]
    return [ResourceNode.create_node(one, "Extension") for one in found if one.get("url") == address]


def _listed(value: Any, name: str) -> list[dict[str, Any]]:
    listed = value.get(name, ()) if isinstance(value, dict) else ()
    return [one for one in listed if isinstance(one, dict)]


def _where(context: Context, nodes: Nodes, criterion: Callable[[Any], Nodes]) -> Nodes:
    """Those of which it is true; fhirpathpy asks twice, and so 2ⁿ times of n inside each other."""
    kept = []
    for number, node in enumerate(nodes):
        context["$index"] = number
        found = criterion(node)
        if found and _value(found[0]):
            kept.append(node)
    return kept


def _exists(context: Context, nodes: Nodes, criterion: Callable[[Any], Nodes] | None = None) -> bool:
    return bool(nodes if criterion is None else _where(context, nodes, criterion))


def _elsewhere(_: Context, nodes: Nodes, *__: Any) -> Nodes:
    """What needs to look elsewhere: nothing of nothing, else undecided."""
    if nodes:
        raise Undecided
    return []


def _now(_: Context, __: Nodes) -> str:
    return clock.now().isoformat(timespec="milliseconds")


def _today(_: Context, __: Nodes) -> str:
    return clock.today().isoformat()


def _ordered(name: str, certain: Callable[[Any, Any], bool | None]) -> Callable[[Context, Nodes, Nodes], Any]:
    """Dates by the time that they cover, empty where that leaves it open; fhirpathpy compares them as texts."""
    others = getattr(equality, name)

    def compared(context: Context, left: Nodes, right: Nodes) -> Any:
        one, other = _interval(left), _interval(right)
        if one is None or other is None:
            return others(context, left, right)
        told = certain(one, other)
        return [] if told is None else told

    return compared


def _interval(nodes: Nodes) -> dates.Interval | None:
    values = _values(nodes)
    text = str(getattr(values[0], "asStr", values[0])) if len(values) == 1 else ""
    try:
        return dates.interval(text)
    except ValueError:
        return None


def _less(one: dates.Interval, other: dates.Interval) -> bool | None:
    if one == other or one[0] >= other[1]:
        return False
    return True if one[1] <= other[0] else None


def _at_most(one: dates.Interval, other: dates.Interval) -> bool | None:
    if one == other or one[1] <= other[0]:
        return True
    return False if one[0] >= other[1] else None


_TWO: Final = {2: ["Any", "Any"]}
TABLE: Final[dict[str, dict[str, Any]]] = {
    "hasValue": {"fn": _has_value},
    "getValue": {"fn": _get_value},
    "extension": {"fn": _extension, "arity": {1: ["String"]}},
    "where": {"fn": _where, "arity": {1: ["Expr"]}},
    "exists": {"fn": _exists, "arity": {0: [], 1: ["Expr"]}},
    "resolve": {"fn": _elsewhere},
    "memberOf": {"fn": _elsewhere, "arity": {1: ["String"]}},
    "conformsTo": {"fn": _elsewhere, "arity": {1: ["String"]}},
    "subsumes": {"fn": _elsewhere, "arity": {1: ["Any"]}},
    "subsumedBy": {"fn": _elsewhere, "arity": {1: ["Any"]}},
    "htmlChecks": {"fn": _elsewhere},
    "now": {"fn": _now},
    "today": {"fn": _today},
    "timeOfDay": {"fn": _elsewhere},
    "<": {"fn": _ordered("lt", _less), "arity": _TWO, "nullable": True},
    "<=": {"fn": _ordered("lte", _at_most), "arity": _TWO, "nullable": True},
    ">": {"fn": _ordered("gt", lambda one, other: _less(other, one)), "arity": _TWO, "nullable": True},
    ">=": {"fn": _ordered("gte", lambda one, other: _at_most(other, one)), "arity": _TWO, "nullable": True},
}
"""By name, as fhirpathpy wants them: how many parameters, and of what kind."""
