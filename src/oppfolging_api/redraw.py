"""Drawing the rows of every resource anew, where another number drew them than this code's (store/drawing.py).

After each batch it is written down how far the drawing has come, so one that is killed goes on from there. A service of
the same number may write meanwhile: a batch locks what a writer locks, the people and then the resources, but waits for
neither. What somebody else holds is drawn later, so no two can wait for each other.
"""

# ruff: noqa: S608 (SQL is put together from constants; values travel as arguments)

import asyncio
import logging
import time
from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Final

import asyncpg
from sqlmodel import SQLModel

from oppfolging_api.fhir import exact_json
from oppfolging_api.fhir.labels import kinds_of
from oppfolging_api.fhir.stamp import person_of
from oppfolging_api.kernel.registry import Registry
from oppfolging_api.settings import CannotServe
from oppfolging_api.store import tables
from oppfolging_api.store.database import dsn
from oppfolging_api.store.drawing import DRAWN, KEY, Row, Rows, draw, key_columns
from oppfolging_api.store.insertion import as_json, insert
from oppfolging_api.store.migration import APPLICATION, OWNER

Key = tuple[str, str, str]
"""Municipality, type and id."""

_REDRAWING: Final = 0x6F70_7064
_BATCH: Final = 200
"""Resources; whoever writes about one of their people waits for as long as one batch takes."""
_TOLD_EVERY: Final = 10_000
_PAUSE_S, _PATIENCE_S = 0.1, 60.0
_SESSION: Final = {
    "role": OWNER,
    "application_name": "oppfolging-api redraw",
    # A batch is few rows of large tables, whatever PostgreSQL knows of them.
    "enable_hashjoin": "off",
    "enable_mergejoin": "off",
    "enable_seqscan": "off",
    "jit": "off",
}
_UNPREPARED = (asyncpg.UndefinedTableError, asyncpg.InsufficientPrivilegeError, asyncpg.InvalidParameterValueError)
_logger = logging.getLogger(__name__)

_STATE = "SELECT number, under_way, past FROM drawn"
_BEGUN = """
INSERT INTO drawn (one, under_way, past) VALUES (true, $1, '{}')
ON CONFLICT (one) DO UPDATE SET under_way = $1, past = '{}', number = CASE WHEN drawn.number = $1 THEN $1 END
"""
_REACHED = "UPDATE drawn SET past = $1"
_FINISHED = "UPDATE drawn SET number = $1, under_way = NULL, past = '{}'"
_FORGOTTEN = "UPDATE drawn SET number = NULL, under_way = NULL, past = '{}'"
_MADE = "SELECT to_regclass('public.drawn') IS NOT NULL"

_NEXT = """
SELECT r.municipality, r.type, r.id, v.person FROM resource r JOIN resource_version v
  ON v.municipality = r.municipality AND v.id = r.id AND v.type = r.type AND v.version = r.version
WHERE (r.municipality, r.type, r.id) > ($1, $2, $3) AND r.type = ANY($4)
ORDER BY r.municipality, r.type, r.id LIMIT $5
"""
# As records.lock takes them; the subquery keeps any other person from being tried.
_PEOPLE = """
SELECT municipality, person FROM (
  SELECT DISTINCT municipality, person FROM unnest($1::text[], $2::text[]) one (municipality, person) OFFSET 0) one
WHERE pg_try_advisory_xact_lock(hashtextextended(municipality || ' ' || person, 0))
"""
_KEYS = "unnest($1::text[], $2::text[], $3::text[]) k (municipality, type, id)"
_SAME = "r.municipality = k.municipality AND r.type = k.type AND r.id = k.id"
# No index that begins with the type serves it, only the primary key, which has the id first (migration 0005).
_SAME_VERSIONS = "v.municipality = k.municipality AND v.type || '' = k.type AND v.id = k.id"
_RESOURCES = (
    f"SELECT r.municipality, r.type, r.id FROM {_KEYS} JOIN resource r ON {_SAME} FOR NO KEY UPDATE OF r SKIP LOCKED"
)
_VERSIONS = (
    "SELECT v.municipality, v.type, v.id, v.version, v.updated, v.person, v.kinds, v.body, r.deleted,"
    f" v.version = r.version AS current FROM {_KEYS} JOIN resource r ON {_SAME}"
    f" JOIN resource_version v ON {_SAME_VERSIONS}"
    " ORDER BY v.municipality, v.type, v.id, v.version"
)
_INDEX: tuple[type[SQLModel], ...] = (tables.FindString, tables.FindDate, tables.FindQuantity)
"""Keyed alike."""
_FOUND = (
    "ON CONFLICT (municipality, id, type) DO UPDATE SET person = excluded.person, updated = excluded.updated,"
    " deleted = excluded.deleted, kinds = excluded.kinds, keys = excluded.keys"
    " WHERE (find.person, find.updated, find.deleted, find.kinds, find.keys) IS DISTINCT FROM"
    " (excluded.person, excluded.updated, excluded.deleted, excluded.kinds, excluded.keys)"
)
_RELABELLED = (
    "UPDATE resource_version v SET person = k.person, kinds = k.kinds"
    " FROM json_populate_recordset(NULL::resource_version, $1::json) k"
    f" WHERE {_SAME_VERSIONS} AND v.version = k.version"
)


