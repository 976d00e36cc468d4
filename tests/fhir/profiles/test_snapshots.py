"""Snapshots: what a differential may change, and that those in our files are what their differentials make."""

import json
import subprocess
import sys
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest

from service.fhir import conformance
from service.fhir.profiles import snapshots

ROOT = Path(__file__).parents[3]
OURS = [one for one in conformance.files() if one["resourceType"] == "StructureDefinition"]


def element(element_id: str, type_code: str | None = None, **more: Any) -> dict[str, Any]:
    path = ".".join(part.partition(":")[0] for part in element_id.split("."))
    types = {"type": [{"code": type_code}]} if type_code else {}
    return {"id": element_id, "path": path, "min": 0, "max": "1", "base": {"path": path, "min": 0, "max": "1"}} | {
        **types,
        **more,
    }


THING = [
    element("Thing", max="*"),
    element("Thing.extension", "Extension", max="*"),
    element("Thing.name", "Name", max="*"),
    element("Thing.when[x]", type=[{"code": "dateTime"}, {"code": "Period"}]),
    element("Thing.part", "BackboneElement", max="*"),
    element("Thing.part.code", "CodeableConcept", min=1),
    element("Thing.part.part", max="*", contentReference="#Thing.part"),
    element("Thing.note", "string"),
]
NAME = [element("Name"), element("Name.family", "string"), element("Name.given", "string", max="*")]
BY_CODE = {"discriminator": [{"type": "pattern", "path": "code"}], "rules": "open"}


