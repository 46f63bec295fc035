"""Liveness and readiness."""

import asyncio

import asyncpg
from fastapi import APIRouter, Request
from starlette.responses import JSONResponse

from oppfolging_api.store.migration import head

router = APIRouter(prefix="/health", tags=["Operation"])
_PATIENCE_S = 2.0
_UNPREPARED = (asyncpg.UndefinedTableError, asyncpg.InsufficientPrivilegeError, asyncpg.InvalidParameterValueError)
"""A database without tables, without grants, or in a cluster without the service's roles."""


@router.get("/live")
async def live() -> dict[str, str]:
    """The process answers."""
    return {"status": "ok"}


@router.get("/ready", responses={503: {"description": "No database, or migrations are pending"}})
async def ready(request: Request) -> JSONResponse:
    """The database answers and is at the revision this code was written for."""
    try:
        revision = await asyncio.wait_for(request.app.state.database.revision(), _PATIENCE_S)
    except _UNPREPARED:
        return JSONResponse({"status": "migrations pending"}, 503)
    except (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError):
        return JSONResponse({"status": "no database"}, 503)
    if revision != head():
        return JSONResponse({"status": "migrations pending"}, 503)
    return JSONResponse({"status": "ok"})
