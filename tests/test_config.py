"""Settings: what is insecure does not start in production."""

from pathlib import Path
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
    "audit_key": "y" * 32,
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
        ({"audit_key": ""}, "HEARTSEASE_AUDIT_KEY"),
        ({"audit_key": "short"}, "HEARTSEASE_AUDIT_KEY"),
        ({"previous_secret": "short"}, "HEARTSEASE_PREVIOUS_SECRET"),
    ],
)
def test_production_refuses_an_insecure_setting_by_name(insecure: dict[str, Any], name: str) -> None:
    with pytest.raises(ValidationError, match=name):
        Settings(**{**SAFE, **insecure})


def test_a_refusal_repeats_no_secret() -> None:
    with pytest.raises(ValidationError) as refused:
        Settings(**{**SAFE, "secret": "much-too-short"})
    assert "much-too-short" not in str(refused.value)


@pytest.mark.parametrize("name", ["secret", "previous_secret", "database_url"])
def test_a_secret_is_not_printed(name: str) -> None:
    settings = Settings(**{**SAFE, name: "sqlite:///" + "y" * 40})
    assert "y" * 40 not in f"{settings!r}{settings}{settings.model_dump()}"


def test_a_secret_may_stand_in_a_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("s" * 40 + "\n")
    (tmp_path / "url").write_text("sqlite:///of-a-file.db")
    monkeypatch.setenv("HEARTSEASE_SECRET_FILE", str(tmp_path / "secret"))
    monkeypatch.setenv("HEARTSEASE_DATABASE_URL_FILE", str(tmp_path / "url"))
    settings = Settings()
    assert settings.secret.get_secret_value() == "s" * 40
    assert settings.database == "sqlite:///of-a-file.db"


def test_a_secret_that_is_given_twice_or_cannot_be_read_is_refused(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("HEARTSEASE_SECRET_FILE", str(tmp_path / "absent"))
    with pytest.raises(Unreadable, match="HEARTSEASE_SECRET_FILE") as refused:
        Settings()
    assert "absent" not in refused.value.message
    monkeypatch.setenv("HEARTSEASE_SECRET", "s" * 40)
    with pytest.raises(Unreadable, match="not both"):
        Settings()


@pytest.mark.parametrize(
    "url", ["hunter2", "postgresq://u:hunter2@h/x", "mysql://hunter2@h/x", "postgresql://h:hunter2/x"]
)
def test_a_database_that_is_none_is_refused_and_not_repeated(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    monkeypatch.setenv("HEARTSEASE_DATABASE_URL", url)
    config.settings.cache_clear()
    with pytest.raises(Unreadable, match="HEARTSEASE_DATABASE_URL is sqlite") as refused:
        config.settings()
    assert "hunter2" not in refused.value.message


def test_only_a_secret_is_looked_for_in_a_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "port").write_text("8123")
    monkeypatch.setenv("HEARTSEASE_PORT_FILE", str(tmp_path / "port"))
    assert Settings().port == 8000


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
