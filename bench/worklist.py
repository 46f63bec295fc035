"""How long the day's worklist takes for a large municipality, and in how much memory: `python -m bench.worklist`.

A synthetic municipality, kept between runs below var/bench; each measurement works on a copy of it. First comes the
very first run, which makes all there is to make, then the next day's, each in a process of its own. With
`--undelivered` no sender's system has receipted for any feedback: one Task more for everybody who has been decided on.
"""

import argparse
import asyncio
import resource
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from multiprocessing import get_context
from pathlib import Path
from typing import Final

import asyncpg
from sqlalchemy import make_url

from bench.towns import MUNICIPALITY, SEED
from oppfolging_api.access.secrets import PersonKeys
from oppfolging_api.fhir.search.cursor import Cursors
from oppfolging_api.fhir.server import Server
from oppfolging_api.keys import secret_of
from oppfolging_api.runtime import registry_of, urls_of
from oppfolging_api.serve import bring_up_to_date
from oppfolging_api.settings import Settings
from oppfolging_api.store.database import Database
from oppfolging_api.store.embedded import EmbeddedPostgres
from oppfolging_api.synthetic import fill
from oppfolging_api.worklist.batch import Done, Town
from oppfolging_api.worklist.job import steps

MOST_S, MOST_MB = 120, 20
"""What a run may take, and how much more memory it may hold at its end than after a tenth of the people."""
_VAR: Final = Path("var/bench")
_COPY: Final = "bench_worklist_copy"
_FINISHED: Final = "SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = $1"
_UNDELIVERED: Final = (
    "INSERT INTO referral_receipt"
    " (municipality, sender, message_id, digest, referral, hears_outcome, received, envelope)"
    " SELECT municipality, 'bench', referral, '', referral, true, received, 'e' FROM referral_course"
)


@dataclass(frozen=True, slots=True)
class Ran:
    """`early` and `late`: the most memory it had held after a tenth of the people, and at the end, in MB."""

    done: Done
    seconds: float
    early: float
    late: float

    @property
    def good(self) -> bool:
        return self.seconds < MOST_S and self.late - self.early < MOST_MB


class Later:
    """The real time, some days on."""

    def __init__(self, days: int) -> None:
        self._days = timedelta(days=days)

    def now(self) -> datetime:
        return datetime.now(UTC) + self._days


def ran(settings: Settings, people: int, days: int) -> Ran:
    """In a process of its own, whose memory is nobody else's."""
    return asyncio.run(_ran(settings, people, days))


async def _ran(settings: Settings, people: int, days: int) -> Ran:
    secret = secret_of(settings)
    keys = PersonKeys(secret)
    async with Database.open(urls_of(settings), 4) as opened:
        server = Server(registry_of(settings, keys), opened, Later(days), Cursors(secret), keys, "")
        began, done, early = time.monotonic(), Done(), 0.0
        async for _, one in steps(Town(server, MUNICIPALITY, settings.receipt_hours), ""):
            done += one
            early = early or (_held_mb() if done.people * 10 >= people else 0)
        return Ran(done, time.monotonic() - began, early, _held_mb())


def _held_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main() -> int:
    asked = _arguments()
    with _cluster(asked.url) as settings, ProcessPoolExecutor(1, get_context("spawn"), max_tasks_per_child=1) as pool:
        copied = _copied(settings, asked.people, undelivered=asked.undelivered)
        found = []
        for days, name in enumerate(("first run", "the next day's")):
            found.append(pool.submit(ran, copied, asked.people, days).result())
            print(_told(name, found[-1]), flush=True)
        asyncio.run(_run(settings, f"DROP DATABASE {_COPY}"))
    return 0 if all(one.good for one in found) else 1


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", type=int, default=100_000)
    parser.add_argument("--undelivered", action="store_true", help="no feedback has been receipted for")
    parser.add_argument("--url", help="of a PostgreSQL to make the databases in, instead of one below var/bench")
    return parser.parse_args()


@contextmanager
def _cluster(url: str | None) -> Iterator[Settings]:
    """The PostgreSQL that holds the databases; the secret stays below var/bench with them."""
    _VAR.mkdir(parents=True, exist_ok=True)
    if url is not None:
        yield Settings(database_url=url, var=_VAR)
        return
    with EmbeddedPostgres.start(_VAR / "postgres") as embedded:
        yield Settings(database_url=embedded.url, var=_VAR)


def _copied(settings: Settings, people: int, *, undelivered: bool) -> Settings:
    """Of a copy of the municipality, which is made where it is not there yet."""
    name = f"bench_worklist_{people}"
    if not asyncio.run(_run(settings, _FINISHED, name)):
        asyncio.run(_run(settings, f"DROP DATABASE IF EXISTS {name}"))
        asyncio.run(_run(settings, f"CREATE DATABASE {name}"))
        inside = _inside(settings, name)
        asyncio.run(bring_up_to_date(inside))
        fill(inside, MUNICIPALITY, people, SEED)
        asyncio.run(_run(settings, f"COMMENT ON DATABASE {name} IS 'finished'"))
    asyncio.run(bring_up_to_date(_inside(settings, name)))
    asyncio.run(_run(settings, f"DROP DATABASE IF EXISTS {_COPY}"))
    asyncio.run(_run(settings, f"CREATE DATABASE {_COPY} TEMPLATE {name} STRATEGY FILE_COPY"))
    copied = _inside(settings, _COPY)
    if undelivered:
        asyncio.run(_run(copied, _UNDELIVERED))
        asyncio.run(_run(copied, "ANALYZE referral_receipt"))
    return copied


def _inside(settings: Settings, name: str) -> Settings:
    url = make_url(str(settings.database_url)).set(database=name).render_as_string(hide_password=False)
    return settings.model_copy(update={"database_url": url})


async def _run(settings: Settings, statement: str, *given: str) -> str | None:
    """The value it gives, if any."""
    url = make_url(str(settings.database_url)).set(drivername="postgresql").render_as_string(hide_password=False)
    connection = await asyncpg.connect(url)
    try:
        value: str | None = await connection.fetchval(statement, *given)
        return value
    finally:
        await connection.close()


def _told(name: str, one: Ran) -> str:
    done = one.done
    return (
        f"{name}: {one.seconds:.1f} s (at most {MOST_S}), {done.people / one.seconds:.0f} people a second;"
        f" {done.made} Tasks made, {done.settled} closed, {done.moved} moved, {done.left} people left;"
        f" {one.early:.0f} MB after a tenth, {one.late:.0f} MB at the end (at most {MOST_MB} more)"
    )


if __name__ == "__main__":
    sys.exit(main())
