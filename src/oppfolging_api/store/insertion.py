"""Rows of several tables as one statement. They travel as JSON: the driver would look at each value of an array, and
can send neither an infinite number nor rows of arrays."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any, Final

import orjson
from sqlmodel import SQLModel

from oppfolging_api.store import tables
from oppfolging_api.store.drawing import Row
from oppfolging_api.store.index import ALWAYS

Table = type[SQLModel]
_THROUGH_VIEWS: Final = (tables.Find, tables.FindString, tables.FindDate, tables.FindQuantity)
"""The application reaches these only through the views of its municipality (migration 0002)."""


def insertion(rows: Mapping[Table, Sequence[Row]]) -> tuple[str, list[str]]:
    """SQL with its arguments by position; there is at least one row, and those of one table have the same columns."""
    written = [(table, found) for table, found in rows.items() if found]
    shape = tuple((name_of(table), tuple(found[0])) for table, found in written)
    return _statement(shape), [as_json(found) for _, found in written]


def name_of(table: Table) -> str:
    """What the application reaches a table by."""
    return f"tenant_{table.__tablename__}" if table in _THROUGH_VIEWS else str(table.__tablename__)


def insert(name: str, columns: Sequence[str], number: int = 1) -> str:
    """SQL that inserts what `as_json` made of rows, given as the argument of a number."""
    listed = ", ".join(columns)
    given = f"json_populate_recordset(NULL::{name}, ${number}::json)"
    return f"INSERT INTO {name} ({listed}) SELECT {listed} FROM {given}"  # noqa: S608 (names of tables and columns)


def as_json(rows: Sequence[Row]) -> str:
    """Moments as Python writes them: PostgreSQL reads the offsets of old days to the second."""
    return orjson.dumps(rows, default=_text, option=orjson.OPT_PASSTHROUGH_DATETIME).decode()


@lru_cache(1000)
def _statement(shape: tuple[tuple[str, tuple[str, ...]], ...]) -> str:
    inserts = (f"t{n} AS ({insert(name, columns, n)})" for n, (name, columns) in enumerate(shape, 1))
    return f"WITH {', '.join(inserts)} SELECT"


def _text(value: Any) -> str:
    """The first of all moments as the driver sends it wherever else rows are written."""
    if isinstance(value, bytes):
        return f"\\x{value.hex()}"
    if isinstance(value, datetime):
        return "-infinity" if value == ALWAYS else value.isoformat()
    return str(value)
