"""How much one caller may ask of one worker: so many requests a second, so many at once.

Counted in the memory of each worker, for no request should wait for a round trip to be counted: what is protected is
the worker. A service of four workers lets a caller that meets all of them do four times as much; all is forgotten when
a worker ends. docs/security.md tells which limit meets whom.
"""

import hashlib
import ipaddress
import math
import time
from collections import Counter, OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from oppfolging_api.gate import is_logged, nothing, refuse
from oppfolging_api.kernel.caller import Caller
from oppfolging_api.kernel.canonical import Canonical
from oppfolging_api.kernel.errors import Refusal

MOST_KEYS: Final = 10_000
"""Callers, addresses and tokens remembered; beyond that whoever was met longest ago is forgotten."""
FAILURES_A_SECOND: Final = 1
FAILURES_AT_ONCE: Final = 60


class TooManyRequests(Refusal):
    status, code = 429, "throttled"


@dataclass(frozen=True, slots=True)
class Allowance:
    """Requests a second, how many may come at once after a silence, and how many may be under way."""

    rate: int
    burst: int
    under_way: int


class Meter:
    """A token bucket for each key, kept as the moment at which it will be full again (GCRA): one number a key."""

    def __init__(self, rate: float, burst: int, now: Callable[[], float], most: int = MOST_KEYS) -> None:
        self._step, self._span = 1 / rate, burst / rate
        self._now, self._most = now, most
        self._full_at: OrderedDict[Hashable, float] = OrderedDict()

    def wait(self, key: Hashable) -> float:
        """0 where the key may, else the seconds until it may."""
        now = self._now()
        wait = max(self._full_at.get(key, now), now) + self._step - now - self._span
        return wait if wait > _ROUNDING_S else 0.0

    def take(self, key: Hashable) -> float:
        """The same; where the key may, it has."""
        wait, now = self.wait(key), self._now()
        full_at = max(self._full_at.pop(key, now), now)
        self._full_at[key] = full_at if wait else full_at + self._step
        if len(self._full_at) > self._most:
            self._full_at.popitem(last=False)
        return wait

    def give_back(self, key: Hashable) -> None:
        if key in self._full_at:
            self._full_at[key] -= self._step


class RateLimit:
    """Three meters. A request counts for its caller (issuer, subject, organisation) once its token has been verified;
    until then for its address, unless its token was good before; and for its address once more where it is answered
    without anybody having been recognised, so that neither the access log nor the issuers' keys can be made to work for
    strangers. A token that was good is never held back by failures.
    """

    def __init__(
        self, app: ASGIApp, canonical: Canonical, allowance: Allowance, now: Callable[[], float] = time.monotonic
    ) -> None:
        self._app, self._canonical = app, canonical
        self._most_under_way = allowance.under_way
        self._callers = Meter(allowance.rate, allowance.burst, now)
        self._addresses = Meter(allowance.rate, allowance.burst, now)
        self._failures = Meter(FAILURES_A_SECOND, FAILURES_AT_ONCE, now)
        self._known: OrderedDict[bytes, Hashable] = OrderedDict()
        self._under_way: Counter[Hashable] = Counter()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        token = _token(scope)
        known = self._known.get(token) if token else None
        try:
            self._admit(known, scope)
        except TooManyRequests as refusal:
            await self.refused(refusal, scope)(scope, receive, send)
            return
        visit = _Visit(self, scope, token, known, send)
        scope["state"]["recognised"] = visit.recognised
        try:
            await self._app(scope, receive, visit.send)
        finally:
            visit.end()

    def _admit(self, known: Hashable | None, scope: Scope) -> None:
        """Whom a token was of tells early that there is no use in verifying it; it charges nobody."""
        if known is None:
            _check(self._addresses.take(_address(scope)))
        else:
            self._check_under_way(known)
            _check(self._callers.wait(known))

    def _check_under_way(self, caller: Hashable) -> None:
        if self._under_way[caller] >= self._most_under_way:
            raise TooManyRequests.of("the caller has too many requests under way", Retry_After="1")

    def entered(self, caller: Hashable) -> None:
        """A request of the caller is under way. Raises TooManyRequests."""
        self._check_under_way(caller)
        self.charge(caller)
        self._under_way[caller] += 1

    def left(self, caller: Hashable) -> None:
        self._under_way[caller] -= 1
        if not self._under_way[caller]:
            del self._under_way[caller]

    def remember(self, token: bytes, caller: Hashable) -> None:
        self._known[token] = caller
        self._known.move_to_end(token)
        if len(self._known) > MOST_KEYS:
            self._known.popitem(last=False)

    def uncharge(self, scope: Scope) -> None:
        self._addresses.give_back(_address(scope))

    def charge(self, caller: Hashable) -> None:
        """Raises TooManyRequests."""
        _check(self._callers.take(caller))

    def failed(self, scope: Scope, token: bytes | None) -> None:
        """Raises TooManyRequests."""
        if token:
            self._known.pop(token, None)
        _check(self._failures.take(_address(scope)))

    def refused(self, refusal: Refusal, scope: Scope) -> ASGIApp:
        return refuse(refusal, scope["path"], self._canonical)


class _Visit:
    """One request on its way through: whose it turns out to be, and how it ends."""

    def __init__(self, limit: RateLimit, scope: Scope, token: bytes | None, known: Hashable | None, send: Send) -> None:
        self._limit, self._scope, self._token, self._known, self._send = limit, scope, token, known, send
        self._recognised = self._replaced = False
        self._caller: Hashable | None = None

    def recognised(self, caller: Caller) -> None:
        """From here on it counts for whose token it is. Raises TooManyRequests."""
        key = (caller.issuer, caller.subject, caller.organisation)
        self._recognised = True
        if self._token and self._known is None:
            self._limit.uncharge(self._scope)
            self._limit.remember(self._token, key)
        self._limit.entered(key)
        self._caller = key

    def end(self) -> None:
        if self._caller is not None:
            self._limit.left(self._caller)

    async def send(self, message: Message) -> None:
        if self._replaced:
            return
        if message["type"] == "http.response.start":
            try:
                self._judge(message["status"])
            except TooManyRequests as refusal:
                self._replaced = True
                await self._limit.refused(refusal, self._scope)(self._scope, nothing, self._send)
                return
        await self._send(message)

    def _judge(self, status: int) -> None:
        """What nobody was recognised in counts for whose token it was, unless that is good no more; else it is a
        failure, at an address where a token is needed. Raises TooManyRequests."""
        if self._recognised:
            return
        if self._known is not None and status != _NO_GOOD_TOKEN:
            self._limit.charge(self._known)
        elif is_logged(self._scope["path"]):
            self._limit.failed(self._scope, self._token)


_ROUNDING_S: Final = 1e-9
_NO_GOOD_TOKEN: Final = 401


def _check(wait: float) -> None:
    if wait:
        raise TooManyRequests.of("too many requests: wait and ask again", Retry_After=str(math.ceil(wait)))


def _token(scope: Scope) -> bytes | None:
    """The SHA-256 of the token in the Authorization header, however many spaces there are before it."""
    for name, value in scope["headers"]:
        if name == b"authorization":
            return hashlib.sha256(value.partition(b" ")[2].strip()).digest()
    return None


def _address(scope: Scope) -> str:
    client = scope.get("client")
    return _network(client[0]) if client else ""


@lru_cache(MOST_KEYS)
def _network(address: str) -> str:
    """Of IPv6 the first 64 bits: whoever has one address there has them all."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return address
    return address if parsed.version == 4 else str(ipaddress.ip_network((parsed.packed[:8] + bytes(8), 64)))
