"""Findings as an OperationOutcome."""

from collections.abc import Sequence
from typing import Final

from service.errors import Issue
from service.fhir.resource_type import Body
from service.register import codes

DETAILS: Final = f"{codes.BASE}/CodeSystem/outcome-details"
"""The system of `details.coding`; its codes stand in `fhir_profiles/code_systems/outcome-details.json`."""
LARGEST = 100
"""No more findings than this in one answer: a hostile body can have any number."""


def operation_outcome(issues: Sequence[Issue]) -> Body:
    """An OperationOutcome with every issue; with none, one that says that all went well."""
    found = issues or [Issue("informational", "All is well", severity="information", detail="all-is-well")]
    return {"resourceType": "OperationOutcome", "issue": [_issue(issue) for issue in found[:LARGEST]]}


def fault(request_id: str) -> Body:
    """The OperationOutcome of a fault of ours: the request id, and nothing more."""
    issue = Issue("exception", "Something went wrong on our side. Tell us the request id", detail="fault")
    told = _issue(issue) | {"diagnostics": f"Request id {request_id}"}
    return {"resourceType": "OperationOutcome", "issue": [told]}


def _issue(issue: Issue) -> Body:
    where = {"expression": [issue.expression]} if issue.expression else {}
    coding = [{"system": DETAILS, "code": issue.detail or issue.code}]
    details = {"coding": coding, "text": issue.message}
    return {"severity": issue.severity, "code": issue.code, "details": details, **where}
