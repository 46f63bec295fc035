"""The second wall (DESIGN D6): which rows each database role reaches where a statement has forgotten its condition.

No wall against SQL that is smuggled in: who can run that can set the municipality too, and where one login is all
three roles (the embedded PostgreSQL), become another.
"""

# ruff: noqa: S608 (the names of tables stand in the tests)

import asyncio
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING

import asyncpg
import pytest
from sqlalchemy import make_url

from oppfolging_api.store.database import owner_engine
from oppfolging_api.store.migration import migrate

if TYPE_CHECKING:
    from conftest import Databases

OURS, THEIRS, EVERYBODYS = "7001", "7002", "*"

ROWS = {
    "resource": "(municipality, type, id, version, updated, deleted, body)"
    " VALUES ($1, 'Goal', $2, 1, now(), false, '')",
    "resource_version": "(municipality, type, id, version, method, updated, kinds, body)"
    " VALUES ($1, 'Goal', $2, 1, 'POST', now(), '{}', '')",
    "identity": "(municipality, type, id, key) VALUES ($1, 'Patient', $2, 'pid|' || $2)",
    "employment": "(municipality, id, general_practitioner, active) VALUES ($1, $2, false, true)",
    "organisation_part": "(municipality, id, part_of) VALUES ($1, $2, 'o')",
    "relation": "(municipality, id, person, guardian, active) VALUES ($1, $2, 'p', true, true)",
    "membership": "(municipality, id, position, person, member, coordinator, layer, active)"
    " VALUES ($1, $2, 0, 'p', 'm', false, 'core', true)",
    "sole_active": "(municipality, type, id, slot, person) VALUES ($1, 'CareTeam', $2, 'team', $2)",
    "assignment": "(municipality, id, owner, open) VALUES ($1, $2, 'o', true)",
    "denial": "(municipality, id, position, person, actor, kinds) VALUES ($1, $2, 0, 'p', 'a', '{health}')",
    "permit": "(municipality, id, position, person, actor) VALUES ($1, $2, 0, 'p', 'Organization/o')",
    "invitation": "(municipality, id, position, person, member, referral, open)"
    " VALUES ($1, $2, 0, 'p', 'm', 'ServiceRequest/r', true)",
    "worked_for": "(municipality, practitioner, role, organisation) VALUES ($1, 'p', $2, 'o')",
    "feedback_link": "(municipality, id, referral) VALUES ($1, $2, 'r')",
    "referral_course": "(municipality, id, referral, status, received) VALUES ($1, $2, $2, 'requested', now())",
    "work": "(municipality, id, code, focus, since, open, settled) VALUES ($1, $2, 'c', 'f', now(), true, false)",
    "care_plan": "(municipality, id, person, kind, external, status, parts, told, lacks, waived)"
    " VALUES ($1, $2, 'p', 'week-plan', false, 'active', '{}', '{}', '{}', '{}')",
    "goal_course": "(municipality, id, person, open) VALUES ($1, $2, 'p', true)",
    "activity": "(municipality, id, person, open, void, extent, told) VALUES ($1, $2, 'p', true, false, true, true)",
    "consent_term": "(municipality, id, kind, person, active) VALUES ($1, $2, 'plan', 'p', true)",
    "referral_receipt": "(municipality, sender, message_id, digest, referral, hears_outcome, received)"
    " VALUES ($1, 's', $2, '', $2, true, now())",
    "outbox": "(municipality, type, id, version, method) VALUES ($1, 'Goal', $2, 1, 'POST')",
    "access_log": "(municipality, at, request, roles, interaction, status) VALUES ($1, now(), $2, '{}', 'read', 200)",
}
"""One row of every table with rows of municipalities: $1 the municipality, $2 an id."""
INDEX = {
    "find": "(municipality, type, id, updated, deleted, kinds, keys) VALUES ($1, 'Goal', $2, now(), false, '{}', '{}')",
    "find_string": "(municipality, type, id, position, parameter, value, exact)"
    " VALUES ($1, 'Goal', $2, 0, 'name', 'moe', 'Moe')",
    "find_date": "(municipality, type, id, position, parameter, low, high)"
    " VALUES ($1, 'Goal', $2, 0, 'date', now(), now())",
    "find_quantity": "(municipality, type, id, position, parameter, low, high)"
    " VALUES ($1, 'Goal', $2, 0, 'value-quantity', 5.35, 'infinity')",
}
VIEWS = {f"tenant_{name}": row for name, row in INDEX.items()}
BY_ONE_INDEX = ("tenant_find_by_keys", "tenant_find_string_by_pieces")
"""Views of the tenant that are only read."""
OF_EVERYBODY = ("packaged_find_by_keys", "packaged_find_string_by_pieces", *(f"packaged_{name}" for name in INDEX))
"""Views of what the service publishes."""
WITHOUT_MUNICIPALITY = ("alembic_version", "drawn", "issuer_key", "job_run")
FUNCTIONS = (
    *("as_caller", "enter", "leads_to", "municipalities", "municipalities_of", "of_age", "permitted", "pieces"),
    *("proof_is_new", "shown_keys", "tells", "withheld"),
)
APPENDED = ("access_log", "resource_version", "outbox", "referral_receipt", "worked_for")


