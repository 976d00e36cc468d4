from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.fhir import elements
from tests import builders

ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["coding", "text", "reference", "system", "name", "family"]), inner, max_size=3
        )
    ),
    max_leaves=12,
)


@given(ANYTHING)
def test_no_shape_of_json_makes_a_reader_fail(value):
    elements.text_of(value)
    elements.codings(value)
    elements.reference_of(value)
    elements.display_of(value)
    elements.human_name(value)
    elements.phones(value)
    elements.identifier(value, "x")
    elements.extension(value, "x")
    elements.day(value)
    elements.last_day(value)
    elements.instant(value)


def test_a_concept_reads_as_its_text():
    assert elements.text_of({"text": "At home", "coding": [{"display": "Home"}]}) == "At home"


def test_a_concept_without_text_reads_as_a_display():
    assert elements.text_of({"coding": [{"code": "1"}, {"code": "2", "display": "Home"}]}) == "Home"


def test_a_concept_without_any_words_reads_as_its_code():
    assert elements.text_of({"coding": [{"code": "1"}]}) == "1"


def test_an_empty_concept_reads_as_nothing():
    assert elements.text_of(None) == ""


def test_a_code_is_one_only_in_its_system():
    concept = builders.concept(("urn:a", "1"))
    assert elements.has_code(concept, "urn:a", "1")
    assert not elements.has_code(concept, "urn:b", "1")


@pytest.mark.parametrize(
    ("written", "target"),
    [
        ("Patient/1", "Patient/1"),
        ("https://other.example/fhir/Patient/1", "Patient/1"),
        ("Patient/1/_history/2", "Patient/1"),
        ("urn:uuid:b1f7a5f0-0000-4000-8000-000000000000", None),
        ("Patient?identifier=https://fhir.nhs.uk/Id/nhs-number|1", None),
        ("#contained", None),
        ("", None),
    ],
)
def test_a_reference_names_its_target_however_it_is_written(written, target):
    assert elements.reference_of({"reference": written}) == target


def test_a_reference_reads_as_its_display():
    assert elements.display_of({"display": "Dr A Brook", "identifier": {"value": "G1"}}) == "Dr A Brook"


def test_a_reference_without_display_reads_as_its_identifier():
    assert elements.display_of({"identifier": {"value": "M83999"}}) == "M83999"


def test_a_name_shows_the_family_name_first_and_in_capitals():
    assert elements.human_name([{"family": "O'Neill", "given": ["Anna", "Maria"]}]) == "O'NEILL, Anna Maria"


def test_the_official_name_goes_before_the_usual_one():
    names = [{"use": "usual", "given": ["Annie"]}, {"use": "official", "family": "Example", "given": ["Anna"]}]
    assert elements.human_name(names) == "EXAMPLE, Anna"


def test_a_former_name_is_not_shown():
    assert elements.human_name([{"use": "old", "family": "Former"}, {"text": "Anna Example"}]) == "Anna Example"


def test_telephone_numbers_leave_out_other_contacts_and_old_numbers():
    points = [
        {"system": "phone", "value": "01632 960001"},
        {"system": "email", "value": "a@example.org"},
        {"system": "phone", "use": "old", "value": "01632 960002"},
        {"system": "phone", "use": "mobile", "value": "07700 900001"},
    ]
    assert elements.phones({"telecom": points}) == "01632 960001, 07700 900001"


def test_the_day_of_an_instant_is_the_one_its_writer_saw():
    assert elements.day("2026-03-02T00:30:00+01:00") == date(2026, 3, 2)


def test_an_instant_is_in_utc():
    assert elements.instant("2026-03-02T00:30:00+01:00") == datetime(2026, 3, 1, 23, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "last"), [("2024-02", "2024-02-29"), ("2024", "2024-12-31"), ("2024-02-03", "2024-02-03")]
)
def test_the_last_day_of_a_partial_date_is_the_last_one_that_it_covers(text, last):
    assert elements.last_day(text) == date.fromisoformat(last)


@pytest.mark.parametrize("text", [None, "", "soon", "2026-02-30", 20260302, {"value": "2026"}])
def test_what_is_no_date_has_no_day(text):
    assert elements.day(text) is None
    assert elements.last_day(text) is None
    assert elements.instant(text) is None
