"""What Alembic's check of models against migrations does not look at, written out as PostgreSQL has it."""

import asyncio
from typing import TYPE_CHECKING

import asyncpg
import pytest
from sqlalchemy import make_url

if TYPE_CHECKING:
    from conftest import Databases


_DEFAULTS = (
    "SELECT table_name || ': ' || column_default FROM information_schema.columns"
    " WHERE table_schema = 'public' AND column_name = 'transaction'"
)


@pytest.fixture(scope="module")
async def migrated(databases: "Databases") -> str:
    url = await asyncio.to_thread(databases.migrated)
    return make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)


@pytest.mark.parametrize(
    ("question", "answers"),
    [
        (
            "SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conname = 'sole_active_person'",
            ["UNIQUE (municipality, slot, person) DEFERRABLE INITIALLY DEFERRED"],
        ),
        (
            "SELECT regexp_replace(indexdef, ' ON .* USING', ':') FROM pg_indexes WHERE indexname = 'identity_one'",
            ["CREATE UNIQUE INDEX identity_one: btree (municipality, type, key) WHERE (type <> 'RelatedPerson'::text)"],
        ),
        (
            _DEFAULTS,
            [
                "outbox: pg_current_xact_id()",
                "resource: pg_current_xact_id()",
                "resource_version: pg_current_xact_id()",
            ],
        ),
    ],
    ids=["when a constraint is checked", "the condition of an index", "the default of a column"],
)
async def test_the_database_keeps_what_the_models_rest_on(question: str, answers: list[str], migrated: str) -> None:
    owner = await asyncpg.connect(migrated)
    found = sorted(row[0] for row in await owner.fetch(question))
    await owner.close()
    assert found == answers
