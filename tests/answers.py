"""What stands in an answer, as tests look at it: the entries of a Bundle by reference, and the pages that follow it."""

from collections.abc import Iterator
from typing import Any

from tests.systems import System

BASE = "http://127.0.0.1:8000/fhir/R4"


def entries(answer: Any) -> list[dict[str, Any]]:
    assert answer.status_code == 200, answer.text
    return answer.json().get("entry", [])


def ids(answer: Any) -> list[str]:
    return [entry["resource"]["id"] for entry in entries(answer)]


def listed(answer: Any, mode: str) -> list[str]:
    """The references of a search's entries of one mode (match, include or outcome), in their order."""
    return [
        entry["resource"]["resourceType"] + "/" + entry["resource"].get("id", "")
        for entry in entries(answer)
        if entry["search"]["mode"] == mode
    ]


def found(answer: Any) -> list[str]:
    """The matches in the order of their names, without the Provenance that comes with every write."""
    return sorted(reference for reference in listed(answer, "match") if not reference.startswith("Provenance/"))


def link(answer: Any, relation: str) -> str:
    """The path of a link below the base URL; empty where there is none."""
    urls = {one["relation"]: one["url"] for one in answer.json()["link"]}
    return urls.get(relation, "").removeprefix(BASE).removeprefix("/")


def pages(system: System, first: Any) -> Iterator[Any]:
    """A page, and those that follow it by their next links."""
    yield first
    page = first
    while following := link(page, "next"):
        page = system.get(following)
        yield page
