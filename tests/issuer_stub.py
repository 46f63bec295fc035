"""An issuer of tokens that speaks real HTTP: what it publishes, what it signs, and what may go wrong with it.

Nothing here is the service's own: keys, JWKs and signatures are made by `cryptography` alone.
"""

import base64
import hashlib
import json
import threading
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

Json = dict[str, Any]
PrivateKey = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey | Ed25519PrivateKey

_HASHES = {"256": hashes.SHA256(), "384": hashes.SHA384(), "512": hashes.SHA512()}
_CURVES = {"ES256": ec.SECP256R1(), "ES384": ec.SECP384R1(), "ES512": ec.SECP521R1()}
_CURVE_NAMES = {"secp256r1": "P-256", "secp384r1": "P-384", "secp521r1": "P-521"}


def b64(value: bytes) -> str:
    return base64.urlsafe_b64encode(value).rstrip(b"=").decode()


def part(value: object) -> str:
    """A part of a JWS: bytes as they are, anything else as JSON."""
    return b64(value if isinstance(value, bytes) else json.dumps(value).encode())


def pair(name: str, alg: str = "ES256") -> PrivateKey:
    """One key pair per name and algorithm; `k1 again` is another pair to be published as k1."""
    return _pair(name, alg)


@cache
def _pair(name: str, alg: str) -> PrivateKey:
    if alg == "EdDSA":
        return Ed25519PrivateKey.generate()
    return ec.generate_private_key(_CURVES[alg]) if alg in _CURVES else rsa.generate_private_key(65537, 2048)


def jwk(key: PrivateKey) -> Json:
    """The members that make its public key."""
    if isinstance(key, rsa.RSAPrivateKey):
        numbers = key.public_key().public_numbers()
        e, n = (b64(number.to_bytes((number.bit_length() + 7) // 8, "big")) for number in (numbers.e, numbers.n))
        return {"kty": "RSA", "e": e, "n": n}
    if isinstance(key, ec.EllipticCurvePrivateKey):
        point, size = key.public_key().public_numbers(), (key.key_size + 7) // 8
        x, y = (b64(number.to_bytes(size, "big")) for number in (point.x, point.y))
        return {"kty": "EC", "crv": _CURVE_NAMES[key.curve.name], "x": x, "y": y}
    return {
        "kty": "OKP",
        "crv": "Ed25519",
        "x": b64(key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)),
    }


def public(name: str, alg: str = "ES256") -> Json:
    """As a JWKS has it."""
    return {**jwk(pair(name, alg)), "kid": name.split()[0], "use": "sig", "alg": alg}


def signature(key: PrivateKey, alg: str, text: bytes) -> bytes:
    if isinstance(key, Ed25519PrivateKey):
        return key.sign(text)
    digest = _HASHES[alg[2:]]
    if isinstance(key, ec.EllipticCurvePrivateKey):
        size = (key.key_size + 7) // 8
        return b"".join(
            number.to_bytes(size, "big") for number in decode_dss_signature(key.sign(text, ec.ECDSA(digest)))
        )
    pss = padding.PSS(padding.MGF1(digest), digest.digest_size)
    return key.sign(text, pss if alg.startswith("PS") else padding.PKCS1v15(), digest)


def compact(header: object, claims: object, key: PrivateKey, alg: str) -> str:
    """A JWS with whatever header and claims, honestly signed."""
    text = f"{part(header)}.{part(claims)}"
    return f"{text}.{b64(signature(key, alg, text.encode()))}"


def signed(claims: object, name: str = "k1", alg: str = "ES256", **header: Any) -> str:
    """An access token; a header given as None is left out."""
    told = {"alg": alg, "typ": "at+jwt", "kid": name.split()[0], **header}
    kept = {member: value for member, value in told.items() if value is not None}
    return compact(kept, claims, pair(name, alg), alg)


def thumbprint(key: Json) -> str:
    """RFC 7638."""
    members = {name: key[name] for name in sorted(key) if name in ("crv", "e", "kty", "n", "x", "y")}
    return b64(hashlib.sha256(json.dumps(members, separators=(",", ":")).encode()).digest())


def proof(token: str, method: str, address: str, *, name: str = "holder", alg: str = "ES256", **changes: Any) -> str:
    """A DPoP proof (RFC 9449), changed as told: `header_x` is a member of the header, None leaves one out."""
    key = pair(name, alg)
    header: Json = {"typ": "dpop+jwt", "alg": alg, "jwk": jwk(key)}
    claims: Json = {
        "jti": str(uuid.uuid4()),
        "htm": method,
        "htu": address.partition("?")[0],
        "iat": int(time.time()),
        "ath": b64(hashlib.sha256(token.encode()).digest()),
    }
    for member, value in changes.items():
        (header if member.startswith("header_") else claims)[member.removeprefix("header_")] = value
    header, claims = ({one: value for one, value in each.items() if value is not None} for each in (header, claims))
    return compact(header, claims, key, alg)


class StubIssuer:
    """A JWKS over HTTP on this machine."""

    def __init__(self) -> None:
        self.keys: list[Json] = [public("k1")]
        self.status = 200
        self.delay = 0.0
        self.padding = 0
        self.drip = 0.0
        self.body: bytes | None = None
        self.fetches = 0
        stub = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                stub.answer(self)

            def log_message(self, format: str, *args: Any) -> None:
                """Quiet."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/jwks"

    def publish(self, *names: str) -> None:
        """Keys for ES256 of these names, and no others."""
        self.keys = [public(name) for name in names]

    def answer(self, request: BaseHTTPRequestHandler) -> None:
        self.fetches += 1
        time.sleep(self.delay)
        body = self.body or json.dumps({"keys": self.keys}).encode() + b" " * self.padding
        request.send_response(self.status)
        request.send_header("Location", "/elsewhere")
        request.send_header("Content-Length", str(len(body)))
        request.end_headers()
        try:
            for piece in (body[:20], body[20:40], body[40:60], body[60:]):
                request.wfile.write(piece)
                time.sleep(self.drip)
        except OSError:
            request.close_connection = True


@contextmanager
def issuing() -> Iterator[StubIssuer]:
    stub = StubIssuer()
    thread = threading.Thread(target=stub.server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield stub
    stub.server.shutdown()
    thread.join()
    stub.server.server_close()
