"""Requests of every kind, made by schemathesis out of our OpenAPI: none is answered with a fault of ours."""

from collections import Counter
from contextlib import suppress

import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode

EXAMPLES = 2
"""Right ones and wrong ones of each of the operations, which are about four hundred."""
MADE = settings(
    max_examples=EXAMPLES,
    phases=[Phase.generate],
    derandomize=True,
    database=None,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)


@pytest.fixture
def session(served):
    with requests.Session() as session:
        session.headers["Authorization"] = f"Bearer {served.token}"
        yield session


@pytest.fixture
def operations(served):
    """Every operation that we document."""
    schema = schemathesis.openapi.from_url(served.base.removesuffix("/fhir/R4") + "/openapi.json")
    found = [operation.ok() for operation in schema.get_all_operations()]
    return [
        operation for operation in found if operation.path != "/readyz"
    ]  # 503 is its answer to a bare test database


@pytest.mark.slow
def test_no_request_is_answered_with_a_fault_of_ours(operations, session):
    seen = Counter()

    for operation in operations:
        for mode in GenerationMode:
            _send_some(operation, mode, session, seen)

    assert len(operations) > 300
    assert not [status for status in seen if status >= 500], seen
    assert {200, 201, 400, 422} <= set(seen)


def _send_some(operation, mode, session, seen):
    @MADE
    @given(case=operation.as_strategy(generation_mode=mode))
    def send(case):
        answer = case.call(session=session)
        seen[answer.status_code] += 1
        assert answer.status_code < 500, f"{case.as_curl_command()}\n{answer.text}"

    if mode is GenerationMode.NEGATIVE:
        with suppress(Unsatisfiable):  # nothing can be wrong with an operation that takes nothing
            send()
    else:
        send()
