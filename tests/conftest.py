"""One PostgreSQL and one server a test process; each test works in a municipality of its own."""

import asyncio
import itertools
import os
from collections.abc import Iterator
from pathlib import Path

import asyncpg
import pytest
from sqlalchemy import make_url, text
from sqlalchemy.ext.asyncio import create_async_engine

from oppfolging_api.access.development import DevelopmentIssuer
from oppfolging_api.keys import development_issuer
from oppfolging_api.serve import bring_up_to_date
from oppfolging_api.settings import Settings
from oppfolging_api.store.embedded import EmbeddedPostgres
from support import CONNECTIONS, MovableClock, Municipality, running


@pytest.fixture(scope="session")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A login that may create databases: OPPFOLGING_DATABASE_URL, else an embedded PostgreSQL."""
    if configured := os.environ.get("OPPFOLGING_DATABASE_URL"):
        yield configured
        return
    with EmbeddedPostgres.start(tmp_path_factory.mktemp("var") / "postgres") as embedded:
        asyncio.run(_hurry(embedded.url))
        yield embedded.url


async def _hurry(url: str) -> None:
    """Nobody pulls the plug of a test's machine: what a killed process leaves behind needs no fsync to be there."""
    connection = await asyncpg.connect(url)
    await connection.execute("ALTER SYSTEM SET fsync = off")
    await connection.execute("ALTER SYSTEM SET full_page_writes = off")
    await connection.execute("SELECT pg_reload_conf()")
    await connection.close()


class Databases:
    """Databases made for a test process and dropped after it."""

    def __init__(self, server: str) -> None:
        self._server = make_url(server)
        self._names: list[str] = []

    def make(self) -> str:
        name = f"oppfolging_test_{os.getpid()}_{len(self._names)}"
        self._names.append(name)
        asyncio.run(self._run(f'CREATE DATABASE "{name}"'))
        return self._server.set(database=name).render_as_string(hide_password=False)

    def drop(self) -> None:
        for name in self._names:
            asyncio.run(self._run(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)'))

    async def _run(self, statement: str) -> None:
        engine = create_async_engine(self._server.set(drivername="postgresql+asyncpg"), isolation_level="AUTOCOMMIT")
        async with engine.connect() as connection:
            await connection.execute(text(statement))
        await engine.dispose()


@pytest.fixture(scope="session")
def databases(postgres: str) -> Iterator[Databases]:
    made = Databases(postgres)
    yield made
    made.drop()


@pytest.fixture(scope="session")
def settings(databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """Of a migrated database."""
    var: Path = tmp_path_factory.mktemp("settings")
    made = Settings(database_url=databases.make(), var=var, _env_prefix="NOTHING_")
    asyncio.run(bring_up_to_date(made))
    return made


@pytest.fixture(scope="session")
def session_clock() -> MovableClock:
    return MovableClock()


@pytest.fixture
def clock(session_clock: MovableClock) -> Iterator[MovableClock]:
    yield session_clock
    session_clock.moved *= 0


@pytest.fixture(scope="session")
def server(settings: Settings, session_clock: MovableClock) -> Iterator[str]:
    with running(settings, session_clock) as address:
        yield address
        CONNECTIONS.close()


@pytest.fixture(scope="session")
def issuer(settings: Settings) -> DevelopmentIssuer:
    return development_issuer(settings)


_CODES = itertools.count(1000)


@pytest.fixture
def town(server: str, issuer: DevelopmentIssuer, clock: MovableClock) -> Municipality:
    """A municipality nobody else works in, with its coordinating unit."""
    return Municipality(server, issuer, clock, str(next(_CODES)))


@pytest.fixture
def other_town(server: str, issuer: DevelopmentIssuer, clock: MovableClock) -> Municipality:
    return Municipality(server, issuer, clock, str(next(_CODES)))