@pytest.fixture(scope="module")
async def url(databases: "Databases") -> str:
    """A migrated database with a row of two municipalities, and of everybody, in every table."""
    made = await asyncio.to_thread(databases.make)
    engine = owner_engine(made)
    await migrate(engine)
    await engine.dispose()
    owner = await asyncpg.connect(_dsn(made))
    for table, row in (ROWS | INDEX).items():
        for municipality in (OURS, THEIRS, EVERYBODYS):
            await owner.execute(f"INSERT INTO {table} {row}", municipality, "1")
    await owner.close()
    return made


def _dsn(url: str) -> str:
    return make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)


async def _connected(url: str, role: str) -> AsyncIterator[asyncpg.Connection]:
    """In a transaction that is rolled back."""
    connection = await asyncpg.connect(_dsn(url), server_settings={"role": role})
    transaction = connection.transaction()
    await transaction.start()
    yield connection
    await transaction.rollback()
    await connection.close()


@pytest.fixture
async def app(url: str) -> AsyncIterator[asyncpg.Connection]:
    async for connection in _connected(url, "oppfolging_app"):
        yield connection


@pytest.fixture
async def log(url: str) -> AsyncIterator[asyncpg.Connection]:
    async for connection in _connected(url, "oppfolging_log"):
        yield connection


@pytest.fixture
async def owner(url: str) -> AsyncIterator[asyncpg.Connection]:
    """Whom no wall binds."""
    connection = await asyncpg.connect(_dsn(url))
    yield connection
    await connection.close()


async def within(connection: asyncpg.Connection, municipality: str) -> None:
    await connection.execute("SELECT set_config('oppfolging.municipality', $1, true)", municipality)


async def seen(connection: asyncpg.Connection, table: str) -> list[str]:
    found = await connection.fetch(f"SELECT DISTINCT municipality FROM {table} ORDER BY 1")
    return [row["municipality"] for row in found]


async def refused(connection: asyncpg.Connection, statement: str, *arguments: str) -> None:
    """For lack of a privilege, by row security, or by a view's check."""
    with pytest.raises((asyncpg.InsufficientPrivilegeError, asyncpg.WithCheckOptionViolationError)):
        async with connection.transaction():
            await connection.execute(statement, *arguments)


@pytest.mark.parametrize("table", [*ROWS, *VIEWS, *BY_ONE_INDEX])
async def test_the_application_sees_the_rows_of_its_municipality_only(table: str, app: asyncpg.Connection) -> None:
    everybodys = [EVERYBODYS] if table in ("resource", "resource_version") else []
    assert await seen(app, table) == everybodys
    for municipality in (OURS, THEIRS):
        await within(app, municipality)
        assert await seen(app, table) == [*everybodys, municipality]
    await within(app, "")
    assert await seen(app, table) == everybodys


@pytest.mark.parametrize("table", [*ROWS, *VIEWS])
async def test_it_writes_in_its_municipality_only(table: str, app: asyncpg.Connection) -> None:
    statement = f"INSERT INTO {table} {(ROWS | VIEWS)[table]}"
    await refused(app, statement, OURS, "2")
    await within(app, OURS)
    assert await app.execute(statement, OURS, "2") == "INSERT 0 1"
    for municipality in (THEIRS, EVERYBODYS, ""):
        await refused(app, statement, municipality, "3")


