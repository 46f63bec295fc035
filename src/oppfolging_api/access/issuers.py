"""Whose tokens are accepted: settings of an issuer, how its claims are named, and where its keys come from."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path
from typing import Annotated, Any, Final, Literal, Protocol, Self

import httpx
import orjson
from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints, model_validator

from oppfolging_api.access.jwt import Keys, keys_of
from oppfolging_api.access.presets import expanded
from oppfolging_api.kernel.caller import Role

_logger = logging.getLogger(__name__)

_FETCH_SECONDS: Final = 5.0
_FETCH_BYTES: Final = 256 * 1024
_PAUSE: Final = 60.0  # seconds between two fetches, whatever asks for them

_Name = Annotated[str, StringConstraints(min_length=1)]
Names = Annotated[tuple[_Name, ...], BeforeValidator(lambda value: (value,) if isinstance(value, str) else value)]
"""One name or several in order of preference. A claim name is tried whole, then as a path: `consumer.ID`."""
_Type = Annotated[str, AfterValidator(str.lower)]


class ClaimMapping(BaseModel):
    """Where an issuer's tokens say who comes. The defaults are the development issuer's; an empty list means never."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    subject: Names = ("sub",)
    scope: Names = ("scope",)
    scope_prefix: str = ""
    """Stands for `oppfolging/` in this issuer's scopes, such as `nhn:oppfolging/`, and before those of SMART."""
    person_scopes: Names = ()
    """Scopes of this issuer that each count as `oppfolging/person`."""
    municipality: Names = ("municipality",)
    """Empty: the issuer does not say, and what municipalities have configured of the organisation holds."""
    user: Names = ()
    """What only the tokens of users have: whoever has one of these needs an identity number and a level, too."""
    hpr: Names = ("hpr_number",)
    organisation: Names = ("organisation_number",)
    organisation_prefix: str = ""
    """Must be there and is cut off, such as `0192:`."""
    required: Mapping[_Name, Names] = {}
    """Claims that must be there with one of these values."""
    client: Names = ("client_id",)
    """Not one of them but all: the software, and its supplier, for the access log alone."""
    pid: Names = ("pid",)
    levels: Mapping[_Name, Names] = {}
    """Claims that tell the level of a login, and the values that are high enough. A user's token has one of the
    claims, and of those it has all are high enough."""


class IssuerSettings(BaseModel):
    """One issuer. `issuer` is compared exactly, a trailing slash included. One that names a preset and its environment
    needs no more than the audience: `{"preset": "helseid", "environment": "test", "audience": "nhn:oppfolging"}`."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    issuer: str = Field(min_length=1)
    audience: Names = Field(min_length=1)
    jwks_url: str | None = None
    jwks_file: Path | None = None
    jwks: Mapping[str, Any] | None = None
    types: tuple[_Type, ...] = ("at+jwt", "jwt")
    """What the header's typ may be, without `application/`."""
    untyped: bool = False
    """Whether a header may lack it."""
    roles: tuple[Role, ...] = tuple(Role)
    """Those a token can give, whatever scopes it carries."""
    dpop: Literal["accepted", "required"] = "accepted"
    """Whether every token must be bound to a key of its holder (RFC 9449)."""
    authorization_endpoint: str | None = None
    token_endpoint: str | None = None
    grant_types: tuple[str, ...] = ()
    """These three are for clients to read in the SMART configuration."""
    max_age: float = Field(3600, gt=0)
    """Seconds until the keys are fetched again."""
    leeway: float = Field(10, ge=0, le=60)
    """Seconds that exp and nbf may be off."""
    claims: ClaimMapping = ClaimMapping()

    @model_validator(mode="before")
    @classmethod
    def _from_preset(cls, values: Any) -> Any:
        return expanded(values) if isinstance(values, dict) and "preset" in values else values

    @model_validator(mode="after")
    def _one_source_of_keys(self) -> Self:
        if [self.jwks_url, self.jwks_file, self.jwks].count(None) != 2:
            raise ValueError("give one of jwks_url, jwks_file and jwks")
        if self.jwks_url is not None and not _trustworthy(self.jwks_url):
            raise ValueError("jwks_url must be https unless its host is this machine")
        return self

    @property
    def accepted_types(self) -> frozenset[str | None]:
        """None where a header may lack typ."""
        return frozenset((*self.types, None) if self.untyped else self.types)


