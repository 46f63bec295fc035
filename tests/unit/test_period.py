from datetime import UTC, date, datetime
from typing import Any

import pytest

from oppfolging_api.kernel.period import bounds, covers, day_span, oslo_datetime, span


def utc(year: int, month: int, day: int, hour: int = 0, minute: int = 0, second: int = 0, micro: int = 0) -> datetime:
    return datetime(year, month, day, hour, minute, second, micro, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "first", "after"),
    [
        ("2026", utc(2025, 12, 31, 23), utc(2026, 12, 31, 23)),
        ("2026-02", utc(2026, 1, 31, 23), utc(2026, 2, 28, 23)),
        ("2026-12", utc(2026, 11, 30, 23), utc(2026, 12, 31, 23)),
        ("2026-11-22", utc(2026, 11, 21, 23), utc(2026, 11, 22, 23)),
        ("2024-02-29", utc(2024, 2, 28, 23), utc(2024, 2, 29, 23)),
        ("2026-07-01", utc(2026, 6, 30, 22), utc(2026, 7, 1, 22)),
        ("2026-12-31", utc(2026, 12, 30, 23), utc(2026, 12, 31, 23)),
    ],
    ids=["year", "month", "december", "day", "leap day", "summer day", "last day of a year"],
)
def test_a_partial_date_is_the_whole_of_its_norwegian_unit(text: str, first: datetime, after: datetime) -> None:
    assert span(text) == (first, after)


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("2026-11-22T09:00:00+01:00", utc(2026, 11, 22, 8)),
        ("2026-11-22T08:00:00Z", utc(2026, 11, 22, 8)),
        ("2026-11-22T08:00:00.123Z", utc(2026, 11, 22, 8, 0, 0, 123_000)),
        ("2026-11-22T08:00:00.123456789Z", utc(2026, 11, 22, 8, 0, 0, 123_456)),
        ("2016-12-31T23:59:60Z", utc(2017, 1, 1)),
    ],
    ids=["oslo", "zulu", "milliseconds", "nanoseconds", "leap second"],
)
def test_a_date_with_a_time_is_one_instant(text: str, at: datetime) -> None:
    assert span(text) == (at, at)


@pytest.mark.parametrize("text", ["", "2026-13", "2026-02-30", "2026-11-22T09:00:00", "2026-11-22T09:00:60", "soon"])
def test_what_is_no_fhir_date_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        span(text)


@pytest.mark.parametrize(
    ("text", "hours"), [("2026-03-29", 23), ("2026-10-25", 25), ("2026-11-22", 24)], ids=["spring", "autumn", "other"]
)
def test_a_day_is_as_long_as_the_clocks_make_it(text: str, hours: int) -> None:
    first, after = span(text)
    assert (after - first).total_seconds() == hours * 3600
    assert day_span(date.fromisoformat(text)) == (first, after)


@pytest.mark.parametrize(
    ("period", "expected"),
    [
        (None, (None, None)),
        ({}, (None, None)),
        ({"start": "2026-11-01"}, (utc(2026, 10, 31, 23), None)),
        ({"end": "2026-11-30"}, (None, utc(2026, 11, 30, 23))),
        ({"start": "2026-03", "end": "2026-03"}, (utc(2026, 2, 28, 23), utc(2026, 3, 31, 22))),
        (
            {"start": "2026-06-01T10:00:00+02:00", "end": "2026-06-01T12:00:00+02:00"},
            (utc(2026, 6, 1, 8), utc(2026, 6, 1, 10)),
        ),
    ],
    ids=["none", "empty", "open end", "open start", "month with a clock change", "instants"],
)
def test_the_bounds_of_a_period(
    period: dict[str, Any] | None, expected: tuple[datetime | None, datetime | None]
) -> None:
    assert bounds(period) == expected


@pytest.mark.parametrize(
    ("period", "at", "covered"),
    [
        (None, utc(2026, 11, 22), True),
        ({"end": "2026-11-22"}, utc(2026, 11, 22, 22, 59, 59), True),
        ({"end": "2026-11-22"}, utc(2026, 11, 22, 23), False),
        ({"end": "2026-07-01"}, utc(2026, 7, 1, 21, 59, 59), True),
        ({"end": "2026-07-01"}, utc(2026, 7, 1, 22), False),
        ({"start": "2026-11-22"}, utc(2026, 11, 21, 22, 59, 59), False),
        ({"start": "2026-11-22"}, utc(2026, 11, 21, 23), True),
        ({"end": "2026-11-22T09:00:00+01:00"}, utc(2026, 11, 22, 7, 59, 59), True),
        ({"end": "2026-11-22T09:00:00+01:00"}, utc(2026, 11, 22, 8), False),
        ({"start": "2026-11-22T09:00:00+01:00"}, utc(2026, 11, 22, 8), True),
        ({"end": "2026-11"}, utc(2026, 11, 30, 22), True),
        ({"end": "2026"}, utc(2026, 12, 31, 23), False),
    ],
)
def test_what_a_period_covers(period: dict[str, Any] | None, at: datetime, covered: bool) -> None:
    assert covers(period, at) is covered


def test_in_the_hour_that_comes_twice_the_offset_decides() -> None:
    period = {"start": "2026-10-25T02:30:00+02:00", "end": "2026-10-25T02:10:00+01:00"}
    assert covers(period, utc(2026, 10, 25, 0, 45))
    assert not covers(period, utc(2026, 10, 25, 1, 15))


@pytest.mark.parametrize(
    "period",
    [
        {"start": "0001-01-01", "end": "9999-12-31"},
        {"start": "0001", "end": "9999"},
        {"start": "0001-01-01T00:00:00+01:00", "end": "9999-12-31T23:59:59-01:00"},
    ],
)
def test_the_ends_of_the_calendar_mean_always_and_never(period: dict[str, str]) -> None:
    assert covers(period, utc(2026, 11, 22))


@pytest.mark.parametrize(
    ("at", "text"),
    [
        (utc(2026, 11, 22, 8), "2026-11-22T09:00:00.000+01:00"),
        (utc(2026, 7, 1, 8, 0, 0, 123_999), "2026-07-01T10:00:00.123+02:00"),
        (utc(2026, 10, 25, 0, 30), "2026-10-25T02:30:00.000+02:00"),
        (utc(2026, 10, 25, 1, 30), "2026-10-25T02:30:00.000+01:00"),
    ],
    ids=["winter", "summer", "before the clocks go back", "after"],
)
def test_an_instant_is_written_with_the_norwegian_offset(at: datetime, text: str) -> None:
    assert oslo_datetime(at) == text
