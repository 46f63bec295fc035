"""The order of a search's results as columns, and what comes after a position in it (keyset paging)."""

from dataclasses import dataclass

from oppfolging_api.fhir.search.frame import Arguments, Frame
from oppfolging_api.fhir.search.query import NEWEST_FIRST, Query, Sort
from oppfolging_api.fhir.sources import by_id


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
class Beside:
    """Where the values of a parameter lie: the table, its column (else low or high), the cast of a cursor, and what
    stands for none."""

    table: str
    column: str
    cast: str
    empty: str

    def end(self, *, descending: bool) -> str:
        return self.column or ("high" if descending else "low")


BESIDE = {
    "date": Beside("find_date", "", "::timestamptz", "'-infinity'::timestamptz"),
    "quantity": Beside("find_quantity", "", "::numeric", "0::numeric"),
    "string": Beside("find_string", "value", "", "''"),
}
"""By kind of parameter."""


def sort_keys(query: Query, frame: Frame) -> list[SortKey]:
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
    beside = BESIDE.get(sort.parameter.kind)
    if beside is None:
        cast, empty = "", "''"
        value = f"(SELECT {pick}(k) FROM unnest(f.keys) k WHERE starts_with(k, {name} || '='))"
    else:
        cast, empty = beside.cast, beside.empty
        column, rows = beside.end(descending=sort.descending), by_id(frame.kind, beside.table, "s", "f.id")
        value = f"(SELECT {pick}(s.{column}) FROM {rows} AND s.parameter || '' = {name})"
    return [
        SortKey(f"({value} IS NULL)::int", "::int", False),
        SortKey(f"coalesce({value}, {empty})", cast, sort.descending),
    ]


def after(keys: list[SortKey], position: list[str], arguments: Arguments) -> str:
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
