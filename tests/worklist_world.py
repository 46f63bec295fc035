"""A town for the tests of the day's run: people to whose senders feedback went as messages ten days ago, which nobody
has receipted for. So each of them has one thing to do on the worklist."""

# ruff: noqa: S608 (the names of tables stand here)

import asyncio
import json
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import asyncpg
from sqlalchemy import make_url

from oppfolging_api.access.secrets import PersonKeys
from oppfolging_api.coordination.unit import unit_key
from oppfolging_api.fhir.search.cursor import Cursors
from oppfolging_api.fhir.server import Server
from oppfolging_api.kernel.canonical import Canonical
from oppfolging_api.runtime import registry_of, urls_of
from oppfolging_api.settings import Settings
from oppfolging_api.store.database import Database
from oppfolging_api.worklist.batch import Done
from oppfolging_api.worklist.job import daily, work

NOW: Final = datetime(2026, 11, 23, 7, 30, tzinfo=UTC)
SENT: Final = NOW - timedelta(days=10)
HOURS: Final = 96
PATIENCE_S: Final = 30
SCRIPT: Final = Path(__file__).parent / "worklist_process.py"
SECRET: Final = b"x" * 32
FILLED: Final = """
WITH n AS (SELECT lpad(n::text, 6, '0') AS n FROM generate_series(1, cast($2 AS int)) n),
found AS (
  SELECT 'Organization' AS type, 'unit' AS id, NULL AS person, ARRAY[cast($4 AS text)] AS keys, '{}'::text[] AS kinds
  UNION ALL SELECT 'Patient', 'p' || n, 'p' || n, '{}', '{}' FROM n
  UNION ALL SELECT 'Communication', 'c' || n, 'p' || n, '{}', '{mental-health}' FROM n),
resources AS (INSERT INTO resource (municipality, type, id, version, updated, deleted, body)
  SELECT $1, type, id, 1, $3, false, '' FROM found),
index AS (INSERT INTO find (municipality, type, id, person, updated, deleted, kinds, keys)
  SELECT $1, type, id, person, $3, false, kinds, keys FROM found),
courses AS (INSERT INTO referral_course (municipality, id, referral, person, status, received)
  SELECT $1, 't' || n, 'r' || n, 'p' || n, 'completed', $3 FROM n),
links AS (INSERT INTO feedback_link (municipality, id, referral, sent) SELECT $1, 'c' || n, 'r' || n, $3 FROM n)
INSERT INTO referral_receipt (municipality, sender, message_id, digest, referral, hears_outcome, received, envelope)
  SELECT $1, 'gp', n, '', 'r' || n, true, $3, 'e' FROM n
"""


class StandingClock:
    """Says the same until it is set."""

    def __init__(self, at: datetime = NOW) -> None:
        self.at = at

    def now(self) -> datetime:
        return self.at


def dsn(url: str) -> str:
    return make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)


class Owner:
    """Whom no wall binds."""

    def __init__(self, url: str) -> None:
        self._url = dsn(url)

    async def fill(self, code: str, people: int) -> None:
        await self.sql(FILLED, code, people, SENT, unit_key(Canonical()))

    async def sql(self, statement: str, *given: Any) -> list[tuple[Any, ...]]:
        async with self.connected() as connection:
            return [tuple(row) for row in await connection.fetch(statement, *given)]

    @asynccontextmanager
    async def connected(self) -> AsyncIterator[asyncpg.Connection]:
        connection = await asyncpg.connect(self._url)
        try:
            yield connection
        finally:
            await connection.close()

    async def counted(self, code: str, condition: str = "true") -> int:
        """Tasks on the worklist."""
        ((found,),) = await self.sql(f"SELECT count(*) FROM work WHERE municipality = $1 AND {condition}", code)
        assert isinstance(found, int)
        return found


@asynccontextmanager
async def opened(settings: Settings, clock: StandingClock) -> AsyncIterator[Server]:
    """What a worker, or the command, runs the job with."""
    keys = PersonKeys(SECRET)
    async with Database.open(urls_of(settings), 4) as database:
        yield Server(registry_of(settings, keys), database, clock, Cursors(SECRET), keys, "")


class Place:
    """A database with a municipality or several, and what a worker runs the job with."""

    def __init__(self, settings: Settings, clock: StandingClock, server: Server) -> None:
        self.settings, self.clock, self.server = settings, clock, server
        self.owner = Owner(str(settings.database_url))

    async def work(self, code: str) -> Done:
        return await work(self.server, code, HOURS)

    async def daily(self, *, now: bool = False) -> Done | None:
        return await daily(self.server, HOURS, now=now)

    async def run(self) -> tuple[Any, ...]:
        """The job's row: the day it was done for, the one under way, how far, and whether anybody is at it."""
        (row,) = await self.owner.sql("SELECT day, under_way, past, holder IS NOT NULL FROM job_run")
        return row

    def process(self, *codes: str) -> subprocess.Popen[str]:
        """One that does the work of these municipalities."""
        command = [sys.executable, str(SCRIPT), str(self.settings.database_url), str(self.settings.var), *codes]
        return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


async def placed(stack: AsyncExitStack, settings: Settings) -> Place:
    clock = StandingClock()
    return Place(settings, clock, await stack.enter_async_context(opened(settings, clock)))


async def until(asked: Callable[[], Awaitable[bool]]) -> None:
    end = time.monotonic() + PATIENCE_S
    while not await asked():
        assert time.monotonic() < end
        await asyncio.sleep(0.02)


def told(process: subprocess.Popen[str]) -> list[dict[str, int]]:
    """What a process did in each municipality."""
    out, _ = process.communicate(timeout=PATIENCE_S)
    assert process.returncode == 0
    return [json.loads(line) for line in out.splitlines()]
