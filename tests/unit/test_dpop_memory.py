"""Where taken proofs are remembered: what is a database that is away, and what is one that was set up wrongly."""

from datetime import UTC, datetime
from typing import cast

import asyncpg
import pytest

from oppfolging_api.access.proofs import TakenProofs
from oppfolging_api.kernel.errors import Unavailable

NOW = datetime(2026, 11, 22, 8, tzinfo=UTC)


class Failing:
    """A pool whose every question ends in the same way."""

    def __init__(self, error: Exception) -> None:
        self._error = error

    async def fetchval(self, *_: object) -> None:
        raise self._error


def asked(error: Exception) -> TakenProofs:
    return TakenProofs(cast(asyncpg.Pool, Failing(error)))


@pytest.mark.parametrize(
    "error",
    [
        ConnectionRefusedError(),
        TimeoutError(),
        asyncpg.InterfaceError("pool is closing"),
        asyncpg.ConnectionDoesNotExistError(),
        asyncpg.AdminShutdownError(),
        asyncpg.TooManyConnectionsError(),
        asyncpg.QueryCanceledError(),
        asyncpg.InvalidCatalogNameError(),
        asyncpg.InvalidPasswordError(),
        asyncpg.ObjectNotInPrerequisiteStateError(),
    ],
    ids=lambda error: type(error).__name__,
)
async def test_while_the_database_is_away_one_may_come_again(error: Exception) -> None:
    with pytest.raises(Unavailable) as refused:
        await asked(error).is_new(b"proof", NOW, NOW)
    assert refused.value.headers == {"Retry-After": "5"}


@pytest.mark.parametrize(
    "error",
    [
        asyncpg.InsufficientPrivilegeError(),
        asyncpg.UndefinedFunctionError(),
        asyncpg.UndefinedTableError(),
        asyncpg.DataError("no timestamp"),
    ],
    ids=lambda error: type(error).__name__,
)
async def test_what_coming_again_does_not_mend_is_a_fault(error: Exception) -> None:
    with pytest.raises(type(error)):
        await asked(error).is_new(b"proof", NOW, NOW)
