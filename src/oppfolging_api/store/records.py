"""Writing: one resource with its version, its index, its projections and its outbox row, in the transaction given."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Final

from sqlmodel import SQLModel

from oppfolging_api.kernel.registry import Body, Projection
from oppfolging_api.kernel.resource_type import ResourceType
from oppfolging_api.store import tables
from oppfolging_api.store.drawing import KEY, Row, Rows, draw, key_columns
from oppfolging_api.store.entry import Entry
from oppfolging_api.store.insertion import name_of
from oppfolging_api.store.statements import Statements, spelled_out


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
_ENTER = "SELECT enter(:municipality, :at, cast(:roles AS text[]), :actor, :organisation, :pid)"
_LOCK_AND_ENTER = f"{_ENTER} FROM ({_LOCK} OFFSET 0) held"

# One statement would not see that the rows it deletes are gone: those of the new version come in a later one. Only the
# primary key serves the deletions: an index that begins with the type would, too, where nothing is known of a table.
_REPLACE: Final = """
WITH current AS (
  UPDATE resource SET version = :version, updated = :updated, deleted = :deleted, body = :body,
    transaction = pg_current_xact_id()
  WHERE municipality = :municipality AND type = :type AND id = :id),
strings AS (
  DELETE FROM tenant_find_string WHERE municipality = :municipality AND id = :id AND type || '' = :type),
dates AS (
  DELETE FROM tenant_find_date WHERE municipality = :municipality AND id = :id AND type || '' = :type),
quantities AS (
  DELETE FROM tenant_find_quantity WHERE municipality = :municipality AND id = :id AND type || '' = :type),
{projections}found AS (
  UPDATE tenant_find SET person = :person, updated = :updated, deleted = :deleted,
    kinds = cast(:kinds AS text[]), keys = cast(:keys AS text[])
  WHERE municipality = :municipality AND type = :type AND id = :id)
SELECT
"""


_MOST_WAITING: Final = 1_000_000


async def lock(sql: Statements, entry: Entry, persons: Collection[str], *, again: bool) -> None:
    """Let one transaction at a time write about each of these people, taken in the order of their ids.

    `again`: the caller enters anew once it holds them, since what it was granted may have been withdrawn while it
    waited. Never after it has written: what it wrote would grant it more.
    """
    statement = _LOCK_AND_ENTER if again else _LOCK
    await sql.rows(statement, entry.named | {"persons": sorted(persons)})


def begun(entry: Entry, persons: Collection[str]) -> str:
    """SQL that begins a transaction which has locked these people and entered, in one round trip."""
    entering = _LOCK_AND_ENTER if persons else _ENTER
    return f"BEGIN; {spelled_out(entering, entry.named | {'persons': sorted(persons)})}"


def version_rows(municipality: str, stored: Stored) -> Rows:
    """What every version leaves, however it is found. Pure."""
    rows: Rows = defaultdict(list)
    key = {"municipality": municipality, "type": stored.type, "id": stored.id}
    version = {"version": stored.version, "updated": stored.updated, "body": stored.body}
    about = {"person": stored.person, "kinds": list(stored.kinds)}
    rows[tables.Resource].append(key | version | {"deleted": stored.deleted})
    rows[tables.ResourceVersion].append(key | version | about | {"method": stored.method})
    rows[tables.Outbox].append(key | {"version": stored.version, "method": stored.method})
    return rows


def found_row(municipality: str, stored: Stored) -> Row:
    """Its row of `find`, without the keys. Pure."""
    key = {"municipality": municipality, "type": stored.type, "id": stored.id}
    about = {"person": stored.person, "kinds": list(stored.kinds)}
    return key | about | {"updated": stored.updated, "deleted": stored.deleted}


def drawn(
    municipality: str, stored: Stored, body: Body | None, declared: ResourceType, projections: Sequence[Projection]
) -> Rows:
    """All the rows of a version; `body` is None where it was deleted. Pure."""
    rows = version_rows(municipality, stored)
    draw(rows, found_row(municipality, stored), body, declared, projections)
    return rows


async def add(sql: Statements, rows: Rows) -> None:
    """A resource that was not there, with the next statement; it is refused where it is. What is large does not wait
    with others: all of them would be in memory at once."""
    sql.later(rows)
    if sql.waiting_bytes > _MOST_WAITING:
        await sql.flush()


async def replace(sql: Statements, rows: Rows, projections: Sequence[Projection] = ()) -> None:
    """A new version of a resource that is there (or was, before it was deleted)."""
    (resource,), (found,) = rows.pop(tables.Resource), rows.pop(tables.Find)
    await sql.rows(_replace(tuple(each.model for each in projections)), resource | found)
    sql.later(rows)


@lru_cache
def _replace(models: tuple[type[SQLModel], ...]) -> str:
    return _REPLACE.format(projections="".join(f"p{n} AS ({_forget(model)}),\n" for n, model in enumerate(models)))


def _forget(model: type[SQLModel]) -> str:
    whose = " AND ".join(f"{name} = :{name}" for name in KEY if name in key_columns(model))
    return f"DELETE FROM {name_of(model)} WHERE {whose}"
