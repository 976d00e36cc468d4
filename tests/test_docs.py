"""The documentation says what is so: settings, commands, the example, the tests it names."""

import re
from pathlib import Path

import pytest
from typer.main import get_group

from service import edge, incoming, limits, read_door, serving
from service.access import endpoint
from service.api import operation
from service.cli import app
from service.config import Settings
from service.fhir.profiles import library
from service.register import items, preference_type, sections
from service.store import bundle, exports, including, search, search_links, search_text, search_values

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text()
OPERATING = (ROOT / "docs" / "operating.md").read_text()


@pytest.mark.parametrize("name", sorted(Settings.model_fields))
def test_every_setting_is_in_the_readme_or_the_operating_guide_and_says_what_it_is(name: str) -> None:
    assert f"`HEARTSEASE_{name.upper()}`" in README + OPERATING
    assert Settings.model_fields[name].description


def test_neither_names_a_setting_that_is_none() -> None:
    named = set(re.findall(r"HEARTSEASE_([A-Z_]+)", README + OPERATING))
    assert {name.removesuffix("_FILE").lower() for name in named} <= set(Settings.model_fields)


def test_the_operating_guide_tells_the_defaults_that_hold() -> None:
    for name, default in re.findall(r"^\| `HEARTSEASE_([A-Z_]+)` \| ([0-9,]+) \|", OPERATING, re.MULTILINE):
        assert Settings.model_fields[name.lower()].default == int(default.replace(",", ""))


def test_every_command_is_in_the_readme_and_none_that_is_none() -> None:
    named = set(re.findall(r"^    heartsease ([a-z]+)", README, re.MULTILINE))
    assert named == set(get_group(app).commands)


def test_the_example_of_a_preference_type_works(monkeypatch: pytest.MonkeyPatch) -> None:
    source = re.search(r"```python\n(.*?)```", README, re.DOTALL)
    assert source
    namespace: dict[str, object] = {}
    exec(source[1], namespace)
    pets = namespace["PETS"]
    assert isinstance(pets, preference_type.PreferenceType)
    assert pets.section in {section.key for section in sections.ALL}
    assert pets.name not in preference_type.all_types()


def test_the_safety_file_names_tests_that_exist() -> None:
    tests = "".join(path.read_text() for path in (ROOT / "tests").rglob("test_*.py"))
    named = re.findall(r"`(test_[a-z0-9_]+)`", (ROOT / "docs" / "clinical-safety.md").read_text())
    assert named
    assert [name for name in named if f"def {name}(" not in tests] == []


def test_no_path_of_a_machine_stands_in_the_documentation() -> None:
    words = "".join(path.read_text() for path in [ROOT / "README.md", *(ROOT / "docs").rglob("*.md")])
    assert str(ROOT) not in words


@pytest.mark.parametrize(
    ("what", "limit"),
    [
        ("the head of a request", serving.LARGEST_HEAD),
        ("the same, to arrive", serving.HEAD_SECONDS),
        ("a body, to arrive", incoming.BODY_SECONDS),
        ("an answer, to be taken", serving.TAKING_SECONDS),
        ("a connection without a request", serving.KEEP_ALIVE_SECONDS),
        ("requests waiting for a token", endpoint.MOST_WAITING),
        ("a statement of a read", read_door.LONGEST),
        ("a statement of a transaction on PostgreSQL", serving.LONGEST_STATEMENT_SECONDS),
    ],
)
def test_the_operating_guide_names_the_limits_that_are_fixed(what: str, limit: float) -> None:
    [row] = [line for line in OPERATING.splitlines() if line.startswith(f"| {what} |")]
    assert f"{limit:,.0f}" in row
    assert limits.STRANGERS == 10
    assert "ten times as many" in OPERATING


FHIR_API = (ROOT / "docs" / "fhir-api.md").read_text()


@pytest.mark.parametrize(
    ("what", "limit"),
    [
        ("resources on a page", search.PAGE),
        ("resources on a page", search.LARGEST_PAGE),
        ("included beside a page", including.LARGEST),
        ("values in one search", search_text.MOST_VALUES),
        ("parameters of `_sort`", search.MOST_SORT_KEYS),
        ("links in a chain", search_links.MOST_LINKS),
        ("entries of a Bundle", bundle.LARGEST),
        ("a body", Settings.model_fields["body_limit_bytes"].default),
        ("exports of one client under way", exports.MOST_RUNNING),
        ("a URL", edge.LONGEST_URL),
        ("requests of a client", Settings.model_fields["requests_per_minute"].default),
        ("a body, to arrive", incoming.BODY_SECONDS),
    ],
)
def test_the_page_on_the_fhir_api_names_the_limits_that_hold(what: str, limit: int) -> None:
    [row] = [line for line in FHIR_API.splitlines() if line.startswith(f"| {what} |")]
    assert f"{limit:,g}" in row or f"{limit:,}" in row


def test_the_page_on_the_fhir_api_names_operations_and_settings_that_exist() -> None:
    operations = {one.name for one in operation.all_operations()}
    refused = {"match", "meta"}
    assert set(re.findall(r"\$([a-z-]+)", FHIR_API)) <= operations | refused
    assert operations <= set(re.findall(r"\$([a-z-]+)", FHIR_API))
    assert {name.lower() for name in re.findall(r"HEARTSEASE_([A-Z_]+)", FHIR_API)} <= set(Settings.model_fields)
    modifiers = {name for names in search_values.MODIFIERS.values() for name in names}
    named = set(re.findall(r"`(:exact[^`]*)`", FHIR_API)[0].replace(":", "").split()) - {"[type]"}
    assert named == modifiers


def test_the_page_on_the_information_standard_says_of_each_item_where_it_is_recorded() -> None:
    page = (ROOT / "docs" / "information-standard.md").read_text()
    rows = [line for line in page.splitlines() if re.match(r"\| \d", line)]
    assert rows == [
        f"| {item.number} | {item.title} | {item.demand} | {'; '.join(_recorded_in(item.number))} |"
        for item in items.ALL.values()
    ]


def _recorded_in(number: int) -> list[str]:
    """The elements that a profile of ours maps to an item, but for the reason why there is no answer."""
    return sorted(
        f"{element['id']} (`{structure['id']}`)"
        for structure in library.shipped().structures()
        for element in structure["differential"]["element"]
        for mapping in element.get("mapping", ())
        if (mapping["identity"], mapping["map"]) == ("scci1580", str(number))
        and not element["id"].endswith(".dataAbsentReason")
    )
