"""What the wrapper around python-jose accepts, and every trick it must not fall for."""

import base64
import hmac
import json
from functools import cache
from typing import Any

import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from jose import jwk, jws

from oppfolging_api.access.jwt import Claims, Lifetime, TokenRejected, keys_of, parse, thumbprint

NOW = 1_795_334_400  # 2026-11-22T08:00:00Z
TYPES = ("jwt", "at+jwt", None)
AUDIENCES = ("oppfolging-api",)
CLAIMS = {"iss": "https://issuer.test", "aud": "oppfolging-api", "exp": 1_795_338_000, "sub": "per"}

RSA_KEY = rsa.generate_private_key(65537, 2048)
OTHER_RSA_KEY = rsa.generate_private_key(65537, 2048)
WEAK_RSA_KEY = rsa.generate_private_key(65537, 1024)  # noqa: S505
EC_KEYS = {
    "ES256": ec.generate_private_key(ec.SECP256R1()),
    "ES384": ec.generate_private_key(ec.SECP384R1()),
    "ES512": ec.generate_private_key(ec.SECP521R1()),
}
PrivateKey = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey


def pem(key: PrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def public(key: PrivateKey, encoding: serialization.Encoding = serialization.Encoding.PEM) -> bytes:
    return key.public_key().public_bytes(encoding, serialization.PublicFormat.SubjectPublicKeyInfo)


def published(key: PrivateKey, algorithm: str, /, **members: Any) -> dict[str, Any]:
    """The public JWK; a member given as None is left out."""
    found = {**jwk.construct(public(key), algorithm).to_dict(), "kid": "k1", "use": "sig", **members}
    return {name: value for name, value in found.items() if value is not None}


def jwks(*keys: dict[str, Any]) -> bytes:
    return json.dumps({"keys": keys}).encode()


def part(value: object) -> str:
    text = value if isinstance(value, bytes) else json.dumps(value).encode()
    return base64.urlsafe_b64encode(text).rstrip(b"=").decode()


@cache
def signer(key: PrivateKey, algorithm: str) -> Any:
    """Kept, for the library tries the primes of a key it reads: 100 ms."""
    return jwk.construct(pem(key).decode(), algorithm)


def signed(claims: object = CLAIMS, key: PrivateKey = RSA_KEY, **header: Any) -> str:
    """A token with an honest signature by an honest library."""
    alg = header.pop("alg", "RS256")
    payload = claims if isinstance(claims, bytes) else json.dumps(claims).encode()
    return str(jws.sign(payload, signer(key, alg), headers={"kid": "k1", **header}, algorithm=alg))


def pkcs1(header: object, claims: object = CLAIMS, key: rsa.RSAPrivateKey = RSA_KEY) -> str:
    """A token with any header, signed as RS256 would."""
    text = f"{part(header)}.{part(claims)}"
    return f"{text}.{part(key.sign(text.encode(), padding.PKCS1v15(), hashes.SHA256()))}"


RS256_KEYS = jwks(published(RSA_KEY, "RS256"))


def accepted(token: str, keys: bytes = RS256_KEYS) -> Claims:
    unverified = parse(token)
    key = unverified.key_in(keys_of(keys))
    if key is None:
        raise TokenRejected("no such key")
    return unverified.verified(key, TYPES, AUDIENCES)


def refusal(token: str, keys: bytes = RS256_KEYS) -> str:
    with pytest.raises(TokenRejected) as caught:
        accepted(token, keys)
    return str(caught.value)


@pytest.mark.parametrize("alg", ["RS256", "RS384", "RS512", "ES256", "ES384", "ES512"])
def test_a_token_signed_with_each_algorithm_is_accepted(alg: str) -> None:
    key = EC_KEYS.get(alg, RSA_KEY)
    assert accepted(signed(key=key, alg=alg), jwks(published(key, alg))) == {
        "iss": "https://issuer.test",
        "aud": "oppfolging-api",
        "exp": 1_795_338_000,
        "sub": "per",
    }


@pytest.mark.parametrize(
    "secret",
    [
        pytest.param(public(RSA_KEY), id="pem"),
        pytest.param(public(RSA_KEY, serialization.Encoding.DER), id="der"),
        pytest.param(str(published(RSA_KEY, "RS256")["n"]).encode(), id="modulus"),
        pytest.param(json.dumps(published(RSA_KEY, "RS256")).encode(), id="jwk"),
        pytest.param(b"", id="empty"),
    ],
)
@pytest.mark.parametrize(("alg", "digest"), [("HS256", "sha256"), ("HS384", "sha384"), ("HS512", "sha512")])
def test_a_public_key_used_as_hmac_secret_is_refused(secret: bytes, alg: str, digest: str) -> None:
    text = f"{part({'alg': alg, 'kid': 'k1'})}.{part(CLAIMS)}"
    forged = f"{text}.{part(hmac.new(secret, text.encode(), digest).digest())}"
    assert refusal(forged) == "alg is not accepted"


@pytest.mark.parametrize("alg", ["none", "None", "NONE", "nOnE", "", None, 0, ["RS256"], {"RS256": 1}])
def test_no_algorithm_is_refused(alg: object) -> None:
    header = {"alg": alg, "kid": "k1"}
    assert refusal(f"{part(header)}.{part(CLAIMS)}.") == "the token is not three parts in base64url"
    assert refusal(f"{part(header)}.{part(CLAIMS)}.AAAA") == "alg is not accepted"
    assert refusal(pkcs1(header)) == "alg is not accepted"


@pytest.mark.parametrize("alg", ["rs256", "Rs256", "RS256 ", "RSA1_5", "PS256", "EdDSA", "dir", "A128KW"])
def test_an_algorithm_that_is_not_listed_is_refused_though_the_signature_is_good(alg: str) -> None:
    assert refusal(pkcs1({"alg": alg, "kid": "k1"})) == "alg is not accepted"


def test_a_true_ps256_signature_is_refused_for_an_rs256_key() -> None:
    text = f"{part({'alg': 'PS256', 'kid': 'k1'})}.{part(CLAIMS)}"
    pss = padding.PSS(padding.MGF1(hashes.SHA256()), hashes.SHA256.digest_size)
    assert refusal(f"{text}.{part(RSA_KEY.sign(text.encode(), pss, hashes.SHA256()))}") == "alg is not accepted"
    as_rs256 = f"{part({'alg': 'RS256', 'kid': 'k1'})}.{part(CLAIMS)}"
    forged = f"{as_rs256}.{part(RSA_KEY.sign(as_rs256.encode(), pss, hashes.SHA256()))}"
    assert refusal(forged) == "the signature does not verify"


@pytest.mark.parametrize("alg", ["RS384", "RS512"])
def test_a_key_verifies_its_one_algorithm_only(alg: str) -> None:
    assert refusal(signed(alg=alg)) == "alg is not the algorithm of the key"
    assert (
        refusal(signed(alg=alg), jwks(published(RSA_KEY, "RS256", alg=None))) == "alg is not the algorithm of the key"
    )


def test_a_token_of_another_key_type_under_the_same_kid_is_refused() -> None:
    assert refusal(signed(key=EC_KEYS["ES256"], alg="ES256")) == "alg is not the algorithm of the key"
    es256 = jwks(published(EC_KEYS["ES256"], "ES256"))
    assert refusal(signed(), es256) == "alg is not the algorithm of the key"


def test_another_key_an_altered_claim_and_a_cut_signature_are_refused() -> None:
    head, _, signature = signed().split(".")
    assert refusal(signed(key=OTHER_RSA_KEY)) == "the signature does not verify"
    assert refusal(f"{head}.{part({**CLAIMS, 'sub': 'kari'})}.{signature}") == "the signature does not verify"
    assert refusal(signed()[:-2]) == "the signature does not verify"


@pytest.mark.parametrize("length", [1, 63, 64, 65, 96])
def test_an_ecdsa_signature_of_nothing_is_refused(length: int) -> None:
    forged = f"{part({'alg': 'ES256', 'kid': 'k1'})}.{part(CLAIMS)}.{part(bytes(length))}"
    assert refusal(forged, jwks(published(EC_KEYS["ES256"], "ES256"))) == "the signature does not verify"


def test_keys_in_the_header_are_never_used() -> None:
    own = published(OTHER_RSA_KEY, "RS256", kid="mine")
    for header in ({"jwk": own}, {"jku": "https://evil.test/jwks"}, {"x5u": "https://evil.test/x"}, {"x5c": ["MIIB"]}):
        assert refusal(signed(key=OTHER_RSA_KEY, **header)) == "the signature does not verify"
        assert refusal(signed(key=OTHER_RSA_KEY, **{**header, "kid": "mine"})) == "no such key"
        assert accepted(signed(**header))["sub"] == "per"


@pytest.mark.parametrize("crit", [["exp"], [], None])
def test_crit_is_refused(crit: object) -> None:
    assert refusal(pkcs1({"alg": "RS256", "kid": "k1", "crit": crit})) == "crit is not supported"


@pytest.mark.parametrize("typ", ["JWT", "jwt", "at+jwt", "AT+JWT", "application/at+jwt"])
def test_access_tokens_say_what_they_are_or_nothing(typ: str) -> None:
    assert accepted(pkcs1({"alg": "RS256", "kid": "k1", "typ": typ}))["sub"] == "per"
    assert accepted(pkcs1({"alg": "RS256", "kid": "k1"}))["sub"] == "per"


@pytest.mark.parametrize(
    "typ", ["dpop+jwt", "logout+jwt", "id+jwt", "JWE", "", "at+jwt ", "application/application/jwt"]
)
def test_another_kind_of_jwt_is_refused(typ: str) -> None:
    told = "typ is not that of an access token of this issuer"
    assert refusal(pkcs1({"alg": "RS256", "kid": "k1", "typ": typ})) == told


@pytest.mark.parametrize("typ", [1, ["JWT"], {}, True])
def test_a_kind_that_is_no_string_is_refused(typ: object) -> None:
    assert refusal(pkcs1({"alg": "RS256", "kid": "k1", "typ": typ})) == "typ is not a string"


@pytest.mark.parametrize(
    "claims",
    [
        b'{"iss": "https://issuer.test", "aud": "oppfolging-api", "exp": 1, "exp": 1795338000}',
        b'{"iss": "https://issuer.test", "aud": "other", "aud": "oppfolging-api", "exp": 1795338000}',
        b'{"iss": "https://issuer.test", "aud": "oppfolging-api", "exp": 1795338000, "exp": 1795338000}',
        b'{"iss": "https://issuer.test", "aud": "oppfolging-api", "\\u0065xp": 1, "exp": 1795338000}',
        b'{"iss": "https://issuer.test", "aud": "oppfolging-api", "exp": 1795338000, "cnf": {"jkt": "a", "jkt": "b"}}',
    ],
)
def test_a_member_named_twice_is_refused_wherever_it_is(claims: bytes) -> None:
    assert refusal(signed(claims)) == "a member is named twice"
    assert refusal(pkcs1(b'{"alg": "none", "alg": "RS256", "kid": "k1"}')) == "a member is named twice"


@pytest.mark.parametrize(("opening", "closing"), [(b"[", b"]"), (b'{"a":', b"}")])
def test_claims_are_not_nested_without_end(opening: bytes, closing: bytes) -> None:
    told = b'{"iss": "https://issuer.test", "aud": "oppfolging-api", "sub": "per", "deep": %s1%s}'
    assert accepted(signed(told % (opening * 199, closing * 199)))["sub"] == "per"
    assert refusal(signed(told % (opening * 200, closing * 200))) == "the claims holds too many objects and lists"


def test_base64_has_one_spelling() -> None:
    """The last character of a part of 4n+2 characters carries four bits of nothing."""
    head, claims, signature = signed().split(".")
    assert len(signature) % 4 == 2
    last = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    other = last[last.index(signature[-1]) + 1]
    assert refusal(f"{head}.{claims}.{signature[:-1]}{other}") == "the signature is not base64url"


def test_a_token_without_kid_needs_a_jwks_of_one_key() -> None:
    anonymous = pkcs1({"alg": "RS256"})
    two = jwks(published(RSA_KEY, "RS256"), published(OTHER_RSA_KEY, "RS256", kid="k2"))
    assert accepted(anonymous)["sub"] == "per"
    assert accepted(anonymous, jwks(published(RSA_KEY, "RS256", kid=None)))["sub"] == "per"
    assert refusal(anonymous, two) == "no such key"
    assert refusal(anonymous, jwks()) == "no such key"
    assert refusal(pkcs1({"alg": "RS256", "kid": "k3"})) == "no such key"
    assert refusal(pkcs1({"alg": "RS256", "kid": 1})) == "kid is not a string"


@pytest.mark.parametrize(
    "shape",
    [
        *("{h}.{c}", "{h}.{c}.{s}.{c}.{s}", "{h}.{c}.{s}.", ".{c}.{s}", "{h}..{s}", "....", ""),
        *("{h}.{c}.{s}=", "{h}.{c}.{s}\n", " {h}.{c}.{s}", "{h}.{c}.!{s}", "{h}.{c}.{s}Ⅷ", "Bearer {h}.{c}.{s}"),
    ],
)
def test_what_is_not_three_parts_of_base64url_is_refused(shape: str) -> None:
    head, claims, signature = signed().split(".")
    assert refusal(shape.format(h=head, c=claims, s=signature)) == "the token is not three parts in base64url"


@pytest.mark.parametrize(
    ("claims", "reason"),
    [
        (b"[]", "the claims is not a JSON object"),
        (b'"per"', "the claims is not a JSON object"),
        (b"{", "the claims is not JSON"),
        (b"\xff\xfe", "the claims is not JSON"),
        (b"[" * 3000, "the claims is not JSON"),
        (b'{"exp": NaN}', "the claims is not JSON"),
        (b'{"exp": 1e999}', "the claims is not JSON"),
    ],
)
def test_claims_that_are_no_json_object_are_refused(claims: bytes, reason: str) -> None:
    assert refusal(signed(claims)) == reason


@pytest.mark.parametrize(
    ("header", "reason"),
    [
        (b"[]", "the header is not a JSON object"),
        (b"[" * 3000, "the header is not JSON"),
        (b"\xff", "the header is not JSON"),
    ],
)
def test_a_header_that_is_no_json_object_is_refused(header: bytes, reason: str) -> None:
    assert refusal(pkcs1(header)) == reason


def test_a_part_of_impossible_length_is_refused() -> None:
    head, claims, _ = signed().split(".")
    assert refusal(f"{head}.{claims}.AAAAA") == "the signature is not base64url"


def test_a_token_may_be_8_kib_long_and_no_longer() -> None:
    long = signed({**CLAIMS, "filler": "x" * 5700})
    assert 8000 < len(long) <= 8192
    assert accepted(long)["sub"] == "per"
    assert refusal(signed({**CLAIMS, "filler": "x" * 6100})) == "the token is longer than 8 KiB"


@pytest.mark.parametrize("issuer", [None, 1, ["https://issuer.test"]])
def test_a_token_without_an_issuer_is_refused(issuer: object) -> None:
    assert refusal(signed({**CLAIMS, "iss": issuer})) == "iss is missing"
    assert refusal(signed({"aud": "oppfolging-api", "exp": 1_795_338_000})) == "iss is missing"


@pytest.mark.parametrize(
    "audience", [None, "", "other", "oppfolging-api2", [], ["other"], [None], {"oppfolging-api": 1}]
)
def test_a_token_for_others_or_for_nobody_is_refused(audience: object) -> None:
    assert refusal(signed({**CLAIMS, "aud": audience})) == "aud does not name this service"
    assert refusal(signed({"iss": "https://issuer.test", "exp": 1_795_338_000})) == "aud does not name this service"


def test_a_token_for_this_service_among_others_is_accepted() -> None:
    assert accepted(signed({**CLAIMS, "aud": ["other", "oppfolging-api"]}))["sub"] == "per"


def time_refusal(claims: dict[str, Any], now: float = NOW) -> str:
    with pytest.raises(TokenRejected) as caught:
        Lifetime.of(claims, 10).check(now)
    return str(caught.value)


def test_a_token_ends_at_exp_and_the_leeway() -> None:
    lifetime = Lifetime.of({"exp": NOW}, 10)
    lifetime.check(NOW + 9.9)
    assert time_refusal({"exp": NOW}, NOW + 10) == "the token has expired"


def test_a_token_begins_at_nbf_less_the_leeway() -> None:
    lifetime = Lifetime.of({"nbf": NOW, "exp": NOW + 60}, 10)
    lifetime.check(NOW - 10)
    assert time_refusal({"nbf": NOW, "exp": NOW + 60}, NOW - 10.1) == "the token is not valid yet"


def test_a_token_issued_far_in_the_future_is_refused() -> None:
    Lifetime.of({"iat": NOW + 310, "exp": NOW + 3600}, 10).check(NOW)
    assert time_refusal({"iat": NOW + 311, "exp": NOW + 3600}) == "the token is not valid yet"


def test_a_token_that_never_ends_is_refused() -> None:
    assert time_refusal({"nbf": NOW}) == "exp is missing"


@pytest.mark.parametrize("value", ["1795338000", None, True, [1], {}, -1, float("inf"), float("nan"), 10**400])
def test_a_time_that_is_no_number_of_seconds_is_refused(value: object) -> None:
    assert time_refusal({"exp": value}) == "exp is not a time in seconds"
    assert time_refusal({"exp": NOW + 60, "nbf": value}) == "nbf is not a time in seconds"
    assert time_refusal({"exp": NOW + 60, "iat": value}) == "iat is not a time in seconds"


def test_a_fraction_of_a_second_is_a_time() -> None:
    assert Lifetime.of({"exp": 20.5, "nbf": 5.25}, 0) == Lifetime(5.25, 20.5)


OFF_CURVE = base64.urlsafe_b64encode(b"\x01" * 32).rstrip(b"=").decode()
UNUSABLE = {
    "encryption": published(RSA_KEY, "RS256", use="enc"),
    "unknown use": published(RSA_KEY, "RS256", use="SIG"),
    "only signs": published(RSA_KEY, "RS256", key_ops=["sign"]),
    "operations no list": published(RSA_KEY, "RS256", key_ops=1),
    "symmetric": {"kty": "oct", "k": "c2VjcmV0", "kid": "k1", "alg": "HS256"},
    "symmetric posing": {"kty": "oct", "k": "c2VjcmV0", "kid": "k1", "alg": "RS256"},
    "hmac algorithm": published(RSA_KEY, "RS256", alg="HS256"),
    "pss": published(RSA_KEY, "RS256", alg="PS256"),
    "wrapping": published(RSA_KEY, "RS256", alg="RSA-OAEP"),
    "elliptic algorithm": published(RSA_KEY, "RS256", alg="ES256"),
    "another curve's algorithm": published(EC_KEYS["ES256"], "ES256", alg="ES384"),
    "algorithm no string": published(RSA_KEY, "RS256", alg=["RS256"]),
    "published private rsa": {**published(RSA_KEY, "RS256"), "d": "AQAB"},
    "published private ec": {**published(EC_KEYS["ES256"], "ES256"), "d": "AQAB"},
    "weak rsa": published(WEAK_RSA_KEY, "RS256"),
    "modulus no string": published(RSA_KEY, "RS256", n=5),
    "modulus not there": published(RSA_KEY, "RS256", n=None),
    "modulus empty": published(RSA_KEY, "RS256", n=""),
    "exponent one": published(RSA_KEY, "RS256", e="AQ"),
    "off the curve": published(EC_KEYS["ES256"], "ES256", x=OFF_CURVE),
    "curve unknown": published(EC_KEYS["ES256"], "ES256", crv="secp256k1", alg=None),
    "curve no string": published(EC_KEYS["ES256"], "ES256", crv=["P-256"]),
    "type no string": published(RSA_KEY, "RS256", kty=["RSA"]),
    "okp": {"kty": "OKP", "crv": "Ed25519", "x": OFF_CURVE, "kid": "k1", "alg": "EdDSA"},
}


@pytest.mark.parametrize("unusable", UNUSABLE.values(), ids=UNUSABLE)
def test_a_key_that_cannot_be_used_is_ignored_and_leaves_the_others(unusable: dict[str, Any]) -> None:
    good = published(OTHER_RSA_KEY, "RS256", kid="k2")
    assert set(keys_of(jwks(unusable, good))) == {"k2"}


def test_members_of_a_jwks_that_are_no_objects_are_ignored() -> None:
    document = json.dumps({"keys": [None, "k", 1, [], published(RSA_KEY, "RS256")]}).encode()
    assert set(keys_of(document)) == {"k1"}


@pytest.mark.parametrize("document", [b"", b"<html>", b"[]", b"{}", b'{"keys": {}}', b'{"keys": null}', b"[" * 9000])
def test_what_is_no_jwks_is_told_apart_from_an_empty_one(document: bytes) -> None:
    with pytest.raises(ValueError, match=r"."):
        keys_of(document)
    assert keys_of(b'{"keys": []}') == {}


def test_the_first_of_two_keys_with_one_kid_counts() -> None:
    keys = jwks(published(RSA_KEY, "RS256"), published(OTHER_RSA_KEY, "RS256"))
    assert accepted(signed(), keys)["sub"] == "per"
    assert refusal(signed(key=OTHER_RSA_KEY), keys) == "the signature does not verify"


def test_the_thumbprint_is_that_of_the_example_in_rfc_7638() -> None:
    modulus = (
        "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3"
        "oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdA"
        "ZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-"
        "kEgU8awapJzKnqDKgw"
    )
    key = {"kty": "RSA", "n": modulus, "e": "AQAB", "alg": "RS256", "kid": "2011-04-29"}
    assert thumbprint(key) == "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs"


def test_a_refusal_tells_nothing_of_the_token() -> None:
    token = signed({**CLAIMS, "aud": "secret-audience", "pid": "13897112345"})
    unverified = parse(token)
    with pytest.raises(TokenRejected) as caught:
        unverified.verified(keys_of(RS256_KEYS)["k1"], TYPES, AUDIENCES)
    assert str(caught.value) == "aud does not name this service"
    assert "13897112345" not in repr(unverified)
