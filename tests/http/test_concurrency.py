"""Many at once: no update is lost, every loser is told, and what must not be true together never is."""

import asyncio
import re
from collections import Counter
from collections.abc import Sequence

import httpx
import pytest

from support import CANONICAL, NO_TLS, Api, Json, Municipality, coding, identity_number, ok, patient_number, reference

ID = "one-and-the-same"
Call = tuple[Api, str, str, Json, dict[str, str]]
"""Caller, method, path, body, headers."""


def at_once(calls: Sequence[Call]) -> list[httpx.Response]:
    """The answers, in the order of the calls, which all leave together."""

    async def answer(api: Api, method: str, path: str, body: Json, headers: dict[str, str]) -> httpx.Response:
        # A connection each, and no pool: httpx looks through every connection of a pool at every step of a request.
        async with httpx.AsyncClient(verify=NO_TLS, timeout=90) as client:
            return await client.request(method, api.address + path, json=body, headers=api.headers | headers)

    async def run() -> list[httpx.Response]:
        return await asyncio.gather(*(answer(*call) for call in calls))

    return asyncio.run(run())


def put(api: Api, resource: Json, if_match: int | None = None) -> Call:
    headers = {"If-Match": f'W/"{if_match}"'} if if_match else {}
    return api, "PUT", f"/fhir/{resource['resourceType']}/{resource['id']}", resource, headers


def version(answer: httpx.Response) -> int:
    found = re.fullmatch(r'W/"(\d+)"', answer.headers["etag"])
    assert found
    return int(found[1])


def organisation(alias: str) -> Json:
    return {"resourceType": "Organization", "id": ID, "name": "Tjenesten", "alias": [alias]}


def patient(alias: str) -> Json:
    return {"resourceType": "Patient", "id": ID, "name": [{"family": "Person"}], "address": [{"text": alias}]}


def alias_of(resource: Json) -> str:
    return str(resource["alias"][0] if "alias" in resource else resource["address"][0]["text"])


def history(api: Api, path: str) -> list[Json]:
    """Every version, oldest first, over all pages."""
    entries: list[Json] = []
    page = ok(api.get(f"{path}/_history"), 200)
    while True:
        entries += page["entry"]
        following = [link["url"] for link in page["link"] if link["relation"] == "next"]
        if not following:
            return entries[::-1]
        page = ok(api.get(following[0].removeprefix(api.address)), 200)


