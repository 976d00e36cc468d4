import csv

import pytest

from service.register import organisations


@pytest.mark.parametrize("code", ["M83001", "C81018", "Y06730"])
def test_a_letter_and_five_digits_are_the_code_of_a_practice(code):
    assert organisations.is_practice_code(code)


@pytest.mark.parametrize(
    "code", ["", "83001", "M8300", "M830011", "m83001", "Y0A123", "M83001\n", "RJE", "M8300\u0661"]
)
def test_another_shape_is_not(code):
    assert not organisations.is_practice_code(code)


@pytest.mark.parametrize("code", ["RJE", "05W", "M83001", "U57641", "X9H01"])
def test_capital_letters_and_digits_are_the_code_of_an_organisation(code):
    assert organisations.is_ods_code(code)


@pytest.mark.parametrize("code", ["", "RJ", "rje", "RJ E", "RJE\n", "R" * 13])
def test_anything_else_is_the_code_of_none(code):
    assert not organisations.is_ods_code(code)


def test_every_published_practice_has_the_shape_of_one(reference_dir):
    codes = {
        line[0]
        for path in (reference_dir / "data" / "ods").glob("epraccur_*.csv")
        for line in csv.reader(path.read_text(encoding="cp1252").splitlines())
    }
    assert len(codes) > 300
    assert [code for code in codes if not organisations.is_practice_code(code)] == []
