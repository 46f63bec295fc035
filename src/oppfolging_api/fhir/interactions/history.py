"""The versions of one resource, newest first: https://hl7.org/fhir/R4/http.html#history"""

from urllib.parse import urlencode

from starlette.responses import Response

from oppfolging_api.access.policy import version_visible, visible
from oppfolging_api.fhir import bundle
from oppfolging_api.fhir.interactions.versions import CURRENT_AT, Pairs, asked, entry, paged
from oppfolging_api.fhir.server import Context
from oppfolging_api.fhir.shown import Row
from oppfolging_api.fhir.sources import rows_of
from oppfolging_api.kernel.errors import NotFound
from oppfolging_api.kernel.resource_type import ResourceType
from oppfolging_api.store.database import COLUMNS

# What was written after a version is told with it, whatever the clocks said: a version that waited for another may
# bear an earlier time. So `_since` counts from the first version that is late enough.
_VERSIONS = (
    "SELECT v.type, v.id, v.version, v.updated, v.method = 'DELETE' AS deleted, v.method, f.person, v.body,"
    " NULL::text[] AS extra, row_number() OVER (ORDER BY v.version DESC) AS n FROM {rows} f JOIN resource_version v"
    " ON v.municipality = f.municipality AND v.type = f.type AND v.id = f.id"
    " WHERE f.type = $1[1] AND f.id = $1[2] AND v.version < $1[3]::bigint AND {visible} AND {version_visible}{filter}"
    " ORDER BY v.version DESC LIMIT {limit}"
)
_SINCE = (
    " AND v.version >= (SELECT min(s.version) FROM resource_version s WHERE s.municipality = f.municipality"
    " AND s.type = f.type AND s.id = f.id AND s.updated >= $1[4]::timestamptz)"
)
_AT = CURRENT_AT.format(v="v", after="$1[5]::timestamptz", before="$1[6]::timestamptz")
_BEFORE_ALL = 2**31


async def history(context: Context, kind: ResourceType, id: str, pairs: Pairs) -> Response:
    """Pages go by `next` links. Raises NotFound for what does not exist or may not be seen, Invalid for what a history
    does not take."""
    context.require_scope(kind, "r")
    context.require_whole(kind)
    about = f"{kind.name}/{id}"
    wanted, before = _resumed(context, pairs, about)
    rows = await _rows(context, kind, id, wanted, before)
    known = rows or await _rows(context, kind, id, [("_count", "1")], _BEFORE_ALL)
    if not known:
        raise NotFound.of(f"there is no such {kind.name}")
    context.trace.touch(kind.name, id, known[0]["person"])
    shown, url = [row for row in rows if row["mode"] == "match"], f"{context.base}/{about}/_history"
    links = {"self": f"{url}?{urlencode(pairs)}" if pairs else url}
    if len(rows) > len(shown):
        links["next"] = f"{url}?_cursor={context.server.cursors.seal(about, [wanted, shown[-1]['version']])}"
    return bundle.response("history", links, (entry(context, row) for row in shown))


def _resumed(context: Context, pairs: Pairs, about: str) -> tuple[Pairs, int]:
    """What was first asked, and the version that the page before ended with."""
    cursor = dict(pairs).get("_cursor")
    if cursor is None:
        return pairs, _BEFORE_ALL
    held, before = context.server.cursors.open(about, cursor)
    return [(name, value) for name, value in held], int(before)


async def _rows(context: Context, kind: ResourceType, id: str, pairs: Pairs, before: int) -> list[Row]:
    """Those of a page, and one beyond where there is more."""
    wanted = asked(pairs)
    versions = _VERSIONS.format(
        rows=rows_of(kind),
        visible=visible(context.caller, "f", kind),
        version_visible=version_visible(context.caller, "f", "v.kinds", kind),
        filter=(_SINCE if wanted.since else "") + (_AT if wanted.at else ""),
        limit=wanted.count + 1,
    )
    moments = [moment.isoformat() if moment else "" for moment in (wanted.since, *(wanted.at or (None, None)))]
    statement = f"SELECT {COLUMNS} FROM ({paged(versions, wanted.count)}) found ORDER BY n"
    return await context.fetch(statement, [kind.name, id, str(before), *moments])
