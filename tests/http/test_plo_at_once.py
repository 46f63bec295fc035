"""One message, however often and whenever it comes: one referral, one answer."""

import asyncio
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Final

import asyncpg
import httpx
import pytest
from sqlalchemy import make_url

from fuzz.held_commit import HeldCommit
from fuzz.plo import MUNICIPALITY, RECEIVING
from fuzz.plo_seeds import HER_ID
from fuzz.watched import Watched
from oppfolging_api.access.development import DevelopmentIssuer
from plo_messages import XML, Note, post, sent, valid
from support import NO_TLS, Api, MovableClock, Municipality, identity_number

if TYPE_CHECKING:
    from conftest import Databases

TIMES, WORKERS, PATIENCE_S = 50, 4, 60
STARTED: Final = "Application startup complete."
STANDS: Final = ("Patient", "ServiceRequest", "Task", "Communication", "DocumentReference", "Provenance")


def gp_at(service: Watched, issuer: DevelopmentIssuer) -> tuple[Municipality, Api]:
    town = Municipality(service.address, issuer, MovableClock(), MUNICIPALITY)
    return town, town.api("referrer", orgnr="889640782")


def standing(unit: Api) -> dict[str, int]:
    """How many of each there are."""
    return {kind: int(unit.search(f"{kind}?_summary=count")["total"]) for kind in STANDS}


ONE_REFERRAL: Final = dict.fromkeys(STANDS, 0) | {"Patient": 1, "ServiceRequest": 1, "Task": 1, "Communication": 1}


class AtOnce:
    """Requests that are sent in the same moment, each on a connection of its own that stands already."""

    def __init__(self, sender: Api, times: int) -> None:
        self._sender, self._barrier = sender, threading.Barrier(times)
        self._times = times

    def post(self, message: bytes) -> list[httpx.Response]:
        with ThreadPoolExecutor(self._times) as pool:
            return list(pool.map(self._one, [message] * self._times))

    def _one(self, message: bytes) -> httpx.Response:
        headers = self._sender.headers | {"Content-Type": XML}
        with httpx.Client(base_url=self._sender.address, headers=headers, verify=NO_TLS, timeout=PATIENCE_S) as client:
            client.get("/health/live")
            self._barrier.wait(PATIENCE_S)
            return client.post("/referral", content=message)


@pytest.fixture
def four_workers(databases: "Databases", issuer: DevelopmentIssuer, tmp_path: Path) -> Iterator[Watched]:
    with Watched(databases.migrated(), issuer, tmp_path, workers=str(WORKERS), **RECEIVING) as service:
        until = time.monotonic() + PATIENCE_S
        while [line["event"] for line in service.lines()].count(STARTED) < WORKERS:
            assert time.monotonic() < until
            time.sleep(0.1)
        yield service


def test_one_message_fifty_times_at_once_is_one_referral_and_fifty_equal_answers(
    four_workers: Watched, issuer: DevelopmentIssuer
) -> None:
    town, sender = gp_at(four_workers, issuer)
    message = Note(HER_ID, identity_number())
    before = four_workers.workers_seconds()
    answers = AtOnce(sender, TIMES).post(message.xml())
    busy = [pid for pid, seconds in four_workers.workers_seconds().items() if seconds > before[pid]]
    assert [answer.status_code for answer in answers] == [200] * TIMES
    assert len({answer.content for answer in answers}) == 1
    assert valid(answers[0].content).find("{*}Status[@V='1']") is not None
    assert standing(town.unit) == ONE_REFERRAL
    assert len(busy) > 1
    assert sent(sender, message).body == answers[0].content


def test_a_service_killed_between_commit_and_answer_gives_the_answer_when_the_message_comes_again(
    databases: "Databases", issuer: DevelopmentIssuer, tmp_path: Path
) -> None:
    """The commit is done and the service has not heard so: then it is no more."""
    url, message = databases.migrated(), Note(HER_ID, identity_number()).xml()
    if make_url(url).host:
        pytest.skip("PostgreSQL is not reached by a socket that another can stand before")
    with HeldCommit(url, b"INTO referral_receipt") as held, Watched(held.url, issuer, tmp_path, **RECEIVING) as service:
        town, sender = gp_at(service, issuer)
        with ThreadPoolExecutor(1) as pool:
            unanswered = pool.submit(post, sender, message)
            assert held.committed.wait(PATIENCE_S)
            service.kill()
            assert isinstance(unanswered.exception(PATIENCE_S), httpx.TransportError)
    with Watched(url, issuer, tmp_path, **RECEIVING) as service:
        unit, sender = (Api(service.address, each.token) for each in (town.unit, sender))
        (kept,) = asyncio.run(receipts(url))
        assert [sent(sender, message).body for _ in range(2)] == [kept, kept]
        assert sent(sender, message).status == "1"
        assert standing(unit) == ONE_REFERRAL


async def receipts(url: str) -> list[bytes]:
    """What each message received was to be answered with."""
    owner = await asyncpg.connect(make_url(url).set(drivername="postgresql").render_as_string(False))
    rows = await owner.fetch("SELECT answer FROM referral_receipt")
    await owner.close()
    return [row["answer"] for row in rows]
