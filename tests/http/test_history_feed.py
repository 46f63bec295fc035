"""The history of a type and of everything is a change feed: who polls it hears of every version, late ones too."""

from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from typing import Any

import asyncpg
import pytest

from audit import Store
from oppfolging_api.settings import Settings
from support import Api, Json, MovableClock, Municipality, identity_number, issues, label, ok, reference

OFFICE: Json = {"resourceType": "Organization", "name": "Kontoret"}
SETTLING = 50
"""Times a test asks again: somebody else's transaction, such as PostgreSQL's own analysis, may still be open."""


@pytest.fixture
def store(settings: Settings) -> Store:
    return Store(settings)


@pytest.fixture
async def elsewhere(store: Store) -> AsyncIterator[asyncpg.Connection]:
    """Another writer, straight on PostgreSQL, whose transaction the test opens and commits."""
    connection = await asyncpg.connect(store.dsn)
    yield connection
    await connection.close()


async def write(connection: asyncpg.Connection, town: Municipality, id: str, updated: datetime) -> None:
    key: tuple[Any, ...] = (town.code, "Organization", id)
    body = f'{{"resourceType":"Organization","id":"{id}"}}'.encode()
    await connection.execute(
        "INSERT INTO find (municipality, type, id, updated, deleted, kinds, keys)"
        " VALUES ($1, $2, $3, $4, false, '{}', '{}')",
        *key,
        updated,
    )
    await connection.execute(
        "INSERT INTO resource_version (municipality, type, id, version, method, updated, kinds, body)"
        " VALUES ($1, $2, $3, 1, 'POST', $4, '{}', $5)",
        *key,
        updated,
        body,
    )


def told(page: Json) -> list[str]:
    """`id/version` of every entry."""
    entries = page.get("entry", [])
    return [f"{one['fullUrl'].rpartition('/')[2]}/{one['response']['etag'].split(chr(34))[1]}" for one in entries]


def link(page: Json, relation: str) -> str | None:
    return next((held["url"] for held in page["link"] if held["relation"] == relation), None)


def follow(api: Api, page: Json, relation: str) -> Json:
    return ok(api.get(str(link(page, relation)).removeprefix(api.address)), 200)


def walked(api: Api, page: Json) -> list[str]:
    """All pages from this one on."""
    found = told(page)
    while link(page, "next"):
        page = follow(api, page, "next")
        found += told(page)
    return found


def settled(api: Api, path: str, count: int) -> Json:
    """The first page, once it holds as many."""
    for _ in range(SETTLING):
        page = ok(api.get(path), 200)
        if len(told(page)) >= count:
            return page
    raise AssertionError(f"{path} never came to {count}: {told(page)}")


def offices(town: Municipality, count: int) -> list[str]:
    return [town.system.create(OFFICE)["id"] for _ in range(count)]


async def test_a_poller_hears_of_a_commit_that_comes_late(
    town: Municipality, elsewhere: asyncpg.Connection, clock: MovableClock
) -> None:
    """The late writer began first; another wrote after it and was done before it."""
    begin = follow(town.system, settled(town.system, "/fhir/Organization/_history", 1), "since")
    transaction = elsewhere.transaction()
    await transaction.start()
    await write(elsewhere, town, "late", clock.now())
    (quick,) = offices(town, 1)
    meanwhile = follow(town.system, begin, "since")
    assert told(meanwhile) == []
    assert told(follow(town.system, meanwhile, "since")) == []
    await transaction.commit()
    heard = settled(town.system, str(link(meanwhile, "since")).removeprefix(town.address), 2)
    assert told(heard) == [f"{quick}/1", "late/1"]
    assert told(follow(town.system, heard, "since")) == []


