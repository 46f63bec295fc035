"""Which DPoP proofs have been taken, in PostgreSQL, so that every worker knows (RFC 9449 section 11.1)."""

from datetime import datetime

import asyncpg

from oppfolging_api.kernel.errors import Unavailable
from oppfolging_api.store.database import FAULTS, is_away


class TakenProofs:
    """A Memory of `dpop`. The database function remembers and forgets in one round trip; the table itself is out of
    the application's reach, so that nothing it does makes a taken proof good again."""

    def __init__(self, pool: asyncpg.Pool) -> None:
        self._pool = pool

    async def is_new(self, proof: bytes, until: datetime, at: datetime) -> bool:
        try:
            found: bool = await self._pool.fetchval("SELECT proof_is_new($1, $2, $3)", proof, until, at)
        except FAULTS as error:
            if not is_away(error):
                raise
            raise Unavailable.of("the database cannot be reached just now", Retry_After="5") from error
        return found
