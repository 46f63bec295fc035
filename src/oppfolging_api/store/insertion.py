"""Rows of several tables as one statement. They travel as JSON: the driver would look at each value of an array, and
can send neither an infinite number nor rows of arrays. Bytes travel beside it as they are, once where several tables
hold the same."""

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
_Insert = tuple[str, tuple[str, ...], int, tuple[tuple[str, int], ...]]
"""A table, its columns, the number of the argument that holds them as JSON, and of each that holds bytes."""


def insertion(rows: Mapping[Table, Sequence[Row]]) -> tuple[str, list[Any]]:
    """SQL with its arguments by position; there is at least one row, and those of one table have the same columns."""
    arguments = _Arguments()
    shape = tuple(arguments.take(table, found) for table, found in rows.items() if found)
    return _statement(shape), arguments.given


def name_of(table: Table) -> str:
    """What the application reaches a table by."""
    return f"tenant_{table.__tablename__}" if table in _THROUGH_VIEWS else str(table.__tablename__)


def insert(name: str, columns: Sequence[str], number: int = 1, beside: Sequence[tuple[str, int]] = ()) -> str:
    """SQL that inserts what `as_json` made of rows, given as the argument of a number, and columns of bytes `beside`
    it, each as an array."""
    listed = ", ".join([*columns, *(column for column, _ in beside)])
    taken = ", ".join([*columns, *(f"(${each}::bytea[])[ordinality]" for _, each in beside)])
    given = f"ROWS FROM (json_populate_recordset(NULL::{name}, ${number}::json)) WITH ORDINALITY"
    return f"INSERT INTO {name} ({listed}) SELECT {taken} FROM {given}"  # noqa: S608 (names of tables and columns)


def as_json(rows: Sequence[Row]) -> str:
    """Moments as Python writes them: PostgreSQL reads the offsets of old days to the second."""
    return orjson.dumps(rows, default=_text, option=orjson.OPT_PASSTHROUGH_DATETIME).decode()


class _Arguments:
    def __init__(self) -> None:
        self.given: list[Any] = []
        self._bytes: dict[tuple[int, ...], int] = {}

    def take(self, table: Table, rows: Sequence[Row]) -> _Insert:
        held = tuple(name for name, value in rows[0].items() if isinstance(value, bytes))
        columns = tuple(name for name in rows[0] if name not in held)
        beside = tuple((name, self._number_of([row[name] for row in rows])) for name in held)
        plain = [{name: row[name] for name in columns} for row in rows] if held else rows
        self.given.append(as_json(plain))
        return name_of(table), columns, len(self.given), beside

    def _number_of(self, values: list[bytes]) -> int:
        """Of the argument that holds just these objects."""
        same = tuple(map(id, values))
        if same not in self._bytes:
            self.given.append(values)
            self._bytes[same] = len(self.given)
        return self._bytes[same]


@lru_cache(1000)
def _statement(shape: tuple[_Insert, ...]) -> str:
    return f"WITH {', '.join(f't{n} AS ({insert(*one)})' for n, one in enumerate(shape))} SELECT"


def _text(value: Any) -> str:
    """The first of all moments as the driver sends it wherever else rows are written."""
    if isinstance(value, datetime):
        return "-infinity" if value == ALWAYS else value.isoformat()
    return str(value)
