"""What an auditor asks of the database behind the service."""

# ruff: noqa: S608 (the names of columns stand here)

import asyncio
from typing import Any

import asyncpg
import httpx
from sqlalchemy import make_url

from oppfolging_api.settings import Settings

NOBODY = "018bcfe5-687b-7000-8000-000000000001"
"""An id that nothing has."""
Row = tuple[Any, ...]


class Store:
    """One database, asked with the rights of its owner."""

    def __init__(self, settings: Settings) -> None:
        url = make_url(str(settings.database_url)).set(drivername="postgresql")
        self.dsn = url.render_as_string(hide_password=False)

    def ask(self, statement: str, *arguments: Any) -> list[Row]:
        async def run() -> list[Row]:
            connection = await asyncpg.connect(self.dsn)
            try:
                return [tuple(row) for row in await connection.fetch(statement, *arguments)]
            finally:
                await connection.close()

        return asyncio.run(run())

    def what(self, answer: httpx.Response) -> list[Row]:
        """(interaction, status, type, id, person) of each row of a request."""
        columns = "interaction, status, type, id, person"
        return self.ask(
            f"SELECT {columns} FROM access_log WHERE request = $1 ORDER BY number", answer.headers["x-request-id"]
        )

    def who(self, answer: httpx.Response) -> list[Row]:
        columns = "municipality, issuer, subject, hpr, organisation, roles"
        return self.ask(f"SELECT DISTINCT {columns} FROM access_log WHERE request = $1", answer.headers["x-request-id"])


def answered(response: httpx.Response, status: int) -> httpx.Response:
    assert response.status_code == status, response.text
    return response
