"""The versions of one resource, newest first: https://hl7.org/fhir/R4/http.html#history"""

from collections.abc import Sequence

import asyncpg
from starlette.responses import Response

from oppfolging_api.access.policy import version_visible, visible
from oppfolging_api.fhir import bundle
from oppfolging_api.fhir.answer import version_headers
from oppfolging_api.fhir.search.cursor import Cursors
from oppfolging_api.fhir.search.page import page_size
from oppfolging_api.fhir.server import Context
from oppfolging_api.fhir.sources import rows_of
from oppfolging_api.kernel.clock import instant
from oppfolging_api.kernel.errors import Invalid, NotFound
from oppfolging_api.kernel.resource_type import ResourceType

_STATEMENT = (
    "SELECT 'match', v.type, v.id, v.version, v.updated, v.method = 'DELETE', v.method, f.person, v.body, NULL::text[]"
    " FROM {rows} f JOIN resource_version v"
    " ON v.municipality = f.municipality AND v.type = f.type AND v.id = f.id"
    " WHERE f.type = $1[1] AND f.id = $1[2] AND v.version < $1[3]::bigint AND {visible} AND {version_visible}"
    " ORDER BY v.version DESC LIMIT $1[4]::int"
)
_BEFORE_ALL = 2**31
_STATUS = {"POST": "201 Created", "PUT": "200 OK", "DELETE": "204 No Content"}


async def history(context: Context, kind: ResourceType, id: str, parameters: Sequence[tuple[str, str]]) -> Response:
    """Pages go by `next` links. Raises NotFound for what does not exist or may not be seen, Invalid for other
    parameters than `_count` and the cursor."""
    context.require_scope(kind, "r")
    about, cursors = f"{kind.name}/{id}", context.server.cursors
    count, before = _parameters(cursors, parameters, about)
    statement = _STATEMENT.format(
        rows=rows_of(kind),
        visible=visible(context.caller, "f", kind),
        version_visible=version_visible(context.caller, "f", "v.kinds", kind),
    )
    rows = await context.server.database.fetch(context.entry(), statement, [kind.name, id, str(before), str(count + 1)])
    if not rows and before == _BEFORE_ALL:
        raise NotFound.of(f"there is no such {kind.name}")
    context.trace.touch(kind.name, id, rows[0]["person"] if rows else None)
    shown, url = rows[:count], f"{context.base}/{about}/_history"
    links = {"self": f"{url}?_count={count}"}
    if len(rows) > count:
        links["next"] = f"{url}?_cursor=" + cursors.seal(about, [count, shown[-1]["version"]])
    return bundle.response("history", links, (_entry(context, row) for row in shown))


def _parameters(cursors: Cursors, parameters: Sequence[tuple[str, str]], about: str) -> tuple[int, int]:
    given = dict(parameters)
    if "_cursor" in given:
        count, before = cursors.open(about, given["_cursor"])
        return int(count), int(before)
    if unknown := set(given) - {"_count", "_format", "_pretty"}:
        raise Invalid.of(f"a history does not take {', '.join(sorted(unknown))}", code="not-supported")
    return page_size(given.get("_count")), _BEFORE_ALL


def _entry(context: Context, row: asyncpg.Record) -> bytes:
    url = f"{row['type']}/{row['id']}"
    headers = version_headers(row["version"], row["updated"])
    fields = {
        "fullUrl": f"{context.base}/{url}",
        "request": {"method": row["method"], "url": row["type"] if row["method"] == "POST" else url},
        "response": {
            "status": _STATUS[row["method"]],
            "etag": headers["ETag"],
            "lastModified": instant(row["updated"]),
        },
    }
    return bundle.entry(fields, row["body"])
