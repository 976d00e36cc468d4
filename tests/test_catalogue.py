"""A thing is one file in its folder: found without being listed anywhere."""

import sys
from pathlib import Path

import pytest

from service import catalogue


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    package = tmp_path / "tools"
    package.mkdir()
    (package / "__init__.py").touch()
    monkeypatch.syspath_prepend(tmp_path)
    yield package
    for name in [name for name in sys.modules if name.partition(".")[0] == "tools"]:
        del sys.modules[name]


def test_the_one_thing_of_each_file_is_found_in_the_order_of_names(folder: Path) -> None:
    (folder / "b.py").write_text("SECOND = 2.5\n")
    (folder / "a.py").write_text("FIRST = 1.5\nbeside = 'text'\n")
    assert catalogue.collect("tools", float) == (1.5, 2.5)


@pytest.mark.parametrize("source", ["", "ONE = 1.5\nTWO = 2.5\n"])
def test_a_file_that_declares_none_or_several_is_refused_by_name(folder: Path, source: str) -> None:
    (folder / "odd.py").write_text(source)
    with pytest.raises(LookupError, match=r"tools\.odd"):
        catalogue.collect("tools", float)
