"""The one wrapper around python-jose: keys of a JWKS, signatures, registered claims (RFC 7515, 7517, 7519, 8725).

Left to itself python-jose lets the token choose the algorithm, takes a public key as an HMAC secret, asks for no
aud, exp or iss, skips bytes that are not base64url and reads the system's time. So here a key is built once, from
the JWKS, for exactly one algorithm; a header only names a key; time is an argument; and a text that two readers could
read differently (members named twice, base64 with bits left over) is no token.
"""

import base64
import hashlib
import json
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import orjson
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from jose import jwk, jws
from jose.backends.base import Key
from jose.exceptions import JOSEError
from jose.utils import base64_to_long

Claims = Mapping[str, Any]

LONGEST_TOKEN: Final = 8 * 1024
_COMPACT = re.compile(r"([A-Za-z0-9_-]+)\.([A-Za-z0-9_-]+)\.([A-Za-z0-9_-]+)")
_ALGORITHMS: Mapping[tuple[object, object], tuple[str, ...]] = {
    ("RSA", None): ("RS256", "RS384", "RS512"),
    ("EC", "P-256"): ("ES256",),
    ("EC", "P-384"): ("ES384",),
    ("EC", "P-521"): ("ES512",),
}
"""By kty and crv; the first where the JWK has no `alg`. python-jose has neither PS256 to PS512 nor EdDSA."""
PUBLIC_MEMBERS: Final = {"RSA": ("e", "kty", "n"), "EC": ("crv", "kty", "x", "y"), "OKP": ("crv", "kty", "x")}
"""What makes a public key, by kty (RFC 7638 section 3.2, RFC 8037 section 2)."""
RSA_BITS: Final = range(2048, 8193)
_LATEST_TIME = 253_402_300_799  # seconds: the end of year 9999; inf and larger numbers are no time
_MOST_NESTED = 200  # objects and lists in a part of a token, and so how deep it may be
_IAT_AHEAD = 300  # seconds an issuer's clock may be ahead in `iat`, which by itself gives no right


class TokenRejected(Exception):
    """A token that is not accepted. What it says never carries the token or a value of its claims."""


@dataclass(frozen=True, slots=True)
class VerifyingKey:
    """A public key with its one algorithm. `id` is the JWK's kid, or its thumbprint where it has none."""

    id: str
    thumbprint: str
    algorithm: str
    _key: Key = field(repr=False, compare=False)

    def verifies(self, signed: bytes, signature: bytes) -> bool:
        return bool(self._key.verify(signed, signature))


Keys = Mapping[str, VerifyingKey]


@dataclass(frozen=True, slots=True)
class SigningKey:
    """A private key for RS256, built once: building checks its primes, which takes far longer than signing does."""

    published: Mapping[str, str]
    """The JWK by which others verify what it signs."""
    _key: Key = field(repr=False)

    @classmethod
    def of(cls, private: Mapping[str, str]) -> "SigningKey":
        """Of a JWK of `new_private_key`. Raises ValueError for what is none."""
        try:
            members = {name: private[name] for name in PUBLIC_MEMBERS["RSA"]}
            key = jwk.construct(dict(private), "RS256")
        except (JOSEError, KeyError, TypeError) as error:
            raise ValueError("not a private RSA key") from error
        return cls({**members, "kid": thumbprint(members), "alg": "RS256", "use": "sig"}, key)

    def sign(self, claims: Claims) -> str:
        """An access token (RFC 9068)."""
        headers = {"typ": "at+jwt", "kid": self.published["kid"]}
        return str(jws.sign(claims, self._key, headers=headers, algorithm="RS256"))


@dataclass(frozen=True, slots=True)
class Parts:
    """A compact JWS taken apart. Nothing in it is known to be true."""

    header: Claims
    claims: Claims
    signed: bytes
    signature: bytes


