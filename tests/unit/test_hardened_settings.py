"""Settings that shut doors: what production presumes, lists of origins and proxies, and secrets in files."""

from pathlib import Path

import pytest
from pydantic import ValidationError
from pydantic_settings import SettingsError

from oppfolging_api.settings import Settings

OURS = (
    *("ENVIRONMENT", "DATABASE_URL", "OWNER_DATABASE_URL", "LOG_DATABASE_URL", "SECRET", "ISSUERS", "VAR"),
    *("CORS_ORIGINS", "TRUSTED_PROXIES", "IDENTITY_NUMBERS_IN_URLS", "RATE_LIMIT", "BASE_URL"),
    *("CONCURRENT_REQUESTS", "DATABASE_CONNECTIONS"),
)


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    for name in OURS:
        monkeypatch.delenv(f"OPPFOLGING_{name}", raising=False)
        monkeypatch.delenv(f"OPPFOLGING_{name}_FILE", raising=False)
    return monkeypatch


@pytest.fixture
def production(environment: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    environment.setenv("OPPFOLGING_ENVIRONMENT", "production")
    environment.setenv("OPPFOLGING_DATABASE_URL", "postgresql://db.example/oppfolging")
    environment.setenv("OPPFOLGING_SECRET", "a-secret-of-thirty-two-characters")
    environment.setenv("OPPFOLGING_BASE_URL", "https://api.example")
    issuers = '[{"issuer": "https://i.example", "audience": "a", "jwks_url": "https://i.example/jwks"}]'
    environment.setenv("OPPFOLGING_ISSUERS", issuers)
    return environment


def test_production_is_strict_unless_it_is_told_otherwise(production: pytest.MonkeyPatch) -> None:
    strict = Settings()
    assert (strict.rate_limit, strict.identity_numbers_in_urls, strict.cors_origins) == (200, False, ())
    production.setenv("OPPFOLGING_RATE_LIMIT", "0")
    production.setenv("OPPFOLGING_IDENTITY_NUMBERS_IN_URLS", "true")
    assert (Settings().rate_limit, Settings().identity_numbers_in_urls) == (0, True)


def test_development_is_not(environment: pytest.MonkeyPatch) -> None:
    assert (Settings().rate_limit, Settings().identity_numbers_in_urls, Settings().cors_origins) == (0, True, ())


def test_origins_and_proxies_are_lists_between_commas(environment: pytest.MonkeyPatch) -> None:
    environment.setenv("OPPFOLGING_CORS_ORIGINS", "https://app.example, http://localhost:3000,")
    environment.setenv("OPPFOLGING_TRUSTED_PROXIES", "10.0.0.0/8, ::1")
    assert Settings().cors_origins == ("https://app.example", "http://localhost:3000")
    assert Settings().trusted_proxies == ("10.0.0.0/8", "::1")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("CORS_ORIGINS", "*"),
        ("CORS_ORIGINS", "https://*.example"),
        ("CORS_ORIGINS", "https://app.example/"),
        ("CORS_ORIGINS", "https://App.example"),
        ("CORS_ORIGINS", "http://app.example"),
        ("CORS_ORIGINS", "null"),
        ("TRUSTED_PROXIES", "*"),
        ("TRUSTED_PROXIES", "proxy.example"),
        ("TRUSTED_PROXIES", "0.0.0.0/0"),
        ("TRUSTED_PROXIES", "10.0.0.0/8,::/0"),
        ("BASE_URL", "http://api.example"),
        ("BASE_URL", "http://localhost.example"),
        ("BASE_URL", "https://"),
        ("BASE_URL", "https:///fhir"),
        ("BASE_URL", "api.example"),
        ("BASE_URL", "https://u:hush-hush@api.example"),
        ("BASE_URL", "https://api.example?x=1"),
        ("BASE_URL", "https://api.example/#x"),
        ("BASE_URL", "https://api.example/a//b"),
        ("BASE_URL", "https://api.example/a b"),
        ("BASE_URL", "https://api.example:70000"),
        ("BASE_URL", "https://api.example:0"),
        ("RATE_LIMIT", "-1"),
        ("DATABASE_URL", "postgresql://u:hush-hush@db.example:port/d"),
        ("DATABASE_URL", "postgresql://u:hush-hush@db.example:70000/d"),
        ("LOG_DATABASE_URL", "postgresql://u:hush-hush@db.example:0/d"),
    ],
)
def test_what_opens_too_much_or_leads_nowhere_is_refused_by_name(
    name: str, value: str, environment: pytest.MonkeyPatch
) -> None:
    environment.setenv(f"OPPFOLGING_{name}", value)
    with pytest.raises(ValidationError) as refused:
        Settings()
    (fault,) = refused.value.errors(include_input=False)
    assert fault["loc"] == (name.lower(),)
    assert "hush-hush" not in str(refused.value)


