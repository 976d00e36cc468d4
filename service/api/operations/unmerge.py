"""`Patient/$unmerge`: takes two records apart that were merged, in the shape of `$merge`.

Everything that the merge moved goes back to the source as it stands by now, changed since or not, deleted or not. What
was first written after the merge stays with the target, since nobody can tell to which of the two it belongs: the
answer names it (`stayed`). Refused with 409, naming them, where what goes back and what stays refer to each other.
"""

from dataclasses import replace

from service.api import two_records
from service.api.answer import Answer
from service.api.operation import Operation, Parameter
from service.api.server import Call
from service.register import codes
from service.store import merging

STAYED = Parameter(
    "stayed", "Reference", "What was first written after the merge, and stays with the target", 0, "*", "out"
)


async def answer(call: Call) -> Answer:
    asked = await two_records.asked(call)
    outcome = await two_records.written(
        call,
        lambda changes: merging.unmerge(changes, source=asked.source, target=asked.target),
        lambda changes: merging.refuse_not_theirs_now(changes, asked.source, asked.target),
        is_preview=asked.is_preview,
    )
    moved, stayed = len(outcome.done.moved), len(outcome.done.stayed)
    message = f"{asked.source} stands by itself again; {moved} resources went back to it"
    remarks = [two_records.remark(message, "unmerged")]
    if stayed:
        words = f"{stayed} resources were first written after the merge and stay: look at each, whose it is"
        remarks.append(replace(two_records.remark(words, "stayed-with-target"), severity="warning"))
    return two_records.answer(asked, outcome, "unmerge", remarks)


UNMERGE = Operation(
    name="unmerge",
    path="Patient/$unmerge",
    methods=("POST",),
    handler=answer,
    definition=f"{codes.BASE}/OperationDefinition/unmerge",
    parameters=(*two_records.TAKEN, *two_records.TOLD, STAYED),
    affects_state=True,
    title="Two merged records are taken apart",
    description=__doc__,
)
