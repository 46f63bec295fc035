"""Proofs that are forged, or are of another request, another token or another moment (RFC 9449 section 4.3)."""

import base64
import json
import time
from collections.abc import Iterator
from typing import Any

import pytest

from issuer_stub import Json, b64, compact, jwk, pair, proof, signed, thumbprint
from national import BEARER, DPOP, National, bound, challenge, helseid, sent, trusting
from oppfolging_api.settings import Settings
from support import CONNECTIONS, MovableClock

HERE = "8113"
ADDRESS = "/fhir/Organization"


@pytest.fixture(scope="module")
def national(settings: Settings, session_clock: MovableClock) -> Iterator[National]:
    with trusting(settings, session_clock, HERE) as found:
        yield found


OTHER_TOKEN_HASH = "fUHyO2r2Z3DZ53EsNrWBb0xWXoaNy59IiKCAqksmQEo"
WRONG: dict[str, Json] = {
    "typ of a token": {"header_typ": "at+jwt"},
    "no typ": {"header_typ": None},
    "no jwk": {"header_jwk": None},
    "jwk no object": {"header_jwk": "x"},
    "crit": {"header_crit": ["jti"]},
    "another method": {"htm": "POST"},
    "a method in lower case": {"htm": "get"},
    "no method": {"htm": None},
    "no address": {"htu": None},
    "another path": {"htu": "{base}/fhir/Patient"},
    "a path further down": {"htu": "{base}/fhir/Organization/1"},
    "a path further up": {"htu": "{base}/fhir"},
    "a slash more": {"htu": "{base}/fhir/Organization/"},
    "a path in another case": {"htu": "{base}/fhir/organization"},
    "a path with dots": {"htu": "{base}/fhir/Patient/../Organization"},
    "another host": {"htu": "http://evil.test/fhir/Organization"},
    "another port": {"htu": "http://127.0.0.1:1/fhir/Organization"},
    "another scheme": {"htu": "https://{host}/fhir/Organization"},
    "somebody's name in the address": {"htu": "http://me@{host}/fhir/Organization"},
    "a path alone": {"htu": "/fhir/Organization"},
    "a port that is none": {"htu": "http://127.0.0.1:99999/fhir/Organization"},
    "an address with a line break": {"htu": "{base}/fhir/\nOrganization"},
    "address no string": {"htu": ["{base}/fhir/Organization"]},
    "no hash of the token": {"ath": None},
    "hash of another token": {"ath": OTHER_TOKEN_HASH},
    "no jti": {"jti": None},
    "an empty jti": {"jti": ""},
    "a jti too long": {"jti": "j" * 257},
    "jti no string": {"jti": 1},
    "no iat": {"iat": None},
    "iat no number": {"iat": "now"},
    "iat a truth": {"iat": True},
    "made 62 seconds ago": {"iat": -62},
    "made in 10 seconds": {"iat": 10},
    "made in the last century": {"iat": 0.0},
}


@pytest.mark.parametrize("changes", WRONG.values(), ids=WRONG)
def test_a_proof_of_anything_else_is_refused(national: National, changes: Json) -> None:
    host = national.address.removeprefix("http://")
    told: Json = {name: _placed(value, national.address, host) for name, value in changes.items()}
    if type(told.get("iat")) is int:
        told["iat"] += int(time.time())
    token = bound()
    answer = sent(national, token, proof(token, "GET", national.address + ADDRESS, **told))
    assert challenge(answer) == f'{DPOP}, error="invalid_dpop_proof", {BEARER}'
    (wrong,) = (name.removeprefix("header_") for name in changes)
    assert answer.json()["issue"][0]["diagnostics"].startswith(f"the proof is not accepted: {wrong} is ")


def _placed(value: Any, base: str, host: str) -> Any:
    return value.replace("{base}", base).replace("{host}", host) if isinstance(value, str) else value


