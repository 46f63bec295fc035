"""The ways into PostgreSQL: who a transaction runs as, and that searches through the tenant views use their index."""

import asyncio
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import asyncpg
import pytest
from sqlalchemy import make_url

from oppfolging_api.kernel.errors import Unavailable, Unprocessable
from oppfolging_api.store.database import Database, Urls
from oppfolging_api.store.entry import Entry

if TYPE_CHECKING:
    from conftest import Databases

OURS = "7001"
_PERSON = "INSERT INTO identity (municipality, type, id, key) VALUES ('7001', 'Patient', '1', 'pid|1')"
_RESOURCE = (
    "INSERT INTO resource (municipality, type, id, version, updated, deleted, body)"
    " VALUES ($1, 'Goal', '1', 1, now(), false, '')"
)


@pytest.fixture(scope="module")
async def url(databases: "Databases") -> str:
    """A migrated database with a resource in two municipalities, and one person."""
    made = await asyncio.to_thread(databases.migrated)
    owner = await asyncpg.connect(_dsn(made))
    await owner.executemany(_RESOURCE, [(OURS,), ("7002",)])
    await owner.execute(_PERSON)
    await owner.close()
    return made


def _dsn(url: str) -> str:
    return make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)


ENTRY = Entry(OURS, datetime(2026, 1, 1, tzinfo=UTC), ["team", "person"], "a", "o", "pid|1")
SETTINGS = [
    f"oppfolging.{name}"
    for name in (
        "municipality",
        "organisation",
        "coordinates",
        "works_with",
        "informed_of",
        "represents",
        "accompanies",
        "names",
        "owns",
        "denied",
    )
]
_LEFT = (
    "SELECT array_remove(ARRAY(SELECT NULLIF(current_setting(s, true), '') FROM unnest(cast($1 AS text[])) s), NULL)"
)
_ROW = "SELECT 'm', type, id, version, updated, deleted, NULL, NULL, body, NULL::text[] FROM resource"


async def test_who_a_transaction_ran_as_does_not_outlive_it(url: str) -> None:
    """On pools of one connection, which is handed back without a reset."""
    async with Database.open(Urls(url, url, url), connections=1) as database:
        assert [row["id"] for row in await database.fetch(ENTRY, _ROW + " WHERE municipality = $1[1]", [OURS])] == ["1"]
        assert await database.reads.fetchval(_LEFT, SETTINGS) == []
        with pytest.raises(asyncpg.PostgresError):
            await database.fetch(ENTRY, "SELECT 1/0", [])
        assert await database.reads.fetchval(_LEFT, SETTINGS) == []

        async with database.enter(ENTRY) as sql:
            assert await sql.value("SELECT current_setting('oppfolging.municipality')") == OURS
            assert await sql.value("SELECT current_setting('oppfolging.represents')") == "{1}"
        assert await database.writes.fetchval(_LEFT, SETTINGS) == []
        with pytest.raises(LookupError):
            async with database.enter(ENTRY):
                raise LookupError
        assert await database.writes.fetchval(_LEFT, SETTINGS) == []


async def test_a_transaction_left_in_the_middle_ends_before_anybody_else_has_its_connection(url: str) -> None:
    async with Database.open(Urls(url, url, url), connections=1) as database:
        left = await database.writes.acquire()
        await left.execute("BEGIN")
        await left.execute("CREATE TEMPORARY TABLE unfinished (one int)")
        await database.writes.release(left)
        assert await database.writes.fetchval("SELECT to_regclass('unfinished')") is None


async def test_each_pool_acts_as_its_role_and_commits_to_disk(url: str) -> None:
    async with Database.open(Urls(url, url, url), connections=1) as database:
        acting = "SELECT current_user || ' ' || current_setting('synchronous_commit')"
        assert await database.reads.fetchval(acting) == "oppfolging_app on"
        assert await database.log.fetchval(acting) == "oppfolging_log on"
        assert await database.writes.fetchval(acting) == "oppfolging_app on"


