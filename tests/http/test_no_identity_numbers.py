"""Identity numbers in every place of a request, against the service in production: they come back in no error, header
or link, and stand in no log."""

import asyncio
import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import asyncpg
import httpx
import pytest
from sqlalchemy import make_url

from oppfolging_api.access.development import DevelopmentIssuer
from oppfolging_api.kernel import systems
from oppfolging_api.settings import Settings
from serving import Service
from support import Api, Json, MovableClock, Municipality, identity_number, issues, ok, reference

if TYPE_CHECKING:
    from conftest import Databases

IDENTIFIER = f"{systems.FNR}|"


@pytest.fixture(scope="module")
def production(
    databases: "Databases", issuer: DevelopmentIssuer, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Service, str]]:
    url = databases.migrated()
    with Service(url, issuer, tmp_path_factory.mktemp("production")) as service:
        yield service, url


@pytest.fixture(scope="module")
def there(production: tuple[Service, str], issuer: DevelopmentIssuer) -> Municipality:
    """Whose callers the service has met: else a good part of what it refuses here would count as tries of strangers."""
    town = Municipality(production[0].address, issuer, MovableClock(), "4601")
    assert town.unit.get("/fhir/Patient").status_code == 200
    return town


def logged(url: str) -> str:
    """Every row of the access log, with every column."""

    async def run() -> str:
        connection = await asyncpg.connect(make_url(url).set(drivername="postgresql").render_as_string(False))
        try:
            return "\n".join(row[0] for row in await connection.fetch("SELECT access_log::text FROM access_log"))
        finally:
            await connection.close()

    return asyncio.run(run())


ADDRESSES = [
    "/fhir/Patient?identifier={}",
    f"/fhir/Patient?identifier={IDENTIFIER}{{}}",
    "/fhir/Patient?identifier=%7C{}",
    "/fhir/Patient?name=a&identifier:not={}",
    "/fhir?_type=Patient&identifier={}",
    "/fhir/CarePlan?patient.identifier={}",
    "/fhir/CarePlan?subject:Patient.identifier={}",
    "/fhir/CarePlan?subject=Patient/{}",
    "/fhir/CarePlan?subject:identifier={}",
    "/fhir/Patient?_has:CarePlan:patient:identifier={}",
    "/fhir/Patient?_id={}",
    "/fhir/Patient?unknown={}",
    "/fhir/Patient?{}=unknown",
    "/fhir/Patient/_history?_since={}",
    "/fhir/Patient/{}",
    "/fhir/Patient/{}/_history",
    "/fhir/Patient/{}/_history/1",
    "/fhir/Patient/{}/$everything",
    "/fhir/Patient/{}/CarePlan",
    "/fhir/{}",
    "/fhir/{}/1",
    "/referral/{}",
    "/{}",
    "/health/live?{}",
]


@pytest.mark.parametrize("address", ADDRESSES)
def test_an_address_with_a_number_is_refused_with_a_hint(there: Municipality, address: str) -> None:
    number = identity_number()
    encoded = "".join(f"%{ord(digit):02x}" for digit in number)
    spaced = f"{number[:6]}%20{number[6:]}"
    for written in (number, encoded, spaced):
        answer = there.unit.get(address.format(written))
        assert answer.status_code == 400
        assert "POST [type]/_search" in answer.text
        assert_unnamed(answer, number)


@pytest.mark.parametrize("method", ["HEAD", "PUT", "PATCH", "DELETE", "POST"])
def test_whatever_the_method(there: Municipality, method: str) -> None:
    number = identity_number()
    body = None if method in ("HEAD", "DELETE") else {"resourceType": "Patient", "id": number}
    answers = [
        there.system.send(method, f"/fhir/Patient?identifier={number}", json=body),
        there.system.send(method, f"/fhir/Patient/{number}", json=body),
    ]
    assert [answer.status_code for answer in answers] == [400, 400]
    assert ok(posted(there.system, number), 200).get("entry", []) == []


def posted(api: Api, number: str, **more: str) -> httpx.Response:
    return api.send("POST", "/fhir/Patient/_search", data={"identifier": IDENTIFIER + number, **more})


def test_the_hint_helps_and_links_carry_no_number(there: Municipality) -> None:
    number = identity_number()
    patient = there.person(number, active=True)
    plans = [
        there.unit.create(
            {"resourceType": "CarePlan", "status": "draft", "intent": "plan", "subject": reference(patient)}
        )
        for _ in range(3)
    ]
    found = ok(posted(there.unit, number), 200)
    assert [entry["resource"]["id"] for entry in found["entry"]] == [patient["id"]]
    assert number not in json.dumps(found["link"])
    form = {"patient.identifier": number, "_count": "1"}
    page = ok(there.unit.send("POST", "/fhir/CarePlan/_search", data=form), 200)
    seen = 0
    while True:
        assert number not in json.dumps(page["link"])
        seen += len(page["entry"])
        following = [link["url"] for link in page["link"] if link["relation"] == "next"]
        if not following:
            break
        page = ok(there.unit.get(following[0].removeprefix(there.address)), 200)
    assert seen == len(plans)
    made = there.system.post("/fhir/Patient", patient | {"id": "x"}, headers={"If-None-Exist": f"identifier={number}"})
    assert made.status_code == 200
    assert number not in str(made.headers)


