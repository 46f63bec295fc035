"""Liveness and readiness."""

import asyncio

from fastapi import APIRouter, Request
from starlette.responses import JSONResponse

from oppfolging_api.store.database import FAULTS, is_away
from oppfolging_api.store.drawing import DRAWN
from oppfolging_api.store.migration import head

router = APIRouter(prefix="/health", tags=["Operation"])
_PATIENCE_S = 2.0


@router.get("/live")
async def live() -> dict[str, str]:
    """The process answers."""
    return {"status": "ok"}


@router.get("/ready", responses={503: {"description": "No database, or migrations are pending"}})
async def ready(request: Request) -> JSONResponse:
    """The database answers, is at the revision this code was written for, and its rows are as this code draws them."""
    try:
        state = await asyncio.wait_for(request.app.state.database.state(), _PATIENCE_S)
    except FAULTS as error:  # one that answers lacks tables, grants, or the service's roles
        return JSONResponse({"status": "no database" if is_away(error) else "migrations pending"}, 503)
    if state != (head(), DRAWN):
        return JSONResponse({"status": "migrations pending"}, 503)
    return JSONResponse({"status": "ok"})
