"""Settings: environment variables named `HEARTSEASE_*`, read once into one frozen object.

A setting that is secret (`SecretStr`) is never printed, and may also stand in a file, which `HEARTSEASE_…_FILE` names.
"""

import os
from functools import cache
from pathlib import Path
from typing import Any, Final, Literal, Self
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from service.errors import Unreadable

CHECKOUT = Path(__file__).resolve().parent.parent


def shipped(folder: str) -> Path:
    """A folder that travels with the code: beside the package in a checkout, inside it in an installed wheel."""
    beside, inside = CHECKOUT / folder, CHECKOUT / "service" / folder
    return beside if beside.is_dir() else inside


PREFIX: Final = "HEARTSEASE_"
_SECRET_CHARACTERS: Final = 32
_SECRET_FILE_CHARACTERS: Final = 100_000


class _SecretFiles(PydanticBaseSettingsSource):
    """The secrets that files hold: of `HEARTSEASE_SECRET_FILE=/run/secrets/heartsease` the content, without its end
    of line. Raises Unreadable for a file that cannot be read, and for a secret that is given in both ways.
    """

    def __call__(self) -> dict[str, Any]:
        fields = self.settings_cls.model_fields
        return {name: value for name, field in fields.items() if (value := self.get_field_value(field, name)[0])}

    def get_field_value(self, field: FieldInfo, field_name: str) -> tuple[Any, str, bool]:
        variable = f"{PREFIX}{field_name.upper()}"
        path = os.environ.get(f"{variable}_FILE", "") if field.annotation is SecretStr else ""
        if path and os.environ.get(variable):
            raise Unreadable(f"Set {variable} or {variable}_FILE, not both")
        return (_content(Path(path), f"{variable}_FILE") if path else None), field_name, False


def _content(path: Path, variable: str) -> str:
    try:
        with path.open() as file:
            return file.read(_SECRET_FILE_CHARACTERS).rstrip("\r\n")
    except (OSError, UnicodeDecodeError) as error:
        raise Unreadable(f"The file that {variable} names cannot be read") from error


