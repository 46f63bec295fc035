"""Who asks too often is told to wait, over HTTP: every meter, and what the access log keeps of it."""

import asyncio
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import asyncpg
import pytest

from audit import Store
from oppfolging_api.access.development import DevelopmentIssuer
from oppfolging_api.settings import Settings
from serving import Service
from support import Api, Json, MovableClock, Municipality, issues, ok, running

if TYPE_CHECKING:
    from conftest import Databases

PRODUCTION: Json = {
    "environment": "production",
    "database_url": "postgresql://nowhere/none",
    "secret": "x" * 32,
    "base_url": "https://api.example",
    "issuers": [{"issuer": "https://i.example", "audience": "a", "jwks_url": "https://i.example/jwks"}],
}


@pytest.fixture
def strict(settings: Settings) -> Iterator[str]:
    """A server that allows five at once, one a second, and two under way; of failures sixty."""
    changed = {"rate_limit": 1, "rate_burst": 5, "concurrent_requests": 2}
    with running(settings.model_copy(update=changed), MovableClock()) as address:
        yield address


@pytest.fixture
def generous(settings: Settings) -> Iterator[str]:
    with running(settings.model_copy(update={"rate_limit": 1000, "concurrent_requests": 2}), MovableClock()) as address:
        yield address


def at(address: str, api: Api) -> Api:
    return Api(address, api.token)


def test_production_limits_callers_and_development_does_not() -> None:
    told = Settings(**PRODUCTION, _env_prefix="NOTHING_")
    made_up = Settings(_env_prefix="NOTHING_")
    assert (told.rate_limit, told.rate_burst, told.concurrent_requests) == (200, 1000, 8)
    assert made_up.rate_limit == 0
    assert Settings(**PRODUCTION | {"rate_limit": 7}, _env_prefix="NOTHING_").rate_limit == 7


def test_who_asks_too_often_waits_while_others_do_not(strict: str, town: Municipality, settings: Settings) -> None:
    office = f"/fhir/Organization/{town.unit_office['id']}"
    unit, other, store = at(strict, town.unit), at(strict, town.api("system", sub="another")), Store(settings)
    answers = [unit.get(office) for _ in range(12)]
    admitted = [answer.status_code for answer in answers].count(200)
    assert 5 <= admitted <= 8
    refused = answers[-1]
    assert issues(refused, 429) == [("throttled", None)]
    assert refused.headers["retry-after"] == "1"
    assert refused.headers["cache-control"] == "no-store"
    assert store.what(refused) == []
    assert len(store.what(answers[0])) == 1
    problem = unit.get("/referral/nobody")
    assert (problem.status_code, problem.headers["content-type"]) == (429, "application/problem+json")
    assert ok(other.get(office), 200)["id"] == town.unit_office["id"]
    time.sleep(int(refused.headers["retry-after"]))
    assert unit.get(office).status_code == 200


@pytest.mark.parametrize("path", ["/health/live", "/fhir/metadata", "/docs"])
def test_without_a_token_the_address_counts(strict: str, path: str) -> None:
    statuses = [Api(strict, None).get(path).status_code for _ in range(9)]
    assert statuses[:5] == [200] * 5
    assert statuses[-1] == 429


def test_tokens_cannot_be_tried_without_end_nor_fill_the_log(
    generous: str, town: Municipality, settings: Settings
) -> None:
    answers = [Api(generous, f"forged.{n}.token").get("/fhir/Patient") for n in range(75)]
    statuses = [answer.status_code for answer in answers]
    assert statuses[:60] == [401] * 60
    assert statuses[-1] == 429
    assert Store(settings).what(answers[-1]) == []
    assert at(generous, town.unit).get("/fhir/Patient").status_code == 200


def test_a_caller_has_so_many_requests_under_way_and_others_none_the_less(
    generous: str, town: Municipality, settings: Settings
) -> None:
    """While somebody else holds a row, two updates of it wait; a third request is not taken on, though each comes with
    a token of its own that nobody has seen before."""
    patient, other = town.person(), at(generous, town.unit)
    first, second, system = (at(generous, town.api("system")) for _ in range(3))
    path = f"/fhir/Patient/{patient['id']}"
    done: list[int] = []

    def change(api: Api, spaces: int) -> None:
        changed: Json = patient | {"active": False}
        headers = {"Authorization": f"Bearer{' ' * spaces}{api.token}", "Content-Type": "application/fhir+json"}
        done.append(api.send("PUT", path, json=changed, headers=headers).status_code)

    async def while_held() -> tuple[int, int]:
        connection = await asyncpg.connect(Store(settings).dsn)
        try:
            async with connection.transaction():
                await connection.execute("SELECT 1 FROM resource WHERE id = $1 FOR UPDATE", patient["id"])
                for one in waiting:
                    one.start()
                await asyncio.sleep(0.5)
                return await asyncio.to_thread(lambda: (system.get(path).status_code, other.get(path).status_code))
        finally:
            await connection.close()

    waiting = [threading.Thread(target=change, args=one) for one in ((first, 1), (second, 3))]
    assert asyncio.run(while_held()) == (429, 200)
    for one in waiting:
        one.join(20)
    assert done == [200, 200]
    assert system.get(path).status_code == 200


@pytest.mark.parametrize(("trusted", "status"), [("127.0.0.1", 200), ("10.0.0.0/8", 429)], ids=["named", "not named"])
def test_whose_address_counts_is_told_by_a_proxy_that_is_named_and_by_nobody_else(
    trusted: str, status: int, databases: "Databases", issuer: DevelopmentIssuer, tmp_path: Path
) -> None:
    told = {"rate_limit": "1", "rate_burst": "20", "trusted_proxies": trusted}
    with Service(databases.migrated(), issuer, tmp_path, **told) as service:
        answers = [
            Api(service.address, None).get("/health/live", headers={"X-Forwarded-For": f"6.6.6.6, 198.51.100.{n}"})
            for n in range(40)
        ]
    assert answers[-1].status_code == status