async def test_a_database_that_is_away_is_unavailable_and_back_again_without_a_restart(url: str) -> None:
    """Its connections are closed under the pools; the process started while it was away, too."""
    nowhere = make_url(url).set(database="nowhere").render_as_string(hide_password=False)
    async with Database.open(Urls(nowhere, nowhere, nowhere), connections=1) as database:
        with pytest.raises(asyncpg.InvalidCatalogNameError):
            await database.state()
    away = "postgresql://nobody@127.0.0.1:1/none"
    async with Database.open(Urls(away, away, away), connections=1) as database:
        with pytest.raises(Unavailable):
            await database.fetch(ENTRY, _ROW, [])
        with pytest.raises(Unavailable):
            await database.municipalities_of("pid|1", ENTRY.at)
        with pytest.raises(Unavailable):
            async with database.enter(ENTRY):
                pass  # pragma: no cover
    async with Database.open(Urls(url, url, url), connections=1) as database:
        assert await database.municipalities_of("pid|1", ENTRY.at) == [OURS]
        owner = await asyncpg.connect(_dsn(url))
        await owner.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND application_name = 'oppfolging-api'"
        )
        await owner.close()
        await asyncio.sleep(0.2)
        assert await database.municipalities_of("pid|1", ENTRY.at) == [OURS]


async def test_a_statement_that_takes_too_long_is_refused_and_a_wrong_one_is_a_fault(url: str) -> None:
    async with Database.open(Urls(url, url, url), connections=1) as database:
        await database.reads.execute("SET statement_timeout = '50ms'")
        with pytest.raises(Unprocessable, match="takes too long"):
            await database.fetch(ENTRY, _ROW + ", pg_sleep(5)", [])
        with pytest.raises(asyncpg.UndefinedTableError):
            await database.fetch(ENTRY, _ROW.replace("resource", "nothing"), [])


_EACH = "FROM generate_series(1, 4000) n, unnest(ARRAY['7001', '7002']) m"
_MANY = (
    f"""INSERT INTO find SELECT m, 'Patient', 'many' || n, 'many' || n, now(), false, '{{}}',
        ARRAY['identifier=urn:fnr|' || n, 'active=true'] {_EACH}""",
    f"INSERT INTO find_string SELECT m, 'Patient', 'many' || n, 0, 'family', 'name' || n, 'Name' || n {_EACH}",
    f"""INSERT INTO find_date SELECT m, 'Patient', 'many' || n, 0, 'birthdate', now() - n * interval '1 day',
        now() - (n - 1) * interval '1 day' {_EACH}""",
    "ANALYZE find",
    "ANALYZE find_string",
    "ANALYZE find_date",
)
_FOUND = (
    "SELECT 'm', f.type, f.id, 1, f.updated, f.deleted, NULL, f.person, ''::bytea, NULL::text[]"
    " FROM tenant_find f WHERE f.type = $1[1] AND "
)
_BESIDE = "f.id IN (SELECT s.id FROM tenant_find_{} s WHERE s.type = $1[1] AND s.parameter = $1[2] AND {})"


@pytest.fixture(scope="module")
async def filled(url: str) -> str:
    owner = await asyncpg.connect(_dsn(url))
    for statement in _MANY:
        await owner.execute(statement)
    await owner.close()
    return url


@pytest.mark.parametrize(
    ("condition", "arguments", "index", "count"),
    [
        ("f.keys @> ARRAY[$1[2]]", ["Patient", "identifier=urn:fnr|17"], "find_keys", 1),
        ("f.keys && ARRAY[$1[2], $1[3]]", ["Patient", "identifier=urn:fnr|17", "identifier=x"], "find_keys", 1),
        (_BESIDE.format("string", "s.value LIKE $1[3]"), ["Patient", "family", "name170%"], "find_string_value", 11),
        (
            _BESIDE.format("date", "s.low >= $1[3]::timestamptz"),
            ["Patient", "birthdate", "9999-01-01"],
            "find_date_low",
            0,
        ),
        ("f.id = ANY(ARRAY[$1[2]])", ["Patient", "many17"], "find_pkey", 1),
    ],
)
async def test_searches_through_the_wall_use_their_index(
    condition: str, arguments: list[str], index: str, count: int, filled: str
) -> None:
    """What PostgreSQL itself counts, of the very statement a search runs: no table is read from end to end."""
    owner = await asyncpg.connect(_dsn(filled))
    async with Database.open(Urls(filled, filled, filled), connections=1) as database:
        before = await _scans(owner, index)
        assert len(await database.fetch(ENTRY, _FOUND + condition, arguments)) == count
        await database.reads.fetchval("SELECT pg_stat_force_next_flush()")
        after = await _scans(owner, index)
    await owner.close()
    assert after["used"] == before["used"] + 1
    assert after["whole"] == before["whole"]


async def _scans(owner: asyncpg.Connection, index: str) -> asyncpg.Record:
    (counted,) = await owner.fetch(
        "SELECT (SELECT idx_scan FROM pg_stat_user_indexes WHERE indexrelname = $1) AS used,"
        " (SELECT sum(seq_scan) FROM pg_stat_user_tables WHERE relname LIKE 'find%') AS whole",
        index,
    )
    return counted