@pytest.mark.parametrize(
    "address",
    [
        "https://api.example",
        "https://API.example:8443/",
        "https://api.example/oppfolging/v1/",
        "https://[2001:db8::1]",
        "http://localhost:8000",
        "http://127.0.0.1:8000",
        "http://[::1]:8000/oppfolging",
    ],
)
def test_where_clients_reach_it_is_https_but_on_this_machine(address: str, production: pytest.MonkeyPatch) -> None:
    production.setenv("OPPFOLGING_BASE_URL", address)
    assert Settings().base_url == address


@pytest.mark.parametrize(("connections", "at_once"), [("8", None), ("10", "10"), ("1", "1")])
def test_one_caller_cannot_hold_every_connection(
    connections: str, at_once: str | None, production: pytest.MonkeyPatch
) -> None:
    production.setenv("OPPFOLGING_DATABASE_CONNECTIONS", connections)
    if at_once:
        production.setenv("OPPFOLGING_CONCURRENT_REQUESTS", at_once)
    with pytest.raises(ValidationError, match="CONCURRENT_REQUESTS is to be below OPPFOLGING_DATABASE_CONNECTIONS"):
        Settings()
    production.setenv("OPPFOLGING_RATE_LIMIT", "0")
    assert Settings().database_connections == int(connections)


@pytest.mark.parametrize("name", ["DATABASE_URL", "OWNER_DATABASE_URL", "LOG_DATABASE_URL"])
def test_an_address_may_lie_in_a_file(name: str, environment: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "url").write_text("postgresql://u:hush-hush@db.example/d\n")
    environment.setenv(f"OPPFOLGING_{name}_FILE", str(tmp_path / "url"))
    assert getattr(Settings(), name.lower()) == "postgresql://u:hush-hush@db.example/d"
    assert "hush-hush" not in f"{Settings()} {Settings()!r}"


def test_so_may_the_secret_and_then_production_has_one(production: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("another-secret-of-that-length-and-more")
    production.delenv("OPPFOLGING_SECRET")
    production.setenv("OPPFOLGING_SECRET_FILE", str(tmp_path / "secret"))
    secret = Settings().secret
    assert secret is not None
    assert secret.get_secret_value() == "another-secret-of-that-length-and-more"


def test_given_both_ways_nobody_guesses_which_is_meant(production: pytest.MonkeyPatch, tmp_path: Path) -> None:
    production.setenv("OPPFOLGING_SECRET_FILE", str(tmp_path / "secret"))
    with pytest.raises(SettingsError, match="OPPFOLGING_SECRET and OPPFOLGING_SECRET_FILE are both set"):
        Settings()


def test_a_file_that_is_not_there_is_named(environment: pytest.MonkeyPatch, tmp_path: Path) -> None:
    environment.setenv("OPPFOLGING_SECRET_FILE", str(tmp_path / "gone"))
    with pytest.raises(FileNotFoundError, match="gone"):
        Settings()


def test_what_is_no_secret_is_read_from_no_file(environment: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "host").write_text("192.0.2.1")
    environment.setenv("OPPFOLGING_HOST_FILE", str(tmp_path / "host"))
    assert Settings().host == "127.0.0.1"
