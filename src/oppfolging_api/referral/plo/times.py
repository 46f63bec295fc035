"""Dates and times as senders write them. A time without an offset is Norwegian.

Each reading tells also whether it was written as XML Schema has it (https://www.w3.org/TR/xmlschema-2/#isoformats).
"""

import re
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta, timezone, tzinfo
from typing import Final

from oppfolging_api.kernel.clock import OSLO

_YEARS: Final = range(1900, 2151)
"""Others are mistakes, and would not stand a change of time zone."""

_FARTHEST: Final = timedelta(hours=14)

_DAY: Final = r"(?P<year>[0-9]{4})-(?P<month>[0-9]{1,2})-(?P<day>[0-9]{1,2})"
_HOUR: Final = r"(?P<hour>[0-9]{1,2}):(?P<minute>[0-9]{2})(?::(?P<second>[0-9]{2})(?:[.,](?P<part>[0-9]{1,12}))?)?"
_OFFSET: Final = r"(?P<offset>Z|[+-][0-9]{2}:?[0-9]{2})?"
_DATES: Final = (
    re.compile(rf"{_DAY}(?:[T ].{{0,40}}|{_OFFSET})"),
    re.compile(r"(?P<year>[0-9]{4})(?P<month>[0-9]{2})(?P<day>[0-9]{2})"),
    re.compile(r"(?P<day>[0-9]{1,2})\.(?P<month>[0-9]{1,2})\.(?P<year>[0-9]{4})"),
)
_TIMES: Final = (re.compile(rf"{_DAY}(?:[T ]{_HOUR} ?{_OFFSET})?"),)
_EXACT_DATE: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}(Z|[+-][0-9]{2}:[0-9]{2})?")
_EXACT_TIME: Final = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]+)?(Z|[+-][0-9]{2}:[0-9]{2})?"
)


def read_date(text: str) -> tuple[date | None, bool]:
    """The day, None where there is none in it; whether it was written as it should be."""
    found = _first(_DATES, text)
    read = _day(found) if found else None
    return read, bool(_EXACT_DATE.fullmatch(text))


def read_time(text: str) -> tuple[datetime | None, bool]:
    """The same for a time; a day alone is its first moment."""
    found = _first(_TIMES, text)
    read = _moment(found) if found else None
    return read, bool(_EXACT_TIME.fullmatch(text))


def _first(forms: tuple[re.Pattern[str], ...], text: str) -> Mapping[str, str | None] | None:
    matches = (form.fullmatch(text) for form in forms)
    return next((match.groupdict() for match in matches if match), None)


def _number(found: Mapping[str, str | None], name: str) -> int:
    return int(found.get(name) or "0")


def _day(found: Mapping[str, str | None]) -> date | None:
    try:
        read = date(_number(found, "year"), _number(found, "month"), _number(found, "day"))
    except ValueError:
        return None
    return read if read.year in _YEARS else None


def _moment(found: Mapping[str, str | None]) -> datetime | None:
    day = _day(found)
    part = (found.get("part") or "").ljust(6, "0")[:6]
    if day is None:
        return None
    try:
        zone = _zone(found.get("offset"))
        hour, minute, second = (_number(found, name) for name in ("hour", "minute", "second"))
        return datetime(day.year, day.month, day.day, hour, minute, second, int(part), zone)
    except ValueError:
        return None


def _zone(offset: str | None) -> tzinfo:
    """Raises ValueError for one that is no offset on earth."""
    if offset is None:
        return OSLO
    if offset == "Z":
        return UTC
    size = timedelta(hours=int(offset[1:3]), minutes=int(offset[-2:]))
    if size > _FARTHEST:
        raise ValueError("further from Greenwich than any place")
    return timezone(-size if offset[0] == "-" else size)
