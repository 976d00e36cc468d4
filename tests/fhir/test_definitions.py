import subprocess
import sys
from pathlib import Path

import pytest

from service.fhir import definitions

CHECKOUT = Path(__file__).parents[2]


def test_the_generated_tables_are_what_the_published_definitions_give(reference_dir: Path, tmp_path: Path) -> None:
    script = CHECKOUT / "scripts" / "generate-definitions"
    subprocess.run([sys.executable, script, reference_dir / "fhir-r4", tmp_path], check=True)
    for name in ("elements.json", "search_parameters.json"):
        assert (tmp_path / name).read_bytes() == (CHECKOUT / "fhir_profiles" / "generated" / name).read_bytes()


def test_meta_has_the_elements_of_r4_and_no_others() -> None:
    r4 = {"id", "extension", "versionId", "lastUpdated", "source", "profile", "security", "tag"}
    assert definitions.types()["Meta"].keys() == r4


def test_a_required_binding_lists_its_codes() -> None:
    gender = definitions.types()["Patient"]["gender"].codes
    assert gender == {"http://hl7.org/fhir/administrative-gender": ("male", "female", "other", "unknown")}


def test_a_value_set_that_cannot_be_listed_binds_nothing() -> None:
    assert definitions.types()["Attachment"]["contentType"].codes is None


def test_a_choice_is_known_by_each_of_its_names() -> None:
    patient = definitions.types()["Patient"]
    assert {name: patient[name].type for name in patient if patient[name].choice == "deceased[x]"} == {
        "deceasedBoolean": "boolean",
        "deceasedDateTime": "dateTime",
    }


def test_cardinality_and_targets_are_known() -> None:
    subject = definitions.types()["CarePlan"]["subject"]
    assert (subject.is_required, subject.is_many, subject.targets) == (True, False, {"Group", "Patient"})
    assert definitions.types()["Consent"]["category"].is_many


def test_a_backbone_element_that_repeats_another_is_the_same_type() -> None:
    assert definitions.types()["Observation.component"]["referenceRange"].type == "Observation.referenceRange"


def test_every_type_that_an_element_names_is_known_or_primitive() -> None:
    primitives = {element.type for table in definitions.types().values() for element in table.values()}
    primitives -= definitions.types().keys() | {"Resource"}
    assert {name[0].islower() for name in primitives} == {True}


def test_a_search_parameter_has_the_expression_for_its_own_type() -> None:
    found = definitions.search_parameter("EpisodeOfCare", "patient")
    assert (found.type, found.expression, found.targets) == ("reference", "EpisodeOfCare.patient", ("Patient",))


def test_a_search_parameter_that_r4_does_not_have_is_refused() -> None:
    with pytest.raises(LookupError, match="no search parameter shoe-size for Patient"):
        definitions.search_parameter("Patient", "shoe-size")


def test_all_types_of_r4_are_known_by_name() -> None:
    assert len(definitions.resource_types()) == 148
    assert {"Patient", "Medication", "Location"} < definitions.resource_types()
