"""How long a request may take: its body must arrive in a third of the time, its answer be there within all of it.

What is cut short is cancelled, and its transaction rolled back, unless its commit was on its way: so 503 means that
nothing was done, or all of it (of a batch, each entry). An answer that is there only waits for the access log (gate).
"""

import asyncio
from typing import Final

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from oppfolging_api.gate import refuse
from oppfolging_api.kernel.canonical import Canonical
from oppfolging_api.kernel.errors import Refusal

_SHARE_OF_BODY: Final = 1 / 3


class TooSlow(Refusal):
    """The client did not send its body."""

    status, code = 408, "timeout"


class TookTooLong(Refusal):
    """This service did not answer."""

    status, code = 503, "timeout"


class Deadline:
    def __init__(self, app: ASGIApp, canonical: Canonical, seconds: float) -> None:
        self._app, self._canonical, self._seconds = app, canonical, seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def sending(message: Message) -> None:
            limit.reschedule(None)
            await send(message)

        try:
            async with asyncio.timeout(self._seconds) as limit:
                await self._app(scope, _Arrival(receive, self._seconds * _SHARE_OF_BODY), sending)
        except TimeoutError:
            if not limit.expired():
                raise
            refusal = TookTooLong.of(
                "this took too long and was given up; nothing was done, or all of it: read before asking again",
                Retry_After="5",
            )
            await refuse(refusal, scope["path"], self._canonical)(scope, receive, send)


class _Arrival:
    """`receive`, held to the moment by which the whole body must have come, reckoned from when it is asked for."""

    def __init__(self, receive: Receive, seconds: float) -> None:
        self._receive, self._seconds = receive, seconds
        self._until: float | None = None
        self._whole = False

    async def __call__(self) -> Message:
        if self._whole:
            return await self._receive()
        if self._until is None:
            self._until = asyncio.get_running_loop().time() + self._seconds
        try:
            async with asyncio.timeout_at(self._until):
                message = await self._receive()
        except TimeoutError:
            raise TooSlow.of("the body did not arrive in time", Connection="close") from None
        self._whole = not message.get("more_body", False)
        return message
