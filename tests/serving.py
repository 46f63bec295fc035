"""The service in a process of its own, as an operator starts it: it can be killed, and what it says can be read."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import httpx

from oppfolging_api.access.development import DevelopmentIssuer
from support import NO_TLS

_PATIENCE_S = 30


class Service:
    """`oppfolging-api serve` in production, trusting the tokens of one issuer of the test."""

    def __init__(self, database_url: str, issuer: DevelopmentIssuer, folder: Path, **settings: str) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = int(probe.getsockname()[1])
        self.address = f"http://127.0.0.1:{self.port}"
        self.output = folder / f"output-{self.port}"
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("OPPFOLGING_", "PORT"))}
        self._environment = kept | {
            "PORT": str(self.port),
            "OPPFOLGING_ENVIRONMENT": "production",
            "OPPFOLGING_DATABASE_URL": database_url,
            "OPPFOLGING_SECRET": "x" * 32,
            "OPPFOLGING_BASE_URL": self.address,
            "OPPFOLGING_ISSUERS": json.dumps([issuer.settings.model_dump(mode="json", exclude_none=True)]),
            "OPPFOLGING_VAR": str(folder),
            "OPPFOLGING_WORKLIST_SECONDS": "0",
            **{f"OPPFOLGING_{name.upper()}": value for name, value in settings.items()},
        }
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Returns once it answers."""
        command = [str(Path(sys.executable).with_name("oppfolging-api")), "serve"]
        with self.output.open("ab") as output:
            self._process = subprocess.Popen(
                command, env=self._environment, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT
            )
        until = time.monotonic() + _PATIENCE_S
        while self.status("/health/live") != 200:
            if self._process.poll() is not None or time.monotonic() > until:
                raise RuntimeError(f"the service did not start: {self.output.read_text()[-2000:]}")
            time.sleep(0.05)

    def status(self, path: str) -> int | None:
        """What the address answers, None where nobody does."""
        try:
            return httpx.get(self.address + path, timeout=5, verify=NO_TLS).status_code
        except httpx.TransportError:
            return None

    def becomes(self, path: str, status: int) -> bool:
        """Whether the address comes to answer with a status."""
        until = time.monotonic() + _PATIENCE_S
        while self.status(path) != status:
            if time.monotonic() > until:
                return False
            time.sleep(0.1)
        return True

    def kill(self) -> None:
        self._end(signal.SIGKILL)

    def stop(self) -> None:
        self._end(signal.SIGTERM)

    def lines(self) -> list[dict[str, Any]]:
        """What it has written, which is JSON or nothing."""
        return [json.loads(line) for line in self.output.read_text().splitlines()]

    def _end(self, how: signal.Signals) -> None:
        if self._process is not None:
            self._process.send_signal(how)
            self._process.wait(_PATIENCE_S)
            self._process = None

    def __enter__(self) -> "Service":
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()
