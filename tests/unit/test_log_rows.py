"""What a row of the access log says, and how rows of concurrent requests share one insert."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, cast

import asyncpg
import pytest

from oppfolging_api.access.access_log import PURPOSES, AccessLog, Trace, loggable, purpose_of
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
    client="journal 889640782",
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
    "purpose": "TREAT",
    "interaction": "search_type",
    "status": 200,
    "client": "journal 889640782",
}


def test_a_row_says_who_did_what_about_whom_and_when() -> None:
    trace = Trace("r1", "search_type", NURSE)
    trace.touch("Goal", "g1", "p1")
    assert trace.rows(AT, 200) == [WHO | {"what": ["Goal/g1"], "person": "p1"}]


def what_about_whom(trace: Trace) -> list[tuple[list[str], str | None]]:
    return [(row["what"], row["person"]) for row in trace.rows(AT, 200)]


def test_each_person_touched_has_one_row_of_all_that_was_touched_in_order() -> None:
    trace = Trace("r1", "search_type", NURSE)
    for type, id, person in (
        ("Goal", "g2", "p1"),
        ("Task", None, "p2"),
        ("Goal", "g1", "p1"),
        ("CarePlan", None, "p1"),
        ("Goal", "g2", "p1"),
    ):
        trace.touch(type, id, person)
    assert what_about_whom(trace) == [(["CarePlan", "Goal/g1", "Goal/g2"], "p1"), (["Task"], "p2")]


def test_what_is_about_nobody_has_a_row_of_its_own() -> None:
    trace = Trace("r1", "search_type", NURSE)
    trace.touch("Goal", None, "p1")
    trace.touch("Practitioner", "d1", None)
    trace.touch("Organization", "o1", None)
    assert what_about_whom(trace) == [(["Goal"], "p1"), (["Organization/o1", "Practitioner/d1"], None)]


def test_past_a_thousand_resources_a_row_names_their_types_only() -> None:
    full, overfull = Trace("r1", "transaction", NURSE), Trace("r1", "transaction", NURSE)
    for trace, count in ((full, 1000), (overfull, 1001)):
        for number in range(count):
            trace.touch(("Goal", "Task")[number % 2], str(number), "p1")
    ((listed, _),) = what_about_whom(full)
    assert len(listed) == 1000
    assert listed[0] == "Goal/0"
    assert what_about_whom(overfull) == [(["Goal", "Task"], "p1")]


def test_a_request_that_reached_nothing_has_a_row_of_what_it_asked_for() -> None:
    trace = Trace("r1", "search_type", NURSE, asked=("Goal", None))
    assert trace.rows(AT, 200) == [WHO | {"what": ["Goal"], "person": None}]
    assert what_about_whom(Trace("r1", "read", NURSE, asked=("Goal", "g1"))) == [(["Goal/g1"], None)]
    assert what_about_whom(Trace("r1", "read", NURSE, asked=(None, None))) == [([], None)]


def test_who_asks_for_a_person_has_asked_about_them_whether_they_were_shown_or_not() -> None:
    assert what_about_whom(Trace("r1", "read", NURSE, asked=("Patient", "p1"))) == [(["Patient/p1"], "p1")]
    assert what_about_whom(Trace("r1", "search_type", NURSE, asked=("Patient", None))) == [(["Patient"], None)]


def test_who_is_asked_about_has_a_row_also_where_they_were_not_reached() -> None:
    """One row a person: who was reached has it already."""
    trace = Trace("r1", "search_type", NURSE, asked=("PractitionerRole", None))
    trace.seek_about("PractitionerRole", "p1")
    trace.seek_about("PractitionerRole", "p2")
    trace.touch("PractitionerRole", None, None)
    trace.touch("Goal", "g1", "p2")
    assert what_about_whom(trace) == [
        (["PractitionerRole"], None),
        (["Goal/g1"], "p2"),
        (["PractitionerRole"], "p1"),
    ]


def test_who_is_asked_about_among_several_types_is_named_as_what_was_asked_for() -> None:
    trace = Trace("r1", "search_system", NURSE)
    trace.seek_about(None, "p1")
    assert what_about_whom(trace) == [(["Patient/p1"], "p1")]


def test_the_entries_of_a_bundle_ask_as_an_address_does() -> None:
    missed, reached = (Trace("r1", "transaction", NURSE) for _ in range(2))
    for trace in (missed, reached):
        trace.seek("Patient", "p1")
        trace.seek("Goal", "g1")
        trace.seek(None, "x1")
    reached.touch("Goal", "g1", "p1")
    assert what_about_whom(missed) == [(["Patient/p1"], "p1")]
    assert what_about_whom(reached) == [(["Goal/g1"], "p1")]


@pytest.mark.parametrize(
    "id",
    [
        "018bcfe5-687b-7000-8000-000000000001",
        "018BCFE5-687B-7000-8000-01483701234F",
        "1",
        "pas-4711",
        "1" * 12,
        "a" * 63 + "1",
    ],
)
def test_an_id_that_was_asked_by_is_logged(id: str) -> None:
    assert loggable(id) == id


@pytest.mark.parametrize(
    "id",
    [
        "",
        "kari.nordmann",
        "Nordmann-Kari",
        "14837012345",
        "148370-12345",
        "148370.12345",
        "kari14837012345",
        "14837012345-018bcfe5",
        "1" * 65,
        "kari 1",
        "kåri1",
        "\u212aari1",
        "1\n",
    ],
)
def test_what_may_be_a_name_or_a_number_that_somebody_typed_is_not_logged(id: str) -> None:
    assert loggable(id) is None
    trace = Trace("r1", "read", NURSE, asked=("Goal", None))
    trace.seek("Patient", id)
    trace.seek_about("Goal", id)
    assert what_about_whom(trace) == [(["Patient"], None)]


def test_the_purpose_follows_from_the_role() -> None:
    told = {role: purpose_of([role]) for role in Role}
    assert told == {
        Role.COORDINATOR: "TREAT",
        Role.TEAM: "TREAT",
        Role.COORDINATING_UNIT: "COC",
        Role.CASE_MEMBER: "COC",
        Role.LEADER: "COC",
        Role.REFERRER: "COC",
        Role.SYSTEM: "RECORDMGT",
        Role.PERSON: "PATRQT",
    }
    assert set(PURPOSES) == set(Role)


def test_of_several_roles_the_one_nearest_to_the_person_says_why() -> None:
    assert purpose_of(["coordinating-unit", "team", "person"]) == "TREAT"
    assert purpose_of(["person", "leader"]) == "COC"
    assert purpose_of([]) is None


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
            "purpose": None,
            "interaction": "read",
            "status": 401,
            "what": [],
            "person": None,
            "client": None,
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
