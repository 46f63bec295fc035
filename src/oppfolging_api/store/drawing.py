"""The rows drawn from a resource: what a search and the policy look at beside its body. Pure."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import Any, Final

from sqlmodel import SQLModel

from oppfolging_api.kernel.registry import Body, Projection
from oppfolging_api.kernel.resource_type import ResourceType
from oppfolging_api.store import tables
from oppfolging_api.store.index import Indexed, index

DRAWN: Final = 3
"""Raise it with every change of what is drawn from a resource as it stands: the keys and rows of its index, what its
type is searched by, whom it is about, the kinds of information it counts as, a projection. All rows are then drawn anew
when the database is brought up to date, and no service starts on rows that another number drew.

A table that nothing is drawn into any more is emptied by a migration.
"""

KEY: Final = ("municipality", "type", "id")
Row = dict[str, Any]
Rows = defaultdict[type[SQLModel], list[Row]]
"""By table; those of one table all have the same columns."""


def draw(rows: Rows, found: Row, body: Body | None, declared: ResourceType, projections: Iterable[Projection]) -> None:
    """Add the rows of the current version of a resource: `found` is its row of `find` without the keys, `body` None
    where it was deleted."""
    draw_index(rows, found, index(body, declared) if body is not None else Indexed())
    key = {name: found[name] for name in KEY}
    for projection in projections:
        whose = {name: key[name] for name in key_columns(projection.model)}
        rows[projection.model] += [whose | row for row in (projection.rows(body) if body is not None else ())]


def draw_index(rows: Rows, found: Row, indexed: Indexed) -> None:
    rows[tables.Find].append(found | {"keys": sorted(indexed.keys)})
    key = {name: found[name] for name in KEY}
    for table, row in _beside(indexed):
        rows[table].append(key | row)


def key_columns(table: type[SQLModel]) -> list[str]:
    """Those that tell whose rows they are."""
    columns = table.__table__.columns  # type: ignore[attr-defined]
    return [name for name in KEY if name in columns]


def _beside(indexed: Indexed) -> Iterator[tuple[type[SQLModel], Row]]:
    for n, (parameter, value, exact) in enumerate(indexed.strings, 1):
        yield tables.FindString, {"position": n, "parameter": parameter, "value": value, "exact": exact}
    for n, (parameter, low, high) in enumerate(indexed.dates, 1):
        yield tables.FindDate, {"position": n, "parameter": parameter, "low": low, "high": high}
    for n, (name, least, most, system, code, unit) in enumerate(indexed.quantities, 1):
        limits = {"position": n, "parameter": name, "low": least, "high": most}
        yield tables.FindQuantity, limits | {"system": system, "code": code, "unit": unit}
