"""An open loop: requests leave by a fixed schedule, whether those before them are answered or not.

Raw connections and requests made beforehand, so that what is measured is the service and not its client. An answer's
time runs from the moment its request was to leave: what waits for a free connection waits at the service's expense.
"""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

Connection = tuple[asyncio.StreamReader, asyncio.StreamWriter]
_OF_ONE_SENDER: Final = 5
"""Requests on one connection: the workers share what is new between them, not what is there."""
Job = tuple[float, bytes]
"""When a request is to leave, and all of it."""


@dataclass(slots=True)
class Measured:
    """Seconds of each answer, and by how much each request left late; `errors` tell what was answered otherwise."""

    answers: list[float] = field(default_factory=list)
    late: list[float] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    took: float = 0
    """Seconds from the first moment of the schedule to the last answer."""


def request(path: str, headers: dict[str, str], body: bytes) -> bytes:
    """A POST as it goes over the wire."""
    told = {"Host": "127.0.0.1", **headers, "Content-Length": str(len(body))}
    lines = [f"POST {path} HTTP/1.1", *(f"{name}: {value}" for name, value in told.items())]
    return "\r\n".join((*lines, "", "")).encode() + body


async def keep(port: int, requests: Sequence[bytes], rate: float, connections: int, expected: bytes) -> Measured:
    """So many requests a second; each answer is to be 200 and hold some bytes."""
    measured, jobs = Measured(), asyncio.Queue[Job | None]()
    clients = [asyncio.create_task(_client(port, jobs, expected, measured)) for _ in range(connections)]
    await asyncio.sleep(0.5)
    began = time.perf_counter()
    for number, one in enumerate(requests):
        due = began + number / rate
        await asyncio.sleep(max(0, due - time.perf_counter()))
        measured.late.append(time.perf_counter() - due)
        jobs.put_nowait((due, one))
    for _ in clients:
        jobs.put_nowait(None)
    await asyncio.gather(*clients)
    measured.took = time.perf_counter() - began
    return measured


async def _client(port: int, jobs: asyncio.Queue[Job | None], expected: bytes, measured: Measured) -> None:
    """One connection at a time, one request at a time on it; a new one every so often, as many senders have theirs."""
    connection, sent = None, 0
    while job := await jobs.get():
        due, one = job
        if connection is None or sent % _OF_ONE_SENDER == 0:
            await _closed(connection)
            connection = await asyncio.open_connection("127.0.0.1", port, limit=2**20)
        sent += 1
        reader, writer = connection
        writer.write(one)
        head, body = await _answer(reader)
        measured.answers.append(time.perf_counter() - due)
        if b" 200 " not in head[:15] or expected not in body:
            measured.errors.append(f"{head[:15]!r} {body[:300]!r}")
    await _closed(connection)


async def _closed(connection: Connection | None) -> None:
    if connection is not None:
        connection[1].close()
        await connection[1].wait_closed()


async def _answer(reader: asyncio.StreamReader) -> tuple[bytes, bytes]:
    head = (await reader.readuntil(b"\r\n\r\n")).lower()
    length = int(head.partition(b"content-length:")[2].partition(b"\r\n")[0])
    return head, await reader.readexactly(length)