async def redraw(owner_url: str, registry: Registry, *, all_anew: bool = False) -> int:
    """How many resources were drawn: all, what was left where a drawing was killed, none where this number drew them.

    `all_anew`: every one, whoever drew it. One process draws at a time; another waits. The URL logs in as one who may
    act as the owner of a migrated database. Raises CannotServe where a resource cannot be drawn, or is held for long.
    """
    connection = await asyncpg.connect(dsn(owner_url), server_settings=_SESSION)
    try:
        await connection.execute("SELECT pg_advisory_lock($1)", _REDRAWING)
        state = await connection.fetchrow(_STATE) or {"number": None, "under_way": None}
        if all_anew or (state["under_way"] or state["number"]) != DRAWN:
            await connection.execute(_BEGUN, DRAWN)
        elif state["under_way"] is None:
            return 0
        return await _draw_all(connection, registry)
    finally:
        await connection.close()


async def forget(owner_url: str) -> None:
    """Let the next redraw draw everything: whoever goes back a revision may lose columns that were drawn."""
    connection = await asyncpg.connect(dsn(owner_url), server_settings={"role": OWNER})
    try:
        if await connection.fetchval(_MADE):
            await connection.execute(_FORGOTTEN)
    finally:
        await connection.close()


async def check_drawn(application_url: str) -> None:
    """Raises CannotServe where another number drew the rows, or nobody yet: they might show what they should not."""
    try:
        connection = await asyncpg.connect(dsn(application_url), server_settings={"role": APPLICATION})
        try:
            state = await connection.fetchrow(_STATE)
        finally:
            await connection.close()
    except _UNPREPARED:
        state = None
    if state is None or state["number"] != DRAWN:
        raise CannotServe("the database is not up to date with this version: run `oppfolging-api migrate`")


async def _draw_all(connection: asyncpg.Connection, registry: Registry) -> int:
    """From where the last drawing came to."""
    types = [kind.name for kind in registry.stored]
    past = await connection.fetchval("SELECT past FROM drawn") or ["", "", ""]
    drawn = 0
    _tell("drawing", drawn)
    while batch := await connection.fetch(_NEXT, *past, types, _BATCH):
        people = {(row["municipality"], row["type"], row["id"]): row["person"] for row in batch}
        await _draw_batch(connection, people, registry)
        past = list(list(people)[-1])
        await connection.execute(_REACHED, past)
        drawn += len(people)
        if drawn // _TOLD_EVERY > (drawn - len(people)) // _TOLD_EVERY:
            _tell("drawing", drawn)
    await connection.execute(_FINISHED, DRAWN)
    _tell("drawn", drawn)
    return drawn


def _tell(event: str, resources: int) -> None:
    _logger.info({"event": event, "number": DRAWN, "resources": resources})


async def _draw_batch(connection: asyncpg.Connection, people: Mapping[Key, str | None], registry: Registry) -> None:
    """Each resource once, with the person it is about; in several transactions where somebody else holds some."""
    left, until = people, time.monotonic() + _PATIENCE_S
    while left:
        drawn = await _attempt(connection, left, registry)
        if not drawn and time.monotonic() > until:
            raise CannotServe("a transaction holds resources that are to be drawn: end it, and bring up to date again")
        if drawn:
            until = time.monotonic() + _PATIENCE_S
        left = {key: person for key, person in left.items() if key not in drawn}
        if left:
            await asyncio.sleep(_PAUSE_S)


