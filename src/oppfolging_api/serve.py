"""`oppfolging-api serve` and `migrate`: a database that runs, is migrated, and in development filled the first time."""

import asyncio
import gc
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

import uvicorn
from fastapi import FastAPI

from oppfolging_api import log
from oppfolging_api.access.secrets import PersonKeys
from oppfolging_api.app import create_app
from oppfolging_api.fhir.publish import publish
from oppfolging_api.fhir.search.cursor import Cursors
from oppfolging_api.fhir.server import Server
from oppfolging_api.kernel.clock import SystemClock
from oppfolging_api.kernel.errors import Unavailable
from oppfolging_api.keys import secret_of
from oppfolging_api.personas import personas, token_for
from oppfolging_api.redraw import check_drawn, forget, redraw
from oppfolging_api.runtime import registry_of, urls_of
from oppfolging_api.seed.load import load
from oppfolging_api.settings import CannotServe, Settings
from oppfolging_api.store.database import Database, owner_engine
from oppfolging_api.store.embedded import EmbeddedPostgres
from oppfolging_api.store.migration import migrate
from oppfolging_api.worklist.batch import Done
from oppfolging_api.worklist.job import daily


@contextmanager
def database(settings: Settings) -> Iterator[Settings]:
    """The settings with a database that is running: the configured one, or in development an embedded one."""
    if settings.database_url is not None:
        yield settings
        return
    data = settings.var / "postgres"
    data.parent.mkdir(parents=True, exist_ok=True)
    with EmbeddedPostgres.start(data) as embedded:
        yield settings.model_copy(update={"database_url": embedded.url})


async def bring_up_to_date(settings: Settings, revision: str = "head", *, all_anew: bool = False) -> int:
    """Migrate, draw anew the rows that code of another number drew, or all, and publish what the package brings.

    How many resources were drawn anew.
    """
    owner = urls_of(settings).owner
    engine = owner_engine(owner)
    try:
        await migrate(engine, revision, settings.log_retention_months)
        if revision != "head":
            await forget(owner)
            return 0
        registry = registry_of(settings, PersonKeys(secret_of(settings)))
        drawn = await redraw(owner, registry, all_anew=all_anew)
        await publish(owner, registry, SystemClock())
        return drawn
    finally:
        await engine.dispose()


async def fill(settings: Settings, base: str) -> bool:
    """Load the nine teams where the database is empty."""
    secret = secret_of(settings)
    keys = PersonKeys(secret)
    async with Database.open(urls_of(settings), 2) as opened:
        server = Server(registry_of(settings, keys), opened, SystemClock(), Cursors(secret), keys, "")
        return await load(server, base)


async def bring_worklist_up_to_date(settings: Settings) -> Done | None:
    """Though it is done today already; None where another process is at it.

    Raises CannotServe where rows are of another version, or the database goes away.
    """
    secret, urls = secret_of(settings), urls_of(settings)
    keys = PersonKeys(secret)
    await check_drawn(urls.application)
    async with Database.open(urls, 2, settings.own_access_age) as opened:
        server = Server(registry_of(settings, keys), opened, SystemClock(), Cursors(secret), keys, "")
        try:
            return await daily(server, settings.receipt_hours, now=True)
        except Unavailable as gone:
            raise CannotServe("the database went away: started again, it goes on where it was") from gone


LIMITS: Final[dict[str, Any]] = {
    "http": "oppfolging_api.bounded_http:BoundedHttp",
    "ws": "none",  # nobody here speaks it
    "limit_concurrency": 1000,  # connections of a worker: each costs memory before it has asked for anything
    "timeout_keep_alive": 15,  # seconds: longer than a client that pages takes to read, short for one that holds on
    "timeout_graceful_shutdown": 10,
}


def serve(settings: Settings, port: int) -> None:
    """Until interrupted. In production the database is up to date already, by `oppfolging-api migrate`.

    Raises CannotServe where it is not: what rows of another version let through is not to be served.
    """
    _check_port(settings.host, port)
    address = f"http://{settings.host}:{port}"
    with database(settings) as running:
        if running.in_development:
            asyncio.run(bring_up_to_date(running))
            asyncio.run(fill(running, f"{address}/fhir"))
            _greet(running, address)
        else:
            asyncio.run(check_drawn(urls_of(running).application))
        # Workers read their settings from the environment.
        if settings.database_url is None:
            os.environ["OPPFOLGING_DATABASE_URL"] = str(running.database_url)
        os.environ["OPPFOLGING_VAR"] = str(running.var)
        uvicorn.run(
            "oppfolging_api.serve:application",
            factory=True,
            host=running.host,
            port=port,
            workers=running.workers,
            log_config=None,
            access_log=False,
            server_header=False,
            **LIMITS,
            forwarded_allow_ips=list(running.trusted_proxies),
        )


_OBJECTS_BETWEEN_COLLECTIONS: Final = 20_000


def _check_port(host: str, port: int) -> None:
    """Raises CannotServe for a port that is taken, before a database is made for nothing."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise CannotServe(f"port {port} is taken, or is not ours: set PORT to another") from error


def application() -> FastAPI:
    """What each worker runs."""
    log.configure()
    app = create_app(at_work=True)
    _leave_alone_what_stays()
    return app


def _leave_alone_what_stays() -> None:
    """The collector need not look again and again for garbage among what was loaded for good, nor begin with every few
    hundred objects: one resource parsed is more."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(_OBJECTS_BETWEEN_COLLECTIONS, *gc.get_threshold()[1:])


def _greet(settings: Settings, address: str) -> None:
    print(f"\noppfolging-api at {address}/fhir  (docs: {address}/docs)\n")
    for municipality, persona in personas(settings):
        print(f"{persona.role} in {municipality}: {persona.description}")
        print(f"{token_for(settings, municipality, persona)}\n", flush=True)
