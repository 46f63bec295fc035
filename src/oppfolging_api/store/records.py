"""Writing: one resource with its version, its index and its outbox row, in the transaction of the session given."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import MetaData, Table, delete, insert, text, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import SQLModel

from oppfolging_api.store import tables
from oppfolging_api.store.entry import Entry
from oppfolging_api.store.index import Indexed


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


def _table(model: type[SQLModel], name: str | None = None) -> Table:
    """The table of a model, or the view of that name with the same columns."""
    table: Table = model.__table__  # type: ignore[attr-defined]
    return table if name is None else table.to_metadata(MetaData(), name=name)


_RESOURCE, _VERSION, _OUTBOX = _table(tables.Resource), _table(tables.ResourceVersion), _table(tables.Outbox)
_FIND = _table(tables.Find, "tenant_find")
_STRINGS = _table(tables.FindString, "tenant_find_string")
_DATES = _table(tables.FindDate, "tenant_find_date")

_LOCK = text(
    "SELECT enter(:municipality, :at, cast(:roles AS text[]), :actor, :organisation, :pid) FROM ("
    "SELECT count(pg_advisory_xact_lock(hashtextextended(:municipality || ' ' || person, 0)))"
    " FROM (SELECT person FROM unnest(cast(:persons AS text[])) person ORDER BY person OFFSET 0) one OFFSET 0) held"
)


async def lock(session: AsyncSession, entry: Entry, persons: Collection[str]) -> None:
    """Let one transaction at a time write about each of these people; always taken in the same order.

    The caller enters again once it holds them: what it was granted may have been withdrawn while it waited.
    """
    if persons:
        await session.execute(_LOCK, entry.named | {"persons": sorted(persons)})


async def add(session: AsyncSession, municipality: str, stored: Stored, indexed: Indexed) -> None:
    """A resource that was not there. Raises IntegrityError where it is."""
    key = _key(municipality, stored)
    await session.execute(insert(_RESOURCE), [key | _state(stored)])
    await session.execute(insert(_FIND), [key | _find(stored, indexed)])
    await _rows(session, key, stored, indexed)


async def replace(session: AsyncSession, municipality: str, stored: Stored, indexed: Indexed) -> None:
    """A new version of a resource that is there (or was, before it was deleted)."""
    key = _key(municipality, stored)
    state = _state(stored) | {"transaction": text("pg_current_xact_id()")}
    for table, values in ((_RESOURCE, state), (_FIND, _find(stored, indexed))):
        await session.execute(update(table).where(*_is(table, key)).values(**values))
    for table in (_STRINGS, _DATES):
        await session.execute(delete(table).where(*_is(table, key)))
    await _rows(session, key, stored, indexed)


async def project(
    session: AsyncSession, municipality: str, id: str, model: type[SQLModel], rows: Sequence[dict[str, Any]], type: str
) -> None:
    """Replace what a projection holds of one resource, deletions first."""
    table = _table(model)
    whose = {"municipality": municipality, "id": id} | ({"type": type} if "type" in table.columns else {})
    await session.execute(delete(table).where(*_is(table, whose)))
    if rows:
        await session.execute(insert(table), [whose | row for row in rows])


async def log(session: AsyncSession, rows: Sequence[dict[str, Any]]) -> None:
    """The access log rows of a write, in its own transaction."""
    await session.execute(insert(_table(tables.AccessLog)), list(rows))


async def _rows(session: AsyncSession, key: dict[str, str], stored: Stored, indexed: Indexed) -> None:
    version = {"method": stored.method, "version": stored.version}
    await session.execute(
        insert(_VERSION),
        [
            key
            | version
            | {"updated": stored.updated, "person": stored.person, "kinds": list(stored.kinds), "body": stored.body}
        ],
    )
    await session.execute(insert(_OUTBOX), [key | version])
    if indexed.strings:
        names = ("parameter", "value", "exact")
        await session.execute(insert(_STRINGS), _numbered(key, names, indexed.strings))
    if indexed.dates:
        await session.execute(insert(_DATES), _numbered(key, ("parameter", "low", "high"), indexed.dates))


def _numbered(key: dict[str, str], names: Sequence[str], rows: Sequence[Sequence[Any]]) -> list[dict[str, Any]]:
    return [key | {"position": n} | dict(zip(names, row, strict=True)) for n, row in enumerate(rows)]


def _key(municipality: str, stored: Stored) -> dict[str, str]:
    return {"municipality": municipality, "type": stored.type, "id": stored.id}


def _state(stored: Stored) -> dict[str, Any]:
    return {
        "version": stored.version,
        "updated": stored.updated,
        "deleted": stored.deleted,
        "body": stored.body,
    }


def _find(stored: Stored, indexed: Indexed) -> dict[str, Any]:
    return {
        "person": stored.person,
        "updated": stored.updated,
        "deleted": stored.deleted,
        "kinds": list(stored.kinds),
        "keys": sorted(indexed.keys),
    }


def _is(table: Table, key: dict[str, str]) -> list[Any]:
    return [table.columns[name] == value for name, value in key.items()]
