"""Each worker looks every few minutes whether the day's worklist is to be brought up to date; one of them does it."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from oppfolging_api.fhir.server import Server
from oppfolging_api.worklist.job import daily

_logger = logging.getLogger(__name__)


@asynccontextmanager
async def awake(server: Server, hours: int, seconds: int) -> AsyncIterator[None]:
    """While the block lasts it is looked every so many seconds; 0: never. What is under way when the block ends another
    worker takes up."""
    if not seconds:
        yield
        return
    waking = asyncio.create_task(keep(server, hours, seconds))
    try:
        yield
    finally:
        waking.cancel()
        with suppress(asyncio.CancelledError):
            await waking


async def keep(server: Server, hours: int, seconds: int) -> None:
    """Without end: whatever goes wrong is tried again. `hours` as of `daily`."""
    while True:
        await asyncio.sleep(seconds)
        try:
            done = await daily(server, hours)
        except Exception as error:
            _logger.error({"event": "worklist", "error": type(error).__qualname__})
        else:
            if done is not None:
                _logger.info({"event": "worklist"} | done.counted)
