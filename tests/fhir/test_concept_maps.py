"""Foreign and legacy codings are understood through ConceptMaps: ours, and those that a deployer adds."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from service import config
from service.errors import Unreadable
from service.fhir import concept_maps, preference_answers
from service.fhir.preference_answers import Reading
from service.register import codes, preference_type
from tests import builders

KINDS = preference_type.all_types()
NULL = "http://terminology.hl7.org/CodeSystem/v3-NullFlavor"
ROLE = codes.ROLE_CODE
DISCHARGE = "http://terminology.hl7.org/CodeSystem/discharge-disposition"
READ_V2 = "http://read.info/readv2"


def read(system: str, code: str, kind: str = "place-of-death") -> Reading:
    value = builders.concept((system, code))
    return preference_answers.read(builders.observation(valueCodeableConcept=value), KINDS[kind].answers)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A deployer's folder of ConceptMaps, still empty."""
    monkeypatch.setenv("HEARTSEASE_CONCEPT_MAPS", str(tmp_path))
    config.settings.cache_clear()
    concept_maps.translations.cache_clear()
    yield tmp_path
    config.settings.cache_clear()
    concept_maps.translations.cache_clear()


def a_map(code: str, target: str, equivalence: str = "equivalent") -> str:
    row = {"code": code, "target": [{"code": target, "equivalence": equivalence}]}
    group = {"source": "urn:local", "target": codes.PLACE_TYPE, "element": [row]}
    return json.dumps({"resourceType": "ConceptMap", "status": "active", "group": [group]})


@pytest.mark.parametrize(
    ("system", "code", "kind", "group"),
    [
        (codes.SNOMED, "108344006", "place-of-death", "40"),
        (NULL, "OTH", "place-of-death", "50"),
        (ROLE, "HOSP", "place-of-death", "10"),
        (DISCHARGE, "hosp", "place-of-death", "30"),
        (READ_V2, "94Z1.", "place-of-death", "20"),
        (READ_V2, "94Z2.00", "place-of-care", "30"),
        (codes.SNOMED, "440081000124100", "actual-place-of-death", "20"),
        (codes.SNOMED, "313372007", "actual-place-of-death", "30"),
        (codes.SNOMED, "887801000000106", "actual-place-of-death", "usual-residence"),
    ],
)
def test_a_place_is_kept_as_recorded_and_compared_by_what_it_means(
    system: str, code: str, kind: str, group: str
) -> None:
    assert read(system, code, kind) == Reading(code, group)


@pytest.mark.parametrize(("code", "reason"), [("UNK", "unknown"), ("NASK", "not-asked")])
def test_a_null_flavour_says_why_there_is_no_answer(code: str, reason: str) -> None:
    assert read(NULL, code) == Reading(no_answer=reason)


def test_a_coding_that_nobody_knows_is_kept_and_listed() -> None:
    assert read("urn:local", "ward-7") == Reading("ward-7", unmapped="urn:local|ward-7")


def test_the_sender_s_words_stand_beside_what_was_understood() -> None:
    value = {"coding": [{"system": ROLE, "code": "HOSP", "display": "The General"}]}
    wish = builders.observation(valueCodeableConcept=value)
    assert preference_answers.in_words(wish, KINDS["place-of-death"]).endswith("Hospital (The General)")


def test_a_closed_answer_is_never_translated() -> None:
    assert read(codes.SNOMED, "304253006", "cpr-decision").unmapped == f"{codes.SNOMED}|304253006"


def test_a_deployer_s_map_is_read(folder: Path) -> None:
    (folder / "ours.json").write_text(a_map("ward-7", "30"))
    assert read("urn:local", "ward-7") == Reading("ward-7", "30")


def test_a_deployer_s_map_goes_before_what_is_shipped(folder: Path) -> None:
    ours = a_map("94Z1.", "22").replace("urn:local", READ_V2)
    (folder / "ours.json").write_text(ours)
    [target, *_] = concept_maps.translations()[READ_V2, "94Z1."]
    assert target == (codes.PLACE_TYPE, "22")


@pytest.mark.parametrize("equivalence", ["unmatched", "inexact", "narrower", "disjoint", "relatedto"])
def test_what_only_resembles_is_not_the_same(folder: Path, equivalence: str) -> None:
    (folder / "ours.json").write_text(a_map("ward-7", "30", equivalence))
    assert read("urn:local", "ward-7").unmapped


@pytest.mark.parametrize("text", ["", "[]", "{", "[" * 100_000, '{"resourceType": "ValueSet"}', "null"])
def test_a_file_that_is_no_concept_map_is_named(folder: Path, text: str) -> None:
    (folder / "broken.json").write_text(text)
    with pytest.raises(Unreadable, match=r"broken\.json is no FHIR ConceptMap"):
        concept_maps.translations()


@pytest.mark.parametrize("group", [None, 7, [], [None], [{"element": [{"code": "x", "target": None}]}]])
def test_an_odd_map_translates_nothing(folder: Path, group: object) -> None:
    before = dict(concept_maps.translations())
    concept_maps.translations.cache_clear()
    (folder / "odd.json").write_text(json.dumps({"resourceType": "ConceptMap", "group": group}))
    assert dict(concept_maps.translations()) == before


def test_a_folder_that_is_none_is_told(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HEARTSEASE_CONCEPT_MAPS", str(folder / "none"))
    config.settings.cache_clear()
    with pytest.raises(Unreadable, match="names no folder"):
        concept_maps.translations()


def test_every_row_that_we_ship_leads_to_an_answer_and_says_how_sure_it_is() -> None:
    answers = {answer.code.key for kind in KINDS.values() for answer in kind.answers}
    reasons = {(codes.DATA_ABSENT_REASON, code) for code in ("unknown", "asked-unknown", "not-asked")}
    for path in sorted((config.shipped("fhir_profiles") / "concept_maps").glob("*.json")):
        for group in json.loads(path.read_text())["group"]:
            for row in group["element"]:
                for target in row["target"]:
                    assert (group["target"], target["code"]) in answers | reasons
                    assert "confidence" in target["comment"] or "UNVERIFIED" in target["comment"]