HOLDER, THIEF = jwk(pair("holder")), jwk(pair("thief"))
NOT_PUBLIC, NOT_FOR, NOT_LISTED = "jwk is no public key", "jwk is no key for alg", "alg is not one that is accepted"
ANOTHER, UNSIGNED = "jwk is not the key that the token is bound to", "the signature does not verify"
HEADERS: list[tuple[Json, str]] = [
    ({"alg": "none"}, NOT_LISTED),
    ({"alg": "HS256"}, NOT_LISTED),
    ({"alg": "HS256", "jwk": {"kty": "oct", "k": "c2VjcmV0"}}, NOT_LISTED),
    ({"alg": "ES256", "jwk": {"kty": "oct", "k": "c2VjcmV0"}}, NOT_PUBLIC),
    ({"alg": "es256"}, NOT_LISTED),
    ({"alg": ["ES256"]}, NOT_LISTED),
    ({"alg": None}, NOT_LISTED),
    ({"alg": "RS256"}, NOT_FOR),
    ({"alg": "ES384"}, NOT_FOR),
    ({"jwk": {**HOLDER, "d": "AQAB"}}, NOT_PUBLIC),
    ({"jwk": {**HOLDER, "k": "AQAB"}}, NOT_PUBLIC),
    ({"jwk": {**HOLDER, "crv": "P-384"}}, NOT_FOR),
    ({"jwk": {**HOLDER, "alg": "ES384"}}, NOT_FOR),
    ({"jwk": {name: HOLDER[name] for name in ("kty", "crv", "x")}}, NOT_PUBLIC),
    ({"jwk": {**HOLDER, "x": 1}}, NOT_PUBLIC),
    ({"jwk": {**HOLDER, "y": HOLDER["x"]}}, ANOTHER),
    ({"jwk": THIEF, "kid": thumbprint(HOLDER)}, ANOTHER),
    ({}, UNSIGNED),
]


@pytest.mark.parametrize(("changes", "told"), HEADERS)
def test_no_other_key_and_no_other_algorithm_proves_anything(national: National, changes: Json, told: str) -> None:
    """Signed by the thief, who has the token."""
    token, address = bound(), national.address + ADDRESS
    claims = json.loads(base64.urlsafe_b64decode(proof(token, "GET", address).split(".")[1] + "=="))
    header = {"typ": "dpop+jwt", "alg": "ES256", "jwk": HOLDER, **changes}
    refused(national, token, compact(header, claims, pair("thief"), "ES256"), told)


def refused(national: National, token: str, wrong: str, told: str) -> None:
    headers = [(b"Authorization", f"DPoP {token}".encode()), (b"DPoP", wrong.encode("latin-1"))]
    answer = CONNECTIONS.get(national.address + ADDRESS, headers=headers)
    assert challenge(answer) == f'{DPOP}, error="invalid_dpop_proof", {BEARER}'
    assert answer.json()["issue"][0]["diagnostics"] == f"the proof is not accepted: {told}"


@pytest.mark.parametrize("length", [0, 63, 64, 65, 71])
def test_a_signature_of_nothing_proves_nothing(national: National, length: int) -> None:
    token = bound()
    text = proof(token, "GET", national.address + ADDRESS).rpartition(".")[0]
    told = UNSIGNED if length else "the token is not three parts in base64url"
    refused(national, token, f"{text}.{b64(bytes(length))}", told)


@pytest.mark.parametrize(
    ("alg", "changes"),
    [
        ("RS256", {"e": b64(b"\x01")}),
        ("RS256", {"e": b64(b"\x01" * 200)}),
        ("RS256", {"n": b64(b"\xff" * 128)}),
        ("RS256", {"n": b64(b"\xff" * 1025)}),
        ("ES256", {"x": b64(bytes(32))}),
        ("ES256", {"x": b64(b"\xff" * 32)}),
        ("ES256", {"y": b64(b"\x01" * 31)}),
        ("EdDSA", {"x": b64(bytes(31))}),
        ("EdDSA", {"x": b64(b"\xff" * 32)}),
    ],
)
def test_an_issuer_that_bound_a_token_to_a_bad_key_does_no_harm(national: National, alg: str, changes: Json) -> None:
    bad = jwk(pair("holder", alg)) | changes
    token = signed(helseid("referrer", cnf={"jkt": thumbprint(bad)}))
    wrong = proof(token, "GET", national.address + ADDRESS, alg=alg, header_jwk=bad)
    refused(national, token, wrong, UNSIGNED)


def test_what_is_no_jws_is_no_proof(national: National) -> None:
    token = bound()
    good = proof(token, "GET", national.address + ADDRESS)
    for wrong in ("", "x", f"{good}.x", f"{good}=", "æøå", "a" * 9000, f"{good}, {good}"):
        headers = [(b"Authorization", f"DPoP {token}".encode()), (b"DPoP", wrong.encode("latin-1"))]
        answer = CONNECTIONS.get(national.address + ADDRESS, headers=headers)
        assert challenge(answer) == f'{DPOP}, error="invalid_dpop_proof", {BEARER}'
    refused(national, token, token, "typ is not dpop+jwt")
