"""Types that are kept, found and given back, and stand in no line of the summary."""

import pytest

from service.fhir.resource_type import SELF
from tests import builders
from tests.fhir.reading import TYPES, rows


@pytest.mark.parametrize("name", ["Binary", "Location", "Provenance", "Questionnaire", "QuestionnaireResponse", "Task"])
def test_there_is_nothing_of_it_in_the_register_tables(name):
    assert rows(builders.SMALLEST[name]()) == []


@pytest.mark.parametrize("name", ["Binary", "DocumentReference", "QuestionnaireResponse", "Task"])
def test_where_r4_leaves_the_person_out_the_refusal_says_why_the_register_may_not(name):
    resource = builders.SMALLEST[name]()
    del resource[TYPES[name].person]
    [issue] = TYPES[name].rules(resource)
    assert "what belongs to nobody is seen by everybody" in issue.message


def test_what_belongs_to_nobody_is_what_no_person_stands_behind():
    nobody = {name for name, type_ in TYPES.items() if type_.person == ""}
    assert nobody == {"Location", "Organization", "Practitioner", "PractitionerRole", "Questionnaire"}
    assert [name for name, type_ in TYPES.items() if type_.person == SELF] == ["Patient"]


@pytest.mark.parametrize(
    ("name", "elements"),
    [
        ("AllergyIntolerance", {"recordedDate", "lastOccurrence"}),
        ("DocumentReference", {"date"}),
        ("MedicationRequest", {"authoredOn"}),
        ("MedicationStatement", {"dateAsserted"}),
        ("Provenance", {"recorded", "occurredDateTime", "occurredPeriod.start"}),
        ("QuestionnaireResponse", {"authored"}),
        ("Task", {"authoredOn", "lastModified"}),
    ],
)
def test_what_has_happened_lies_in_no_future(name, elements):
    assert set(TYPES[name].dated(builders.SMALLEST[name]())) == elements
