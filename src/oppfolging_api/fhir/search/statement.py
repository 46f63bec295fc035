"""The one SQL statement of a search: a page by keyset, what it includes, and the total where it is asked for."""

from oppfolging_api.fhir.search.frame import Arguments, Frame
from oppfolging_api.fhir.search.includes import included
from oppfolging_api.fhir.search.page import LARGEST_PAGE
from oppfolging_api.fhir.search.query import Query
from oppfolging_api.fhir.search.rows import Compartment, Rows
from oppfolging_api.fhir.search.sorting import order_of
from oppfolging_api.fhir.search.ways import page_of
from oppfolging_api.fhir.server import Context
from oppfolging_api.fhir.sources import RESOURCE

ESTIMATED_TO = 10_000
"""An estimate counts no further."""


def compile_search(
    query: Query, context: Context, position: list[str] | None, compartment: Compartment | None = None
) -> tuple[str, list[str]]:
    """The statement and its arguments; `position` is the last row of the page before, as its sort keys."""
    arguments = Arguments()
    frames = [Frame(kind, "f", arguments, context, letters="s") for kind in query.kinds]
    matching = [Rows.of(query.criteria, frame, query.person, compartment) for frame in frames]
    with_, arms = page_of(query, matching, position)
    keys = order_of(query, frames[0]).keys
    order = ", ".join(f"s{n} {key.direction}" for n, key in enumerate(keys))
    extra = ", ".join(f"s{n}::text" for n in range(len(keys)))
    page = (
        f"SELECT u.*, ARRAY[{extra}] AS extra, row_number() OVER (ORDER BY {order}) AS n"
        f" FROM ({' UNION ALL '.join(arms)}) u ORDER BY {order} LIMIT {query.count + 1}"
    )
    with_ += [f"page AS MATERIALIZED ({page})", f"shown AS (SELECT * FROM page WHERE n <= {query.count})", _SIZED]
    rows = [_found(query.count)]
    if query.includes or query.along:
        cte, brought = included(query, context)
        with_.append(cte)
        rows.append(brought)
    if query.total != "none" or not query.count:
        rows.append(_counted(matching, exact=query.total != "estimate"))
    statement = (
        f"WITH RECURSIVE {', '.join(with_)}"
        f" SELECT {_COLUMNS} FROM ({' UNION ALL '.join(rows)}) found ORDER BY mode DESC, n"
    )
    return statement, arguments.values


_COLUMNS = "mode, type, id, version, updated, deleted, NULL::text, person, body, extra"


def _found(count: int) -> str:
    """The page in its order, as far as it is not too large, and a row that says where there is more."""
    return (
        "SELECT 'match' AS mode, type, id, version, updated, deleted, person, body, extra, n FROM sized WHERE fits"
        f" UNION ALL SELECT 'more', NULL, NULL, NULL, NULL, false, NULL, NULL, NULL, n FROM page WHERE n > {count}"
        " UNION ALL (SELECT 'more', NULL, NULL, NULL, NULL, false, NULL, NULL, NULL, n FROM sized WHERE NOT fits"
        " LIMIT 1)"
    )


_SIZED = (
    "sized AS (SELECT r.type, r.id, r.version, r.updated, r.deleted, p.person, r.body, p.extra, p.n,"
    f" p.n = 1 OR sum(octet_length(r.body)) OVER (ORDER BY p.n) <= {LARGEST_PAGE} AS fits"
    f" FROM shown p {RESOURCE.format(f='p')})"
)


def _counted(matching: list[Rows], *, exact: bool) -> str:
    limit = "" if exact else f" LIMIT {ESTIMATED_TO}"
    rows = " UNION ALL ".join(f"(SELECT FROM {one.every}{limit})" for one in matching)
    return f"SELECT 'total', NULL, NULL, count(*)::int, NULL, false, NULL, NULL, NULL, 0 FROM ({rows}) counted"
