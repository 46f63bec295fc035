"""The day's run in a process of its own: `python worklist_process.py URL VAR TOWN...` brings one municipality after the
other up to date, and writes for each what was done and the most memory the process has held until then, in KiB."""

import asyncio
import json
import resource
import sys
from pathlib import Path

from oppfolging_api.settings import Settings
from oppfolging_api.worklist.job import work
from worklist_world import HOURS, StandingClock, opened


async def run(url: str, var: str, *towns: str) -> None:
    settings = Settings(database_url=url, var=Path(var), _env_prefix="NOTHING_")
    async with opened(settings, StandingClock()) as server:
        for town in towns:
            done = await work(server, town, HOURS)
            held = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
            print(json.dumps(done.counted | {"held": held}), flush=True)


if __name__ == "__main__":
    asyncio.run(run(*sys.argv[1:]))
