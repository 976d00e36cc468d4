"""Findings as an OperationOutcome."""

from collections.abc import Sequence

from service.errors import Issue
from service.fhir.resource_type import Body

LARGEST = 100
"""No more findings than this in one answer: a hostile body can have any number."""


def operation_outcome(issues: Sequence[Issue]) -> Body:
    """An OperationOutcome with every issue; with none, one that says that all went well."""
    found = issues or [Issue("informational", "All is well", severity="information")]
    return {"resourceType": "OperationOutcome", "issue": [_issue(issue) for issue in found[:LARGEST]]}


def _issue(issue: Issue) -> Body:
    where = {"expression": [issue.expression]} if issue.expression else {}
    return {"severity": issue.severity, "code": issue.code, "details": {"text": issue.message}, **where}
