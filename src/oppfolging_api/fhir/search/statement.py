"""The one SQL statement of a search: a page by keyset, what it includes, and the total where it is asked for."""

from dataclasses import dataclass

from oppfolging_api.access.policy import visible
from oppfolging_api.fhir.search.conditions import Arguments, Frame, condition
from oppfolging_api.fhir.search.query import ID, LAST_UPDATED, Include, Query, Sort
from oppfolging_api.fhir.server import Context
from oppfolging_api.fhir.sources import RESOURCE, rows_of
from oppfolging_api.kernel.resource_type import ResourceType

NEWEST_FIRST = [Sort(LAST_UPDATED, True), Sort(ID, True)]


@dataclass(frozen=True, slots=True)
class SortKey:
    """One column of the order; `expression` gives text that `cast` reads back, so that a cursor can carry it."""

    expression: str
    cast: str
    descending: bool


def compile_search(query: Query, context: Context, position: list[str] | None) -> tuple[str, list[str]]:
    """The statement and its arguments; `position` is the last row of the page before, as its sort keys."""
    arguments = Arguments()
    frame = Frame(query.kind, arguments, context.base, context.server.clock.now())
    where = [f"f.type = {arguments.add(query.kind.name)}", "NOT f.deleted", visible(context.caller, "f", query.kind)]
    where += [condition(criterion, frame) for criterion in query.criteria]
    source, matching = f"{rows_of(query.kind)} f", " AND ".join(where)
    keys = _sort_keys(query, frame)
    after = f" AND {_after(keys, position, arguments)}" if position else ""
    order = ", ".join(f"{key.expression} {'DESC' if key.descending else 'ASC'}" for key in keys)
    extra = ", ".join(f"({key.expression})::text" for key in keys)
    page = (
        f"SELECT f.municipality, f.type, f.id, f.person, f.keys, ARRAY[{extra}] AS extra,"
        f" row_number() OVER (ORDER BY {order}) AS n FROM {source} WHERE {matching}{after}"
        f" ORDER BY {order} LIMIT {query.count + 1}"
    )
    rows = [_found(query.count)]
    if query.includes:
        rows.append(_included(query, context))
    if query.total != "none" or not query.count:
        rows.append(_counted(source, matching))
    statement = (
        f"WITH page AS MATERIALIZED ({page}), shown AS (SELECT * FROM page WHERE n <= {query.count})"
        f" SELECT {_COLUMNS} FROM ({' UNION ALL '.join(rows)}) found ORDER BY mode DESC, n"
    )
    return statement, arguments.values


_COLUMNS = "mode, type, id, version, updated, deleted, NULL::text, person, body, extra"


def _found(count: int) -> str:
    """The page in its order, and a row that says where there is more."""
    return (
        "SELECT 'match' AS mode, r.type, r.id, r.version, r.updated, r.deleted, p.person, r.body, p.extra, p.n"
        f" FROM shown p {RESOURCE.format(f='p')}"
        f" UNION ALL SELECT 'more', NULL, NULL, NULL, NULL, false, NULL, NULL, NULL, n FROM page WHERE n > {count}"
    )


def _included(query: Query, context: Context) -> str:
    arms = [_arm(include, context) for include in query.includes]
    return (
        "SELECT 'include', r.type, r.id, r.version, r.updated, r.deleted, i.person, r.body, NULL, 0"
        f" FROM ({' UNION '.join(arms)}) i {RESOURCE.format(f='i')}"
        " WHERE NOT EXISTS (SELECT FROM shown p WHERE p.type = i.type AND p.id = i.id)"
    )


def _arm(include: Include, context: Context) -> str:
    name = include.parameter.name
    if include.reverse:
        points = f"t.keys && ARRAY(SELECT '{name}=' || p.type || '/' || p.id FROM shown p)"
        return (
            _rows(include.source)
            + f" WHERE t.type = '{include.source.name}' AND {points}"
            + _seen(include.source, context)
        )
    names = [include.target] if include.target else include.parameter.targets
    served = [context.server.registry.types[target] for target in names if target in context.server.registry.types]
    pointed = (
        f"JOIN (SELECT DISTINCT substr(k, {len(name) + 2}) AS pointed FROM shown p, unnest(p.keys) k"
        f" WHERE starts_with(k, '{name}=')) q ON t.id = split_part(q.pointed, '/', 2)"
        " AND t.type = split_part(q.pointed, '/', 1)"
    )
    return " UNION ".join(
        f"{_rows(target)} {pointed} WHERE t.type = '{target.name}'{_seen(target, context)}" for target in served
    )


def _rows(kind: ResourceType) -> str:
    return f"SELECT t.municipality, t.type, t.id, t.person FROM {rows_of(kind)} t"


def _seen(kind: ResourceType, context: Context) -> str:
    return f" AND NOT t.deleted AND {visible(context.caller, 't', kind)}"


def _counted(source: str, matching: str) -> str:
    return f"SELECT 'total', NULL, NULL, count(*)::int, NULL, false, NULL, NULL, NULL, 0 FROM {source} WHERE {matching}"


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
    return keys


def _drawn(sort: Sort, frame: Frame) -> list[SortKey]:
    """What has no value comes last either way."""
    name, kind = frame.arguments.add(sort.parameter.name), sort.parameter.kind
    pick, cast = "max" if sort.descending else "min", ""
    if kind == "date":
        column, cast = "high" if sort.descending else "low", "::timestamptz"
        value = _side(f"{pick}(s.{column})", "find_date", name, frame)
    elif kind == "string":
        value = _side(f"{pick}(s.value)", "find_string", name, frame)
    else:
        value = f"(SELECT {pick}(k) FROM unnest(f.keys) k WHERE starts_with(k, {name} || '='))"
    empty = "'-infinity'::timestamptz" if kind == "date" else "''"
    return [
        SortKey(f"({value} IS NULL)::int", "::int", False),
        SortKey(f"coalesce({value}, {empty})", cast, sort.descending),
    ]


def _side(value: str, table: str, name: str, frame: Frame) -> str:
    return (
        f"(SELECT {value} FROM {rows_of(frame.kind, table)} s"
        f" WHERE s.type = f.type AND s.id = f.id AND s.parameter = {name})"
    )


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
