"""Killed in the middle of writes, the service or its PostgreSQL loses nothing that was answered 2xx, and leaves
nothing half written."""

import asyncio
import os
import signal
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import asyncpg
import httpx
import pytest
from sqlalchemy import make_url

from oppfolging_api.access.development import DevelopmentIssuer
from oppfolging_api.kernel import systems
from oppfolging_api.serve import bring_up_to_date
from oppfolging_api.settings import Settings
from oppfolging_api.store.embedded import EmbeddedPostgres
from serving import Service
from support import Api, Json, MovableClock, Municipality, identity_number, ok, reference

if TYPE_CHECKING:
    from conftest import Databases

CLIENTS, ENOUGH, PATIENCE_S = 4, 60, 60
MUNICIPALITY = "4601"


@dataclass
class Answered:
    """What a client was told: bodies of resources as answered, and ids of referrals."""

    resources: list[tuple[Json, str]] = field(default_factory=list)
    """(the resource, the X-Request-Id of its answer)"""
    referrals: list[tuple[str, str]] = field(default_factory=list)
    """(id, identity number)"""
    refused: list[int] = field(default_factory=list)

    @property
    def count(self) -> int:
        return len(self.resources) + len(self.referrals)


class Client(threading.Thread):
    """Writes one story after another until it is not answered well."""

    def __init__(self, town: Municipality, number: int) -> None:
        super().__init__(daemon=True)
        self._town, self._number = town, number
        self._sender = town.api("referrer", orgnr="889640782")
        self._numbers = [identity_number() for _ in range(400)]
        self.answered = Answered()

    def run(self) -> None:
        try:
            for n, number in enumerate(self._numbers):
                self._story(n, number)
        except httpx.TransportError:
            return
        except _RefusedError as refusal:
            self.answered.refused.append(refusal.status)

    def _story(self, n: int, number: str) -> None:
        identifier = [{"system": systems.FNR, "value": number}]
        patient = self._write("POST", "/fhir/Patient", {"resourceType": "Patient", "identifier": identifier})
        goal = {
            "resourceType": "Goal",
            "lifecycleStatus": "active",
            "description": {"text": f"{self._number} {n}"},
            "startDate": "2026-01-01",
            "subject": reference(patient),
        }
        goal = self._write("POST", "/fhir/Goal", goal)
        self._write("PUT", f"/fhir/Goal/{goal['id']}", goal | {"lifecycleStatus": "completed"})
        self._write("PUT", f"/fhir/Patient/{patient['id']}", patient | {"name": [{"family": f"Navn{number}"}]})
        self._refer(f"{self._number}-{n}", number)

    def _write(self, method: str, path: str, body: Json) -> Json:
        answer = self._town.system.send(method, path, json=body)
        made = _good(answer)
        self.answered.resources.append((made, answer.headers["x-request-id"]))
        return made

    def _refer(self, message: str, number: str) -> None:
        form = {"messageId": message, "patient": {"identifier": number, "name": "x"}, "reason": "y"}
        answer = self._sender.post("/referral", form | {"consentToShare": True, "personInformed": True})
        self.answered.referrals.append((_good(answer)["id"], number))


class _RefusedError(Exception):
    def __init__(self, status: int) -> None:
        self.status = status


def _good(answer: httpx.Response) -> Json:
    if answer.status_code >= 300:
        raise _RefusedError(answer.status_code)
    body: Json = answer.json()
    return body


def write_until(town: Municipality, strike: Any) -> list[Answered]:
    """What several clients were told until the blow, which falls while they write."""
    clients = [Client(town, number) for number in range(CLIENTS)]
    for client in clients:
        client.start()
    until = time.monotonic() + PATIENCE_S
    while sum(client.answered.count for client in clients) < ENOUGH and time.monotonic() < until:
        time.sleep(0.002)
    strike()
    for client in clients:
        client.join(PATIENCE_S)
    told = [client.answered for client in clients]
    assert sum(one.count for one in told) >= ENOUGH
    assert all(one.count < 2000 for one in told)
    return told


def everything_answered_is_there(town: Municipality, told: list[Answered]) -> None:
    for answered in told:
        last: dict[str, Json] = {}
        for resource, _ in answered.resources:
            path = f"/fhir/{resource['resourceType']}/{resource['id']}"
            number = resource["meta"]["versionId"]
            assert ok(town.system.get(f"{path}/_history/{number}"), 200) == resource
            last[path] = resource
        for path, resource in last.items():
            kind, id = path.removeprefix("/fhir/").split("/")
            stands = town.system.read(kind, id)
            versions = [
                entry["resource"]["meta"]["versionId"] for entry in town.system.search(f"{kind}/{id}/_history")["entry"]
            ]
            assert versions == [str(number) for number in range(int(stands["meta"]["versionId"]), 0, -1)]
            assert int(stands["meta"]["versionId"]) - int(resource["meta"]["versionId"]) in (0, 1)
            assert town.system.found(f"{kind}?_id={id}") == [f"{kind}/{id}"]
            if "identifier" in stands:
                assert with_number(town.system, stands["identifier"][0]["value"]) == [id]
            else:
                assert f"Goal/{id}" in town.system.found(f"Goal?patient={stands['subject']['reference']}")
        for id, number in answered.referrals:
            (patient,) = with_number(town.unit, number)
            assert town.unit.found(f"ServiceRequest?subject=Patient/{patient}") == [f"ServiceRequest/{id}"]
            assert ok(town.unit.get(f"/referral/{id}"), 200)["status"] == "received"


