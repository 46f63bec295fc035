"""A service that trusts the three national issuers, all of whose keys one stub publishes, and tokens as theirs are."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import httpx

from issuer_stub import Json, StubIssuer, issuing, jwk, pair, signed, thumbprint
from oppfolging_api.access.issuers import IssuerSettings
from oppfolging_api.access.municipalities import MunicipalitySettings
from oppfolging_api.settings import Settings
from support import CONNECTIONS, MovableClock, issues, running

HELSEID = "https://helseid-sts.test.nhn.no"
MASKINPORTEN = "https://test.maskinporten.no/"
IDPORTEN = "https://test.idporten.no"
AUDIENCE = "nhn:oppfolging"
UNIT, OFFICE, VENDOR, STRANGER = "974785226", "964965226", "889640782", "974760673"
"""Organisation numbers: the coordinating unit, a GP's office, a journal system's vendor, one nobody has configured."""
GP = "181000001"
ORGANISATIONS = "/fhir/Organization"
BEARER = 'Bearer realm="oppfolging"'
DPOP = 'DPoP realm="oppfolging", algs="RS256 RS384 RS512 PS256 PS384 PS512 ES256 ES384 ES512 EdDSA"'
"""What WWW-Authenticate tells."""
EVERY_SCOPE = ["coordinating-unit", "leader", "coordinator", "team", "referrer", "system"]


def helseid(*scopes: str, organisation: str = OFFICE, **changes: Any) -> Json:
    """Claims of a logged in GP; a claim given as None is left out."""
    claims = {
        "scope": [f"nhn:oppfolging/{scope}" for scope in scopes],
        "sub": "gp",
        "client_id": "journal",
        "helseid://claims/identity/pid": "13897112345",
        "helseid://claims/identity/security_level": "4",
        "helseid://claims/hpr/hpr_number": GP,
        "helseid://claims/client/claims/orgnr_parent": organisation,
    }
    return _timed({"iss": HELSEID, "aud": AUDIENCE, **claims, **changes})


def maskinporten(*scopes: str, organisation: str = VENDOR, **changes: Any) -> Json:
    claims = {
        "scope": " ".join(f"kommune:oppfolging/{scope}" for scope in scopes),
        "client_id": "journal",
        "consumer": {"authority": "iso6523-actorid-upis", "ID": f"0192:{organisation}"},
    }
    return _timed({"iss": MASKINPORTEN, "aud": AUDIENCE, **claims, **changes})


def idporten(pid: str, *scopes: str, **changes: Any) -> Json:
    claims = {"scope": " ".join(scopes), "sub": "resident", "pid": pid, "acr": "idporten-loa-high"}
    return _timed({"iss": IDPORTEN, "aud": AUDIENCE, **claims, **changes})


def _timed(claims: Json) -> Json:
    now = int(time.time())
    told = {"iat": now, "nbf": now, "exp": now + 3600, **claims}
    return {name: value for name, value in told.items() if value is not None}


@dataclass
class National:
    address: str
    stub: StubIssuer


@contextmanager
def trusting(
    settings: Settings, clock: MovableClock, here: str, there: str | None = None, **changes: Any
) -> Iterator[National]:
    """`here` everybody works, `there` the office's GPs too, as team members."""
    municipalities: Json = {
        here: {
            "organisations": {UNIT: ["coordinating-unit"], OFFICE: ["referrer"], VENDOR: ["system"]},
            "personnel": {GP: ["coordinator"]},
        },
    }
    if there:
        municipalities[there] = {"organisations": {OFFICE: ["team"]}}
    with issuing() as stub:
        told = {
            "issuers": tuple(map(IssuerSettings.model_validate, _issuers(stub))),
            "municipalities": {
                code: MunicipalitySettings.model_validate(roles) for code, roles in municipalities.items()
            },
            **changes,
        }
        with running(settings.model_copy(update=told), clock) as address:
            yield National(address, stub)


def _issuers(stub: StubIssuer) -> list[Json]:
    common = {"environment": "test", "audience": AUDIENCE, "jwks_url": stub.url}
    return [
        {"preset": "helseid", "claims": {"scope_prefix": "nhn:oppfolging/"}, **common},
        {"preset": "maskinporten", "claims": {"scope_prefix": "kommune:oppfolging/"}, **common},
        {"preset": "idporten", "claims": {"person_scopes": "kommune:oppfolging.innbygger"}, **common},
    ]


def bound(name: str = "holder", alg: str = "ES256", **claims: Any) -> str:
    """A token of HelseID that is bound to a key."""
    return signed(helseid("referrer", cnf={"jkt": thumbprint(jwk(pair(name, alg)))}, **claims))


def sent(
    national: National, token: str, *proofs: str, scheme: str = "DPoP", method: str = "GET", path: str = ORGANISATIONS
) -> httpx.Response:
    headers = [("Authorization", f"{scheme} {token}"), *(("DPoP", one) for one in proofs)]
    return CONNECTIONS.request(method, national.address + path, headers=headers)


def challenge(answer: httpx.Response) -> str:
    assert issues(answer, 401) == [("login", None)]
    return str(answer.headers["www-authenticate"])