async def _attempt(connection: asyncpg.Connection, left: Mapping[Key, str | None], registry: Registry) -> set[Key]:
    """What nobody else held, drawn. An identity that somebody is about to take is waited for a little: what they do
    with it decides whether it can be drawn."""
    try:
        async with connection.transaction():
            await connection.execute("SET LOCAL lock_timeout = '500ms'")
            taken = await _taken(connection, left)
            await _draw(connection, taken, registry)
            return set(taken)
    except asyncpg.LockNotAvailableError:
        return set()


async def _taken(connection: asyncpg.Connection, left: Mapping[Key, str | None]) -> list[Key]:
    """Those of the resources whose people and rows this transaction has now locked."""
    wanted = {(municipality, person) for (municipality, _, _), person in left.items() if person is not None}
    held = {tuple(row) for row in await connection.fetch(_PEOPLE, *_columns(wanted, 2))}
    free = [key for key, person in left.items() if person is None or (key[0], person) in held]
    rows = await connection.fetch(_RESOURCES, *_columns(free, 3))
    return [(row["municipality"], row["type"], row["id"]) for row in rows]


def _columns(rows: Iterable[tuple[str, ...]], width: int) -> list[list[str]]:
    """Rows as an array for each column."""
    found = sorted(rows)
    return [[row[n] for row in found] for n in range(width)]


async def _draw(connection: asyncpg.Connection, keys: list[Key], registry: Registry) -> None:
    """In a statement of its own after the locks, so that it sees what their last holders wrote."""
    drawing = _Drawing(registry)
    async for row in connection.cursor(_VERSIONS, *_columns(keys, 3), prefetch=50):
        drawing.add(row)
    if drawing.relabelled:
        await connection.execute(_RELABELLED, as_json(drawing.relabelled))
    for table in _INDEX:
        await _delete(connection, table, keys)
    for type in {key[1] for key in keys}:
        for table in {projection.model for projection in registry.projections[type]}:
            await _delete(connection, table, [key for key in keys if key[1] == type])
    for table, rows in drawing.rows.items():
        if rows:
            await _insert(connection, table, rows)


class _Drawing:
    """The rows of a batch, from its versions in their order. A deletion, which has no body, is about whom and of the
    kinds that the version before it was."""

    def __init__(self, registry: Registry) -> None:
        self._registry = registry
        self._key: Row = {}
        self._about: Row = {}
        self.rows: Rows = defaultdict(list)
        self.relabelled: list[Row] = []

    def add(self, version: asyncpg.Record) -> None:
        """Raises CannotServe, without a word of the body."""
        key, stood = ({name: version[name] for name in names} for names in (KEY, ("person", "kinds")))
        if key != self._key:
            self._key, self._about = key, stood
        try:
            self._draw(version)
        except Exception as error:
            where = f"{key['type']}/{key['id']} of municipality {key['municipality']}"
            raise CannotServe(f"{where} cannot be drawn: {type(error).__name__}") from error
        if self._about != stood:
            self.relabelled.append(key | {"version": version["version"]} | self._about)

    def _draw(self, version: asyncpg.Record) -> None:
        kind = self._registry.types[version["type"]]
        body = exact_json.parse(version["body"]) if version["body"] else None
        if body is not None:
            kinds = list(kinds_of(body, kind, self._registry.canonical))
            self._about = {"person": person_of(kind, body, version["id"]), "kinds": kinds}
        if version["current"]:
            found = self._key | self._about | {"updated": version["updated"], "deleted": version["deleted"]}
            draw(self.rows, found, body, kind, self._registry.projections[kind.name])


async def _delete(connection: asyncpg.Connection, table: type[SQLModel], keys: list[Key]) -> None:
    same = " AND ".join(f"d.{column} = k.{column}" for column in key_columns(table))
    if table in _INDEX:
        same = same.replace("d.type", "d.type || ''")
    await connection.execute(f"DELETE FROM {table.__tablename__} d USING {_KEYS} WHERE {same}", *_columns(keys, 3))


async def _insert(connection: asyncpg.Connection, table: type[SQLModel], rows: list[Row]) -> None:
    conflict = _FOUND if table is tables.Find else ""
    await connection.execute(f"{insert(str(table.__tablename__), list(rows[0]))} {conflict}", as_json(rows))
