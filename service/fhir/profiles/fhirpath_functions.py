"""Functions and operators of FHIRPath that fhirpathpy 2.2 lacks, or does otherwise than FHIRPath and R4 say.

Each takes the context of the evaluation and a collection of nodes. `Undecided` ends an evaluation that needs what is
not at hand: other resources, terminology, other profiles.
"""

import functools
from collections.abc import Callable
from itertools import zip_longest
from typing import Any, Final

from fhirpathpy.engine import do_eval, infix_invoke
from fhirpathpy.engine.evaluators import evaluators
from fhirpathpy.engine.invocations import equality
from fhirpathpy.engine.nodes import ResourceNode
from fhirpathpy.models import models

from service import clock
from service.fhir import dates, elements

Nodes = list[Any]
Context = dict[str, Any]

R4: Final = models["r4"]
"""What type each element has, by paths such as `Patient.birthDate`."""


class Undecided(Exception):
    """What the expression asks cannot be told here."""


def _value(node: Any) -> Any:
    return node.data if isinstance(node, ResourceNode) else node


def _holder(node: Any) -> Any:
    """Where the elements of a node stand: of a primitive, in what stands beside it (`_birthDate`)."""
    value = _value(node)
    return value if isinstance(value, dict) else getattr(node, "_data", None)


def _member(_: Context, nodes: Nodes, tree: dict[str, Any]) -> Nodes:
    """The elements of the name that a tree of type `MEMBER` has; or the nodes, if that is the name of their type.

    To fhirpathpy a primitive and what stands beside it are two nodes, and so `birthDate = @1950` is false of one that
    has an extension, and `given.count()` twice as much.
    """
    name = tree["name"]
    if name[:1].isupper():
        return [node for node in nodes if _type(node) == name]
    found: Nodes = []
    for node in nodes:
        _add_elements(node, name, found)
    return found


def _type(node: Any) -> str:
    value = _value(node)
    of_resource = value.get("resourceType") if isinstance(value, dict) else None
    return str(of_resource or getattr(node, "path", None) or "")


def _add_elements(node: Any, name: str, into: Nodes) -> None:
    """Adds to `into`; not a generator, because every step of every expression is one of these."""
    holder = _holder(node)
    if not isinstance(holder, dict):
        return
    for spelling, type_ in _spellings(_type(node), name):
        value, companion = holder.get(spelling), holder.get(f"_{spelling}")
        if isinstance(value, list) or isinstance(companion, list):
            for one, beside in zip_longest(_as_list(value), _as_list(companion)):
                _add(one, beside, type_, into)
        else:
            _add(value, companion, type_, into)


def _as_list(value: Any) -> Nodes:
    return value if isinstance(value, list) else []


def _add(value: Any, companion: Any, type_: str, into: Nodes) -> None:
    if value is not None:
        into.append(ResourceNode(value, type_, companion))
    elif companion is not None:
        into.append(ResourceNode(companion, type_))


@functools.lru_cache(maxsize=4096)
def _spellings(type_: str, name: str) -> tuple[tuple[str, str], ...]:
    """The names that an element may have in JSON, each with the type that it tells: several of a choice."""
    path = R4["pathsDefinedElsewhere"].get(f"{type_}.{name}", f"{type_}.{name}")
    if name in ("extension", "modifierExtension"):
        return ((name, "Extension"),)
    kinds = R4["choiceTypePaths"].get(path) or ("",)
    return tuple((f"{name}{kind}", R4["path2Type"].get(f"{path}{kind}", f"{path}{kind}")) for kind in kinds)


def _has_value(_: Context, nodes: Nodes) -> bool:
    """Whether this is one primitive that has a value (R4, FHIRPath, `hasValue`)."""
    return len(nodes) == 1 and not isinstance(_value(nodes[0]), dict | list)


def _get_value(context: Context, nodes: Nodes) -> Nodes:
    return nodes if _has_value(context, nodes) else []


def _extension(_: Context, nodes: Nodes, address: str) -> Nodes:
    """Every extension with the URL; fhirpathpy gives the first."""
    found = [one for node in nodes for one in elements.all_of(_holder(node), "extension")]
    return [ResourceNode(one, "Extension") for one in found if one.get("url") == address]


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
    value = _value(nodes[0]) if len(nodes) == 1 else None
    text = str(getattr(value, "asStr", value))
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

MEMBER: Final = "heartsease.Member"
"""The type of those parts of a tree that `_member` evaluates. fhirpathpy's own table of types is added to: its trees
have none of this name."""
evaluators[MEMBER] = _member

TEXT: Final = "heartsease.Text"
"""The type of a text that is written out, read once and not each time."""
evaluators[TEXT] = lambda _, __, tree: list(tree["texts"])

LAZY: Final = "heartsease.Lazy"
"""The type of an operator of two truths of which the first may be enough."""
DECIDED_BY: Final[dict[str, dict[str, tuple[bool, bool]]]] = {
    "OrExpression": {"or": (True, True)},
    "AndExpression": {"and": (False, False)},
    "ImpliesExpression": {"implies": (False, True)},
}
"""By the type of a tree and its operator: the first operand that is enough, and what is then true."""


def _lazily(context: Context, nodes: Nodes, tree: dict[str, Any]) -> Nodes:
    """fhirpathpy asks both operands first, though most invariants are of the form "unless this, that"."""
    enough, told = tree["decided by"]
    context["$this"] = nodes
    first = do_eval(context, nodes, tree["children"][0])
    if len(first) == 1 and _value(first[0]) is enough:
        return [told]
    known = {"type": KNOWN, "nodes": first}
    answer: Nodes = infix_invoke(context, tree["terminalNodeText"][0], nodes, [known, tree["children"][1]])
    return answer


KNOWN: Final = "heartsease.Known"
"""The type of an operand that has been asked already."""
evaluators[KNOWN] = lambda _, __, tree: tree["nodes"]
evaluators[LAZY] = _lazily
