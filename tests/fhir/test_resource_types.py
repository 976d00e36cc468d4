"""What holds for all resource types; each has its own tests in `resource_types/`."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.fhir import validation
from service.fhir.resource_type import SELF
from service.register import sections
from tests import builders
from tests.fhir.reading import TYPES, broken, lines, refusals, rows

OF_A_PERSON = sorted(name for name, type_ in TYPES.items() if type_.person not in ("", SELF, "target"))
"""But for Provenance: it belongs to the person of what it targets, which the store alone can tell."""
ELEMENTS = ["communication", "component", "deceasedDateTime", "extension", "generalPractitioner", "issued", "note"]
PARTS = ["code", "coding", "end", "extension", "reference", "start", "system", "text", "type", "value", "valueDate"]
SCRIPT = "<script>alert(1)</script>"


def test_every_type_that_the_register_holds_has_a_smallest_resource():
    assert set(TYPES) == set(builders.SMALLEST)


@pytest.mark.parametrize("name", sorted(TYPES))
def test_the_smallest_resource_breaks_no_rule(name):
    assert refusals(builders.SMALLEST[name]()) == []


@pytest.mark.parametrize("name", sorted(TYPES))
def test_the_smallest_resource_is_valid_r4(name):
    assert validation.issues(builders.SMALLEST[name]()) == []


@pytest.mark.parametrize("name", OF_A_PERSON)
@pytest.mark.parametrize("target", [None, {}, {"display": "Anna"}, {"reference": "Group/1"}, {"reference": "#p"}])
def test_what_is_about_a_person_says_whose_it_is(name, target):
    element = TYPES[name].person
    assert refusals(builders.SMALLEST[name](**{element: target})) == broken(f"{name}.{element}")


@pytest.mark.parametrize("name", OF_A_PERSON)
@pytest.mark.parametrize("written", ["urn:uuid:b1f7a5f0-0000-4000-8000-000000000000", "Patient?identifier=x|1"])
def test_a_transaction_may_say_whose_it_is_before_the_person_has_an_id(name, written):
    assert refusals(builders.SMALLEST[name](**{TYPES[name].person: {"reference": written}})) == []


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=4) | st.just("2025-05-03"),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from(PARTS), inner, max_size=3),
    max_leaves=8,
)


@pytest.mark.parametrize("name", sorted(TYPES))
@given(data=st.data())
def test_no_shape_of_json_makes_a_rule_or_a_row_fail(name, data):
    resource = builders.SMALLEST[name]()
    element = data.draw(st.sampled_from(sorted({*resource, *ELEMENTS} - {"resourceType"})))
    hostile = {**resource, element: data.draw(ANYTHING)}
    refusals(hostile)
    lines(hostile)


@pytest.mark.parametrize("name", sorted(TYPES))
def test_every_line_stands_in_a_section_of_the_summary(name):
    assert {row["section"] for row in rows(builders.SMALLEST[name](), "summary_item")} <= {
        section.key for section in sections.ALL
    }


@pytest.mark.parametrize(
    "resource",
    [
        builders.patient(
            generalPractitioner=[{"display": SCRIPT}], communication=[{"language": {"text": SCRIPT}}], id="anna"
        ),
        builders.registration(managingOrganization={"display": SCRIPT}, careManager={"display": SCRIPT}),
        builders.care_plan(title=SCRIPT, author={"display": SCRIPT}),
        builders.observation(
            valueCodeableConcept={"text": SCRIPT}, performer=[{"display": SCRIPT}], note=[{"text": SCRIPT}]
        ),
        builders.sharing(organization=[{"display": SCRIPT}]),
        builders.advance_decision(SCRIPT),
        builders.lasting_power(SCRIPT),
        builders.condition(code={"text": SCRIPT}, recorder={"display": SCRIPT}),
        builders.related_person(name=[{"text": SCRIPT}], relationship=[{"text": SCRIPT}]),
        builders.care_team(participant=[{"role": [{"text": SCRIPT}], "member": {"display": SCRIPT}}]),
        builders.allergy(code={"text": SCRIPT}, reaction=[{"manifestation": [{"text": SCRIPT}]}]),
        builders.goal(description={"text": SCRIPT}, expressedBy={"display": SCRIPT}),
        builders.alert(code={"text": SCRIPT}, author={"display": SCRIPT}),
        builders.procedure(location={"display": SCRIPT}, note=[{"text": SCRIPT}]),
        builders.document(description=SCRIPT, content=[{"attachment": {"title": SCRIPT, "url": SCRIPT}}]),
        builders.medication_request(dosageInstruction=[{"text": SCRIPT}], requester={"display": SCRIPT}),
        builders.medication_statement(medicationCodeableConcept={"text": SCRIPT}),
    ],
    ids=lambda resource: resource["resourceType"],
)
def test_hostile_text_is_escaped_in_every_line(resource):
    written = " ".join(lines(resource))
    assert "&lt;script&gt;" in written
    assert "<" not in written


@pytest.mark.parametrize(
    "name",
    [
        "CarePlan",
        "Consent",
        "DocumentReference",
        "EpisodeOfCare",
        "Flag",
        "MedicationRequest",
        "MedicationStatement",
        "Observation",
        "Procedure",
    ],
)
def test_what_was_entered_in_error_leaves_no_trace_in_the_register(name):
    assert rows(builders.SMALLEST[name]())
    assert rows(builders.SMALLEST[name](status="entered-in-error")) == []


@pytest.mark.parametrize("build", [builders.related_person, builders.care_team])
def test_a_period_that_ends_before_it_starts_is_refused(build):
    resource = build(period={"start": "2025-03-01", "end": "2025-02-28"})
    assert refusals(resource) == broken(f"{resource['resourceType']}.period.end")
