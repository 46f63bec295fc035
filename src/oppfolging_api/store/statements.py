"""Running SQL on the connection of a session, past SQLAlchemy: what a write of the engine costs, times ten statements.

Both see one transaction; the domain's own writes go through the session, which commits.
"""

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

import asyncpg
from sqlalchemy.ext.asyncio import AsyncSession

_NAME = re.compile(r"(?<!:):([a-zA-Z_]+)")


class Statements:
    """SQL with named parameters, as `:name`. Raises asyncpg.PostgresError."""

    def __init__(self, connection: asyncpg.Connection) -> None:
        self.connection = connection

    @classmethod
    async def of(cls, session: AsyncSession) -> "Statements":
        """Of a session whose transaction has begun: it begins with the first statement the session itself runs."""
        raw = await (await session.connection()).get_raw_connection()
        return cls(raw.driver_connection)  # type: ignore[arg-type]

    async def rows(self, statement: str, given: Mapping[str, Any] | None = None) -> list[asyncpg.Record]:
        sql, names = _positional(statement)
        found: list[asyncpg.Record] = await self.connection.fetch(sql, *[(given or {})[name] for name in names])
        return found

    async def row(self, statement: str, given: Mapping[str, Any] | None = None) -> asyncpg.Record | None:
        return next(iter(await self.rows(statement, given)), None)

    async def value(self, statement: str, given: Mapping[str, Any] | None = None) -> Any:
        row = await self.row(statement, given)
        return row[0] if row else None

    async def insert(self, table: str, rows: Sequence[Mapping[str, Any]]) -> None:
        """Rows that all have the same columns."""
        columns = tuple(rows[0])
        await self.connection.executemany(_insert(table, columns), [[row[name] for name in columns] for row in rows])


@lru_cache(1000)
def _positional(statement: str) -> tuple[str, tuple[str, ...]]:
    names = tuple(dict.fromkeys(_NAME.findall(statement)))
    return _NAME.sub(lambda found: f"${names.index(found[1]) + 1}", statement), names


@lru_cache(1000)
def _insert(table: str, columns: tuple[str, ...]) -> str:
    values = ", ".join(f"${n}" for n in range(1, len(columns) + 1))
    return f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({values})"
