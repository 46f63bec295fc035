"""What is drawn from resources is drawn anew after an upgrade: as the writer drew it, past a kill, beside writes."""

# ruff: noqa: S608 (ids stand in the statements)

import asyncio
import json
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

import pytest

from drawn_world import (
    BORN,
    HELD,
    IN_ORDER,
    LOST,
    OURS,
    PATIENCE_S,
    PROJECTIONS,
    World,
    furnish,
    measured,
    stands,
    started,
    stopped,
    transaction,
)
from oppfolging_api import redraw
from oppfolging_api.access.secrets import PersonKeys
from oppfolging_api.keys import development_issuer
from oppfolging_api.runtime import registry_of
from oppfolging_api.serve import fill
from oppfolging_api.settings import CannotServe, Settings
from oppfolging_api.store import records
from oppfolging_api.store.entry import Entry
from oppfolging_api.store.statements import Statements
from support import Json, MovableClock, Municipality, label, reference, running

if TYPE_CHECKING:
    from conftest import Databases

OTHERWISE = (
    "UPDATE find SET person = 'x', deleted = NOT deleted, kinds = '{economy}', keys = '{status=old}'",
    "UPDATE find_string SET position = position + 1000, value = 'old'",
    "UPDATE find_date SET position = position + 1000, high = low",
    "UPDATE find_quantity SET position = position + 1000, low = 0",
    "UPDATE identity SET key = key || 'old', born = NULL",
    "UPDATE membership SET position = position + 1000, active = NOT active",
    "UPDATE relation SET guardian = NOT guardian, authority = 'health'",
    "UPDATE sole_active SET person = person || 'old'",
    "UPDATE employment SET organisation = NULL",
    "UPDATE resource_version SET kinds = '{economy}'",
)
BATCH = 50


