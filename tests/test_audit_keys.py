"""The keys of the audit trail come from the settings, or are made for a development server."""

import stat
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from service import audit_keys
from service.config import settings
from service.errors import Unreadable


@pytest.fixture
def given(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Callable[..., None]]:
    def give(key: str = "", old: str = "") -> None:
        monkeypatch.setenv("HEARTSEASE_HOME", str(tmp_path / "home"))
        monkeypatch.setenv("HEARTSEASE_AUDIT_KEY", key)
        monkeypatch.setenv("HEARTSEASE_AUDIT_OLD_KEYS", old)
        settings.cache_clear()

    yield give
    settings.cache_clear()


def test_the_id_of_a_key_tells_nothing_of_it_and_keys_have_other_ids(given: Callable[..., None]) -> None:
    given("one-key", "another-key a-third-key")
    known = audit_keys.known()
    assert len(known) == 3
    assert audit_keys.current().id in known
    assert all(len(name) == 8 and "key" not in name for name in known)


def test_a_key_with_a_space_is_refused_because_it_could_not_be_an_old_one(given: Callable[..., None]) -> None:
    given("two words")
    with pytest.raises(Unreadable, match="space"):
        audit_keys.current()


def test_a_development_server_makes_a_key_that_only_its_user_can_read(
    given: Callable[..., None], tmp_path: Path
) -> None:
    given()
    first = audit_keys.current()
    kept = tmp_path / "home" / "audit.key"
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    assert [path.name for path in kept.parent.iterdir()] == ["audit.key"]
    audit_keys._kept.cache_clear()
    assert audit_keys.current() == first
    assert repr(first.secret) not in repr(settings())
