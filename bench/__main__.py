"""Server CPU of reads, searches and writes, as ratios: `python -m bench` (or `make bench`).

The service and a bare ASGI handler answer in turn, round by round, from the same database; what is compared is the CPU
time of the serving process, user and system. A read by a coordinator is a read with a token, the policy and a log row.
"""

import asyncio
import os
import statistics
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import httpx
import orjson

from bench.load import Request, load
from bench.servers import Running, postgres_seconds, server
from oppfolging_api.kernel.caller import Role
from oppfolging_api.personas import personas, token_for
from oppfolging_api.serve import bring_up_to_date, fill
from oppfolging_api.settings import Settings
from oppfolging_api.store.embedded import EmbeddedPostgres

ROUNDS: Final = 5
ENTRIES: Final = 100
"""Of a transaction."""
READ: Final = "/fhir/CarePlan/jan-plan-individual"
PAGE: Final = "/fhir/Goal?patient=jan&_count=50"
PLANS: Final = "/fhir/CarePlan?patient=jan&_include=CarePlan:care-team&_include=CarePlan:goal"
FHIR: Final = {"Content-Type": "application/fhir+json"}

BARE, READS, UNIT_READS = "bare ASGI + asyncpg", "read, coordinator", "read, coordinating unit"
UNGUARDED: Final = "read without policy and access log"
PAGES, INCLUDES = "search page of 50", "search of a person's plans with _include"
CREATES, TRANSACTIONS = "create", f"transaction of {ENTRIES} creates"
COUNTS: Final = {
    BARE: 800,
    UNGUARDED: 800,
    READS: 800,
    UNIT_READS: 800,
    PAGES: 160,
    INCLUDES: 240,
    CREATES: 240,
    TRANSACTIONS: 8,
}
"""Requests a round."""
RATIOS: Final = (
    (READS, BARE, 3),
    (UNIT_READS, BARE, 3),
    (PAGES, READS, 6),
    (INCLUDES, READS, 3),
    (CREATES, UNIT_READS, 6),
    (TRANSACTIONS, CREATES, 40),
)
"""What is divided by what, and the most it should be."""


def goal(patient: str) -> dict[str, Any]:
    return {
        "resourceType": "Goal",
        "lifecycleStatus": "active",
        "description": {"text": "Gå til butikken og hjem igjen uten hjelp"},
        "subject": {"reference": f"Patient/{patient}"},
    }


def transaction() -> dict[str, Any]:
    """Creates that have nothing to do with each other, about one person."""
    entry = {"resource": goal("bjorg"), "request": {"method": "POST", "url": "Goal"}}
    return {"resourceType": "Bundle", "type": "transaction", "entry": [entry] * ENTRIES}


def requests(coordinator: Mapping[str, str], unit: Mapping[str, str]) -> dict[str, Request]:
    return {
        BARE: Request(READ, {}),
        UNGUARDED: Request(READ, coordinator),
        READS: Request(READ, coordinator),
        UNIT_READS: Request(READ, unit),
        PAGES: Request(PAGE, coordinator),
        INCLUDES: Request(PLANS, coordinator),
        CREATES: Request("/fhir/Goal", {**unit, **FHIR}, orjson.dumps(goal("bjorg")), 201),
        TRANSACTIONS: Request("/fhir", {**unit, **FHIR}, orjson.dumps(transaction())),
    }


def cost(running: Running, postgres: Path, request: Request, count: int) -> tuple[float, float]:
    """CPU milliseconds a request, of the service and of PostgreSQL."""
    before = running.cpu_seconds(), postgres_seconds(postgres)
    load(running.address, request, count)
    after = running.cpu_seconds(), postgres_seconds(postgres)
    service, database = ((late - early) / count * 1000 for early, late in zip(before, after, strict=True))
    return service, database


def fill_page(service: Running, coordinator: Mapping[str, str]) -> None:
    """Goals enough for a page of 50, and what is asked for is there."""
    load(service.address, Request("/fhir/Goal", {**coordinator, **FHIR}, orjson.dumps(goal("jan")), 201), 64)
    for path, expected in ((PAGE, 50), (PLANS, 5)):
        page = httpx.get(service.address + path, headers=dict(coordinator)).json()
        assert len(page["entry"]) >= expected, (path, len(page["entry"]))


def told(name: str, values: list[float], unit: str) -> None:
    middle = statistics.median(values)
    print(f"{name:<64} {middle:7.2f} {unit}  (min {min(values):.2f}, max {max(values):.2f}, {len(values)} rounds)")


def main() -> None:
    with tempfile.TemporaryDirectory() as folder, EmbeddedPostgres.start(Path(folder) / "postgres") as postgres:
        settings = Settings(database_url=postgres.url, var=Path(folder))
        asyncio.run(bring_up_to_date(settings))
        asyncio.run(fill(settings, "http://127.0.0.1/fhir"))
        tokens = {persona.role: token_for(settings, code, persona) for code, persona in personas(settings)}
        municipality = personas(settings)[0][0]
        data = Path(folder) / "postgres"
        environment = {
            "OPPFOLGING_DATABASE_URL": postgres.url,
            "OPPFOLGING_VAR": folder,
            "BENCH_MUNICIPALITY": municipality,
            "PYTHONPATH": os.getcwd(),
        }
        with (
            server("bench.bare:create_app", 8471, environment) as bare,
            server("oppfolging_api.serve:application", 8472, environment) as service,
            server("bench.unguarded:create_app", 8473, environment) as unguarded,
        ):
            measure({BARE: bare, UNGUARDED: unguarded}, service, data, tokens)


def measure(others: Mapping[str, Running], service: Running, postgres: Path, tokens: dict[str, str]) -> None:
    coordinator, unit = (
        {"Authorization": f"Bearer {tokens[role]}"} for role in (Role.COORDINATOR, Role.COORDINATING_UNIT)
    )
    fill_page(service, coordinator)
    asked = requests(coordinator, unit)
    costs: dict[str, list[float]] = {name: [] for name in asked}
    whole: dict[str, list[float]] = {name: [] for name in asked}
    for number in range(ROUNDS + 1):
        for name, request in asked.items():
            spent, in_database = cost(others.get(name, service), postgres, request, COUNTS[name])
            if number:  # the first round only warms
                costs[name].append(spent)
                whole[name].append(spent + in_database)
    for name, values in costs.items():
        told(name, values, "ms")
    for over, under, most in RATIOS:
        ratios = [a / b for a, b in zip(costs[over], costs[under], strict=True)]
        told(f"{over} / {under} (at most {most})", ratios, "x ")
    for what, spent_on in (("of the service", costs), ("with PostgreSQL's", whole)):
        shares = [1 - a / b for a, b in zip(spent_on[UNGUARDED], spent_on[READS], strict=True)]
        told(f"policy and access log, of a read's CPU {what} (at most 0.35)", shares, "  ")


if __name__ == "__main__":
    main()
