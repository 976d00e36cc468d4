"""Which items a resource records, where what it says is odd; which elements record which is the profiles' to test."""

from datetime import UTC, datetime
from typing import Any

from service.store import judging, recorded_items
from tests import builders

ABSENT = "http://hl7.org/fhir/StructureDefinition/data-absent-reason"


def states(resource: dict[str, Any]) -> dict[int, str]:
    type_ = judging.TYPES[resource["resourceType"]]
    rows = list(type_.register_rows(resource, datetime(2026, 3, 2, tzinfo=UTC)))
    return dict(recorded_items.states(type_, resource, rows))


def absent(code: str) -> dict[str, Any]:
    return {"extension": [{"url": ABSENT, "valueCode": code}]}


def test_a_thousand_reasons_for_having_no_value_are_read_as_the_few_that_we_know() -> None:
    """Each of ours costs a look at the whole resource; what was sent as a code may be anything."""
    address = [absent("asked-declined"), *(absent(f"reason-{number}") for number in range(3000))]
    patient = {**builders.patient(), "address": address}
    assert states(patient)[12] == "unknown"
    assert states({**patient, "address": address[:1]})[12] == "declined"
