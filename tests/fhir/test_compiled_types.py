import pytest

from service.fhir import compiled_types, definitions


def test_every_type_is_compiled_and_linked_to_those_of_its_elements() -> None:
    types = compiled_types.types()
    assert types.keys() == definitions.types().keys()
    assert types["Patient"].members["contact"].of is types["Patient.contact"]
    assert types["Extension"].members["extension"].of is types["Extension"]


def test_types_are_made_when_they_are_asked_for_and_then_stay() -> None:
    types = compiled_types.types()
    assert types["Medication"] is types["Medication"]
    assert types["Medication"].members["ingredient"].of is types["Medication.ingredient"]
    with pytest.raises(KeyError):
        types["Shoe"]


def test_an_element_is_primitive_or_complex_or_a_resource() -> None:
    for type_ in compiled_types.types().values():
        for name, member in type_.members.items():
            ways = [member.fits is not None, member.of is not None, member.element.type == "Resource"]
            assert ways.count(True) == 1, f"{type_.name}.{name}"


def test_a_bound_code_fits_only_when_it_is_listed() -> None:
    fits = compiled_types.types()["Patient"].members["gender"].fits
    assert fits is not None
    assert (fits("female"), fits("F"), fits(5)) == (True, False, False)


def test_a_choice_knows_its_names_and_whether_it_is_needed() -> None:
    [choice] = compiled_types.types()["UsageContext"].choices
    assert (choice.label, choice.is_required) == ("value", True)
    assert {"valueRange", "_valueRange"} < choice.names


def test_only_resources_say_what_they_are() -> None:
    types = compiled_types.types()
    assert "resourceType" in types["Patient"].members
    assert "resourceType" not in types["HumanName"].members
