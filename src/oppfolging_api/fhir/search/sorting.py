"""The order of a search's results as columns, and what comes after a position in it (keyset paging)."""

from dataclasses import dataclass

from oppfolging_api.access.policy import is_bound
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


@dataclass(frozen=True, slots=True)
class Order:
    """The keys, of a row `f` and of what is drawn from beside it: a LATERAL for each parameter sorted by."""

    keys: list[SortKey]
    drawn: str


def order_of(query: Query, frame: Frame) -> Order:
    keys: list[SortKey] = []
    drawn = ""
    for n, sort in enumerate(query.sort or NEWEST_FIRST):
        if sort.parameter.name == "_id":
            keys.append(SortKey("f.id", "", sort.descending))
        elif sort.parameter.name == "_lastUpdated":
            keys.append(SortKey("f.updated", "::timestamptz", sort.descending))
        else:
            keys += _keys(sort, f"f_{n}.value")
            drawn += f" CROSS JOIN LATERAL ({_drawn(sort, frame)}) f_{n}"
    if all(key.expression != "f.id" for key in keys):
        keys.append(SortKey("f.id", "", True))
    if query.several:
        keys.append(SortKey("f.type", "", True))
    return Order(keys, drawn)


def _drawn(sort: Sort, frame: Frame) -> str:
    name, pick = frame.arguments.add(sort.parameter.name), "max" if sort.descending else "min"
    beside = BESIDE.get(sort.parameter.kind)
    if beside is None:
        keys = frame.keys_told(sort.parameter)
        return f"SELECT {pick}(k) AS value FROM unnest({keys}) k WHERE starts_with(k, {name} || '=')"
    column, rows = beside.end(descending=sort.descending), by_id(frame.kind, beside.table, "s", "f.id")
    free = f" AND NOT {is_bound('f')}" if frame.may_be_cut(sort.parameter) else ""
    return f"SELECT {pick}(s.{column}) AS value FROM {rows} AND s.parameter || '' = {name}{free}"


def _keys(sort: Sort, value: str) -> list[SortKey]:
    """What has no value comes last either way."""
    beside = BESIDE.get(sort.parameter.kind)
    cast, empty = (beside.cast, beside.empty) if beside else ("", "''")
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
