"""What an auditor asks of the database behind the service."""

# ruff: noqa: S608 (the names of columns stand here)

import asyncio
from collections.abc import Iterator
from typing import Any

import asyncpg
import httpx
from sqlalchemy import make_url

from oppfolging_api.settings import Settings
from support import Api, Json, ok

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
        """(interaction, status, type, id, person) of each thing that the rows of a request name."""
        return self.ask(
            "SELECT interaction, status, nullif(split_part(one, '/', 1), ''), nullif(split_part(one, '/', 2), ''),"
            " person FROM access_log LEFT JOIN LATERAL unnest(what) WITH ORDINALITY named (one, place) ON true"
            " WHERE request = $1 ORDER BY number, place",
            answer.headers["x-request-id"],
        )

    def rows(self, answer: httpx.Response) -> list[Row]:
        """(interaction, status, what, person) of each row of a request."""
        columns = "interaction, status, what, person"
        return self.ask(
            f"SELECT {columns} FROM access_log WHERE request = $1 ORDER BY number", answer.headers["x-request-id"]
        )

    def who(self, answer: httpx.Response) -> list[Row]:
        columns = "municipality, issuer, subject, hpr, organisation, roles"
        return self.ask(f"SELECT DISTINCT {columns} FROM access_log WHERE request = $1", answer.headers["x-request-id"])


def answered(response: httpx.Response, status: int) -> httpx.Response:
    assert response.status_code == status, response.text
    return response


def events(api: Api, query: str = "") -> list[Json]:
    """The AuditEvents of one page."""
    return [entry["resource"] for entry in api.search(f"AuditEvent?{query}").get("entry", ())]


def request_of(event: Json) -> str:
    """The id of the request that an event is about."""
    return str(event["entity"][-1]["what"]["identifier"]["value"])


def of_request(api: Api, answer: httpx.Response) -> list[Json]:
    """The events of one request, by the id it was answered with, among the newest."""
    found = events(api, "_count=200")
    return [event for event in found if request_of(event) == answer.headers["x-request-id"]]


def people(found: list[Json]) -> set[str]:
    """Whom events are about."""
    entities = [entity for event in found for entity in event["entity"]]
    return {entity["what"]["reference"] for entity in entities if entity["type"]["code"] == "1"}


def link(page: Json, relation: str) -> str | None:
    return next((held["url"] for held in page["link"] if held["relation"] == relation), None)


def event_pages(api: Api, query: str) -> Iterator[list[Json]]:
    """Walks `next` links; the caller may do something between two pages."""
    at: str | None = f"/fhir/AuditEvent?{query}"
    while at:
        page = ok(api.get(at), 200)
        yield [entry["resource"] for entry in page.get("entry", ())]
        following = link(page, "next")
        at = following and following.removeprefix(api.address)
