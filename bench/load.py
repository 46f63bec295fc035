"""A bounded load: so many requests over so many connections, all of which must be answered 200."""

import asyncio

import httpx


async def _client(address: str, paths: list[str], headers: dict[str, str], count: int) -> None:
    async with httpx.AsyncClient(base_url=address, headers=headers, timeout=30) as client:
        for number in range(count):
            answer = await client.get(paths[number % len(paths)])
            assert answer.status_code == 200, answer.text


async def _load(address: str, paths: list[str], headers: dict[str, str], count: int, connections: int) -> None:
    clients = [_client(address, paths, headers, count // connections) for _ in range(connections)]
    await asyncio.gather(*clients)


def load(address: str, paths: list[str], headers: dict[str, str], count: int, connections: int = 16) -> None:
    asyncio.run(_load(address, paths, headers, count, connections))
