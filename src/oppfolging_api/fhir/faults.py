"""What the database would not take, as the client is told it."""

import asyncpg

from oppfolging_api.kernel.errors import Conflict, Invalid, Refusal, Unavailable, Unprocessable
from oppfolging_api.store.database import AWAY

FAULTS = (asyncpg.PostgresError, asyncpg.InterfaceError, OSError)
_NO_CONNECTION, _INTEGRITY, _TOO_LARGE = "08000", "23", "54000"
_CANCELLED = "57014"
_COLLISIONS = ("40001", "40P01", "55P03")
_CONFLICTS = {
    "identity_one": "another resource of this type already has one of these identifiers",
    "sole_active_person": "the person already has an active one of these",
    "resource_version_pkey": "there is already a resource with this id",
}


def refusal_of(error: Exception) -> Refusal:
    """Raises the error itself where it is a fault of this service."""
    code: str = getattr(error, "sqlstate", None) or _NO_CONNECTION
    if code.startswith(_INTEGRITY):
        constraint = getattr(error, "constraint_name", None) or ""
        return Conflict.of(_CONFLICTS.get(constraint, "somebody else wrote this at the same moment; read it and retry"))
    if code == _CANCELLED:
        return Unprocessable.of("this takes too long: ask for less", code="too-costly")
    if code in _COLLISIONS:
        return Conflict.of("somebody else is writing about this at the same moment; retry", Retry_After="1")
    if code == _TOO_LARGE:
        return Invalid.of("a value is too long to be found again, as an identifier or a unit", code="too-long")
    if code.startswith(AWAY):
        return Unavailable.of("the database cannot be reached just now", Retry_After="5")
    raise error
