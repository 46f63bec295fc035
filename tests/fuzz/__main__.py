"""20 000 requests that nobody thought of, to the service in a process of its own: `make fuzz`.

Half are schemathesis' own, of every operation in /openapi.json as each role; half are resources from R4's definitions,
whole and broken. Ends with 1 where an answer is a server error, a stack trace or no FHIR, where the service reported an
error, or where a resource it stored does not pass $validate. `python -m fuzz 2000 7`: so many requests, another seed.
"""

import asyncio
import sys
import tempfile
import time
from pathlib import Path
from typing import Final

import httpx

from fuzz.judged import Tally
from fuzz.run import described, generated, validated
from fuzz.world import World, furnished
from oppfolging_api.access.development import DevelopmentIssuer
from oppfolging_api.keys import development_issuer
from oppfolging_api.serve import bring_up_to_date
from oppfolging_api.settings import Settings
from oppfolging_api.store.embedded import EmbeddedPostgres
from serving import Service
from support import MovableClock, Municipality

REQUESTS: Final = 20_000
TOWN: Final = 1_000
"""Requests to one municipality, so that the people in it do not drown in what is written about them."""


def town(service: Service, issuer: DevelopmentIssuer, number: int) -> World:
    return furnished(Municipality(service.address, issuer, MovableClock(), str(1000 + number)))


def fuzz(service: Service, issuer: DevelopmentIssuer, requests: int, beginning: int) -> tuple[Tally, int]:
    """Returns the tally and how many resources were read back."""
    document = httpx.get(f"{service.address}/openapi.json").json()
    operations = 2 * sum(len(methods) for methods in document["paths"].values())
    tally, kept, number = Tally(), 0, 0
    while tally.requests < requests:
        world = town(service, issuer, number)
        left = min(TOWN, requests - tally.requests)
        described(world, document, max(1, left // 2 // operations), beginning + number, tally)
        generated(world, max(10, left // 2), beginning + number, tally)
        kept += validated(world, tally)
        number += 1
        print(f"{tally.requests} requests, {kept} resources, {len(tally.faults)} faults", flush=True)
    return tally, kept


def main(requests: int, beginning: int) -> int:
    started = time.monotonic()
    with tempfile.TemporaryDirectory() as name, EmbeddedPostgres.start(Path(name) / "postgres") as postgres:
        settings = Settings(database_url=postgres.url, var=Path(name), _env_prefix="NOTHING_")
        asyncio.run(bring_up_to_date(settings))
        issuer = development_issuer(settings)
        with Service(postgres.url, issuer, Path(name), rate_limit="0") as service:
            tally, kept = fuzz(service, issuer, requests, beginning)
            tally.faults += [f"reported: {line}" for line in service.lines() if line.get("level") == "error"]
    print("", *tally.told(), "", *tally.faults, sep="\n")
    print(f"\n{tally.requests} requests in {time.monotonic() - started:.0f} s with seed {beginning}: ", end="")
    print(f"{kept} resources stored and validated, {len(tally.faults)} faults")
    return 1 if tally.faults else 0


if __name__ == "__main__":
    given = [int(argument) for argument in sys.argv[1:]]
    sys.exit(main(*(given + [REQUESTS, 0][len(given) :])))
