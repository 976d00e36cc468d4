"""Searching over HTTP: of a type, of several at the base, of a patient's record (its compartment).

By GET, and by POST so that no log or proxy sees what is asked. Pages follow each other by sealed links, which work
under the rights of whoever opens them.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import chain
from types import MappingProxyType
from typing import Final
from urllib.parse import urlencode

from service import incoming
from service.api import paging, requests, responses
from service.api.answer import Answer, People, people
from service.api.paging import Place
from service.api.server import Call
from service.errors import NotFound, Unreadable
from service.fhir import definitions, subsets
from service.fhir.resource_type import ResourceType
from service.fhir.subsets import Subset
from service.register import nhs_number
from service.store import including, judging, search, search_sql
from service.store.including import Included
from service.store.search import Query
from service.store.search_criteria import Pairs
from service.store.search_sql import Match

EVERY: Final = "*"
COMPARTMENT: Final = "Patient"
"""The one compartment that is searched; R4 defines others, which would tell of many people at once."""
IN_COMPARTMENT: Final = tuple(name for name in judging.TYPES if "patient" in definitions.search_parameters(name))
"""The types held of R4's patient compartment: what belongs to a patient here says so as `patient`."""

MOST_COUNTED: Final = 100
"""Of up to so many matches a number tells of each: a search has no more values, by which to add others to one."""

_ALL_TYPES: Final = ("_type", ",".join(IN_COMPARTMENT))
_WHOSE: Final = ("patient", "subject", "patient:Patient", "subject:Patient")


@dataclass(frozen=True, slots=True)
class Where:
    """What a URL searches: its path below the base, the type unless there are several, and whose record, if one's."""

    path: str
    type_: ResourceType | None = None
    patient_id: str = ""


async def of_type(call: Call) -> Answer:
    type_ = judging.held(call.path("type"))
    return await _answered(call, Where(type_.name, type_))


async def at_base(call: Call) -> Answer:
    return await _answered(call, Where(""))


async def in_compartment(call: Call) -> Answer:
    """`Patient/{id}/{type}`, or `*` for every type. A patient who is hidden or absent has an empty one."""
    compartment, patient_id, type_name = call.path("compartment"), call.path("id"), call.path("type")
    if compartment != COMPARTMENT:
        raise NotFound.not_supported("There is one compartment here, that of a Patient, as in Patient/{id}/Observation")
    if not incoming.SAFE_ID.fullmatch(patient_id):
        raise NotFound("There is no such Patient: an id is up to 64 letters, digits, dots and dashes")
    type_ = None if type_name == EVERY else judging.held(type_name)
    if type_ and type_name not in IN_COMPARTMENT:
        raise NotFound.not_supported(
            f"{type_name} is in no patient's compartment; there are {', '.join(IN_COMPARTMENT)}"
        )
    return await _answered(call, Where(f"{compartment}/{patient_id}/{type_name}", type_, patient_id))


async def _answered(call: Call, where: Where) -> Answer:
    place = paging.place(call, where.path, await requests.searched(call.request))
    query = _understood(call, where, place)
    subset = _subset(query)
    page, has_more = await _page(call, query)
    included = await _included(call, query, page)
    total = await _total(call, query, page, has_more)
    return Answer(
        200,
        responses.search_set(
            page,
            base=call.base,
            links=_links(call, place, query, page if has_more else ()),
            included=included.resources,
            total=total,
            warnings=[*query.warnings, *included.warnings],
            subset=subset,
        ),
        action="search",
        resource_type=where.type_.name if where.type_ else "",
        people=await _told(call, where, query, (*page, *included.resources), is_counted=len(page) < (total or 0)),
        query=_asked(where, query),
    )


def _understood(call: Call, where: Where, place: Place) -> Query:
    """Raises Unreadable, and Forbidden for what the token may not include; the search itself asks for its scopes."""
    implied = _implied(where, place.asked)
    after = tuple(place.after or ())
    is_lenient = requests.is_lenient(call.request)
    query = search.parsed(where.type_, [*implied, *place.asked], after=after, is_lenient=is_lenient, base=call.base)
    including.check(query.types, query.includes, query.revincludes, by=call.by)
    if not implied:
        return query
    return replace(
        query,
        asked=tuple(pair for pair in query.asked if pair not in implied),
        is_everywhere=query.is_everywhere or implied[:1] == [_ALL_TYPES],
    )