def made(*changes: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """The elements of a Thing with these changes, by id, in their order."""
    structure = {"url": "https://example.org/thing", "differential": {"element": list(changes)}}
    found = snapshots.snapshot(structure, THING, {"Name": NAME})
    return {one["id"]: one for one in found}


def change(element_id: str, **more: Any) -> dict[str, Any]:
    return {"id": element_id, "path": element_id, **more}


def test_what_a_differential_does_not_name_stays_as_the_parent_has_it() -> None:
    before = deepcopy(THING)
    assert list(made().values()) == THING
    made(change("Thing.note", min=1))
    assert before == THING


def test_a_change_takes_the_place_of_what_the_parent_says() -> None:
    note = made(change("Thing.note", min=1, fixedString="here", short="Where it is"))["Thing.note"]
    assert (note["min"], note["max"], note["fixedString"]) == (1, "1", "here")
    assert note["definition"] == "Where it is"
    assert (
        made(change("Thing.note", fixedString="a"), change("Thing.note", patternString="b"))["Thing.note"]
        .keys()
        .isdisjoint({"fixedString"})
    )


def test_invariants_and_mappings_are_added_and_name_their_source() -> None:
    first = change("Thing", constraint=[{"key": "epaccs-a"}], mapping=[{"identity": "i", "map": "1"}])
    second = change("Thing", constraint=[{"key": "epaccs-b"}], mapping=[{"identity": "i", "map": "2"}])
    root = made(first, second)["Thing"]
    assert [(one["key"], one["source"]) for one in root["constraint"]] == [
        ("epaccs-a", "https://example.org/thing"),
        ("epaccs-b", "https://example.org/thing"),
    ]
    assert [one["map"] for one in root["mapping"]] == ["1", "2"]


def test_a_slice_stands_behind_what_it_slices_and_is_optional_until_something_is_said_of_it() -> None:
    found = made(
        change("Thing.part", slicing=BY_CODE, min=1, short="Parts"),
        change("Thing.part:first", max="1"),
        change("Thing.part:second", min=1),
    )
    order = [element_id for element_id in found if element_id.startswith("Thing.part")]
    assert order == ["Thing.part", "Thing.part.code", "Thing.part.part", "Thing.part:first", "Thing.part:second"]
    first, second = found["Thing.part:first"], found["Thing.part:second"]
    assert (first["sliceName"], first["path"], first["min"], first["max"]) == ("first", "Thing.part", 0, "1")
    assert (second["min"], second["max"]) == (1, "*")
    assert first.keys().isdisjoint({"slicing", "short"})


def test_a_slice_has_the_children_of_what_it_slices_once_one_of_them_is_named() -> None:
    found = made(
        change("Thing.part", slicing=BY_CODE),
        change("Thing.part.code", min=1, short="What it is"),
        change("Thing.part:first.code", patternCodeableConcept={"text": "first"}),
    )
    assert found["Thing.part:first.code"]["short"] == "What it is"
    assert found["Thing.part:first.code"]["path"] == "Thing.part.code"
    assert "patternCodeableConcept" not in found["Thing.part.code"]
    assert found["Thing.part:first.part"]["contentReference"] == "#Thing.part"


def test_extensions_are_sliced_by_url_without_saying_so() -> None:
    found = made(change("Thing.extension:where", max="1"))
    assert found["Thing.extension"]["slicing"]["discriminator"] == [{"type": "value", "path": "url"}]
    assert found["Thing.extension:where"]["type"] == [{"code": "Extension"}]


def test_other_slices_need_a_slicing() -> None:
    with pytest.raises(snapshots.DoesNotFit, match="is sliced, before its slices"):
        made(change("Thing.part:first"))


def test_a_datatype_is_unfolded_where_a_differential_reaches_into_it() -> None:
    found = made(change("Thing.name.given", min=1))
    order = [element_id for element_id in found if element_id.startswith("Thing.name")]
    assert order == ["Thing.name", "Thing.name.family", "Thing.name.given"]
    assert found["Thing.name.given"] == NAME[2] | {"id": "Thing.name.given", "path": "Thing.name.given", "min": 1}


def test_a_content_reference_is_unfolded_as_what_it_refers_to() -> None:
    found = made(change("Thing.part.part.code", short="Inside"))
    assert found["Thing.part.part.code"]["min"] == 1
    assert found["Thing.part.part.part"]["contentReference"] == "#Thing.part"
    assert "short" not in found["Thing.part.code"]


@pytest.mark.parametrize("element_id", ["Thing.whenPeriod", "Thing.when[x]:whenPeriod"])
def test_a_choice_is_sliced_by_type_in_either_spelling(element_id: str) -> None:
    found = made(change(element_id, short="How long"))
    assert found["Thing.when[x]"]["slicing"]["discriminator"] == [{"type": "type", "path": "$this"}]
    assert found["Thing.when[x]:whenPeriod"]["type"] == [{"code": "Period"}]


@pytest.mark.parametrize(
    "wrong",
    [
        change("Thing.colour"),
        change("Thing.part.colour"),
        change("Thing.note.colour"),
        change("Thing.when[x].start"),
        change("Other"),
    ],
    ids=lambda wrong: wrong["id"],
)
def test_an_element_that_the_parent_does_not_have_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(snapshots.DoesNotFit):
        made(wrong)


@pytest.mark.parametrize(
    "wider",
    [
        change("Thing.part.code", min=0),
        change("Thing.note", max="2"),
        change("Thing.note", min=2),
        change("Thing.when[x]", type=[{"code": "string"}]),
    ],
)
def test_what_the_parent_does_not_allow_is_refused(wider: dict[str, Any]) -> None:
    with pytest.raises(snapshots.DoesNotFit, match="does not allow"):
        made(wider)


def test_slim_leaves_prose_and_invariants_of_others_out() -> None:
    prose = {"definition": "HL7's", "comment": "HL7's", "constraint": [{"key": "ele-1"}], "isSummary": False}
    one = element(
        "Thing.note", "string", isModifier=True, binding={"strength": "required", "description": "x"}, **prose
    )
    (slim,) = snapshots.slim([one])
    assert slim == element(
        "Thing.note", "string", isModifier=True, isModifierReason=slim["isModifierReason"], definition="As in FHIR R4"
    )


@pytest.mark.parametrize("one", OURS, ids=lambda one: one["id"])
def test_the_snapshot_of_a_file_has_what_r4_demands_of_snapshots(one: dict[str, Any]) -> None:
    """sdf-3, sdf-8, sdf-8b, sdf-15 and eld-18 of R4, and that ids are told apart."""
    elements = one["snapshot"]["element"]
    assert all({"definition", "min", "max", "base"} <= each.keys() for each in elements)
    assert elements[0]["path"] == one["type"]
    assert "type" not in elements[0]
    assert all(each["path"].startswith(f"{one['type']}.") for each in elements[1:])
    assert all("isModifierReason" in each for each in elements if each.get("isModifier"))
    assert len({each["id"] for each in elements}) == len(elements)


def test_the_snapshots_of_our_files_are_what_the_script_makes(reference_dir: Path, tmp_path: Path) -> None:
    folder = ROOT / "fhir_profiles" / "structure_definitions"
    for path in folder.glob("*.json"):
        (tmp_path / path.name).write_bytes(path.read_bytes())
    script = ROOT / "scripts" / "generate-snapshots"
    subprocess.run([sys.executable, str(script), str(reference_dir / "fhir-r4"), str(tmp_path)], check=True)
    for path in folder.glob("*.json"):
        assert json.loads((tmp_path / path.name).read_text()) == json.loads(path.read_text()), path.stem
        assert (tmp_path / path.name).read_bytes() == path.read_bytes(), path.stem
