"""What the service itself publishes to every municipality: written by the owner, once for each change of it."""

from functools import partial
from typing import Any

import asyncpg

from oppfolging_api.fhir import exact_json
from oppfolging_api.fhir.stamp import stamped
from oppfolging_api.fhir.validation import validate
from oppfolging_api.kernel.clock import Clock
from oppfolging_api.kernel.errors import Unprocessable
from oppfolging_api.kernel.registry import Body, Change, Registry
from oppfolging_api.store import records
from oppfolging_api.store.database import dsn
from oppfolging_api.store.migration import OWNER
from oppfolging_api.store.records import Stored
from oppfolging_api.store.statements import Statements
from oppfolging_api.store.tables import PACKAGED

_PUBLISHING = 0x6F70_7075
_CURRENT = "SELECT version, body FROM resource WHERE municipality = :everyone AND type = :type AND id = :id"


def reserve_canonicals(registry: Registry) -> None:
    """Nobody else's resource says it is one of those that the service publishes."""
    for kind in registry.types.values():
        if kind.packaged:
            registry.guards[kind.name].append(partial(_not_ours, registry))


def _not_ours(registry: Registry, change: Change) -> None:
    name, url = change.type.name, (change.after or {}).get("url")
    if url and any(held["resourceType"] == name and held.get("url") == url for held in registry.packaged):
        raise Unprocessable.of("the service itself publishes what has this URL", f"{name}.url")


async def publish(owner_url: str, registry: Registry, clock: Clock) -> int:
    """How many were new or had changed. The URL logs in as one who may act as the owner."""
    connection = await asyncpg.connect(dsn(owner_url), server_settings={"role": OWNER})
    try:
        async with connection.transaction():
            await connection.execute("SELECT pg_advisory_xact_lock($1)", _PUBLISHING)
            await connection.execute("SELECT set_config('oppfolging.municipality', $1, true)", PACKAGED)
            sql = Statements(connection)
            written = sum([await _publish(sql, body, registry, clock) for body in registry.packaged])
            await sql.flush()
            return written
    finally:
        await connection.close()


async def _publish(sql: Statements, body: Body, registry: Registry, clock: Clock) -> int:
    kind = registry.types[body["resourceType"]]
    key = {"everyone": PACKAGED, "type": kind.name, "id": body["id"]}
    current = await sql.row(_CURRENT, key)
    if current and _content(exact_json.parse(current["body"])) == _content(body):
        return 0
    validate(body, kind.name)
    version, at = (current["version"] + 1 if current else 1), clock.now()
    made = stamped(body, body["id"], version, at)
    method = "PUT" if current else "POST"
    stored = Stored(kind.name, body["id"], version, at, exact_json.dump(made), None, method=method)
    rows = records.drawn(PACKAGED, stored, made, kind, ())
    if current:
        await records.replace(sql, rows)
    else:
        await records.add(sql, rows)
    return 1


def _content(body: Body) -> dict[str, Any]:
    return {name: value for name, value in body.items() if name != "meta"}
