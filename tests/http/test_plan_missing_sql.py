"""What is asked of everybody's plans at once is what each is told by $check-content; and a plan rests whose consent has
run out."""

import asyncio
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import asyncpg
import pytest

from audit import Store
from oppfolging_api.access.access_log import Trace
from oppfolging_api.access.secrets import PersonKeys
from oppfolging_api.fhir.search.cursor import Cursors
from oppfolging_api.fhir.server import Context, Server
from oppfolging_api.fhir.writer import writing
from oppfolging_api.kernel.caller import Caller, Role
from oppfolging_api.keys import development_issuer
from oppfolging_api.plan.conduct import rest
from oppfolging_api.plan.missing import EXPIRED, MISSING
from oppfolging_api.runtime import registry_of, urls_of
from oppfolging_api.serve import fill
from oppfolging_api.settings import Settings
from oppfolging_api.store.database import Database
from oppfolging_api.store.statements import Statements
from plan_content import Jan, checked
from plans import activity, extension, goal, note, plan
from support import CANONICAL, Json, MovableClock, Municipality, reference, running

if TYPE_CHECKING:
    from conftest import Databases

KEYS = PersonKeys(b"x" * 32)


def asked(settings: Settings, statement: str, town: Municipality, people: list[str], at: datetime) -> list[Any]:
    async def run() -> list[Any]:
        connection = await asyncpg.connect(Store(settings).dsn)
        try:
            given = {"municipality": town.code, "people": people, "at": at}
            return list(await Statements(connection).rows(statement, given))
        finally:
            await connection.close()

    return asyncio.run(run())


def told_missing(town: Municipality, made: Json) -> list[str]:
    """In the order of the letters."""
    items = checked(town.api("coordinating-unit"), made)["items"]
    return [code for code, item in items.items() if item["status"] == "missing"]


def alike(settings: Settings, jan: Jan) -> list[str]:
    """What lacks, the same either way."""
    (row,) = asked(settings, MISSING, jan.town, [jan.patient["id"]], jan.town.clock.now())
    assert (row["person"], row["id"]) == (jan.patient["id"], jan.plan["id"])
    assert row["missing"] == told_missing(jan.town, jan.plan)
    return list(row["missing"])


def test_each_step_of_a_plan_lacks_the_same_either_way(town: Municipality, settings: Settings) -> None:
    jan = Jan(town)
    assert len(alike(settings, jan)) == 13
    jan.gather("goal", goal(jan.patient, lifecycleStatus="completed"))
    assert "goals" in alike(settings, jan)
    jan.gather("goal", goal(jan.patient))
    assert "goals" not in alike(settings, jan)
    jan.gather("activity", activity(jan.patient))
    assert {"responsible", "extent"} <= set(alike(settings, jan))
    assert "measures" not in alike(settings, jan)
    undone = jan.plan["activity"][0]["reference"]["reference"].removeprefix("Task/")
    town.unit.update(town.unit.read("Task", undone) | {"status": "cancelled"})
    assert "measures" in alike(settings, jan)
    jan.gather(
        "activity",
        activity(jan.patient, jan.patient, "2199-01-01"),
        activity(jan.patient, jan.nurse.role, restriction={"repetitions": 3}, note=[{"text": "Ukentlig"}]),
    )
    lacking = set(alike(settings, jan))
    assert lacking == {"resources-needs", "kin-part", "period", "revision", "sharing-consent", "cooperation"}
    jan.gather("activity", activity(jan.patient, jan.mother))
    assert {"kin-part", "extent"} ^ lacking == set(alike(settings, jan))
    jan.changed(
        note=[note("cooperation", "Bare én tjeneste.", False), note("kin-part", "Mor bor langt unna.", False)],
        extension=[extension("review", valueDate="2027-06-01")],
        period={"start": "2026-01-01", "end": "2199-01-01"},
        description="Glad i folk.",
        activity=jan.plan["activity"][:-1],
    )
    assert alike(settings, jan) == ["sharing-consent"]
    town.consent(jan.patient, "sharing")
    assert alike(settings, jan) == []


