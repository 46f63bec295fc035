"""The embedded PostgreSQL, started for real: what it survives and what it leaves behind."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
import threading
import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

import asyncpg
import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine

from oppfolging_api.store import embedded
from oppfolging_api.store.embedded import EmbeddedPostgres, EmbeddedPostgresError

if TYPE_CHECKING:
    from collections.abc import Iterator

HOLDER = """
import sys, time
from pathlib import Path
from oppfolging_api.store.embedded import EmbeddedPostgres
with EmbeddedPostgres.start(Path(sys.argv[1])):
    print("ready", flush=True)
    time.sleep(60)
"""


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data directory made once; every test that uses it leaves its server stopped."""
    made = tmp_path_factory.mktemp("embedded") / "postgres"
    with EmbeddedPostgres.start(made):
        return made


@pytest.fixture
def short_lived() -> Iterator[Path]:
    """A folder every account can reach, unlike pytest's own."""
    folder = Path(tempfile.mkdtemp(prefix="oppfolging-test-"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)


def holder(data: Path, *before: str) -> subprocess.Popen[bytes]:
    """Another process that holds the database until it is told to end."""
    command = [*before, sys.executable, "-c", HOLDER, str(data)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True)


def wait_ready(process: subprocess.Popen[bytes]) -> None:
    assert process.stdout is not None
    assert process.stdout.readline() == b"ready\n"


def postmaster(data: Path) -> int:
    return int((data / "postmaster.pid").read_text().split()[0])


def state(data: Path) -> str:
    """What pg_controldata says of the cluster, such as `in production` or `shut down`."""
    told = subprocess.run(
        [embedded._programs() / "pg_controldata", data], capture_output=True, check=True, env={"LC_ALL": "C"}
    )
    line = next(line for line in told.stdout.decode().splitlines() if line.startswith("Database cluster state:"))
    return line.partition(":")[2].strip()


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def kill_and_wait(server: int) -> None:
    os.kill(server, signal.SIGKILL)
    for _ in range(100):
        if not Path(f"/proc/{server}").exists():
            return
        time.sleep(0.05)
    pytest.skip("nothing on this machine collects the orphaned process, so PostgreSQL takes it for alive")


async def value(url: str, sql: str) -> object:
    connection = await asyncpg.connect(url)
    try:
        return await connection.fetchval(sql)
    finally:
        await connection.close()


async def test_a_new_directory_becomes_a_postgresql_18_in_utf8_and_utc(tmp_path: Path) -> None:
    with EmbeddedPostgres.start(tmp_path / "var" / "postgres") as postgres:
        assert str(await value(postgres.url, "SELECT version()")).startswith("PostgreSQL 18.")
        assert await value(postgres.url, "SHOW server_encoding") == "UTF8"
        assert await value(postgres.url, "SHOW timezone") == "UTC"
        assert await value(postgres.url, "SHOW listen_addresses") == ""
        assert await value(postgres.url, "SELECT current_user || '@' || current_database()") == "postgres@postgres"
    assert state(tmp_path / "var" / "postgres") == "shut down"


async def test_the_address_serves_sqlalchemy_whatever_the_environment_says(
    data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PGPORT", "7777")
    monkeypatch.setenv("PGHOST", "nowhere.invalid")
    with EmbeddedPostgres.start(data) as postgres:
        engine = create_async_engine(postgres.url.replace("postgresql://", "postgresql+asyncpg://"))
        async with engine.connect() as connection:
            assert (await connection.execute(text("SELECT 41 + 1"))).scalar_one() == 42
        await engine.dispose()


async def test_a_second_start_finds_the_same_server_and_the_last_stop_ends_it(data: Path) -> None:
    first = EmbeddedPostgres.start(data)
    server = postmaster(data)
    second = EmbeddedPostgres.start(data)
    assert (second.url, postmaster(data)) == (first.url, server)
    first.stop()
    assert await value(second.url, "SELECT 1") == 1
    second.stop()
    assert state(data) == "shut down"
    assert not (data / "postmaster.pid").exists()


def test_stopping_twice_is_stopping_once(data: Path) -> None:
    postgres = EmbeddedPostgres.start(data)
    postgres.stop()
    with EmbeddedPostgres.start(data):
        postgres.stop()
        assert state(data) == "in production"


async def test_what_was_stored_is_there_after_a_stop(data: Path) -> None:
    with EmbeddedPostgres.start(data) as postgres:
        await value(postgres.url, "CREATE TABLE kept AS SELECT 7 AS number")
    with EmbeddedPostgres.start(data) as postgres:
        assert await value(postgres.url, "SELECT number FROM kept") == 7


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_process_told_to_end_shuts_its_database_down(data: Path, number: signal.Signals) -> None:
    process = holder(data)
    wait_ready(process)
    assert state(data) == "in production"
    process.send_signal(number)
    process.communicate(timeout=30)
    assert process.returncode in {-signal.SIGINT, 128 + number}
    assert state(data) == "shut down"
    assert not (data / "postmaster.pid").exists()


@pytest.mark.parametrize("delay", [0.3, 0.7, 1.0])
def test_a_process_told_to_end_while_starting_leaves_no_server(tmp_path: Path, delay: float) -> None:
    process = holder(tmp_path / "postgres")
    time.sleep(delay)
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=30)
    assert not (tmp_path / "postgres" / "postmaster.pid").exists()
    with EmbeddedPostgres.start(tmp_path / "postgres"):
        assert state(tmp_path / "postgres") == "in production"


def test_a_server_that_an_interrupted_start_let_go_of_is_stopped(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run, late = embedded._run, list[threading.Timer]()

    def begin(*program: Any, log: Path) -> None:
        """Nobody hears that it was stopped before it was done starting."""
        with suppress(EmbeddedPostgresError):
            run(*program, log=log)

    def interrupted(data: Path, program: str, *arguments: str, log: Path) -> None:
        if "start" not in arguments:
            run(data, program, *arguments, log=log)
            return
        late.append(threading.Timer(0.5, begin, (data, program, *arguments), {"log": log}))
        late[0].start()
        raise SystemExit(1)

    data = tmp_path / "postgres"
    with monkeypatch.context() as starting:
        starting.setattr(embedded, "_run", interrupted)
        with pytest.raises(SystemExit):
            EmbeddedPostgres.start(data)
    late[0].join()
    assert not (data / "postmaster.pid").exists()
    assert state(data) == "shut down"


def test_a_server_left_by_a_killed_process_is_taken_over_and_stopped(data: Path) -> None:
    process = holder(data)
    wait_ready(process)
    server = postmaster(data)
    process.kill()
    process.communicate(timeout=30)
    with EmbeddedPostgres.start(data):
        assert postmaster(data) == server
    assert state(data) == "shut down"


async def test_a_killed_server_recovers_what_was_committed(data: Path) -> None:
    with EmbeddedPostgres.start(data) as postgres:
        connection = await asyncpg.connect(postgres.url)
        await connection.execute("CREATE TABLE committed AS SELECT 8 AS number")
        kill_and_wait(postmaster(data))
        with EmbeddedPostgres.start(data) as again:
            assert await value(again.url, "SELECT number FROM committed") == 8
        connection.terminate()
    assert state(data) == "shut down"


def test_two_processes_that_start_at_once_share_one_server(tmp_path: Path) -> None:
    pair = [holder(tmp_path / "postgres"), holder(tmp_path / "postgres")]
    for process in pair:
        wait_ready(process)
    server = postmaster(tmp_path / "postgres")
    pair[0].terminate()
    pair[0].communicate(timeout=30)
    assert postmaster(tmp_path / "postgres") == server
    pair[1].terminate()
    pair[1].communicate(timeout=30)
    assert state(tmp_path / "postgres") == "shut down"


@pytest.mark.parametrize("name", ["long-" * 30, "a folder, $HOME and 'quotes'"])
async def test_a_path_unfit_for_a_socket_gets_a_short_private_folder_for_it(tmp_path: Path, name: str) -> None:
    with EmbeddedPostgres.start(tmp_path / name / "postgres") as postgres:
        folder = Path(parse_qs(urlsplit(postgres.url).query)["host"][0])
        assert len(os.fsencode(folder / ".s.PGSQL.5432")) <= 107
        assert mode(folder) == 0o700
        assert await value(postgres.url, "SELECT 1") == 1
        with EmbeddedPostgres.start(tmp_path / name / "postgres") as second:
            assert second.url == postgres.url
    assert [entry for entry in os.listdir(folder.parent) if entry == folder.name] == []


async def test_closed_parent_directories_stay_closed(tmp_path: Path) -> None:
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    with EmbeddedPostgres.start(closed / "postgres") as postgres:
        assert await value(postgres.url, "SELECT 1") == 1
        assert mode(closed / "postgres") == 0o700
    assert mode(closed) == 0o700


@pytest.mark.skipif(os.geteuid() != 0, reason="an ordinary user runs every other test of this file so")
def test_root_runs_the_server_as_nobody(data: Path) -> None:
    with EmbeddedPostgres.start(data):
        assert Path(f"/proc/{postmaster(data)}").stat().st_uid == pwd.getpwnam("nobody").pw_uid


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another")
def test_an_ordinary_user_runs_the_server_and_root_takes_it_over_as_that_user(short_lived: Path) -> None:
    """The capability is for a Python or a checkout in a closed home; the account is what the test is about."""
    daemon = pwd.getpwnam("daemon").pw_uid
    os.chown(short_lived, daemon, daemon)
    become = ["setpriv", f"--reuid={daemon}", f"--regid={daemon}", "--clear-groups"]
    process = holder(short_lived / "postgres", *become, "--inh-caps=+dac_override", "--ambient-caps=+dac_override")
    wait_ready(process)
    assert Path(f"/proc/{postmaster(short_lived / 'postgres')}").stat().st_uid == daemon
    process.terminate()
    process.communicate(timeout=30)
    assert state(short_lived / "postgres") == "shut down"
    with EmbeddedPostgres.start(short_lived / "postgres"):
        assert Path(f"/proc/{postmaster(short_lived / 'postgres')}").stat().st_uid == daemon


def test_what_a_killed_first_start_left_is_made_anew(tmp_path: Path) -> None:
    (tmp_path / "postgres.new").mkdir()
    (tmp_path / "postgres.new" / "PG_VERSION").write_text("18\n")
    with EmbeddedPostgres.start(tmp_path / "postgres"):
        assert state(tmp_path / "postgres") == "in production"
    assert not (tmp_path / "postgres.new").exists()


def test_a_folder_with_other_things_in_it_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "postgres").mkdir()
    (tmp_path / "postgres" / "diary.txt").write_text("mine")
    with pytest.raises(OSError, match="not empty"):
        EmbeddedPostgres.start(tmp_path / "postgres")
    assert (tmp_path / "postgres" / "diary.txt").read_text() == "mine"


def test_a_failed_start_tells_what_the_server_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(embedded, "START_ATTEMPTS", 2)
    with EmbeddedPostgres.start(tmp_path / "postgres"):
        pass
    (tmp_path / "postgres" / "PG_VERSION").write_text("15\n")
    with pytest.raises(EmbeddedPostgresError, match=r"initialized by PostgreSQL version 15"):
        EmbeddedPostgres.start(tmp_path / "postgres")


def test_a_forked_child_does_not_stop_its_parents_server(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with EmbeddedPostgres.start(data) as postgres:
        with monkeypatch.context() as child:
            child.setattr(os, "getpid", lambda: 1)
            postgres.stop()
        assert state(data) == "in production"
    assert state(data) == "shut down"
