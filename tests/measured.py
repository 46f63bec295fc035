"""Which lines and branches of the package the tests run, over all workers of xdist, and whether they are enough.

A plugin that PYTEST_PLUGINS names, for it has to be there before the first conftest: what was imported before it is not
measured. What is measured, and how much of it has to be run, is [tool.slipcover] of pyproject.toml. SlipCover, because
coverage.py on Python 3.11 traces every library and asks greenlet at every event, which doubled the time of the tests.
"""

import json
import os
from io import StringIO
from typing import Any, Protocol

import pytest
import slipcover
from slipcover.config import read_config

_CONFIG = read_config()
_KEEP_PROBES = -1
"""SlipCover takes out what has told all it knows, and looks for it in the variables of every thread that runs."""


class Worker:
    """Measures what is imported from now on, and tells it when its session ends."""

    def __init__(self) -> None:
        source = _CONFIG["source"]
        self._probes = slipcover.Slipcover(
            branch=True, source=source, exclude_also=_CONFIG["exclude-also"], d_miss_threshold=_KEEP_PROBES
        )
        slipcover.ImportManager(self._probes, slipcover.FileMatcher(sources=source)).__enter__()

    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        session.config.workeroutput["measured"] = json.dumps(self._probes.get_coverage())  # type: ignore[attr-defined]


class Node(Protocol):
    """A worker as the process sees it that started it."""

    workeroutput: dict[str, str]


class Controller:
    """Adds up what the workers tell, and fails a run that left too much out."""

    def __init__(self) -> None:
        self._enough = float(_CONFIG["fail-under"])
        self._told: dict[str, Any] = {}

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Node, error: object) -> None:
        """One that broke down tells nothing."""
        if not error:
            told = json.loads(node.workeroutput["measured"])
            self._told = slipcover.merge_coverage(self._told, told) if self._told else told

    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        if session.exitstatus == pytest.ExitCode.OK and self._share < self._enough:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Comes before pytest's own last line."""
        table = StringIO()
        slipcover.print_coverage(self._told, outfile=table, skip_covered=True)
        terminalreporter.section("lines and branches")
        terminalreporter.write_line(table.getvalue().strip("\n"))
        colour = {"green" if self._share >= self._enough else "red": True}
        terminalreporter.write_line(f"{self._share:.2f} % were run, {self._enough:g} % have to be", **colour)

    @property
    def _share(self) -> float:
        """Of all lines and branches, in percent."""
        return float(self._told["summary"]["percent_covered"]) if self._told else 0.0


_PLUGIN = Worker() if "PYTEST_XDIST_WORKER" in os.environ else Controller()


def pytest_configure(config: pytest.Config) -> None:
    config.pluginmanager.register(_PLUGIN)
