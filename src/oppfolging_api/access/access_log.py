"""The access log: who read or wrote what about whom, committed before the first byte of the answer leaves (DESIGN D12).

Reads and refusals of concurrent requests share one insert; a write logs in its own transaction. Rows carry ids only:
never a name, an identity number, a search value or a body.
"""

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import asyncpg

from oppfolging_api.kernel.caller import Caller
from oppfolging_api.kernel.errors import Unavailable

_COLUMNS = (
    *("municipality", "at", "request", "issuer", "subject", "hpr", "organisation", "roles"),
    *("interaction", "status", "type", "id", "person"),
)
_INSERT = (
    f"INSERT INTO access_log ({', '.join(_COLUMNS)}) "  # noqa: S608 (names of columns)
    f"VALUES ({', '.join(f'${n}' for n in range(1, len(_COLUMNS) + 1))})"
)


@dataclass(slots=True)
class Trace:
    """What one request has touched. `written` once its rows are in the transaction of its own write."""

    request: str
    interaction: str = ""
    caller: Caller | None = None
    touched: dict[tuple[str | None, str | None, str | None], None] = field(default_factory=dict)
    written: bool = False

    def touch(self, type: str | None, id: str | None, person: str | None) -> None:
        """A resource (id None for several of a type) about a person (None for the directory)."""
        self.touched[type, id, person] = None

    def rows(self, at: datetime, status: int) -> list[dict[str, Any]]:
        """A row for each thing touched; one for a request that reached nothing."""
        who = self._who(at) | {"status": status}
        touched: Iterable[tuple[str | None, str | None, str | None]] = self.touched or [(None, None, None)]
        return [who | {"type": type, "id": id, "person": person} for type, id, person in touched]

    def _who(self, at: datetime) -> dict[str, Any]:
        caller = self.caller
        return {
            "municipality": caller.municipality if caller else "",
            "at": at,
            "request": self.request,
            "issuer": caller.issuer if caller else None,
            "subject": caller.subject if caller else None,
            "hpr": caller.hpr if caller else None,
            "organisation": caller.organisation if caller else None,
            "roles": sorted(caller.roles) if caller else [],
            "interaction": self.interaction,
        }


class AccessLog:
    """Appends by group commit: what arrives while one insert is under way goes together into the next."""

    def __init__(self, pool: asyncpg.Pool) -> None:
        self._pool = pool
        self._waiting: list[tuple[Sequence[dict[str, Any]], asyncio.Future[None]]] = []
        self._writer: asyncio.Task[None] | None = None

    async def append(self, rows: Sequence[dict[str, Any]]) -> None:
        """Returns once the rows are committed. Raises Unavailable where they could not be."""
        done = asyncio.get_running_loop().create_future()
        self._waiting.append((rows, done))
        if self._writer is None or self._writer.done():
            self._writer = asyncio.create_task(self._write())
        await done

    async def _write(self) -> None:
        while self._waiting:
            batch, self._waiting = self._waiting, []
            try:
                await self._insert([row for rows, _ in batch for row in rows])
            except (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError):
                refusal = Unavailable.of(
                    "the access log cannot be written, so nothing may be answered", Retry_After="5"
                )
                _settle(batch, refusal)
            else:
                _settle(batch, None)

    async def _insert(self, rows: list[dict[str, Any]]) -> None:
        await self._pool.executemany(_INSERT, [tuple(row[name] for name in _COLUMNS) for row in rows])


def _settle(batch: Sequence[tuple[Sequence[dict[str, Any]], asyncio.Future[None]]], refusal: Exception | None) -> None:
    for _, done in batch:
        if done.cancelled():
            continue
        if refusal is None:
            done.set_result(None)
        else:
            done.set_exception(refusal)
