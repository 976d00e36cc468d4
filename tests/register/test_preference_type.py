import csv
from collections import Counter

import pytest

from service.register import codes, preference_type, sections
from tests import added_type

TYPES = preference_type.all_types().values()


def test_a_type_added_as_a_file_is_recognised_by_its_code(tmp_path):
    with added_type.music(tmp_path) as new_type:
        assert preference_type.of_codes([(codes.LOCAL, "music")]) is new_type


def test_a_code_that_no_type_asks_about_belongs_to_none():
    assert preference_type.of_codes([(codes.SNOMED, "404684003")]) is None


def test_the_first_code_that_is_known_decides():
    found = preference_type.of_codes([("urn:elsewhere", "x"), (codes.SNOMED, "304251008")])
    assert found is not None
    assert found.name == "cpr-decision"


def test_no_two_types_ask_under_the_same_code():
    asked = Counter(code.key for kind in TYPES for code in (kind.code, *kind.other_codes))
    assert max(asked.values()) == 1


@pytest.mark.parametrize("kind", TYPES, ids=lambda kind: kind.name)
def test_a_type_stands_in_a_section_of_the_summary(kind):
    assert kind.section in {section.key for section in sections.ALL}


@pytest.mark.parametrize("kind", TYPES, ids=lambda kind: kind.name)
def test_no_answer_stands_twice_in_one_list(kind):
    assert max(Counter(answer.code.key for answer in kind.answers).values(), default=1) == 1


@pytest.mark.parametrize("kind", TYPES, ids=lambda kind: kind.name)
def test_the_reasons_for_no_answer_are_known_ones(kind):
    assert {answer.no_answer for answer in kind.answers} <= {"", *preference_type.NO_ANSWER}


@pytest.mark.parametrize("kind", TYPES, ids=lambda kind: kind.name)
def test_every_code_carries_its_source_and_confidence(kind):
    known = {"high", "medium", "low", "UNVERIFIED", "local"}
    assert all(code.source and code.display and code.confidence in known for code in kind.codes)


@pytest.mark.parametrize("kind", TYPES, ids=lambda kind: kind.name)
def test_local_codes_and_only_those_stand_in_our_own_system(kind):
    assert all((code.confidence == "local") == (code.system == codes.LOCAL) for code in kind.codes)


@pytest.mark.parametrize("kind", TYPES, ids=lambda kind: kind.name)
def test_national_codes_are_as_sure_as_the_published_list_says(kind, reference_dir):
    with (reference_dir / "domain" / "codes.csv").open(encoding="utf-8") as file:
        published = {(row["system"], row["code"]): row["confidence"] for row in csv.DictReader(file)}
    # The list knows it as the type of a document; as the code of an Observation nobody vouches for it.
    listed = [code for code in kind.codes if code.key in published and code != codes.TREATMENT_ESCALATION_PLAN]
    assert {code.code: code.confidence for code in listed} == {code.code: published[code.key] for code in listed}


@pytest.mark.parametrize("kind", TYPES, ids=lambda kind: kind.name)
def test_snomed_codes_pass_their_check_digit(kind):
    assert all(_verhoeff(code.code) == 0 for code in kind.codes if code.system == codes.SNOMED)


def _verhoeff(number):
    """Zero for a SNOMED CT id with a right check digit: products in the dihedral group of the pentagon."""
    permutation = [list(range(10)), [1, 5, 7, 6, 2, 8, 3, 0, 9, 4]]
    while len(permutation) < 8:
        permutation.append([permutation[1][digit] for digit in permutation[-1]])
    check = 0
    for place, digit in enumerate(reversed(number)):
        check = _product(check, permutation[place % 8][int(digit)])
    return check


def _product(left, right):
    """Digits from 5 on are reflections."""
    turned = left % 5 + right % 5 if left < 5 else left % 5 - right % 5
    return turned % 5 + 5 * ((left < 5) != (right < 5))
