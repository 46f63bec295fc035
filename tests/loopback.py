"""The HTTP that tests speak to a server on loopback: the requests and responses of httpx, by way of a parser in C.

What httpx has below them is Python, and took a third of the time of the requests of a test run.
"""

import select
import socket
from collections.abc import Iterator
from typing import Any

import httpx
from httptools import HttpResponseParser

Address = tuple[str, int]
_PIECE = 1 << 16


class Answer:
    """Gathers what the parser tells of one."""

    def __init__(self, request: httpx.Request) -> None:
        self._request = request
        self._headers: list[tuple[bytes, bytes]] = []
        self._body: list[bytes] = []
        self._parser = HttpResponseParser(self)
        self.complete = False

    def on_header(self, name: bytes, value: bytes) -> None:
        self._headers.append((name, value))

    def on_headers_complete(self) -> None:
        """An answer to HEAD tells of a body that does not come."""
        self.complete = self._request.method == "HEAD"

    def on_body(self, piece: bytes) -> None:
        self._body.append(piece)

    def on_message_complete(self) -> None:
        self.complete = True

    @property
    def goes_on(self) -> bool:
        """Whether the connection serves another request."""
        return bool(self._parser.should_keep_alive())

    def read(self, connection: socket.socket) -> httpx.Response:
        while not self.complete:
            piece = connection.recv(_PIECE)
            if not piece:
                raise httpx.RemoteProtocolError("the connection ended before the answer")
            self._parser.feed_data(piece)
        status, body = self._parser.get_status_code(), b"".join(self._body)
        return httpx.Response(status, headers=self._headers, content=body, request=self._request)


class Connections:
    """Kept between requests, and shared by threads: each takes one that nobody uses, or opens another."""

    def __init__(self, timeout: float) -> None:
        self._timeout = timeout
        self._idle: dict[Address, list[socket.socket]] = {}

    def get(self, address: str, **options: Any) -> httpx.Response:
        return self.request("GET", address, **options)

    def post(self, address: str, **options: Any) -> httpx.Response:
        return self.request("POST", address, **options)

    def request(self, method: str, address: str, **options: Any) -> httpx.Response:
        """Raises httpx.TransportError where nobody answers."""
        request = httpx.Request(method, address, **options)
        request.headers.setdefault("Accept", "*/*")
        at = request.url.host, request.url.port or 80
        try:
            return self._exchange(request, at)
        except TimeoutError as slow:
            raise httpx.ReadTimeout(str(slow), request=request) from slow
        except OSError as broken:
            raise httpx.NetworkError(str(broken), request=request) from broken

    def _exchange(self, request: httpx.Request, at: Address) -> httpx.Response:
        connection, answer = self._free(at), Answer(request)
        try:
            _send(connection, request)
            response = answer.read(connection)
        except BaseException:
            connection.close()
            raise
        if answer.goes_on:
            self._idle.setdefault(at, []).append(connection)
        else:
            connection.close()
        return response

    def _free(self, at: Address) -> socket.socket:
        """One of those the server has not ended meanwhile, which would have it tell so."""
        idle = self._idle.get(at, [])
        while idle:
            connection = idle.pop()
            if not select.select([connection], [], [], 0)[0]:
                return connection
            connection.close()
        return socket.create_connection(at, self._timeout)

    def close(self) -> None:
        for idle in self._idle.values():
            while idle:
                idle.pop().close()


def _send(connection: socket.socket, request: httpx.Request) -> None:
    """A server that refuses a body answers before it has it all, and ends the connection."""
    chunked = "transfer-encoding" in request.headers
    body = b"".join(_chunks(request)) if chunked else request.read()
    lines = [b"%s %s HTTP/1.1" % (request.method.encode(), request.url.raw_path)]
    lines += [b"%s: %s" % header for header in request.headers.raw]
    try:
        connection.sendall(b"\r\n".join([*lines, b"", body]))
    except (BrokenPipeError, ConnectionResetError):
        return


def _chunks(request: httpx.Request) -> Iterator[bytes]:
    assert isinstance(request.stream, httpx.SyncByteStream)
    yield from (b"%x\r\n%s\r\n" % (len(piece), piece) for piece in request.stream)
    yield b"0\r\n\r\n"
