"""What every answer tells a browser and a cache: to keep nothing, guess nothing, run nothing and show it in no frame.

https://owasp.org/www-project-secure-headers/
"""

import base64
import hashlib
import re
from typing import Final

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from oppfolging_api.gate import OPEN

Header = tuple[bytes, bytes]

_ALWAYS: Final[list[Header]] = [
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-resource-policy", b"same-origin"),
]
_POLICY: Final[Header] = (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'")
_KEEP_NOTHING: Final[Header] = (b"cache-control", b"no-store")
_KEEP: Final[Header] = (b"cache-control", b"max-age=300")
_HTTPS_ONLY: Final[Header] = (b"strict-transport-security", b"max-age=31536000")
_ABOUT_NOBODY: Final = OPEN | {"/openapi.json", "/docs"}


def page_policy(page: bytes) -> str:
    """The Content-Security-Policy of a page of this service: its own scripts, and the one that stands in it."""
    inline = re.findall(rb"<script>(.*?)</script>", page, re.DOTALL)
    hashes = [f"'sha256-{base64.b64encode(hashlib.sha256(script).digest()).decode()}'" for script in inline]
    return (
        f"default-src 'none'; script-src 'self' {' '.join(hashes)}; style-src 'self' 'unsafe-inline'; "
        "img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )


class AnswerHeaders:
    """A page may bring a Content-Security-Policy of its own; that of an interface allows nothing."""

    def __init__(self, app: ASGIApp, *, https: bool) -> None:
        self._app = app
        self._always = [*_ALWAYS, _HTTPS_ONLY] if https else _ALWAYS

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def sending(message: Message) -> None:
            if message["type"] == "http.response.start":
                own = message["headers"]
                policy = () if any(name == b"content-security-policy" for name, _ in own) else (_POLICY,)
                message["headers"] = [*own, *self._always, _kept(scope["path"], message["status"]), *policy]
            await send(message)

        await self._app(scope, receive, sending)


def _kept(path: str, status: int) -> Header:
    if status in (200, 304) and (path in _ABOUT_NOBODY or path.startswith("/docs/")):
        return _KEEP
    return _KEEP_NOTHING
