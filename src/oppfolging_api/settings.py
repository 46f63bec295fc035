"""Every setting of the service, each an environment variable OPPFOLGING_<NAME>."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Final, Literal

from pydantic import Field, SecretStr, ValidationInfo, field_validator, model_validator
from pydantic_settings import (
    BaseSettings,
    EnvSettingsSource,
    NoDecode,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
)

from oppfolging_api.access.issuers import IssuerSettings
from oppfolging_api.access.municipalities import MunicipalitySettings
from oppfolging_api.access.municipalities import Number as MunicipalityNumber
from oppfolging_api.kernel.canonical import DEFAULT_BASE
from oppfolging_api.secret_files import SecretFiles
from oppfolging_api.setting_checks import check_base, check_origins, check_port, check_proxies, separated
from oppfolging_api.store.entry import OWN_ACCESS_AGE

_IN_PRODUCTION: Final = {"rate_limit": 200, "identity_numbers_in_urls": False}
"""Defaults that are others there."""


class CannotServe(Exception):
    """What keeps the service from starting or migrating, in a line for the operator."""


class Settings(BaseSettings):
    model_config = SettingsConfigDict(env_prefix="OPPFOLGING_", frozen=True, hide_input_in_errors=True)

    environment: Literal["development", "production"] = Field(
        "development", description="In production nothing is made up: no development issuer, no embedded database."
    )
    database_url: str | None = Field(
        None,
        repr=False,
        description="PostgreSQL 15 to 18. Unset in development: an embedded PostgreSQL below `var`.",
    )
    owner_database_url: str | None = Field(
        None, repr=False, description="The login that migrates, where it is another than `database_url`."
    )
    log_database_url: str | None = Field(
        None,
        repr=False,
        description="The login that appends to the access log, where it is another than `database_url`.",
    )
    database_connections: int = Field(10, ge=1, description="Connections a worker holds for writes, and for reads.")
    secret: SecretStr | None = Field(
        None,
        min_length=32,
        description="Keys the hashes of identity numbers and the cursors; the same for every worker, for ever. "
        "Unset in development: made below `var`.",
    )
    issuers: tuple[IssuerSettings, ...] = Field(
        (),
        description="Issuers whose tokens are accepted, as JSON: a preset with environment and audience, or all of it.",
    )
    municipalities: Mapping[MunicipalityNumber, MunicipalitySettings] = Field(
        {}, description="Roles that municipalities give organisations and health personnel, and their HER-ids, as JSON."
    )
    decision_days: int = Field(21, ge=1, description="Days until a referral is to be decided.")
    receipt_hours: int = Field(96, ge=1, description="Hours until a GP's system is to have receipted for feedback.")
    worklist_seconds: int = Field(
        300,
        ge=0,
        description="Seconds between a worker's looks at whether the day's worklist is to be brought up to date; "
        "0: never by itself.",
    )
    dpop_seconds: float = Field(60, ge=5, le=600, description="How long a DPoP proof is good for.")
    own_access_age: int = Field(
        OWN_ACCESS_AGE, ge=0, le=18, description="Years from which a person has access to their own record."
    )
    canonical: str = Field(DEFAULT_BASE, description="Prefix of the service's own canonical URLs.")
    base_url: str | None = Field(
        None,
        description="Where clients reach the service, https and without /fhir. "
        "Unset in development: taken from each request.",
    )
    max_body_bytes: int = Field(2 * 1024 * 1024, ge=1024, description="Larger bodies are refused with 413.")
    max_message_bytes: int = Field(20_000_000, ge=1024, description="The same for PLO messages, attachments included.")
    request_timeout: float = Field(60, gt=0, description="Seconds until an answer; a third of them for the body.")
    rate_limit: int = Field(
        0, ge=0, description="Requests a second a caller may make of a worker; 0: no limit. In production 200."
    )
    rate_burst: int = Field(1000, ge=1, description="Requests a caller may make at once after a silence.")
    concurrent_requests: int = Field(8, ge=1, description="Requests of a caller under way at once, where limited.")
    cors_origins: Annotated[tuple[str, ...], NoDecode] = Field(
        (), description="Origins whose pages may call the service, separated by commas; none unless named."
    )
    identity_numbers_in_urls: bool = Field(
        True, description="Whether an address may hold an identity number. In production not."
    )
    trusted_proxies: Annotated[tuple[str, ...], NoDecode] = Field(
        ("127.0.0.1",), description="Addresses or networks whose X-Forwarded-For and X-Forwarded-Proto are believed."
    )
    log_retention_months: int | None = Field(
        None, ge=1, description="Whole months of the access log that `migrate` keeps. Unset: nothing is ever removed."
    )
    var: Path = Field(Path("var"), description="Where development keeps its database, key and secret.")
    host: str = Field("127.0.0.1", description="The address `serve` listens on.")
    workers: int = Field(1, ge=1, description="Worker processes of `serve`.")

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """What is said in code, in the environment, or in files that the environment names."""
        prefix = env_settings.env_prefix if isinstance(env_settings, EnvSettingsSource) else ""
        return init_settings, env_settings, SecretFiles(settings_cls, prefix)

    @model_validator(mode="before")
    @classmethod
    def _production_is_strict(cls, told: dict[str, Any]) -> dict[str, Any]:
        return (_IN_PRODUCTION if told.get("environment") == "production" else {}) | told

    @field_validator("cors_origins", "trusted_proxies", mode="before")
    @classmethod
    def _separated(cls, value: Any) -> Any:
        return separated(value)

    @field_validator("base_url")
    @classmethod
    def _one_base(cls, url: str | None) -> str | None:
        if url is not None:
            check_base(url)
        return url

    @field_validator("cors_origins")
    @classmethod
    def _exact_origins(cls, origins: tuple[str, ...]) -> tuple[str, ...]:
        check_origins(origins)
        return origins

    @field_validator("trusted_proxies")
    @classmethod
    def _known_proxies(cls, proxies: tuple[str, ...]) -> tuple[str, ...]:
        check_proxies(proxies)
        return proxies

    @field_validator("database_url", "owner_database_url", "log_database_url")
    @classmethod
    def _port_is_one(cls, url: str | None, info: ValidationInfo) -> str | None:
        if url is not None:
            check_port(url, f"OPPFOLGING_{str(info.field_name).upper()}")
        return url

    @model_validator(mode="after")
    def _production_is_told(self) -> "Settings":
        if self.environment == "production":
            needed = ("database_url", "secret", "issuers", "base_url")
            missing = [name for name in needed if not getattr(self, name)]
            if missing:
                raise ValueError(f"production needs {', '.join(f'OPPFOLGING_{name.upper()}' for name in missing)}")
        return self

    @model_validator(mode="after")
    def _nobody_holds_every_connection(self) -> "Settings":
        if self.rate_limit and self.concurrent_requests >= self.database_connections:
            raise ValueError("OPPFOLGING_CONCURRENT_REQUESTS is to be below OPPFOLGING_DATABASE_CONNECTIONS")
        return self

    @property
    def in_development(self) -> bool:
        return self.environment == "development"
