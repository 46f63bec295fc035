"""The last good keys of token issuers, kept in the database (DESIGN section 6)."""

import logging
from datetime import timedelta
from typing import Final

import asyncpg

from oppfolging_api.store.database import FAULTS

_KEEP = """
INSERT INTO issuer_key (issuer, fetched, jwks) VALUES ($1, now(), $2)
ON CONFLICT (issuer) DO UPDATE SET fetched = excluded.fetched, jwks = excluded.jwks
"""
_LAST = "SELECT jwks FROM issuer_key WHERE issuer = $1 AND fetched > now() - $2::interval"
KEPT_FOR: Final = timedelta(days=7)
"""Longer than an issuer is down; not so long that a key it gave up, perhaps since it leaked, is trusted again."""
_logger = logging.getLogger(__name__)


class StoredKeys:
    """A KeyMemory. Without its database tokens go on being verified with the keys the process has."""

    def __init__(self, pool: asyncpg.Pool) -> None:
        self._pool = pool

    async def keep(self, issuer: str, document: bytes) -> None:
        try:
            await self._pool.execute(_KEEP, issuer, document)
        except FAULTS as fault:
            _logger.warning("keys of issuer %s could not be kept: %s", issuer, type(fault).__name__)

    async def last(self, issuer: str) -> bytes | None:
        try:
            kept: bytes | None = await self._pool.fetchval(_LAST, issuer, KEPT_FOR)
        except FAULTS as fault:
            _logger.warning("keys of issuer %s could not be looked up: %s", issuer, type(fault).__name__)
            return None
        return kept
