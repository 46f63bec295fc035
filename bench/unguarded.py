"""The service without what tells who may see what and who has seen it: what is left of a read's cost.

The token is verified and the tenant is set as ever; the caller is not resolved, no condition asks whether it may see a
row, and nothing is written to the access log. For measuring alone.
"""

from fastapi import FastAPI

from oppfolging_api.access import access_log
from oppfolging_api.fhir.interactions import read
from oppfolging_api.serve import application
from oppfolging_api.store import database

_ENTERED = (
    "(SELECT $7::text[] AS arguments FROM set_config('oppfolging.municipality', $1, true),"
    " (SELECT $2::timestamptz, $3::text[], $4::text, $5::text, $6::text) unused OFFSET 0) entered"
)


def create_app() -> FastAPI:
    for place, name, instead in (
        (database, "_ENTERED", _ENTERED),
        (database, "BOUND", "false AS bound"),
        (read, "visible", lambda *_: "true"),
        (access_log.Trace, "rows", lambda *_: []),
        (access_log.AccessLog, "append", _unwritten),
    ):
        setattr(place, name, instead)
    return application()


async def _unwritten(*_: object) -> None:
    """As if it had been."""
