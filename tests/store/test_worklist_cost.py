"""What the worklist costs goes by how many people are asked about, not by how large their municipality is, also on a
database that PostgreSQL knows nothing of: the very first daily run comes before any ANALYZE.

What is counted is not time but the pages that the statement touches, and the rows that pass through a step of its plan.
"""

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from typing import TYPE_CHECKING, Any

import pytest
from bench.towns import without_autovacuum

from oppfolging_api.access import policy
from oppfolging_api.kernel.caller import Caller, Role
from oppfolging_api.settings import Settings
from oppfolging_api.store.database import Database, Urls
from oppfolging_api.store.statements import Statements
from oppfolging_api.worklist.differences import Given, differences, statement
from oppfolging_api.worklist.rules import TABLE
from worklist_world import HOURS, NOW, Owner

if TYPE_CHECKING:
    from conftest import Databases

CODE = "6901"
UNIT_KEY = "type=https://oppfolging.example/fhir/CodeSystem/service-type|coordinating-unit"
# For everybody, and nobody's: each differs from what is wanted.
TASKS = (
    "INSERT INTO work (municipality, id, code, focus, since, open, settled)"
    " SELECT municipality, id, 'feedback-undelivered', 'Communication/' || id, sent, true, false FROM feedback_link"
)
KNOWN = (
    "SELECT tablename FROM pg_stats"
    " WHERE tablename IN ('find', 'work', 'referral_course', 'feedback_link', 'referral_receipt')"
)
Plan = dict[str, Any]


@pytest.fixture(scope="session")
def url(databases: "Databases", tmp_path_factory: pytest.TempPathFactory) -> str:
    """Of a database never analyzed, with a municipality of 4 000 people."""
    url, var = databases.migrated(), tmp_path_factory.mktemp("var")
    asyncio.run(without_autovacuum(Settings(database_url=url, var=var, _env_prefix="NOTHING_")))
    asyncio.run(_fill(Owner(url)))
    return url


async def _fill(owner: Owner) -> None:
    await owner.fill(CODE, 4000)
    await owner.sql(TASKS)


@pytest.fixture
async def sql(url: str) -> AsyncIterator[Statements]:
    caller = Caller(CODE, frozenset({Role.SYSTEM}), "urn:test", "test")
    async with Database.open(Urls(url, url, url), 1) as database, database.enter(policy.entry(caller, NOW)) as entered:
        yield entered


def steps(plan: Plan) -> Iterator[Plan]:
    yield plan
    for part in plan.get("Plans", ()):
        yield from steps(part)


def rows(step: Plan) -> float:
    """Those it gave and those it threw away, each time it was gone through."""
    counted = [step["Actual Rows"], *(number for name, number in step.items() if name.startswith("Rows Removed"))]
    return float(sum(counted) * step["Actual Loops"])


@pytest.mark.parametrize(("asked", "most_pages", "most_rows"), [(1, 40, 10), (200, 8000, 1000)])
@pytest.mark.parametrize("by", ["person", "focus", "both"])
async def test_what_is_read_goes_by_how_many_are_asked_about(
    sql: Statements, by: str, asked: int, most_pages: int, most_rows: int
) -> None:
    numbers = [f"{n:06}" for n in range(1, 4001, 20)][:asked]
    people = [] if by == "focus" else [f"p{n}" for n in numbers]
    focuses = [] if by == "person" else [f"Communication/c{n}" for n in numbers]
    given = Given(CODE, people, focuses, NOW, UNIT_KEY, HOURS)
    assert await sql.rows(KNOWN) == []
    assert len(await differences(sql.rows, TABLE, given)) == asked
    named = given.named | {"codes": [rule.code.value for rule in TABLE]}
    told = await sql.value(f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) {statement(TABLE)}", named)
    plan = json.loads(told)[0]["Plan"]
    assert plan["Shared Hit Blocks"] + plan["Shared Read Blocks"] <= most_pages
    assert max(map(rows, steps(plan))) <= most_rows
