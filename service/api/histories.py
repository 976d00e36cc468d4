"""History over HTTP: the versions of a resource, of a type, or of all that the caller may read."""

from collections.abc import Collection, Sequence
from typing import Final
from urllib.parse import urlencode

from service.api import operation, paging, requests, responses
from service.api.answer import Answer, People, by_person
from service.api.operation import Parameter
from service.api.paging import Place
from service.api.server import Call
from service.errors import Forbidden, Issue
from service.fhir import subsets
from service.store import history, judging
from service.store.history import Asked, Page, Version

TAKEN: Final = (
    Parameter("_count", "integer", "How many versions a page has at most"),
    Parameter("_since", "instant", "Only versions written at this instant or later"),
    Parameter("_at", "dateTime", "Only versions that stood at some moment of this time"),
    Parameter("_summary", "code", "Which part of each version: true, text, data or false"),
    Parameter("_elements", "string", "The elements of each version, between commas"),
    Parameter(paging.CURSOR, "string", "The place of a page, as a `next` link gives it"),
)


async def of_resource(call: Call) -> Answer:
    type_name, resource_id = call.named()
    place, asked, warnings = _asked(call, f"{type_name}/{resource_id}/_history")
    page = await history.of_resource(call.server.door, type_name, resource_id, asked, by=call.by)
    return _answer(call, place, page, warnings, type_name=type_name, resource_id=resource_id)


async def of_type(call: Call) -> Answer:
    type_name = judging.held(call.path("type")).name
    call.by.require("r", type_name)
    place, asked, warnings = _asked(call, f"{type_name}/_history")
    page = await history.of_types(call.server.door, [type_name], asked, by=call.by)
    return _answer(call, place, page, warnings, type_name=type_name)


async def of_system(call: Call) -> Answer:
    """Of every type that the token may read."""
    type_names = [name for name in judging.TYPES if call.by.may("r", name)]
    if not type_names:
        raise Forbidden("This token may read no type: ask for a scope such as system/Patient.r")
    place, asked, warnings = _asked(call, "_history")
    page = await history.of_types(call.server.door, type_names, asked, by=call.by)
    return _answer(call, place, page, warnings)


def _asked(call: Call, path: str) -> tuple[Place, Asked, Sequence[Issue]]:
    """Raises Unreadable naming what a history does not take; a lenient client is warned instead."""
    given, warnings = operation.understood(call, list(requests.query(call.request)), TAKEN)
    place = paging.place(call, path, operation.as_texts(given))
    since = paging.interval(place.asked, "_since")
    at = paging.interval(place.asked, "_at")
    asked = Asked(paging.count(place.asked), since[0] if since else None, at, place.after)
    return place, asked, warnings


def _answer(
    call: Call,
    place: Place,
    page: Page,
    warnings: Sequence[Issue],
    *,
    type_name: str = "",
    resource_id: str = "",
) -> Answer:
    links = paging.links(call, place, next_after=page.next)
    versions = _parts(page.versions, place, [type_name] if type_name else judging.TYPES)
    return Answer(
        200,
        responses.history(versions, base=call.base, links=links, total=page.total, warnings=warnings),
        action="history",
        resource_type=type_name,
        resource_id=resource_id,
        people=_people(page),
        query=urlencode(place.asked),
    )


def _people(page: Page) -> People:
    told = by_person((one.person_pk, f"{one.resource_type}/{one.id}/_history/{one.version}") for one in page.versions)
    return told or {page.person_pk: ""}


def _parts(versions: Sequence[Version], place: Place, types: Collection[str]) -> Sequence[Version]:
    """The part of each version that is asked for. Raises Unreadable."""
    asked = dict(place.asked)
    subset = subsets.asked(asked.get("_summary", ""), [asked.get("_elements", "")], types)
    if subset.is_whole:
        return versions
    return [
        one if one.deleted else one._replace(body=subsets.of(one.body, one.resource_type, subset)) for one in versions
    ]
