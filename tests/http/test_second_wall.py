"""The second wall (DESIGN D6) over HTTP: with no condition left of the policy, nothing crosses municipalities; and
what a request ran as does not stay with the connection it ran on."""

import asyncio
from collections.abc import Iterator

import httpx
import pytest
from matrix_world import World, build
from patched import always, everywhere

from audit import Store
from oppfolging_api.access import policy
from oppfolging_api.access.development import DevelopmentIssuer
from oppfolging_api.app import create_app
from oppfolging_api.kernel import systems
from oppfolging_api.settings import Settings
from oppfolging_api.store.database import Database
from support import Api, Json, MovableClock, Municipality, ok

OURS, THEIRS = "7011", "7012"
CALLERS = ("coordinating-unit", "system", "coordinator", "team", "leader", "referrer", "person")
FALLEN = {
    "visible": "true",
    "version_visible": "true",
    "not_denied": "true",
    "released": "true",
    "seen_as": f"ARRAY[{', '.join(repr(standing.name) for standing in policy.STANDINGS)}]",
    "reach": None,
}
"""What the policy's functions answer when it says nothing: every row there is, in every standing."""


@pytest.fixture(scope="session")
def world(server: str, issuer: DevelopmentIssuer, session_clock: MovableClock) -> World:
    """Two municipalities that know the same people, each with a family of its own under ids that both have."""
    town, other = (Municipality(server, issuer, session_clock, code) for code in (OURS, THEIRS))
    made = build(town, other)
    for one, family in ((town, "Suldaling"), (other, "Bergenser")):
        for resource in _twins(family):
            ok(one.system.put(resource), 201)
    return made


def _twins(family: str) -> list[Json]:
    """The family's name wherever a search looks: in a token, in a text; and a date and a quantity of its own."""
    known = {"identifier": [{"system": "urn:family", "value": family}]}
    patient = {"reference": "Patient/twin"}
    born, weight = ("1931-01-01", 31) if family == "Bergenser" else ("1960-01-01", 60)
    return [
        {"resourceType": "Patient", "id": "twin", "name": [{"family": family}], "birthDate": born} | known,
        {
            "resourceType": "Goal",
            "id": "twin",
            "lifecycleStatus": "active",
            "description": {"text": family},
            "subject": patient,
        }
        | known,
        {
            "resourceType": "Task",
            "id": "twin",
            "status": "requested",
            "intent": "order",
            "for": patient,
            "focus": {"reference": "Goal/twin"},
        }
        | known,
        {
            "resourceType": "Observation",
            "id": "twin",
            "status": "final",
            "code": {"text": "Vekt"},
            "subject": patient,
            "valueQuantity": {"value": weight, "code": "kg", "system": "urn:u"},
        }
        | known,
    ]


@pytest.fixture
def fallen(monkeypatch: pytest.MonkeyPatch) -> None:
    """The policy says yes to everything, wherever the service of this process asks it."""
    for name, answer in FALLEN.items():
        everywhere(monkeypatch, getattr(policy, name), always(answer))


@pytest.fixture(scope="session")
def theirs(world: World, settings: Settings) -> dict[str, list[str]]:
    """By type: the ids that the other municipality alone has."""
    held: dict[str, list[str]] = {}
    rows = Store(settings).ask(
        "SELECT type, id FROM find f WHERE municipality = $1 AND NOT EXISTS"
        " (SELECT FROM find o WHERE o.municipality = $2 AND o.type = f.type AND o.id = f.id)",
        THEIRS,
        OURS,
    )
    for type, id in rows:
        held.setdefault(type, []).append(id)
    return held


def _answers(api: Api, path: str) -> Iterator[str]:
    """The texts of all its pages."""
    while path:
        answer = api.get(path)
        assert answer.status_code == 200, f"{path}: {answer.text}"
        yield answer.text
        link = next((one["url"] for one in answer.json().get("link", ()) if one["relation"] == "next"), "")
        path = link.removeprefix(api.address)


@pytest.mark.usefixtures("fallen")
def test_without_the_policy_everybody_sees_everything_of_their_municipality(world: World) -> None:
    """Else the tests below would show nothing."""
    person = world.records[1].held
    for role in CALLERS:
        for type in ("Goal", "Consent", "Task", "CarePlan"):
            assert world.callers[role].read(type, person[type]["id"])["id"] == person[type]["id"]