@pytest.fixture(scope="module")
def world(databases: "Databases", tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """Served: the nine teams, and in a town what they do not have."""
    settings = Settings(database_url=databases.migrated(), var=tmp_path_factory.mktemp("var"), _env_prefix="NOTHING_")
    clock = MovableClock()
    with running(settings, clock) as address, asyncio.Runner() as runner:
        asyncio.run(fill(settings, f"{address}/fhir"))
        made = World(settings, runner, Municipality(address, development_issuer(settings), clock, OURS))
        furnish(made.town)
        yield made


@pytest.fixture
def in_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(redraw, "_BATCH", BATCH)


# What is drawn


def test_every_table_that_is_drawn_into_is_looked_at_here(world: World) -> None:
    registry = registry_of(world.settings, PersonKeys(b"x" * 32))
    drawn = {one.model.__tablename__ for projections in registry.projections.values() for one in projections}
    assert drawn == set(PROJECTIONS)


@pytest.mark.parametrize("damage", [LOST, OTHERWISE], ids=["lost", "drawn otherwise"])
def test_everything_becomes_what_the_writer_left(damage: tuple[str, ...], world: World) -> None:
    """Packaged resources too; no version is changed but in what it counts as, and nothing is told to a feed."""
    was = world.rows()
    assert [table for table, found in was.items() if not found] == []
    world.sql(*damage)
    world.behind()
    assert world.upgrade() == len(was["resource"])
    assert world.rows() == was


def test_nothing_is_drawn_where_the_number_is_the_same(world: World) -> None:
    world.sql("UPDATE find_string SET exact = 'old' WHERE value = 'vekt'")
    assert world.upgrade() == 0
    assert world.sql("SELECT DISTINCT exact FROM find_string WHERE value = 'vekt'") == [("old",)]
    world.behind()
    world.upgrade()
    assert world.sql("SELECT DISTINCT exact FROM find_string WHERE value = 'vekt'") == [("Vekt",)]


def test_a_child_whom_rows_of_an_older_version_let_in_is_kept_out(world: World) -> None:
    child = world.town.person(birthDate=BORN)
    own, record = world.town.as_person(child), f"/fhir/Patient/{child['id']}"
    assert own.get(record).status_code == 404
    world.sql(f"UPDATE identity SET born = NULL WHERE id = '{child['id']}'")
    assert own.get(record).status_code == 200
    world.behind()
    world.upgrade()
    assert own.get(record).status_code == 404
    assert world.sql(f"SELECT born FROM identity WHERE id = '{child['id']}'") == [(date(2026, 1, 1),)]


def test_each_version_counts_as_what_it_was_labelled_itself(world: World) -> None:
    """A deletion counts as what it deleted, and keeps whom it was about, also where nothing else is left."""
    patient, unit = world.town.person(), world.town.unit
    goal: Json = {
        "resourceType": "Goal",
        "lifecycleStatus": "active",
        "description": {"text": "Gå ut"},
        "subject": reference(patient),
    }
    first = unit.create(goal)
    unit.update(unit.update(first | {"meta": label("mental-health")}) | {"meta": label("work")})
    assert unit.delete("Goal", first["id"]).status_code == 204
    versions = f"SELECT version, person, kinds FROM resource_version WHERE id = '{first['id']}' ORDER BY 1"
    current = f"SELECT deleted, person, kinds, keys FROM find WHERE id = '{first['id']}'"
    kinds = [["health"], ["mental-health"], ["work"], ["work"]]
    counted = [(number, patient["id"], one) for number, one in enumerate(kinds, 1)]
    assert world.sql(versions) == counted
    world.sql(
        "UPDATE resource_version SET kinds = '{}' WHERE type = 'Goal'", "UPDATE find SET kinds = '{}', person = NULL"
    )
    world.behind()
    world.upgrade()
    assert world.sql(versions) == counted
    assert world.sql(current) == [(True, patient["id"], ["work"], [])]
    world.sql(f"DELETE FROM resource_version WHERE id = '{first['id']}' AND version < 4")
    world.behind()
    world.upgrade()
    assert world.sql(current) == [(True, patient["id"], ["work"], [])]


# Killed, started twice, and beside writes

_UPGRADE = """
import asyncio, sys
from pathlib import Path
from oppfolging_api import redraw
from oppfolging_api.serve import bring_up_to_date
from oppfolging_api.settings import Settings
redraw._BATCH = int(sys.argv[3])
asyncio.run(bring_up_to_date(Settings(database_url=sys.argv[1], var=Path(sys.argv[2]), _env_prefix="NOTHING_")))
"""


def test_killed_in_the_middle_it_goes_on_from_there_and_meanwhile_nobody_serves(world: World) -> None:
    was = world.rows()
    world.sql(*LOST)
    world.behind()
    command = [sys.executable, "-c", _UPGRADE, world.url, str(world.settings.var), str(BATCH)]
    with stopped(world), subprocess.Popen(command) as process:
        world.until(stands(world))
        process.send_signal(signal.SIGKILL)
    assert not world.may_serve()
    assert world.upgrade() == len(was["resource"]) - HELD
    assert world.may_serve()
    assert world.rows() == was


def test_what_another_version_left_half_drawn_is_drawn_from_the_beginning(world: World) -> None:
    was = world.rows()
    past = "', '".join(world.sql(IN_ORDER)[HELD])
    world.sql(*LOST, f"UPDATE drawn SET number = NULL, under_way = 77, past = ARRAY['{past}']")
    assert world.upgrade() == len(was["resource"])
    assert world.rows() == was


def test_of_two_that_start_at_once_one_draws(world: World, in_batches: None) -> None:
    was = world.rows()
    world.sql(*LOST)
    world.behind()
    with started(world.upgrade, 2) as both:
        with stopped(world):
            world.until(stands(world))
            world.until("SELECT count(*) = 1 FROM pg_locks WHERE locktype = 'advisory' AND NOT granted")
        assert sorted(one.result(PATIENCE_S) for one in both) == [0, len(was["resource"])]
    assert world.rows() == was


def test_the_service_writes_meanwhile_and_nothing_of_it_is_lost(world: World, in_batches: None) -> None:
    """What was drawn already, and what is still to be."""
    town, jan = world.town, world.town.person()
    homes = [town.unit.create(measured(jan)) for _ in range(2)]
    world.behind()
    with started(world.upgrade) as (upgrade,), stopped(world):
        world.until(stands(world))
        assert not upgrade.done()
        town.unit.update(homes[0] | {"status": "amended"})
        assert town.unit.delete("Observation", homes[1]["id"]).status_code == 204
        new = town.unit.create(measured(jan) | {"status": "preliminary"})
    upgrade.result(PATIENCE_S)
    about = f"Observation?subject=Patient/{jan['id']}"
    assert town.unit.found(f"{about}&status=amended,preliminary&_sort=_lastUpdated") == [
        f"Observation/{homes[0]['id']}",
        f"Observation/{new['id']}",
    ]
    assert len(town.unit.found(about)) == 2
    left = world.rows()
    world.behind()
    world.upgrade()
    assert world.rows() == left


PERSON, ROW = "the person", "the row"


@pytest.mark.parametrize("held", [PERSON, ROW])
def test_what_somebody_is_writing_is_drawn_when_they_have_written_it(held: str, world: World) -> None:
    """Whoever writes holds the person, and then the row."""
    patient = world.town.person(gender="male")
    id, at = patient["id"], datetime.now(UTC)
    changed = patient | {"gender": "female", "meta": patient["meta"] | {"versionId": "2"}}
    world.behind()
    with started(world.upgrade) as (upgrade,), transaction(world) as writer:
        sql = Statements(writer)
        if held == PERSON:
            entry = Entry(OURS, at, [], "", None, None)
            world.runner.run(records.lock(sql, entry, {id}, again=False))
        else:
            world.runner.run(writer.execute("SELECT FROM resource WHERE id = $1 FOR NO KEY UPDATE", id))
        world.until("SELECT under_way IS NOT NULL FROM drawn")
        time.sleep(1)
        assert not upgrade.done()
        write = (
            "WITH v AS (INSERT INTO resource_version (municipality, type, id, version, method, updated, kinds, body)"
            " VALUES ($1, 'Patient', $2, 2, 'PUT', $3, '{}', $4))"
            " UPDATE resource SET version = 2, updated = $3, body = $4 WHERE municipality = $1 AND id = $2"
        )
        world.runner.run(writer.execute(write, OURS, id, at, json.dumps(changed).encode()))
    upgrade.result(PATIENCE_S)
    assert world.town.unit.found(f"Patient?_id={id}&gender=female") == [f"Patient/{id}"]
    assert world.town.unit.found(f"Patient?_id={id}&gender=male") == []
    assert world.sql(f"SELECT person FROM resource_version WHERE id = '{id}'") == [(id,), (id,)]


def test_an_identity_that_somebody_is_about_to_take_is_waited_for(world: World) -> None:
    """They hold nothing of the resource that is to have it, and give it up."""
    patient = world.town.person()
    whose = f"SELECT key FROM identity WHERE id = '{patient['id']}'"
    ((key,),) = was = world.sql(whose)
    world.sql(f"DELETE FROM identity WHERE id = '{patient['id']}'")
    world.behind()
    with started(world.upgrade) as (upgrade,):
        with transaction(world, "ROLLBACK") as taker:
            taken = "INSERT INTO identity (municipality, type, id, key) VALUES ($1, 'Patient', 'another', $2)"
            world.runner.run(taker.execute(taken, OURS, key))
            world.until("SELECT under_way IS NOT NULL FROM drawn")
            time.sleep(1)
            assert not upgrade.done()
        upgrade.result(PATIENCE_S)
    assert world.sql(whose) == was


# What cannot be drawn


def test_what_is_held_for_long_ends_it_and_it_goes_on_another_time(
    world: World, in_batches: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(redraw, "_PATIENCE_S", 0.5)
    was = world.rows()
    world.behind()
    said = "a transaction holds resources that are to be drawn: end it, and bring up to date again"
    with stopped(world), pytest.raises(CannotServe, match=said):
        world.upgrade()
    assert not world.may_serve()
    assert world.upgrade() == len(was["resource"]) - HELD
    assert world.rows() == was


def test_a_resource_that_cannot_be_drawn_is_named_without_what_it_says(world: World) -> None:
    patient = world.town.person(birthDate=BORN)
    edit = f"UPDATE resource_version SET body = convert_to({{}}, 'UTF8') WHERE id = '{patient['id']}'"
    other = "replace(convert_from(body, 'UTF8'), '{}', '{}')"
    world.sql(edit.format(other.format(BORN, "2026-13-99")))
    world.behind()
    with pytest.raises(CannotServe) as refused:
        world.upgrade()
    assert str(refused.value) == f"Patient/{patient['id']} of municipality 7001 cannot be drawn: ValueError"
    assert not world.may_serve()
    world.sql(edit.format(other.format("2026-13-99", BORN)))
    world.upgrade()
    assert world.may_serve()
