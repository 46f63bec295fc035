"""Alive is who answers; ready is who could serve: a database that is there and at the revision of this code."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import httpx
import pytest
from sqlalchemy import make_url, text
from sqlalchemy.ext.asyncio import create_async_engine

from oppfolging_api.serve import bring_up_to_date
from oppfolging_api.settings import Settings
from support import Api, MovableClock, running

if TYPE_CHECKING:
    from conftest import Databases

PENDING = (503, {"status": "migrations pending"})
AWAY = (503, {"status": "no database"})
READY = (200, {"status": "ok"})


def asked(address: str, path: str) -> tuple[int, dict[str, str]]:
    answer: httpx.Response = Api(address, None).get(path)
    return answer.status_code, answer.json()


def execute(url: str, statement: str) -> None:
    async def run() -> None:
        engine = create_async_engine(make_url(url).set(drivername="postgresql+asyncpg"), isolation_level="AUTOCOMMIT")
        async with engine.connect() as connection:
            await connection.execute(text(statement))
        await engine.dispose()

    asyncio.run(run())


@contextmanager
def served(settings: Settings, url: str) -> Iterator[str]:
    with running(settings.model_copy(update={"database_url": url}), MovableClock()) as address:
        yield address


def test_a_service_on_a_migrated_database_is_alive_and_ready_to_whoever_asks(server: str) -> None:
    assert asked(server, "/health/live") == (200, {"status": "ok"})
    assert asked(server, "/health/ready") == READY


@pytest.mark.parametrize("revision", [None, "0001"])
def test_it_is_not_ready_while_migrations_are_pending(
    revision: str | None, settings: Settings, databases: "Databases"
) -> None:
    """On an empty database, or one the code before this migrated; once it is migrated, it is, without a restart."""
    url = databases.make()
    here = settings.model_copy(update={"database_url": url})
    if revision:
        asyncio.run(bring_up_to_date(here, revision))
    with served(settings, url) as address:
        assert asked(address, "/health/ready") == PENDING
        assert asked(address, "/health/live") == (200, {"status": "ok"})
        asyncio.run(bring_up_to_date(here))
        assert asked(address, "/health/ready") == READY


def test_it_is_not_ready_on_a_database_of_another_revision(settings: Settings, databases: "Databases") -> None:
    url = databases.migrated()
    with served(settings, url) as address:
        execute(url, "UPDATE alembic_version SET version_num = '9999'")
        assert asked(address, "/health/ready") == PENDING


def test_it_is_alive_but_not_ready_while_the_database_is_away(
    settings: Settings, databases: "Databases", postgres: str
) -> None:
    """It starts without one, becomes ready when there is one, and is not when it goes."""
    url = databases.make()
    name = make_url(url).database
    execute(postgres, f'DROP DATABASE "{name}"')
    with served(settings, url) as address:
        assert asked(address, "/health/ready") == AWAY
        assert asked(address, "/health/live") == (200, {"status": "ok"})
        execute(postgres, f'CREATE DATABASE "{name}"')
        asyncio.run(bring_up_to_date(settings.model_copy(update={"database_url": url})))
        assert asked(address, "/health/ready") == READY
        execute(postgres, f'DROP DATABASE "{name}" WITH (FORCE)')
        assert asked(address, "/health/ready") == AWAY
        assert asked(address, "/health/live") == (200, {"status": "ok"})


def test_it_is_not_ready_where_nobody_listens(settings: Settings) -> None:
    with served(settings, "postgresql://nobody@127.0.0.1:1/none") as address:
        assert asked(address, "/health/ready") == AWAY
