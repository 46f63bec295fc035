"""What the records say is to be done, and how the Tasks there are differ from it: the statement of the worklist on rows
put in by their owner, asked as the application."""

# ruff: noqa: S608 (the names of tables stand in the tests)

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import TYPE_CHECKING, Any

import asyncpg
import pytest
from sqlalchemy import make_url

from oppfolging_api.access import policy
from oppfolging_api.kernel.caller import Caller, Role
from oppfolging_api.store.database import Database, Urls
from oppfolging_api.store.statements import Statements
from oppfolging_api.worklist.differences import Difference, Given, differences, statement
from oppfolging_api.worklist.rules import TABLE

if TYPE_CHECKING:
    from conftest import Databases

UNIT_KEY = "type=https://oppfolging.example/fhir/CodeSystem/service-type|coordinating-unit"
SENT = datetime(2026, 11, 18, 8, 0, 0, 250_000, tzinfo=UTC)
NOW = datetime(2026, 11, 22, 8, 0, 0, 250_000, tzinfo=UTC)
"""96 hours later."""
MOMENT = timedelta(milliseconds=1)
TOLD = "Communication/told"
NOT_TAKEN = "Avsenderens system har ikke tatt imot tilbakemeldingen: "
_CODES = count(6000)


@dataclass
class Records:
    """A municipality of its own, with its coordinating unit."""

    owner: asyncpg.Connection
    sql: Statements
    code: str = field(default_factory=lambda: str(next(_CODES)))

    async def insert(self, table: str, **values: Any) -> None:
        columns = {"municipality": self.code} | values
        places = ", ".join(f"${n}" for n in range(1, len(columns) + 1))
        await self.owner.execute(f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({places})", *columns.values())

    async def found(self, type: str, id: str, *, kinds: Sequence[str] = (), keys: Sequence[str] = ()) -> None:
        about = {"updated": SENT, "deleted": False, "kinds": list(kinds), "keys": list(keys)}
        await self.insert("find", type=type, id=id, **about)

    async def referred(self, referral: str = "r", person: str = "jan", *, as_message: bool = True) -> None:
        course = {"referral": referral, "person": person, "status": "completed", "received": SENT}
        await self.insert("referral_course", id=referral, **course)
        receipt = {"sender": "gp", "message_id": referral, "digest": b"", "hears_outcome": True, "received": SENT}
        envelope = {"envelope": "e"} if as_message else {}
        await self.insert("referral_receipt", referral=referral, **receipt, **envelope)

    async def told(self, sent: datetime | None = SENT, referral: str = "r", **fate: Any) -> None:
        """Feedback that went out: `received` or `refused` is its fate."""
        await self.insert("feedback_link", id="told", referral=referral, sent=sent, **fate)

    async def task(self, since: datetime = SENT, **state: Any) -> None:
        """One of the worklist about the feedback."""
        row = {"code": "feedback-undelivered", "focus": TOLD, "owner": "Organization/unit", "open": True}
        await self.insert("work", id="task", since=since, **row | {"settled": False} | state)

    async def differences(
        self, *, at: datetime = NOW, people: Sequence[str] = ("jan",), focuses: Sequence[str] = (), hours: int = 96
    ) -> list[Difference]:
        await self.sql.rows("SELECT set_config('oppfolging.municipality', :code, true)", {"code": self.code})
        return await differences(self.sql.rows, TABLE, Given(self.code, people, focuses, at, UNIT_KEY, hours))


@pytest.fixture(scope="session")
def url(databases: "Databases") -> str:
    """Of a database in which rows stand that no resource gave."""
    return databases.migrated()


@pytest.fixture
async def records(url: str) -> AsyncIterator[Records]:
    owner = await asyncpg.connect(make_url(url).set(drivername="postgresql").render_as_string(hide_password=False))
    caller = Caller("6000", frozenset({Role.SYSTEM}), "urn:test", "test")
    async with Database.open(Urls(url, url, url), 1) as database, database.enter(policy.entry(caller, NOW)) as sql:
        made = Records(owner, sql)
        await made.found("Organization", "unit", keys=[UNIT_KEY])
        yield made
    await owner.close()


async def test_feedback_that_nobody_receipts_for_in_time_is_to_be_seen_to(records: Records) -> None:
    await records.referred()
    await records.told()
    await records.found("Communication", "told", kinds=["mental-health", "third-party"])
    assert await records.differences(at=NOW - MOMENT) == []
    assert await records.differences() == [
        Difference(
            code="feedback-undelivered",
            id=None,
            wanted=True,
            person="jan",
            focus=TOLD,
            owner="Organization/unit",
            since=SENT,
            due=NOW,
            detail=None,
            kinds=["mental-health", "third-party"],
        )
    ]


async def test_what_was_rejected_is_so_at_once_and_says_why(records: Records) -> None:
    await records.referred()
    await records.told(refused="E21 Mottaker finnes ikke")
    at = SENT + timedelta(minutes=1)
    (found,) = await records.differences(at=at)
    assert (found.since, found.due, found.detail) == (SENT, at, f"{NOT_TAKEN}E21 Mottaker finnes ikke")


async def test_what_was_rejected_before_it_says_it_was_sent_is_due_no_sooner(records: Records) -> None:
    await records.referred()
    await records.told(NOW + timedelta(days=1), refused="E21")
    (found,) = await records.differences()
    assert found.since == found.due == NOW + timedelta(days=1)


@pytest.mark.parametrize(
    "fate",
    [{"received": NOW - MOMENT}, {"received": NOW - MOMENT, "refused": "E21"}, {"sent": None}],
    ids=["received", "received after it was rejected", "not sent"],
)
@pytest.mark.parametrize("open", [True, False])
async def test_what_was_received_or_not_yet_sent_is_done_with(
    records: Records, fate: dict[str, Any], open: bool
) -> None:
    await records.referred()
    await records.told(**fate)
    await records.task(open=open)
    found = [(one.id, one.wanted, one.person, one.focus) for one in await records.differences()]
    assert found == ([("task", False, "jan", TOLD)] if open else [])


async def test_what_was_reported_by_the_form_is_read_and_not_sent(records: Records) -> None:
    await records.referred(as_message=False)
    await records.told()
    assert await records.differences(at=NOW + timedelta(days=1)) == []


async def test_the_task_of_feedback_that_is_gone_is_found_by_it(records: Records) -> None:
    await records.task()
    (found,) = await records.differences(focuses=[TOLD])
    assert (found.id, found.wanted, found.person) == ("task", False, None)


async def test_feedback_is_found_by_itself_as_by_the_person_of_its_referral(records: Records) -> None:
    await records.referred()
    await records.told()
    by_person, by_itself = await records.differences(), await records.differences(people=[], focuses=[TOLD])
    assert [one.person for one in by_person] == ["jan"]
    assert by_itself == by_person
    assert await records.differences(people=["kari"], focuses=["Communication/other", "CareTeam/told"]) == []


async def test_one_word_on_the_referrals_of_two_people_is_one_thing_to_do(records: Records) -> None:
    for referral, person in (("r", "jan"), ("s", "kari")):
        await records.referred(referral, person)
        await records.told(referral=referral)
    for people in (["jan", "kari"], ["kari", "jan"]):
        assert [one.person for one in await records.differences(people=people)] == ["jan"]
    await records.task()
    for people in (["jan"], ["kari"]):
        assert await records.differences(people=people) == []


async def test_a_referral_that_two_people_have_is_of_the_one_asked_about(records: Records) -> None:
    """Whose record is held."""
    await records.referred(person="kari")
    course = {"referral": "r", "person": "jan", "status": "completed", "received": SENT}
    await records.insert("referral_course", id="again", **course)
    await records.told()
    assert [one.person for one in await records.differences(people=["kari"])] == ["kari"]
    assert [one.person for one in await records.differences(people=["jan"])] == ["jan"]


@pytest.mark.parametrize("person", ["jan", None])
async def test_a_task_that_is_found_in_two_ways_is_told_of_once(records: Records, person: str | None) -> None:
    await records.referred()
    await records.told(received=NOW)
    await records.task(person=person)
    found = [(one.id, one.person) for one in await records.differences(people=["jan", "jan"], focuses=[TOLD, TOLD])]
    assert found == [("task", "jan")]


@pytest.mark.parametrize(
    ("state", "told_apart"),
    [
        ({}, False),
        ({"open": False}, False),
        ({"open": False, "owner": "Organization/other"}, False),
        ({"open": False, "settled": True}, True),
        ({"owner": "Organization/other"}, True),
        ({"owner": None}, True),
        ({"detail": "E21"}, True),
    ],
    ids=["as wanted", "ended by hand", "another's, ended by hand", "settled", "another's", "nobody's", "says more"],
)
async def test_a_task_that_is_there_is_changed_only_where_it_is_not_as_wanted(
    records: Records, state: dict[str, Any], told_apart: bool
) -> None:
    await records.referred()
    await records.told()
    await records.task(**state)
    found = [(one.id, one.wanted, one.owner, one.detail) for one in await records.differences()]
    assert found == ([("task", True, "Organization/unit", None)] if told_apart else [])


async def test_another_occasion_is_another_task(records: Records) -> None:
    await records.referred()
    await records.told()
    await records.task(SENT - timedelta(days=5))
    found = [(one.id, one.wanted, one.since) for one in await records.differences()]
    assert found == [("task", False, SENT - timedelta(days=5)), (None, True, SENT)]


async def test_less_than_a_millisecond_makes_no_other_occasion(records: Records) -> None:
    """A Task keeps no more of when it was."""
    await records.referred()
    await records.told(SENT + timedelta(microseconds=999))
    await records.task(SENT)
    assert await records.differences(at=NOW + MOMENT) == []


async def test_another_municipality_makes_no_difference(records: Records) -> None:
    other = Records(records.owner, records.sql)
    await other.referred()
    await other.told()
    await other.task()
    assert await records.differences(focuses=[TOLD]) == []
    assert [one.owner for one in await other.differences()] == [None]


async def test_hours_are_hours_when_the_clocks_are_turned(records: Records) -> None:
    """The night to 25 October 2026 is an hour longer in Norway."""
    sent = datetime(2026, 10, 24, 22, 0, tzinfo=UTC)
    await records.referred()
    await records.told(sent)
    await records.sql.rows("SET LOCAL TIME ZONE 'Europe/Oslo'")
    assert await records.differences(at=datetime(2026, 10, 25, 21, 59, tzinfo=UTC), hours=24) == []
    (found,) = await records.differences(at=datetime(2026, 10, 25, 22, 0, tzinfo=UTC), hours=24)
    assert found.due == datetime(2026, 10, 25, 22, 0, tzinfo=UTC)


async def test_the_statement_goes_by_indexes_whatever_is_known_of_the_tables(records: Records) -> None:
    await records.sql.rows("SET LOCAL enable_seqscan = off")
    given = Given(records.code, ["jan"], [TOLD], NOW, UNIT_KEY, 96)
    named = given.named | {"codes": [rule.code.value for rule in TABLE]}
    plan = [row[0] for row in await records.sql.rows(f"EXPLAIN {statement(TABLE)}", named)]
    assert [line for line in plan if "Seq Scan" in line] == []
