"""Every route of the application has a row that says who is answered there, and is asked so for each outcome.

A route without a row fails the suite, and so does a row without a route. Whatever is answered, the fixture of the
folder sees to it that nothing of somebody hidden is in it, and nothing that tells where somebody restricted is.
"""

import re
from collections.abc import Iterator
from typing import Any

import pytest

from service.api.server import Endpoint
from tests.security.conftest import HIDDEN, World
from tests.security.people import ANNA, HEDWIG, VIOLA, Person
from tests.security.route_classes import ROLES, Row, asked, rows
from tests.systems import System

ROWS = tuple(rows())
SCOPE = "system/*.cruds"
PEOPLE = {"whole": ANNA, "part": VIOLA, "hidden": HEDWIG}
OPEN = frozenset(ROLES) | {"-"}


@pytest.fixture(scope="module")
def systems(world: World) -> dict[str, System]:
    """A system of each role, of the practice that looks after Anna."""
    return {letter: _connected(world, role) for letter, role in ROLES.items()}


def _connected(world: World, role: str) -> System:
    if role == "system":
        return world.connect("system", hidden=(), scope=SCOPE)
    mine = {"patient": ANNA.number} if role == "patient" else {"purpose": "TREAT"}
    return world.connect(role, hidden=HIDDEN, organisation="Y99001", scope=SCOPE, user="dr-1", role=role, **mine)


def routed(world: World) -> Iterator[tuple[str, str]]:
    """Each method with the template of each route, without its converters; the routes that are tried first are ones
    that stand again below."""
    for route in world.http.app.router.routes:  # type: ignore[attr-defined]  # the witness passes it on
        url = re.sub(
            r"{(\w+)(?::(\w+))?}",
            lambda found: "{definition}" if found[2] == "definition" else f"{{{found[1]}}}",
            route.path,
        )
        endpoint = route.endpoint
        methods = endpoint._handlers if isinstance(endpoint, Endpoint) else route.methods or {"GET"}
        for method in set(methods) - {"HEAD"} or {"GET"}:
            yield method, url


def test_every_route_has_a_row_and_every_row_a_route(world: World) -> None:
    assert {(row.method, row.url) for row in ROWS} == set(routed(world))


def sent(world: World, system: System | None, row: Row, who: Person) -> Any:
    made = asked(row.method, row.url, who)
    headers = dict(made.headers) | ({"Authorization": f"Bearer {system.token}"} if system else {})
    return world.http.request(made.method, made.url, content=made.body or None, headers=headers)


@pytest.mark.parametrize("row", ROWS, ids=str)
def test_a_route_answers_about_each_as_its_row_says(world: World, systems: dict[str, System], row: Row) -> None:
    for who, status in zip(PEOPLE.values(), row.statuses, strict=True):
        answer = sent(world, systems["g"], row, who)
        assert answer.status_code == status, (who.id, answer.text)


@pytest.mark.parametrize("row", ROWS, ids=str)
def test_a_route_answers_the_roles_that_its_row_names(world: World, systems: dict[str, System], row: Row) -> None:
    answered = {letter: sent(world, system, row, ANNA).status_code for letter, system in systems.items()}
    assert {letter for letter, status in answered.items() if status not in (401, 403)} == set(row.roles) & set(ROLES)


@pytest.mark.parametrize("row", ROWS, ids=str)
def test_a_route_asks_for_a_token_unless_its_row_says_that_it_is_open(world: World, row: Row) -> None:
    answer = sent(world, None, row, ANNA)
    assert (answer.status_code == 401) != ("-" in row.roles), answer.text
