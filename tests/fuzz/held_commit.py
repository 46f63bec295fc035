"""A PostgreSQL that commits and does not say so: between the service and the real one, for one transaction to lose."""

import socket
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Final
from urllib.parse import parse_qs, urlsplit

_CHUNK: Final = 65536


class HeldCommit:
    """Passes everything on, but for the answer to the COMMIT of a connection on which a text has passed before."""

    def __init__(self, url: str, text: bytes) -> None:
        self._text = text
        self._socket, self.url = _socket_of(url), ""
        self._listening = socket.create_server(("127.0.0.1", 0))
        self._open: list[socket.socket] = [self._listening]
        self._threads: list[threading.Thread] = []
        self.committed = threading.Event()
        """Set once the real one has answered."""
        port = self._listening.getsockname()[1]
        self.url = f"postgresql://postgres@127.0.0.1:{port}{urlsplit(url).path}"

    def __enter__(self) -> "HeldCommit":
        self._begin(self._accept)
        return self

    def __exit__(self, *_: object) -> None:
        for each in self._open:
            with suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
            each.close()
        for thread in self._threads:
            thread.join(10)

    def _begin(self, work: Callable[..., None], *arguments: object) -> None:
        thread = threading.Thread(target=work, args=arguments, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._listening.accept()
                real = socket.socket(socket.AF_UNIX)
                real.connect(self._socket)
                self._open += [client, real]
                committing = threading.Event()
                self._begin(self._asked, client, real, committing)
                self._begin(self._answered, real, client, committing)

    def _asked(self, client: socket.socket, real: socket.socket, committing: threading.Event) -> None:
        written = False
        with suppress(OSError):
            while asked := client.recv(_CHUNK):
                written = written or self._text in asked
                if written and b"COMMIT" in asked:
                    committing.set()
                real.sendall(asked)
            real.shutdown(socket.SHUT_WR)

    def _answered(self, real: socket.socket, client: socket.socket, committing: threading.Event) -> None:
        with suppress(OSError):
            while answer := real.recv(_CHUNK):
                if committing.is_set() and b"COMMIT" in answer:
                    self.committed.set()
                    return
                client.sendall(answer)
            client.shutdown(socket.SHUT_WR)


def _socket_of(url: str) -> str:
    """The path of the UNIX socket that a URL of an embedded PostgreSQL names."""
    told = parse_qs(urlsplit(url).query)
    return f"{told['host'][0]}/.s.PGSQL.{told['port'][0]}"
