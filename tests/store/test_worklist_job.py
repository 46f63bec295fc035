"""The day's run makes the worklist what the records call for: once for each, whoever else is at it."""

# ruff: noqa: S608 (the names of tables stand here)

import asyncio
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack
from dataclasses import replace
from typing import Any

import pytest

from oppfolging_api.fhir.writer import writing
from oppfolging_api.kernel.vocabulary import Worklist
from oppfolging_api.settings import Settings
from oppfolging_api.worklist import batch, job
from oppfolging_api.worklist.batch import Done, Town
from oppfolging_api.worklist.differences import differences
from oppfolging_api.worklist.putting_right import put_right
from oppfolging_api.worklist.rules import TABLE, Rule
from oppfolging_api.worklist.tasks import work_task
from worklist_world import HOURS, Place, placed, told, until

LEFT_BEHIND = ("resource_version", "find", "find_string", "find_date", "find_quantity", "outbox", "assignment", "work")
"""Tables that a write of a Task may leave rows in."""


@pytest.fixture(scope="session")
async def place(settings: Settings) -> AsyncIterator[Place]:
    """Shared: each test works in a municipality of its own."""
    async with AsyncExitStack() as stack:
        yield await placed(stack, settings)


def about_people(monkeypatch: pytest.MonkeyPatch) -> Rule:
    """A rule whose Tasks are about the person, too, as the only one."""
    rule = replace(TABLE[0], code=Worklist.PSFS_DUE, about_person=True)
    monkeypatch.setattr(batch, "TABLE", (rule,))
    monkeypatch.setattr(batch, "BY_CODE", {rule.code.value: rule})
    return rule


# What it makes


async def test_what_is_wanted_is_made_and_what_is_settled_is_closed(place: Place) -> None:
    await place.owner.fill("6101", 3)
    assert await place.work("6101") == Done(people=3, made=3)
    await place.owner.sql(
        "UPDATE feedback_link SET received = $1 WHERE municipality = '6101' AND id <> 'c000002'", place.clock.at
    )
    await place.owner.sql("UPDATE feedback_link SET refused = 'Ukjent' WHERE municipality = '6101' AND id = 'c000002'")
    assert await place.work("6101") == Done(people=3, settled=2, moved=1)
    assert await place.owner.sql(
        "SELECT focus, open, settled, detail FROM work WHERE municipality = '6101' ORDER BY 1"
    ) == [
        ("Communication/c000001", False, True, None),
        ("Communication/c000002", True, False, "Avsenderens system har ikke tatt imot tilbakemeldingen: Ukjent"),
        ("Communication/c000003", False, True, None),
    ]


async def test_twice_makes_nothing_more(place: Place) -> None:
    await place.owner.fill("6102", 5)
    assert await place.work("6102") == Done(people=5, made=5)
    assert await place.work("6102") == Done(people=5)
    assert await place.owner.sql("SELECT count(*) FROM resource_version WHERE municipality = '6102'") == [(5,)]


async def written_by_the_writer(place: Place, code: str, person: str, rule: Rule) -> None:
    town = Town(place.server, code, HOURS)
    async with writing(town.context()) as writer:
        await writer.hold(person)
        for one in await differences(writer.ask, (rule,), town.given([person], writer.at)):
            await put_right(one, rule, writer)


async def left_behind(place: Place, code: str) -> dict[str, list[str]]:
    """All rows of Tasks, where each is named by what it is about, but for when they were written by the database."""
    found = await place.owner.sql("SELECT id, focus FROM work WHERE municipality = $1", code)
    names = {id: f"of-{focus}" for id, focus in found}
    other = "'{municipality,transaction,number,at,request}'::text[]"
    rows: dict[str, list[str]] = {}
    for table in LEFT_BEHIND:
        body = "|| jsonb_build_object('body', convert_from(body, 'UTF8'))" if table == "resource_version" else ""
        statement = (
            f"SELECT ((to_jsonb(t) {body}) - {other})::text FROM {table} t WHERE municipality = $1 AND id = ANY($2)"
        )
        rows[table] = named(await place.owner.sql(statement, code, list(names)), names)
    logged = f"SELECT (to_jsonb(l) - {other})::text FROM access_log l WHERE municipality = $1"
    rows["access_log"] = named(await place.owner.sql(logged, code), names)
    return rows


def named(rows: Sequence[tuple[str]], names: dict[str, str]) -> list[str]:
    texts = [row[0] for row in rows]
    for id, name in names.items():
        texts = [text.replace(id, name) for text in texts]
    return sorted(texts)


