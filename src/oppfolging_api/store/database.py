"""The ways into PostgreSQL of one process: sessions that write, a pool that reads, a pool that appends to the log."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import cache

import asyncpg
from sqlalchemy import make_url, text
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, async_sessionmaker, create_async_engine

from oppfolging_api.kernel.errors import Unavailable, Unprocessable
from oppfolging_api.store.entry import Entry
from oppfolging_api.store.migration import APPLICATION, LOG_WRITER

LOCK_TIMEOUT_MS = 10_000
STATEMENT_TIMEOUT_MS = 30_000


@dataclass(frozen=True, slots=True)
class Urls:
    """Where the three database roles log in; one login that may act as all three will do."""

    application: str
    owner: str
    log: str


def owner_engine(url: str) -> AsyncEngine:
    """For migrations and what only the owner may write."""
    return create_async_engine(make_url(url).set(drivername="postgresql+asyncpg"), pool_size=1)


class Database:
    """Opened once a process, closed when it ends. Every connection acts as the role its work needs, no more."""

    def __init__(self, engine: AsyncEngine, reads: asyncpg.Pool, log: asyncpg.Pool) -> None:
        self._engine = engine
        self.sessions = async_sessionmaker(engine, expire_on_commit=False)
        self.reads = reads
        self.log = log

    @classmethod
    @asynccontextmanager
    async def open(cls, urls: Urls, connections: int = 10) -> AsyncIterator["Database"]:
        settings = {
            "role": APPLICATION,
            "application_name": "oppfolging-api",
            "lock_timeout": str(LOCK_TIMEOUT_MS),
            "statement_timeout": str(STATEMENT_TIMEOUT_MS),
            "synchronous_commit": "on",
            "jit": "off",
            # An index on a disk of today; and a search is short, or it is refused.
            "random_page_cost": "1.1",
            "max_parallel_workers_per_gather": "0",
        }
        engine = create_async_engine(
            make_url(urls.application).set(drivername="postgresql+asyncpg"),
            pool_size=connections,
            max_overflow=0,
            pool_timeout=STATEMENT_TIMEOUT_MS / 1000,
            connect_args={"server_settings": settings},
        )
        reads = await _pool(urls.application, settings, connections)
        log = await _pool(urls.log, settings | {"role": LOG_WRITER}, 2)
        try:
            yield cls(engine, reads, log)
        finally:
            await reads.close()
            await log.close()
            await engine.dispose()

    @asynccontextmanager
    async def enter(self, entry: Entry) -> AsyncIterator[AsyncSession]:
        """A session in a transaction that runs as the caller; commits where the block ends well."""
        async with self.sessions() as session, session.begin():
            with _reaching():
                await session.execute(_ENTER, entry.named)
            yield session

    async def fetch(self, entry: Entry, statement: str, arguments: list[str]) -> list[asyncpg.Record]:
        """The rows a read-only statement gives the caller, in one round trip; `$1[n]` are the arguments.

        It is planned for these very arguments, since how rare a searched value is decides the plan.
        """
        with _reaching():
            found = await self.reads.fetch(_AS_CALLER, *entry.arguments, statement, arguments)
        return list(found)

    async def look_up(self, entry: Entry, statement: str, arguments: list[str]) -> list[asyncpg.Record]:
        """The same for a statement that goes by primary keys: prepared once, so that no read waits for a planner."""
        with _reaching():
            found = await self.reads.fetch(_prepared(statement), *entry.arguments, arguments)
        return list(found)

    async def revision(self) -> str | None:
        found: str | None = await self.reads.fetchval("SELECT version_num FROM alembic_version")
        return found

    async def municipalities_of(self, pid: str, at: datetime) -> list[str]:
        """Where the holder of an identity number (its keyed hash) is known, in person or by a current relation."""
        with _reaching():
            found: list[str] = await self.reads.fetchval("SELECT municipalities_of($1, $2)", pid, at)
        return found


COLUMNS = "mode, type, id, version, updated, deleted, method, person, body, extra"
"""Of every statement given to `fetch`, as the database function as_caller names them."""
_TRANSIENT = ("08", "53", "57", "58")
"""SQLSTATE classes: connection, resources, an operator or a timeout, the system around PostgreSQL."""


@contextmanager
def _reaching() -> Iterator[None]:
    """Raises Unavailable where the database cannot be reached or gives up; what is wrong with a statement goes on."""
    try:
        yield
    except asyncpg.QueryCanceledError as error:
        raise Unprocessable.of("this takes too long to answer: ask for less", code="too-costly") from error
    except (OSError, TimeoutError, asyncpg.InterfaceError, asyncpg.PostgresError) as error:
        if isinstance(error, ValueError) or getattr(error, "sqlstate", "08")[:2] not in _TRANSIENT:
            raise
        raise Unavailable.of("the database cannot be reached just now", Retry_After="5") from error


@cache
def _prepared(statement: str) -> str:
    """The statement as what follows from entering: OFFSET 0 and the reference to `entered` keep PostgreSQL from
    beginning with its rows before the caller has entered, when it would find none."""
    inner = statement.replace("$1[", "entered.arguments[")
    return f"SELECT found.* FROM {_ENTERED} CROSS JOIN LATERAL ({inner} OFFSET 0) found"  # noqa: S608


_ENTERED = "(SELECT $7::text[] AS arguments FROM enter($1, $2, $3, $4, $5, $6) OFFSET 0) entered"
_AS_CALLER = "SELECT * FROM as_caller($1, $2, $3, $4, $5, $6, $7, $8)"
_ENTER = text("SELECT enter(:municipality, :at, cast(:roles AS text[]), :actor, :organisation, :pid)")


async def _no_reset(_connection: asyncpg.Connection) -> None:
    """Nothing outlives a transaction, so handing a connection back costs no round trip."""


async def _pool(url: str, settings: dict[str, str], size: int) -> asyncpg.Pool:
    """Connects when first asked, so that a process starts, and says it is not ready, while its database is away."""
    dsn = make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
    return await asyncpg.create_pool(dsn, min_size=0, max_size=size, server_settings=settings, reset=_no_reset)
