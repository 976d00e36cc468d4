"""Conditional interactions: a search says which resource is meant, and everything hangs on how many it finds.

Create and update as FHIR R4 §3.1.0.8 and §3.1.0.10 say, delete and patch of a single match only. Conditions are held
against others until the end of the transaction: of two creates or updates under one condition at once, the second finds
what the first made. Most conditions ask for one identifier: those of a Bundle are asked all at once.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from urllib.parse import parse_qsl, urlencode

from service import db
from service.errors import Conflict, HeartseaseError, NotFound, Unreadable, VersionConflict
from service.fhir.patching import Patch
from service.fhir.resource_type import Body
from service.store import judging, search, search_criteria, search_sql
from service.store.saved import Saved
from service.store.search import Query
from service.store.search_sql import Match
from service.store.write import Writing

_AT_ONCE = 50
_MOST_FIELDS = 20


@dataclass(frozen=True, slots=True)
class Condition:
    """A search such as `identifier=system|value`, and the element in which it stands.

    A reference by condition is not held: it only reads, and many at once lead to the same practitioner.
    """

    type_name: str
    text: str
    expression: str = ""
    is_held: bool = True

    @property
    def name(self) -> str:
        """What two writes under the same condition, however it is spelt, must not hold at once."""
        return f"{self.type_name}?{urlencode(sorted(self.fields))}"

    @property
    def fields(self) -> list[tuple[str, str]]:
        """The names and values of the search. Raises Unreadable."""
        try:
            text = self.text.lstrip("?")
            return parse_qsl(text, keep_blank_values=True, errors="strict", max_num_fields=_MOST_FIELDS)
        except ValueError as error:
            message = f"A condition is a search such as identifier=system|value, of at most {_MOST_FIELDS} fields"
            raise Unreadable(message, expression=self.expression) from error


def existing(changes: Writing, conditions: Sequence[Condition]) -> dict[Condition, Saved]:
    """What each condition finds, held against others until the end of the transaction.

    Raises Unreadable, and VersionConflict (412) where one finds several, naming the element.
    """
    db.lock(changes.session, [condition.name for condition in conditions if condition.is_held])
    queries = {condition: _query(changes, condition) for condition in conditions}
    simple = [condition for condition in conditions if _asks_for_an_identifier(queries[condition])]
    found: dict[Condition, list[Match]] = {condition: [] for condition in conditions}
    for start in range(0, len(simple), _AT_ONCE):
        some = simple[start : start + _AT_ONCE]
        statement, parameters = search_sql.by_identifiers([queries[one] for one in some], changes.by)
        for place, *row in changes.session.execute(statement, parameters):
            found[some[place]] += search_sql.found([row], by=changes.by)
    for condition in set(conditions) - set(simple):
        statement, parameters = search_sql.statement(queries[condition], changes.by)
        rows = changes.session.execute(statement, {**parameters, "limit": 2})
        found[condition] += search_sql.found(rows, by=changes.by)
    return {condition: _the_one(condition, rows) for condition, rows in found.items() if rows}


def create(changes: Writing, resource: Body, condition: str) -> Saved:
    """A create on its own. With a condition: what is here already, or else the new resource."""
    if not condition:
        return changes.create(resource)
    found = _found(changes, Condition(resource["resourceType"], condition))
    return changes.found(found, resource) if found else changes.create(resource)


def update(changes: Writing, resource: Body, query_text: str, *, if_match: Collection[int] | None = None) -> Saved:
    """Replaces the one match with a judged resource; with no match, creates it, under the id that it brings if any.

    Raises VersionConflict (412) for several matches, Unreadable (400) for another id than the match's, Conflict (409)
    for a match of another person and for an id that is taken by what does not match.
    """
    found = _found(changes, Condition(resource["resourceType"], query_text))
    return put(changes, resource, found, if_match=if_match)


def put(
    changes: Writing,
    resource: Body,
    found: Saved | None,
    *,
    new_id: str = "",
    if_match: Collection[int] | None = None,
    place: str = "",
) -> Saved:
    """A conditional update once its condition was asked, by `existing`: `found` is the match, if any.

    `new_id` is the id of what is made, where the resource brings none.
    """
    type_name, given_id = resource["resourceType"], resource.get("id")
    if found is None:
        if if_match is not None:
            raise VersionConflict(f"If-Match names a version, but the condition matches no {type_name}")
        return _made(changes, resource, new_id, place)
    if given_id not in (None, found.id):
        message = f"The condition matches a {type_name} of another id; leave the id out, or send that of the match"
        raise Unreadable(message, expression=f"{type_name}.id")
    changes.refuse_another_person(found, resource)
    wanted = [found.version] if if_match is None else if_match
    # The match was found without holding it: whoever changed it since then has won.
    return changes.update({**resource, "id": found.id}, if_match=wanted, place=place)


def delete(
    changes: Writing, type_name: str, query_text: str, *, if_match: Collection[int] | None = None
) -> Saved | None:
    """Deletes the one match; with no match there is nothing to do, and the answer is None.

    Raises VersionConflict (412) for several: nothing is deleted by a condition that is too wide.
    """
    changes.by.require("d", type_name)
    found = _found(changes, Condition(type_name, query_text))
    return take_out(changes, found, if_match=if_match)


def take_out(changes: Writing, found: Saved | None, *, if_match: Collection[int] | None = None) -> Saved | None:
    """A conditional delete once its condition was asked, by `existing`."""
    if found is None:
        return None
    return changes.delete(found.resource_type, found.id, if_match=[found.version] if if_match is None else if_match)


def patch(
    changes: Writing, type_name: str, query_text: str, patch: Patch, *, if_match: Collection[int] | None = None
) -> Saved:
    """Patches the one match. Raises NotFound for none, VersionConflict (412) for several."""
    changes.by.require("u", type_name)
    found = _found(changes, Condition(type_name, query_text))
    if found is None:
        raise NotFound(f"The condition matches no {type_name} that you may see")
    return changes.patch(type_name, found.id, patch, if_match=if_match)


def _found(changes: Writing, condition: Condition) -> Saved | None:
    return existing(changes, [condition]).get(condition)


def _made(changes: Writing, resource: Body, new_id: str, place: str) -> Saved:
    if "id" not in resource:
        return changes.create(resource, resource_id=new_id, place=place)
    try:
        return changes.update(resource, if_none_here=True, place=place)
    except VersionConflict as error:
        message = "The condition matches nothing, but this id is taken; leave the id out, or mend the condition"
        raise Conflict(message, expression=f"{resource['resourceType']}.id") from error


def _query(changes: Writing, condition: Condition) -> Query:
    changes.by.require("s", condition.type_name)
    try:
        query = search.parsed(judging.held(condition.type_name), condition.fields, base=changes.base)
    except HeartseaseError as error:
        raise type(error)(error.message, expression=condition.expression) from error
    if len(query.criteria) != len(condition.fields) or not query.criteria:
        message = "A condition takes search criteria such as identifier=system|value, at least one, and nothing else"
        raise Unreadable(message, expression=condition.expression)
    return query


def _asks_for_an_identifier(query: Query) -> bool:
    first = query.criteria[0]
    return len(query.criteria) == 1 and first.param == "identifier" and search_criteria.shape([first]) == (("token",),)


def _the_one(condition: Condition, matches: list[Match]) -> Saved:
    if len({match.pk for match in matches}) > 1:
        message = "The condition matches several resources; make it more exact"
        raise VersionConflict(message, expression=condition.expression)
    one = matches[0]
    return Saved(one.pk, one.resource_type, one.id, one.version, one.last_updated, one.person_pk, one.body, "none")
