"""What the histories share: what may be asked of one, and an entry of its Bundle.

https://hl7.org/fhir/R4/http.html#history
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from oppfolging_api.fhir import bundle
from oppfolging_api.fhir.answer import version_headers
from oppfolging_api.fhir.search.page import LARGEST_PAGE, page_size
from oppfolging_api.fhir.server import Context
from oppfolging_api.fhir.shown import Row
from oppfolging_api.kernel.clock import instant
from oppfolging_api.kernel.errors import Invalid
from oppfolging_api.store.index import date_span

Pairs = Sequence[tuple[str, str]]
_TAKEN = ("_count", "_since", "_at", "_cursor")
_PASSED_OVER = ("_format", "_pretty")
_STATUS = {"POST": "201 Created", "PUT": "200 OK", "DELETE": "204 No Content"}

# Current at some moment of a period: made before it ends, and not yet replaced as it begins. A deletion is told where
# it falls in the period. {after} and {before} are the period's bounds, {version} the alias of a version.
CURRENT_AT = (
    " AND {v}.updated < {before} AND ({v}.method <> 'DELETE' OR {v}.updated >= {after})"
    " AND NOT EXISTS (SELECT FROM resource_version n WHERE n.municipality = {v}.municipality AND n.type = {v}.type"
    " AND n.id = {v}.id AND n.version = {v}.version + 1 AND n.updated <= {after})"
)


_COLUMNS = "type, id, version, updated, deleted, method, person"


def paged(rows: str, count: int) -> str:
    """SQL: of versions numbered `n` in their order, those of a page as `match`, and what it has no place or no bytes
    for as `more`, without the body. One at least fits."""
    fits = f"n <= {count} AND (n = 1 OR sum(octet_length(body)) OVER (ORDER BY n) <= {LARGEST_PAGE})"
    return (
        f"SELECT CASE WHEN fits THEN 'match' ELSE 'more' END AS mode, {_COLUMNS},"
        f" CASE WHEN fits THEN body END AS body, extra, n FROM (SELECT *, {fits} AS fits FROM ({rows}) v) v"
    )


@dataclass(frozen=True, slots=True)
class Asked:
    """The parameters of a history; `at` is a half-open range of time."""

    count: int
    since: datetime | None
    at: tuple[datetime, datetime] | None


def asked(pairs: Pairs) -> Asked:
    """Raises Invalid for other parameters than those of a history, and for values they do not take."""
    given = {name: value for name, value in pairs if name not in _PASSED_OVER and value != ""}
    if unknown := set(given) - set(_TAKEN):
        raise Invalid.of(f"a history does not take {', '.join(sorted(unknown))}", code="not-supported")
    since, at = (_span(name, given.get(name)) for name in ("_since", "_at"))
    return Asked(page_size(given.get("_count")), since[0] if since else None, at)


def _span(name: str, text: str | None) -> tuple[datetime, datetime] | None:
    if text is None:
        return None
    try:
        return date_span(text.replace(" ", "+"))
    except ValueError as error:
        raise Invalid.of("the value is an instant, or a date", name, code="invalid") from error


def entry(context: Context, row: Row) -> bytes:
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
