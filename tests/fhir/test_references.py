import copy

from service.fhir import references

PLAN = {
    "resourceType": "CarePlan",
    "contained": [
        {"resourceType": "Practitioner", "id": "p", "extension": [{"valueReference": {"reference": "urn:uuid:1"}}]}
    ],
    "subject": {"reference": "urn:uuid:1", "display": "the person"},
    "author": {"reference": "#p"},
    "activity": [
        {"reference": {"reference": "Task/1"}},
        {"reference": {"identifier": {"value": "x"}}},
    ],
    "extension": [
        {"url": "urn:a", "valueReference": {"reference": "Organization/2"}},
        {"url": "urn:b", "valueExpression": {"language": "text/cql", "reference": "Library/3"}},
    ],
}  # fmt: skip


def test_every_literal_reference_is_found_with_its_expression() -> None:
    assert references.references(copy.deepcopy(PLAN)) == {
        ("CarePlan.subject.reference", "urn:uuid:1"),
        ("CarePlan.activity[0].reference.reference", "Task/1"),
        ("CarePlan.extension[0].valueReference.reference", "Organization/2"),
    }


def test_references_are_rewritten_everywhere_and_nothing_else_is() -> None:
    plan = copy.deepcopy(PLAN)
    mapping = {"urn:uuid:1": "Patient/1", "Library/3": "Library/4"}
    references.relink(plan, lambda said, path, name: mapping.get(said, said))
    assert plan["subject"] == {"reference": "Patient/1", "display": "the person"}
    assert plan["contained"][0]["extension"][0]["valueReference"]["reference"] == "Patient/1"
    plan["subject"]["reference"] = plan["contained"][0]["extension"][0]["valueReference"]["reference"] = "urn:uuid:1"
    assert plan == PLAN


def test_addresses_and_links_in_a_narrative_are_rewritten_and_identifiers_are_not() -> None:
    document = {
        "resourceType": "DocumentReference",
        "identifier": [{"system": "urn:ietf:rfc:3986", "value": "urn:uuid:1"}],
        "text": {"div": '<div><a href="urn:uuid:1">urn:uuid:1</a></div>'},
        "content": [{"attachment": {"url": "urn:uuid:1"}}],
    }
    references.relink(document, lambda said, path, name: said.replace("urn:uuid:1", "Binary/1"))
    assert document["identifier"][0]["value"] == "urn:uuid:1"
    assert document["text"]["div"] == '<div><a href="Binary/1">urn:uuid:1</a></div>'
    assert document["content"][0]["attachment"]["url"] == "Binary/1"
