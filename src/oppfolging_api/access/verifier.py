"""From a bearer token to what its issuer vouches for."""

import hashlib
import re
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from oppfolging_api.access.issuers import ClaimMapping, Issuer
from oppfolging_api.access.jwt import LONGEST_TOKEN, Claims, Lifetime, TokenRejected, Unverified, VerifyingKey, parse
from oppfolging_api.kernel.caller import SCOPE_PREFIX
from oppfolging_api.kernel.clock import Clock

_HPR: Final = re.compile(r"[0-9]{1,9}")
_ORGANISATION: Final = re.compile(r"[0-9]{9}")
_PID: Final = re.compile(r"[0-9]{11}")
_MUNICIPALITY: Final = re.compile(r"[0-9]{4}")


@dataclass(frozen=True, slots=True)
class Verified:
    """What a token vouches for. `hpr`, `organisation` and `pid` are digits."""

    issuer: str
    subject: str
    scopes: tuple[str, ...]
    municipalities: tuple[str, ...]
    hpr: str | None
    organisation: str | None
    pid: str | None = field(repr=False)


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
        claims = unverified.verified(key, issuer.settings.audience)
        lifetime = Lifetime.of(claims, issuer.settings.leeway)
        return _Entry(_verified(claims, issuer), lifetime, key, issuer)

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


def _verified(claims: Claims, issuer: Issuer) -> Verified:
    mapping = issuer.settings.claims
    _check_bearer(claims)
    organisations = _organisations(claims, mapping)
    return Verified(
        issuer=issuer.settings.issuer,
        subject=_subject(claims, mapping),
        scopes=_scopes(claims, mapping),
        municipalities=_municipalities(claims, mapping, organisations),
        hpr=_digits(_first(claims, mapping.hpr), _HPR, "the HPR number"),
        organisation=next(iter(organisations), None),
        pid=_pid(claims, mapping),
    )


def _check_bearer(claims: Claims) -> None:
    """A token bound to its holder's key is worth nothing without the proof (RFC 9449 section 7.1, RFC 8705)."""
    if "cnf" in claims:
        raise TokenRejected("the token is bound to a key (cnf) and is no bearer token")


def _subject(claims: Claims, mapping: ClaimMapping) -> str:
    subject = _first(claims, mapping.subject)
    if not isinstance(subject, str) or not subject:
        raise TokenRejected("the subject is missing or no string")
    return subject


def _scopes(claims: Claims, mapping: ClaimMapping) -> tuple[str, ...]:
    """Space-separated (RFC 8693) or an array (HelseID); scopes this service does not know are kept as they are."""
    claim = _first(claims, mapping.scope)
    scopes = _strings(claim.split() if isinstance(claim, str) else claim, "scope")
    prefix = mapping.scope_prefix
    if not prefix:
        return scopes
    return tuple(SCOPE_PREFIX + scope.removeprefix(prefix) if scope.startswith(prefix) else scope for scope in scopes)


def _municipalities(claims: Claims, mapping: ClaimMapping, organisations: Sequence[str]) -> tuple[str, ...]:
    claim = _first(claims, mapping.municipality)
    if claim is None:
        known = mapping.municipalities_by_organisation
        return next((known[number] for number in organisations if number in known), ())
    numbers = _strings([claim] if isinstance(claim, str) else claim, "municipality")
    if not all(_MUNICIPALITY.fullmatch(number) for number in numbers):
        raise TokenRejected("the municipality is not of the right number of digits")
    return numbers


def _organisations(claims: Claims, mapping: ClaimMapping) -> tuple[str, ...]:
    """All the token's organisation numbers, the preferred one first."""
    found = [value for name in mapping.organisation if (value := _at(claims, name)) is not None]
    numbers = [
        _digits(_without(mapping.organisation_prefix, value), _ORGANISATION, "the organisation number")
        for value in found
    ]
    return tuple(number for number in numbers if number is not None)


def _pid(claims: Claims, mapping: ClaimMapping) -> str | None:
    """The identity number; a login at too low a level vouches for nobody, and its token is refused whole."""
    pid = _digits(_first(claims, mapping.pid), _PID, "the identity number")
    level = _first(claims, mapping.security_level)
    if mapping.security_levels and (pid or level is not None) and level not in mapping.security_levels:
        raise TokenRejected("the security level of the login is too low")
    return pid


def _digits(value: object, pattern: re.Pattern[str], what: str) -> str | None:
    if value is None:
        return None
    if not isinstance(value, str) or not pattern.fullmatch(value):
        raise TokenRejected(f"{what} is not of the right number of digits")
    return value


def _strings(value: object, what: str) -> tuple[str, ...]:
    if value is None:
        return ()
    if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
        raise TokenRejected(f"{what} is neither a string nor a list of strings")
    return tuple(value)


def _without(prefix: str, value: object) -> object:
    if not isinstance(value, str) or not value.startswith(prefix):
        raise TokenRejected("the organisation number does not begin as configured")
    return value.removeprefix(prefix)


def _first(claims: Claims, names: Sequence[str]) -> object:
    return next((value for name in names if (value := _at(claims, name)) is not None), None)


def _at(claims: Claims, name: str) -> object:
    """The claim of that whole name, else what the dots lead to; null counts as absent."""
    if name in claims:
        return claims[name]
    found: object = claims
    for step in name.split("."):
        found = found.get(step) if isinstance(found, dict) else None
    return found
