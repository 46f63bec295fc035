"""What a running service writes: one JSON object a line, and nothing that was said about anybody."""

import asyncio
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import asyncpg
import httpx
import pytest
from sqlalchemy import make_url

from oppfolging_api.access.development import DevelopmentIssuer
from oppfolging_api.kernel import systems
from serving import Service
from support import Api, MovableClock, Municipality, identity_number

if TYPE_CHECKING:
    from conftest import Databases

SAID = ("Torvald", "Helmer", "Makroner", "Tarantella")
"""Names, a reason, and what matters; each in a request of the story, some in several."""


@pytest.fixture(params=["1", "2"], ids=["one worker", "two workers"])
def service(
    request: pytest.FixtureRequest, databases: "Databases", issuer: DevelopmentIssuer, tmp_path: Path
) -> Iterator[tuple[Service, str]]:
    url = databases.migrated()
    with Service(url, issuer, tmp_path, workers=request.param) as started:
        yield started, url


def break_down(url: str, statement: str) -> None:
    async def run() -> None:
        owner = await asyncpg.connect(make_url(url).set(drivername="postgresql").render_as_string(False))
        await owner.execute(statement)
        await owner.close()

    asyncio.run(run())


def story(town: Municipality, number: str) -> list[httpx.Response]:
    """A referral, searches by number and name over GET and POST, and every kind of refusal."""
    gp = town.api("referrer", orgnr="889640782", hpr="9900001")
    form = {
        "messageId": "m-1",
        "patient": {"identifier": number, "name": "Torvald Helmer"},
        "reason": "Makroner",
        "whatMatters": "Tarantella",
        "consentToShare": True,
        "personInformed": True,
    }
    sent = gp.post("/referral", form)
    found = town.unit.send("POST", "/fhir/Patient/_search", data={"identifier": f"{systems.FNR}|{number}"})
    patient = found.json()["entry"][0]["resource"]
    identifier = [{"system": systems.FNR, "value": number}]
    named = {"resourceType": "Patient", "identifier": identifier, "name": [{"family": "Helmer"}]}
    return [
        sent,
        found,
        gp.get(f"/referral/{sent.json()['id']}"),
        gp.post("/referral", form | {"reason": "Tarantella"}),
        gp.post("/referral", form | {"messageId": number, "patient": {"name": "Torvald", "identifier": number[::-1]}}),
        town.unit.send("POST", "/fhir/Patient/_search", data={"identifier": number, "name": "Helmer"}),
        town.unit.get(f"/fhir/Patient?identifier={systems.FNR}|{number}"),
        town.unit.get("/fhir/Patient?name=Torvald&birthdate=Tarantella"),
        town.unit.get("/fhir/Patient?Helmer=Torvald", headers={"Prefer": "handling=strict"}),
        town.unit.get("/fhir/Patient/Torvald"),
        town.unit.get(f"/fhir/Patient/{number}"),
        town.unit.get(f"/fhir/Helmer/{number}"),
        town.unit.get(f"/Torvald/{number}"),
        town.system.post("/fhir/Patient", named),
        town.system.post("/fhir/Patient", named | {"Tarantella": "Torvald", "gender": "Makroner"}),
        town.system.send("POST", "/fhir/Patient", content=f'{{"name": "Torvald {number}'.encode()),
        town.system.send("PUT", f"/fhir/Patient/{patient['id']}", json=patient, headers={"If-Match": 'W/"77"'}),
        town.as_person(patient).get(f"/fhir/Patient/{patient['id']}"),
        Api(town.address, f"Torvald.{number}.Helmer").get("/fhir/Patient"),
        town.unit.get("/fhir/Patient", headers={"X-Request-Id": number, "X-Municipality": "Helmer"}),
        town.unit.get("/fhir/Patient", headers={"Accept": f"Torvald/{number}"}),
    ]


def faults(town: Municipality, number: str, url: str) -> list[httpx.Response]:
    """A write and a read whose statements PostgreSQL will not run, for a reason nobody foresaw."""
    named = {
        "resourceType": "Patient",
        "identifier": [{"system": systems.FNR, "value": number}],
        "name": [{"text": "Torvald Helmer"}],
    }
    break_down(url, "REVOKE INSERT ON outbox FROM oppfolging_app")
    write = town.system.post("/fhir/Patient", named)
    break_down(url, "ALTER VIEW tenant_find_string RENAME COLUMN value TO gone")
    read = town.unit.send("POST", "/fhir/Patient/_search", data={"name": "Helmer", "identifier": number})
    return [write, read]


def test_a_service_tells_its_log_nothing_of_what_it_is_told(
    service: tuple[Service, str], issuer: DevelopmentIssuer
) -> None:
    started, url = service
    town = Municipality(started.address, issuer, MovableClock(), "4601")
    numbers = [identity_number(), identity_number()]
    answers = story(town, numbers[0])
    broken = faults(town, numbers[1], url)
    assert {answer.status_code for answer in answers} >= {200, 201, 400, 401, 403, 404, 406, 409, 412, 422}
    assert [answer.status_code for answer in broken] == [500, 500]
    time.sleep(0.2)

    written = started.output.read_text()
    forbidden = [*SAID, *numbers, numbers[0][::-1], "9900001", "ke-leader", "Bearer", "eyJ"]
    assert [text for text in forbidden if text in written] == []
    lines = started.lines()
    assert all({"time", "level", "logger", "event"} <= set(line) for line in lines)

    by_request = {line["request"]: line for line in lines if line["event"] == "request"}
    for answer in answers + broken:
        line = by_request[answer.headers["x-request-id"]]
        assert (line["status"], line["method"]) == (answer.status_code, answer.request.method)
        assert 0 < line["ms"] < 30_000
    read = by_request[answers[9].headers["x-request-id"]]
    assert (read["route"], read["interaction"]) == ("/fhir/{type}/{id}", "read")
    told = [line for line in lines if line["event"] == "fault"]
    assert [line["request"] for line in told] == [answer.headers["x-request-id"] for answer in broken]
    assert all(line["level"] == "error" and line["at"] for line in told)
    assert [text for answer in broken for text in [*SAID, *numbers] if text in answer.text] == []
