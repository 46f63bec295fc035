"""One PostgreSQL and one server a test process; each test works in a municipality of its own."""

import asyncio
import gc
import itertools
import os
from collections.abc import Callable, Iterator
from functools import cached_property
from pathlib import Path

import asyncpg
import pytest
from sqlalchemy import make_url, text
from sqlalchemy.ext.asyncio import create_async_engine

from oppfolging_api.access.development import DevelopmentIssuer
from oppfolging_api.access.secrets import PersonKeys
from oppfolging_api.fhir.interactions.read import statement_of
from oppfolging_api.fhir.search.cursor import Cursors
from oppfolging_api.fhir.server import Server
from oppfolging_api.keys import development_issuer, secret_of
from oppfolging_api.runtime import registry_of, urls_of
from oppfolging_api.serve import bring_up_to_date
from oppfolging_api.settings import Settings
from oppfolging_api.store.database import Database
from oppfolging_api.store.embedded import EmbeddedPostgres
from oppfolging_api.worklist.batch import Done
from oppfolging_api.worklist.job import work
from shell import Shell
from support import CONNECTIONS, MovableClock, Municipality, running

CONFIGURED = "OPPFOLGING_DATABASE_URL"
LONGEST = (
    "test_embedded.py",
    "test_serve.py",
    "test_demo.py",
    "test_sigkill.py",
    "test_logs.py",
    "test_migrations.py",
    "test_policy_matrix.py",
    "test_consent_matrix.py",
    "test_mutants.py",
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The longest files first, so that no worker is left with one of them when the other has nothing to do."""
    items.sort(key=lambda item: LONGEST.index(item.path.name) if item.path.name in LONGEST else len(LONGEST))


def pytest_collection_finish() -> None:
    """What has been imported and collected stays; it is not searched for garbage over and over."""
    gc.collect()
    gc.freeze()


@pytest.fixture(autouse=True)
def _statements_anew() -> Iterator[None]:
    """Some tests turn a rule off in this very process: what was put together with it is not used without it."""
    yield
    statement_of.cache_clear()


@pytest.fixture(scope="session")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A login that may create databases: the configured one, else that of an embedded PostgreSQL."""
    if configured := os.environ.get(CONFIGURED):
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

    def __init__(self, server: str, var: Path) -> None:
        self._server = make_url(server)
        self._var = var
        self._names: list[str] = []

    def make(self, template: str = "template1") -> str:
        """An empty one, or a copy of one that nobody is connected to."""
        name = f"oppfolging_test_{os.getpid()}_{len(self._names)}"
        self._names.append(name)
        asyncio.run(self._run(f'CREATE DATABASE "{name}" TEMPLATE "{template}"'))
        return self._server.set(database=name).render_as_string(hide_password=False)

    def migrated(self) -> str:
        """A copy of one that is up to date, which is made once."""
        return self.make(self._up_to_date)

    @cached_property
    def _up_to_date(self) -> str:
        url = self.make()
        asyncio.run(bring_up_to_date(Settings(database_url=url, var=self._var, _env_prefix="NOTHING_")))
        return str(make_url(url).database)

    def drop(self) -> None:
        for name in self._names:
            asyncio.run(self._run(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)'))

    async def _run(self, statement: str) -> None:
        engine = create_async_engine(self._server.set(drivername="postgresql+asyncpg"), isolation_level="AUTOCOMMIT")
        async with engine.connect() as connection:
            await connection.execute(text(statement))
        await engine.dispose()


@pytest.fixture(scope="session")
def databases(postgres: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Databases]:
    made = Databases(postgres, tmp_path_factory.mktemp("databases"))
    yield made
    if CONFIGURED in os.environ:
        made.drop()  # from an embedded PostgreSQL, which goes with all it holds, it would take half a second each


@pytest.fixture(scope="session")
def settings(databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """Of a migrated database."""
    var: Path = tmp_path_factory.mktemp("settings")
    return Settings(database_url=databases.migrated(), var=var, _env_prefix="NOTHING_")


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


@pytest.fixture
def daily(settings: Settings, clock: MovableClock) -> Callable[[str], Done]:
    """The day's run of the worklist of one municipality, by its code."""

    async def run(municipality: str) -> Done:
        secret = secret_of(settings)
        keys = PersonKeys(secret)
        async with Database.open(urls_of(settings), 2) as opened:
            server = Server(registry_of(settings, keys), opened, clock, Cursors(secret), keys, "")
            return await work(server, municipality, settings.receipt_hours)

    return lambda municipality: asyncio.run(run(municipality))


_CODES = itertools.count(1000)


@pytest.fixture
def town(server: str, issuer: DevelopmentIssuer, clock: MovableClock) -> Municipality:
    """A municipality nobody else works in, with its coordinating unit."""
    return Municipality(server, issuer, clock, str(next(_CODES)))


@pytest.fixture
def other_town(server: str, issuer: DevelopmentIssuer, clock: MovableClock) -> Municipality:
    return Municipality(server, issuer, clock, str(next(_CODES)))


@pytest.fixture
def shell(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Shell:
    return Shell(tmp_path / "var", monkeypatch, capsys)
