"""The one SQL statement of a search: a page by keyset, what it includes, and the total where it is asked for."""

from collections.abc import Sequence
from dataclasses import dataclass

from oppfolging_api.fhir.search.conditions import condition
from oppfolging_api.fhir.search.frame import Arguments, Frame
from oppfolging_api.fhir.search.includes import included
from oppfolging_api.fhir.search.page import LARGEST_PAGE
from oppfolging_api.fhir.search.query import NEWEST_FIRST, Query, Sort
from oppfolging_api.fhir.server import Context
from oppfolging_api.fhir.sources import RESOURCE, rows_of

ESTIMATED_TO = 10_000
"""An estimate counts no further."""


@dataclass(frozen=True, slots=True)
class SortKey:
    """One column of the order; the text of `expression` is read back by `cast`, so that a cursor can carry it."""

    expression: str
    cast: str
    descending: bool

    @property
    def direction(self) -> str:
        return "DESC" if self.descending else "ASC"


@dataclass(frozen=True, slots=True)
class Compartment:
    """`Type/id`: a search is held to what belongs to it by the parameters that R4 names for each type."""

    type: str
    id: str


def compile_search(
    query: Query, context: Context, position: list[str] | None, compartment: Compartment | None = None
) -> tuple[str, list[str]]:
    """The statement and its arguments; `position` is the last row of the page before, as its sort keys."""
    arguments = Arguments()
    frames = [Frame(kind, "f", arguments, context) for kind in query.kinds]
    matching = {frame.kind.name: _matching(query, frame, compartment) for frame in frames}
    arms = [_page_of(query, frame, matching[frame.kind.name], position) for frame in frames]
    keys = _sort_keys(query, frames[0])
    order = ", ".join(f"s{n} {key.direction}" for n, key in enumerate(keys))
    extra = ", ".join(f"s{n}::text" for n in range(len(keys)))
    page = (
        f"SELECT u.*, ARRAY[{extra}] AS extra, row_number() OVER (ORDER BY {order}) AS n"
        f" FROM ({' UNION ALL '.join(arms)}) u ORDER BY {order} LIMIT {query.count + 1}"
    )
    with_ = [f"page AS MATERIALIZED ({page})", f"shown AS (SELECT * FROM page WHERE n <= {query.count})", _SIZED]
    rows = [_found(query.count)]
    if query.includes or query.along:
        cte, brought = included(query, context)
        with_.append(cte)
        rows.append(brought)
    if query.total != "none" or not query.count:
        rows.append(_counted(frames, matching, exact=query.total != "estimate"))
    statement = (
        f"WITH RECURSIVE {', '.join(with_)}"
        f" SELECT {_COLUMNS} FROM ({' UNION ALL '.join(rows)}) found ORDER BY mode DESC, n"
    )
    return statement, arguments.values


_COLUMNS = "mode, type, id, version, updated, deleted, NULL::text, person, body, extra"


def _matching(query: Query, frame: Frame, compartment: Compartment | None) -> str:
    where = [frame.standing, *(condition(criterion, frame) for criterion in query.criteria)]
    if query.person is not None:
        where.append(f"f.person = {frame.arguments.add(query.person)}")
    if compartment is not None:
        where.append(_within(compartment, frame))
    return " AND ".join(where)


def _within(compartment: Compartment, frame: Frame) -> str:
    names = frame.kind.compartments.get(compartment.type, ())
    keys = [f"{name}={compartment.type}/{compartment.id}" for name in names]
    found = [f"f.keys && {frame.arguments.array(keys)}"] if keys else []
    if frame.kind.name == compartment.type:
        found.append(f"f.id = {frame.arguments.add(compartment.id)}")
    return f"({' OR '.join(found)})" if found else "false"


