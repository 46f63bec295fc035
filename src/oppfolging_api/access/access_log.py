"""The access log: who read or wrote what about whom, committed before the first byte of the answer leaves (DESIGN D12).

Reads and refusals of concurrent requests share one insert; a write logs in its own transaction. Rows carry ids only:
never a name, an identity number, a search value or a body.
"""

import asyncio
import json
import logging
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
_Waiting = tuple[Sequence[dict[str, Any]], asyncio.Future[None]]
_log = logging.getLogger(__name__)
_INSERT = (
    f"INSERT INTO access_log ({', '.join(_COLUMNS)}) "  # noqa: S608 (names of columns)
    f"VALUES ({', '.join(f'${n}' for n in range(1, len(_COLUMNS) + 1))})"
)


@dataclass(slots=True)
class Trace:
    """What one request has touched. `written` once its rows are in the transaction of its own write.

    `asked` is the (type, id) the address names, for the row of a request that reached nothing.
    """

    request: str
    interaction: str = ""
    caller: Caller | None = None
    asked: tuple[str | None, str | None] = (None, None)
    touched: dict[tuple[str | None, str | None, str | None], None] = field(default_factory=dict)
    written: bool = False
    size: int = 0
    """Bytes of the body."""
    status: int = 0
    """Of a part: what it was answered with."""
    parts: list["Trace"] = field(default_factory=list)

    def part(self, interaction: str) -> "Trace":
        """One entry of a batch, which is logged for itself."""
        part = Trace(self.request, interaction, self.caller, size=self.size)
        self.parts.append(part)
        return part

    def touch(self, type: str | None, id: str | None, person: str | None) -> None:
        """A resource (id None for several of a type) about a person (None for the directory)."""
        self.touched[type, id, person] = None

    def rows(self, at: datetime, status: int) -> list[dict[str, Any]]:
        """A row for each thing touched; one for a request that reached nothing."""
        who = self._who(at) | {"status": status}
        touched: Iterable[tuple[str | None, str | None, str | None]] = self.touched or [(*self.asked, None)]
        rows = [who | {"type": type, "id": id, "person": person} for type, id, person in touched]
        unwritten = [part for part in self.parts if part.status >= 400 or not part.written]
        return rows + [row for part in unwritten for row in part.rows(at, part.status)]

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
        self._waiting: list[_Waiting] = []
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
            await self._commit(batch)

    async def _commit(self, batch: list[_Waiting]) -> None:
        """Every waiter is answered, whatever happens; a row that cannot be stored takes nobody else's with it."""
        try:
            await self._insert([row for rows, _ in batch for row in rows])
        except Exception as error:
            if isinstance(error, _UNSTORABLE) and len(batch) > 1:
                for one in batch:
                    await self._commit([one])
                return
            _log.error(json.dumps({"event": "access log", "error": type(error).__qualname__}))
            refusal = "the access log cannot be written, so nothing may be answered"
            _settle(batch, Unavailable.of(refusal, Retry_After="5"))
        else:
            _settle(batch, None)

    async def _insert(self, rows: list[dict[str, Any]]) -> None:
        """One transaction."""
        await self._pool.executemany(_INSERT, [tuple(row[name] for name in _COLUMNS) for row in rows])


_UNSTORABLE = (asyncpg.DataError, ValueError)  # what asyncpg itself will not send is a ValueError


def _settle(batch: Sequence[_Waiting], refusal: Exception | None) -> None:
    for _, done in batch:
        if done.cancelled():
            continue
        if refusal is None:
            done.set_result(None)
        else:
            done.set_exception(refusal)
