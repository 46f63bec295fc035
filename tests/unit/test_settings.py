"""Settings: what production must be told, what is never made up there, and issuers given as JSON."""

import json
import time
from pathlib import Path

import pytest
from pydantic import ValidationError

from oppfolging_api.access.development import DevelopmentIssuerRefused
from oppfolging_api.access.jwt import SigningKey, new_private_key
from oppfolging_api.keys import development_issuer, secret_of
from oppfolging_api.runtime import urls_of
from oppfolging_api.settings import Settings
from support import Api, MovableClock, issues, ok, running

HELSEID = "https://helseid.example"
TOLD = {
    "OPPFOLGING_ENVIRONMENT": "production",
    "OPPFOLGING_DATABASE_URL": "postgresql://service:hush-hush@db.example/oppfolging",
    "OPPFOLGING_SECRET": "a-secret-of-thirty-two-characters",
    "OPPFOLGING_BASE_URL": "https://api.example",
    "OPPFOLGING_ISSUERS": json.dumps([{"issuer": HELSEID, "audience": "oppfolging", "jwks_url": f"{HELSEID}/jwks"}]),
}


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """Without any setting of the machine the tests run on."""
    for name in (
        *("ENVIRONMENT", "DATABASE_URL", "OWNER_DATABASE_URL", "LOG_DATABASE_URL", "SECRET", "ISSUERS", "BASE_URL"),
        *("MUNICIPALITIES", "DPOP_SECONDS", "VAR"),
    ):
        monkeypatch.delenv(f"OPPFOLGING_{name}", raising=False)
    return monkeypatch


def test_development_needs_nothing(environment: pytest.MonkeyPatch) -> None:
    settings = Settings()
    assert (settings.in_development, settings.database_url, settings.secret, settings.issuers) == (True, None, None, ())


def test_production_runs_on_what_it_is_told(environment: pytest.MonkeyPatch) -> None:
    for name, value in TOLD.items():
        environment.setenv(name, value)
    settings = Settings()
    assert not settings.in_development
    assert secret_of(settings) == b"a-secret-of-thirty-two-characters"
    assert [issuer.issuer for issuer in settings.issuers] == ["https://helseid.example"]


@pytest.mark.parametrize(
    "missing", ["OPPFOLGING_DATABASE_URL", "OPPFOLGING_SECRET", "OPPFOLGING_ISSUERS", "OPPFOLGING_BASE_URL"]
)
def test_production_does_not_start_without(missing: str, environment: pytest.MonkeyPatch) -> None:
    for name, value in TOLD.items():
        if name != missing:
            environment.setenv(name, value)
    with pytest.raises(ValidationError) as refused:
        Settings()
    assert f"production needs {missing} [" in str(refused.value)


def test_everything_production_lacks_is_named_at_once(environment: pytest.MonkeyPatch) -> None:
    environment.setenv("OPPFOLGING_ENVIRONMENT", "production")
    with pytest.raises(ValidationError) as refused:
        Settings()
    lacking = "OPPFOLGING_DATABASE_URL, OPPFOLGING_SECRET, OPPFOLGING_ISSUERS, OPPFOLGING_BASE_URL"
    assert f"production needs {lacking} [" in str(refused.value)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("ENVIRONMENT", "staging"),
        ("SECRET", "too-short"),
        ("ISSUERS", '[{"issuer": "i", "audience": "a"}]'),
        ("ISSUERS", '[{"issuer": "i", "audience": "a", "jwks_url": "http://far.example/jwks"}]'),
        ("ISSUERS", '[{"preset": "helseid", "audience": "a"}]'),
        ("ISSUERS", '[{"preset": "idporten", "environment": "test", "audience": "a", "roles": ["system"]}]'),
        ("MUNICIPALITIES", '{"991": {}}'),
        ("MUNICIPALITIES", '{"9901": {"organisations": {"900000001": ["person"]}}}'),
        ("MUNICIPALITIES", '{"9901": {"organisations": {"900000001": ["everything"]}}}'),
        ("MUNICIPALITIES", '["9901"]'),
        ("DPOP_SECONDS", "4"),
        ("DPOP_SECONDS", "601"),
        ("WORKERS", "0"),
        ("DATABASE_CONNECTIONS", "0"),
        ("MAX_BODY_BYTES", "1"),
    ],
)
def test_a_wrong_value_is_refused(name: str, value: str, environment: pytest.MonkeyPatch) -> None:
    environment.setenv(f"OPPFOLGING_{name}", value)
    with pytest.raises(ValidationError) as refused:
        Settings()
    assert name.lower() in str(refused.value)


def test_neither_a_refusal_nor_a_printed_setting_shows_a_password_or_the_secret(
    environment: pytest.MonkeyPatch,
) -> None:
    for name, value in (TOLD | {"OPPFOLGING_WORKERS": "none"}).items():
        environment.setenv(name, value)
    with pytest.raises(ValidationError) as refused:
        Settings()
    environment.setenv("OPPFOLGING_WORKERS", "1")
    environment.setenv("OPPFOLGING_OWNER_DATABASE_URL", TOLD["OPPFOLGING_DATABASE_URL"])
    environment.setenv("OPPFOLGING_LOG_DATABASE_URL", TOLD["OPPFOLGING_DATABASE_URL"])
    shown = f"{refused.value} {refused.value!r} {Settings()} {Settings()!r}"
    assert "hush-hush" not in shown
    assert "a-secret-of" not in shown


