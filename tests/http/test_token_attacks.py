"""Forged and stale tokens, each of them refused alike: 401, and nothing told of what was in it."""

import base64
import hmac
import json
import time
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from issuer_stub import Json, b64, compact, jwk, pair, part, public, signature, signed
from national import HELSEID, IDPORTEN, National, helseid, maskinporten, trusting
from oppfolging_api.settings import Settings
from support import CONNECTIONS, MovableClock

HERE = "8121"
SECRET = "leaks-nowhere"
"""Is in every forged token, and must be in no answer."""
PEM = pair("rsa", "RS256").public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
GOOD_HEADER: Json = {"alg": "ES256", "typ": "at+jwt", "kid": "k1"}


@pytest.fixture(scope="module")
def national(settings: Settings, session_clock: MovableClock) -> Iterator[National]:
    with trusting(settings, session_clock, HERE) as found:
        found.stub.keys = [public("k1"), public("rsa", "RS256")]
        yield found


def claims(**changes: Any) -> Json:
    return helseid("referrer", **{"sub": SECRET, **changes})


def with_header(**changes: Any) -> str:
    """Honestly signed, under a header of another kind; a member given as None is left out."""
    header = {name: value for name, value in (GOOD_HEADER | changes).items() if value is not None}
    return compact(header, claims(), pair("k1"), "ES256")


def by_thief(**header: Any) -> str:
    """Signed by a key that no issuer has."""
    return compact(GOOD_HEADER | header, claims(), pair("thief"), "ES256")


def with_claims(**changes: Any) -> str:
    return signed(claims(**changes))


def written(text: str) -> str:
    """Claims as text, in which {} stands for those of a good token, without the closing brace."""
    return compact(GOOD_HEADER, text.replace("{}", json.dumps(claims())[:-1]).encode(), pair("k1"), "ES256")


def with_exp(text: str) -> str:
    whole = json.dumps(claims(exp=1795338000)).replace("1795338000", text)
    return compact(GOOD_HEADER, whole.encode(), pair("k1"), "ES256")


def by_secret(secret: bytes, alg: str = "HS256", kid: str = "rsa") -> str:
    text = f"{part({**GOOD_HEADER, 'alg': alg, 'kid': kid})}.{part(claims())}"
    return f"{text}.{b64(hmac.new(secret, text.encode(), f'sha{alg[2:]}').digest())}"


def unsigned(alg: str, signature: str = "") -> str:
    return f"{part({**GOOD_HEADER, 'alg': alg})}.{part(claims())}.{signature}"


def with_signature(change: Callable[[bytes], bytes]) -> str:
    head, body, last = with_claims().split(".")
    return f"{head}.{body}.{b64(change(base64.urlsafe_b64decode(last + '==')))}"


def spelled_otherwise() -> str:
    """The same bytes: the last character of 86 carries four bits that mean nothing."""
    token = with_claims()
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    return token[:-1] + letters[letters.index(token[-1]) + 1]


def by_rsa_as_elliptic() -> str:
    """A good RS256 signature under the kid of the ES256 key."""
    return compact({**GOOD_HEADER, "alg": "RS256"}, claims(), pair("rsa", "RS256"), "RS256")


def soon(seconds: int) -> int:
    return int(time.time()) + seconds


def nested() -> str:
    return compact({**GOOD_HEADER, "cty": "JWT"}, unsigned("none").encode(), pair("k1"), "ES256")


