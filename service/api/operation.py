"""What an operation is. Each is one file in `operations/`; its routes and its place in /metadata follow from it.

What it takes is declared, so that whatever else is sent is refused by name, and an OperationDefinition can be derived.
"""

import re
from dataclasses import dataclass, replace
from typing import Any, Final

from service import catalogue
from service.api import negotiation, requests
from service.api.server import Call, Handler
from service.errors import Issue, Unreadable
from service.fhir.resource_type import Body

EVERY_TYPE: Final = "{type}"
LIMIT_BYTES: Final = 100_000
"""Of Parameters that hold no resource."""

_NAME = re.compile(r"[A-Za-z_][A-Za-z:._-]{0,40}")

Given = list[tuple[str, Any]]
"""What was sent: names with texts from the URL, and with the values or resources of a Parameters body."""


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter. `type` is FHIR's, such as "instant"; "Resource" for any. `max` is "1" or "*".

    `use` is "in" or "out"; `documentation` says what it does, in Markdown.
    """

    name: str
    type: str
    documentation: str = ""
    min: int = 0
    max: str = "1"
    use: str = "in"


@dataclass(frozen=True, slots=True)
class Place:
    """One URL of an operation. `path` is below the FHIR base; `methods` are GET, POST or both (HEAD follows GET).

    `$export` is at system level, `Patient/$summary` at type level, `Patient/{id}/$everything` at instance level;
    a type of `{type}` is every type that the register holds.
    """

    path: str
    methods: tuple[str, ...]
    handler: Handler

    @property
    def level(self) -> str:
        """system, type or instance, as in OperationDefinition."""
        return ("system", "type", "instance")[self.path.count("/")]

    @property
    def type_name(self) -> str:
        """The type in the path, or `{type}` for every one; empty at system level."""
        return self.path.rpartition("$")[0].partition("/")[0]


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation, at one URL and perhaps `also` at others.

    `definition` is the canonical URL of its OperationDefinition. `affects_state` is whether it changes what others
    read; an operation that is answered to GET does not.
    """

    name: str
    path: str
    methods: tuple[str, ...]
    handler: Handler
    definition: str
    also: tuple[Place, ...] = ()
    parameters: tuple[Parameter, ...] = ()
    affects_state: bool = False
    title: str = ""
    description: str = ""

    @property
    def places(self) -> tuple[Place, ...]:
        return (Place(self.path, self.methods, self.handler), *self.also)

    @property
    def type_name(self) -> str:
        return self.places[0].type_name


def all_operations() -> tuple[Operation, ...]:
    return catalogue.collect("service.api.operations", Operation)


async def given(call: Call, taken: tuple[Parameter, ...], *, limit: int = LIMIT_BYTES) -> Given:
    """What was sent, but for how to write the answer. Raises Unreadable naming what is not taken."""
    return checked(await sent(call, limit=limit), taken)


async def sent(call: Call, *, limit: int = LIMIT_BYTES) -> Given:
    """What was sent, from the URL and from a Parameters body."""
    found: Given = list(requests.query(call.request))
    if call.request.method == "POST" and _has_body(call):
        found += in_body(await requests.resource(call.request, limit=limit))
    return found


def _has_body(call: Call) -> bool:
    headers = call.request.headers
    return "transfer-encoding" in headers or headers.get("content-length", "0") != "0"


def in_body(parameters: Body) -> Given:
    """Names with their values or resources. Raises Unreadable for what is no Parameters."""
    listed = parameters.get("parameter", [])
    if parameters.get("resourceType") != "Parameters" or not isinstance(listed, list):
        raise Unreadable("Send Parameters", expression="Parameters")
    return [_part(part, f"Parameters.parameter[{at}]") for at, part in enumerate(listed)]


def _part(part: Any, expression: str) -> tuple[str, Any]:
    name = part.get("name") if isinstance(part, dict) else None
    if not isinstance(name, str):
        raise Unreadable("Each parameter has a name, and a value or a resource", expression=expression)
    values = [value for key, value in part.items() if key == "resource" or key.startswith("value")]
    if len(values) != 1 or "part" in part:
        raise Unreadable("Each parameter has one value or one resource", expression=expression)
    return name, values[0]


def checked(values: Given, taken: tuple[Parameter, ...]) -> Given:
    """What was sent, but for how to write the answer. Raises Unreadable naming each that is not taken, or repeated."""
    known = {one.name: one for one in taken if one.use == "in"}
    wanted = [(name, value) for name, value in values if name not in negotiation.PARAMETERS]
    names = [name for name, _ in wanted]
    issues = [_refused(name, known) for name in dict.fromkeys(names) if name not in known]
    issues += [
        Issue("invalid", f"Give {name} once", name)
        for name, one in known.items()
        if one.max == "1" and names.count(name) > 1
    ]
    if issues:
        raise Unreadable("; ".join(issue.message for issue in issues), issues=issues)
    return wanted


def understood(call: Call, values: Given, taken: tuple[Parameter, ...]) -> tuple[Given, list[Issue]]:
    """What `checked` gives; but a lenient client is warned of each name that is not taken, instead of refused."""
    if not requests.is_lenient(call.request):
        return checked(values, taken), []
    known = {one.name: one for one in taken if one.use == "in"}
    names = dict.fromkeys(name for name, _ in values if name not in known and name not in negotiation.PARAMETERS)
    warnings = [replace(_refused(name, known), severity="warning") for name in names]
    return checked([(name, value) for name, value in values if name not in names], taken), warnings


def _refused(name: str, known: dict[str, Parameter]) -> Issue:
    taken = f"it takes {', '.join(known)}" if known else "it takes none"
    # A name that a client made up may hold anything, a person's NHS number too.
    shown = name if _NAME.fullmatch(name) else "a parameter of this name"
    return Issue("not-supported", f"This URL does not take {shown}; {taken}")


def element(name: str) -> str:
    """Where a parameter stands in Parameters, for a refusal that names it."""
    return f"Parameters.parameter.where(name = '{name}')"


def as_texts(values: Given) -> list[tuple[str, str]]:
    """Parameters whose values are texts or whole numbers. Raises Unreadable for a value of another kind."""
    wrong = [name for name, value in values if isinstance(value, bool) or not isinstance(value, str | int)]
    wrong += [name for name, value in values if isinstance(value, str) and (not value or "\0" in value)]
    if wrong:
        raise Unreadable(f"{wrong[0]} is a text or a whole number", expression=wrong[0])
    return [(name, str(value)) for name, value in values]


def texts(values: Given, name: str) -> list[str]:
    """The values of one parameter. Raises Unreadable for one that is no text."""
    return [value for _, value in as_texts([(named, value) for named, value in values if named == name])]
