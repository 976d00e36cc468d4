"""A batch: every entry a request of its own, by the same caller, with its own transaction and its own audit.

The entries are carried out in R4's order (deletes, creates, updates and patches, reads) and answered in their own. One
that fails touches no other; so none may hang on another: what refers to an entry that is to be made, and what is
written by two, is refused.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

from service import audit
from service.api import bundle_answers, bundle_entries, requests
from service.api.answer import Answer
from service.api.server import Call
from service.errors import HeartseaseError, Invalid, Issue, TooLarge
from service.fhir import codec, patching
from service.store import bundle, bundle_links
from service.store.bundle import READS, Entry
from service.store.bundle_links import Links

LARGEST_ANSWER_BYTES = 32_000_000
"""What the entries of one Bundle may answer with, together: it is held in memory until it leaves."""

_ORDER = {"DELETE": 0, "POST": 1, "PUT": 2, "PATCH": 2, "GET": 3, "HEAD": 3}


async def answered(call: Call, listed: Sequence[Any]) -> Answer:
    prefer = requests.preference(call.request, "return")
    entries, told = await _understood(call, listed)
    answers: list[Answer] = []
    for at, entry in sorted(entries.items(), key=lambda one: _ORDER[one[1].method]):
        try:
            refuse_too_large(answers)
            answers.append(await _answered(call, entry))
            told[at] = bundle_answers.entry(answers[-1], entry.method, prefer)
        except HeartseaseError as refusal:
            told[at] = bundle_answers.refused(refusal, call.request_id)
    return Answer(200, bundle_answers.bundle("batch-response", [told[at] for at in range(len(listed))]), audited=True)


def refuse_too_large(answers: Iterable[Answer]) -> None:
    """Raises TooLarge once the answers so far are as much as one Bundle may tell."""
    if sum(len(answer.body) for answer in answers) > LARGEST_ANSWER_BYTES:
        raise TooLarge("The answer to this Bundle would be too large; ask for the rest in another one")


async def _understood(call: Call, listed: Sequence[Any]) -> tuple[dict[int, Entry], dict[int, bytes]]:
    """The entries that can be carried out, and the answers to those that cannot, by their places."""
    entries, refusals = await call.server.in_thread(_sorted_out, listed, call.base)
    for refusal in refusals.values():
        row = audit.row("refused entry", by=call.by, outcome=refusal.status, request_id=call.request_id)
        await call.server.audit.write(row)
    return entries, {at: bundle_answers.refused(refusal, call.request_id) for at, refusal in refusals.items()}


def _sorted_out(listed: Sequence[Any], base: str) -> tuple[dict[int, Entry], dict[int, HeartseaseError]]:
    entries: dict[int, Entry] = {}
    refusals: dict[int, HeartseaseError] = {}
    for at, raw in enumerate(listed):
        try:
            entries[at] = bundle.entry(raw, f"Bundle.entry[{at}]", base=base)
        except HeartseaseError as error:
            refusals[at] = error
    refusals |= _hanging(entries)
    return {at: entry for at, entry in entries.items() if at not in refusals}, refusals


async def _answered(call: Call, entry: Entry) -> Answer:
    one = bundle_entries.dispatched(call, entry, headers=_headers(call, entry), body=_body(entry))
    return await one.endpoint.within(Call(call.server, one.request, call.by, call.request_id))


def _headers(call: Call, entry: Entry) -> dict[str, str]:
    said = {
        "return": bundle_answers.returned(requests.preference(call.request, "return")),
        "handling": requests.preference(call.request, "handling"),
    }
    headers = {"Prefer": bundle_entries.preferences(said)}
    provenance = call.request.headers.get("x-provenance")
    if provenance and entry.method not in READS:
        headers["X-Provenance"] = provenance
    if entry.method == "PATCH":
        headers["Content-Type"] = patching.MEDIA_TYPE
    return headers


def _body(entry: Entry) -> bytes:
    if entry.method == "PATCH":
        return bundle.patch(entry)
    return codec.dumps(entry.resource) if entry.resource else b""


def _hanging(entries: dict[int, Entry]) -> dict[int, HeartseaseError]:
    """The entries that would hang on others of the batch (R4 §3.1.0.11.1), each with its refusal."""
    written = Counter(address for entry in entries.values() if (address := bundle_links.address(entry)))
    made = [entry for entry in entries.values() if entry.method == "POST" or bundle_links.condition_of(entry)]
    links = Links({entry.place: f"{entry.type_name}/new" for entry in made})
    links.learn(made)
    refusals: dict[int, HeartseaseError] = {}
    for at, entry in entries.items():
        if written[bundle_links.address(entry)] > 1:
            message = "Another entry writes the same; the entries of a batch do not know of each other"
            issue = Issue("duplicate", message, f"{entry.place}.request")
            refusals[at] = Invalid(message, issues=[issue])
        elif links.leads_on(entry):
            message = (
                "This refers to another entry, or by a condition, which only a transaction can; send a transaction"
            )
            refusals[at] = Invalid(message, expression=entry.blamed)
    return refusals
