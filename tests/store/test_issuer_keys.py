"""The last good keys of an issuer outlive the process that fetched them."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta

import pytest

from oppfolging_api.access.issuer_keys import StoredKeys
from oppfolging_api.access.issuers import Issuer, IssuerSettings, KeySource
from oppfolging_api.access.jwt import SigningKey, TokenRejected, new_private_key
from oppfolging_api.access.verifier import TokenVerifier
from oppfolging_api.runtime import urls_of
from oppfolging_api.settings import Settings
from oppfolging_api.store.database import Database
from settable_clock import SettableClock

NOW = datetime(2026, 11, 22, 8, tzinfo=UTC)


def loading(document: bytes | None) -> Callable[[], Awaitable[bytes]]:
    async def load() -> bytes:
        if document is None:
            raise OSError("the issuer is down")
        return document

    return load


def verifier(issuer: str, load: Callable[[], Awaitable[bytes]], database: Database) -> TokenVerifier:
    settings = IssuerSettings(issuer=issuer, audience=("us",), jwks_url="https://issuer.example/jwks")
    keys = KeySource(issuer, load, 3600, StoredKeys(database.reads))
    return TokenVerifier([Issuer(settings, keys)], SettableClock(NOW))


def token(issuer: str, key: SigningKey) -> str:
    times = {"iat": NOW.timestamp(), "exp": (NOW + timedelta(hours=1)).timestamp()}
    return key.sign({"iss": issuer, "aud": "us", "sub": "a"} | {k: int(v) for k, v in times.items()})


@pytest.mark.parametrize("kept", [True, False], ids=["kept by another process", "never kept"])
def test_a_worker_that_starts_while_the_issuer_is_down(kept: bool, settings: Settings) -> None:
    key = SigningKey.of(new_private_key())
    document = json.dumps({"keys": [key.published]}).encode()
    issuer = f"https://issuer.example/{kept}"

    async def story() -> str:
        async with Database.open(urls_of(settings), 2) as database:
            if kept:
                await verifier(issuer, loading(document), database).verify(token(issuer, key))
            try:
                verified = await verifier(issuer, loading(None), database).verify(token(issuer, key))
            except TokenRejected:
                return "rejected"
            return verified.subject

    assert asyncio.run(story()) == ("a" if kept else "rejected")


@pytest.mark.parametrize(("age", "told"), [("6 days 23 hours", "a"), ("7 days 1 minute", "rejected")])
def test_kept_keys_are_trusted_for_a_week(age: str, told: str, settings: Settings) -> None:
    key = SigningKey.of(new_private_key())
    document = json.dumps({"keys": [key.published]}).encode()
    issuer = f"https://issuer.example/{told}"

    async def story() -> str:
        async with Database.open(urls_of(settings), 2) as database:
            await verifier(issuer, loading(document), database).verify(token(issuer, key))
            aged = "UPDATE issuer_key SET fetched = fetched - $2::text::interval WHERE issuer = $1"
            assert await database.reads.execute(aged, issuer, age) == "UPDATE 1"
            try:
                verified = await verifier(issuer, loading(None), database).verify(token(issuer, key))
            except TokenRejected:
                return "rejected"
            return verified.subject

    assert asyncio.run(story()) == told


def test_without_the_database_the_issuer_is_enough(settings: Settings) -> None:
    key = SigningKey.of(new_private_key())
    document = json.dumps({"keys": [key.published]}).encode()
    issuer = "https://issuer.example/alone"

    async def story() -> str:
        async with Database.open(urls_of(settings), 2) as database:
            await database.reads.close()
            return (await verifier(issuer, loading(document), database).verify(token(issuer, key))).subject

    assert asyncio.run(story()) == "a"
