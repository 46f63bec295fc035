"""`oppfolging-api serve` as a new user meets it: one command, Ctrl-C, and the data found again."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
import pytest

from oppfolging_api.keys import development_issuer
from oppfolging_api.settings import Settings
from shell import Shell
from support import NO_TLS

if TYPE_CHECKING:
    from conftest import Databases

ROLES = ["coordinating-unit", "leader", "coordinator", "team", "referrer", "person", "system"]
READY_WITHIN_S = 60


@dataclass
class Served:
    address: str
    tokens: dict[str, str]
    process: subprocess.Popen[str]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def served(var: Path, **environment: str) -> Iterator[Served]:
    """A server in a process group of its own, as a terminal gives it, interrupted at the end."""
    port = free_port()
    told = {"OPPFOLGING_VAR": str(var), "PYTHONUNBUFFERED": "1"} | environment
    own = {name: value for name, value in os.environ.items() if not name.startswith("OPPFOLGING_")}
    output = var.parent / f"{var.name}-{port}.log"
    with output.open("w") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "oppfolging_api", "serve", "--port", str(port)],
            env=own | told,
            stdout=log,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
    address = f"http://127.0.0.1:{port}"
    try:
        wait_until_ready(address, process, output)
        tokens = re.findall(r"^(\S+) in 9902: .*\n(\S+)$", output.read_text(), re.MULTILINE)
        yield Served(address, dict(tokens), process)
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGINT)
        assert process.wait(30) in (0, 130, -signal.SIGINT), output.read_text()


def wait_until_ready(address: str, process: subprocess.Popen[str], output: Path) -> None:
    until = time.monotonic() + READY_WITHIN_S
    while time.monotonic() < until and process.poll() is None:
        try:
            if httpx.get(f"{address}/health/ready", verify=NO_TLS).status_code == 200:
                return
        except httpx.TransportError:
            time.sleep(0.1)
    raise AssertionError(output.read_text())


def read(server: Served, role: str, path: str) -> httpx.Response:
    return fetched(server.address + path, server.tokens[role])


def fetched(url: str, token: str) -> httpx.Response:
    return httpx.get(url, headers={"Authorization": f"Bearer {token}"}, verify=NO_TLS)


def put(server: Served, body: dict[str, object], path: str) -> httpx.Response:
    headers = {"Authorization": f"Bearer {server.tokens['coordinating-unit']}"}
    return httpx.put(server.address + path, json=body, headers=headers, verify=NO_TLS)


def test_one_command_serves_and_a_second_finds_the_data_again(tmp_path: Path) -> None:
    var = tmp_path / "var"
    with served(var) as server:
        assert list(server.tokens) == ROLES
        assert read(server, "coordinator", "/fhir/CareTeam?_total=accurate").json()["total"] == 1
        assert read(server, "coordinating-unit", "/fhir/Patient?_total=accurate").json()["total"] == 4
        assert read(server, "person", "/fhir/Patient/jan").status_code == 200
        assert read(server, "referrer", "/referral/jan-referral").json()["outcome"] == "team"
        patient = read(server, "coordinating-unit", "/fhir/Patient/jan").json()
        assert put(server, patient | {"active": False}, "/fhir/Patient/jan").status_code == 200
        token = server.tokens["person"]
    assert stopped_cleanly(var)
    with served(var) as server:
        again = fetched(f"{server.address}/fhir/Patient/jan", token)
        assert (again.json()["active"], again.headers["ETag"]) == (False, 'W/"2"')
        assert read(server, "coordinating-unit", "/fhir/Patient?_total=accurate").json()["total"] == 4
    assert stopped_cleanly(var)


def stopped_cleanly(var: Path) -> bool:
    """PostgreSQL removes its pid file last of all."""
    return (var / "postgres" / "PG_VERSION").exists() and not (var / "postgres" / "postmaster.pid").exists()


@pytest.fixture(scope="module")
def several(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """Two workers of one database."""
    with served(tmp_path_factory.mktemp("several") / "var", OPPFOLGING_WORKERS="2") as server:
        yield server


def test_several_workers_serve_one_database(several: Served) -> None:
    answers = [read(several, "team", "/fhir/Patient/jan").status_code for _ in range(20)]
    assert answers == [200] * 20


def test_a_head_without_end_is_cut_off_by_the_service_as_it_is_started(several: Served) -> None:
    address = ("127.0.0.1", int(several.address.rpartition(":")[2]))
    with socket.create_connection(address, timeout=10) as connection:
        with suppress(ConnectionError):
            connection.sendall(b"GET / HTTP/1.1\r\nX: " + b"a" * 400_000)
        with suppress(ConnectionError):
            assert b" 200 " not in connection.recv(65536)
    assert httpx.get(f"{several.address}/health/live", verify=NO_TLS).status_code == 200


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"OPPFOLGING_ENVIRONMENT": "production"}, "production needs OPPFOLGING_DATABASE_URL"),
        ({"OPPFOLGING_DATABASE_URL": "postgresql://nobody@127.0.0.1:9/none"}, "the database cannot be reached"),
        (
            {"OPPFOLGING_DATABASE_URL": "postgresql://nobody:hush-hush@127.0.0.1:port/none"},
            "the port in OPPFOLGING_DATABASE_URL is not a number from 1 to 65535",
        ),
        ({"OPPFOLGING_SECRET_FILE": "/nonexistent/secret"}, "/nonexistent/secret: No such file or directory"),
        ({"OPPFOLGING_CORS_ORIGINS": "*"}, "OPPFOLGING_CORS_ORIGINS names origins exactly"),
    ],
    ids=["production without its settings", "no database there", "no port", "no secret there", "every origin"],
)
def test_it_says_why_it_does_not_start(shell: Shell, given: dict[str, str], told: str) -> None:
    done = shell.run("serve", "--port", str(free_port()), **given)
    assert done.status == 1
    assert told in done.err
    assert "Traceback" not in done.err
    assert "hush-hush" not in done.err


def test_a_port_that_is_taken_is_said_before_anything_is_made(shell: Shell) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        done = shell.run("serve", "--port", port)
    assert (done.status, f"port {port} is taken" in done.err) == (1, True)
    assert not shell.var.exists()


def test_secrets_in_files_reach_every_worker_and_stand_in_no_command_line(
    databases: "Databases", tmp_path: Path
) -> None:
    """In production: nothing of what the files hold is in the environment or arguments of any process."""
    issuer = development_issuer(Settings(var=tmp_path, _env_prefix="NOTHING_"))
    url, secret = databases.migrated(), "s" * 16 + "hush-hush" + "s" * 16
    (tmp_path / "url").write_text(f"{url}\n")
    (tmp_path / "secret").write_text(f"{secret}\n")
    told = {
        "OPPFOLGING_ENVIRONMENT": "production",
        "OPPFOLGING_BASE_URL": "http://127.0.0.1",
        "OPPFOLGING_DATABASE_URL_FILE": str(tmp_path / "url"),
        "OPPFOLGING_SECRET_FILE": str(tmp_path / "secret"),
        "OPPFOLGING_ISSUERS": json.dumps([issuer.settings.model_dump(mode="json", exclude_none=True)]),
        "OPPFOLGING_WORKERS": "2",
    }
    with served(tmp_path / "var", **told) as server:
        token = issuer.token(scopes=["oppfolging/system"], municipalities=["4601"], subject="s")
        answers = [fetched(f"{server.address}/fhir/Patient", token) for _ in range(10)]
        assert [answer.status_code for answer in answers] == [200] * 10
        assert {"server", "strict-transport-security"} & set(answers[0].headers) == set()
        shown = b"".join(
            Path(f"/proc/{pid}/{what}").read_bytes()
            for pid in [server.process.pid, *workers_of(server.process.pid)]
            for what in ("cmdline", "environ")
        )
    assert secret.encode() not in shown
    assert url.encode() not in shown


def workers_of(pid: int) -> list[int]:
    found = [int(one) for one in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    assert len(found) >= 2
    return found
