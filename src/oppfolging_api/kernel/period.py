"""FHIR dates, dateTimes and Periods as instants: https://hl7.org/fhir/R4/datatypes.html#Period

Every instant is aware and in UTC, so that comparing and subtracting are right across daylight saving. A bound without a
time of day means Norwegian days. An end lasts its year, month or day out and is given as the first instant after it; an
end with a time of day is that instant, so that one period may end as the next begins and no instant is in both.
"""

from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from oppfolging_api.kernel.clock import OSLO

_FIRST = datetime.min.replace(tzinfo=UTC)
_LAST = datetime.max.replace(tzinfo=UTC)


def covers(period: Mapping[str, Any] | None, at: datetime) -> bool:
    """Whether an instant lies in a period; what has no period, or no bound, is not bounded."""
    starts, ends = bounds(period)
    return (starts is None or starts <= at) and (ends is None or at < ends)


def bounds(period: Mapping[str, Any] | None) -> tuple[datetime | None, datetime | None]:
    """The first instant of a period and the first instant after it, None where it is open."""
    start, end = (period or {}).get("start"), (period or {}).get("end")
    return span(start)[0] if start else None, span(end)[1] if end else None


def span(text: str) -> tuple[datetime, datetime]:
    """The first instant of a FHIR date or dateTime and the first after it; for a dateTime, that instant twice.

    Raises ValueError for what is neither.
    """
    if "T" in text:
        at = _in_utc(_with_time(text))
        return at, at
    year, month, day = (*map(int, text.split("-")), 0, 0)[:3]
    first = date(year, month or 1, day or 1)
    return _midnight(first), _LAST if year == date.max.year else _midnight(_after(first, month, day))


def day_span(day: date) -> tuple[datetime, datetime]:
    """The first instant of a Norwegian day and the first after it: 23, 24 or 25 hours apart."""
    return span(day.isoformat())


def oslo_datetime(at: datetime) -> str:
    """A FHIR dateTime in Norwegian time, to the millisecond: 2026-11-22T09:00:00.000+01:00."""
    return at.astimezone(OSLO).isoformat(timespec="milliseconds")


def _after(first: date, month: int, day: int) -> date:
    """The day after the day, month (day is 0) or year (both are 0) that begins with `first`."""
    if day:
        return first + timedelta(days=1)
    return date(first.year, month + 1, 1) if 0 < month < 12 else date(first.year + 1, 1, 1)


def _midnight(day: date) -> datetime:
    return _in_utc(datetime.combine(day, time(), OSLO))


def _with_time(text: str) -> datetime:
    """R4 allows the leap second :60, which Python does not."""
    if text[17:19] == "60":
        before = _with_time(f"{text[:17]}59{text[19:]}")
        return before if before.year == date.max.year else before + timedelta(seconds=1)
    at = datetime.fromisoformat(text)
    if at.tzinfo is None:
        raise ValueError("a dateTime with a time of day has a zone")
    return at


def _in_utc(local: datetime) -> datetime:
    """Years 1 and 9999 are written for "always" and "never"; in UTC they may fall outside the calendar."""
    try:
        return local.astimezone(UTC)
    except OverflowError:
        return _FIRST if local.year == date.min.year else _LAST
