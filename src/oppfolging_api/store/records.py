"""Writing: one resource with its version, its index and its outbox row, in the transaction given."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Table
from sqlmodel import SQLModel

from oppfolging_api.store.entry import Entry
from oppfolging_api.store.index import Indexed
from oppfolging_api.store.statements import Statements


@dataclass(frozen=True, slots=True)
class Stored:
    """One version of a resource as it stands in the store; `body` is what is served."""

    type: str
    id: str
    version: int
    updated: datetime
    body: bytes
    person: str | None
    kinds: tuple[str, ...] = ()
    deleted: bool = False
    method: str = "PUT"


_LOCK = (
    "SELECT count(pg_advisory_xact_lock(hashtextextended(:municipality || ' ' || person, 0)))"
    " FROM (SELECT person FROM unnest(cast(:persons AS text[])) person ORDER BY person OFFSET 0) one"
)
_LOCK_AND_ENTER = (
    "SELECT enter(:municipality, :at, cast(:roles AS text[]), :actor, :organisation, :pid)"
    f" FROM ({_LOCK} OFFSET 0) held"
)

# What every version leaves, in one round trip with what comes before it.
_VERSION = """
version AS (
  INSERT INTO resource_version (municipality, type, id, version, method, updated, person, kinds, body)
  VALUES (:municipality, :type, :id, :version, :method, :updated, :person, cast(:kinds AS text[]), :body)),
outbox AS (
  INSERT INTO outbox (municipality, type, id, version, method) VALUES (:municipality, :type, :id, :version, :method)),
strings AS (
  INSERT INTO tenant_find_string (municipality, type, id, position, parameter, value, exact)
  SELECT :municipality, :type, :id, n, parameter, value, exact
  FROM unnest(cast(:string_parameters AS text[]), cast(:string_values AS text[]), cast(:string_exacts AS text[]))
    WITH ORDINALITY one (parameter, value, exact, n)),
dates AS (
  INSERT INTO tenant_find_date (municipality, type, id, position, parameter, low, high)
  SELECT :municipality, :type, :id, n, parameter, low, high
  FROM unnest(cast(:date_parameters AS text[]), cast(:date_lows AS timestamptz[]), cast(:date_highs AS timestamptz[]))
    WITH ORDINALITY one (parameter, low, high, n)),
quantities AS (
  INSERT INTO tenant_find_quantity (municipality, type, id, position, parameter, low, high, system, code, unit)
  SELECT :municipality, :type, :id, n, parameter, low::numeric, high::numeric, system, code, unit
  FROM unnest(cast(:quantity_parameters AS text[]), cast(:quantity_lows AS text[]), cast(:quantity_highs AS text[]),
      cast(:quantity_systems AS text[]), cast(:quantity_codes AS text[]), cast(:quantity_units AS text[]))
    WITH ORDINALITY one (parameter, low, high, system, code, unit, n))
SELECT 1
"""
_ADD = f"""
WITH current AS (
  INSERT INTO resource (municipality, type, id, version, updated, deleted, body)
  VALUES (:municipality, :type, :id, :version, :updated, :deleted, :body)),
found AS (
  INSERT INTO tenant_find (municipality, type, id, person, updated, deleted, kinds, keys)
  VALUES (:municipality, :type, :id, :person, :updated, :deleted, cast(:kinds AS text[]), cast(:keys AS text[]))),
{_VERSION}"""
_REPLACE = f"""
WITH current AS (
  UPDATE resource SET version = :version, updated = :updated, deleted = :deleted, body = :body,
    transaction = pg_current_xact_id()
  WHERE municipality = :municipality AND type = :type AND id = :id),
found AS (
  UPDATE tenant_find SET person = :person, updated = :updated, deleted = :deleted,
    kinds = cast(:kinds AS text[]), keys = cast(:keys AS text[])
  WHERE municipality = :municipality AND type = :type AND id = :id),
{_VERSION}"""
# Before the new rows, in a statement of its own: one statement would not see that the old ones are gone. Only the
# primary key serves it: an index that begins with the type would, too, where nothing is known of a table.
_FORGET = """
WITH strings AS (
  DELETE FROM tenant_find_string WHERE municipality = :municipality AND id = :id AND type || '' = :type),
quantities AS (
  DELETE FROM tenant_find_quantity WHERE municipality = :municipality AND id = :id AND type || '' = :type)
DELETE FROM tenant_find_date WHERE municipality = :municipality AND id = :id AND type || '' = :type
"""


async def lock(sql: Statements, entry: Entry, persons: Collection[str], *, again: bool) -> None:
    """Let one transaction at a time write about each of these people, taken in the order of their ids.

    `again`: the caller enters anew once it holds them, since what it was granted may have been withdrawn while it
    waited. Never after it has written: what it wrote would grant it more.
    """
    statement = _LOCK_AND_ENTER if again else _LOCK
    await sql.rows(statement, entry.named | {"persons": sorted(persons)})


async def add(sql: Statements, municipality: str, stored: Stored, indexed: Indexed) -> None:
    """A resource that was not there. Raises IntegrityError where it is."""
    await sql.rows(_ADD, _values(municipality, stored, indexed))


async def replace(sql: Statements, municipality: str, stored: Stored, indexed: Indexed) -> None:
    """A new version of a resource that is there (or was, before it was deleted)."""
    await sql.rows(_FORGET, {"municipality": municipality, "type": stored.type, "id": stored.id})
    await sql.rows(_REPLACE, _values(municipality, stored, indexed))


async def project(
    sql: Statements, key: dict[str, str], model: type[SQLModel], rows: Sequence[dict[str, Any]], *, new: bool
) -> None:
    """Replace what a projection holds of one resource (municipality, type, id), deletions first; `new` has none."""
    table: Table = model.__table__  # type: ignore[attr-defined]
    whose = {name: value for name, value in key.items() if name in table.columns}
    if not new:
        await sql.rows(f"DELETE FROM {table.name} WHERE {' AND '.join(f'{name} = :{name}' for name in whose)}", whose)
    if rows:
        await sql.insert(table.name, [whose | row for row in rows])


async def log(sql: Statements, rows: Sequence[dict[str, Any]]) -> None:
    """The access log rows of a write, in its own transaction."""
    await sql.insert("access_log", rows)


def _values(municipality: str, stored: Stored, indexed: Indexed) -> dict[str, Any]:
    return {
        "municipality": municipality,
        "type": stored.type,
        "id": stored.id,
        "version": stored.version,
        "method": stored.method,
        "updated": stored.updated,
        "deleted": stored.deleted,
        "person": stored.person,
        "kinds": list(stored.kinds),
        "keys": sorted(indexed.keys),
        "body": stored.body,
        **_columns("string", ("parameters", "values", "exacts"), indexed.strings),
        **_columns("date", ("parameters", "lows", "highs"), indexed.dates),
        **_columns("quantity", ("parameters", "lows", "highs", "systems", "codes", "units"), _as_text(indexed)),
    }


def _columns(table: str, names: tuple[str, ...], rows: Sequence[tuple[Any, ...]]) -> dict[str, list[Any]]:
    """Rows as an array for each column, which is how one statement takes any number of them."""
    return {f"{table}_{name}": [row[n] for row in rows] for n, name in enumerate(names)}


def _as_text(indexed: Indexed) -> list[tuple[Any, ...]]:
    """Numbers as text: the driver cannot send an infinite one."""
    return [(name, str(low), str(high), *unit) for name, low, high, *unit in indexed.quantities]
