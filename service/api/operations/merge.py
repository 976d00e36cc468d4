"""`Patient/$merge`: two records of one person become one. The shape is that of FHIR R5, since R4 has no such operation.

The target stays; the source becomes inactive, with a link of type `replaced-by`. All that belonged to it belongs to the
target, as new versions. Whoever asks by an NHS number of the source, or for `Patient/[source]/$summary`, is answered
with the target's record. Refused with 409, naming them, while both have an active registration or an active plan, or
where they differ on a death. With `preview` all of that is said, and nothing is written.
"""

from service.api import two_records
from service.api.answer import Answer
from service.api.operation import Operation
from service.api.server import Call
from service.store import merging
from service.store.write import Writing


async def answer(call: Call) -> Answer:
    asked = await two_records.asked(call)

    def check(changes: Writing) -> None:
        """Nothing: both were theirs before, and are one now."""

    outcome = await two_records.written(
        call,
        lambda changes: merging.merge(changes, source=asked.source, target=asked.target),
        check,
        is_preview=asked.is_preview,
    )
    message = f"{asked.source} is merged into {asked.target}; {len(outcome.done.moved)} resources moved"
    return two_records.answer(asked, outcome, "merge", [two_records.remark(message, "merged")])


MERGE = Operation(
    name="merge",
    path="Patient/$merge",
    methods=("POST",),
    handler=answer,
    definition="http://hl7.org/fhir/OperationDefinition/Patient-merge",
    parameters=(*two_records.TAKEN, *two_records.TOLD),
    affects_state=True,
    title="Two records of one person become one",
    description=__doc__,
)
