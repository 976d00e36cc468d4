"""Settings: what is insecure does not start in production."""

from typing import Any

import pytest
from pydantic import ValidationError

from service import config
from service.config import Settings
from service.errors import Unreadable

SAFE = {
    "environment": "production",
    "database_url": "postgresql://heartsease@db/heartsease",
    "base_url": "https://register.example.nhs.uk",
    "secret": "x" * 32,
}


def test_production_starts_with_a_database_an_https_address_and_a_secret() -> None:
    assert Settings(**SAFE).token_url == "https://register.example.nhs.uk/oauth2/token"


@pytest.mark.parametrize(
    ("insecure", "name"),
    [
        ({"database_url": ""}, "HEARTSEASE_DATABASE_URL"),
        ({"base_url": "http://register.example.nhs.uk"}, "HEARTSEASE_BASE_URL"),
        ({"base_url": ""}, "HEARTSEASE_BASE_URL"),
        ({"secret": "short"}, "HEARTSEASE_SECRET"),
    ],
)
def test_production_refuses_an_insecure_setting_by_name(insecure: dict[str, Any], name: str) -> None:
    with pytest.raises(ValidationError, match=name):
        Settings(**{**SAFE, **insecure})


def test_a_refusal_repeats_no_secret() -> None:
    with pytest.raises(ValidationError) as refused:
        Settings(**{**SAFE, "secret": "much-too-short"})
    assert "much-too-short" not in str(refused.value)


def test_a_secret_is_not_printed() -> None:
    assert "x" * 32 not in repr(Settings(**SAFE))


def test_settings_come_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HEARTSEASE_PORT", "8123")
    assert Settings().public_url == "http://127.0.0.1:8123"


def test_settings_cannot_be_changed() -> None:
    with pytest.raises(ValidationError, match="frozen"):
        Settings().port = 1


def test_wrong_settings_are_told_in_a_sentence_without_their_values(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HEARTSEASE_PORT", "not-a-port")
    config.settings.cache_clear()
    with pytest.raises(Unreadable, match="port") as refused:
        config.settings()
    assert "not-a-port" not in refused.value.message
