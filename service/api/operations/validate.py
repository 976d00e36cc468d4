"""`$validate`: would the register keep this? Every issue at once, and nothing is written.

Without a mode a resource is judged alone: by R4, by the profiles that it must keep or claims, by the register's own
rules, and by `profile` where that is given: one of ours, or of a package that the deployer holds. With `mode=create`,
or at its id `mode=update` or `mode=delete`, the write is tried in a transaction that is always undone, so that the
answer is what the write itself would be told: where references lead, who is registered already, whether the token may.
What was not checked, and what could not be decided, is said in informational issues.

Scopes: for a mode that of the interaction (c, u or d; an update that would create needs c); without one any of c, u
and r of the type, since nothing is told but of what was sent.
"""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import Any, Final

from service.actor import Actor
from service.api import operation, requests
from service.api.answer import Answer
from service.api.operation import EVERY_TYPE, Given, Operation, Parameter, Place
from service.api.server import Call
from service.errors import HeartseaseError, Issue, Unavailable, Unreadable
from service.fhir import codec, outcomes, references
from service.fhir.profiles.asked import Profile
from service.fhir.resource_type import Body
from service.store import judging, validating
from service.store.saved import Saved
from service.store.write import Writing

PARAMETERS: Final = (
    Parameter("resource", "Resource", "What is to be validated; left out for `mode=delete`"),
    Parameter("mode", "code", "create, or at instance level update or delete: what would be done with it"),
    Parameter("profile", "uri", "The StructureDefinition to judge by as well: ours, or of a package that is held"),
    Parameter("return", "OperationOutcome", "Every issue, or that all is well", 1, "1", "out"),
)
_MODES: Final = {False: ("create",), True: ("update", "delete")}
"""By whether there is an id in the URL."""
_LETTERS: Final = {"create": "c", "update": "uc", "delete": "d", "": "cur"}


@dataclass(frozen=True, slots=True)
class _Asked:
    """What to judge, and as what. `resource` is None for a deletion; `mode` and `resource_id` may be empty.

    `profile` is None where R4's own definition of the type is asked for, or none is: R4 is judged by anyway.
    """

    type_name: str
    resource_id: str
    resource: Body | None
    mode: str
    profile: Profile | None = None
    if_match: Collection[int] | None = None


async def of_type(call: Call) -> Answer:
    return await _answer(call, judging.held(call.path("type")).name, "")


async def of_instance(call: Call) -> Answer:
    return await _answer(call, *call.named())


async def _answer(call: Call, type_name: str, resource_id: str) -> Answer:
    asked = await _asked(call, type_name, resource_id)
    _require(call.by, asked)
    found = await call.server.in_thread(_alone, asked)
    notes = _notes(asked)
    if asked.mode and any(issue.severity == "error" for issue in found):
        notes.append(_note("The register was not asked whether it would take this: mend the errors first"))
    elif asked.mode:
        found += [issue for issue in await _tried(call, asked) if issue not in found]
    outcome = outcomes.operation_outcome(found)
    outcome["issue"] += outcomes.operation_outcome(notes)["issue"] if notes else []
    return Answer(200, codec.dumps(outcome), action="validate", resource_type=type_name, resource_id=resource_id)


async def _asked(call: Call, type_name: str, resource_id: str) -> _Asked:
    """Raises Unreadable for what is not understood, by name; an unknown profile or mode is not supported."""
    body = await requests.resource(call.request, limit=call.server.settings.body_limit_bytes)
    is_wrapped = body.get("resourceType") == "Parameters"
    sent: Given = [*requests.query(call.request), *(operation.in_body(body) if is_wrapped else [("resource", body)])]
    given = dict(operation.checked(sent, PARAMETERS))
    mode = _mode(given.get("mode", ""), is_instance=bool(resource_id))
    profile = _profile(given["profile"], type_name) if "profile" in given else None
    resource = given.get("resource")
    if mode != "delete":
        resource = _checked(resource, type_name, call.base)
    return _Asked(type_name, resource_id, resource, mode, profile, requests.if_match(call.request))


