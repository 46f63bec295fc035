"""Proof that who shows a token holds the key it is bound to: DPoP, RFC 9449.

A stolen token is worth nothing without a proof signed by its holder's key for this very request, once. So the proof
is checked at every request, also where the token is remembered.
"""

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final, Protocol
from urllib.parse import urlsplit

from starlette.requests import Request

from oppfolging_api.access.jwt import Claims, Parts, TokenRejected, encoded, take_apart, thumbprint, time_of
from oppfolging_api.access.proof_keys import check_signature, public_key
from oppfolging_api.kernel.clock import Clock

AHEAD: Final = 5.0  # seconds a client's clock may be ahead
_LONGEST_JTI: Final = 256
_PORTS: Final = {"http": 80, "https": 443}
_ESCAPE: Final = re.compile(r"%([0-9A-Fa-f]{2})")
_UNRESERVED: Final = re.compile(r"[A-Za-z0-9._~-]")
_PRINTABLE: Final = re.compile(r"[\x21-\x7e]+")


class ProofRejected(Exception):
    """A proof that is not accepted. What it says never carries the proof or a value of it."""


class Memory(Protocol):
    """Which proofs have been taken, by whatever worker."""

    async def is_new(self, proof: bytes, until: datetime, at: datetime) -> bool:
        """Whether it is the first time, which it is then no longer. Raises Unavailable where that cannot be told."""


@dataclass(frozen=True, slots=True)
class Shown:
    """What a proof has to be about: the request as its sender addressed it, the token, and the key it is bound to."""

    method: str
    address: str
    token: str
    key: str


class Possession:
    """Checks proofs. `lifetime` is how many seconds one is good for; `base_url` where clients reach the service."""

    def __init__(self, memory: Memory, clock: Clock, lifetime: float, base_url: str | None) -> None:
        self._memory, self._clock, self._lifetime = memory, clock, lifetime
        self._base_url = base_url.rstrip("/") if base_url else None

    async def check(self, request: Request, proofs: Sequence[str], token: str, key: str) -> None:
        """Raises ProofRejected; Unavailable where nobody can tell whether the proof has been taken before."""
        if len(proofs) != 1:
            raise ProofRejected("exactly one header DPoP is needed")
        now = self._clock.now()
        shown = Shown(request.method, self._address(request), token, key)
        try:
            jti, made = checked(proofs[0], shown, now.timestamp(), self._lifetime)
        except TokenRejected as error:
            raise ProofRejected(str(error)) from None
        proof = hashlib.sha256(f"{key} {jti}".encode()).digest()
        if not await self._memory.is_new(proof, self._until(made), now):
            raise ProofRejected("jti has been seen before")

    def _until(self, made: float) -> datetime:
        """When it is forgotten: once it is stale by the clock of every worker, also one that is late."""
        return datetime.fromtimestamp(made + 2 * self._lifetime + AHEAD, UTC)

    def _address(self, request: Request) -> str:
        path = str(request.scope["raw_path"], "latin-1")
        if self._base_url is None:
            return f"{request.url.scheme}://{request.headers.get('host', '')}{path}"
        return self._base_url + path.removeprefix(str(request.scope.get("root_path", "")))


def checked(text: str, shown: Shown, now: float, lifetime: float) -> tuple[str, float]:
    """jti and iat of a proof that is good, but for having been taken before (RFC 9449 section 4.3).

    Raises TokenRejected.
    """
    parts = take_apart(text)
    if parts.header.get("typ") != "dpop+jwt":
        raise TokenRejected("typ is not dpop+jwt")
    _check_key(parts, shown.key)
    claims = parts.claims
    if claims.get("htm") != shown.method:
        raise TokenRejected("htm is not the method of the request")
    if normalised(claims.get("htu")) != normalised(shown.address):
        raise TokenRejected("htu is not the address of the request")
    if claims.get("ath") != encoded(hashlib.sha256(shown.token.encode()).digest()):
        raise TokenRejected("ath is not the hash of the token")
    return _jti(claims), _made(claims, now, lifetime)


def _check_key(parts: Parts, bound: str) -> None:
    """The key first: nothing is calculated with one that the token's issuer has not seen."""
    key = public_key(parts.header)
    if thumbprint(key) != bound:
        raise TokenRejected("jwk is not the key that the token is bound to")
    check_signature(parts.header["alg"], key, parts.signed, parts.signature)


def _jti(claims: Claims) -> str:
    jti = claims.get("jti")
    if not isinstance(jti, str) or not 0 < len(jti) <= _LONGEST_JTI:
        raise TokenRejected("jti is missing or too long")
    return jti


def _made(claims: Claims, now: float, lifetime: float) -> float:
    if "iat" not in claims:
        raise TokenRejected("iat is missing")
    made = time_of(claims, "iat")
    if not now - lifetime <= made <= now + AHEAD:
        raise TokenRejected("iat is not just now")
    return made


def normalised(address: object) -> tuple[str, str, int | None, str]:
    """Scheme, host, port and path, without query and fragment, as RFC 3986 sections 6.2.2 and 6.2.3 compare them.

    Dot segments stay: a path that has them leads elsewhere in this service than the one without.
    Raises TokenRejected for what is no address of the web.
    """
    if not isinstance(address, str) or not _PRINTABLE.fullmatch(address):
        raise TokenRejected("htu is no address")
    try:
        parts = urlsplit(address)
        scheme, host, port = parts.scheme, parts.hostname, parts.port
    except ValueError:
        raise TokenRejected("htu is no address") from None
    if scheme not in _PORTS or not host or "@" in parts.netloc:
        raise TokenRejected("htu is no address")
    return scheme, host, port or _PORTS[scheme], _ESCAPE.sub(_spelled, parts.path) or "/"


def _spelled(escape: re.Match[str]) -> str:
    character = chr(int(escape[1], 16))
    return character if _UNRESERVED.fullmatch(character) else escape[0].upper()