async def test_a_poller_by_since_alone_hears_of_a_late_commit_that_bears_an_earlier_time(
    town: Municipality, elsewhere: asyncpg.Connection, clock: MovableClock
) -> None:
    began = clock.now() - timedelta(seconds=20)
    (quick,) = offices(town, 1)
    transaction = elsewhere.transaction()
    await transaction.start()
    await write(elsewhere, town, "late", began)
    seen = settled(town.system, "/fhir/Organization/_history?_count=1", 1)
    assert told(seen) == [f"{quick}/1"]
    await transaction.commit()
    last = seen["entry"][0]["response"]["lastModified"]
    heard = settled(town.system, f"/fhir/Organization/_history?_since={last}", 2)
    assert told(heard) == ["late/1", f"{quick}/1"]


async def test_a_transaction_that_fails_holds_the_feed_up_no_longer(
    town: Municipality, elsewhere: asyncpg.Connection, clock: MovableClock
) -> None:
    begin = follow(town.system, settled(town.system, "/fhir/Organization/_history", 1), "since")
    transaction = elsewhere.transaction()
    await transaction.start()
    await write(elsewhere, town, "never", clock.now())
    (made,) = offices(town, 1)
    assert told(follow(town.system, begin, "since")) == []
    await transaction.rollback()
    assert told(settled(town.system, str(link(begin, "since")).removeprefix(town.address), 1)) == [f"{made}/1"]


def test_every_poll_tells_what_is_new_and_nothing_twice(town: Municipality) -> None:
    heard: list[str] = []
    page = settled(town.system, "/fhir/Organization/_history", 1)
    expected = []
    for _ in range(3):
        made = town.system.create(OFFICE)
        town.system.update(made | {"name": "Nytt"})
        town.system.delete("Organization", made["id"])
        expected += [f"{made['id']}/3", f"{made['id']}/2", f"{made['id']}/1"]
        page = settled(town.system, str(link(page, "since")).removeprefix(town.address), 3)
        heard += told(page)
    assert heard == expected


def test_the_pages_of_a_walk_lose_and_double_nothing_while_others_write(town: Municipality) -> None:
    made = offices(town, 7)
    start = settled(town.system, "/fhir/Organization/_history?_count=8", 8)
    page = ok(town.system.get("/fhir/Organization/_history?_count=3"), 200)
    found = told(page)
    later = []
    while link(page, "next"):
        later += offices(town, 1)
        page = follow(town.system, page, "next")
        assert len(told(page)) <= 3
        found += told(page)
    assert found == told(start)
    assert found[:7] == [f"{id}/1" for id in reversed(made)]
    assert walked(town.system, settled(town.system, str(link(page, "since")).removeprefix(town.address), 2)) == [
        f"{id}/1" for id in reversed(later)
    ]


def test_everything_is_one_feed(town: Municipality) -> None:
    begin = settled(town.system, "/fhir/_history", 1)
    assert link(begin, "self") == f"{town.address}/fhir/_history"
    patient = town.person()
    goal = town.unit.create(
        {
            "resourceType": "Goal",
            "lifecycleStatus": "active",
            "description": {"text": "Å klatre igjen"},
            "subject": reference(patient),
        }
    )
    town.system.delete("Goal", goal["id"])
    page = settled(town.system, str(link(begin, "since")).removeprefix(town.address), 3)
    assert (page["resourceType"], page["type"]) == ("Bundle", "history")
    assert [(one["request"], one["response"]["status"]) for one in page["entry"]] == [
        ({"method": "DELETE", "url": f"Goal/{goal['id']}"}, "204 No Content"),
        ({"method": "POST", "url": "Goal"}, "201 Created"),
        ({"method": "POST", "url": "Patient"}, "201 Created"),
    ]
    assert [one.get("resource") for one in page["entry"]] == [None, goal, patient]
    assert walked(town.system, ok(town.system.get("/fhir/_history?_count=1"), 200))[:3] == told(page)


