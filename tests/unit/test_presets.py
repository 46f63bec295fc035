"""The national issuers by name: where they are, what their tokens are like, and what nobody tells otherwise."""

from typing import Any

import pytest
from pydantic import ValidationError

from oppfolging_api.access.issuers import IssuerSettings
from oppfolging_api.fhir.smart import smart_configuration

PLACES = {
    ("helseid", "production"): (
        "https://helseid-sts.nhn.no",
        "https://helseid-sts.nhn.no/.well-known/openid-configuration/jwks",
        "https://helseid-sts.nhn.no/connect/authorize",
        "https://helseid-sts.nhn.no/connect/token",
    ),
    ("helseid", "test"): (
        "https://helseid-sts.test.nhn.no",
        "https://helseid-sts.test.nhn.no/.well-known/openid-configuration/jwks",
        "https://helseid-sts.test.nhn.no/connect/authorize",
        "https://helseid-sts.test.nhn.no/connect/token",
    ),
    ("maskinporten", "production"): (
        "https://maskinporten.no/",
        "https://maskinporten.no/jwk",
        None,
        "https://maskinporten.no/token",
    ),
    ("maskinporten", "test"): (
        "https://test.maskinporten.no/",
        "https://test.maskinporten.no/jwk",
        None,
        "https://test.maskinporten.no/token",
    ),
    ("idporten", "production"): (
        "https://idporten.no",
        "https://idporten.no/jwks.json",
        "https://login.idporten.no/authorize",
        "https://idporten.no/token",
    ),
    ("idporten", "test"): (
        "https://test.idporten.no",
        "https://test.idporten.no/jwks.json",
        "https://login.test.idporten.no/authorize",
        "https://test.idporten.no/token",
    ),
}
ROLES = ("coordinating-unit", "case-member", "leader", "coordinator", "team", "referrer", "person", "system")
TYPES: dict[str, set[str | None]] = {
    "helseid": {"at+jwt", "jwt"},
    "maskinporten": {"at+jwt", "jwt", None},
    "idporten": {"at+jwt", "jwt", None},
}


def preset(preset: str = "helseid", environment: str = "test", **told: Any) -> IssuerSettings:
    return IssuerSettings.model_validate({"preset": preset, "environment": environment, "audience": "us", **told})


@pytest.mark.parametrize(("name", "environment"), PLACES)
def test_a_preset_knows_where_its_issuer_is(name: str, environment: str) -> None:
    told = preset(name, environment)
    assert (told.issuer, told.jwks_url, told.authorization_endpoint, told.token_endpoint) == PLACES[name, environment]
    assert told.accepted_types == TYPES[name]


@pytest.mark.parametrize(
    "keys", [{"jwks_url": "http://127.0.0.1:1/jwks"}, {"jwks_file": "keys.json"}, {"jwks": {"keys": []}}]
)
def test_its_keys_may_be_had_elsewhere(keys: dict[str, Any]) -> None:
    told = preset(**keys)
    assert told.issuer == "https://helseid-sts.test.nhn.no"
    assert told.model_dump(include={"jwks_url", "jwks_file", "jwks"}, mode="json", exclude_none=True) == keys


def test_what_is_free_is_told_as_ever() -> None:
    told = preset(dpop="required", leeway=3, claims={"scope_prefix": "nhn:oppfolging/"})
    assert (told.dpop, told.leeway) == ("required", 3)
    assert (told.claims.scope_prefix, told.claims.pid) == ("nhn:oppfolging/", ("helseid://claims/identity/pid",))


@pytest.mark.parametrize(
    ("name", "told", "fault"),
    [
        ("helseid", {"issuer": "https://evil.test"}, "the preset tells issuer"),
        ("helseid", {"types": ["id+jwt"]}, "the preset tells types"),
        ("helseid", {"claims": {"levels": {}}}, "the preset tells levels"),
        ("helseid", {"claims": {"user": []}}, "the preset tells user"),
        ("helseid", {"claims": {"municipality": "kommune"}}, "the preset tells municipality"),
        ("maskinporten", {"claims": {"subject": "client_id"}}, "the preset tells subject"),
        ("maskinporten", {"claims": {"required": {}}}, "the preset tells required"),
        ("idporten", {"roles": ["person", "system"]}, "the preset tells roles"),
        ("idporten", {"claims": {"levels": {"acr": "idporten-loa-low"}}}, "the preset tells levels"),
        ("id-porten", {}, "preset is one of helseid, maskinporten, idporten"),
        ("helseid", {"environment": "prod"}, "environment of a preset is one of production, test"),
        ("helseid", {"claims": ["sub"]}, "claims is an object"),
        ("helseid", {"jwks": {}, "jwks_file": "f"}, "give one of jwks_url, jwks_file and jwks"),
    ],
)
def test_what_a_preset_tells_is_not_told_otherwise(name: str, told: dict[str, Any], fault: str) -> None:
    with pytest.raises(ValidationError, match=fault):
        IssuerSettings.model_validate({"preset": name, "environment": "test", "audience": "us", **told})


def test_scopes_are_advertised_as_the_issuer_spells_them() -> None:
    told = smart_configuration([preset(claims={"scope_prefix": "nhn:oppfolging/"})])["scopes_supported"]
    assert told == [
        *(f"nhn:oppfolging/{role}" for role in ROLES),
        "nhn:oppfolging/patient/*.cruds",
        "nhn:oppfolging/user/*.cruds",
        "nhn:oppfolging/system/*.cruds",
    ]
    residents = smart_configuration([preset("idporten")])["scopes_supported"]
    assert residents == ["oppfolging/person", "patient/*.cruds", "user/*.cruds", "system/*.cruds"]


def test_a_preset_without_environment_or_audience_is_a_mistake() -> None:
    with pytest.raises(ValidationError, match="environment of a preset"):
        IssuerSettings.model_validate({"preset": "helseid", "audience": "us"})
    with pytest.raises(ValidationError, match="audience"):
        IssuerSettings.model_validate({"preset": "helseid", "environment": "test"})
