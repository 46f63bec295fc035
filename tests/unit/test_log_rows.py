"""What a row of the access log says, and how rows of concurrent requests share one insert."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, cast

import asyncpg
import pytest

from oppfolging_api.access.access_log import AccessLog, Trace
from oppfolging_api.kernel.caller import Caller, Role
from oppfolging_api.kernel.errors import Unavailable

AT = datetime(2026, 11, 22, 8, tzinfo=UTC)
NURSE = Caller(
    "9901",
    frozenset({Role.TEAM, Role.COORDINATOR}),
    "https://issuer.example",
    "somebody",
    hpr="9900001",
    organisation="999999999",
    pid_key="pid|secret",
)
WHO = {
    "municipality": "9901",
    "at": AT,
    "request": "r1",
    "issuer": "https://issuer.example",
    "subject": "somebody",
    "hpr": "9900001",
    "organisation": "999999999",
    "roles": ["coordinator", "team"],
    "interaction": "search_type",
    "status": 200,
}


def test_a_row_says_who_did_what_about_whom_and_when() -> None:
    trace = Trace("r1", "search_type", NURSE)
    trace.touch("Goal", "g1", "p1")
    assert trace.rows(AT, 200) == [WHO | {"type": "Goal", "id": "g1", "person": "p1"}]


def test_each_person_touched_has_a_row_and_only_one() -> None:
    trace = Trace("r1", "search_type", NURSE)
    for person in ("p1", "p2", "p1", "p2", "p3"):
        trace.touch("Goal", None, person)
    assert [(row["type"], row["id"], row["person"]) for row in trace.rows(AT, 200)] == [
        ("Goal", None, "p1"),
        ("Goal", None, "p2"),
        ("Goal", None, "p3"),
    ]


def test_a_request_that_reached_nothing_has_a_row_of_what_it_asked_for() -> None:
    trace = Trace("r1", "search_type", NURSE, asked=("Goal", None))
    assert trace.rows(AT, 200) == [WHO | {"type": "Goal", "id": None, "person": None}]


def test_a_request_without_a_caller_has_a_row_too() -> None:
    assert Trace("r1", "read").rows(AT, 401) == [
        {
            "municipality": "",
            "at": AT,
            "request": "r1",
            "issuer": None,
            "subject": None,
            "hpr": None,
            "organisation": None,
            "roles": [],
            "interaction": "read",
            "status": 401,
            "type": None,
            "id": None,
            "person": None,
        }
    ]


class Pool:
    """Keeps what is inserted; each insert waits until it is let go, and may fail."""

    def __init__(self) -> None:
        self.inserts: list[list[str]] = []
        self.open = asyncio.Event()
        self.open.set()
        self.failure: Exception | None = None
        self.poison: tuple[str, Exception] | None = None

    async def executemany(self, _statement: str, rows: Sequence[tuple[Any, ...]]) -> None:
        requests = [row[2] for row in rows]
        self.inserts.append(requests)
        await self.open.wait()
        if self.failure is not None:
            raise self.failure
        if self.poison is not None and self.poison[0] in requests:
            raise self.poison[1]


def log_into(pool: Pool) -> AccessLog:
    return AccessLog(cast(asyncpg.Pool, pool))


def rows(request: str) -> list[dict[str, Any]]:
    return Trace(request, "read", NURSE).rows(AT, 200)


async def outcomes(log: AccessLog, *requests: str) -> list[str]:
    answers = await asyncio.gather(*(log.append(rows(request)) for request in requests), return_exceptions=True)
    return [type(answer).__name__ for answer in answers]


async def test_what_arrives_while_an_insert_is_under_way_goes_together_into_the_next() -> None:
    pool = Pool()
    pool.open.clear()
    log = log_into(pool)
    first = asyncio.create_task(log.append(rows("1")))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    others = [asyncio.create_task(log.append(rows(str(n)))) for n in range(2, 51)]
    await asyncio.sleep(0)
    assert not first.done()
    pool.open.set()
    await asyncio.gather(first, *others)
    assert pool.inserts == [["1"], [str(n) for n in range(2, 51)]]


async def test_nobody_is_answered_before_the_row_is_there() -> None:
    pool = Pool()
    pool.open.clear()
    waiting = asyncio.create_task(log_into(pool).append(rows("1")))
    await asyncio.sleep(0.02)
    assert not waiting.done()
    pool.open.set()
    await waiting


@pytest.mark.parametrize(
    "failure",
    [
        OSError(),
        TimeoutError(),
        asyncpg.InsufficientPrivilegeError(),
        asyncpg.InterfaceError("pool is closed"),
        RuntimeError("what nobody thought of"),
    ],
)
async def test_where_rows_cannot_be_written_everybody_who_waits_is_refused(failure: Exception) -> None:
    pool = Pool()
    pool.failure = failure
    log = log_into(pool)
    async with asyncio.timeout(5):
        assert await outcomes(log, "1", "2", "3") == ["Unavailable"] * 3
    pool.failure = None
    assert await outcomes(log, "4") == ["NoneType"]


async def test_the_refusal_says_when_to_come_back() -> None:
    pool = Pool()
    pool.failure = OSError()
    with pytest.raises(Unavailable) as refused:
        await log_into(pool).append(rows("1"))
    assert refused.value.status == 503
    assert refused.value.headers == {"Retry-After": "5"}


@pytest.mark.parametrize("error", [asyncpg.CharacterNotInRepertoireError(), ValueError()])
async def test_a_row_that_cannot_be_stored_takes_nobody_elses_with_it(error: Exception) -> None:
    pool = Pool()
    pool.poison = ("2", error)
    assert await outcomes(log_into(pool), "1", "2", "3") == ["NoneType", "Unavailable", "NoneType"]
    assert pool.inserts == [["1", "2", "3"], ["1"], ["2"], ["3"]]


async def test_who_has_left_keeps_nobody_from_being_answered() -> None:
    pool = Pool()
    pool.open.clear()
    log = log_into(pool)
    leaving, staying = (asyncio.create_task(log.append(rows(name))) for name in ("leaving", "staying"))
    await asyncio.sleep(0.01)
    leaving.cancel()
    pool.open.set()
    await staying
    assert leaving.cancelled()
    assert pool.inserts == [["leaving", "staying"]]
