"""The ways into PostgreSQL of one process: a pool that writes, one that reads, one that appends to the log."""

from collections.abc import AsyncIterator, Collection, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

import asyncpg
from sqlalchemy import make_url
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from oppfolging_api.kernel.errors import Unavailable, Unprocessable
from oppfolging_api.store.entry import OWN_ACCESS_AGE, Entry
from oppfolging_api.store.migration import APPLICATION, LOG_WRITER
from oppfolging_api.store.records import begun
from oppfolging_api.store.statements import Statements

LOCK_TIMEOUT_MS = 10_000
STATEMENT_TIMEOUT_MS = 30_000


@dataclass(frozen=True, slots=True)
class Urls:
    """Where the three database roles log in; one login that may act as all three will do."""

    application: str
    owner: str
    log: str


def dsn(url: str) -> str:
    """A database URL as the driver takes it."""
    return make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)


def owner_engine(url: str) -> AsyncEngine:
    """For migrations and what only the owner may write."""
    return create_async_engine(make_url(url).set(drivername="postgresql+asyncpg"), pool_size=1)


class Database:
    """Opened once a process, closed when it ends. Every connection acts as the role its work needs, no more."""

    def __init__(self, writes: asyncpg.Pool, reads: asyncpg.Pool, log: asyncpg.Pool) -> None:
        self.writes = writes
        self.reads = reads
        self.log = log

    @classmethod
    @asynccontextmanager
    async def open(
        cls, urls: Urls, connections: int = 10, own_access_age: int = OWN_ACCESS_AGE
    ) -> AsyncIterator["Database"]:
        """`own_access_age`: from how many years on a person has access to their own record."""
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
            "oppfolging.own_access_age": str(own_access_age),
        }
        writes = await _pool(urls.application, settings, connections)
        reads = await _pool(urls.application, settings, connections)
        log = await _pool(urls.log, settings | {"role": LOG_WRITER}, 2)
        try:
            yield cls(writes, reads, log)
        finally:
            for pool in (writes, reads, log):
                await pool.close()

    @asynccontextmanager
    async def enter(self, entry: Entry, names: Collection[str] = ()) -> AsyncIterator[Statements]:
        """What runs statements in a transaction that runs as the caller, once nobody else holds what is named (as
        records.lock holds it); commits where the block ends well."""
        with _reaching():
            connection = await self.writes.acquire(timeout=_PATIENCE_S)
        try:
            with _reaching():
                await connection.execute(begun(entry, names))
            yield Statements(connection)  # type: ignore[arg-type]  # a proxy of one
            if await connection.execute("COMMIT") != "COMMIT":
                raise RuntimeError("a transaction that had failed was to be committed")
        except BaseException:
            await _roll_back(connection)
            raise
        finally:
            await self.writes.release(connection)

    async def fetch(self, entry: Entry, statement: str, arguments: list[str]) -> list[asyncpg.Record]:
        """The rows a read-only statement gives the caller, in one round trip; `$1[n]` are the arguments.

        It is planned for these very arguments, since how rare a searched value is decides the plan.
        """
        with _reaching():
            found = await self.reads.fetch(_AS_CALLER, *entry.arguments, statement, arguments)
        return list(found)

    async def look_up(self, entry: Entry, statement: str, arguments: list[str]) -> list[asyncpg.Record]:
        """The same for one that goes by primary keys and has a column `person`: prepared once, so that no read waits
        for a planner."""
        with _reaching():
            found = await self.reads.fetch(_prepared(statement), *entry.arguments, arguments)
        return list(found)

    async def state(self) -> tuple[str | None, int | None]:
        """The revision, and the number of what drew the rows (store/drawing.py)."""
        ((revision, number),) = await self.reads.fetch(_STATE)
        return revision, number

    async def municipalities_of(self, pid: str, at: datetime) -> list[str]:
        """Where the holder of an identity number (its keyed hash) is known, in person or by a current relation."""
        with _reaching():
            found: list[str] = await self.reads.fetchval("SELECT municipalities_of($1, $2)", pid, at)
        return found


COLUMNS = "mode, type, id, version, updated, deleted, method, person, body, extra"
"""Of every statement given to `fetch`, as the database function as_caller names them; it adds `bound`."""
BOUND = (
    "coalesce({found}.person = ANY((SELECT current_setting('oppfolging.bound', true)::text[])::text[]), false) AS bound"
)
"""SQL: whether something about the person of a row is withheld from the caller."""
_STATE = "SELECT (SELECT version_num FROM alembic_version) AS revision, (SELECT number FROM drawn) AS number"
FAULTS = (OSError, TimeoutError, asyncpg.InterfaceError, asyncpg.PostgresError)
"""What whoever asks the database may meet."""
AWAY = ("08", "28", "3D", "53", "55000", "57", "58")
"""SQLSTATE, classes and one whole: connection, login, no such database, resources, one that lets nobody in just now, an
operator or a timeout, the system around PostgreSQL."""


def is_away(error: Exception) -> bool:
    """Whether one of the FAULTS says that no database answers, and not that it was asked wrongly or lacks something."""
    return not isinstance(error, ValueError) and getattr(error, "sqlstate", "08").startswith(AWAY)


@contextmanager
def _reaching() -> Iterator[None]:
    """Raises Unavailable where the database cannot be reached or gives up; what is wrong with a statement goes on."""
    try:
        yield
    except asyncpg.QueryCanceledError as error:
        raise Unprocessable.of("this takes too long to answer: ask for less", code="too-costly") from error
    except FAULTS as error:
        if not is_away(error):
            raise
        raise Unavailable.of("the database cannot be reached just now", Retry_After="5") from error


@lru_cache(5000)
def _prepared(statement: str) -> str:
    """The statement as what follows from entering: OFFSET 0 and the reference to `entered` keep PostgreSQL from
    beginning with its rows before the caller has entered, when it would find none."""
    inner, bound = statement.replace("$1[", "entered.arguments["), BOUND.format(found="found")
    return f"SELECT found.*, {bound} FROM {_ENTERED} CROSS JOIN LATERAL ({inner} OFFSET 0) found"  # noqa: S608


_ENTERED = "(SELECT $7::text[] AS arguments FROM enter($1, $2, $3, $4, $5, $6) OFFSET 0) entered"
_AS_CALLER = "SELECT * FROM as_caller($1, $2, $3, $4, $5, $6, $7, $8)"
_PATIENCE_S = STATEMENT_TIMEOUT_MS / 1000
"""How long a write waits for a connection."""


async def _no_reset(_connection: asyncpg.Connection) -> None:
    """Nothing outlives a transaction, so handing a connection back costs no round trip."""


async def _roll_back(connection: asyncpg.pool.PoolConnectionProxy) -> None:
    """Where the connection is lost, so is its transaction."""
    if not connection.is_closed():
        with suppress(*FAULTS):
            await connection.execute("ROLLBACK")


async def _pool(url: str, settings: dict[str, str], size: int) -> asyncpg.Pool:
    """Connects when first asked, so that a process starts, and says it is not ready, while its database is away."""
    return await asyncpg.create_pool(dsn(url), min_size=0, max_size=size, server_settings=settings, reset=_no_reset)
