"""The databases that searches are measured in: a synthetic municipality of each size, kept between runs below var/.

Each size stands twice: as it was loaded, never analyzed and with autovacuum off, and a copy of that with VACUUM ANALYZE
run on it, which is what autovacuum leaves behind.
"""

import asyncio
import json
import time
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

import asyncpg
from sqlalchemy import make_url

from oppfolging_api.generate.town import Town
from oppfolging_api.kernel.canonical import Canonical
from oppfolging_api.kernel.clock import SystemClock, today
from oppfolging_api.serve import bring_up_to_date
from oppfolging_api.settings import Settings
from oppfolging_api.synthetic import fill

MUNICIPALITY: Final = "9903"
SEED: Final = 1
_RESOURCES_A_PERSON: Final = 17.1
_TABLES: Final = "SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace"


@dataclass(frozen=True, slots=True)
class Database:
    """`size` is what was asked for, in resources; `town` what it was generated from."""

    size: int
    analyzed: bool
    url: str
    town: Town


def databases(settings: Settings, size: int) -> tuple[Database, Database]:
    """The analyzed one and the one that never was; made where they are not there yet."""
    made = asyncio.run(_made(settings, _name(size, analyzed=False))) or _make(settings, size)
    town = Town(MUNICIPALITY, made["people"], SEED, date.fromisoformat(made["day"]), Canonical(settings.canonical))
    if asyncio.run(_made(settings, _name(size, analyzed=True))) is None:
        asyncio.run(_copy(settings, size, made))
    found = [
        Database(size, analyzed, _url(settings, _name(size, analyzed=analyzed)), town) for analyzed in (True, False)
    ]
    for one in found:
        asyncio.run(bring_up_to_date(settings.model_copy(update={"database_url": one.url})))
    return found[0], found[1]


def _name(size: int, *, analyzed: bool) -> str:
    return f"bench_scale_{size}{'' if analyzed else '_raw'}"


def _url(settings: Settings, name: str) -> str:
    return make_url(str(settings.database_url)).set(database=name).render_as_string(hide_password=False)


def _make(settings: Settings, size: int) -> dict[str, Any]:
    name, people = _name(size, analyzed=False), round(size / _RESOURCES_A_PERSON)
    asyncio.run(_run(settings, None, f"DROP DATABASE IF EXISTS {name}", f"CREATE DATABASE {name}"))
    inside = settings.model_copy(update={"database_url": _url(settings, name)})
    asyncio.run(bring_up_to_date(inside))
    asyncio.run(without_autovacuum(inside))
    began, day = time.monotonic(), today(SystemClock())
    written = fill(inside, MUNICIPALITY, people, SEED, analyze=False)
    print(f"{name}: {written} resources about {people} people in {time.monotonic() - began:.0f} s", flush=True)
    made: dict[str, Any] = {"people": people, "day": day.isoformat()}
    asyncio.run(_mark(settings, name, made))
    return made


async def _copy(settings: Settings, size: int, made: dict[str, Any]) -> None:
    raw, name = _name(size, analyzed=False), _name(size, analyzed=True)
    await _run(
        settings, None, f"DROP DATABASE IF EXISTS {name}", f"CREATE DATABASE {name} TEMPLATE {raw} STRATEGY FILE_COPY"
    )
    tables = await _tables(settings, name)
    await _run(settings, name, *(f"ALTER TABLE {table} RESET (autovacuum_enabled)" for table in tables))
    await _run(settings, name, "VACUUM ANALYZE")
    await _mark(settings, name, made)


async def without_autovacuum(inside: Settings) -> None:
    name = make_url(str(inside.database_url)).database
    for table in await _tables(inside, name):
        await _run(inside, name, f"ALTER TABLE {table} SET (autovacuum_enabled = off)")


async def _tables(settings: Settings, name: str | None) -> list[str]:
    connection = await _connected(settings, name)
    try:
        return [row["relname"] for row in await connection.fetch(_TABLES)]
    finally:
        await connection.close()


async def _made(settings: Settings, name: str) -> dict[str, Any] | None:
    """What a database that was finished is marked with."""
    connection = await _connected(settings, None)
    try:
        told = await connection.fetchval(
            "SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = $1", name
        )
    finally:
        await connection.close()
    return json.loads(told) if told else None


async def _mark(settings: Settings, name: str, made: dict[str, Any]) -> None:
    await _run(settings, None, f"COMMENT ON DATABASE {name} IS '{json.dumps(made)}'")


async def _run(settings: Settings, name: str | None, *statements: str) -> None:
    connection = await _connected(settings, name)
    try:
        for statement in statements:
            await connection.execute(statement)
    finally:
        await connection.close()


async def _connected(settings: Settings, name: str | None) -> asyncpg.Connection:
    url = make_url(str(settings.database_url)).set(drivername="postgresql")
    url = url.set(database=name) if name else url
    return await asyncpg.connect(url.render_as_string(hide_password=False))