def test_a_missing_setting_does_not_show_the_others(environment: pytest.MonkeyPatch) -> None:
    for name in ("OPPFOLGING_ENVIRONMENT", "OPPFOLGING_DATABASE_URL", "OPPFOLGING_SECRET"):
        environment.setenv(name, TOLD[name])
    with pytest.raises(ValidationError) as refused:
        Settings()
    assert "hush-hush" not in str(refused.value)


def test_the_development_issuer_refuses_production(environment: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name, value in TOLD.items():
        environment.setenv(name, value)
    with pytest.raises(DevelopmentIssuerRefused):
        development_issuer(Settings(var=tmp_path))
    assert list(tmp_path.iterdir()) == []


def test_in_development_the_secret_is_made_once(environment: pytest.MonkeyPatch, tmp_path: Path) -> None:
    settings = Settings(var=tmp_path / "var")
    first = secret_of(settings)
    assert len(first) == 64
    assert secret_of(settings) == first
    assert (tmp_path / "var" / "secret").stat().st_mode & 0o077 == 0


def test_one_login_serves_all_three_roles_unless_others_are_named(environment: pytest.MonkeyPatch) -> None:
    one = urls_of(Settings(database_url="postgresql://a/d"))
    assert (one.application, one.owner, one.log) == ("postgresql://a/d", "postgresql://a/d", "postgresql://a/d")
    three = urls_of(Settings(database_url="postgresql://a/d", owner_database_url="o", log_database_url="l"))
    assert (three.application, three.owner, three.log) == ("postgresql://a/d", "o", "l")
    with pytest.raises(ValueError, match="OPPFOLGING_DATABASE_URL is not set"):
        urls_of(Settings())


def test_the_national_issuers_and_the_roles_of_a_municipality_are_told_in_a_line_each(
    environment: pytest.MonkeyPatch,
) -> None:
    environment.setenv(
        "OPPFOLGING_ISSUERS",
        '[{"preset": "maskinporten", "environment": "production", "audience": "https://us.example"}]',
    )
    environment.setenv(
        "OPPFOLGING_MUNICIPALITIES",
        '{"9901": {"organisations": {"900000001": ["coordinating-unit", "team"]}, "personnel": {"91449": ["leader"]}}}',
    )
    settings = Settings()
    assert [(issuer.issuer, issuer.jwks_url) for issuer in settings.issuers] == [
        ("https://maskinporten.no/", "https://maskinporten.no/jwk")
    ]
    assert settings.municipalities["9901"].organisations == {"900000001": {"coordinating-unit", "team"}}
    assert settings.municipalities["9901"].personnel == {"91449": {"leader"}}
    assert settings.dpop_seconds == 60


def test_tokens_of_a_configured_issuer_are_accepted_as_its_claims_are_mapped(
    settings: Settings, environment: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Production: a JWKS file, claims under other names, and the municipality found by organisation number."""
    key, strange = SigningKey.of(new_private_key()), SigningKey.of(new_private_key())
    jwks = tmp_path / "jwks.json"
    jwks.write_text(json.dumps({"keys": [key.published]}))
    mapping = {
        "subject": "client_id",
        "scope_prefix": "nhn:oppfolging/",
        "organisation": "consumer.ID",
        "organisation_prefix": "0192:",
        "municipality": [],
    }
    issuer = {"issuer": HELSEID, "audience": "oppfolging", "jwks_file": str(jwks), "claims": mapping}
    environment.setenv("OPPFOLGING_ENVIRONMENT", "production")
    environment.setenv("OPPFOLGING_DATABASE_URL", str(settings.database_url))
    environment.setenv("OPPFOLGING_SECRET", TOLD["OPPFOLGING_SECRET"])
    environment.setenv("OPPFOLGING_BASE_URL", TOLD["OPPFOLGING_BASE_URL"])
    environment.setenv("OPPFOLGING_ISSUERS", json.dumps([issuer]))
    environment.setenv("OPPFOLGING_MUNICIPALITIES", '{"4601": {"organisations": {"889640782": ["system"]}}}')
    claims = {
        "iss": HELSEID,
        "aud": "oppfolging",
        "client_id": "journal-1",
        "scope": "nhn:oppfolging/system",
        "consumer": {"ID": "0192:889640782"},
        "iat": int(time.time()),
        "exp": int(time.time()) + 600,
    }
    with running(Settings(), MovableClock()) as address:
        made = Api(address, key.sign(claims)).create({"resourceType": "Organization", "name": "Bergen"})
        assert ok(Api(address, key.sign(claims)).get(f"/fhir/Organization/{made['id']}"), 200)["name"] == "Bergen"
        for wrong in (
            strange.sign(claims),
            key.sign(claims | {"aud": "other"}),
            key.sign(claims | {"iss": "urn:oppfolging:development"}),
        ):
            assert issues(Api(address, wrong).get("/fhir/Organization"), 401) == [("login", None)]
        elsewhere = key.sign(claims | {"consumer": {"ID": "0192:974760673"}})
        assert issues(Api(address, elsewhere).get("/fhir/Organization"), 403) == [("forbidden", None)]