def _mode(mode: Any, *, is_instance: bool) -> str:
    if mode in ("", *_MODES[is_instance]) and isinstance(mode, str):
        return mode
    where = "with an id in the URL update or delete" if is_instance else "create; update and delete go with an id"
    raise Unreadable.not_supported(f"mode is {where}", "mode")


def _profile(canonical: Any, type_name: str) -> Profile | None:
    found = validating.profile(canonical) if isinstance(canonical, str) else None
    if found is None and canonical != f"{validating.R4}{type_name}":
        message = f"profile is the URL of a profile of {type_name}, or {validating.R4}{type_name}"
        raise Unreadable.not_supported(message, "profile")
    if found is not None and found.type != type_name:
        raise Unreadable.not_supported(f"This is a profile of {found.type}: send a {found.type}", "profile")
    return found


def _checked(resource: Any, type_name: str, base: str) -> Body:
    """The resource as a write would take it."""
    if not isinstance(resource, dict) or resource.get("resourceType") != type_name:
        raise Unreadable(
            f"Send a {type_name}, as the URL says, or Parameters with one as resource", expression="resource"
        )
    references.make_relative(resource, base=base)
    return dict(resource)


def _require(by: Actor, asked: _Asked) -> None:
    letters = _LETTERS[asked.mode]
    if not any(by.may(letter, asked.type_name) for letter in letters):
        by.require(letters[0], asked.type_name)


def _alone(asked: _Asked) -> list[Issue]:
    """What can be found without asking the register."""
    if asked.resource is None or asked.mode == "delete":
        return []
    return [*_wrong_id(asked, asked.resource), *validating.findings(asked.resource, asked.profile)]


def _wrong_id(asked: _Asked, resource: Body) -> list[Issue]:
    if not asked.resource_id or resource.get("id") == asked.resource_id:
        return []
    return [Issue("value", "The id should be the one in the URL", f"{asked.type_name}.id")]


async def _tried(call: Call, asked: _Asked) -> Sequence[Issue]:
    """What the write itself would be told. It is undone, whatever came of it."""
    try:
        saved = await call.write_then(_work(asked), _undone)
    except Unavailable:
        raise
    except HeartseaseError as refusal:
        return refusal.issues
    return saved.warnings


def _work(asked: _Asked) -> Callable[[Writing], Saved]:
    resource = asked.resource or {}
    if asked.mode == "create":
        return lambda changes: changes.create(resource)
    if asked.mode == "update":
        return lambda changes: changes.update(resource, if_match=asked.if_match)
    return lambda changes: changes.delete(asked.type_name, asked.resource_id, if_match=asked.if_match)


def _undone(changes: Writing, saved: Saved) -> Saved:
    changes.session.rollback()
    return changes.advised(saved)


def _notes(asked: _Asked) -> list[Issue]:
    """What was not checked."""
    resource = asked.resource or {}
    if asked.mode == "delete":
        return [_note("The resource that was sent was not looked at: only its deletion was tried")] if resource else []
    if asked.mode:
        return []
    message = (
        "Judged alone. Not checked: where its references lead, what the register holds already, and whether this "
        "token may write it. Send mode=create for that, or mode=update to the URL with its id"
    )
    return [_note(message)]


def _note(message: str) -> Issue:
    return Issue("informational", message, severity="information")


VALIDATE = Operation(
    name="validate",
    path=f"{EVERY_TYPE}/$validate",
    methods=("POST",),
    handler=of_type,
    definition="http://hl7.org/fhir/OperationDefinition/Resource-validate",
    also=(Place(f"{EVERY_TYPE}/{{id}}/$validate", ("POST",), of_instance),),
    parameters=PARAMETERS,
    title="Whether the register would keep a resource",
    description=__doc__,
)