@pytest.mark.parametrize("made", [organisation, patient])
def test_of_200_creates_and_updates_of_one_resource_each_success_is_one_version(made: type, town: Municipality) -> None:
    """Half of them name the version they expect; at first the resource is not there at all."""
    calls = [put(town.system, made(f"client {n}"), if_match=n // 20 + 1 if n % 2 else None) for n in range(200)]
    answers = at_once(calls)
    told = Counter(answer.status_code for answer in answers)
    assert set(told) <= {200, 201, 409, 412}
    assert told[201] == 1
    assert told[200] >= 20
    won = {version(answer): n for n, answer in enumerate(answers) if answer.status_code < 300}
    assert sorted(won) == list(range(1, told[200] + told[201] + 1))
    for number, n in won.items():
        assert n % 2 == 0 or number == n // 20 + 2
        assert alias_of(answers[n].json()) == f"client {n}"

    kind = answers[0].request.url.path.split("/")[2]
    stood = history(town.system, f"/fhir/{kind}/{ID}")
    assert [entry["resource"]["meta"]["versionId"] for entry in stood] == [str(number) for number in sorted(won)]
    assert [alias_of(entry["resource"]) for entry in stood] == [f"client {won[number]}" for number in sorted(won)]
    assert town.system.read(kind, ID) == stood[-1]["resource"]
    assert town.system.found(f"{kind}?_id={ID}") == [f"{kind}/{ID}"]


def test_of_200_updates_that_expect_the_same_version_one_wins(town: Municipality) -> None:
    town.system.put(organisation("first"))
    answers = at_once([put(town.system, organisation(f"client {n}"), if_match=1) for n in range(200)])
    assert Counter(answer.status_code for answer in answers) == {200: 1, 412: 199}
    assert {answer.headers["etag"] for answer in answers} == {'W/"2"'}
    assert len(history(town.system, f"/fhir/Organization/{ID}")) == 2


def test_clients_that_read_change_and_write_back_lose_nothing(town: Municipality) -> None:
    """Ten clients, each adding five lines to one text, again and again until it was not overtaken."""

    async def add(client: httpx.AsyncClient, line: str) -> None:
        while True:
            url = f"{town.address}/fhir/Organization/{ID}"
            read = await client.get(url, headers=town.system.headers)
            changed = organisation(read.json().get("alias", [""])[0] + line)
            headers = town.system.headers | {"If-Match": read.headers["etag"]}
            if (await client.put(url, json=changed, headers=headers)).status_code == 200:
                return

    async def client_of(name: str) -> None:
        async with httpx.AsyncClient(verify=NO_TLS, timeout=60) as client:
            for n in range(5):
                await add(client, f"{name}{n};")

    async def run() -> None:
        await asyncio.gather(*(client_of(name) for name in "abcdefghij"))

    town.system.put(organisation(";"))
    asyncio.run(run())
    lines = town.system.read("Organization", ID)["alias"][0].strip(";").split(";")
    assert sorted(lines) == [f"{name}{n}" for name in "abcdefghij" for n in range(5)]


def test_deletes_and_updates_of_one_resource_at_once_are_one_after_another(town: Municipality) -> None:
    town.system.put(organisation("first"))
    delete: Call = (town.system, "DELETE", f"/fhir/Organization/{ID}", {}, {})
    answers = at_once([delete if n % 4 == 0 else put(town.system, organisation(f"client {n}")) for n in range(40)])
    assert {answer.status_code for answer in answers} <= {200, 201, 204, 409}
    versions = ok(town.system.get(f"/fhir/Organization/{ID}/_history"), 200)["entry"]
    numbers = [int(entry["response"]["etag"][3:-1]) for entry in versions]
    assert numbers == list(range(len(numbers), 0, -1))
    written = [version(answer) for answer in answers if answer.status_code in (200, 201)]
    assert len(set(written)) == len(written)


def referral(message: str, number: str) -> Json:
    return {
        "messageId": message,
        "patient": {"identifier": number, "name": "Ola Nordmann"},
        "reason": "Trenger et team",
        "consentToShare": True,
        "personInformed": True,
    }


def test_one_referral_sent_50_times_at_once_is_one(town: Municipality) -> None:
    sender, message = town.api("referrer", orgnr="889640782"), referral("m-1", identity_number())
    answers = at_once([(sender, "POST", "/referral", message, {})] * 50)
    assert Counter(answer.status_code for answer in answers) == {201: 50}
    assert len({answer.text for answer in answers}) == 1
    id = answers[0].json()["id"]
    assert town.unit.found("ServiceRequest") == [f"ServiceRequest/{id}"]
    for type in ("Patient", "Task", "Communication"):
        assert len(town.unit.found(type)) == 1


def test_referrals_of_several_senders_about_a_person_nobody_knew_find_one_person(town: Municipality) -> None:
    number = identity_number()
    senders = [town.api("referrer", orgnr=orgnr) for orgnr in ("889640782", "974760673", "971526920", "983609155")]
    calls: list[Call] = [(sender, "POST", "/referral", referral("m-1", number), {}) for sender in senders]
    answers = at_once(calls)
    assert {answer.status_code for answer in answers} <= {201, 409}
    again = [ok(one.post("/referral", referral("m-1", number)), 201)["id"] for one in senders]
    assert len(set(again)) == 4
    assert len(town.unit.found("Patient")) == 1
    assert len(town.unit.found("ServiceRequest")) == 4


def plan_of(person: Json, status: str) -> Json:
    return {
        "resourceType": "CarePlan",
        "status": status,
        "intent": "plan",
        "category": [coding(CANONICAL.code_system("plan-kind"), "individual-plan")],
        "subject": reference(person),
    }


def test_a_plan_activated_as_its_consent_is_withdrawn_never_stands_active_without_one(town: Municipality) -> None:
    cases = []
    for _ in range(12):
        person = town.person()
        cases.append((person, town.consent(person), town.unit.create(plan_of(person, "draft"))))
    calls = []
    for _, consent, plan in cases:
        calls += [put(town.unit, plan | {"status": "active"}), put(town.unit, consent | {"status": "inactive"})]
    answers = at_once(calls)
    for n, (person, consent, plan) in enumerate(cases):
        activated, withdrawn = answers[2 * n : 2 * n + 2]
        assert withdrawn.status_code == 200, withdrawn.text
        assert activated.status_code in (200, 422), activated.text
        assert town.unit.read("Consent", consent["id"])["status"] == "inactive"
        expected = {200: "on-hold", 422: "draft"}[activated.status_code]
        assert town.unit.read("CarePlan", plan["id"])["status"] == expected, patient_number(person)


def test_of_two_teams_made_active_at_once_one_stands(town: Municipality) -> None:
    people = [town.person() for _ in range(6)]
    team: Json = {"resourceType": "CareTeam", "status": "active", "name": "Teamet", "period": {"start": "2024-01-01"}}
    calls: list[Call] = [
        (town.unit, "POST", "/fhir/CareTeam", team | {"subject": reference(person)}, {})
        for person in people
        for _ in range(3)
    ]
    answers = at_once(calls)
    for n in range(len(people)):
        assert sorted(answer.status_code for answer in answers[3 * n : 3 * n + 3]) == [201, 409, 409]
    assert len(town.unit.found("CareTeam?status=active")) == len(people)


def test_of_two_plans_made_active_at_once_one_stands(town: Municipality) -> None:
    people = [town.person() for _ in range(6)]
    for person in people:
        town.consent(person)
    calls: list[Call] = [
        (town.unit, "POST", "/fhir/CarePlan", plan_of(person, "active"), {}) for person in people for _ in range(3)
    ]
    answers = at_once(calls)
    for n in range(len(people)):
        assert sorted(answer.status_code for answer in answers[3 * n : 3 * n + 3]) == [201, 409, 409]
    assert len(town.unit.found("CarePlan?status=active")) == len(people)


def test_what_is_deleted_as_somebody_refers_to_it_is_not_referred_to_by_what_stands(town: Municipality) -> None:
    practitioner = reference(town.employee().practitioner)
    offices = [town.system.create({"resourceType": "Organization", "name": "Kontoret"}) for _ in range(25)]
    calls: list[Call] = []
    for office in offices:
        role = {"resourceType": "PractitionerRole", "practitioner": practitioner, "organization": reference(office)}
        calls.append((town.system, "DELETE", f"/fhir/Organization/{office['id']}", {}, {}))
        calls.append((town.system, "POST", "/fhir/PractitionerRole", role, {}))
    answers = at_once(calls)
    told = {
        (deleted.status_code, referred.status_code)
        for deleted, referred in zip(answers[::2], answers[1::2], strict=True)
    }
    assert told <= {(204, 422), (409, 201), (409, 409)}