@pytest.mark.usefixtures("fallen")
@pytest.mark.parametrize("role", CALLERS)
def test_no_resource_of_another_municipality_is_read(world: World, theirs: dict[str, list[str]], role: str) -> None:
    api = world.callers[role]
    paths = ["/fhir/{}/{}", "/fhir/{}/{}/_history", "/fhir/{}/{}/_history/1", "/fhir/Patient/{1}/$everything"]
    asked = [path.format(type, ids[0]) for type, ids in theirs.items() for path in paths]
    assert len(asked) >= 4 * 22
    assert [path for path in asked if api.get(path).status_code != 404] == []


@pytest.mark.usefixtures("fallen")
@pytest.mark.parametrize("role", CALLERS)
def test_no_list_has_anything_of_another_municipality(world: World, theirs: dict[str, list[str]], role: str) -> None:
    """By type and of everything: searches to the last page, histories, what is included both ways, a person's all."""
    api, patient, unit = world.callers[role], world.records[0].patient["id"], world.records[0].town.unit_office["id"]
    lists = [f"/fhir/{type}{asked}" for type in theirs for asked in ("?_count=50", "/_history?_count=50")]
    lists += [
        "/fhir?_type=Patient,Goal,Task&_count=50",
        "/fhir/_history?_count=50",
        f"/fhir/Patient/{patient}/$everything",
        f"/fhir/Patient/{patient}/*",
        "/fhir/CarePlan?_include=*&_count=50",
        f"/fhir/Organization?_id={unit}&_revinclude=CareTeam:participant&_revinclude=Task:owner",
        "/fhir/Task?_id=twin&_include=Task:focus&_include:iterate=Goal:patient",
        "/fhir/Patient?_id=twin&_revinclude=Goal:patient&_revinclude:iterate=Task:focus",
        "/fhir/Patient/twin/$everything",
        "/fhir/Goal/twin/_history",
    ]
    told = "".join(text for path in lists for text in _answers(api, path))
    assert "Suldaling" in told
    assert "Bergenser" not in told
    assert [id for ids in theirs.values() for id in ids if id in told] == []


# What only the family there has, and beside it what the family here has.
ASKED = {
    "Goal?identifier={}": ("Bergenser", "Suldaling"),
    "Patient?family={}": ("Bergenser", "Suldaling"),
    "Patient?family:contains={}": ("ergense", "uldalin"),
    "Patient?birthdate={}": ("1931-01-01", "1960-01-01"),
    "Observation?value-quantity={}": ("31", "60"),
    "Observation?value-quantity={}|urn:u|kg": ("31", "60"),
    "Task?focus:Goal.identifier={}": ("Bergenser", "Suldaling"),
    "Task?patient.family={}": ("Bergenser", "Suldaling"),
    "Goal?patient.birthdate={}": ("1931-01-01", "1960-01-01"),
    "Patient?_has:Goal:patient:identifier={}": ("Bergenser", "Suldaling"),
    "Patient?_has:Observation:patient:value-quantity={}": ("31", "60"),
    "Goal?_has:Task:focus:identifier={}": ("Bergenser", "Suldaling"),
    "Patient?_has:Goal:patient:_has:Task:focus:identifier={}": ("Bergenser", "Suldaling"),
}


@pytest.mark.usefixtures("world", "fallen")
@pytest.mark.parametrize("query", ASKED)
@pytest.mark.parametrize("role", ["coordinating-unit", "team"])
def test_no_question_is_answered_from_another_municipality(world: World, role: str, query: str) -> None:
    """The ids are the same in both: whoever looks there finds the row here."""
    totals = [world.callers[role].search(f"{query.format(said)}&_total=accurate")["total"] for said in ASKED[query]]
    assert totals[0] == 0
    assert totals[1] >= 1


@pytest.mark.usefixtures("fallen")
def test_nothing_is_written_to_another_municipality(world: World, theirs: dict[str, list[str]]) -> None:
    unit, foreign = world.callers["coordinating-unit"], world.records[2]
    goal = foreign.held["Goal"]
    before = foreign.town.system.read("Goal", goal["id"])
    for type, ids in theirs.items():
        assert unit.delete(type, ids[0]).status_code == 404
        assert unit.put({**foreign.held.get(type, goal), "resourceType": type, "id": ids[0]}).status_code in (404, 422)
    about = foreign.new("Goal")
    assert unit.post("/fhir/Goal", about).status_code == 422
    assert foreign.town.system.read("Goal", goal["id"]) == before
    twin = world.records[0].town.system.read("Goal", "twin")
    ok(unit.put(twin | {"language": "nn"}), 200)
    assert foreign.town.system.read("Goal", "twin")["meta"]["versionId"] == "1"
    assert unit.delete("Goal", "twin").status_code == 409


