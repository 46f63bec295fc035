"""The three national issuers of tokens, as their own documents describe them.

A preset fixes what decides who is believed: `iss` to the letter, the kinds of token, where the claims are, which
levels of login count and which roles such a token can give. Only the address of the keys may be told otherwise.

- HelseID: https://utviklerportal.nhn.no, security profile, "Validating Access Tokens": typ is at+jwt or JWT, scopes
  are an array, a user's pid and level must be checked; a machine has neither, nor a sub.
- Maskinporten: https://docs.digdir.no/docs/Maskinporten/maskinporten_protocol_token: the header has kid and alg; access
  is the consumer's and never the client_id's; a supplier acts for the consumer and gives nothing of its own.
- ID-porten: https://docs.digdir.no/docs/idporten/oidc/oidc_protocol_access_token: the header has kid and alg; acr tells
  the level. It vouches for residents only, so its tokens open the person scope only.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

_HELSEID: Final = "helseid://claims"
_AUTHORITY: Final = "iso6523-actorid-upis"


@dataclass(frozen=True, slots=True)
class Preset:
    """`fixed` are settings of an issuer that cannot be told otherwise, `claims` those of its claim mapping; `places`
    are settings by environment (production or test), of which `jwks_url` may be."""

    fixed: Mapping[str, Any]
    claims: Mapping[str, Any]
    places: Mapping[str, Mapping[str, str]]


PRESETS: Final[Mapping[str, Preset]] = {
    "helseid": Preset(
        fixed={"types": ("at+jwt", "jwt"), "grant_types": ("authorization_code", "client_credentials")},
        claims={
            "subject": ("sub", "client_id"),
            "user": "sub",
            "client": ("client_id", f"{_HELSEID}/client/claims/orgnr_supplier"),
            "municipality": (),
            "hpr": f"{_HELSEID}/hpr/hpr_number",
            "organisation": (f"{_HELSEID}/client/claims/orgnr_child", f"{_HELSEID}/client/claims/orgnr_parent"),
            "pid": f"{_HELSEID}/identity/pid",
            "levels": {
                f"{_HELSEID}/identity/security_level": "4",
                f"{_HELSEID}/identity/assurance_level": "high",
            },
        },
        places={
            environment: {
                "issuer": base,
                "jwks_url": f"{base}/.well-known/openid-configuration/jwks",
                "authorization_endpoint": f"{base}/connect/authorize",
                "token_endpoint": f"{base}/connect/token",
            }
            for environment, base in (
                ("production", "https://helseid-sts.nhn.no"),
                ("test", "https://helseid-sts.test.nhn.no"),
            )
        },
    ),
    "maskinporten": Preset(
        fixed={
            "types": ("at+jwt", "jwt"),
            "untyped": True,
            "grant_types": ("urn:ietf:params:oauth:grant-type:jwt-bearer",),
        },
        claims={
            "subject": "consumer.ID",
            "client": ("client_id", "supplier.ID"),
            "municipality": (),
            "hpr": (),
            "organisation": "consumer.ID",
            "organisation_prefix": "0192:",
            "required": {"consumer.authority": _AUTHORITY},
            "pid": (),
        },
        places={
            environment: {
                "issuer": f"{base}/",
                "jwks_url": f"{base}/jwk",
                "token_endpoint": f"{base}/token",
            }
            for environment, base in (
                ("production", "https://maskinporten.no"),
                ("test", "https://test.maskinporten.no"),
            )
        },
    ),
    "idporten": Preset(
        fixed={
            "types": ("at+jwt", "jwt"),
            "untyped": True,
            "roles": ("person",),
            "grant_types": ("authorization_code",),
        },
        claims={
            "municipality": (),
            "hpr": (),
            "organisation": (),
            "levels": {"acr": ("idporten-loa-substantial", "idporten-loa-high")},
        },
        places={
            environment: {
                "issuer": f"https://{host}",
                "jwks_url": f"https://{host}/jwks.json",
                "authorization_endpoint": f"https://login.{host}/authorize",
                "token_endpoint": f"https://{host}/token",
            }
            for environment, host in (("production", "idporten.no"), ("test", "test.idporten.no"))
        },
    ),
}


def expanded(values: Mapping[str, Any]) -> dict[str, Any]:
    """The settings of an issuer that names a preset, with what the preset tells.

    Raises ValueError for a preset or environment there is not, and for a setting that is the preset's to tell.
    """
    own = {name: value for name, value in values.items() if name not in ("preset", "environment")}
    preset, claims = PRESETS.get(str(values["preset"])), own.get("claims", {})
    if preset is None:
        raise ValueError(f"preset is one of {', '.join(PRESETS)}")
    place = preset.places.get(str(values.get("environment")))
    if place is None:
        raise ValueError(f"environment of a preset is one of {', '.join(preset.places)}")
    if not isinstance(claims, Mapping):
        raise ValueError("claims is an object")
    told = {**place, **preset.fixed}
    keys = {} if {"jwks_url", "jwks_file", "jwks"} & own.keys() else {"jwks_url": told["jwks_url"]}
    del told["jwks_url"]
    if taken := (told.keys() & own.keys()) | (preset.claims.keys() & claims.keys()):
        raise ValueError(f"the preset tells {', '.join(sorted(taken))}")
    return own | keys | told | {"claims": {**claims, **preset.claims}}
