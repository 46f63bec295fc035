"""Which process brings a day's work up to date, and how far it has come: a row, so that neither a pooler nor a process
that is killed stands in anybody's way. What nobody renews for a minute is free to be taken, from where it had come."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final, Self
from uuid import uuid4

import asyncpg

_TAKEN: Final = """
UPDATE job_run SET holder = $2, until = now() + interval '60 seconds', under_way = $3,
  past = CASE WHEN under_way = $3 THEN past ELSE '{}' END
WHERE job = $1 AND (day IS NULL OR day < $3 OR $4) AND (until IS NULL OR until < now())
RETURNING past
"""
_REACHED: Final = (
    "UPDATE job_run SET past = $3, until = now() + interval '60 seconds' WHERE job = $1 AND holder = $2 RETURNING true"
)
_GIVEN_BACK: Final = "UPDATE job_run SET holder = NULL, until = NULL WHERE job = $1 AND holder = $2"
_FINISHED: Final = (
    "UPDATE job_run SET day = under_way, under_way = NULL, past = '{}', holder = NULL, until = NULL"
    " WHERE job = $1 AND holder = $2"
)


@dataclass(frozen=True, slots=True)
class Lease:
    """One job of one day, held by this process for as long as it says every minute how far it has come.

    `past` is how far whoever had it before had come, empty at the beginning.
    """

    pool: asyncpg.Pool
    job: str
    holder: str
    past: tuple[str, ...]

    @classmethod
    async def taken(cls, pool: asyncpg.Pool, job: str, day: date, *, now: bool = False) -> Self | None:
        """None where the day's is done, or somebody else is at it. `now`: though the day's is done."""
        holder = str(uuid4())
        past = await pool.fetchval(_TAKEN, job, holder, day, now)
        return None if past is None else cls(pool, job, holder, tuple(past))

    async def reached(self, past: Sequence[str]) -> bool:
        """Whether it is still this process's, who renews it by telling how far it has come."""
        return bool(await self.pool.fetchval(_REACHED, self.job, self.holder, list(past)))

    async def given_back(self) -> None:
        """Whoever takes it next goes on from what was reached."""
        await self.pool.execute(_GIVEN_BACK, self.job, self.holder)

    async def finished(self) -> None:
        """The day's is done; nothing where it was lost meanwhile."""
        await self.pool.execute(_FINISHED, self.job, self.holder)