_SETTINGS = (
    "SELECT DISTINCT said[1] FROM pg_proc p, regexp_matches(p.prosrc, 'set_config\\(''(oppfolging[^'']+)', 'g') said"
    " WHERE pronamespace = 'public'::regnamespace"
)
_LEFT = "SELECT s FROM unnest(cast($1 AS text[])) s WHERE coalesce(current_setting(s, true), '') <> ''"


async def test_connections_are_handed_back_without_a_municipality(
    settings: Settings, issuer: DevelopmentIssuer, clock: MovableClock
) -> None:
    """After requests of many municipalities, good and bad, given up and cut off by the database."""
    app = create_app(settings.model_copy(update={"database_connections": 3}), clock)
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with app.router.lifespan_context(app), httpx.AsyncClient(transport=transport, base_url="http://a") as client:
        database: Database = app.state.database
        names = [row[0] for row in await database.reads.fetch(_SETTINGS)]
        assert {"oppfolging.municipality", "oppfolging.denied", "oppfolging.represents"} <= set(names)
        tokens = [_token(issuer, clock, str(7100 + n)) for n in range(12)]
        await asyncio.gather(*(_several(client, token) for token in tokens))
        for n, token in enumerate(tokens):
            await _given_up(client, token, after=n * 0.001)
        assert await _left(database, names) == []
        await _every_connection(database, "SET statement_timeout = '1ms'")
        answers = await asyncio.gather(*(_get(client, token, "/fhir/Task?_count=200&_include=*") for token in tokens))
        assert {answer.status_code for answer in answers} <= {200, 422, 503}
        assert await _left(database, names) == []


def _token(issuer: DevelopmentIssuer, clock: MovableClock, municipality: str) -> str:
    return issuer.token(
        scopes=["oppfolging/system", "oppfolging/team", "oppfolging/person"],
        municipalities=[municipality],
        subject="somebody",
        pid="13116900216",
        now=clock.now(),
    )


async def _get(client: httpx.AsyncClient, token: str, path: str) -> httpx.Response:
    return await client.get(path, headers={"Authorization": f"Bearer {token}"})


async def _several(client: httpx.AsyncClient, token: str) -> None:
    """Reads and writes that are done, and that are refused at each step."""
    headers = {"Authorization": f"Bearer {token}"}
    organisation: Json = {"resourceType": "Organization", "name": "Kontoret"}
    number = {"identifier": [{"system": systems.ORGANISATION_NUMBER, "value": "910000004"}]}
    statuses = [
        (await client.post("/fhir/Organization", json=body, headers=headers)).status_code
        for body in (
            organisation | number,
            organisation | number,
            organisation | {"partOf": {"reference": "Organization/1"}},
        )
    ]
    assert statuses[0] == 201
    assert set(statuses[1:]) <= {409, 422}
    found = await _get(client, token, "/fhir/Organization?_total=accurate")
    assert found.json()["total"] == 1
    assert (await _get(client, token, "/fhir/Goal/nothing")).status_code == 404
    assert (await _get(client, token, "/fhir/Goal?nothing=1&_count=x")).status_code == 400


async def _given_up(client: httpx.AsyncClient, token: str, *, after: float) -> None:
    headers = {"Authorization": f"Bearer {token}"}
    asked = [
        asyncio.ensure_future(_get(client, token, "/fhir/Organization?_total=accurate&_include=*")),
        asyncio.ensure_future(
            client.post("/fhir/Organization", json={"resourceType": "Organization", "name": "B"}, headers=headers)
        ),
    ]
    await asyncio.sleep(after)
    for task in asked:
        task.cancel()
    await asyncio.gather(*asked, return_exceptions=True)


async def _left(database: Database, names: list[str]) -> list[str]:
    """What is still set on any connection of either pool."""
    async with asyncio.timeout(20):
        held = [(pool, await pool.acquire()) for pool in (database.reads, database.writes) for _ in range(3)]
        left = [row["s"] for _, one in held for row in await one.fetch(_LEFT, names)]
        for pool, one in held:
            await pool.release(one)
    return left


async def _every_connection(database: Database, statement: str) -> None:
    reads = [await database.reads.acquire() for _ in range(3)]
    for one in reads:
        await one.execute(statement)
    for one in reads:
        await database.reads.release(one)
