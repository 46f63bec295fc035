"""The command of the package, given in this process: a process of its own would spend two seconds on imports."""

import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from oppfolging_api.cli import main

OURS = ("ENVIRONMENT", "DATABASE_URL", "OWNER_DATABASE_URL", "LOG_DATABASE_URL", "SECRET", "ISSUERS", "BASE_URL")


@dataclass(frozen=True)
class Told:
    status: int
    out: str
    err: str


class Shell:
    """Where commands are given, with an environment of its own."""

    def __init__(self, var: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
        self.var, self._monkeypatch, self._capsys = var, monkeypatch, capsys
        monkeypatch.setattr(sys, "excepthook", sys.excepthook)
        for name in OURS:
            monkeypatch.delenv(f"OPPFOLGING_{name}", raising=False)
        monkeypatch.setenv("OPPFOLGING_VAR", str(var))

    def run(self, *command: str, **environment: str) -> Told:
        for name, value in environment.items():
            self._monkeypatch.setenv(name, value)
        self._monkeypatch.setattr(sys, "argv", ["oppfolging-api", *command])
        with pytest.raises(SystemExit) as ended:
            main()
        said = self._capsys.readouterr()
        assert isinstance(ended.value.code, int)
        return Told(ended.value.code, said.out, said.err)
