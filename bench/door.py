"""How many PLO messages a second the door bears, and what a sender waits: `python -m bench.door`.

100 a second for 60 seconds by a fixed schedule, to two workers started as an operator starts them, each a new message
about a new person, every fifth with a PDF; all that is written is validated, as ever. `--rate`, `--seconds` and
`--connections` try something else.
"""

import argparse
import asyncio
import os
import resource
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Final

from bench.door_messages import messages
from bench.schedule import Measured, keep, request
from bench.servers import Running, postgres_seconds
from oppfolging_api.kernel.caller import Role
from oppfolging_api.personas import personas, token_for
from oppfolging_api.settings import Settings
from oppfolging_api.store.embedded import EmbeddedPostgres

PORT: Final = 8477
WORKERS: Final = 2
WARMING: Final = 500
"""Messages before those that are measured: each of forty connections has by then prepared what it asks."""
RECEIVED: Final = b'<Status V="1"'
MOST_MS: Final = 500
"""What the 99th percentile should be below."""
_STARTED: Final = "Application startup complete"
_PATIENCE_S: Final = 120


@dataclass(frozen=True, slots=True)
class Spent:
    """CPU seconds so far: of the service, of PostgreSQL, and of what sends."""

    service: float
    postgres: float
    sender: float

    @classmethod
    def so_far(cls, service: int, postgres: Path) -> "Spent":
        children = Path(f"/proc/{service}/task/{service}/children").read_text().split()
        processes = [Running("", int(pid)) for pid in (str(service), *children)]
        own = resource.getrusage(resource.RUSAGE_SELF)
        seconds = sum(process.cpu_seconds() for process in processes)
        return cls(seconds, postgres_seconds(postgres), own.ru_utime + own.ru_stime)


@contextmanager
def served(database: str, folder: Path) -> Iterator[int]:
    """The process id of `serve` with all its workers ready, in development and with the nine teams."""
    own = {name: value for name, value in os.environ.items() if not name.startswith("OPPFOLGING_")}
    told = {"DATABASE_URL": database, "VAR": str(folder), "WORKERS": str(WORKERS), "WORKLIST_SECONDS": "0"}
    output = folder / "output"
    with output.open("wb") as written:
        process = subprocess.Popen(
            [sys.executable, "-m", "oppfolging_api", "serve", "--port", str(PORT)],
            env=own | {f"OPPFOLGING_{name}": value for name, value in told.items()},
            stdout=written,
            stderr=subprocess.STDOUT,
        )
    try:
        _wait(process, output)
        yield process.pid
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(_PATIENCE_S)


def _wait(process: subprocess.Popen[bytes], output: Path) -> None:
    until = time.monotonic() + _PATIENCE_S
    while output.read_text().count(_STARTED) < WORKERS:
        if process.poll() is not None or time.monotonic() > until:
            raise RuntimeError(f"the service did not start: {output.read_text()[-2000:]}")
        time.sleep(0.1)


def requests(settings: Settings, number: int) -> Iterator[bytes]:
    """From the GP of the nine teams."""
    municipality, gp = next(found for found in personas(settings) if found[1].role is Role.REFERRER)
    token = token_for(settings, municipality, gp)
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/xml"}
    return (request("/referral", headers, body) for body in islice(messages(municipality), number))


def main() -> int:
    asked = _arguments()
    with tempfile.TemporaryDirectory() as name, EmbeddedPostgres.start(Path(name) / "postgres") as postgres:
        settings = Settings(database_url=postgres.url, var=Path(name))
        with served(postgres.url, Path(name)) as service:
            made = list(requests(settings, WARMING + int(asked.rate * asked.seconds)))
            asyncio.run(keep(PORT, made[:WARMING], asked.rate / 2, asked.connections, RECEIVED))
            before = Spent.so_far(service, Path(name) / "postgres")
            measured = asyncio.run(keep(PORT, made[WARMING:], asked.rate, asked.connections, RECEIVED))
            after = Spent.so_far(service, Path(name) / "postgres")
    print("\n".join(told(measured, asked.rate, before, after)))
    return 1 if measured.errors else 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rate", type=float, default=100, help="messages a second")
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--connections", type=int, default=32)
    return parser.parse_args()


def _centiles(measured: Measured) -> list[float]:
    """In milliseconds, from the 1st."""
    return [1000 * each for each in statistics.quantiles(measured.answers, n=100, method="inclusive")]


def told(measured: Measured, rate: float, before: Spent, after: Spent) -> Iterator[str]:
    count, centiles = len(measured.answers), _centiles(measured)
    yield f"{count} messages, {rate:.0f} a second asked for, {count / measured.took:.1f} a second answered"
    figures = {"p50": centiles[49], "p95": centiles[94], "p99": centiles[98], "max": 1000 * max(measured.answers)}
    waited = ", ".join(f"{name} {ms:.0f} ms" for name, ms in figures.items())
    yield f"waited from the moment it was to leave (p99 at most {MOST_MS}): {waited}"
    yield f"answered otherwise than received: {len(measured.errors)} {measured.errors[:3] or ''}"
    late = 1000 * statistics.quantiles(measured.late, n=100, method="inclusive")[98]
    yield f"the schedule itself was late by {late:.1f} ms at the 99th percentile"
    for name in ("service", "postgres", "sender"):
        seconds = getattr(after, name) - getattr(before, name)
        yield f"CPU of {name:<8} {1000 * seconds / count:6.2f} ms a message, {seconds / measured.took:.2f} of a core"


if __name__ == "__main__":
    sys.exit(main())
