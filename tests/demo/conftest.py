"""The story at full size, told once for all tests of it, and a small one that can be written in a moment."""

import pytest

from service.demo import story
from service.demo.area import Scale
from service.demo.story import Story

SMALL = Scale(practices=6, people=30_000, on_register=24, deaths_a_year=330, in_full=4)


@pytest.fixture(scope="session")
def full_story() -> Story:
    return story.told()


@pytest.fixture(scope="session")
def small_story() -> Story:
    return story.told(SMALL)