def test_an_id_is_no_identity_number_wherever_it_is_chosen(there: Municipality) -> None:
    number = identity_number()
    named: Json = {"resourceType": "Patient", "id": number}
    put = {"request": {"method": "PUT", "url": f"Patient/{number}"}, "resource": named}
    bundle = {"resourceType": "Bundle", "type": "transaction", "entry": [put]}
    for answer in (
        there.system.post("/fhir", bundle),
        there.system.post("/fhir/Patient", named),
        there.system.post("/fhir/Patient", named | {"id": f"nr-{number}"}),
        there.system.send("PUT", "/fhir/Patient?identifier=urn:x|1", json=named),
    ):
        assert [code for code, _ in issues(answer, 400)] == ["security"]
        assert_unnamed(answer, number)


def test_development_takes_them_in_addresses(town: Municipality, settings: Settings) -> None:
    patient = town.person(number := identity_number())
    assert settings.identity_numbers_in_urls
    assert town.unit.found(f"Patient?identifier={IDENTIFIER}{number}") == [f"Patient/{patient['id']}"]


def assert_unnamed(answer: httpx.Response, number: str) -> None:
    """Neither in the headers nor, where the answer is an error, in the body."""
    assert number not in str(answer.headers)
    assert answer.status_code < 400 or number not in answer.text


def everywhere(town: Municipality, number: str) -> list[httpx.Response]:
    """Requests with the number where nobody expects one."""
    identifier = [{"system": systems.FNR, "value": number}]
    named: Json = {"resourceType": "Patient", "identifier": identifier}
    system, unit = town.system, town.unit
    form = {"messageId": number, "patient": {"identifier": number, "name": number}, "reason": number}
    referrer = town.api("referrer", orgnr="889640782")
    bodies: list[Any] = [
        named,
        named,  # a second of the same number: a conflict
        named | {number: number},
        named | {"gender": number},
        named | {"birthDate": number},
        named | {"name": [{"family": number, number: 1}]},
        named | {"contact": [{"organization": {"reference": f"Organization/{number}"}}]},
        named | {"link": [{"other": {"reference": f"Patient?identifier={number}"}, "type": "seealso"}]},
        named | {"id": number},
        named | {"meta": {"profile": [f"http://{number}"], "security": [{"system": number, "code": number}]}},
        named | {"resourceType": number},
        [number],
        number,
        int(number),
    ]
    headers = ["X-Request-Id", "X-Municipality", "Accept", "If-Match", "If-None-Match", "If-Modified-Since", "Prefer"]
    headers += ["If-None-Exist", "Content-Type", "Content-Encoding", "User-Agent", "Referer", "Cookie", "DPoP", number]
    malformed = [f'{{"a": "{number}', f'{{"{number}": {number}e999, "{number}": 1}}', f"<{number}/>", number * 1000]
    entries = [
        {"request": {"method": "GET", "url": f"Patient/{number}"}},
        {"request": {"method": "PUT", "url": f"Patient/{number}"}, "resource": named | {"id": number}},
        {"request": {"method": number, "url": number}},
        {"request": {"method": "DELETE", "url": f"Patient?identifier={number}x"}},
        {"fullUrl": f"urn:{number}", "request": {"method": "POST", "url": "Patient"}, "resource": {number: number}},
    ]
    return [
        *(system.post("/fhir/Patient", body) for body in bodies),
        *(unit.get("/fhir/Patient", headers={name: f"x {number}"}) for name in headers),
        *(system.send("POST", "/fhir/Patient", json=named, headers={name: number}) for name in headers),
        *(system.send("POST", "/fhir/Patient", content=text.encode()) for text in malformed),
        *(referrer.send("POST", "/referral", content=text.encode()) for text in malformed),
        *(referrer.post("/referral", form | more) for more in ({}, {number: 1}, {"consentToShare": number})),
        *(
            system.post("/fhir", {"resourceType": "Bundle", "type": kind, "entry": entries})
            for kind in ("batch", "transaction", number)
        ),
        unit.send("POST", "/fhir/Patient/_search", data={"birthdate": number, number: number, "_sort": number}),
        unit.send("POST", "/fhir/Patient/_search", data={number: number}, headers={"Prefer": "handling=strict"}),
        unit.operate(f"Patient/nobody/${number[0]}x", reason={"valueString": number}),
        system.send("PATCH", "/fhir/Patient/nobody", json=[{"op": "add", "path": f"/{number}", "value": number}]),
        system.send("PATCH", f"/fhir/Organization/{town.unit_office['id']}", json=[{"op": number, "path": number}]),
        Api(town.address, number).get("/fhir/Patient"),
        Api(town.address, f"{number}.{number}.{number}").get("/fhir/Patient"),
        town.api("person", pid=number).get("/fhir/Patient"),
        *(unit.get(address.format(number)) for address in ADDRESSES),
    ]


def test_no_number_is_told_to_anybody_it_is_not_for(production: tuple[Service, str], there: Municipality) -> None:
    service, url = production
    number = identity_number()
    answers = everywhere(there, number)
    assert {answer.status_code for answer in answers} >= {200, 201, 400, 401, 404, 406, 409, 415, 422}
    assert [answer.status_code for answer in answers if answer.status_code >= 500] == []
    for answer in answers:
        assert_unnamed(answer, number)
    time.sleep(0.2)
    written = Path(service.output).read_text()
    assert written.count('"event":"request"') > len(answers)
    rows = logged(url)
    assert rows.count("\n") > len(answers) / 2
    spaced = f"{number[:6]} {number[6:]}"
    assert [text for text in (number, spaced) if text in written + rows] == []
