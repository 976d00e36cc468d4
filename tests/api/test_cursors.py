"""Links between pages: sealed, and opened while a secret is changed."""

import itertools
from urllib.parse import quote_plus, urlencode

import pytest

from service import edge, incoming
from service.api import requests
from service.api.cursors import Cursors
from service.config import Settings
from service.errors import Unreadable

OLD, NEW = "o" * 32, "n" * 32
ASKED = [("name", "Example")]


def test_a_link_tells_nothing_of_what_was_asked(settings: Settings) -> None:
    assert "Example" not in Cursors(settings).sealed("Patient", ASKED, 7)


def test_a_secret_is_changed_in_three_steps_and_every_link_opens() -> None:
    """Each process in turn learns the new secret first, then seals with it, then forgets the old one."""
    steps = [
        Settings(secret=OLD),
        Settings(secret=OLD, previous_secret=NEW),
        Settings(secret=NEW, previous_secret=OLD),
        Settings(secret=NEW),
    ]
    for one, beside in itertools.pairwise(steps):  # while processes are restarted one after another
        for sealing, opening in ((one, beside), (beside, one)):
            assert Cursors(opening).opened("Patient", Cursors(sealing).sealed("Patient", ASKED, 7)) == (ASKED, 7)


@pytest.mark.parametrize("text", ["x", "é", '"', "€", "😀"])
def test_the_link_of_the_longest_search_that_is_taken_is_no_longer_than_a_url_may_be(text: str) -> None:
    each = requests.FORM_LIMIT_BYTES // incoming.FIELDS - len("&name%3Acontains=")
    asked = [("name:contains", text * (each // len(quote_plus(text))))] * incoming.FIELDS
    assert 0.9 < len(urlencode(asked)) / requests.FORM_LIMIT_BYTES <= 1
    assert len(Cursors(Settings(secret=OLD)).sealed("Patient", asked, [1, 2])) < edge.LONGEST_URL - 1000


def test_a_link_of_a_secret_that_is_forgotten_is_refused() -> None:
    sealed = Cursors(Settings(secret=OLD)).sealed("Patient", ASKED, 7)
    with pytest.raises(Unreadable, match="not one of ours"):
        Cursors(Settings(secret=NEW)).opened("Patient", sealed)
