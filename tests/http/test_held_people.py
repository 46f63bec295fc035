"""Who writes holds the people it is about: whom the caller sees, before its first write, and as it is allowed when it
has them."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import asyncpg
import httpx
import pytest

from audit import NOBODY, Store
from oppfolging_api.kernel import systems
from oppfolging_api.settings import Settings
from support import Api, Employee, Json, Municipality, issues, label, ok, patient_number, reference

_WAITING = (
    "SELECT EXISTS (SELECT FROM pg_locks WHERE locktype = 'advisory' AND NOT granted)"
    " FROM (SELECT pg_sleep($1) OFFSET 0) soon"
)
PATIENCE_S = 20


class Busy:
    """Somebody else who is writing about a person."""

    def __init__(self, connection: asyncpg.Connection, key: str) -> None:
        self._connection, self._key = connection, key

    async def hold(self) -> None:
        await self._connection.execute("SELECT pg_advisory_lock(hashtextextended($1, 0))", self._key)

    async def let_go(self) -> None:
        await self._connection.execute("SELECT pg_advisory_unlock(hashtextextended($1, 0))", self._key)

    async def is_waited_for(self) -> None:
        async with asyncio.timeout(PATIENCE_S):
            while not await self._connection.fetchval(_WAITING, 0.02):
                pass


@asynccontextmanager
async def busy_with(settings: Settings, town: Municipality, patient: Json) -> AsyncIterator[Busy]:
    connection = await asyncpg.connect(Store(settings).dsn)
    try:
        busy = Busy(connection, f"{town.code} {patient['id']}")
        await busy.hold()
        yield busy
    finally:
        await connection.close()


def goal(patient: Json, **elements: Any) -> Json:
    said = {"resourceType": "Goal", "lifecycleStatus": "active", "description": {"text": "Gå tur"}}
    return said | {"subject": reference(patient)} | elements


def bundle(kind: str, *entries: Json) -> Json:
    return {"resourceType": "Bundle", "type": kind, "entry": list(entries)}


def post_of(resource: Json) -> Json:
    return {"request": {"method": "POST", "url": resource["resourceType"]}, "resource": resource}


def put_of(resource: Json) -> Json:
    url = f"{resource['resourceType']}/{resource['id']}"
    return {"request": {"method": "PUT", "url": url}, "resource": resource}


def tried(mode: str, resource: Json) -> Json:
    given = [{"name": "mode", "valueCode": mode}, {"name": "resource", "resource": resource}]
    return {"resourceType": "Parameters", "parameter": given}


@pytest.fixture
def nurse(town: Municipality) -> Employee:
    return town.employee()


Send = Callable[[Api, Json], httpx.Response]
OF_A_COORDINATOR: dict[str, Send] = {
    "a create": lambda api, patient: api.post("/fhir/Goal", goal(patient)),
    "a create tried": lambda api, patient: api.post("/fhir/Goal/$validate", tried("create", goal(patient))),
    "a create in a batch": lambda api, patient: api.post("/fhir", bundle("batch", post_of(goal(patient)))),
    "a create in a transaction": lambda api, patient: api.post("/fhir", bundle("transaction", post_of(goal(patient)))),
}
OF_A_SYSTEM: dict[str, Send] = {
    "a create by PUT": lambda api, patient: api.put(goal(patient, id="own-1")),
    "a create by PUT in a transaction": lambda api, patient: api.post(
        "/fhir", bundle("transaction", put_of(goal(patient, id="own-1")))
    ),
    "a create by criteria": lambda api, patient: api.send("PUT", "/fhir/Goal?_id=own-1", json=goal(patient)),
}


async def told_while_busy(api: Api, send: Send, patient: Json, busy: Busy) -> tuple[int, str]:
    """What is answered although somebody is writing about them, with which the caller does not wait."""
    answer = await asyncio.wait_for(asyncio.to_thread(send, api, patient), PATIENCE_S)
    return answer.status_code, answer.text


@pytest.mark.parametrize("name", OF_A_COORDINATOR)
async def test_nobody_waits_for_a_person_they_do_not_see(
    town: Municipality, nurse: Employee, settings: Settings, name: str
) -> None:
    """Whoever waited would learn that somebody is there."""
    api, hidden, send = nurse.as_("coordinator"), town.person(), OF_A_COORDINATOR[name]
    nothing = await asyncio.to_thread(send, api, {"resourceType": "Patient", "id": NOBODY})
    async with busy_with(settings, town, hidden) as busy:
        told = await told_while_busy(api, send, hidden, busy)
    assert told == (nothing.status_code, nothing.text)
    assert "the reference points at nothing that exists here" in nothing.text


@pytest.mark.parametrize("name", OF_A_SYSTEM)
async def test_no_system_waits_for_a_person_who_is_withheld_from_it(
    town: Municipality, settings: Settings, name: str
) -> None:
    office, hidden = town.organisation("other"), town.person(meta=label("health"))
    town.denial(hidden, office, "health")
    api, send = town.api("system", orgnr=office["identifier"][0]["value"]), OF_A_SYSTEM[name]
    nothing = await asyncio.to_thread(send, api, {"resourceType": "Patient", "id": NOBODY})
    async with busy_with(settings, town, hidden) as busy:
        told = await told_while_busy(api, send, hidden, busy)
    assert told == (nothing.status_code, nothing.text)
    assert nothing.status_code == 422


@pytest.mark.parametrize("name", OF_A_COORDINATOR)
async def test_who_sees_the_person_waits(town: Municipality, nurse: Employee, settings: Settings, name: str) -> None:
    patient = town.person()
    town.team(patient, coordinator=nurse.role)
    async with busy_with(settings, town, patient) as busy:
        sent = asyncio.create_task(asyncio.to_thread(OF_A_COORDINATOR[name], nurse.as_("coordinator"), patient))
        await busy.is_waited_for()
        assert not sent.done()
        await busy.let_go()
        assert (await sent).status_code in (200, 201)


WAITING: dict[str, tuple[Send, int]] = {
    "a create": (lambda api, held: api.post("/fhir/Goal", goal(held["patient"])), 422),
    "an update": (lambda api, held: api.put(held["goal"] | {"lifecycleStatus": "completed"}), 404),
    "a deletion": (lambda api, held: api.delete("Goal", held["goal"]["id"]), 404),
    "an update in a batch": (
        lambda api, held: api.post("/fhir", bundle("batch", put_of(held["goal"] | {"lifecycleStatus": "completed"}))),
        200,
    ),
}


@pytest.mark.parametrize("name", WAITING)
async def test_what_is_withdrawn_while_a_write_waits_counts_no_more(
    town: Municipality, nurse: Employee, settings: Settings, name: str
) -> None:
    """The coordinator leaves their post as they wait."""
    patient, (send, status) = town.person(), WAITING[name]
    town.team(patient, coordinator=nurse.role)
    stood = town.unit.create(goal(patient))
    async with busy_with(settings, town, patient) as busy:
        held = {"patient": patient, "goal": stood}
        sent = asyncio.create_task(asyncio.to_thread(send, nurse.as_("coordinator"), held))
        await busy.is_waited_for()
        await asyncio.to_thread(town.system.update, nurse.role | {"active": False})
        await busy.let_go()
        answer = await sent
    assert answer.status_code == status, answer.text
    if status == 200:
        assert answer.json()["entry"][0]["response"]["status"] == "404 Not Found"
    assert town.unit.found("Goal") == [f"Goal/{stood['id']}"]
    assert town.unit.read("Goal", stood["id"]) == stood


def then_search(patient: Json) -> str:
    """A reference to the person that is a search."""
    return f"Patient?identifier={systems.FNR}|{patient_number(patient)}"


SECOND: dict[str, Callable[[Json, Json], Json]] = {
    "an update": lambda patient, stood: put_of(stood | {"lifecycleStatus": "completed"}),
    "a create": lambda patient, stood: post_of(goal(patient)),
    "a create of what is searched for": lambda patient, stood: post_of(
        goal(patient) | {"subject": {"reference": then_search(patient)}}
    ),
    "a create unless there is one": lambda patient, stood: {
        "request": {"method": "POST", "url": "Goal", "ifNoneExist": f"_id={stood['id']}"},
        "resource": goal(patient),
    },
    "an update by criteria": lambda patient, stood: {
        "request": {"method": "PUT", "url": f"Goal?_id={stood['id']}"},
        "resource": goal(patient),
    },
}


@pytest.mark.parametrize("second", SECOND)
async def test_a_transaction_holds_all_its_people_before_its_first_write(
    town: Municipality, nurse: Employee, settings: Settings, second: str
) -> None:
    """After it has written it could not enter anew: what is withdrawn while it waits for the second would count."""
    people = [town.person(), town.person()]
    for one in people:
        town.team(one, coordinator=nurse.role)
    goals = [town.unit.create(goal(one)) for one in people]
    gone = {"request": {"method": "DELETE", "url": f"Goal/{goals[0]['id']}"}}
    then = SECOND[second](people[1], goals[1])
    async with busy_with(settings, town, people[1]) as busy:
        api = nurse.as_("coordinator")
        sent = asyncio.create_task(asyncio.to_thread(api.post, "/fhir", bundle("transaction", gone, then)))
        await busy.is_waited_for()
        await asyncio.to_thread(town.system.update, nurse.role | {"active": False})
        await busy.let_go()
        answer = await sent
    assert issues(answer, 404) == [("not-found", "Bundle.entry[0]")], answer.text
    assert [town.unit.read("Goal", one["id"]) for one in goals] == goals
    assert len(town.unit.found("Goal")) == 2


async def test_who_comes_to_see_somebody_while_waiting_for_another_asks_again(
    town: Municipality, nurse: Employee, settings: Settings
) -> None:
    """Nobody is written about who is not held."""
    seen, hidden = town.person(), town.person()
    town.team(seen, coordinator=nurse.role)
    api = nurse.as_("coordinator")
    both = bundle("transaction", post_of(goal(seen)), post_of(goal(hidden)))
    async with busy_with(settings, town, seen) as busy:
        sent = asyncio.create_task(asyncio.to_thread(api.post, "/fhir", both))
        await busy.is_waited_for()
        await asyncio.to_thread(lambda: town.team(hidden, coordinator=nurse.role))
        await busy.let_go()
        answer = await sent
    assert issues(answer, 409) == [("conflict", None)]
    assert answer.headers["retry-after"] == "1"
    assert town.unit.found("Goal") == []
    ok(api.post("/fhir", both), 200)
    assert len(town.unit.found("Goal")) == 2


async def test_a_person_who_is_new_in_a_transaction_is_written_about_in_it(town: Municipality) -> None:
    """Also under the id that a journal system brings."""
    new = {"resourceType": "Patient", "id": "pas-1", "name": [{"family": "Person"}]}
    told = town.system.post("/fhir", bundle("transaction", post_of(goal(new)), put_of(new)))
    assert [entry["response"]["status"] for entry in ok(told, 200)["entry"]] == ["201 Created", "201 Created"]