@dataclass(frozen=True, slots=True)
class Unverified:
    """A token that is well formed and no more: nothing but the choice of issuer and key may rest on it.

    `type` is the header's typ as RFC 7515 section 4.1.9 compares it: in lower case, without `application/`.
    """

    issuer: str
    algorithm: str
    kid: str | None
    type: str | None
    _parts: Parts = field(repr=False)

    def key_in(self, keys: Keys) -> VerifyingKey | None:
        """The key the header names; without a kid the only key there is."""
        if self.kid is not None:
            return keys.get(self.kid)
        return next(iter(keys.values())) if len(keys) == 1 else None

    def verified(self, key: VerifyingKey, types: Collection[str | None], audiences: Collection[str]) -> Claims:
        """The claims, once signature, type and audience hold; their time is left to `Lifetime`. None among the types
        is a header without typ."""
        if self.algorithm != key.algorithm:
            raise TokenRejected("alg is not the algorithm of the key")
        if not key.verifies(self._parts.signed, self._parts.signature):
            raise TokenRejected("the signature does not verify")
        if self.type not in types:
            raise TokenRejected("typ is not that of an access token of this issuer")
        if not _intended_for(self._parts.claims.get("aud"), audiences):
            raise TokenRejected("aud does not name this service")
        return self._parts.claims


@dataclass(frozen=True, slots=True)
class Lifetime:
    """From and until when a token is accepted, leeway included: seconds since 1970."""

    start: float
    end: float

    @classmethod
    def of(cls, claims: Claims, leeway: float) -> "Lifetime":
        """exp must be there; nbf and iat count where they are."""
        if "exp" not in claims:
            raise TokenRejected("exp is missing")
        start = max(time_of(claims, "nbf"), time_of(claims, "iat") - _IAT_AHEAD)
        return cls(start - leeway, time_of(claims, "exp") + leeway)

    def check(self, now: float) -> None:
        if now >= self.end:
            raise TokenRejected("the token has expired")
        if now < self.start:
            raise TokenRejected("the token is not valid yet")


def parse(token: str) -> Unverified:
    """Raises TokenRejected for what is no token of some issuer."""
    parts = take_apart(token)
    algorithm, kid, type = _checked_header(parts.header)
    issuer = parts.claims.get("iss")
    if not isinstance(issuer, str):
        raise TokenRejected("iss is missing")
    return Unverified(issuer, algorithm, kid, type, parts)


def take_apart(text: str) -> Parts:
    """Take a compact JWS apart; five parts (JWE), empty parts, padding and extensions (crit) are refused."""
    if len(text) > LONGEST_TOKEN:
        raise TokenRejected("the token is longer than 8 KiB")
    parts = _COMPACT.fullmatch(text)
    if parts is None:
        raise TokenRejected("the token is not three parts in base64url")
    header, claims = _object(parts[1], "header"), _object(parts[2], "claims")
    if "crit" in header:
        raise TokenRejected("crit is not supported")
    return Parts(header, claims, text[: parts.end(2)].encode(), decoded(parts[3], "signature"))


def keys_of(document: bytes) -> Keys:
    """The keys of a JWKS that can verify here, by id. Raises ValueError for what is no JWKS.

    One key that cannot be used does not take the others with it: encryption keys, symmetric keys, weak keys, and
    private keys, which nobody should trust once they have been published.
    """
    jwks = orjson.loads(document)
    members = jwks.get("keys") if isinstance(jwks, dict) else None
    if not isinstance(members, list):
        raise ValueError("a JWKS is an object with a list of keys")
    usable = [key for member in members if isinstance(member, dict) and (key := _verifying_key(member))]
    return {key.id: key for key in reversed(usable)}


def thumbprint(key: Mapping[str, Any]) -> str:
    """RFC 7638: the SHA-256 of the members that make the key, in order and without spaces."""
    members = {name: key[name] for name in PUBLIC_MEMBERS[key["kty"]]}
    return encoded(hashlib.sha256(orjson.dumps(members, option=orjson.OPT_SORT_KEYS)).digest())


def new_private_key() -> dict[str, str]:
    """A private JWK for RS256: it verifies faster than ES256 in python-jose, and verifying is what is done often."""
    pair = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    pem = pair.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return dict(jwk.construct(pem, "RS256").to_dict())


