"""The wall costs no index: through the tenant's views, every index of the search is the one a search goes by.

As the application's role, entered in a municipality, with the settings of its own connections.
"""

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import asyncpg
import pytest
from sqlalchemy import make_url

from oppfolging_api.store.database import Database, Urls
from oppfolging_api.store.entry import Entry

if TYPE_CHECKING:
    from conftest import Databases

ENTRY = Entry("7001", datetime(2026, 1, 1, tzinfo=UTC), ["coordinating-unit"], "a", None, None)
_EACH = "FROM generate_series(1, 3000) n, unnest(ARRAY['7001', '7002']) m"
_DAY = "'2020-01-01'::timestamptz + n * interval '1 hour'"
FILLED = (
    f"""INSERT INTO find SELECT m, CASE n % 2 WHEN 0 THEN 'Goal' ELSE 'Task' END, 'id' || n, 'person' || n % 300,
        {_DAY}, false, CASE n % 100 WHEN 0 THEN '{{third-party}}' ELSE '{{}}'::text[] END,
        ARRAY['code=' || n, 'status=active'] {_EACH}""",
    f"INSERT INTO find_string SELECT m, 'Goal', 'id' || n, 0, 'name', 'text' || n, 'Text' || n {_EACH}",
    f"INSERT INTO find_date SELECT m, 'Goal', 'id' || n, 0, 'date', {_DAY}, {_DAY} + interval '1 minute' {_EACH}",
    f"""INSERT INTO find_quantity SELECT m, 'Goal', 'id' || n, 0, 'weight', n, n + 1, 'urn:s', 'kg' || n % 30, 'kg'
        {_EACH}""",
    "ANALYZE find, find_string, find_date, find_quantity",
)
_QUANTITY = "SELECT id FROM tenant_find_quantity s WHERE s.type = $1[1] AND s.parameter = 'weight'"
_MEASURE = f"{_QUANTITY} AND s.system = 'urn:s' AND s.code = 'kg7'"
_DATE = "SELECT id FROM tenant_find_date s WHERE s.type = $1[1] AND s.parameter = 'date'"
GOES_BY = {
    "find_pkey": "SELECT id FROM tenant_find f WHERE f.id = 'id17' AND f.type || '' = $1[1]",
    "find_keys": "SELECT id FROM tenant_find_by_keys f WHERE f.type = $1[1] AND f.keys @> ARRAY['code=17']",
    "find_updated": "SELECT id FROM tenant_find f WHERE f.type = $1[1] ORDER BY f.updated DESC, f.id DESC LIMIT 10",
    "find_person": "SELECT id FROM tenant_find f WHERE f.person = 'person17' AND f.type || '' = $1[1]",
    "find_third_party": "SELECT id FROM tenant_find f WHERE f.person = 'person100' AND f.kinds @> ARRAY[$1[2]]",
    "find_string_pkey": "SELECT id FROM tenant_find_string s WHERE s.id = 'id17' AND s.type || '' = $1[1]",
    "find_string_value": "SELECT id FROM tenant_find_string s WHERE s.type = $1[1] AND s.parameter = 'name'"
    " AND s.value LIKE 'text17%'",
    "find_string_pieces": "SELECT id FROM tenant_find_string_by_pieces s WHERE s.type = $1[1]"
    " AND s.parameter = 'name' AND s.pieces @> ARRAY['name=t17', 'name=170']",
    "find_date_pkey": "SELECT id FROM tenant_find_date s WHERE s.id = 'id17' AND s.type || '' = $1[1]",
    "find_date_low": f"{_DATE} AND s.low >= '2020-05-01' ORDER BY s.low LIMIT 10",
    "find_date_high": f"{_DATE} AND s.high <= '2020-01-02' ORDER BY s.high DESC LIMIT 10",
    "find_quantity_pkey": "SELECT id FROM tenant_find_quantity s WHERE s.id = 'id17' AND s.type || '' = $1[1]",
    "find_quantity_low": f"{_QUANTITY} AND s.low >= 2990 ORDER BY s.low",
    "find_quantity_high": f"{_QUANTITY} AND s.high <= 20 ORDER BY s.high",
    "find_measure_low": f"{_MEASURE} AND s.low >= 2900 ORDER BY s.low",
    "find_measure_high": f"{_MEASURE} AND s.high <= 200 ORDER BY s.high",
}
"""By index: what a search asks."""


@pytest.fixture(scope="module")
async def database(databases: "Databases") -> AsyncIterator[Database]:
    url = await asyncio.to_thread(databases.migrated)
    owner = await asyncpg.connect(make_url(url).set(drivername="postgresql").render_as_string(hide_password=False))
    for statement in FILLED:
        await owner.execute(statement)
    await owner.close()
    async with Database.open(Urls(url, url, url), connections=1) as opened:
        yield opened


async def _planned(database: Database, statement: str) -> list[dict[str, Any]]:
    """The nodes of the plan that PostgreSQL makes for the caller."""
    numbered = statement.replace("$1[", "($1::text[])[")
    async with database.reads.acquire() as connection, connection.transaction():
        await connection.execute("SELECT enter($1, $2, $3, $4, $5, $6)", *ENTRY.arguments)
        told = await connection.fetchval(f"EXPLAIN (FORMAT JSON) {numbered}", ["Goal", "third-party"])
    return list(_nodes(json.loads(told)[0]["Plan"]))


def _nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for below in plan.get("Plans", ()):
        yield from _nodes(below)


@pytest.mark.parametrize("index", GOES_BY)
async def test_a_search_through_the_wall_goes_by_its_index(index: str, database: Database) -> None:
    nodes = await _planned(database, GOES_BY[index])
    assert {node["Index Name"] for node in nodes if "Index Name" in node} == {index}
    assert "Seq Scan" not in {node["Node Type"] for node in nodes}


async def test_no_index_of_the_search_is_forgotten(database: Database) -> None:
    found = await database.reads.fetch("SELECT indexname FROM pg_indexes WHERE tablename LIKE 'find%'")
    assert {row["indexname"] for row in found} == set(GOES_BY)
