"""docs/security.md names tests and limits that are there."""

import re
from pathlib import Path

import pytest

from oppfolging_api import bounded_http, rate_limit, request_limits, serve
from oppfolging_api.fhir import exact_json
from oppfolging_api.fhir.negotiation import MOST_PARAMETERS
from oppfolging_api.settings import Settings
from oppfolging_api.store.database import LOCK_TIMEOUT_MS, STATEMENT_TIMEOUT_MS

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "docs/security.md").read_text()


def rows(heading: str) -> list[list[str]]:
    """The cells of every row of the table below a heading."""
    lines = TEXT.partition(f"\n## {heading}\n")[2].partition("\n## ")[0].splitlines()
    return [[cell.strip() for cell in line.split("|")[1:-1]] for line in lines if line.startswith("| ")][1:]


def test_every_test_it_names_is_there_and_has_tests_in_it() -> None:
    named = set(re.findall(r"tests/[a-z_/]+\.py", TEXT))
    assert len(named) > 40
    assert [name for name in sorted(named) if not (ROOT / name).is_file()] == []
    assert [name for name in sorted(named) if "def test_" not in (ROOT / name).read_text()] == []


def test_all_ten_of_owasp_are_answered_with_tests() -> None:
    found = rows("OWASP API Security Top 10 (2023)")
    assert [cells[0].split()[0] for cells in found] == [f"API{n}" for n in range(1, 11)]
    assert [cells[0] for cells in found if "tests/" not in cells[2]] == []


def test_every_requirement_of_normen_is_met_or_left_to_somebody() -> None:
    found = rows("Normen")
    assert len(found) >= 15
    assert [cells[0] for cells in found if not any(cells[1:3])] == []


def test_every_abuse_is_met_by_a_test_or_said_not_to_be() -> None:
    found = rows("Abuse, and what meets it")
    assert len(found) >= 20
    assert [cells[1] for cells in found if "tests/" not in cells[3] and "not met" not in cells[2]] == []


@pytest.mark.parametrize(
    ("limit", "told"),
    [
        ("head of a request, before it is one", (bounded_http.LARGEST_HEAD // 1024, int(bounded_http.LONGEST_HEAD_S))),
        (
            "address; headers",
            (request_limits.LONGEST_ADDRESS // 1024, request_limits.LARGEST_HEAD // 1024, request_limits.MOST_HEADERS),
        ),
        ("body", (Settings.model_fields["max_body_bytes"].default // 1024**2,)),
        (
            "body's arrival; whole request",
            (Settings.model_fields["request_timeout"].default // 3, Settings.model_fields["request_timeout"].default),
        ),
        ("depth of JSON; values; parameters", (exact_json.MAX_DEPTH, exact_json.MAX_VALUES, MOST_PARAMETERS)),
        ("a statement; waiting for a lock", (STATEMENT_TIMEOUT_MS // 1000, LOCK_TIMEOUT_MS // 1000)),
        ("requests of a caller", (200, 1000, Settings.model_fields["concurrent_requests"].default)),
        (
            "refused before anybody was recognised, of an address",
            (rate_limit.FAILURES_A_SECOND, rate_limit.FAILURES_AT_ONCE),
        ),
        ("connections of a worker", (serve.LIMITS["limit_concurrency"],)),
    ],
)
def test_limits_are_those_that_hold(limit: str, told: tuple[int, ...]) -> None:
    (cells,) = [cells for cells in rows("Limits") if cells[0] == limit]
    numbers = tuple(int(number.replace(" ", "")) for number in re.findall(r"\d+(?: \d{3})*", cells[1]))
    assert numbers == told
