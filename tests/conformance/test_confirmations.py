"""What says that it confirms an earlier answer tells nobody what that answer is."""

import pytest

from service.db import Database
from service.register import codes
from tests import builders
from tests.systems import System, connect


@pytest.mark.parametrize("code", ["21", "30"])
def test_who_may_not_read_answers_finds_none_by_confirming(integration: System, database: Database, code: str) -> None:
    integration.keep(builders.patient(id="anna"), builders.place_of_death("21", id="wish"))
    scope = "system/Patient.cruds system/Observation.cu"
    writer = connect(integration.http, database, "integration", scope=scope)
    earlier = {"url": codes.CONFIRMED_UNCHANGED, "valueReference": builders.reference("Observation/wish")}
    confirmed = builders.place_of_death(code, effectiveDateTime="2025-06-03", extension=[earlier])
    assert writer.post("Observation", confirmed).status_code == 403
    assert writer.post("Observation", builders.place_of_death(code)).status_code == 201
