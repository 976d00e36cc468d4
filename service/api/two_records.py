"""What `$merge` and `$unmerge` share: what is sent, the one transaction, a preview that is undone, and the answer."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from service.api import operation
from service.api.answer import Answer
from service.api.operation import Parameter
from service.api.server import Call
from service.errors import Invalid, Issue
from service.fhir import codec, elements, outcomes
from service.fhir.resource_type import Body
from service.store.merging import NAME, Done
from service.store.write import Writing

TAKEN: Final = (
    Parameter("source-patient", "Reference", "The Patient that gives way, as Patient/id", 1),
    Parameter("target-patient", "Reference", "The Patient that stays, as Patient/id", 1),
    Parameter("preview", "boolean", "Say what would be done, and do nothing"),
)
TOLD: Final = (
    Parameter("input", "Parameters", "What was asked for", 1, "1", "out"),
    Parameter("outcome", "OperationOutcome", "What was done, and what somebody should look at", 1, "1", "out"),
    Parameter("moved", "Reference", "What belongs to the other Patient now", 0, "*", "out"),
    Parameter("result", "Patient", "The target as it stands", 1, "1", "out"),
)


@dataclass(frozen=True, slots=True)
class Asked:
    """Two Patients, such as "Patient/1", and whether to undo what is done; `sent` is what the client sent."""

    source: str
    target: str
    is_preview: bool
    sent: Body


@dataclass(frozen=True, slots=True)
class Outcome:
    """What was done, the target as it stands then, and what somebody should look at."""

    done: Done
    target: bytes
    warnings: Sequence[Issue]


class _Previewed(Exception):  # no error: it takes back all that the transaction did
    def __init__(self, outcome: Outcome) -> None:
        super().__init__()
        self.outcome = outcome


async def asked(call: Call) -> Asked:
    """Raises Unreadable for what is not taken, Invalid for what leads to no Patient of ours."""
    given = await operation.given(call, TAKEN)
    found = dict(given)
    preview = found.get("preview", False)
    if not isinstance(preview, bool):
        raise Invalid("preview is true or false", expression="preview")
    source, target = (_patient(call, found.get(name), name) for name in ("source-patient", "target-patient"))
    parts = [{"name": name, _value(value): value} for name, value in given]
    return Asked(source, target, preview, {"resourceType": "Parameters", "parameter": parts})


def _patient(call: Call, value: Any, name: str) -> str:
    reference = elements.text_at(value, "reference").removeprefix(f"{call.base}/")
    type_name, _, patient_id = reference.partition("/")
    if type_name != NAME or not patient_id or "/" in patient_id:
        raise Invalid("Give a reference to a Patient, as Patient/id", expression=name)
    return reference


def _value(value: Any) -> str:
    return "valueBoolean" if isinstance(value, bool) else "valueReference"


async def written(
    call: Call, work: Callable[[Writing], Done], check: Callable[[Writing], None], *, is_preview: bool
) -> Outcome:
    """Runs `work` in one transaction, which `check` can still fail once all is written, and takes back a preview."""

    def then(changes: Writing, done: Done) -> Outcome:
        check(changes)
        outcome = Outcome(done, changes.body(done.person_pk), changes.warnings())
        if is_preview:
            raise _Previewed(outcome)
        return outcome

    try:
        return await call.write_then(work, then)
    except _Previewed as undone:
        return undone.outcome


def answer(asked: Asked, outcome: Outcome, action: str, remarks: Sequence[Issue]) -> Answer:
    """A preview has left nothing behind, so that it is audited here; all else was audited with what it wrote."""
    told = outcomes.operation_outcome([*remarks, *outcome.warnings])
    parts = [
        {"name": "input", "resource": asked.sent},
        {"name": "outcome", "resource": told},
        *({"name": "moved", "valueReference": {"reference": one}} for one in outcome.done.moved),
        *({"name": "stayed", "valueReference": {"reference": one}} for one in outcome.done.stayed),
        {"name": "result", "resource": codec.loads(outcome.target)},
    ]
    return Answer(
        200,
        codec.dumps({"resourceType": "Parameters", "parameter": parts}),
        action=f"{action} preview",
        resource_type=NAME,
        resource_id=asked.target.partition("/")[2],
        people={outcome.done.person_pk: "", outcome.done.source_pk: asked.source},
        audited=not asked.is_preview,
    )


def remark(message: str, detail: str) -> Issue:
    """What is told of what was done; `detail` is a code of `outcome-details`."""
    return Issue("informational", message, NAME, "information", detail)
