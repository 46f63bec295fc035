"""A database for the tests of drawing anew: filled with a row of every kind that is drawn, and held in the middle."""

# ruff: noqa: S608 (the names of tables stand here)

import asyncio
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import asyncpg
from sqlalchemy import make_url

from oppfolging_api import redraw
from oppfolging_api.kernel import systems
from oppfolging_api.serve import bring_up_to_date
from oppfolging_api.settings import CannotServe, Settings
from plo_messages import Note, apprec, feedback, post, referral_of, sent
from support import Json, Municipality, coding, label, reference

INDEX = ("find", "find_string", "find_date", "find_quantity")
PROJECTIONS = (
    *("assignment", "denial", "employment", "feedback_link", "identity", "invitation", "membership"),
    *("activity", "care_plan", "consent_term", "goal_course"),
    *("organisation_part", "permit", "referral_course", "relation", "sole_active", "work"),
)
KEPT = ("resource", "resource_version", "outbox", "referral_receipt")
LOST = tuple(f"DELETE FROM {table}" for table in (*INDEX, *PROJECTIONS))
OURS = "7001"
BORN = "2026-01-01"
"""Of one who is a child for as long as these tests are run."""
IN_ORDER = "SELECT municipality, type, id FROM resource ORDER BY 1, 2, 3"
HELD = 300
"""In that order, the resource that is held where a drawing is to be stopped in the middle."""
PATIENCE_S = 30
BEHIND = "the database is not up to date with this version: run `oppfolging-api migrate`"


@dataclass
class Store:
    """A database of its own, as whoever owns it sees it."""

    settings: Settings
    runner: asyncio.Runner

    @property
    def url(self) -> str:
        return dsn(str(self.settings.database_url))

    def sql(self, *statements: str) -> list[tuple[Any, ...]]:
        """The rows of the last."""
        return self.runner.run(rows_of(self.url, statements))

    def upgrade(self, revision: str = "head") -> int:
        return asyncio.run(bring_up_to_date(self.settings, revision))

    def behind(self) -> None:
        """As code of a higher number finds it."""
        self.sql("UPDATE drawn SET number = 0")

    def rows(self) -> dict[str, list[tuple[Any, ...]]]:
        """Everything there is of resources."""
        tables = (*INDEX, *PROJECTIONS, *KEPT)
        return {table: self.sql(f"SELECT to_jsonb(t)::text FROM {table} t ORDER BY 1") for table in tables}

    def may_serve(self) -> bool:
        try:
            self.runner.run(redraw.check_drawn(self.url))
        except CannotServe as refusal:
            return str(refusal) != BEHIND
        return True

    def until(self, statement: str) -> None:
        """Waits for a statement to say true."""
        end = time.monotonic() + PATIENCE_S
        while self.sql(statement) != [(True,)]:
            assert time.monotonic() < end, statement
            time.sleep(0.05)


@dataclass
class World(Store):
    """One that is filled over the writer, and served."""

    town: Municipality


def dsn(url: str) -> str:
    return make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)


async def rows_of(url: str, statements: tuple[str, ...]) -> list[tuple[Any, ...]]:
    connection = await asyncpg.connect(url)
    try:
        return [[tuple(row) for row in await connection.fetch(statement)] for statement in statements][-1]
    finally:
        await connection.close()


def furnish(town: Municipality) -> None:
    """A child, a meeting about a referral, who reads a crisis plan, a number without bounds, what was deleted, and
    feedback on a message that was not taken."""
    child, nurse, office = town.person(birthDate=BORN), town.employee(), town.organisation("home-care")
    part = {"resourceType": "Organization", "active": True, "name": "Avdeling", "partOf": reference(office)}
    town.consent(child, "emergency", permission(town.system.create(part)))
    town.unit.create(measured(child, comparator=">"))
    town.unit.delete("Observation", town.unit.create(measured(child))["id"])
    about = {"resourceType": "ServiceRequest", "status": "active", "intent": "proposal", "subject": reference(child)}
    guests = [{"actor": reference(one), "status": "accepted"} for one in (child, nurse.role)]
    meeting: Json = {"resourceType": "Appointment", "status": "proposed", "participant": guests}
    town.unit.create(meeting | {"basedOn": [reference(town.unit.create(about))]})
    gp, note = town.employee(town.organisation("gp-office")).as_("referrer"), Note(town.code)
    sent(gp, note)
    (told,) = feedback(gp, referral_of(gp, note))
    assert post(gp, apprec(told.id, "2"), "/referral/apprec").status_code == 204


def permission(reader: Json) -> Json:
    actor = {"role": coding(systems.V3_PARTICIPATION, "IRCP"), "reference": reference(reader)}
    return {"type": "permit", "actor": [actor], "securityLabel": label("health")["security"]}


def measured(child: Json, **elements: str) -> Json:
    return {
        "resourceType": "Observation",
        "status": "final",
        "code": {"text": "Vekt"},
        "subject": reference(child),
        "valueQuantity": {"value": 31.5, "unit": "kg", "system": "http://unitsofmeasure.org", "code": "kg"} | elements,
    }


@contextmanager
def transaction(world: World, end: str = "COMMIT") -> Iterator[asyncpg.Connection]:
    """One that ends so at the end of the block."""
    connection = world.runner.run(asyncpg.connect(world.url))
    try:
        world.runner.run(connection.execute("BEGIN"))
        yield connection
        world.runner.run(connection.execute(end))
    finally:
        world.runner.run(connection.close())


@contextmanager
def stopped(world: World) -> Iterator[None]:
    """While a resource in the middle is held, a drawing comes as far as that and no further."""
    municipality, type, id = world.sql(IN_ORDER)[HELD]
    row = f"SELECT FROM resource WHERE (municipality, type, id) = ('{municipality}', '{type}', '{id}') FOR UPDATE"
    with transaction(world) as holder:
        world.runner.run(holder.execute(row))
        yield


def stands(world: World) -> str:
    """Whether the drawing has come to what is held."""
    last = "', '".join(world.sql(IN_ORDER)[HELD - 1])
    return f"SELECT past = ARRAY['{last}'] FROM drawn"


@contextmanager
def started(work: Callable[[], int], times: int = 1) -> Iterator[list[Future[int]]]:
    with ThreadPoolExecutor(times) as pool:
        yield [pool.submit(work) for _ in range(times)]