def test_one_write_of_several_resources_comes_whole_over_pages(town: Municipality) -> None:
    """A referral makes several resources in one transaction."""
    begin = settled(town.system, "/fhir/_history", 1)
    form = {
        "messageId": "1",
        "patient": {"identifier": identity_number(), "name": "Ola Nordmann"},
        "reason": "Trenger et team",
        "consentToShare": True,
        "personInformed": True,
    }
    ok(town.api("referrer", orgnr="889640782").post("/referral", form), 201)
    whole = settled(town.system, str(link(begin, "since")).removeprefix(town.address), 4)
    kinds = [entry["request"]["url"].partition("/")[0] for entry in whole["entry"]]
    assert sorted(set(kinds)) == ["Communication", "Patient", "ServiceRequest", "Task"]
    one_by_one = ok(town.system.get("/fhir/_history?_count=1"), 200)
    assert walked(town.system, one_by_one)[: len(kinds)] == told(whole)


def test_a_feed_shows_what_the_caller_may_see(town: Municipality, other_town: Municipality) -> None:
    nurse = town.employee()
    mine, strange = town.person(), town.person()
    town.team(mine, nurse.role)
    other_town.person()
    settled(town.system, "/fhir/Patient/_history", 2)
    team = nurse.as_("team")
    assert told(ok(team.get("/fhir/Patient/_history"), 200)) == [f"{mine['id']}/1"]
    assert f"{strange['id']}/1" not in walked(team, ok(team.get("/fhir/_history"), 200))
    assert told(ok(town.unit.get("/fhir/Patient/_history"), 200)) == [f"{strange['id']}/1", f"{mine['id']}/1"]


def test_a_feed_withholds_what_a_consent_withholds(town: Municipality) -> None:
    office = town.organisation("home-care")
    nurse, patient = town.employee(office), town.person()
    town.team(patient, nurse.role)
    goal: Json = {
        "resourceType": "Goal",
        "meta": label("substance-use"),
        "lifecycleStatus": "active",
        "description": {"text": "Færre innleggelser"},
        "subject": reference(patient),
    }
    made = town.unit.create(goal)
    team = nurse.as_("team")
    assert told(settled(team, "/fhir/Goal/_history", 1)) == [f"{made['id']}/1"]
    town.denial(patient, office, "substance-use")
    assert told(ok(team.get("/fhir/Goal/_history"), 200)) == []
    assert told(ok(town.unit.get("/fhir/Goal/_history"), 200)) == [f"{made['id']}/1"]


def test_a_feed_keeps_to_the_scopes_of_the_token(town: Municipality) -> None:
    patient = town.person()
    settled(town.system, "/fhir/Patient/_history", 1)
    narrow = town.api("system", smart=("system/Patient.rs",))
    assert told(ok(narrow.get("/fhir/_history"), 200)) == [f"{patient['id']}/1"]
    assert issues(narrow.get("/fhir/Organization/_history"), 403) == [("forbidden", None)]
    assert issues(town.api("system", smart=("system/Patient.s",)).get("/fhir/_history"), 403) == [("forbidden", None)]


def test_a_caller_who_may_see_little_walks_past_the_rest(town: Municipality, store: Store) -> None:
    """A page looks at so many versions and no more: it may be empty and yet have a next."""
    nurse, mine, strange = town.employee(), town.person(), town.person()
    town.team(mine, nurse.role)
    store.ask(
        "INSERT INTO resource_version (municipality, type, id, version, method, updated, person, kinds, body)"
        " SELECT municipality, type, id, n, 'PUT', updated, person, kinds, body"
        " FROM resource_version, generate_series(2, 600) n WHERE municipality = $1 AND id = $2",
        town.code,
        strange["id"],
    )
    settled(town.system, "/fhir/Patient/_history?_count=200", 200)
    team = nurse.as_("team")
    first = ok(team.get("/fhir/Patient/_history"), 200)
    assert told(first) == []
    assert link(first, "next")
    assert walked(team, first) == [f"{mine['id']}/1"]


