from typing import Any

import pytest

from service.fhir import second_opinion

EXAMPLE: dict[str, Any] = {"resourceType": "Patient", "gender": "male"}


def test_a_resource_that_r4_allows_has_no_issues() -> None:
    assert second_opinion.issues(EXAMPLE, "Patient") == []


def test_an_issue_has_its_place_and_quotes_nothing() -> None:
    resource = {**EXAMPLE, "name": [{"family": "Example"}, {"family": {"secret": 1}}]}
    [issue] = second_opinion.issues(resource, "Bundle.entry[1].resource")
    assert (issue.code, issue.expression) == ("structure", "Bundle.entry[1].resource.name[1].family")
    assert "secret" not in issue.message


@pytest.mark.parametrize(
    "hostile",
    [
        {"resourceType": "Shoe"},
        {**EXAMPLE, "contained": [{"resourceType": "Shoe"}]},
        {**EXAMPLE, "contained": [{"resourceType": 5}]},
        {**EXAMPLE, "contained": [5]},
        {"resourceType": "Bundle", "type": "batch", "entry": [{"resource": {"resourceType": "Shoe"}}]},
    ],
)
def test_what_it_raises_on_hostile_input_is_an_issue(hostile: dict[str, Any]) -> None:
    found = second_opinion.issues(hostile, "X")
    assert found
    assert all(issue.expression.startswith("X") for issue in found)


def test_deep_nesting_is_an_issue() -> None:
    extension: dict[str, Any] = {"url": "u", "valueString": "x"}
    for _ in range(900):
        extension = {"url": "u", "extension": [extension]}
    assert second_opinion.issues({**EXAMPLE, "extension": [extension]}, "Patient")


def test_a_contained_resource_of_a_type_that_the_register_does_not_hold_is_judged_here() -> None:
    resource = {**EXAMPLE, "contained": [{"resourceType": "Location", "id": "a", "name": 5}]}
    [issue] = second_opinion.issues(resource, "Patient")
    assert issue.expression == "Patient.contained[0].name"