THIEF = jwk(pair("thief")) | {"kid": "k1"}
ATTACKS: dict[str, Callable[[], str]] = {
    "alg none": lambda: unsigned("none"),
    "alg None": lambda: unsigned("None"),
    "alg nOnE": lambda: unsigned("nOnE"),
    "alg none with a signature": lambda: unsigned("none", "AAAA"),
    "alg none with another's signature": lambda: unsigned("none", with_claims().split(".")[2]),
    "no alg": lambda: with_header(alg=None),
    "alg no string": lambda: with_header(alg=["ES256"]),
    "alg in lower case": lambda: with_header(alg="es256"),
    "HS256 with the public key as PEM": lambda: by_secret(PEM),
    "HS256 with the public key as PEM, stripped": lambda: by_secret(PEM.strip()),
    "HS256 with the public key as JWK": lambda: by_secret(json.dumps(public("rsa", "RS256")).encode()),
    "HS512 with the public key": lambda: by_secret(PEM, "HS512"),
    "HS256 with an empty secret": lambda: by_secret(b""),
    "kid a path": lambda: by_thief(kid="../../../../dev/null"),
    "kid a path, with an empty secret": lambda: by_secret(b"", kid="/dev/null"),
    "kid SQL": lambda: by_thief(kid="x' UNION SELECT 'AAAA'; --"),
    "kid an address": lambda: by_thief(kid="https://evil.test/jwks"),
    "kid with a NUL": lambda: by_thief(kid="k1\0"),
    "kid no string": lambda: with_header(kid=["k1"]),
    "kid of another key": lambda: with_header(kid="rsa"),
    "kid unknown": lambda: with_header(kid="k9"),
    "no kid among several keys": lambda: with_header(kid=None),
    "jku": lambda: by_thief(jku="https://evil.test/jwks"),
    "x5u": lambda: by_thief(x5u="https://evil.test/x5u"),
    "jwk": lambda: by_thief(jwk=THIEF),
    "x5c": lambda: by_thief(x5c=["MIIB"]),
    "jwk and its own kid": lambda: by_thief(jwk=THIEF | {"kid": "thief"}, kid="thief"),
    "crit": lambda: with_header(crit=["exp"], exp=soon(600)),
    "crit b64": lambda: with_header(crit=["b64"], b64=False),
    "no typ": lambda: with_header(typ=None),
    "typ of a proof": lambda: with_header(typ="dpop+jwt"),
    "typ of an id token": lambda: with_header(typ="id+jwt"),
    "typ of a logout token": lambda: with_header(typ="logout+jwt"),
    "an id token": lambda: with_claims(aud="client-id", nonce="n"),
    "no aud": lambda: with_claims(aud=None),
    "aud of another": lambda: with_claims(aud="nhn:other"),
    "aud empty": lambda: with_claims(aud=[]),
    "aud the beginning of ours": lambda: with_claims(aud="nhn:oppfolgin"),
    "aud beginning with ours": lambda: with_claims(aud="nhn:oppfolging-evil"),
    "aud with ours in a text": lambda: with_claims(aud="nhn:other nhn:oppfolging"),
    "aud an object": lambda: with_claims(aud={"nhn:oppfolging": True}),
    "aud unspecified": lambda: with_claims(aud="unspecified"),
    "no iss": lambda: with_claims(iss=None),
    "iss unknown": lambda: with_claims(iss=f"https://{SECRET}.test"),
    "iss with a slash": lambda: with_claims(iss=f"{HELSEID}/"),
    "iss without its slash": lambda: signed(maskinporten("system", iss="https://test.maskinporten.no", jti=SECRET)),
    "iss in capitals": lambda: with_claims(iss=HELSEID.upper()),
    "iss of production": lambda: with_claims(iss="https://helseid-sts.nhn.no"),
    "iss a list": lambda: with_claims(iss=[HELSEID]),
    "claims of one issuer as another's": lambda: with_claims(iss=IDPORTEN),
    "iss of the development issuer": lambda: with_claims(iss="urn:oppfolging:development", aud="oppfolging-api"),
    "expired by 10 seconds": lambda: with_claims(exp=soon(-10)),
    "expired for a year": lambda: with_claims(exp=soon(-31_536_000)),
    "not valid yet": lambda: with_claims(nbf=soon(60)),
    "issued in an hour": lambda: with_claims(iat=soon(3600), nbf=None),
    "no exp": lambda: with_claims(exp=None),
    "exp a string": lambda: with_claims(exp=str(soon(600))),
    "exp true": lambda: with_claims(exp=True),
    "exp a list": lambda: with_claims(exp=[soon(600)]),
    "exp negative": lambda: with_claims(exp=-1),
    "exp huge": lambda: with_claims(exp=10**300),
    "exp of 5 000 digits": lambda: with_exp("1" + "0" * 5000),
    "exp twice, after 5 000 digits": lambda: written(f'{{}}, "x": 1{"0" * 5000}, "exp": 1}}'),
    "exp NaN": lambda: with_claims(exp=float("nan")),
    "exp Infinity": lambda: with_claims(exp=float("inf")),
    "nbf a string": lambda: with_claims(nbf="now"),
    "exp twice": lambda: written(f'{{}}, "exp": {soon(600)}}}'),
    "scope twice": lambda: written('{}, "scope": "nhn:oppfolging/coordinating-unit"}'),
    "aud twice": lambda: written('{}, "aud": "nhn:oppfolging"}'),
    "alg twice": lambda: compact(b'{"alg": "none", "alg": "ES256", "kid": "k1"}', claims(), pair("k1"), "ES256"),
    "a claim twice, once escaped": lambda: written('{}, "\\u0073ub": "kari"}'),
    "signature cut": lambda: with_claims()[:-2],
    "signature left out": lambda: with_claims().rpartition(".")[0] + ".",
    "signature altered": lambda: with_signature(lambda one: one[:-1] + bytes([one[-1] ^ 1])),
    "signature of zeros": lambda: with_signature(lambda one: bytes(64)),
    "signature with r of zero": lambda: with_signature(lambda one: bytes(32) + one[32:]),
    "signature with s of zero": lambda: with_signature(lambda one: one[:32] + bytes(32)),
    "signature as DER": lambda: with_signature(lambda one: b"\x30\x44\x02\x20" + one[:32] + b"\x02\x20" + one[32:]),
    "signature spelled otherwise": spelled_otherwise,
    "base64 with padding": lambda: with_claims() + "==",
    "claims altered": lambda: f"{part(GOOD_HEADER)}.{part(claims(sub='kari'))}.{with_claims().split('.')[2]}",
    "another's key": by_thief,
    "another algorithm's key": by_rsa_as_elliptic,
    "an honest PS256 signature": lambda: compact(
        {**GOOD_HEADER, "alg": "PS256", "kid": "rsa"}, claims(), pair("rsa", "RS256"), "PS256"
    ),
    "a PS256 signature as RS256": lambda: _by("rsa", "RS256", "PS256"),
    "oversized": lambda: with_claims(filler="x" * 8000),
    "JWE": lambda: f"{part({'alg': 'dir', 'enc': 'A256GCM'})}..{b64(bytes(12))}.{part(claims())}.{b64(bytes(16))}",
    "JWE with a key": lambda: ".".join([part({"alg": "RSA-OAEP", "enc": "A256GCM"}), *["AAAA"] * 4]),
    "six parts": lambda: f"{with_claims()}.{with_claims()}",
    "two parts": lambda: with_claims().rpartition(".")[0],
    "JSON serialisation": lambda: json.dumps({"payload": part(claims()), "signatures": []}).replace(" ", ""),
    "an unsigned token within": nested,
    "claims a list": lambda: compact(GOOD_HEADER, [claims()], pair("k1"), "ES256"),
    "claims no JSON": lambda: compact(GOOD_HEADER, SECRET.encode(), pair("k1"), "ES256"),
    "claims not UTF-8": lambda: compact(GOOD_HEADER, b"\xff\xfe{}", pair("k1"), "ES256"),
    "deep nesting": lambda: written('{}, "deep": ' + "[" * 2000 + "]" * 2000 + "}"),
    "deep nesting of objects": lambda: written('{}, "deep": ' + '{"a":' * 900 + "1" + "}" * 901),
    "a surrogate alone": lambda: written('{}, "a": "\\ud800"}'),
    "1 000 scopes": lambda: with_claims(scope=["a"] * 1000),
    "scopes in a list in a list": lambda: with_claims(scope=[["nhn:oppfolging/referrer"]]),
    "a scope with a NUL": lambda: with_claims(scope=["nhn:oppfolging/referrer\0"]),
    "a subject with a NUL": lambda: with_claims(sub=f"{SECRET}\0"),
    "a subject with a line break": lambda: with_claims(sub=f"{SECRET}\r\nX-Injected: 1"),
    "a subject that is endless": lambda: with_claims(sub=SECRET * 100),
    "no subject": lambda: with_claims(sub=None, client_id=None),
    "bound to a certificate": lambda: with_claims(cnf={"x5t#S256": "bwcK0esc3ACC3DB2Y5_lESsXE8o9ltc05O89jdN-dg2"}),
    "bound to nothing": lambda: with_claims(cnf={}),
    "a bad identity number": lambda: with_claims(**{"helseid://claims/identity/pid": SECRET}),
    "a bad organisation number": lambda: with_claims(**{"helseid://claims/client/claims/orgnr_parent": SECRET}),
    "a bad HPR number": lambda: with_claims(**{"helseid://claims/hpr/hpr_number": f"1' OR '{SECRET}"}),
    "no token at all": lambda: "x",
    "percent signs": lambda: with_claims().replace(".", "%2E"),
    "two tokens in one header": lambda: f"{with_claims()}, Bearer {with_claims()}",
}


