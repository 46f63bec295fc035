"""uvicorn's reader of HTTP, which has no limit of its own to the head of a request: neither to its size nor its time.

What has not become a request, or another piece of its body, within so many bytes and seconds is not waited for.
"""

import asyncio
from typing import Final

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

LARGEST_HEAD: Final = 96 * 1024
"""Bytes: more than the service takes of address and headers (request_limits), so that it is the one to say so."""
LONGEST_HEAD_S: Final = 10.0


class BoundedHttp(HttpToolsProtocol):
    _pending = 0
    """Bytes since the last that were of use."""
    _of_use = _ended = False
    """Whether the bytes that have just come were, and whether they ended a request."""
    _late: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._expect_head()

    def connection_lost(self, exc: Exception | None) -> None:
        self._head_is_here()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        self._of_use = self._ended = False
        super().data_received(data)
        self._pending = 0 if self._of_use else self._pending + len(data)
        if self._pending > LARGEST_HEAD and not self.transport.is_closing():
            self.send_400_response("The head of the request is too large.")
        elif (self.cycle is None or self.cycle.response_complete) and not self.transport.is_closing():
            self._after_the_answer()

    def on_message_begin(self) -> None:
        self._ended = False
        super().on_message_begin()
        self._expect_head()

    def on_headers_complete(self) -> None:
        self._of_use = True
        self._head_is_here()
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        self._of_use = True
        super().on_body(body)

    def on_message_complete(self) -> None:
        self._of_use = self._ended = True
        super().on_message_complete()

    def _after_the_answer(self) -> None:
        """uvicorn stops its keep-alive at any byte, and starts it again at the end of an answer only. So what comes
        when the request has been answered already, the rest of its body or anything else, has as long as a head."""
        if self._ended:
            self._head_is_here()
            self._unset_keepalive_if_required()
            self.timeout_keep_alive_task = self.loop.call_later(
                self.timeout_keep_alive, self.timeout_keep_alive_handler
            )
        else:
            self._expect_head()

    def _expect_head(self) -> None:
        if self._late is None:
            self._late = self.loop.call_later(LONGEST_HEAD_S, self.transport.close)

    def _head_is_here(self) -> None:
        if self._late is not None:
            self._late.cancel()
            self._late = None
