"""What a resource type is. Each type is one file in `resource_types/`; interactions, search, scopes follow from it."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Table

from service import catalogue
from service.errors import Issue

Body = dict[str, Any]
"""A resource as parsed JSON, decimals and order kept (`codec.loads`)."""

RegisterRow = tuple[Table, dict[str, Any]]
"""A row of a register table, without `resource_pk` and `person_pk`: the store knows these."""

SELF: Final = "(itself)"
"""The `person` of Patient, which belongs to itself."""


def no_issues(resource: Body) -> Iterable[Issue]:
    return ()


def no_rows(resource: Body, at: datetime) -> Iterable[RegisterRow]:
    return ()


def no_dates(resource: Body) -> Iterable[str]:
    return ()


def never(resource: Body) -> bool:
    return False


def no_profiles(resource: Body) -> Iterable[str]:
    return ()


def as_it_is(resource: Body) -> Body:
    return resource


@dataclass(frozen=True, slots=True)
class InPart:
    """What of a resource is told to who may not learn where the person is (`redaction`).

    elements       those that alone are told at all; every one where none is named
    words          the elements of text that are clinical, as dotted names, and so are told; of a CodeableConcept its
                   text. Of all others only codes, dates, numbers and references within the record are told
    without_place  the resource without what it says of places in elements that are told otherwise
    """

    elements: frozenset[str] = frozenset()
    words: frozenset[str] = frozenset()
    without_place: Callable[[Body], Body] = as_it_is


@dataclass(frozen=True, slots=True)
class ResourceType:
    """One resource type.

    name              FHIR's, such as "EpisodeOfCare"
    person            the element that refers to the Patient; SELF for Patient; empty for organisations and
                      practitioners; the `target` of a Provenance is a list, of which any may belong to the person
    profiles          the canonical URLs of the profiles that this resource must keep, whether or not it claims them
    rules             the register's own rules on one resource alone, each broken one as an Issue with its expression:
                      what no profile can say
    register_rows     the rows of the register tables that this resource stands for, as written `at` an instant
    dated             the elements, as dotted names, whose dates have come already: none may lie in the future
    in_every_summary  whether every summary looks for it: a token needs its scope before anything is read. For another
                      type that has lines a token needs the scope only where there is such a line
    is_replaced       whether a Patient says that another one stands in its place: nobody is derived from it
    is_withheld       whether nothing of it may leave of somebody whose whereabouts are restricted
    in_part           what else of it may
    """

    name: str
    person: str = ""
    rules: Callable[[Body], Iterable[Issue]] = no_issues
    register_rows: Callable[[Body, datetime], Iterable[RegisterRow]] = no_rows
    dated: Callable[[Body], Iterable[str]] = no_dates
    in_every_summary: bool = False
    is_replaced: Callable[[Body], bool] = never
    is_withheld: bool = False
    in_part: InPart = InPart()
    profiles: Callable[[Body], Iterable[str]] = no_profiles


def all_types() -> dict[str, ResourceType]:
    """Every resource type that the register holds, by name."""
    return {found.name: found for found in catalogue.collect("service.fhir.resource_types", ResourceType)}