class KeyMemory(Protocol):
    """Where the last good keys of issuers outlive a process: a worker that starts while an issuer is down has them."""

    async def keep(self, issuer: str, document: bytes) -> None: ...

    async def last(self, issuer: str) -> bytes | None: ...


class KeySource:
    """The keys of one issuer, as last fetched.

    They are fetched when older than `max_age` and when a token names a key that is not among them, one fetch at a
    time for all who wait and at most one a minute. When a fetch fails the last good keys go on being used, and
    until one succeeds again nobody who has keys waits for it; who never had any takes those another process kept.
    """

    def __init__(
        self, issuer: str, load: Callable[[], Awaitable[bytes]], max_age: float, memory: KeyMemory | None = None
    ) -> None:
        self._issuer, self._load, self._max_age, self._memory = issuer, load, max_age, memory
        self._keys: Keys = {}
        self._fetched = self._attempted = float("-inf")
        self._failing = False
        self._flight: asyncio.Task[None] | None = None

    async def current(self, now: float) -> Keys:
        """The keys held, fetched anew where they are too old. `now` is in seconds; a clock set back ages them too."""
        if abs(now - self._fetched) >= self._max_age:
            flight = self._fetching(now)
            if flight is not None and not self._failing:
                await asyncio.shield(flight)
        return self._keys

    async def newest(self, now: float) -> Keys:
        """The keys after a fetch, unless the last one was less than a minute ago."""
        flight = self._fetching(now)
        if flight is not None:
            await asyncio.shield(flight)
        return self._keys

    def _fetching(self, now: float) -> asyncio.Task[None] | None:
        if self._flight is not None and not self._flight.done():
            return self._flight
        if abs(now - self._attempted) < _PAUSE:
            return None
        self._attempted = now
        self._flight = asyncio.create_task(self._fetch(now))
        return self._flight

    async def _fetch(self, now: float) -> None:
        try:
            document = await self._load()
            self._keys = keys_of(document)
        except (httpx.HTTPError, OSError, ValueError) as failure:
            self._failing = True
            _logger.warning("keys of issuer %s could not be fetched: %s", self._issuer, type(failure).__name__)
            await self._remember()
        else:
            self._fetched, self._failing = now, False
            if self._memory is not None:
                await self._memory.keep(self._issuer, document)

    async def _remember(self) -> None:
        if self._memory is not None and not self._keys and (document := await self._memory.last(self._issuer)):
            self._keys = keys_of(document)


@dataclass(frozen=True, slots=True)
class Issuer:
    """An issuer whose tokens are accepted, with its keys."""

    settings: IssuerSettings
    keys: KeySource

    @classmethod
    def of(cls, settings: IssuerSettings, memory: KeyMemory | None = None) -> "Issuer":
        """`memory` serves keys that come from afar."""
        far = memory if settings.jwks_url else None
        return cls(settings, KeySource(settings.issuer, _loader(settings), settings.max_age, far))


def _loader(settings: IssuerSettings) -> Callable[[], Awaitable[bytes]]:
    url, file, inline = settings.jwks_url, settings.jwks_file, settings.jwks
    if url is not None:
        return lambda: _downloaded(url)
    if file is not None:
        return lambda: asyncio.to_thread(file.read_bytes)
    return lambda: _inline(inline)


async def _downloaded(url: str) -> bytes:
    """The document at an address: uncompressed, not redirected, within 5 seconds in all and 256 KiB."""
    headers = {"Accept": "application/jwk-set+json, application/json", "Accept-Encoding": "identity"}
    body = bytearray()
    async with (
        asyncio.timeout(_FETCH_SECONDS),
        _client(url) as client,
        client.stream("GET", url, headers=headers) as got,
    ):
        got.raise_for_status()
        async for chunk in got.aiter_raw():
            body += chunk
            if len(body) > _FETCH_BYTES:
                raise ValueError("the document is too large")
    return bytes(body)


def _client(url: str) -> httpx.AsyncClient:
    """The proxy of the environment is for what is outside this machine."""
    return httpx.AsyncClient(timeout=_FETCH_SECONDS, trust_env=not _loopback(httpx.URL(url).host))


async def _inline(jwks: Mapping[str, Any] | None) -> bytes:
    return orjson.dumps(jwks)


def _trustworthy(address: str) -> bool:
    try:
        url = httpx.URL(address)
    except httpx.InvalidURL:
        return False
    return bool(url.host) and (url.scheme == "https" or (url.scheme == "http" and _loopback(url.host)))


def _loopback(host: str) -> bool:
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False