@pytest.mark.parametrize("table", ["resource", *VIEWS])
async def test_it_neither_changes_nor_moves_rows_of_others(table: str, app: asyncpg.Connection) -> None:
    await within(app, OURS)
    change = f"UPDATE {table} SET id = 'x' WHERE municipality = $1"
    assert await app.execute(change, THEIRS) == "UPDATE 0"
    assert await app.execute(change, OURS) == "UPDATE 1"
    await refused(app, f"UPDATE {table} SET municipality = $1 WHERE municipality = $2", THEIRS, OURS)


async def test_it_does_not_change_what_the_service_publishes(app: asyncpg.Connection) -> None:
    await within(app, OURS)
    await refused(app, "UPDATE resource SET body = 'x' WHERE municipality = '*'")
    for view in (*OF_EVERYBODY, *BY_ONE_INDEX):
        assert await seen(app, view) == [OURS if view in BY_ONE_INDEX else EVERYBODYS]
        await refused(app, f"DELETE FROM {view}")
        await refused(app, f"UPDATE {view} SET id = 'x'")
    for view in VIEWS:
        await within(app, EVERYBODYS)
        assert await app.fetchval(f"SELECT count(*) FROM packaged_{view.removeprefix('tenant_')}") == 1


@pytest.mark.parametrize("table", [*sorted(set(ROWS) - {"resource", *APPENDED}), *VIEWS])
async def test_it_deletes_in_its_municipality_only(table: str, app: asyncpg.Connection) -> None:
    await within(app, OURS)
    assert await app.execute(f"DELETE FROM {table}") == "DELETE 1"
    await within(app, THEIRS)
    assert await seen(app, table) == [THEIRS]


@pytest.mark.parametrize("table", INDEX)
async def test_the_index_tables_themselves_are_out_of_its_reach(table: str, app: asyncpg.Connection) -> None:
    await within(app, OURS)
    await refused(app, f"SELECT FROM {table}")
    await refused(app, f"INSERT INTO {table} {INDEX[table]}", OURS, "2")
    await refused(app, f"UPDATE {table} SET id = 'x'")
    await refused(app, f"DELETE FROM {table}")


@pytest.mark.parametrize("table", APPENDED)
async def test_what_has_been_appended_stays(table: str, app: asyncpg.Connection) -> None:
    await within(app, OURS)
    await refused(app, f"UPDATE {table} SET municipality = municipality")
    await refused(app, f"DELETE FROM {table}")
    await refused(app, f"TRUNCATE {table}")


async def test_it_makes_and_changes_no_tables(app: asyncpg.Connection) -> None:
    for statement in (
        "CREATE TABLE own (a int)",
        "CREATE FUNCTION own() RETURNS int LANGUAGE sql AS 'SELECT 1'",
        "ALTER TABLE resource DISABLE ROW LEVEL SECURITY",
        "DROP POLICY tenant ON resource",
        "DROP TABLE outbox",
        "GRANT SELECT ON find TO oppfolging_app",
        "UPDATE alembic_version SET version_num = 'x'",
    ):
        await refused(app, statement)


async def test_the_months_of_the_log_are_reached_through_the_log_only(
    app: asyncpg.Connection, log: asyncpg.Connection
) -> None:
    months = await app.fetch("SELECT inhrelid::regclass::text AS name FROM pg_inherits")
    partitions = [row["name"] for row in months if row["name"].startswith("access_log_") and "_pkey" not in row["name"]]
    tables = [name for name in partitions if not name.endswith("_idx")]
    assert len(tables) == 14
    for name in tables:
        await refused(app, f"SELECT FROM {name}")
        await refused(log, f"INSERT INTO {name} {ROWS['access_log']}", OURS, "2")


async def test_the_log_writer_appends_for_every_municipality_and_does_nothing_else(log: asyncpg.Connection) -> None:
    append = f"INSERT INTO access_log {ROWS['access_log']}"
    for municipality in (OURS, THEIRS, ""):
        assert await log.execute(append, municipality, "2") == "INSERT 0 1"
    await refused(log, append + " RETURNING number", OURS, "2")
    for statement in ("SELECT FROM access_log", "UPDATE access_log SET person = 'x'", "DELETE FROM access_log"):
        await refused(log, statement)
    await refused(log, "TRUNCATE access_log")
    for table in [*(set(ROWS) - {"access_log"}), *INDEX, *VIEWS, *WITHOUT_MUNICIPALITY]:
        await refused(log, f"SELECT FROM {table}")
    await refused(log, "SELECT municipalities_of('pid|1', now())")
    await refused(log, "SELECT municipalities()")


