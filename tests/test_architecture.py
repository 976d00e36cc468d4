"""What the shape of the code promises, and no reviewer should have to check."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

SERVICE = Path(__file__).parent.parent / "service"
MODULES = sorted(SERVICE.rglob("*.py"))


def _calls(source: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(source.read_text())):
        if isinstance(node, ast.Call):
            yield ast.unparse(node.func)


def _imports(source: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(source.read_text())):
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.module or ""


def test_only_the_clock_reads_the_time() -> None:
    clocks = ("datetime.now", "date.today", "time.time", "datetime.utcnow")
    asking = [module for module in MODULES if module.name != "clock.py" and set(_calls(module)) & set(clocks)]
    assert asking == []


def test_only_the_configuration_reads_the_environment() -> None:
    reading = [
        module
        for module in MODULES
        if module.name != "config.py" and any(call.startswith(("os.environ", "os.getenv")) for call in _calls(module))
    ]
    assert reading == []


def test_only_the_http_client_reaches_out_to_others() -> None:
    """Databases have their drivers."""
    clients = {"httpx", "httpx2", "socket", "ssl", "urllib.request", "http.client", "requests", "aiohttp"}
    reaching = [module.name for module in MODULES if set(_imports(module)) & clients]
    assert reaching == ["http_client.py"]


def test_json_goes_through_the_codec_where_decimals_matter() -> None:
    stores = [module for module in (SERVICE / "store").glob("*.py") if "json" in set(_imports(module))]
    assert stores == []


@pytest.mark.parametrize("name", ["utils", "common", "helpers", "base", "misc"])
def test_no_module_has_a_name_that_says_nothing(name: str) -> None:
    assert [module for module in MODULES if module.stem == name] == []


def test_nothing_below_the_edges_commits() -> None:
    below = ("register", "fhir", "store", "reports")
    committing = [
        module
        for layer in below
        for module in (SERVICE / layer).rglob("*.py")
        if any(call.endswith(".commit") for call in _calls(module))
    ]
    assert committing == []
