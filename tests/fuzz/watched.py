"""The service in a process of its own, with what it holds in memory and spends in CPU read from /proc."""

import os
from pathlib import Path
from typing import Final

from serving import Service

_TICKS: Final = os.sysconf("SC_CLK_TCK")


class Watched(Service):
    """With one worker that process is all of it."""

    def __enter__(self) -> "Watched":
        self.start()
        return self

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    def resident(self) -> float:
        """Megabytes now."""
        return self._megabytes("VmRSS")

    def peak(self) -> float:
        """Megabytes at most, since the process began or `forget_peak`."""
        return self._megabytes("VmHWM")

    def forget_peak(self) -> None:
        """https://man7.org/linux/man-pages/man5/proc_pid_clear_refs.5.html"""
        Path(f"/proc/{self.pid}/clear_refs").write_text("5")

    def cpu_seconds(self) -> float:
        """User and system time so far, in hundredths."""
        return _cpu_seconds(self.pid)

    def workers_seconds(self) -> dict[int, float]:
        """The same of each of its children, by process id."""
        children = Path(f"/proc/{self.pid}/task/{self.pid}/children").read_text().split()
        return {int(pid): _cpu_seconds(int(pid)) for pid in children}

    def _megabytes(self, what: str) -> float:
        lines = Path(f"/proc/{self.pid}/status").read_text().splitlines()
        (line,) = (line for line in lines if line.startswith(f"{what}:"))
        return int(line.split()[1]) / 1024


def _cpu_seconds(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS
