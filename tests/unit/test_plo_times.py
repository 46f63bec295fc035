from datetime import UTC, date, datetime

import pytest

from oppfolging_api.referral.plo.times import read_date, read_time


@pytest.mark.parametrize(
    ("text", "read", "exact"),
    [
        ("1991-12-04", date(1991, 12, 4), True),
        ("1991-12-04+01:00", date(1991, 12, 4), True),
        ("1991-12-04Z", date(1991, 12, 4), True),
        ("1991-12-4", date(1991, 12, 4), False),
        ("1991-1-4", date(1991, 1, 4), False),
        ("19911204", date(1991, 12, 4), False),
        ("04.12.1991", date(1991, 12, 4), False),
        ("1991-12-04T00:00:00", date(1991, 12, 4), False),
        ("2024-02-29", date(2024, 2, 29), True),
        ("2023-02-29", None, True),
        ("1899-12-31", None, True),
        ("2151-01-01", None, True),
        ("91-12-04", None, False),
        ("1991-12", None, False),
        ("1991-12-04 " + "x" * 50, None, False),
        ("", None, False),
    ],
)
def test_a_day(text: str, read: date | None, exact: bool) -> None:
    assert read_date(text) == (read, exact)


@pytest.mark.parametrize(
    ("text", "utc", "exact"),
    [
        ("2026-11-22T09:30:00", datetime(2026, 11, 22, 8, 30, tzinfo=UTC), True),
        ("2026-07-01T09:30:00", datetime(2026, 7, 1, 7, 30, tzinfo=UTC), True),
        ("2026-11-22T09:30:00Z", datetime(2026, 11, 22, 9, 30, tzinfo=UTC), True),
        ("2026-11-22T09:30:00-03:30", datetime(2026, 11, 22, 13, 0, tzinfo=UTC), True),
        ("2025-05-13T11:51:01.5833859Z", datetime(2025, 5, 13, 11, 51, 1, 583385, tzinfo=UTC), True),
        ("2025-05-13T11:51:01.5", datetime(2025, 5, 13, 9, 51, 1, 500000, tzinfo=UTC), True),
        ("2026-11-22T9:30", datetime(2026, 11, 22, 8, 30, tzinfo=UTC), False),
        ("2026-11-22 09:30:00 +0100", datetime(2026, 11, 22, 8, 30, tzinfo=UTC), False),
        ("2026-11-22", datetime(2026, 11, 21, 23, 0, tzinfo=UTC), False),
    ],
)
def test_a_time(text: str, utc: datetime, exact: bool) -> None:
    read, as_written = read_time(text)
    assert read is not None
    assert (read.astimezone(UTC), as_written) == (utc, exact)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "2026-11-22T",
        "2026-11-31T09:30:00",
        "2026-11-22T24:00:00",
        "2026-11-22T09:60:00",
        "2026-11-22T09:30:00+15:00",
        "2026-11-22T09:30:00+99:99",
        "0001-01-01T00:00:00",
        "9999-12-31T23:59:59-12:00",
        "20261122T093000",
        "i går",
    ],
)
def test_no_time(text: str) -> None:
    assert read_time(text)[0] is None
