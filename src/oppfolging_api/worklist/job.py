"""The day's worklist: everybody of every municipality is looked at, and the Tasks become what the records want.

Some people at a time, of whom nothing is kept, so that a town of any size takes the same memory. Where it was stopped
it goes on, and what it finds done it leaves alone: to do it twice changes nothing.
"""

from collections.abc import AsyncGenerator
from contextlib import aclosing, suppress
from typing import Final

from oppfolging_api.fhir.server import Server
from oppfolging_api.kernel.clock import today
from oppfolging_api.store.database import FAULTS
from oppfolging_api.worklist.batch import Done, Town, brought_up_to_date
from oppfolging_api.worklist.lease import Lease

JOB: Final = "worklist"
_AT_A_TIME: Final = 1000
"""People."""
_MUNICIPALITIES: Final = "SELECT municipalities() AS code ORDER BY 1"
# A Patient is about itself: the index of people has them in their order.
_NEXT: Final = (
    "SELECT person FROM tenant_find WHERE type = 'Patient' AND person > :past ORDER BY person LIMIT cast(:most AS int)"
)


async def work(server: Server, municipality: str, hours: int) -> Done:
    """Bring one municipality's worklist up to date, whoever else is at it. `hours` within which feedback is to be
    receipted for."""
    done = Done()
    async for _, one in steps(Town(server, municipality, hours), ""):
        done += one
    return done


async def daily(server: Server, hours: int, *, now: bool = False) -> Done | None:
    """Every municipality's, unless it is done today already (`now`: even then) or another process is at it: None.

    Where the lease is lost to another process this one stops, with what it has done. Raises what the database raises.
    """
    lease = await Lease.taken(server.database.writes, JOB, today(server.clock), now=now)
    if lease is None:
        return None
    try:
        return await _everywhere(server, hours, lease)
    except BaseException:
        with suppress(*FAULTS):
            await lease.given_back()
        raise


async def _everywhere(server: Server, hours: int, lease: Lease) -> Done:
    first, past = lease.past or ("", "")
    done = Done()
    for row in await server.database.reads.fetch(_MUNICIPALITIES):
        code = row["code"]
        if code < first:
            continue
        async with aclosing(steps(Town(server, code, hours), past if code == first else "")) as found:
            async for last, one in found:
                done += one
                if not await lease.reached((code, last)):
                    return done
    await lease.finished()
    return done


async def steps(town: Town, past: str) -> AsyncGenerator[tuple[str, Done], None]:
    """Some people each, in their order, from after one on: the last of them, with what was done."""
    while people := await _next(town, past):
        done = await brought_up_to_date(town, people)
        past = people[-1]
        yield past, done


async def _next(town: Town, past: str) -> list[str]:
    async with town.entered() as sql:
        rows = await sql.rows(_NEXT, {"past": past, "most": _AT_A_TIME})
    return [row["person"] for row in rows]