def time_of(claims: Claims, name: str) -> float:
    """A claim in seconds since 1970, 0 where it is missing. Raises TokenRejected where it is anything else."""
    value = claims.get(name, 0)
    if type(value) not in (int, float) or not 0 <= value <= _LATEST_TIME:
        raise TokenRejected(f"{name} is not a time in seconds")
    return float(value)


def decoded(part: str, what: str) -> bytes:
    """The bytes of base64url in its one spelling. Raises TokenRejected for any other."""
    try:
        found = base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))
    except ValueError:
        raise TokenRejected(f"the {what} is not base64url") from None
    if encoded(found) != part:
        raise TokenRejected(f"the {what} is not base64url")
    return found


def encoded(value: bytes) -> str:
    return base64.urlsafe_b64encode(value).rstrip(b"=").decode()


def _checked_header(header: Claims) -> tuple[str, str | None, str | None]:
    """alg, kid and typ. Keys and addresses of keys in the header (jwk, jku, x5c, x5u) are never looked at."""
    algorithm, kid, kind = header.get("alg"), header.get("kid"), header.get("typ")
    if not isinstance(algorithm, str) or not any(algorithm in known for known in _ALGORITHMS.values()):
        raise TokenRejected("alg is not accepted")
    if not isinstance(kid, str | None):
        raise TokenRejected("kid is not a string")
    if not isinstance(kind, str | None):
        raise TokenRejected("typ is not a string")
    return algorithm, kid, kind.lower().removeprefix("application/") if kind is not None else None


def _verifying_key(member: Claims) -> VerifyingKey | None:
    algorithm = _algorithm(member)
    if algorithm is None or not _meant_for_verifying(member):
        return None
    parts = {name: part for name in PUBLIC_MEMBERS[member["kty"]] if isinstance(part := member.get(name), str)}
    if len(parts) < len(PUBLIC_MEMBERS[member["kty"]]):
        return None
    try:
        key = jwk.construct(parts, algorithm)
        if "n" in parts and base64_to_long(parts["n"]).bit_length() not in RSA_BITS:
            return None
    except (JOSEError, ValueError):
        return None
    kid, own = member.get("kid"), thumbprint(member)
    return VerifyingKey(kid if isinstance(kid, str) else own, own, algorithm, key)


def _algorithm(member: Claims) -> str | None:
    """The one algorithm of a JWK: its kty and crv say which are possible, its alg must be one of them."""
    kind, curve = member.get("kty"), member.get("crv")
    possible = _ALGORITHMS.get((kind, curve)) if isinstance(kind, str) and isinstance(curve, str | None) else None
    if possible is None:
        return None
    named = member.get("alg", possible[0])
    return named if named in possible else None


def _meant_for_verifying(member: Claims) -> bool:
    operations = member.get("key_ops", ["verify"])
    public = "d" not in member
    return public and member.get("use", "sig") == "sig" and isinstance(operations, list) and "verify" in operations


def _intended_for(audience: object, audiences: Collection[str]) -> bool:
    named = audience if isinstance(audience, list) else [audience]
    return any(name in audiences for name in named if isinstance(name, str))


def _object(part: str, what: str) -> dict[str, Any]:
    """orjson is strict in everything but members named twice, of which it takes the last."""
    text = decoded(part, what)
    try:
        value = orjson.loads(text)
        if text.count(b"{") + text.count(b"[") > _MOST_NESTED:
            raise TokenRejected(f"the {what} holds too many objects and lists")
        json.loads(text, object_pairs_hook=_distinct, parse_int=str)
    except ValueError:
        raise TokenRejected(f"the {what} is not JSON") from None
    if not isinstance(value, dict):
        raise TokenRejected(f"the {what} is not a JSON object")
    return value


def _distinct(members: list[tuple[str, object]]) -> None:
    if len({name for name, _ in members}) != len(members):
        raise TokenRejected("a member is named twice")