@pytest.mark.parametrize(
    ("status", "details"),
    [
        ("scheduled", {}),
        ("scheduled", {"description": "Gå tur", "scheduledString": "Tirsdager"}),
        ("completed", {"description": "Gå tur"}),
        ("cancelled", {"description": "Gå tur"}),
    ],
)
def test_what_is_only_told_in_the_plan_counts_alike(
    town: Municipality, settings: Settings, status: str, details: Json
) -> None:
    jan = Jan(town)
    for performer in (jan.patient, jan.nurse.role, jan.mother, None):
        held = details | {"status": status} | ({"performer": [reference(performer)]} if performer else {})
        jan.changed(activity=[{"detail": held}])
        assert len(alike(settings, jan)) >= 7


def test_who_has_left_the_team_counts_alike(town: Municipality, settings: Settings, clock: MovableClock) -> None:
    jan = Jan(town)
    until = (clock.today + timedelta(days=2)).isoformat()
    ended = [one | {"period": {"start": "2024-01-01", "end": until}} for one in jan.team["participant"]]
    town.unit.update(jan.team | {"participant": ended})
    assert {"participants", "coordinator"}.isdisjoint(alike(settings, jan))
    clock.moved = timedelta(days=4)
    assert {"participants", "coordinator"} <= set(alike(settings, jan))
    assert "kin-part" not in alike(settings, jan)


def test_a_plan_not_in_use_and_another_kind_are_not_asked_of(town: Municipality, settings: Settings) -> None:
    jan = Jan(town)
    jan.changed(status="on-hold")
    town.unit.create(plan(jan.patient, "follow-up-plan"))
    town.unit.create(plan(jan.patient, "external", "individual-plan", period={"start": "2026-01-01"}))
    assert asked(settings, MISSING, town, [jan.patient["id"]], town.clock.now()) == []


@pytest.fixture(scope="session")
def nine_teams(databases: "Databases", tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Settings, str]]:
    """Served in a database of their own, with the address."""
    settings = Settings(database_url=databases.migrated(), var=tmp_path_factory.mktemp("nine"), _env_prefix="NOTHING_")
    with running(settings, MovableClock()) as address:
        asyncio.run(fill(settings, f"{address}/fhir"))
        yield settings, address


def test_the_plans_of_the_nine_teams_lack_the_same_either_way(nine_teams: tuple[Settings, str]) -> None:
    settings, address = nine_teams
    compared = set()
    codes = [row[0] for row in Store(settings).ask("SELECT DISTINCT municipality FROM care_plan ORDER BY 1")]
    for code in codes:
        town = Municipality(address, development_issuer(settings), MovableClock(), code)
        people = [one.removeprefix("Patient/") for one in town.unit.found("Patient?_count=100")]
        for row in asked(settings, MISSING, town, people, town.clock.now()):
            compared.add(row["person"])
            assert row["missing"] == told_missing(town, {"id": row["id"]}), row["person"]
    assert compared == {"jan", "ole", "natalie", "bjornar"}


# Consent that has run out


async def rested(settings: Settings, town: Municipality, person: str) -> None:
    """As the service itself does it."""
    caller = Caller(town.code, frozenset({Role.SYSTEM}), "urn:test", "test")
    async with Database.open(urls_of(settings), 2) as opened:
        server = Server(registry_of(settings, KEYS), opened, town.clock, Cursors(b"x" * 32), KEYS, "")
        async with writing(Context(server, caller, "http://test/fhir", Trace("test", "test", caller))) as writer:
            await writer.hold(person)
            await rest(writer, person, CANONICAL)


def test_a_plan_rests_with_its_parts_when_the_consent_has_run_out(
    town: Municipality, settings: Settings, clock: MovableClock
) -> None:
    patient, other = town.person(), town.person()
    town.consent(patient, provision={"period": {"end": clock.today.isoformat()}})
    town.consent(other)
    whole = town.unit.create(plan(patient))
    part = town.unit.create(plan(patient, "follow-up-plan", partOf=[reference(whole)]))
    crisis = town.unit.create(plan(patient, "crisis-plan", partOf=[reference(whole)]))
    town.unit.create(plan(other))
    people = [patient["id"], other["id"]]
    assert asked(settings, EXPIRED, town, people, clock.now()) == []
    clock.moved = timedelta(days=2)
    assert [row["person"] for row in asked(settings, EXPIRED, town, people, clock.now())] == [patient["id"]]
    asyncio.run(rested(settings, town, patient["id"]))
    assert asked(settings, EXPIRED, town, people, clock.now()) == []
    unit = town.api("coordinating-unit")
    status = [unit.read("CarePlan", one["id"])["status"] for one in (whole, part, crisis)]
    assert status == ["on-hold", "on-hold", "active"]