def test_since_a_moment(town: Municipality, clock: MovableClock) -> None:
    first = town.system.create(OFFICE)
    clock.moved = timedelta(hours=1)
    system = town.api("system")
    second = system.create(OFFICE)
    at = second["meta"]["lastUpdated"]
    page = settled(system, f"/fhir/Organization/_history?_since={at}", 1)
    assert told(page) == [f"{second['id']}/1"]
    assert f"{first['id']}/1" in told(ok(system.get("/fhir/Organization/_history?_since=2020"), 200))
    assert told(ok(system.get("/fhir/Organization/_history?_since=2999"), 200)) == []
    assert told(ok(system.get(f"/fhir/_history?_since={at}"), 200)) == [f"{second['id']}/1"]


def test_at_a_moment(town: Municipality, clock: MovableClock) -> None:
    path = "/fhir/Organization/_history"
    stood = [f"{town.unit_office['id']}/1"]
    made = town.system.create(OFFICE)
    clock.moved = timedelta(hours=2)
    system = town.api("system")
    system.update(made | {"name": "Nytt"})
    clock.moved = timedelta(hours=4)
    system = town.api("system")
    system.delete("Organization", made["id"])
    settled(system, path, 4)
    begun = datetime.fromisoformat(made["meta"]["lastUpdated"])

    def at(hours: int) -> list[str]:
        moment = (begun + timedelta(hours=hours)).isoformat().replace("+00:00", "Z")
        return told(ok(system.get(f"{path}?_at={moment}"), 200))

    assert at(-1) == []
    assert at(1) == [f"{made['id']}/1", *stood]
    assert at(3) == [f"{made['id']}/2", *stood]
    assert at(5) == stood


def test_what_the_service_publishes_is_in_the_feed_of_its_type(town: Municipality) -> None:
    page = ok(town.unit.get("/fhir/Questionnaire/_history"), 200)
    assert {entry["resource"]["resourceType"] for entry in page["entry"]} == {"Questionnaire"}


@pytest.mark.parametrize("path", ["Organization/_history", "_history"])
@pytest.mark.parametrize(
    ("query", "code", "expression"),
    [
        ("_count=0", "invalid", "_count"),
        ("_since=yesterday", "invalid", "_since"),
        ("_at=2026-02-30", "invalid", "_at"),
        ("name=x", "not-supported", None),
        ("_cursor=abc", "invalid", "_cursor"),
    ],
)
def test_what_a_feed_does_not_take(
    town: Municipality, path: str, query: str, code: str, expression: str | None
) -> None:
    assert issues(town.system.get(f"/fhir/{path}?{query}"), 400) == [(code, expression)]


def test_a_cursor_belongs_to_one_feed(town: Municipality) -> None:
    page = settled(town.system, "/fhir/Organization/_history?_count=1", 1)
    cursor = str(link(page, "since")).partition("?")[2]
    for path in ("Patient/_history", "_history", "Organization", f"Organization/{town.unit_office['id']}/_history"):
        assert issues(town.system.get(f"/fhir/{path}?{cursor}"), 400) == [("invalid", "_cursor")]


def test_a_feed_of_a_type_that_is_not_served(town: Municipality) -> None:
    assert issues(town.system.get("/fhir/Nothing/_history"), 404) == [("not-supported", None)]


def test_a_feed_leaves_a_row_for_each_person_told_of(town: Municipality, store: Store) -> None:
    one, other = town.person(), town.person()
    settled(town.system, "/fhir/Patient/_history", 2)
    answer = town.unit.get("/fhir/Patient/_history")
    assert sorted(store.what(answer)) == sorted(
        ("history_type", 200, "Patient", None, person["id"]) for person in (one, other)
    )
    whole = town.unit.get("/fhir/_history?_count=2")
    assert {row[0] for row in store.what(whole)} == {"history_system"}
    assert store.what(town.unit.get("/fhir/Goal/_history")) == [("history_type", 200, "Goal", None, None)]
