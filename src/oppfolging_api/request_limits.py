"""What a request may look like, before anybody reads it: the size of its head, its encoding, and no identity number in
its address.

An address is written down in places this service has no say over: proxies, browsers, the logs of the client. So an
identity number comes in a body (`POST [type]/_search`), unless a setting says otherwise.
"""

from typing import Final
from urllib.parse import unquote_plus

from starlette.types import ASGIApp, Receive, Scope, Send

from oppfolging_api.gate import refuse
from oppfolging_api.kernel.canonical import Canonical
from oppfolging_api.kernel.errors import Invalid, Refusal, UnsupportedMediaType
from oppfolging_api.kernel.named_in import names_somebody

LONGEST_ADDRESS: Final = 32 * 1024
"""Bytes: a link to the next page holds its whole search."""
LARGEST_HEAD: Final = 32 * 1024
MOST_HEADERS: Final = 100


class AddressTooLong(Refusal):
    status, code = 414, "too-long"


class HeadTooLarge(Refusal):
    status, code = 431, "too-long"


class RequestLimits:
    def __init__(self, app: ASGIApp, canonical: Canonical, *, identity_numbers_in_urls: bool) -> None:
        self._app, self._canonical = app, canonical
        self._identity_numbers_in_urls = identity_numbers_in_urls

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            try:
                self._check(scope)
            except Refusal as refusal:
                await refuse(refusal, scope["path"], self._canonical)(scope, receive, send)
                return
        await self._app(scope, receive, send)

    def _check(self, scope: Scope) -> None:
        """Raises Refusal."""
        path, query = scope["path"], scope["query_string"]
        if len(path) + len(query) > LONGEST_ADDRESS:
            raise AddressTooLong.of(f"an address is at most {LONGEST_ADDRESS} bytes: search by POST [type]/_search")
        _check_head(scope["headers"])
        told = f"{path}?{unquote_plus(query.decode('latin-1'))}" if query else path
        if not self._identity_numbers_in_urls and names_somebody(told):
            raise Invalid.of(
                "an address holds no identity number: search by POST [type]/_search, or send it within a Bundle",
                code="security",
            )


def _check_head(headers: list[tuple[bytes, bytes]]) -> None:
    """Raises HeadTooLarge, UnsupportedMediaType."""
    size = 0
    for name, value in headers:
        size += len(name) + len(value)
        if name == b"content-encoding" and value.lower() != b"identity":
            raise UnsupportedMediaType.of("bodies are taken as they are, not compressed", Accept_Encoding="identity")
    if size > LARGEST_HEAD or len(headers) > MOST_HEADERS:
        raise HeadTooLarge.of(f"the headers are at most {MOST_HEADERS}, of {LARGEST_HEAD} bytes together")
