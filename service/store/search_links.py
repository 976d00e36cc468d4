"""What a search asks of a resource itself, of what it refers to (a chain), or of what refers to it (`_has`)."""

from collections.abc import Sequence
from typing import Final

from service.errors import Unreadable
from service.fhir import definitions, index_values
from service.fhir.resource_type import ResourceType
from service.store import judging, search_values
from service.store.search_criteria import Criterion, Link
from service.store.search_text import shown

MOST_LINKS: Final = 3


def criterion(type_: ResourceType, name: str, value: str, *, links: int = MOST_LINKS) -> Criterion:
    """What `name=value` asks of a type: of itself, of what it refers to (a chain), or of what refers to it (`_has`)."""
    if name.startswith("_has:"):
        return _has(type_, name, value, links)
    first, dot, chained = name.partition(".")
    plain, _, modifier = first.partition(":")
    if plain not in definitions.search_parameters(type_.name):
        raise no_such_parameter([type_], plain)
    if not dot:
        return search_values.criterion(type_, plain, modifier, value)
    if not links:
        raise Unreadable.not_supported(f"A search follows at most {MOST_LINKS} links")
    return _chain(type_, plain, modifier, chained, value, links)


def _chain(type_: ResourceType, name: str, modifier: str, chained: str, value: str, links: int) -> Criterion:
    """`patient.identifier`, `subject:Patient.name`: asked of each type that the reference may lead to."""
    parameter = definitions.search_parameter(type_.name, name)
    if parameter.type != "reference":
        raise Unreadable.not_supported(f"{name} is no reference, so nothing can be asked of what it leads to")
    params = index_values.stands_as(type_.name, type_.person, name)
    targets = definitions.search_parameter(type_.name, params[0]).targets
    wanted = [modifier] if modifier else list(targets or judging.TYPES)
    if modifier and (modifier not in judging.TYPES or (targets and modifier not in targets)):
        raise Unreadable.not_supported(f"{name} leads to no {shown(modifier)} that is held here")
    asked = chained.partition(".")[0].partition(":")[0]
    held = [judging.TYPES[one] for one in wanted if one in judging.TYPES]
    able = [one for one in held if asked == "_has" or asked in definitions.search_parameters(one.name)]
    if not able:
        raise Unreadable.not_supported(f"Nothing that {name} leads to has a search parameter {shown(asked)}")
    found = tuple(Link("to", one.name, criterion(one, chained, value, links=links - 1)) for one in able)
    return Criterion(params, links=found)


def _has(type_: ResourceType, name: str, value: str, links: int) -> Criterion:
    """`_has:Observation:patient:code`: something refers to the resource and is so itself."""
    _, source, param, inner = [*name.split(":", 3), "", "", ""][:4]
    if not inner:
        raise Unreadable("_has is _has:Type:reference parameter:parameter")
    if not links:
        raise Unreadable.not_supported(f"A search follows at most {MOST_LINKS} links")
    if source not in judging.TYPES:
        raise Unreadable.not_supported(f"_has names {shown(source)}, which is not held here")
    parameter = definitions.search_parameters(source).get(param)
    if parameter is None or parameter.type != "reference":
        raise Unreadable.not_supported(f"{shown(param)} is no reference parameter of {source}")
    if parameter.targets and type_.name not in parameter.targets:
        raise Unreadable.not_supported(f"{param} of {source} does not lead to {type_.name}")
    other = judging.TYPES[source]
    params = index_values.stands_as(source, other.person, param)
    return Criterion(params, links=(Link("from", source, criterion(other, inner, value, links=links - 1)),))


def no_such_parameter(types: Sequence[ResourceType], name: str) -> Unreadable:
    names = ", ".join(one.name for one in types[:3]) + (" and others" if len(types) > 3 else "")
    first, *others = (definitions.search_parameters(one.name) for one in types)
    shared = [name for name in first if all(name in other for other in others)]
    return Unreadable.not_supported(
        f"{names}: there is no search parameter {shown(name)}; there is {', '.join(shared)}"
    )
