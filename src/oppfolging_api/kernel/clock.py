"""The one source of time. Stored in UTC; dates a person reads are Europe/Oslo."""

from datetime import UTC, date, datetime
from typing import Protocol
from zoneinfo import ZoneInfo

OSLO = ZoneInfo("Europe/Oslo")


class Clock(Protocol):
    def now(self) -> datetime:
        """The present instant, aware, in UTC."""
        ...


class SystemClock:
    def now(self) -> datetime:
        return datetime.now(UTC)


def instant(at: datetime) -> str:
    """A FHIR instant in UTC with milliseconds: 2026-11-22T08:00:00.000Z."""
    return f"{at.astimezone(UTC).replace(tzinfo=None).isoformat(timespec='milliseconds')}Z"


def today(clock: Clock) -> date:
    """The date in Norway."""
    return clock.now().astimezone(OSLO).date()
