"""The servers compared, each a process of its own, and what they cost: CPU seconds, not wall time."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

_TICKS = os.sysconf("SC_CLK_TCK")
_PATIENCE_S = 30


@dataclass(frozen=True, slots=True)
class Running:
    address: str
    pid: int

    def cpu_seconds(self) -> float:
        """User and system time of the process so far."""
        return _ticks(str(self.pid), (11, 12)) / _TICKS


def postgres_seconds(data: Path) -> float:
    """User and system time of all processes of the cluster in a directory so far, those that have ended among them."""
    postmaster = (data / "postmaster.pid").read_text().split()[0]
    seconds = _ticks(postmaster, (11, 12, 13, 14))
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if _stat(process.name)[1] == postmaster:
                seconds += _ticks(process.name, (11, 12))
        except OSError:  # it has ended: its time is the postmaster's by now
            continue
    return seconds / _TICKS


def _ticks(pid: str, places: tuple[int, ...]) -> int:
    fields = _stat(pid)
    return sum(int(fields[place]) for place in places)


def _stat(pid: str) -> list[str]:
    """What follows the name: https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html"""
    return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()


@contextmanager
def server(factory: str, port: int, environment: dict[str, str]) -> Iterator[Running]:
    """uvicorn with one worker, on loopback, ended by its own process id."""
    command = [sys.executable, "-m", "uvicorn", factory, "--factory", "--port", str(port), "--no-access-log"]
    process = subprocess.Popen(
        [*command, "--log-level", "warning"],
        env=os.environ | {"OPPFOLGING_WORKLIST_SECONDS": "0"} | environment,
        stdout=subprocess.DEVNULL,
    )
    try:
        address = f"http://127.0.0.1:{port}"
        _wait(address, process)
        yield Running(address, process.pid)
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(_PATIENCE_S)


def _wait(address: str, process: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + _PATIENCE_S
    while process.poll() is None and time.monotonic() < until:
        try:
            httpx.get(address + "/health/live")
        except httpx.TransportError:
            time.sleep(0.05)
        else:
            return
    raise RuntimeError(f"{address} did not start")
