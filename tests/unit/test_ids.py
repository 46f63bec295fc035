"""Ids are UUIDs of version 7: they begin with the time, so that new rows sort last."""

import time
import uuid

import pytest

from oppfolging_api.kernel.ids import new_id

NANOSECONDS = 1_000_000


def test_an_id_is_a_uuid_of_version_7() -> None:
    made = uuid.UUID(new_id())
    assert (made.version, made.variant) == (7, uuid.RFC_4122)


def test_an_id_begins_with_the_millisecond_it_was_made(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(time, "time_ns", lambda: 1_700_000_000_123 * NANOSECONDS + 999_999)
    assert new_id()[:15] == "018bcfe5-687b-7"


def test_later_ids_sort_after_earlier_ones(monkeypatch: pytest.MonkeyPatch) -> None:
    made = []
    for millisecond in (0, 1, 1_700_000_000_122, 1_700_000_000_123, 4_000_000_000_000):
        monkeypatch.setattr(time, "time_ns", lambda at=millisecond: at * NANOSECONDS)
        made.append(new_id())
    assert made == sorted(made)
    assert [id[:8] for id in made] == ["00000000", "00000000", "018bcfe5", "018bcfe5", "03a35294"]


def test_ids_of_one_millisecond_differ(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(time, "time_ns", lambda: 1_700_000_000_123 * NANOSECONDS)
    assert len({new_id() for _ in range(2000)}) == 2000


def test_an_id_is_a_legal_id_of_fhir() -> None:
    made = new_id()
    assert len(made) == 36
    assert set(made) <= set("0123456789abcdef-")
