"""Settings: environment variables named `HEARTSEASE_*`, read once into one frozen object."""

import os
from functools import cache
from pathlib import Path
from typing import Literal, Self

from pydantic import Field, SecretStr, ValidationError, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from service.errors import Unreadable

CHECKOUT = Path(__file__).resolve().parent.parent


def shipped(folder: str) -> Path:
    """A folder that travels with the code: beside the package in a checkout, inside it in an installed wheel."""
    beside, inside = CHECKOUT / folder, CHECKOUT / "service" / folder
    return beside if beside.is_dir() else inside


class Settings(BaseSettings):
    """Every setting of Heartsease. The description of each is the documentation of it."""

    model_config = SettingsConfigDict(env_prefix="HEARTSEASE_", frozen=True, extra="ignore", hide_input_in_errors=True)

    environment: Literal["development", "production"] = Field(
        "development", description="`production` refuses to start with any insecure default"
    )
    home: Path = Field(CHECKOUT / ".heartsease", description="Folder of the embedded database and of the demo keys")
    database_url: str = Field("", description="`sqlite:///…` (the default, in the home folder) or `postgresql://…`")
    host: str = Field("127.0.0.1", description="Address that `heartsease serve` listens on")
    port: int = Field(8000, ge=1, le=65535, description="Port that `heartsease serve` listens on")
    base_url: str = Field("", description="Public address of this server, without a path; default http://HOST:PORT")
    secret: SecretStr = Field(
        SecretStr(""), description="Seals paging cursors; 32 characters or more, the same in every process"
    )
    body_limit_bytes: int = Field(5_000_000, ge=1000, description="Largest request body that is read")
    export_hours: float = Field(24, gt=0, le=720, description="How long a bulk export can be fetched, from its request")
    baseline_rate: float = Field(
        0.002, gt=0, lt=1, description="Published share of people on an end-of-life register to compare with (rounded)"
    )
    baseline_source: str = Field(
        "Stoke and North Staffordshire Pioneer Programme profile: 0.2% of 771,500 people (rounded as published)",
        description="Where the baseline was published",
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

    @model_validator(mode="after")
    def _is_safe_in_production(self) -> Self:
        if self.environment == "production":
            missing = [
                name
                for name, given in (
                    ("HEARTSEASE_DATABASE_URL", bool(self.database_url)),
                    ("HEARTSEASE_BASE_URL", self.base_url.startswith("https://")),
                    ("HEARTSEASE_SECRET", len(self.secret.get_secret_value()) >= 32),
                )
                if not given
            ]
            if missing:
                raise ValueError(f"Production needs {', '.join(missing)} (an https address, 32 secret characters)")
        return self

    @property
    def database(self) -> str:
        return self.database_url or f"sqlite:///{self.home / 'heartsease.db'}"

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