def _by(kid: str, told: str, alg: str) -> str:
    text = f"{part({**GOOD_HEADER, 'alg': told, 'kid': kid})}.{part(claims())}"
    return f"{text}.{b64(signature(pair('rsa', 'RS256'), alg, text.encode()))}"


def refused(answer: httpx.Response) -> None:
    assert answer.status_code == 401, answer.text
    assert answer.headers["www-authenticate"].startswith('Bearer realm="oppfolging"')
    assert SECRET not in answer.text + str(answer.headers)
    assert "13897112345" not in answer.text


@pytest.mark.parametrize("address", ["/fhir/Organization", "/referral/1"])
def test_a_good_token_is_taken(national: National, address: str) -> None:
    """What the others are made from."""
    for token in (with_claims(), signed(claims(), "rsa", "RS256")):
        answer = CONNECTIONS.get(national.address + address, headers={"Authorization": f"Bearer {token}"})
        assert answer.status_code == {"/fhir/Organization": 200, "/referral/1": 404}[address]


@pytest.mark.parametrize("attack", ATTACKS.values(), ids=ATTACKS)
def test_a_forged_or_stale_token_is_refused(national: National, attack: Callable[[], str]) -> None:
    headers = {"Authorization": f"Bearer {attack()}"}
    answer = CONNECTIONS.get(f"{national.address}/fhir/Organization", headers=headers)
    refused(answer)
    outcome = answer.json()
    assert [issue["code"] for issue in outcome["issue"]] == ["login"]
    outside = CONNECTIONS.get(f"{national.address}/referral/1", headers=headers)
    refused(outside)
    assert outside.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize(
    "headers",
    [
        [],
        [("Authorization", "")],
        [("Authorization", "Bearer")],
        [("Authorization", "Basic {}")],
        [("Authorization", "{}")],
        [("Authorization", "Token {}")],
        [("Authorization", "Bearer {}"), ("Authorization", "Bearer {}")],
        [("Authorization", "Bearer {}"), ("Authorization", "Bearer x")],
        [("Authorization", "Basic eDp5"), ("Authorization", "Bearer {}")],
        [("X-Authorization", "Bearer {}")],
        [("Cookie", "access_token={}")],
        [("DPoP", "{}")],
    ],
)
def test_a_token_comes_once_in_one_header(national: National, headers: list[tuple[str, str]]) -> None:
    sent = [(name, value.replace("{}", with_claims())) for name, value in headers]
    refused(CONNECTIONS.get(f"{national.address}/fhir/Organization", headers=sent))


def test_a_token_in_the_address_or_in_a_form_is_none(national: National) -> None:
    token, address = with_claims(), f"{national.address}/fhir/Organization"
    refused(CONNECTIONS.get(address, params={"access_token": token}))
    refused(CONNECTIONS.post(f"{address}/_search", data={"access_token": token}))
