"""Search a type: https://hl7.org/fhir/R4/http.html#search"""

from urllib.parse import urlencode

import asyncpg
from starlette.responses import Response

from oppfolging_api.fhir import bundle
from oppfolging_api.fhir.search.cursor import Cursors
from oppfolging_api.fhir.search.query import Pairs, Query, parse
from oppfolging_api.fhir.search.statement import compile_search
from oppfolging_api.fhir.server import Context
from oppfolging_api.kernel.resource_type import ResourceType


async def search(context: Context, kind: ResourceType, pairs: Pairs, *, strict: bool, posted: bool) -> Response:
    """A Bundle of what matches and the caller may see. A `next` link holds the whole search in an encrypted cursor."""
    context.require_scope(kind, "s")
    cursors = context.server.cursors
    pairs, position, hidden = _resume(cursors, kind, pairs, posted=posted)
    query = parse(kind, pairs, context.server.registry.types, strict=strict)
    statement, arguments = compile_search(query, context, position)
    rows = await context.server.database.fetch(context.entry(), statement, arguments)
    for row in rows:
        if row["id"] is not None:
            context.trace.touch(row["type"], None, row["person"])
    links = _links(cursors, context, query, rows, position, hidden=hidden)
    total = next((row["version"] for row in rows if row["mode"] == "total"), None)
    entries = (_entry(context, row) for row in rows if row["mode"] in ("match", "include"))
    return bundle.response("searchset", links, entries, total)


def _resume(
    cursors: Cursors, kind: ResourceType, pairs: Pairs, *, posted: bool
) -> tuple[Pairs, list[str] | None, bool]:
    """The search a cursor holds, where there is one; and whether its parameters must stay out of links."""
    cursor = next((value for name, value in pairs if name == "_cursor"), None)
    if cursor is None:
        return pairs, None, posted
    held, position, hidden = cursors.open(kind.name, cursor)
    return [(name, value) for name, value in held], position, hidden


def _links(
    cursors: Cursors,
    context: Context,
    query: Query,
    rows: list[asyncpg.Record],
    position: list[str] | None,
    *,
    hidden: bool,
) -> dict[str, str]:
    url = f"{context.base}/{query.kind.name}"
    here = {"_cursor": cursors.seal(query.kind.name, [query.used, position, hidden])}
    links = {"self": f"{url}?{urlencode(here if hidden or position else query.used)}"}
    matches = [row for row in rows if row["mode"] == "match"]
    if matches and any(row["mode"] == "more" for row in rows):
        sealed = cursors.seal(query.kind.name, [query.used, matches[-1]["extra"], hidden])
        links["next"] = f"{url}?{urlencode({'_cursor': sealed})}"
    return links


def _entry(context: Context, row: asyncpg.Record) -> bytes:
    fields = {"fullUrl": f"{context.base}/{row['type']}/{row['id']}", "search": {"mode": row["mode"]}}
    return bundle.entry(fields, row["body"])