@pytest.mark.parametrize("about", ["nobody", "a person"])
async def test_the_job_leaves_what_the_writer_leaves(about: str, place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every row of every table, bodies and the access log among them."""
    rule = about_people(monkeypatch) if about == "a person" else TABLE[0]
    made, wrote = ("6103", "6104") if about == "nobody" else ("6105", "6106")
    for code in (made, wrote):
        await place.owner.fill(code, 1)
        await place.owner.sql("UPDATE feedback_link SET refused = 'Nei' WHERE municipality = $1", code)
    assert await place.work(made) == Done(people=1, made=1)
    await written_by_the_writer(place, wrote, "p000001", rule)
    left = await left_behind(place, made)
    assert {table for table, rows in left.items() if not rows} == {"find_string", "find_quantity"}
    assert "mental-health" in left["find"][0]
    assert left == await left_behind(place, wrote)


async def test_each_person_has_a_row_in_the_log(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    about_people(monkeypatch)
    await place.owner.fill("6107", 2)
    await place.work("6107")
    rows = await place.owner.sql(
        "SELECT person, interaction, status, roles, subject, purpose, what FROM access_log"
        " WHERE municipality = '6107' ORDER BY person"
    )
    said = ("worklist", 200, ["system"], "worklist", "RECORDMGT")
    assert [row[:6] for row in rows] == [("p000001", *said), ("p000002", *said)]
    tasks = dict(await place.owner.sql("SELECT person, id FROM work WHERE municipality = '6107'"))
    assert [row[6] for row in rows] == [[f"Task/{tasks['p000001']}"], [f"Task/{tasks['p000002']}"]]


async def test_it_goes_through_everybody_however_few_at_a_time(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(job, "_AT_A_TIME", 7)
    monkeypatch.setattr(batch, "_MADE", 2)
    await place.owner.fill("6108", 20)
    assert await place.work("6108") == Done(people=20, made=20)
    assert await place.owner.counted("6108") == 20


@pytest.mark.parametrize("gone", ["Organization", "Communication"])
async def test_a_task_that_would_lead_to_what_was_deleted_is_not_made(gone: str, place: Place) -> None:
    code = {"Organization": "6109", "Communication": "6110"}[gone]
    await place.owner.fill(code, 2)
    await place.owner.sql("UPDATE resource SET deleted = true WHERE municipality = $1 AND type = $2", code, gone)
    assert await place.work(code) == Done(people=2)
    await place.owner.sql("UPDATE resource SET deleted = false WHERE municipality = $1", code)
    assert await place.work(code) == Done(people=2, made=2)


# Beside others


async def test_who_is_being_written_about_is_waited_for_a_little_and_left_to_tomorrow(place: Place) -> None:
    await place.owner.fill("6111", 3)
    async with place.owner.connected() as other:
        await other.fetch("SELECT pg_advisory_lock(hashtextextended('6111 p000002', 0))")
        began = time.monotonic()
        assert await place.work("6111") == Done(people=3, made=2, left=1)
        assert time.monotonic() - began < 2
    assert await place.work("6111") == Done(people=3, made=1)


async def counted(place: Place, code: str, number: int) -> bool:
    return await place.owner.counted(code) == number


async def test_who_is_being_written_about_for_a_moment_is_not_left(place: Place) -> None:
    await place.owner.fill("6112", 3)
    async with place.owner.connected() as other, other.transaction():
        await other.fetch("SELECT pg_advisory_xact_lock(hashtextextended('6112 p000002', 0))")
        working = asyncio.create_task(place.work("6112"))
        await until(lambda: counted(place, "6112", 2))
    assert await working == Done(people=3, made=3)


async def test_what_is_being_deleted_is_not_waited_for(place: Place) -> None:
    await place.owner.fill("6113", 2)
    async with place.owner.connected() as other, other.transaction():
        await other.fetch("SELECT FROM resource WHERE municipality = '6113' AND id = 'c000001' FOR UPDATE")
        began = time.monotonic()
        assert await place.work("6113") == Done(people=2, made=1)
        assert time.monotonic() - began < 2


async def test_what_cannot_be_written_about_one_takes_nobody_elses_with_it(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Here two Tasks want to be the same."""

    def twice(rule: Rule, one: Any, *given: Any) -> dict[str, Any]:
        same = replace(one, focus="Communication/c000001") if one.focus == "Communication/c000003" else one
        return work_task(rule, same, *given)

    monkeypatch.setattr(batch, "work_task", twice)
    monkeypatch.setattr(batch, "_PAUSE_S", 0)
    await place.owner.fill("6114", 4)
    assert await place.work("6114") == Done(people=4, made=3, left=1)


async def test_two_at_once_make_each_once(place: Place) -> None:
    await place.owner.fill("6115", 300)
    processes = [place.process("6115") for _ in range(2)]
    done = [await asyncio.to_thread(told, process) for process in processes]
    assert sum(one["made"] for [one] in done) == 300
    assert await place.owner.sql("SELECT count(*), count(DISTINCT focus) FROM work WHERE municipality = '6115'") == [
        (300, 300)
    ]


async def test_memory_does_not_grow_with_the_town(place: Place) -> None:
    """KiB of the same process, after a town and after another three times as large: the rows of 3 000 Tasks would take
    10 000."""
    await place.owner.fill("6116", 1000)
    await place.owner.fill("6117", 3000)
    small, large = await asyncio.to_thread(told, place.process("6116", "6117"))
    assert (small["made"], large["made"]) == (1000, 3000)
    assert large["held"] - small["held"] < 4_000
