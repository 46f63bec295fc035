"""What a read costs at the least: a bare ASGI handler and one asyncpg select of the same bytes."""

import os
from typing import Any

import asyncpg

_SELECT = "SELECT body FROM resource WHERE municipality = $1 AND type = $2 AND id = $3"


class Bare:
    """Answers `/fhir/Type/id` from the store; without authentication, policy or log."""

    def __init__(self) -> None:
        self._pool: asyncpg.Pool | None = None

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "lifespan":
            await self._lifespan(receive, send)
            return
        assert self._pool is not None
        type, id = scope["path"].split("/")[-2:]
        body = await self._pool.fetchval(_SELECT, os.environ["BENCH_MUNICIPALITY"], type, id) or b""
        headers = [(b"content-type", b"application/fhir+json"), (b"content-length", str(len(body)).encode())]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    async def _lifespan(self, receive: Any, send: Any) -> None:
        while True:
            message = await receive()
            if message["type"] == "lifespan.startup":
                self._pool = await asyncpg.create_pool(os.environ["OPPFOLGING_DATABASE_URL"], min_size=1, max_size=10)
            elif self._pool is not None:
                await self._pool.close()
            await send({"type": message["type"] + ".complete"})
            if message["type"] == "lifespan.shutdown":
                return


def create_app() -> Bare:
    return Bare()
