"""The months of the access log: kept as long as is configured, carried over by migrations, read by one index each."""

# ruff: noqa: S608 (the names of months stand in the tests)

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, cast

import asyncpg
import pytest
from sqlalchemy import make_url, text
from sqlalchemy.ext.asyncio import AsyncEngine

from oppfolging_api.audit.statement import Asked
from oppfolging_api.fhir.search.frame import Arguments, Frame
from oppfolging_api.fhir.search.query import parse
from oppfolging_api.fhir.server import Context
from oppfolging_api.resources.audit_event import FOUND_BY, RESOURCE
from oppfolging_api.store.database import owner_engine
from oppfolging_api.store.migration import migrate

if TYPE_CHECKING:
    from conftest import Databases


@pytest.fixture
async def empty(databases: "Databases") -> AsyncIterator[AsyncEngine]:
    """A database nobody has migrated."""
    engine = owner_engine(await asyncio.to_thread(databases.make))
    yield engine
    await engine.dispose()


async def execute(engine: AsyncEngine, *statements: str) -> None:
    """As the owner."""
    async with engine.begin() as connection:
        await connection.exec_driver_sql("SET LOCAL ROLE oppfolging_owner")
        for statement in statements:
            await connection.exec_driver_sql(statement)


async def rows(engine: AsyncEngine, statement: str) -> list[tuple[Any, ...]]:
    async with engine.connect() as connection:
        return [tuple(row) for row in await connection.execute(text(statement))]


