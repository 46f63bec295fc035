"""A search on a database PostgreSQL knows nothing of reads about as much as on one it knows.

What is compared is not time but the pages of the database that a search touches, as EXPLAIN (BUFFERS) counts them.
"""

import asyncio
import re
from typing import Any

import asyncpg
import pytest
from bench.kinds import KINDS, Kind, sample, token
from bench.plans import plans
from bench.towns import MUNICIPALITY, SEED, without_autovacuum
from sqlalchemy import make_url

from conftest import Databases
from oppfolging_api.generate.town import Town
from oppfolging_api.kernel.clock import SystemClock, today
from oppfolging_api.serve import bring_up_to_date
from oppfolging_api.settings import Settings
from oppfolging_api.synthetic import fill
from support import CANONICAL

PEOPLE = 150
_TOUCHED = re.compile(r"Buffers: shared (?:hit=(\d+))?(?: ?read=(\d+))?")


@pytest.fixture(scope="module")
def touched(databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[int, int]]:
    """By kind of search, before and after ANALYZE: pages of 8 KiB, those read again counted again."""
    settings = Settings(database_url=databases.make(), var=tmp_path_factory.mktemp("var"), _env_prefix="NOTHING_")
    asyncio.run(bring_up_to_date(settings))
    asyncio.run(without_autovacuum(settings))
    assert asyncio.run(_ask(settings, "SELECT count(*) FROM pg_stats WHERE tablename LIKE 'find%'")) == 0
    town = Town(MUNICIPALITY, PEOPLE, SEED, today(SystemClock()), CANONICAL)
    fill(settings, town.code, town.people, town.seed, analyze=False)
    before = _touched(settings, town)
    asyncio.run(_ask(settings, "ANALYZE"))
    after = _touched(settings, town)
    return {kind.name: (one, other) for kind, one, other in zip(KINDS, before, after, strict=True)}


def _touched(settings: Settings, town: Town) -> list[int]:
    facts = sample(town, 1)[0]
    asked = [(kind.asked(facts), token(settings, town, kind.role, facts)) for kind in KINDS]
    return [_pages(told) for told in plans(settings, asked)]


def _pages(plan: str) -> int:
    """The first line of a plan that tells is about all of it."""
    whole = _TOUCHED.search(plan)
    assert whole, plan
    return sum(int(pages or 0) for pages in whole.groups())


async def _ask(settings: Settings, statement: str) -> Any:
    url = make_url(str(settings.database_url)).set(drivername="postgresql").render_as_string(hide_password=False)
    connection = await asyncpg.connect(url)
    try:
        return await connection.fetchval(statement)
    finally:
        await connection.close()


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_what_is_touched_is_at_most_three_times_as_much(touched: dict[str, tuple[int, int]], kind: Kind) -> None:
    before, after = touched[kind.name]
    assert before <= 3 * after
