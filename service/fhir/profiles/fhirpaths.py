"""Whether an invariant holds: FHIRPath expressions, parsed once, and evaluated by fhirpathpy over R4's types.

What fhirpathpy lacks or does otherwise than FHIRPath says stands in `fhirpath_functions`. It keeps the model of types
and the instant of `now()` in globals: the model is always R4's here, and the clock is ours, so threads need no lock.
"""

import functools
from dataclasses import dataclass
from typing import Any, Final, Never

from antlr4 import CommonTokenStream, InputStream, ParseTreeWalker, Token
from antlr4.error.Errors import ParseCancellationException
from antlr4.error.ErrorStrategy import BailErrorStrategy
from fhirpathpy.engine import do_eval
from fhirpathpy.engine.evaluators import evaluators
from fhirpathpy.engine.nodes import ResourceNode
from fhirpathpy.parser.ASTPathListener import ASTPathListener
from fhirpathpy.parser.generated.FHIRPathLexer import FHIRPathLexer
from fhirpathpy.parser.generated.FHIRPathParser import FHIRPathParser

from service.fhir.profiles import fhirpath_functions
from service.fhir.resource_type import Body
from service.register import codes

_NAMED: Final = {"ucum": "http://unitsofmeasure.org", "sct": codes.SNOMED, "loinc": codes.LOINC}
"""What `%ucum`, `%sct` and `%loinc` stand for (R4, FHIRPath, section 2.9.1.7)."""


@dataclass(frozen=True, slots=True, eq=False)
class Expression:
    """A FHIRPath expression that says something true of what it is asked of. Without a tree it cannot be read."""

    text: str
    _tree: Any

    def holds(self, value: Any, *, resource: Body, path: str, root: Body | None = None) -> bool | None:
        """Whether it is true of `value`, which stands in `resource` (`%resource`); None where that is undecided.

        `path` is the FHIR type path of `value`, such as `Patient.identifier`, or its datatype, such as `Identifier`.
        `root` holds `resource` where that is contained. An empty result counts as true (R4 writes bdl-8 and que-0 so
        that it must). Never raises, whatever the resource holds.
        """
        if self._tree is None:
            return None
        try:
            found = do_eval(self._context(value, resource, path, root or resource), [_node(value, path)], self._tree)
        except RecursionError:
            return None
        except Exception:  # noqa: BLE001  # fhirpathpy raises bare Exceptions, and any kind of error on odd data
            return None
        return _truth(found)

    @staticmethod
    def _context(value: Any, resource: Body, path: str, root: Body) -> dict[str, Any]:
        node = [_node(value, path)]
        return {
            "dataRoot": node,
            "$this": node,
            "vars": {**_NAMED, "context": node, "resource": resource, "rootResource": root},
            "model": fhirpath_functions.R4,
            "userInvocationTable": fhirpath_functions.TABLE,
            "traceFn": lambda label, nodes: None,
        }


@functools.lru_cache(maxsize=4096)
def compiled(expression: str) -> Expression:
    """The expression, read once. One that fhirpathpy cannot read is undecided of everything."""
    try:
        return Expression(expression, _parsed(expression))
    except (ParseCancellationException, RecursionError):
        return Expression(expression, None)


def _parsed(expression: str) -> Any:
    """As fhirpathpy does it, but a mistake is neither mended nor printed, and nothing may be left over."""
    lexer = FHIRPathLexer(InputStream(expression))
    lexer.removeErrorListeners()
    lexer.recover = _refuse
    tokens = CommonTokenStream(lexer)
    parser = FHIRPathParser(tokens)
    parser.removeErrorListeners()
    parser._errHandler = BailErrorStrategy()
    tree = parser.expression()
    if tokens.LA(1) != Token.EOF:
        raise ParseCancellationException("more than one expression")
    listener = ASTPathListener()
    ParseTreeWalker().walk(listener, tree)
    return _with_members(listener.parentStack[0]["children"][0])


def _with_members(node: Any) -> Any:
    """The tree with our own way to an element of a node, to a text that is written out, and to a second operand."""
    kind = node["type"]
    if kind == "MemberInvocation":
        return {"type": fhirpath_functions.MEMBER, "name": node["children"][0]["text"].strip("`")}
    if kind == "StringLiteral":
        return {"type": fhirpath_functions.TEXT, "texts": evaluators[kind](None, None, node)}
    if "children" not in node:
        return node
    changed = {**node, "children": [_with_members(child) for child in node["children"]]}
    if kind in fhirpath_functions.DECIDED_BY:
        decided_by = fhirpath_functions.DECIDED_BY[kind].get(node["terminalNodeText"][0])
        return changed if decided_by is None else {**changed, "type": fhirpath_functions.LAZY, "decided by": decided_by}
    return changed


def _refuse(error: Exception) -> Never:
    raise ParseCancellationException("a sign that FHIRPath does not have") from error


def _node(value: Any, path: str) -> Any:
    """A value with its type. Of a primitive that has only extensions, `value` is what stands beside it."""
    return ResourceNode.create_node(value, fhirpath_functions.R4["path2Type"].get(path, path))


def _truth(found: Any) -> bool | None:
    """What a constraint's result says: empty is true, one boolean is itself, one of anything else is true."""
    results = [one.data if isinstance(one, ResourceNode) else one for one in found] if isinstance(found, list) else None
    if results is None or len(results) > 1:
        return None
    return results[0] is not False if results else True
