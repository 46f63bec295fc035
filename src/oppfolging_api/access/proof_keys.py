"""Signatures by the key a DPoP proof brings along (RFC 9449 section 4.3, RFC 7518 section 3, RFC 8037).

python-jose, which verifies access tokens, knows neither PS256 nor EdDSA, and clients of HelseID choose among all of
these. `cryptography`, which it stands on, has them; what is left to do is this table, so no library more is needed.
"""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Final

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

from oppfolging_api.access.jwt import PUBLIC_MEMBERS, RSA_BITS, Claims, TokenRejected, decoded

_Members = Mapping[str, bytes]
_Verify = Callable[[_Members, bytes, bytes], None]

_PRIVATE: Final = frozenset({"d", "p", "q", "dp", "dq", "qi", "oth", "k"})
_LONGEST_EXPONENT: Final = 4  # bytes; verifying takes as long as the exponent is large
_SHA: Final = {"256": hashes.SHA256(), "384": hashes.SHA384(), "512": hashes.SHA512()}
_CURVES: Final[Mapping[str, tuple[str, ec.EllipticCurve]]] = {
    "256": ("P-256", ec.SECP256R1()),
    "384": ("P-384", ec.SECP384R1()),
    "512": ("P-521", ec.SECP521R1()),
}


def _pkcs1(_: hashes.HashAlgorithm) -> padding.AsymmetricPadding:
    return padding.PKCS1v15()


def _pss(digest: hashes.HashAlgorithm) -> padding.AsymmetricPadding:
    return padding.PSS(padding.MGF1(digest), digest.digest_size)


def _rsa(
    pad: Callable[[hashes.HashAlgorithm], padding.AsymmetricPadding],
    digest: hashes.HashAlgorithm,
    members: _Members,
    signed: bytes,
    signature: bytes,
) -> None:
    modulus, exponent = int.from_bytes(members["n"], "big"), int.from_bytes(members["e"], "big")
    if modulus.bit_length() not in RSA_BITS or len(members["e"]) > _LONGEST_EXPONENT:
        raise ValueError
    rsa.RSAPublicNumbers(exponent, modulus).public_key().verify(signature, signed, pad(digest), digest)


def _ecdsa(
    curve: ec.EllipticCurve, digest: hashes.HashAlgorithm, members: _Members, signed: bytes, signature: bytes
) -> None:
    size = (curve.key_size + 7) // 8
    if {len(members["x"]), len(members["y"]), len(signature) / 2} != {size}:
        raise ValueError
    x, y, r, s = (
        int.from_bytes(number, "big") for number in (members["x"], members["y"], signature[:size], signature[size:])
    )
    key = ec.EllipticCurvePublicNumbers(x, y, curve).public_key()
    key.verify(encode_dss_signature(r, s), signed, ec.ECDSA(digest))


def _eddsa(members: _Members, signed: bytes, signature: bytes) -> None:
    Ed25519PublicKey.from_public_bytes(members["x"]).verify(signature, signed)


ALGORITHMS: Final[Mapping[str, tuple[str, str | None, _Verify]]] = {
    **{f"RS{bits}": ("RSA", None, partial(_rsa, _pkcs1, digest)) for bits, digest in _SHA.items()},
    **{f"PS{bits}": ("RSA", None, partial(_rsa, _pss, digest)) for bits, digest in _SHA.items()},
    **{f"ES{bits}": ("EC", name, partial(_ecdsa, curve, _SHA[bits])) for bits, (name, curve) in _CURVES.items()},
    "EdDSA": ("OKP", "Ed25519", _eddsa),
}
"""By alg: the kty and crv its key has to have, and what verifies."""


def public_key(header: Claims) -> Mapping[str, str]:
    """The members that make the public key of a header's `jwk`. Raises TokenRejected for a key that is not public, is
    none, or is not for the header's alg."""
    algorithm, key = header.get("alg"), header.get("jwk")
    if not isinstance(algorithm, str) or algorithm not in ALGORITHMS:
        raise TokenRejected("alg is not one that is accepted")
    if not isinstance(key, dict) or _PRIVATE & key.keys():
        raise TokenRejected("jwk is no public key")
    kind, curve, _ = ALGORITHMS[algorithm]
    if (key.get("kty"), key.get("crv")) != (kind, curve) or key.get("alg", algorithm) != algorithm:
        raise TokenRejected("jwk is no key for alg")
    members = {name: key.get(name) for name in PUBLIC_MEMBERS[kind]}
    strings = {name: value for name, value in members.items() if isinstance(value, str)}
    if len(strings) < len(members):
        raise TokenRejected("jwk is no public key")
    return strings


def check_signature(algorithm: str, key: Mapping[str, str], signed: bytes, signature: bytes) -> None:
    """Raises TokenRejected where `key`, of `public_key`, did not sign it."""
    members = {name: decoded(value, "key") for name, value in key.items() if name not in ("kty", "crv")}
    try:
        ALGORITHMS[algorithm][2](members, signed, signature)
    except (ValueError, InvalidSignature, UnsupportedAlgorithm):
        raise TokenRejected("the signature does not verify") from None
