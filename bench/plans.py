"""The plan PostgreSQL takes for a search, as the service asks it: as the caller, for these very arguments."""

import asyncio
from collections.abc import Sequence
from typing import Any

import httpx

from oppfolging_api.app import create_app
from oppfolging_api.settings import Settings
from oppfolging_api.store.database import Database
from oppfolging_api.store.entry import Entry

_ENTER = "SELECT enter($1, $2, $3, $4, $5, $6)"
_EXPLAIN = "EXPLAIN (ANALYZE, BUFFERS) "


class _Explaining:
    """The service's database, that notes how every search it is asked was planned."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self.plans: list[str] = []

    def __getattr__(self, name: str) -> Any:
        return getattr(self._database, name)

    async def fetch(self, entry: Entry, statement: str, arguments: list[str]) -> list[Any]:
        async with self._database.reads.acquire() as connection, connection.transaction():
            await connection.execute(_ENTER, *entry.arguments)
            given = [arguments] if "$1[" in statement else []
            told = await connection.fetch(_EXPLAIN + statement.replace("$1[", "($1::text[])["), *given)
        self.plans.append("\n".join(row[0] for row in told))
        return await self._database.fetch(entry, statement, arguments)


def plans(settings: Settings, asked: Sequence[tuple[str, str]]) -> list[str]:
    """Of searches, each a path with a token."""
    return asyncio.run(_plans(settings, asked))


async def _plans(settings: Settings, asked: Sequence[tuple[str, str]]) -> list[str]:
    """Asked three times, the last time told: what is read from disk at first is not what is measured."""
    app = create_app(settings)
    async with app.router.lifespan_context(app):
        explaining = _Explaining(app.state.database)
        object.__setattr__(app.state.server, "database", explaining)
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://bench") as client:
            for path, token in asked:
                for _ in range(3):
                    (await client.get(path, headers={"Authorization": f"Bearer {token}"})).raise_for_status()
    return explaining.plans[2::3]
