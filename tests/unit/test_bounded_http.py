"""The reader of HTTP: what does not become a request is neither kept nor waited for."""

import socket
import threading
import time
from collections.abc import Iterator

import pytest
import uvicorn
from starlette.types import Receive, Scope, Send

from oppfolging_api import bounded_http
from oppfolging_api.bounded_http import BoundedHttp

HEAD = b"POST / HTTP/1.1\r\nHost: x\r\n"
KEEP_ALIVE_S = 1
UNREAD = b"POST /unread HTTP/1.1\r\nHost: x\r\n"


async def count(scope: Scope, receive: Receive, send: Send) -> None:
    """Answers with the number of bytes of the body, at /unread before it has come."""
    if scope["type"] != "http":
        return
    size, more = 0, scope["path"] != "/unread"
    while more:
        message = await receive()
        size += len(message.get("body", b""))
        more = message.get("more_body", False)
    await send({"type": "http.response.start", "status": 200, "headers": [(b"x-size", str(size).encode())]})
    await send({"type": "http.response.body", "body": b""})


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    patch = pytest.MonkeyPatch()
    patch.setattr(bounded_http, "LONGEST_HEAD_S", 0.4)
    config = uvicorn.Config(
        count, port=0, http=BoundedHttp, lifespan="off", log_config=None, timeout_keep_alive=KEEP_ALIVE_S
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    yield server.servers[0].sockets[0].getsockname()[1]
    server.should_exit = True
    thread.join(10)
    patch.undo()


def answer(connection: socket.socket) -> bytes:
    """What comes before the connection is closed, or in two seconds."""
    connection.settimeout(2)
    told = b""
    try:
        while piece := connection.recv(65536):
            told += piece
    except TimeoutError:
        told += b"still open"
    except ConnectionError:
        pass
    return told


def test_ordinary_requests_are_answered_one_after_another_on_one_connection(port: int) -> None:
    with socket.create_connection(("127.0.0.1", port)) as connection:
        for size in (0, 3, 500_000):
            connection.sendall(HEAD + b"Content-Length: %d\r\n\r\n" % size + b"a" * size)
            connection.settimeout(5)
            told = b""
            while b"\r\n\r\n" not in told:
                told += connection.recv(65536)
            assert told.startswith(b"HTTP/1.1 200")
            assert b"x-size: %d\r\n" % size in told


def test_a_large_body_in_pieces_with_pauses_is_not_taken_for_a_head(port: int) -> None:
    with socket.create_connection(("127.0.0.1", port)) as connection:
        connection.sendall(HEAD + b"Content-Length: 300000\r\nConnection: close\r\n\r\n")
        for _ in range(3):
            connection.sendall(b"a" * 100_000)
            time.sleep(0.2)
        assert b"x-size: 300000\r\n" in answer(connection)


@pytest.mark.parametrize(
    "endless",
    [
        b"X-Long: " + b"a" * 300_000,
        b"X-Many: a\r\n" * 30_000,
        b"Transfer-Encoding: chunked\r\n\r\n0\r\nT: " + b"a" * 300_000,
    ],
    ids=["one header", "many headers", "trailer"],
)
def test_a_head_that_does_not_end_is_cut_off(port: int, endless: bytes) -> None:
    with socket.create_connection(("127.0.0.1", port)) as connection:
        try:
            for start in range(0, len(endless), 10_000):
                connection.sendall((HEAD if not start else b"") + endless[start : start + 10_000])
                time.sleep(0.002)
        except ConnectionError:
            pass
        assert b"200 OK" not in (told := answer(connection))
        assert b"still open" not in told


@pytest.mark.parametrize("sent", [b"", HEAD], ids=["nothing", "half a head"])
def test_a_head_that_does_not_come_is_not_waited_for(port: int, sent: bytes) -> None:
    began = time.monotonic()
    with socket.create_connection(("127.0.0.1", port)) as connection:
        connection.sendall(sent)
        assert answer(connection) == b""
    assert 0.3 < time.monotonic() - began < 1.5


def trickle(connection: socket.socket, seconds: float) -> None:
    """A header that grows by a letter at a time. Raises ConnectionError where nobody listens any more."""
    connection.sendall(HEAD + b"X: ")
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        connection.sendall(b"a")
        time.sleep(0.05)


def test_a_head_that_trickles_is_not_waited_for(port: int) -> None:
    with socket.create_connection(("127.0.0.1", port)) as connection, pytest.raises(ConnectionError):
        trickle(connection, 3)


def answered(connection: socket.socket) -> bytes:
    """The head of the next answer."""
    connection.settimeout(5)
    told = b""
    while b"\r\n\r\n" not in told:
        told += connection.recv(65536)
    return told


@pytest.mark.parametrize(
    ("head", "piece"),
    [
        (UNREAD + b"Content-Length: 1000\r\n\r\n", b"a"),
        (UNREAD + b"Transfer-Encoding: chunked\r\n\r\n", b"1\r\na\r\n"),
        (HEAD + b"Content-Length: 0\r\n\r\n", b"\r\n"),
    ],
    ids=["a body of told length", "a chunked body", "empty lines"],
)
@pytest.mark.parametrize("pieces", [1, 100], ids=["one piece", "piece by piece"])
def test_a_connection_that_was_answered_is_not_kept_by_what_becomes_no_request(
    port: int, head: bytes, piece: bytes, pieces: int
) -> None:
    with socket.create_connection(("127.0.0.1", port)) as connection:
        connection.sendall(head)
        assert answered(connection).startswith(b"HTTP/1.1 200")
        began = time.monotonic()
        try:
            for _ in range(pieces):
                connection.sendall(piece)
                time.sleep(0.05)
        except ConnectionError:
            pass
        assert b"still open" not in answer(connection)
        assert 0.3 < time.monotonic() - began < KEEP_ALIVE_S


def test_one_whose_body_was_only_a_little_late_goes_on(port: int) -> None:
    """It may rest for as long as any other, and no longer."""
    with socket.create_connection(("127.0.0.1", port)) as connection:
        connection.sendall(UNREAD + b"Content-Length: 4\r\n\r\n")
        assert b"x-size: 0\r\n" in answered(connection)
        connection.sendall(b"aa")
        connection.sendall(b"aa")
        time.sleep(0.6)
        connection.sendall(HEAD + b"Content-Length: 3\r\n\r\nabc")
        assert b"x-size: 3\r\n" in answered(connection)
        connection.sendall(UNREAD + b"Content-Length: 2\r\n\r\n")
        assert b"x-size: 0\r\n" in answered(connection)
        connection.sendall(b"aa")
        began = time.monotonic()
        assert answer(connection) == b""
        assert 0.8 < time.monotonic() - began < 1.8