async def test_no_table_view_or_function_is_granted_that_these_tests_forget(owner: asyncpg.Connection) -> None:
    """Whatever a migration adds stands in the data above, or this fails."""
    relations = await owner.fetch(
        "SELECT oid::regclass::text AS name FROM pg_class WHERE relnamespace = 'public'::regnamespace"
        " AND relkind IN ('r', 'p', 'v', 'm', 'f') AND (has_table_privilege('oppfolging_app', oid, $1)"
        " OR has_any_column_privilege('oppfolging_app', oid, 'SELECT, INSERT, UPDATE, REFERENCES'))",
        "SELECT, INSERT, UPDATE, DELETE, TRUNCATE, REFERENCES, TRIGGER",
    )
    functions = await owner.fetch(
        "SELECT proname AS name FROM pg_proc WHERE pronamespace = 'public'::regnamespace"
        " AND has_function_privilege('oppfolging_app', oid, 'EXECUTE')"
    )
    sequences = await owner.fetchval(
        "SELECT count(*) FROM pg_class"
        " WHERE CASE WHEN relkind = 'S' THEN has_sequence_privilege('oppfolging_app', oid, $1) END",
        "USAGE, SELECT, UPDATE",
    )
    told = {*ROWS, *VIEWS, *BY_ONE_INDEX, *OF_EVERYBODY, *WITHOUT_MUNICIPALITY}
    assert {row["name"] for row in relations} == told
    assert sorted(row["name"] for row in functions) == sorted(FUNCTIONS)
    assert sequences == 0


@pytest.mark.parametrize("table", [*ROWS, *VIEWS, *BY_ONE_INDEX])
async def test_who_enters_no_municipality_is_given_nothing_by_a_function(table: str, app: asyncpg.Connection) -> None:
    """By the function that every search goes through; in a municipality the same statement finds its row."""
    statement = f"SELECT 'm', municipality, '1', 1, now(), false, '', '', ''::bytea, NULL::text[] FROM {table}"
    asked = "SELECT type FROM as_caller($1, now(), '{system}', 'a', 'o', 'p', $2, '{}') WHERE type <> '*'"
    assert await app.fetch(asked, "", statement) == []
    assert [row["type"] for row in await app.fetch(asked, OURS, statement)] == [OURS]
    assert await app.fetch(asked, "", statement) == []


async def test_a_table_that_has_a_municipality_has_a_wall(owner: asyncpg.Connection) -> None:
    """Whatever table is added: row security, or no grant at all."""
    bare = await owner.fetch(
        "SELECT c.relname FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'municipality'"
        " WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relrowsecurity"
        " AND NOT c.relispartition ORDER BY 1"
    )
    granted = await owner.fetch(
        "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p')"
        " AND NOT relrowsecurity AND relacl::text LIKE '%oppfolging_app%' ORDER BY 1"
    )
    assert [row["relname"] for row in bare] == ["find", "find_date", "find_quantity", "find_string"]
    assert [row["relname"] for row in granted] == sorted(WITHOUT_MUNICIPALITY)


async def test_where_an_identity_number_is_known_is_the_one_question_across_municipalities(
    app: asyncpg.Connection,
) -> None:
    assert sorted(await app.fetchval("SELECT municipalities_of('pid|1', now())")) == [EVERYBODYS, OURS, THEIRS]
    assert await app.fetchval("SELECT municipalities_of('pid|2', now())") == []


async def test_the_codes_of_the_municipalities_are_told_and_nothing_else_of_them(app: asyncpg.Connection) -> None:
    found = await app.fetch("SELECT * FROM municipalities()")
    assert [tuple(row) for row in found] == [(OURS,), (THEIRS,)]


async def test_where_nobody_has_anything_there_is_no_municipality(databases: "Databases") -> None:
    connection = await asyncpg.connect(_dsn(await asyncio.to_thread(databases.migrated)))
    try:
        assert await connection.fetch("SELECT * FROM municipalities()") == []
    finally:
        await connection.close()
