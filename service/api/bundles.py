"""Bundles over HTTP, sent to the base URL: a transaction, all or nothing, or a batch, each entry on its own."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlmodel import Session

from service import audit, read_door
from service.api import batches, bundle_answers, bundle_entries, requests, responses
from service.api.answer import Answer, events
from service.api.server import Call
from service.errors import HeartseaseError, Unreadable
from service.read_door import SessionDoor
from service.store import bundle, transaction, transaction_plan
from service.store.bundle import Entry
from service.store.saved import Saved
from service.store.transaction import Outcome
from service.store.transaction_plan import Plan
from service.store.write import Writing


async def answered(call: Call) -> Answer:
    if requests.asked(call.request):
        raise Unreadable("A Bundle is sent to the base URL, which takes _format and _pretty")
    requests.refuse_headers(call.request, "If-Match", "If-None-Match", "If-None-Exist")
    sent = await requests.resource(call.request, limit=call.server.settings.body_limit_bytes)
    if bundle.kind(sent) == "batch":
        return await batches.answered(call, bundle.listed(sent))
    plan = await call.server.in_thread(transaction_plan.understood, sent, base=call.base)
    transaction_plan.check_scopes(plan, call.by)
    return await _carried_out(call, plan)


async def _carried_out(call: Call, plan: Plan) -> Answer:
    """Writes, then reads what the transaction has made of the register: all before it is committed."""

    def then(changes: Writing, outcome: Outcome) -> dict[str, Answer]:
        saved = {place: changes.advised(one, plan.warnings.get(place, ())) for place, one in outcome.saved.items()}
        return {**_written(call, saved), **_read(call, changes.session, outcome.reads)}

    answers = await call.write_then(lambda changes: transaction.run(changes, plan), then)
    prefer = requests.preference(call.request, "return")
    told = [bundle_answers.entry(answers[entry.place], entry.method, prefer) for entry in plan.entries]
    return Answer(200, bundle_answers.bundle("transaction-response", told), audited=True)


def _written(call: Call, saved: Mapping[str, Saved | None]) -> dict[str, Answer]:
    prefer = bundle_answers.returned(requests.preference(call.request, "return"))
    return {
        place: responses.saved(one, base=call.base, prefer=prefer) if one else Answer(204, audited=True)
        for place, one in saved.items()
    }


def _read(call: Call, session: Session, reads: Sequence[Entry]) -> dict[str, Answer]:
    """The reads, each audited with the transaction. Raises the first refusal, which fails the whole."""
    headers = {"Prefer": bundle_entries.preferences({"handling": requests.preference(call.request, "handling")})}
    found: dict[str, Answer] = {}
    for entry in reads:
        try:
            batches.refuse_too_large(found.values())
            one = bundle_entries.dispatched(call, entry, headers=headers)
            found[entry.place] = bundle_entries.read(call, one, session)
        except HeartseaseError as error:
            raise error.under(f"{entry.place}.request") from error
    audit.record(session, *read_door.at_once(_events(call, session, found.values())))
    return found


async def _events(call: Call, session: Session, answers: Iterable[Answer]) -> list[dict[str, Any]]:
    door = SessionDoor(session)
    return [row for one in answers for row in await events(one, door, call.by, call.request_id)]
