"""The day's run of the worklist is done once a day by one process, and past a kill by another."""

import asyncio
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from oppfolging_api.access.development import DevelopmentIssuer
from oppfolging_api.settings import Settings
from oppfolging_api.worklist import job, waking
from oppfolging_api.worklist.batch import Done, Town, brought_up_to_date
from oppfolging_api.worklist.lease import Lease
from serving import Service
from shell import Shell
from worklist_world import HOURS, NOW, PATIENCE_S, Place, placed, until

if TYPE_CHECKING:
    from conftest import Databases

DAY = NOW.date()


@pytest.fixture
async def whole(databases: "Databases", tmp_path: Path) -> AsyncIterator[Place]:
    """A database of its own, for what goes through every municipality."""
    url = await asyncio.to_thread(databases.migrated)
    async with AsyncExitStack() as stack:
        yield await placed(stack, Settings(database_url=url, var=tmp_path, _env_prefix="NOTHING_"))


@pytest.fixture
def command(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> Shell:
    """One that leaves the log of this very process as it is."""
    monkeypatch.setattr("oppfolging_api.log.configure", lambda: None)
    return shell


async def test_it_is_done_once_a_day_in_every_municipality(whole: Place) -> None:
    for code in ("6201", "6202"):
        await whole.owner.fill(code, 2)
    assert await whole.daily() == Done(people=4, made=4)
    assert await whole.run() == (DAY, None, [], False)
    assert await whole.daily() is None
    whole.clock.at += timedelta(days=1)
    assert await whole.daily() == Done(people=4)
    assert await whole.run() == (DAY + timedelta(days=1), None, [], False)


async def test_the_day_is_norways(whole: Place) -> None:
    """An hour before midnight in UTC it is tomorrow."""
    whole.clock.at = NOW.replace(hour=23, minute=0)
    await whole.daily()
    assert await whole.run() == (DAY + timedelta(days=1), None, [], False)


async def test_whoever_asks_for_it_now_has_it_done_though_the_days_is_done(whole: Place) -> None:
    await whole.daily()
    await whole.owner.fill("6201", 2)
    assert await whole.daily() is None
    assert await whole.daily(now=True) == Done(people=2, made=2)


async def begun(whole: Place) -> bool:
    """Whether the run has come past somebody."""
    return bool((await whole.run())[2])


async def test_killed_it_goes_on_from_where_it_was(whole: Place, command: Shell) -> None:
    """By another process, after a minute."""
    whole.clock.at = datetime.now(UTC)
    await whole.owner.fill("6201", 2000)
    url, var = str(whole.settings.database_url), str(whole.settings.var)
    worklist = [str(Path(sys.executable).with_name("oppfolging-api")), "worklist"]
    own = {"OPPFOLGING_DATABASE_URL": url, "OPPFOLGING_VAR": var, "PATH": "/usr/bin"}
    process = await asyncio.to_thread(subprocess.Popen, worklist, env=own, stdout=subprocess.DEVNULL)
    await until(lambda: begun(whole))
    process.send_signal(signal.SIGKILL)
    await asyncio.to_thread(process.wait, PATIENCE_S)
    _, _, past, held = await whole.run()
    assert (past[0], held) == ("6201", True)
    assert await whole.daily() is None
    said = await asyncio.to_thread(command.run, "worklist", OPPFOLGING_DATABASE_URL=url)
    assert (said.status, said.out) == (0, "another process is bringing the worklist up to date\n")
    made = await whole.owner.counted("6201")
    await whole.owner.sql("UPDATE job_run SET until = now() - interval '1 second'")
    assert await whole.daily() == Done(people=2000 - int(past[1][1:]), made=2000 - made)
    assert await whole.owner.sql("SELECT count(*), count(DISTINCT focus) FROM work") == [(2000, 2000)]


async def test_who_lost_the_lease_stops(whole: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(job, "_AT_A_TIME", 10)
    reached = Lease.reached

    async def too_late(lease: Lease, past: Sequence[str]) -> bool:
        await whole.owner.sql("UPDATE job_run SET holder = 'another'")
        return await reached(lease, past)

    monkeypatch.setattr(Lease, "reached", too_late)
    await whole.owner.fill("6201", 30)
    assert await whole.daily() == Done(people=10, made=10)
    assert await whole.run() == (None, DAY, [], True)


@pytest.mark.parametrize("ended", ["cancelled", "failed"])
async def test_who_is_stopped_leaves_the_rest_to_the_next_at_once(
    ended: str, whole: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(job, "_AT_A_TIME", 10)
    right = brought_up_to_date
    stands = asyncio.Event()

    async def stuck(town: Town, people: Sequence[str]) -> Done:
        if people[0] == "p000001":
            return await right(town, people)
        stands.set()
        if ended == "failed":
            raise OSError
        return await asyncio.sleep(PATIENCE_S, Done())

    monkeypatch.setattr(job, "brought_up_to_date", stuck)
    await whole.owner.fill("6200", 5)
    await whole.owner.fill("6201", 30)
    working = asyncio.create_task(whole.daily())
    await stands.wait()
    if ended == "cancelled":
        working.cancel()
    with pytest.raises((asyncio.CancelledError, OSError)):
        await working
    assert await whole.run() == (None, DAY, ["6201", "p000010"], False)
    monkeypatch.setattr(job, "brought_up_to_date", right)
    assert await whole.daily() == Done(people=20, made=20)


async def test_what_was_left_yesterday_is_not_gone_on_with_today(whole: Place) -> None:
    lease = await Lease.taken(whole.server.database.writes, "worklist", DAY)
    assert lease is not None
    assert await lease.reached(("6201", "p000001"))
    await lease.given_back()
    again = await Lease.taken(whole.server.database.writes, "worklist", DAY)
    assert again is not None
    assert again.past == ("6201", "p000001")
    await again.given_back()
    tomorrow = await Lease.taken(whole.server.database.writes, "worklist", DAY + timedelta(days=1))
    assert tomorrow is not None
    assert tomorrow.past == ()


async def test_a_lease_that_was_lost_finishes_nothing(whole: Place) -> None:
    lost = await Lease.taken(whole.server.database.writes, "worklist", DAY)
    assert lost is not None
    await whole.owner.sql("UPDATE job_run SET until = now() - interval '1 second'")
    assert await Lease.taken(whole.server.database.writes, "worklist", DAY) is not None
    await lost.finished()
    await lost.given_back()
    assert not await lost.reached(("6201", "p000001"))
    assert await whole.run() == (None, DAY, [], True)


# Who does it


async def test_a_worker_does_it_by_itself_and_says_so(whole: Place, issuer: DevelopmentIssuer, tmp_path: Path) -> None:
    await whole.owner.fill("6201", 2)
    service = Service(str(whole.settings.database_url), issuer, tmp_path, worklist_seconds="1")
    await asyncio.to_thread(service.start)
    await until(lambda: said_by(service))
    await asyncio.sleep(1.2)
    await asyncio.to_thread(service.stop)
    (line,) = lines(service)
    assert {name: line[name] for name in ("people", "made", "settled", "moved", "left")} == {
        "people": 2,
        "made": 2,
        "settled": 0,
        "moved": 0,
        "left": 0,
    }


async def said_by(service: Service) -> bool:
    return bool(lines(service))


def lines(service: Service) -> list[dict[str, Any]]:
    return [line for line in service.lines() if line["event"] == "worklist"]


async def test_a_run_that_fails_is_told_of_and_tried_again(
    whole: Place, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    again = asyncio.Event()

    async def failing(*_: Any) -> Done | None:
        if caplog.records:
            again.set()
            return None
        raise ValueError("Torvald Helmer")

    monkeypatch.setattr(waking, "daily", failing)
    async with waking.awake(whole.server, HOURS, 1):
        await asyncio.wait_for(again.wait(), PATIENCE_S)
    assert [record.msg for record in caplog.records] == [{"event": "worklist", "error": "ValueError"}]


async def test_with_0_seconds_nobody_wakes(whole: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    async def woken(*_: Any) -> None:
        raise AssertionError

    monkeypatch.setattr(waking, "keep", woken)
    async with waking.awake(whole.server, HOURS, 0):
        await asyncio.sleep(0)


async def test_the_command_says_what_was_done(whole: Place, command: Shell) -> None:
    await whole.owner.fill("6201", 2)
    said = await asyncio.to_thread(command.run, "worklist", OPPFOLGING_DATABASE_URL=str(whole.settings.database_url))
    assert (said.status, said.out) == (0, "2 people, 2 tasks made, 0 closed, 0 moved\n")


def test_the_command_does_nothing_on_rows_of_another_version(command: Shell, databases: "Databases") -> None:
    said = command.run("worklist", OPPFOLGING_DATABASE_URL=databases.make())
    assert (said.status, said.out) == (1, "")
    assert said.err == "the database is not up to date with this version: run `oppfolging-api migrate`\n"