def month(ago: int) -> tuple[str, str]:
    """The name of the partition of a month before this one, and its tenth day."""
    today = datetime.now(UTC).date()
    number = today.year * 12 + today.month - 1 - ago
    there = date(number // 12, number % 12 + 1, 10)
    return f"access_log_{there:%Y%m}", there.isoformat()


def partition(ago: int) -> str:
    (name, _), first, after = month(ago), month(ago)[1], month(ago - 1)[1]
    return (
        f"CREATE TABLE {name} PARTITION OF access_log"
        f" FOR VALUES FROM ('{first[:8]}01 00:00+00') TO ('{after[:8]}01 00:00+00')"
    )


def row(ago: int) -> str:
    return (
        "INSERT INTO access_log (municipality, at, request, roles, interaction, status)"
        f" VALUES ('9901', '{month(ago)[1]} 12:00+00', '{ago}', '{{}}', 'read', 200)"
    )


KEPT = "SELECT request, tableoid::regclass::text FROM access_log ORDER BY at DESC"


async def test_what_is_older_than_is_kept_goes_when_the_owner_migrates(empty: AsyncEngine) -> None:
    """Whole months, and what the default has caught of months that never had a partition."""
    await migrate(empty)
    old = [partition(ago) for ago in (1, 2, 3)]
    await execute(empty, *old, *(row(ago) for ago in (0, 1, 2, 3, 4, 40)))
    await migrate(empty, log_months=2)
    assert await rows(empty, KEPT) == [("0", month(0)[0]), ("1", month(1)[0]), ("2", month(2)[0])]
    left = "SELECT count(*) FROM pg_class WHERE relname = '{}'"
    assert await rows(empty, left.format(month(3)[0])) == [(0,)]
    await migrate(empty, log_months=1)
    assert await rows(empty, KEPT) == [("0", month(0)[0]), ("1", month(1)[0])]


async def test_nothing_goes_where_nothing_is_said_of_how_long_it_is_kept(empty: AsyncEngine) -> None:
    await migrate(empty)
    await execute(empty, partition(3), *(row(ago) for ago in (0, 3, 500)))
    await migrate(empty)
    assert await rows(empty, KEPT) == [("0", month(0)[0]), ("3", month(3)[0]), ("500", "access_log_default")]


async def test_only_the_owner_takes_a_month_away(empty: AsyncEngine) -> None:
    await migrate(empty)
    await execute(empty, partition(3), row(3), row(40))
    for role in ("oppfolging_app", "oppfolging_log"):
        for statement in (
            f"DROP TABLE {month(3)[0]}",
            f"ALTER TABLE access_log DETACH PARTITION {month(3)[0]}",
            "DELETE FROM access_log_default",
            f"TRUNCATE {month(3)[0]}",
            f"UPDATE {month(3)[0]} SET person = NULL",
        ):
            connection = await asyncpg.connect(dsn(empty), server_settings={"role": role})
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await connection.execute(statement)
            await connection.close()
    assert len(await rows(empty, KEPT)) == 2


def dsn(engine: AsyncEngine) -> str:
    return make_url(str(engine.url)).set(drivername="postgresql").render_as_string(False)


async def test_rows_of_before_are_carried_over_and_back(empty: AsyncEngine) -> None:
    """Each named one thing; on the way back a row that names several becomes as many."""
    await migrate(empty, "0005")
    who = "'9901', now(), 'https://issuer.example', 'somebody'"
    columns = "municipality, at, issuer, subject, request, roles, interaction, status, type, id, person"
    await execute(
        empty,
        *(
            f"INSERT INTO access_log ({columns}) VALUES ({who}, {values})"
            for values in (
                "'a', '{coordinating-unit,team}', 'read', 200, 'Goal', 'g1', 'p1'",
                "'b', '{leader}', 'search_type', 200, 'Task', NULL, 'p2'",
                "'c', '{}', 'read', 404, NULL, NULL, NULL",
                "'d', '{person}', 'read', 200, 'Patient', 'p1', 'p1'",
                "'e', '{system}', 'create', 201, 'Goal', 'g2', 'p1'",
            )
        ),
    )
    await migrate(empty, "0006")
    assert await rows(empty, "SELECT request, what, purpose, person FROM access_log ORDER BY number") == [
        ("a", ["Goal/g1"], "TREAT", "p1"),
        ("b", ["Task"], "COC", "p2"),
        ("c", [], None, None),
        ("d", ["Patient/p1"], "PATRQT", "p1"),
        ("e", ["Goal/g2"], "RECORDMGT", "p1"),
    ]
    await execute(
        empty,
        "INSERT INTO access_log (municipality, at, request, roles, interaction, status, what, person)"
        " VALUES ('9901', now(), 'f', '{team}', 'transaction', 200, '{Goal/g1,Goal/g2,Task}', 'p1')",
    )
    await migrate(empty, "0005")
    assert sorted(await rows(empty, "SELECT request, type, id, person FROM access_log"), key=str) == [
        ("a", "Goal", "g1", "p1"),
        ("b", "Task", None, "p2"),
        ("c", None, None, None),
        ("d", "Patient", "p1", "p1"),
        ("e", "Goal", "g2", "p1"),
        ("f", "Goal", "g1", "p1"),
        ("f", "Goal", "g2", "p1"),
        ("f", "Task", None, "p1"),
    ]


MANY = """
INSERT INTO access_log (municipality, at, request, roles, interaction, status, what, person)
SELECT CASE WHEN n % 3 = 0 THEN '9902' ELSE '9901' END, now() + n * interval '3 minutes', 'r', '{team}', 'read', 200,
  '{Goal/g}', 'p' || n % 500 FROM generate_series(1, 60000) n
"""


@pytest.fixture(scope="module")
async def full(databases: "Databases") -> str:
    """Five months of the log of two municipalities, and months without rows."""
    url = await asyncio.to_thread(databases.make)
    engine = owner_engine(url)
    await migrate(engine)
    await execute(engine, MANY, "ANALYZE access_log")
    await engine.dispose()
    return make_url(url).set(drivername="postgresql").render_as_string(False)


def asked(query: list[tuple[str, str]], position: list[str] | None, *, whole: bool) -> tuple[str, list[str]]:
    """The statement of a page and its arguments."""
    kind = replace(RESOURCE, search=FOUND_BY)
    frame = Frame(kind, "l", Arguments(), cast(Context, SimpleNamespace(base="http://test/fhir")))
    page = Asked.of(parse((kind,), query, {}, strict=True), frame, whole=whole).page(frame, 50, position)
    return page, frame.arguments.values


async def plan(url: str, statement: str, arguments: list[str]) -> list[dict[str, Any]]:
    """What PostgreSQL reads for the application of months that have rows, and what it took."""
    given = ", ".join(f"'{argument}'" for argument in arguments)
    explained = f"EXPLAIN (ANALYZE, FORMAT JSON) {statement.replace('$1', f'(ARRAY[{given}]::text[])')}"
    as_service = {"role": "oppfolging_app", "jit": "off", "random_page_cost": "1.1"}
    connection = await asyncpg.connect(url, server_settings=as_service)
    async with connection.transaction():
        await connection.execute("SELECT set_config('oppfolging.municipality', '9901', true)")
        await connection.execute("SELECT set_config('oppfolging.represents', '{p1,p2}', true)")
        told = await connection.fetchval(explained)
        inhabited = await connection.fetch("SELECT DISTINCT tableoid::regclass::text AS name FROM access_log")
    await connection.close()
    names = {row["name"] for row in inhabited}
    return [node for node in nodes(json.loads(told)[0]["Plan"]) if node.get("Relation Name") in names]


def nodes(one: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield one
    for inner in one.get("Plans", ()):
        yield from nodes(inner)


DEEP = [(datetime.now(UTC) + timedelta(days=60)).isoformat(), "30000"]


@pytest.mark.parametrize(
    ("query", "whole", "position", "index"),
    [
        ([], True, None, "pkey"),
        ([], True, DEEP, "pkey"),
        ([("_sort", "date")], True, DEEP, "pkey"),
        ([("date", f"ge{month(-1)[1]}"), ("date", f"lt{month(-2)[1]}")], True, None, "pkey"),
        ([("patient", "p7")], True, DEEP, "municipality_person_at_number_idx"),
        ([], False, None, "municipality_person_at_number_idx"),
        ([], False, DEEP, "municipality_person_at_number_idx"),
    ],
)
async def test_a_page_reads_no_more_than_it_shows_by_one_index_of_each_month(
    full: str, query: list[tuple[str, str]], whole: bool, position: list[str] | None, index: str
) -> None:
    """Of 40 000 rows; a person's log has 80, and each of two people may fill the page."""
    read = await plan(full, *asked(query, position, whole=whole))
    assert {node["Node Type"] for node in read} == {"Index Scan"}
    assert {node["Index Name"].removeprefix(node["Relation Name"]) for node in read} <= {f"_{index}"}
    taken = sum(node["Actual Rows"] * node["Actual Loops"] for node in read)
    assert 30 < taken <= (51 if whole else 102) + 2 * len(read)
