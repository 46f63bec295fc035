"""A bounded load: so many requests over so many connections, all of which must be answered as expected."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass

import httpx


@dataclass(frozen=True, slots=True)
class Request:
    """What is asked again and again. With a body it is a POST."""

    path: str
    headers: Mapping[str, str]
    body: bytes | None = None
    status: int = 200

    async def send(self, client: httpx.AsyncClient) -> None:
        if self.body is None:
            answer = await client.get(self.path, headers=self.headers)
        else:
            answer = await client.post(self.path, headers=self.headers, content=self.body)
        assert answer.status_code == self.status, answer.text


async def _client(address: str, request: Request, count: int) -> None:
    async with httpx.AsyncClient(base_url=address, timeout=60) as client:
        for _ in range(count):
            await request.send(client)


async def _load(address: str, request: Request, count: int, connections: int) -> None:
    await asyncio.gather(*(_client(address, request, count // connections) for _ in range(connections)))


def load(address: str, request: Request, count: int) -> None:
    """Over as many connections as there are eights in the count, at most 16."""
    asyncio.run(_load(address, request, count, max(1, min(16, count // 8))))
