"""What a version leaves in the search index, and that nothing is left of the one before."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from decimal import Decimal
from typing import TYPE_CHECKING

import asyncpg
import pytest
from sqlalchemy import make_url

from oppfolging_api.store import records
from oppfolging_api.store.drawing import Rows, draw_index
from oppfolging_api.store.index import Indexed
from oppfolging_api.store.records import Stored
from oppfolging_api.store.statements import Statements

if TYPE_CHECKING:
    from conftest import Databases

OURS, AT = "7001", datetime(2026, 11, 22, tzinfo=UTC)
FIRST = Indexed(
    {"status=final"},
    [("note", "ja", "Ja"), ("note", "nei", "Nei")],
    [("date", AT, AT)],
    [
        ("value-quantity", Decimal("5.35"), Decimal("5.45"), "urn:u", "mg", "milligram"),
        ("value-quantity", Decimal("-Infinity"), Decimal(3), None, None, None),
        ("value-quantity", Decimal(4), Decimal("Infinity"), None, None, None),
    ],
)
SECOND = Indexed(quantities=[("value-quantity", Decimal("1e-300"), Decimal("1e300"), None, "kg", None)])


@pytest.fixture
async def connection(databases: "Databases") -> AsyncIterator[asyncpg.Connection]:
    """To a migrated database, as the application within one municipality."""
    made = await asyncio.to_thread(databases.migrated)
    dsn = make_url(made).set(drivername="postgresql").render_as_string(hide_password=False)
    opened = await asyncpg.connect(dsn, server_settings={"role": "oppfolging_app", "oppfolging.municipality": OURS})
    yield opened
    await opened.close()


def version(number: int, *, deleted: bool = False) -> Stored:
    return Stored("Observation", "1", number, AT, b"{}", None, deleted=deleted)


def rows(stored: Stored, indexed: Indexed) -> Rows:
    made = records.version_rows(OURS, stored)
    draw_index(made, records.found_row(OURS, stored), indexed)
    return made


async def quantities(connection: asyncpg.Connection) -> list[tuple[object, ...]]:
    found = await connection.fetch(
        "SELECT parameter, low::text, high::text, system, code, unit FROM tenant_find_quantity ORDER BY position"
    )
    return [tuple(row) for row in found]


async def others(connection: asyncpg.Connection) -> list[int]:
    """Rows of strings and of dates."""
    counted = await connection.fetchrow(
        "SELECT (SELECT count(*) FROM tenant_find_string), (SELECT count(*) FROM tenant_find_date)"
    )
    return list(counted or ())


async def test_the_rows_of_a_version_are_there_until_the_next(connection: asyncpg.Connection) -> None:
    sql = Statements(connection)
    await records.add(sql, rows(version(1), FIRST))
    await sql.flush()
    assert await others(connection) == [2, 1]
    assert await quantities(connection) == [
        ("value-quantity", "5.35", "5.45", "urn:u", "mg", "milligram"),
        ("value-quantity", "-Infinity", "3", None, None, None),
        ("value-quantity", "4", "Infinity", None, None, None),
    ]
    await records.replace(sql, rows(version(2), SECOND))
    await sql.flush()
    assert await others(connection) == [0, 0]
    (row,) = await quantities(connection)
    assert [len(str(row[1])), len(str(row[2])), row[4]] == [302, 301, "kg"]
    await records.replace(sql, rows(version(3, deleted=True), Indexed()))
    await sql.flush()
    assert await quantities(connection) == []
