"""Server CPU of a read and of a search page of 50, as ratios: `python -m bench` (or `make bench`).

The service and a bare ASGI handler answer in turn, round by round, from the same database; what is compared is the CPU
time of the serving process, user and system. A read by a coordinator is a read with a token, the policy and a log row.
"""

import asyncio
import os
import statistics
import tempfile
from pathlib import Path

import httpx

from bench.load import load
from bench.servers import Running, server
from oppfolging_api.kernel.caller import Role
from oppfolging_api.personas import personas, token_for
from oppfolging_api.serve import bring_up_to_date, fill
from oppfolging_api.settings import Settings
from oppfolging_api.store.embedded import EmbeddedPostgres

ROUNDS, READS, PAGES = 7, 1600, 320
READ = "/fhir/CarePlan/jan-plan-individual"
PAGE = "/fhir/Goal?patient=jan&_count=50"


def cost(running: Running, path: str, headers: dict[str, str], count: int) -> float:
    """CPU milliseconds a request."""
    load(running.address, [path], headers, count // 8)
    before = running.cpu_seconds()
    load(running.address, [path], headers, count)
    return (running.cpu_seconds() - before) / count * 1000


def fill_page(service: Running, headers: dict[str, str]) -> None:
    """Goals enough for a page of 50."""
    goal = {
        "resourceType": "Goal",
        "lifecycleStatus": "active",
        "description": {"text": "Gå til butikken og hjem igjen uten hjelp"},
        "subject": {"reference": "Patient/jan"},
    }
    for _ in range(60):
        httpx.post(f"{service.address}/fhir/Goal", json=goal, headers=headers).raise_for_status()
    page = httpx.get(service.address + PAGE, headers=headers).json()
    assert len(page["entry"]) == 50, len(page["entry"])


def told(name: str, values: list[float], unit: str) -> None:
    middle = statistics.median(values)
    print(f"{name:<44} {middle:6.2f} {unit}  (min {min(values):.2f}, max {max(values):.2f}, {len(values)} rounds)")


def main() -> None:
    with tempfile.TemporaryDirectory() as folder, EmbeddedPostgres.start(Path(folder) / "postgres") as postgres:
        settings = Settings(database_url=postgres.url, var=Path(folder))
        asyncio.run(bring_up_to_date(settings))
        asyncio.run(fill(settings, "http://127.0.0.1/fhir"))
        tokens = {persona.role: token_for(settings, code, persona) for code, persona in personas(settings)}
        municipality = personas(settings)[0][0]
        environment = {
            "OPPFOLGING_DATABASE_URL": postgres.url,
            "OPPFOLGING_VAR": folder,
            "BENCH_MUNICIPALITY": municipality,
            "PYTHONPATH": os.getcwd(),
        }
        with (
            server("bench.bare:create_app", 8471, environment) as bare,
            server("oppfolging_api.serve:application", 8472, environment) as service,
        ):
            measure(bare, service, tokens)


def measure(bare: Running, service: Running, tokens: dict[str, str]) -> None:
    coordinator, unit = (
        {"Authorization": f"Bearer {tokens[role]}"} for role in (Role.COORDINATOR, Role.COORDINATING_UNIT)
    )
    fill_page(service, coordinator)
    lowest, reads, unit_reads, pages = [], [], [], []
    for _ in range(ROUNDS):
        lowest.append(cost(bare, READ, {}, READS))
        reads.append(cost(service, READ, coordinator, READS))
        unit_reads.append(cost(service, READ, unit, READS))
        pages.append(cost(service, PAGE, coordinator, PAGES))
    told("bare ASGI + asyncpg", lowest, "ms")
    told("read, coordinator", reads, "ms")
    told("search page of 50", pages, "ms")
    told("read / bare (at most 3)", [a / b for a, b in zip(reads, lowest, strict=True)], "x ")
    told("read by the coordinating unit / bare", [a / b for a, b in zip(unit_reads, lowest, strict=True)], "x ")
    told("search page of 50 / read (at most 6)", [a / b for a, b in zip(pages, reads, strict=True)], "x ")


if __name__ == "__main__":
    main()
