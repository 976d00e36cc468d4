"""fhir-kit-client from npm, unchanged, where Node.js is present: one story, told by `fhir_kit_client.js`."""

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests import builders, bundles

HERE = Path(__file__).parent


@pytest.fixture
def seen(served):
    """What the client saw."""
    node = shutil.which("node")
    if not (node and (HERE / "node_modules" / "fhir-kit-client").is_dir()):
        if os.environ.get("HEARTSEASE_TEST_REQUIRE_NODE"):
            pytest.fail("Node.js is required here, with fhir-kit-client installed by scripts/install dev")
        pytest.skip("No Node.js with fhir-kit-client: run scripts/install dev where npm is present")
    given = {
        "registration": bundles.registration(),
        "observation": builders.observation(),
        "identifier": f"https://fhir.nhs.uk/Id/nhs-number|{builders.NHS_NUMBER}",
    }
    ran = subprocess.run(
        [node, HERE / "fhir_kit_client.js", served.base, served.token],
        input=json.dumps(given),
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert ran.returncode == 0, ran.stderr
    return json.loads(ran.stdout)


def test_fhir_kit_client_registers_searches_pages_changes_and_reads_back(seen):
    assert seen == {
        "fhirVersion": "4.0.1",
        "statuses": ["201"] * 12,
        "family": "Example",
        "pages": [2, 2, 1],
        "plans": ["CarePlan"],
        "included": ["CarePlan match", "Patient include"],
        "changed": ["female", "2"],
        "late": [412, "OperationOutcome"],
        "patched": ["other", "3"],
        "history": ["3", "2", "1"],
        "first": "none",
        "summary": ["document", "Composition"],
    }
