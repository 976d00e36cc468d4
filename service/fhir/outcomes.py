"""Findings as an OperationOutcome."""

from collections.abc import Sequence
from typing import Final

from service.errors import Issue
from service.fhir.resource_type import Body
from service.register import codes, deletions

DETAILS: Final = f"{codes.BASE}/CodeSystem/outcome-details"
"""The system of `details.coding`; its codes stand in `fhir_profiles/code_systems/outcome-details.json`."""
LARGEST = 100
"""No more findings than this in one answer: a hostile body can have any number."""


def operation_outcome(issues: Sequence[Issue]) -> Body:
    """An OperationOutcome with every issue; with none, one that says that all went well."""
    found = issues or [Issue("informational", "All is well", severity="information", detail="all-is-well")]
    return {"resourceType": "OperationOutcome", "issue": [issue(each) for each in found[:LARGEST]]}


def fault(request_id: str) -> Body:
    """The OperationOutcome of a fault of ours: the request id, and nothing more."""
    found = Issue("exception", "Something went wrong on our side. Tell us the request id", detail="fault")
    told = issue(found) | {"diagnostics": f"Request id {request_id}"}
    return {"resourceType": "OperationOutcome", "issue": [told]}


def deleted_because(reason: str) -> Body:
    """The issue that says why something was deleted. `reason` is a key of `deletions.REASONS`."""
    coding = {"system": deletions.SYSTEM, "code": reason, "display": deletions.REASONS[reason]}
    return {"severity": "information", "code": "informational", "details": {"coding": [coding]}}


def issue(found: Issue) -> Body:
    where = {"expression": [found.expression]} if found.expression else {}
    coding = [{"system": DETAILS, "code": found.detail or found.code}]
    details = {"coding": coding, "text": found.message}
    return {"severity": found.severity, "code": found.code, "details": details, **where}