class Settings(BaseSettings):
    """Every setting of Heartsease. The description of each is the documentation of it."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, frozen=True, extra="ignore", hide_input_in_errors=True)

    environment: Literal["development", "production"] = Field(
        "development", description="`production` refuses to start with any insecure default"
    )
    home: Path = Field(CHECKOUT / ".heartsease", description="Folder of the embedded database and of the demo keys")
    database_url: SecretStr = Field(
        SecretStr(""), description="`sqlite:///…` (the default, in the home folder) or `postgresql://…`"
    )
    host: str = Field("127.0.0.1", description="Address that `heartsease serve` listens on")
    port: int = Field(8000, ge=1, le=65535, description="Port that `heartsease serve` listens on")
    base_url: str = Field("", description="Public address of this server, without a path; default http://HOST:PORT")
    secret: SecretStr = Field(
        SecretStr(""), description="Seals paging cursors; 32 characters or more, the same in every process"
    )
    previous_secret: SecretStr = Field(
        SecretStr(""), description="The secret before this one: while a secret is changed, its page links still open"
    )
    audit_key: SecretStr = Field(
        SecretStr(""),
        description="Seals the audit trail; 32 characters or more without a space, the same in every process",
    )
    audit_old_keys: SecretStr = Field(
        SecretStr(""), description="Keys that sealed it before, to verify it with; spaces between them"
    )
    body_limit_bytes: int = Field(5_000_000, ge=1000, description="Largest request body that is read")
    requests_per_minute: int = Field(
        60_000, ge=1, description="Requests of one client that each process answers in a minute"
    )
    tokens_per_minute: int = Field(600, ge=1, description="Tokens that each process gives one client in a minute")
    open_requests_per_minute: int = Field(
        600, ge=1, description="Requests from one address for what is open to all, such as /metadata, a minute"
    )
    refusals_per_minute: int = Field(
        60, ge=1, description="Refusals a minute to callers at one address whom a process does not recognise"
    )
    connections: int = Field(900, ge=1, description="Connections that each process keeps open; more are answered 503")
    break_glass_minutes: int = Field(
        60, ge=1, le=1440, description="How long a record stays open to whoever broke the glass of it"
    )
    retention_years: int = Field(
        8, ge=1, le=100, description="Years after the death and the last entry until a record may be disposed of"
    )
    export_hours: float = Field(24, gt=0, le=720, description="How long a bulk export can be fetched, from its request")
    sharing_basis: Literal["direct-care", "explicit-consent"] = Field(
        "direct-care",
        description="Others than who looks after a person read the record for direct care unless sharing was refused, "
        "or only once it was permitted (`explicit-consent`; an ambulance or an emergency never waits for that)",
    )
    baseline_rate: float = Field(
        0.002, gt=0, lt=1, description="Published share of people on an end-of-life register to compare with (rounded)"
    )
    baseline_people: int = Field(
        771_500, ge=0, description="How many people that share was published of; 0 where that is not known"
    )
    baseline_source: str = Field(
        "Stoke and North Staffordshire Pioneer Programme profile: 0.2% of 771,500 people (rounded as published)",
        description="Where the baseline was published",
    )
    foreseeable_share: float = Field(
        0.75,
        gt=0,
        le=1,
        description="How much of the expected deaths can be foreseen: at least a quarter come suddenly (NICE CMG42)",
    )
    disclosure_profile: Literal["nhs-digital", "under-5", "round-10"] = Field(
        "nhs-digital",
        description="What reports hide and round: 1 to 7 hidden and the rest to 5, 1 to 4 hidden and none rounded, "
        "1 to 4 hidden and the rest to 10. One for all: two of them side by side would give away what one hides",
    )
    concept_maps: Path | None = Field(
        None, description="Folder of ConceptMaps, as .json files, that say what other codings of places mean"
    )
    profile_packages: str = Field(
        "", description="FHIR packages to judge by as well, such as UK Core's: folders or .tgz files, `:` between them"
    )
    reference_dir: Path | None = Field(
        None, description="Published files and FHIR definitions that tests read; tests skip where it is unset"
    )

    @field_validator("database_url")
    @classmethod
    def _names_a_database(cls, given: SecretStr) -> SecretStr:
        """Said without the value, which may hold a password."""
        url = given.get_secret_value()
        try:
            is_known = not url or (url.startswith(("sqlite:///", "postgresql://")) and urlsplit(url).port != 0)
        except ValueError:
            is_known = False
        if not is_known:
            raise ValueError("HEARTSEASE_DATABASE_URL is sqlite:///… or postgresql://user:password@host:port/name")
        return given

    @model_validator(mode="after")
    def _is_safe_in_production(self) -> Self:
        if self.environment == "production":
            missing = [
                name
                for name, given in (
                    ("HEARTSEASE_DATABASE_URL", bool(self.database_url)),
                    ("HEARTSEASE_BASE_URL", self.base_url.startswith("https://")),
                    ("HEARTSEASE_SECRET", len(self.secret) >= _SECRET_CHARACTERS),
                    ("HEARTSEASE_AUDIT_KEY", len(self.audit_key) >= _SECRET_CHARACTERS),
                    ("HEARTSEASE_PREVIOUS_SECRET", len(self.previous_secret) not in range(1, _SECRET_CHARACTERS)),
                )
                if not given
            ]
            if missing:
                raise ValueError(f"Production needs {', '.join(missing)} (an https address, 32 secret characters)")
        return self

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        return init_settings, env_settings, _SecretFiles(settings_cls)

    @property
    def database(self) -> str:
        return self.database_url.get_secret_value() or f"sqlite:///{self.home / 'heartsease.db'}"

    @property
    def package_paths(self) -> tuple[Path, ...]:
        return tuple(Path(path) for path in self.profile_packages.split(os.pathsep) if path)

    @property
    def public_url(self) -> str:
        return (self.base_url or f"http://{self.host}:{self.port}").rstrip("/")

    @property
    def fhir_url(self) -> str:
        return f"{self.public_url}/fhir/R4"

    @property
    def token_url(self) -> str:
        return f"{self.public_url}/oauth2/token"


@cache
def settings() -> Settings:
    """The settings of this process. Raises Unreadable, naming what is wrong and repeating no value."""
    try:
        return Settings()
    except ValidationError as error:
        told = "; ".join(f"{'_'.join(map(str, one['loc']))} {one['msg']}".strip() for one in error.errors())
        raise Unreadable(f"The settings are not right: {told}") from error
