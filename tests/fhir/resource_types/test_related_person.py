from tests import builders
from tests.fhir.reading import lines, rows


def test_a_carer_is_shown_with_their_telephone():
    carer = builders.related_person(
        relationship=[{"text": "Carer"}], telecom=[{"system": "phone", "value": "01632 960001"}]
    )
    assert lines(carer, "people") == ["Carer: EXAMPLE, Ben; Telephone 01632 960001. Recorded on 2 March 2026"]


def test_someone_who_is_no_longer_involved_is_not_shown():
    assert rows(builders.related_person(active=False)) == []
