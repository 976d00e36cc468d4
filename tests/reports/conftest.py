import pytest

from service.db import Database
from tests.reports.invented import Area


@pytest.fixture
def area(database: Database) -> Area:
    return Area(database)
