"""What every request passes through: a request id, the access log before the first byte, and errors that tell nothing.

Pure ASGI (DESIGN D5). Log lines carry the route, never the path, a query, a name, an identity number or a body.
"""

import asyncio
import logging
import re
import time
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from oppfolging_api.access.access_log import AccessLog, Trace, loggable
from oppfolging_api.fhir.answer import json_response
from oppfolging_api.fhir.failure import failed
from oppfolging_api.fhir.outcome import operation_outcome, problem
from oppfolging_api.kernel.caller import Caller
from oppfolging_api.kernel.canonical import Canonical
from oppfolging_api.kernel.clock import Clock
from oppfolging_api.kernel.errors import Issue, Refusal, Unavailable
from oppfolging_api.kernel.ids import new_id
from oppfolging_api.kernel.named_in import names_somebody
from oppfolging_api.resources import served

LOGGED = ("/fhir/", "/referral/")
OPEN = frozenset({"/fhir/metadata", "/fhir/.well-known/smart-configuration", "/.well-known/smart-configuration"})
"""Whole addresses that are about nobody and open to anybody."""
_LONGEST_LOGGING_S = 30.0
_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[1-8][0-9a-f]{3}-[89ab][0-9a-f]{3}-([0-9a-f]{12})", re.IGNORECASE)
"""With version and variant, as RFC 9562 has them, and its longest row of digits."""
_TOO_MANY = 429
_log = logging.getLogger("oppfolging_api.request")


def is_logged(path: str) -> bool:
    """Whether an address is one where a token is needed, and a row is owed."""
    return f"{path}/".startswith(LOGGED) and path not in OPEN


def refuse(refusal: Refusal, path: str, canonical: Canonical) -> Response:
    """An OperationOutcome below /fhir, problem details elsewhere."""
    refusal.issues = tuple(map(_unnamed, refusal.issues))
    if path == "/fhir" or path.startswith("/fhir/"):
        return json_response(operation_outcome(refusal.issues, canonical), refusal.status, refusal.headers)
    return JSONResponse(problem(refusal), refusal.status, dict(refusal.headers), "application/problem+json")


def _unnamed(issue: Issue) -> Issue:
    """Whatever else a check lets through: no identity number that was sent as the name of an element comes back."""
    return replace(issue, expression=None) if issue.expression and names_somebody(issue.expression) else issue


class Gate:
    def __init__(self, app: ASGIApp, canonical: Canonical, clock: Clock, access_log: Callable[[], AccessLog]) -> None:
        self._app = app
        self._canonical = canonical
        self._clock = clock
        self._access_log = access_log

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        trace = Trace(_request_id(Request(scope)))
        scope.setdefault("state", {}).update(trace=trace, recognised=_unlimited)
        passage = _Passage(self, scope, trace, send)
        try:
            await self._app(scope, receive, passage.send)
        except Exception as error:
            failure = failed(trace, error)
            if passage.started:
                raise
            await refuse(failure, scope["path"], self._canonical)(scope, receive, passage.send)

    async def admit(self, scope: Scope, trace: Trace, status: int) -> None:
        """Commit what the answer owes the access log. Raises Unavailable where that cannot be done.

        A write has logged itself, unless its commit failed: a refusal has a row of its own. Only who asks too often has
        none, having reached nothing: a row for each would let anybody fill the log.
        """
        if status != _TOO_MANY and is_logged(scope["path"]) and (status >= 400 or not trace.written):
            trace.asked = _asked(scope)
            await _within(_LONGEST_LOGGING_S, self._access_log().append(trace.rows(self._clock.now(), status)))

    def unavailable(self, refusal: Refusal, path: str) -> Response:
        return refuse(refusal, path, self._canonical)


class _Passage:
    """The way out of one request: its first message waits for the log."""

    def __init__(self, gate: Gate, scope: Scope, trace: Trace, send: Send) -> None:
        self._gate, self._scope, self._trace, self._send = gate, scope, trace, send
        self._began = time.perf_counter()
        self._replaced = False
        self.started = False

    async def send(self, message: Message) -> None:
        if self._replaced:
            return
        if message["type"] == "http.response.start":
            try:
                await self._gate.admit(self._scope, self._trace, message["status"])
            except Unavailable as refusal:
                await self._replace(refusal)
                return
            self.started = True
            self._begin(message)
        await self._send(message)

    def _begin(self, message: Message) -> None:
        message["headers"] = [*message["headers"], (b"x-request-id", self._trace.request.encode())]
        _log.info(_line(self._scope, self._trace, message["status"], self._began))

    async def _replace(self, refusal: Refusal) -> None:
        self._replaced = self.started = True
        await self._gate.unavailable(refusal, self._scope["path"])(self._scope, nothing, self._send_unlogged)

    async def _send_unlogged(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self._begin(message)
        await self._send(message)


async def _within(seconds: float, logging: Awaitable[None]) -> None:
    """Raises Unavailable for a log that does not answer: an answer that waits for it has no other deadline."""
    try:
        async with asyncio.timeout(seconds):
            await logging
    except TimeoutError:
        raise Unavailable.of("the access log does not answer, so nothing may be answered", Retry_After="5") from None


def _unlimited(_caller: Caller) -> None:
    """What a request does once its token is known to be good, where nothing limits callers (rate_limit)."""


async def nothing() -> Message:
    """The `receive` of an answer that asks for no body."""
    return {"type": "http.disconnect"}


def _request_id(request: Request) -> str:
    """The client's own X-Request-Id where it is a UUID: of anything else, nobody knows whether it names a person; nor
    of a UUID with eleven digits in a row that are an identity number."""
    given = request.headers.get("x-request-id", "")
    found = _UUID.fullmatch(given)
    return given if found and not any(names_somebody(found[1][n : n + 11]) for n in (0, 1)) else new_id()


def _asked(scope: Scope) -> tuple[str | None, str | None]:
    """The type and id of the address, as far as they cannot be what somebody typed about a person."""
    named = scope.get("path_params", {})
    type, id = named.get("type"), named.get("id", "")
    return type if type in served() else None, loggable(id)


def _line(scope: Scope, trace: Trace, status: int, began: float) -> dict[str, Any]:
    route = scope.get("route")
    return {
        "event": "request",
        "request": trace.request,
        "method": scope["method"],
        "route": getattr(route, "path", None),
        "interaction": trace.interaction or None,
        "status": status,
        "ms": round((time.perf_counter() - began) * 1000, 1),
    }