def with_number(api: Api, number: str) -> list[str]:
    found = ok(api.send("POST", "/fhir/Patient/_search", data={"identifier": number}), 200)["entry"]
    return [entry["resource"]["id"] for entry in found]


HALF_WRITTEN = {
    "a resource without its version": """
        SELECT count(*) FROM resource r LEFT JOIN resource_version v USING (municipality, type, id, version)
        WHERE v.id IS NULL OR v.body <> r.body OR v.transaction <> r.transaction OR v.updated <> r.updated""",
    "a version without its resource, or a gap": """
        SELECT count(*) FROM (SELECT municipality, type, id, count(*) AS n, max(version) AS last
          FROM resource_version GROUP BY 1, 2, 3) v LEFT JOIN resource r USING (municipality, type, id)
        WHERE r.id IS NULL OR r.version <> v.last OR v.n <> v.last""",
    "a resource without its index, or an index without its resource": """
        SELECT count(*) FROM resource r FULL JOIN find f USING (municipality, type, id)
        WHERE r.id IS NULL OR f.id IS NULL OR r.updated <> f.updated OR r.deleted <> f.deleted OR r.xmin <> f.xmin""",
    "index rows of another version": """
        SELECT count(*) FROM (SELECT municipality, type, id, xmin FROM find_string
          UNION ALL SELECT municipality, type, id, xmin FROM find_date) s
        LEFT JOIN resource r USING (municipality, type, id) WHERE r.id IS NULL OR r.xmin <> s.xmin""",
    "a person without the number": """
        SELECT count(*) FROM find f LEFT JOIN identity i USING (municipality, type, id)
        WHERE f.type = 'Patient' AND i.id IS NULL""",
    "a version without its outbox row, or the other way about": """
        SELECT count(*) FROM resource_version v FULL JOIN outbox o USING (municipality, type, id, version)
        WHERE v.id IS NULL OR o.id IS NULL OR v.transaction <> o.transaction""",
    "a version without a row of the access log": """
        SELECT count(*) FROM resource_version v WHERE v.municipality <> '*' AND NOT EXISTS (
          SELECT FROM access_log l WHERE l.municipality = v.municipality AND v.type || '/' || v.id = ANY(l.what)
            AND l.xmin::text::bigint = v.transaction::text::bigint % 4294967296)""",
    "a receipt without all that was referred": """
        SELECT count(*) FROM referral_receipt p WHERE 3 <> (SELECT count(*) FROM find f
          WHERE f.municipality = p.municipality AND (f.type = 'ServiceRequest' AND f.id = p.referral
            OR f.keys @> ARRAY['@ServiceRequest/' || p.referral]))""",
    "a Goal that points at nobody": """
        SELECT count(*) FROM find g LEFT JOIN resource r ON (r.municipality, r.type, r.id)
          = (g.municipality, 'Patient', g.person) WHERE g.type = 'Goal' AND r.id IS NULL""",
}


def nothing_is_half_written(url: str, told: list[Answered]) -> None:
    requests = [request for answered in told for _, request in answered.resources]

    async def counted() -> tuple[dict[str, int], int, int]:
        owner = await asyncpg.connect(make_url(url).set(drivername="postgresql").render_as_string(False))
        faults = {what: await owner.fetchval(statement) for what, statement in HALF_WRITTEN.items()}
        logged = "SELECT count(DISTINCT request) FROM access_log WHERE request = ANY($1)"
        found = await owner.fetchval("SELECT count(*) FROM resource_version"), await owner.fetchval(logged, requests)
        await owner.close()
        return faults, *found

    faults, versions, logged = asyncio.run(counted())
    assert faults == dict.fromkeys(HALF_WRITTEN, 0)
    assert logged == len(requests)
    assert versions >= sum(answered.count for answered in told)


def test_a_service_killed_while_it_writes_has_lost_nothing_when_it_is_started_again(
    databases: "Databases", issuer: DevelopmentIssuer, tmp_path: Path
) -> None:
    url = databases.migrated()
    with Service(url, issuer, tmp_path) as service:
        town = Municipality(service.address, issuer, MovableClock(), MUNICIPALITY)
        told = write_until(town, service.kill)
        service.start()
        everything_answered_is_there(town, told)
        nothing_is_half_written(url, told)


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[EmbeddedPostgres]:
    with EmbeddedPostgres.start(tmp_path / "postgres") as embedded:
        yield embedded


def test_a_postgresql_killed_while_it_writes_has_lost_nothing_and_the_service_goes_on_without_a_restart(
    cluster: EmbeddedPostgres, settings: Settings, issuer: DevelopmentIssuer, tmp_path: Path
) -> None:
    """Meanwhile the service answers 503."""
    asyncio.run(bring_up_to_date(settings.model_copy(update={"database_url": cluster.url})))
    postmaster = int((cluster.data / "postmaster.pid").read_text().splitlines()[0])
    with Service(cluster.url, issuer, tmp_path) as service:
        town = Municipality(service.address, issuer, MovableClock(), MUNICIPALITY)
        told = write_until(town, lambda: os.kill(postmaster, signal.SIGKILL))
        assert [status for answered in told for status in answered.refused] == [503] * CLIENTS
        assert service.status("/health/live") == 200
        assert service.status("/health/ready") == 503
        with EmbeddedPostgres.start(cluster.data) as again:
            assert again.url == cluster.url
            assert service.becomes("/health/ready", 200)
            everything_answered_is_there(town, told)
            nothing_is_half_written(cluster.url, told)
