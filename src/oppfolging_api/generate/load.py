"""Building a synthetic municipality in several processes, each copying what it builds into the store."""

import asyncio
import os
from collections import defaultdict
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from datetime import UTC, datetime, timedelta
from multiprocessing import get_context
from typing import Final

import asyncpg
from sqlmodel import SQLModel

from oppfolging_api.generate.directory import services, staff
from oppfolging_api.generate.person import person
from oppfolging_api.generate.rows import add_rows
from oppfolging_api.generate.town import Town
from oppfolging_api.kernel.registry import Body, Registry
from oppfolging_api.settings import CannotServe
from oppfolging_api.store import tables
from oppfolging_api.store.database import dsn
from oppfolging_api.store.drawing import Rows
from oppfolging_api.store.migration import OWNER

_BATCH: Final = 8
"""Blocks that one transaction copies."""
_INHABITED: Final = "SELECT EXISTS (SELECT FROM find WHERE municipality = $1)"

MakeRegistry = Callable[[], Registry]


def generate(town: Town, owner_url: str, make_registry: MakeRegistry, *, analyze: bool = True) -> int:
    """How many resources were written. The URL logs in as one who may act as the owner; the database is migrated.

    Raises CannotServe for a municipality that has resources already.
    """
    url = dsn(owner_url)
    asyncio.run(_check_empty(url, town.code))
    batches = [range(first, min(first + _BATCH, town.blocks)) for first in range(0, town.blocks, _BATCH)]
    written = sum(_all(batches, town, url, make_registry))
    asyncio.run(_settle(url, analyze=analyze))
    return written


def _all(batches: list[range], town: Town, url: str, make_registry: MakeRegistry) -> Iterator[int]:
    if len(batches) == 1:
        yield _copied(batches[0], town, url, make_registry)
        return
    with ProcessPoolExecutor(os.cpu_count(), mp_context=get_context("spawn")) as pool:
        for running in [pool.submit(_copied, batch, town, url, make_registry) for batch in batches]:
            yield running.result()


def _copied(batch: range, town: Town, url: str, make_registry: MakeRegistry) -> int:
    """Builds a batch and copies it, in one transaction."""
    rows = built(batch, town, make_registry())
    asyncio.run(_copy(url, rows))
    return len(rows[tables.Resource])


def built(batch: range, town: Town, registry: Registry) -> Rows:
    """Each person's resources are stored a millisecond after the former's, for the newest are found first."""
    rows: Rows = defaultdict(list)
    now = datetime.now(UTC)
    at = now.replace(microsecond=now.microsecond // 1000 * 1000)
    for n, resources in enumerate(_resources(batch, town)):
        for resource in resources:
            add_rows(rows, resource, registry, town.code, at + timedelta(milliseconds=n))
    return rows


def _resources(batch: range, town: Town) -> Iterator[list[Body]]:
    if 0 in batch:
        yield services(town)
    for block in batch:
        yield staff(town, block)
        yield from (person(town, number) for number in town.numbers(block))


async def _check_empty(url: str, municipality: str) -> None:
    connection = await _owner(url)
    try:
        if await connection.fetchval(_INHABITED, municipality):
            raise CannotServe(f"municipality {municipality} has resources already: choose another")
    finally:
        await connection.close()


async def _copy(url: str, rows: Rows) -> None:
    connection = await _owner(url)
    try:
        async with connection.transaction():
            for table, found in ((table, found) for table, found in rows.items() if found):
                columns = tuple(found[0])
                records = [tuple(row[name] for name in columns) for row in found]
                await connection.copy_records_to_table(str(table.__tablename__), columns=columns, records=records)
    finally:
        await connection.close()


async def _settle(url: str, *, analyze: bool) -> None:
    """What waits to be put into the inverted index is read by every search; it is put there now. Then the planner is
    told what there is."""
    connection = await _owner(url)
    try:
        await connection.execute("SELECT gin_clean_pending_list('find_keys')")
        if analyze:
            await connection.execute(f"ANALYZE {', '.join(sorted(SQLModel.metadata.tables))}")
    finally:
        await connection.close()


async def _owner(url: str) -> asyncpg.Connection:
    return await asyncpg.connect(url, server_settings={"role": OWNER, "synchronous_commit": "off"})
