"""SQL with named parameters on one connection, within one transaction."""

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any

import asyncpg
from sqlmodel import SQLModel

from oppfolging_api.store.drawing import Row, Rows
from oppfolging_api.store.insertion import insertion
from oppfolging_api.store.tables import Resource

_NAME = re.compile(r"(?<!:):([a-zA-Z_]+)")


class Statements:
    """SQL with named parameters, as `:name`. Raises asyncpg.PostgresError.

    Rows that are new wait for the next statement and go before it, all of them in one: most of what a transaction
    writes it does not look at. Whoever commits flushes.
    """

    def __init__(self, connection: asyncpg.Connection) -> None:
        self.connection = connection
        self._waiting: Rows = defaultdict(list)
        self.waiting_bytes = 0
        """Of the bodies of resources."""

    def later(self, rows: Mapping[type[SQLModel], Sequence[Row]]) -> None:
        """Insert them before whatever is asked next."""
        for model, found in rows.items():
            self._waiting[model] += found
        self.waiting_bytes += sum(len(row["body"]) for row in rows.get(Resource, ()))

    async def flush(self) -> None:
        if any(self._waiting.values()):
            rows, self._waiting, self.waiting_bytes = self._waiting, defaultdict(list), 0
            sql, arguments = insertion(rows)
            await self.connection.fetch(sql, *arguments)

    async def rows(self, statement: str, given: Mapping[str, Any] | None = None) -> list[asyncpg.Record]:
        await self.flush()
        return await self.rows_beside(statement, given)

    async def rows_beside(self, statement: str, given: Mapping[str, Any] | None = None) -> list[asyncpg.Record]:
        """Of a statement to which what waits makes no difference."""
        sql, names = _positional(statement)
        found: list[asyncpg.Record] = await self.connection.fetch(sql, *[(given or {})[name] for name in names])
        return found

    async def row(self, statement: str, given: Mapping[str, Any] | None = None) -> asyncpg.Record | None:
        return next(iter(await self.rows(statement, given)), None)

    async def value(self, statement: str, given: Mapping[str, Any] | None = None) -> Any:
        row = await self.row(statement, given)
        return row[0] if row else None


def spelled_out(statement: str, given: Mapping[str, Any]) -> str:
    """The statement with its values in it, for one that goes together with others in a single round trip. Whatever a
    value says, it is digits of its bytes, and so can say nothing to PostgreSQL."""
    return _NAME.sub(lambda found: _literal(given[found[1]]), statement)


def _literal(value: str | datetime | Sequence[str] | None) -> str:
    if value is None:
        return "NULL"
    if isinstance(value, str):
        return f"convert_from('\\x{value.encode().hex()}', 'UTF8')"
    if isinstance(value, datetime):
        return f"cast({_literal(value.isoformat())} AS timestamptz)"
    return f"cast(ARRAY[{', '.join(map(_literal, value))}] AS text[])"


@lru_cache(1000)
def _positional(statement: str) -> tuple[str, tuple[str, ...]]:
    names = tuple(dict.fromkeys(_NAME.findall(statement)))
    return _NAME.sub(lambda found: f"${names.index(found[1]) + 1}", statement), names
