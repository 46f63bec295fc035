"""What `make test` counts: what any worker ran, and a run that left too much out has failed."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

TESTS = Path(__file__).parents[1]
HALVES = """
def half(first: bool) -> str:
    if first:
        return "first"
    return "second"
"""
FIRST = "from package.halves import half\n\n\ndef test_first():\n    assert half(True) == 'first'\n"
SECOND = "\n\ndef test_second():\n    assert half(False) == 'second'\n"
WRONG = "\n\ndef test_wrong():\n    assert half(False) == 'first'\n"


def run(folder: Path, tests: str, enough: int) -> tuple[int, list[str]]:
    """The exit status and the lines of a run of these tests, each by a worker of its own."""
    (folder / "package").mkdir()
    (folder / "package" / "halves.py").write_text(HALVES)
    (folder / "test_halves.py").write_text(tests)
    config = f'[tool.slipcover]\nsource = ["package"]\nexclude-also = []\nfail-under = {enough}\n'
    (folder / "pyproject.toml").write_text(config)
    told = {"PYTHONPATH": f"{TESTS}:.", "PYTEST_PLUGINS": "xdist.plugin,measured"}
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-n", "2"],
        cwd=folder,
        env={"PATH": os.environ["PATH"], "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"} | told,
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout.splitlines()


@pytest.mark.parametrize(
    ("tests", "status", "summary"),
    [(FIRST + SECOND, 0, "2 passed"), (FIRST + WRONG, 1, "1 failed, 1 passed")],
    ids=["right", "wrong"],
)
def test_what_each_worker_ran_is_added_up_and_is_not_all_that_counts(
    tmp_path: Path, tests: str, status: int, summary: str
) -> None:
    ended, lines = run(tmp_path, tests, 100)
    assert (ended, "100.00 % were run, 100 % have to be" in lines) == (status, True), "\n".join(lines)
    assert summary in lines[-1]


def test_a_run_that_left_too_much_out_has_failed_and_names_it(tmp_path: Path) -> None:
    """Of four lines and two branches, one each."""
    ended, lines = run(tmp_path, FIRST, 67)
    assert (ended, "66.67 % were run, 67 % have to be" in lines) == (1, True), "\n".join(lines)
    (line,) = [line.split() for line in lines if line.startswith("package/halves.py")]
    assert line == ["package/halves.py", "4", "1", "2", "1", "50", "67", "5"]
    assert "1 passed" in lines[-1]
