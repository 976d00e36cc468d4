"""Conditional creates: what is here already of what would be made. Most ask for one identifier: asked all at once."""

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import parse_qsl

from service import db
from service.errors import HeartseaseError, Unreadable, VersionConflict
from service.fhir.resource_type import Body
from service.store import judging, search, search_sql
from service.store.search import Query
from service.store.search_sql import Match
from service.store.write import Saved, Writing

_AT_ONCE = 50


@dataclass(frozen=True, slots=True)
class Condition:
    """An If-None-Exist: a search such as `identifier=system|value`, and the element in which it stands."""

    type_name: str
    text: str
    expression: str = ""

    @property
    def name(self) -> str:
        """What two creates under the same condition must not hold at once."""
        return f"{self.type_name}?{self.text}"


def existing(changes: Writing, conditions: Sequence[Condition]) -> dict[Condition, Saved]:
    """What each condition finds, held against others until the end of the transaction.

    Raises Unreadable, and VersionConflict (412) where one finds several, naming the element.
    """
    db.lock(changes.session, [condition.name for condition in conditions])
    queries = {condition: _query(changes, condition) for condition in conditions}
    simple = [condition for condition in conditions if _asks_for_an_identifier(queries[condition])]
    found: dict[Condition, list[Match]] = {condition: [] for condition in conditions}
    for start in range(0, len(simple), _AT_ONCE):
        some = simple[start : start + _AT_ONCE]
        statement, parameters = search_sql.by_identifiers([queries[one] for one in some], changes.by)
        for place, *row in changes.session.execute(statement, parameters):
            found[some[place]].append(Match(*row))
    for condition in set(conditions) - set(simple):
        statement, parameters = search_sql.statement(queries[condition], changes.by)
        found[condition] += [Match(*row) for row in changes.session.execute(statement, {**parameters, "limit": 2})]
    return {condition: _the_one(condition, rows) for condition, rows in found.items() if rows}


def create(changes: Writing, resource: Body, condition: str) -> Saved:
    """A create on its own. With a condition: what is here already, or else the new resource."""
    if not condition:
        return changes.create(resource)
    asked = Condition(resource["resourceType"], condition)
    found = existing(changes, [asked]).get(asked)
    return changes.found(found, resource) if found else changes.create(resource)


def _query(changes: Writing, condition: Condition) -> Query:
    changes.by.require("s", condition.type_name)
    try:
        query = search.parsed(judging.held(condition.type_name), parse_qsl(condition.text.lstrip("?")))
    except HeartseaseError as error:
        raise type(error)(error.message, expression=condition.expression) from error
    if not query.criteria:
        message = "If-None-Exist takes a search such as identifier=system|value"
        raise Unreadable(message, expression=condition.expression)
    return query


def _asks_for_an_identifier(query: Query) -> bool:
    first = query.criteria[0]
    return len(query.criteria) == 1 and first.param == "identifier" and search.shape([first]) == (("token",),)


def _the_one(condition: Condition, matches: list[Match]) -> Saved:
    if len({match.pk for match in matches}) > 1:
        message = "The condition matches several resources; make it more exact"
        raise VersionConflict(message, expression=condition.expression)
    one = matches[0]
    return Saved(one.pk, one.resource_type, one.id, one.version, one.last_updated, one.person_pk, one.body, "none")
