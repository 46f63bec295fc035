"""A row of the access log, and the id of the event that it is."""

import uuid
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)
_NUMBERS: Final = 2**62 - 1


@dataclass(frozen=True, slots=True)
class Place:
    """Where a row stands: what its primary key says within a municipality, and so the order of all."""

    at: datetime
    number: int


@dataclass(frozen=True, slots=True)
class Logged:
    """What the row says (store.tables.AccessLog)."""

    place: Place
    municipality: str
    request: str
    issuer: str | None
    subject: str | None
    hpr: str | None
    organisation: str | None
    roles: tuple[str, ...]
    purpose: str | None
    interaction: str
    status: int
    what: tuple[str, ...]
    person: str | None
    client: str | None


def event_id(place: Place) -> str:
    """A UUID of version 8 (RFC 9562 section 5.8) that holds the whole place: the microsecond in 60 bits, the number in
    62. So a row is found by its key, and an event has the same id for ever."""
    moment = (place.at - _EPOCH) // _MICROSECOND
    value = (moment >> 12) << 80 | 8 << 76 | (moment & 0xFFF) << 64 | 2 << 62 | place.number
    return str(uuid.UUID(int=value))


def place_of(id: str) -> Place | None:
    """None for what is the id of no event."""
    try:
        value = uuid.UUID(id).int
        moment = (value >> 80) << 12 | (value >> 64) & 0xFFF
        found = Place(_EPOCH + moment * _MICROSECOND, value & _NUMBERS)
    except (ValueError, OverflowError):
        return None
    return found if event_id(found) == id else None
