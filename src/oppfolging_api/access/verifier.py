"""From an access token to what its issuer vouches for; that its holder may show it is asked elsewhere (dpop)."""

import hashlib
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass

from oppfolging_api.access.claims import Verified, vouched
from oppfolging_api.access.issuers import Issuer
from oppfolging_api.access.jwt import LONGEST_TOKEN, Lifetime, TokenRejected, Unverified, VerifyingKey, parse
from oppfolging_api.kernel.clock import Clock


@dataclass(frozen=True, slots=True)
class _Entry:
    verified: Verified
    lifetime: Lifetime
    key: VerifyingKey
    issuer: Issuer


class TokenVerifier:
    """Verifies tokens and remembers those that were good, by the SHA-256 of the whole token.

    A remembered token is used only while it is in time and its key, with the same material, is among its issuer's.
    """

    def __init__(self, issuers: Sequence[Issuer], clock: Clock, cache_size: int = 10_000) -> None:
        self._issuers = {issuer.settings.issuer: issuer for issuer in issuers}
        if len(self._issuers) != len(issuers):
            raise ValueError("two issuers have the same iss")
        self.clock = clock
        self._cache_size = cache_size
        self._cache: OrderedDict[bytes, _Entry] = OrderedDict()

    async def verify(self, token: str) -> Verified:
        """Raises TokenRejected, and nothing else, for whatever text is given."""
        if len(token) > LONGEST_TOKEN or not token.isascii():
            raise TokenRejected("the token is longer than 8 KiB or not ASCII")
        now = self.clock.now().timestamp()
        digest = hashlib.sha256(token.encode()).digest()
        entry = self._cache.pop(digest, None)
        if entry is None or not await _key_is_held(entry, now):
            entry = await self._checked(token, now)
        entry.lifetime.check(now)
        self._remember(digest, entry)
        return entry.verified

    async def _checked(self, token: str, now: float) -> _Entry:
        unverified = parse(token)
        issuer = self._issuers.get(unverified.issuer)
        if issuer is None:
            raise TokenRejected("the issuer is unknown")
        key = await _signing_key(unverified, issuer, now)
        settings = issuer.settings
        claims = unverified.verified(key, settings.accepted_types, settings.audience)
        lifetime = Lifetime.of(claims, settings.leeway)
        return _Entry(vouched(claims, settings), lifetime, key, issuer)

    def _remember(self, digest: bytes, entry: _Entry) -> None:
        self._cache[digest] = entry
        if len(self._cache) > self._cache_size:
            self._cache.popitem(last=False)


async def _key_is_held(entry: _Entry, now: float) -> bool:
    keys = await entry.issuer.keys.current(now)
    return keys.get(entry.key.id) == entry.key


async def _signing_key(unverified: Unverified, issuer: Issuer, now: float) -> VerifyingKey:
    keys = issuer.keys
    found = unverified.key_in(await keys.current(now)) or unverified.key_in(await keys.newest(now))
    if found is None:
        raise TokenRejected("the key is not among the issuer's keys")
    return found
