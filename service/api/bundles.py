"""Bundles over HTTP: a transaction."""

from service.api import requests, responses
from service.api.server import Answer, Call
from service.store import bundle


async def transaction(call: Call) -> Answer:
    limit = call.server.settings.body_limit_bytes
    entries = await call.server.in_thread(bundle.entries, await requests.resource(call.request, limit=limit))
    for entry in entries:
        call.by.require(bundle.LETTERS[entry.method], entry.type_name)
    saved = await call.write(lambda changes: bundle.run(changes, entries))
    return responses.transaction(saved, base=call.base, prefer=requests.preference(call.request, "return"))