def _implied(where: Where, asked: Pairs) -> Pairs:
    """What the URL of a compartment asks for: whose, and of which types where neither it nor `_type` names them."""
    if not where.patient_id:
        return []
    whose = ("patient", f"{COMPARTMENT}/{where.patient_id}")
    named = [value.split(",") for name, value in asked if name == "_type"]
    if not where.type_ and not named:
        return [_ALL_TYPES, whose]
    if not set(chain(*named)) <= set(IN_COMPARTMENT):
        raise Unreadable.not_supported(
            f"_type names what is in no patient's compartment; there are {', '.join(IN_COMPARTMENT)}"
        )
    return [whose]


def _subset(query: Query) -> Subset:
    """The part of each resource that is asked for. Raises Unreadable for what cannot be asked for together."""
    includes = query.includes or query.revincludes
    if includes and query.summary in ("text", "count"):
        raise Unreadable(
            f"_summary={query.summary} brings nothing beside the matches: ask without _include (R4 §3.1.1.6)"
        )
    if _is_count(query):
        if query.elements:
            raise Unreadable("A count has no elements: ask for _summary=count or for _elements")
        return subsets.WHOLE
    return subsets.asked(query.summary, query.elements, query.types, including.types(query.includes, query.revincludes))


def _is_count(query: Query) -> bool:
    """Whether the number is wanted and no resource."""
    return query.summary == "count"


async def _page(call: Call, query: Query) -> tuple[list[Match], bool]:
    """The matches of the page, and whether more follow."""
    if _is_count(query):
        return [], False
    found = await _matches(call, query)
    return found[: query.count], len(found) > query.count


async def _included(call: Call, query: Query, page: Sequence[Match]) -> Included:
    if not page or not (query.includes or query.revincludes):
        return Included()
    return await including.beside(call.server.door, page, query.includes, query.revincludes, by=call.by)


async def _total(call: Call, query: Query, page: Sequence[Match], has_more: bool) -> int | None:
    """The number of all matches: counted where that is asked for, told for nothing where the first page is all."""
    if not (_is_count(query) or query.after or has_more):
        return len(page)
    if not _is_count(query) and query.total != "accurate":
        return None
    statement, parameters = search_sql.count_statement(query, call.by)
    return int((await call.server.door.rows(statement, parameters))[0][0])


async def _told(call: Call, where: Where, query: Query, told: Sequence[Match], *, is_counted: bool) -> People:
    """Whose record the answer tells of: by a resource of it, by a number, or by saying that there is nothing."""
    found = people(told)
    if is_counted:
        counted = await _matches(call, replace(query, after=(), sort=(), summary="", count=MOST_COUNTED))
        found = {**found, **_by_number(counted if len(counted) <= MOST_COUNTED else (), beside=found)}
    return found or _by_number(await _named(call, where, query))


def _by_number(told: Sequence[Match], beside: People = MappingProxyType({})) -> People:
    """Of whom something is told beside the people whose resources are, and no resource of theirs."""
    return {person_pk: "" for person_pk in people(told) if person_pk and person_pk not in beside}


async def _named(call: Call, where: Where, query: Query) -> list[Match]:
    """The Patients of whom it is asked, as far as the searcher may see them."""
    asked = [value.rpartition("/")[2] for name, text in query.asked if name in _WHOSE for value in text.split(",")]
    ids = [value for value in (*asked, where.patient_id) if incoming.SAFE_ID.fullmatch(value)]
    if not ids or not call.by.may("s", COMPARTMENT):
        return []
    return await _matches(call, search.parsed(judging.TYPES[COMPARTMENT], [("_id", ",".join(ids))]))


async def _matches(call: Call, query: Query) -> list[Match]:
    """Those of a page, and one more where there are more."""
    statement, parameters = search_sql.statement(query, call.by)
    return search_sql.found(await call.server.door.rows(statement, parameters), by=call.by)


def _links(call: Call, place: Place, query: Query, ends: Sequence[Match]) -> dict[str, str]:
    """Sealed where the search came in a body or names a person, since URLs end up in logs. `ends`: the page before."""
    is_secret = call.request.method == "POST" or any(nhs_number.is_named_in(value) for _, value in query.asked)
    next_after = search_sql.place(ends[-1]) if ends else ()
    return paging.links(call, replace(place, asked=query.asked), next_after=next_after, is_secret=is_secret)


def _asked(where: Where, query: Query) -> str:
    """What the audit says was asked; whose record it was, where the URL says so."""
    asked = urlencode(query.asked)
    return f"{where.path}?{asked}" if where.patient_id else asked
