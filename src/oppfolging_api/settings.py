"""Every setting of the service, each an environment variable OPPFOLGING_<NAME>."""

from pathlib import Path
from typing import Literal

from pydantic import Field, SecretStr, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from oppfolging_api.access.issuers import IssuerSettings
from oppfolging_api.kernel.canonical import DEFAULT_BASE


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
        (), description="Issuers whose tokens are accepted, as JSON: issuer, jwks_url or jwks_file, audience, claims."
    )
    canonical: str = Field(DEFAULT_BASE, description="Prefix of the service's own canonical URLs.")
    base_url: str | None = Field(
        None, description="Where clients reach the service, without /fhir. Unset: taken from each request."
    )
    max_body_bytes: int = Field(2 * 1024 * 1024, ge=1024, description="Larger bodies are refused with 413.")
    var: Path = Field(Path("var"), description="Where development keeps its database, key and secret.")
    host: str = Field("127.0.0.1", description="The address `serve` listens on.")
    workers: int = Field(1, ge=1, description="Worker processes of `serve`.")

    @model_validator(mode="after")
    def _production_is_told(self) -> "Settings":
        if self.environment == "production":
            missing = [name for name in ("database_url", "secret", "issuers") if not getattr(self, name)]
            if missing:
                raise ValueError(f"production needs {', '.join(f'OPPFOLGING_{name.upper()}' for name in missing)}")
        return self

    @property
    def in_development(self) -> bool:
        return self.environment == "development"