def _page_of(query: Query, frame: Frame, matching: str, position: list[str] | None) -> str:
    """One type's share of the page, with the columns s0, s1 ... that the whole is ordered by."""
    keys = _sort_keys(query, frame)
    after = f" AND {_after(keys, position, frame.arguments)}" if position else ""
    order = ", ".join(f"{key.expression} {key.direction}" for key in keys)
    columns = ", ".join(f"{key.expression} AS s{n}" for n, key in enumerate(keys))
    return (
        f"(SELECT f.municipality, f.type, f.id, f.person, f.keys, {columns} FROM {frame.rows}"
        f" WHERE {matching}{after} ORDER BY {order} LIMIT {query.count + 1})"
    )


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


def _counted(frames: Sequence[Frame], matching: dict[str, str], *, exact: bool) -> str:
    limit = "" if exact else f" LIMIT {ESTIMATED_TO}"
    rows = " UNION ALL ".join(
        f"(SELECT FROM {frame.rows} WHERE {matching[frame.kind.name]}{limit})" for frame in frames
    )
    return f"SELECT 'total', NULL, NULL, count(*)::int, NULL, false, NULL, NULL, NULL, 0 FROM ({rows}) counted"


def _sort_keys(query: Query, frame: Frame) -> list[SortKey]:
    keys: list[SortKey] = []
    for sort in query.sort or NEWEST_FIRST:
        if sort.parameter.name == "_id":
            keys.append(SortKey("f.id", "", sort.descending))
        elif sort.parameter.name == "_lastUpdated":
            keys.append(SortKey("f.updated", "::timestamptz", sort.descending))
        else:
            keys += _drawn(sort, frame)
    if all(key.expression != "f.id" for key in keys):
        keys.append(SortKey("f.id", "", True))
    if len(query.kinds) > 1:
        keys.append(SortKey("f.type", "", True))
    return keys


def _drawn(sort: Sort, frame: Frame) -> list[SortKey]:
    """What has no value comes last either way."""
    name, pick = frame.arguments.add(sort.parameter.name), "max" if sort.descending else "min"
    table, column, cast, empty = _DRAWN.get(sort.parameter.kind, ("", "", "", "''"))
    if table:
        end = column or ("high" if sort.descending else "low")
        value = (
            f"(SELECT {pick}(s.{end}) FROM {rows_of(frame.kind, table)} s"
            f" WHERE s.type = f.type AND s.id = f.id AND s.parameter = {name})"
        )
    else:
        value = f"(SELECT {pick}(k) FROM unnest(f.keys) k WHERE starts_with(k, {name} || '='))"
    return [
        SortKey(f"({value} IS NULL)::int", "::int", False),
        SortKey(f"coalesce({value}, {empty})", cast, sort.descending),
    ]


_DRAWN = {
    "date": ("find_date", "", "::timestamptz", "'-infinity'::timestamptz"),
    "quantity": ("find_quantity", "", "::numeric", "0::numeric"),
    "string": ("find_string", "value", "", "''"),
}
"""By kind: the table values lie in, the column (else low or high), the cast of a cursor, what stands for none."""


def _after(keys: list[SortKey], position: list[str], arguments: Arguments) -> str:
    """Rows that come after a position: one row comparison where all keys run the same way, which an index can serve."""
    placed = [arguments.add(value, key.cast) for key, value in zip(keys, position, strict=True)]
    if len({key.descending for key in keys}) == 1:
        columns = ", ".join(key.expression for key in keys)
        return f"({columns}) {'<' if keys[0].descending else '>'} ({', '.join(placed)})"
    return f"({' OR '.join(_later(keys, placed, n) for n in range(len(keys)))})"


def _later(keys: list[SortKey], placed: list[str], n: int) -> str:
    """Equal in the first n keys, and further on in the next."""
    same = [f"{key.expression} = {value}" for key, value in zip(keys[:n], placed[:n], strict=True)]
    further = f"{keys[n].expression} {'<' if keys[n].descending else '>'} {placed[n]}"
    return "(" + " AND ".join([*same, further]) + ")"
