"""The issuer that makes tokens on a developer's machine, and refuses to in production."""

import stat
from concurrent.futures import ProcessPoolExecutor
from datetime import UTC, datetime
from multiprocessing import get_context
from pathlib import Path

import pytest

from oppfolging_api.access.claims import Verified
from oppfolging_api.access.development import DevelopmentIssuer, DevelopmentIssuerRefused
from oppfolging_api.access.issuers import Issuer
from oppfolging_api.access.jwt import TokenRejected
from oppfolging_api.access.verifier import TokenVerifier
from settable_clock import SettableClock

NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


@pytest.fixture(scope="module")
def issuer(tmp_path_factory: pytest.TempPathFactory) -> DevelopmentIssuer:
    return DevelopmentIssuer(tmp_path_factory.mktemp("var"), "development")


def verifier(issuer: DevelopmentIssuer, at: datetime = NOON) -> TokenVerifier:
    return TokenVerifier([Issuer.of(issuer.settings)], SettableClock(at))


@pytest.mark.parametrize("environment", ["production", "PRODUCTION", " Production\n"])
def test_it_refuses_to_start_in_production_and_leaves_no_key(tmp_path: Path, environment: str) -> None:
    with pytest.raises(DevelopmentIssuerRefused, match="does not start in production"):
        DevelopmentIssuer(tmp_path, environment)
    assert list(tmp_path.iterdir()) == []


async def test_its_tokens_are_accepted(issuer: DevelopmentIssuer) -> None:
    token = issuer.token(
        scopes=["oppfolging/coordinator", "user/CarePlan.rs"],
        municipalities=["1134", "1135"],
        subject="kari",
        hpr="9144900",
        organisation="964965226",
        pid="13897112345",
        now=NOON,
    )
    found = await verifier(issuer).verify(token)
    assert found == Verified(
        issuer="urn:oppfolging:development",
        subject="kari",
        scopes=("oppfolging/coordinator", "user/CarePlan.rs"),
        municipalities=("1134", "1135"),
        hpr="9144900",
        organisations=("964965226",),
        pid="13897112345",
    )


async def test_what_is_not_given_is_not_vouched_for(issuer: DevelopmentIssuer) -> None:
    found = await verifier(issuer).verify(issuer.token(scopes=[], municipalities=[], subject="kari", now=NOON))
    assert (found.scopes, found.municipalities) == ((), ())
    assert (found.hpr, found.organisation, found.pid) == (None, None, None)


async def test_a_token_lasts_as_long_as_asked(issuer: DevelopmentIssuer) -> None:
    token = issuer.token(scopes=[], municipalities=[], subject="kari", expires_in=60, now=NOON)
    assert (await verifier(issuer, datetime(2026, 11, 22, 12, 1, 9, tzinfo=UTC)).verify(token)).subject == "kari"
    with pytest.raises(TokenRejected, match="the token has expired"):
        await verifier(issuer, datetime(2026, 11, 22, 12, 1, 10, tzinfo=UTC)).verify(token)


async def test_a_token_is_valid_from_this_moment_unless_told(issuer: DevelopmentIssuer) -> None:
    token = issuer.token(scopes=[], municipalities=[], subject="kari")
    assert (await verifier(issuer, datetime.now(UTC)).verify(token)).subject == "kari"
    with pytest.raises(TokenRejected, match="the token is not valid yet"):
        await verifier(issuer, datetime(2020, 1, 1, tzinfo=UTC)).verify(token)


def test_two_tokens_are_never_the_same(issuer: DevelopmentIssuer) -> None:
    first, second = (issuer.token(scopes=[], municipalities=[], subject="kari", now=NOON) for _ in range(2))
    assert first != second


async def test_the_key_outlives_the_process_and_is_for_its_owner_only(tmp_path: Path) -> None:
    directory = tmp_path / "deep" / "var"
    token = DevelopmentIssuer(directory, "test").token(scopes=[], municipalities=[], subject="kari", now=NOON)
    again = DevelopmentIssuer(directory, "development")
    assert (await verifier(again).verify(token)).subject == "kari"
    assert [file.name for file in directory.iterdir()] == ["development-issuer.json"]
    assert stat.S_IMODE((directory / "development-issuer.json").stat().st_mode) == 0o600


async def test_another_directory_is_another_issuer(tmp_path: Path, issuer: DevelopmentIssuer) -> None:
    stranger = DevelopmentIssuer(tmp_path, "development")
    token = stranger.token(scopes=[], municipalities=[], subject="kari", now=NOON)
    with pytest.raises(TokenRejected, match="the key is not among the issuer's keys"):
        await verifier(issuer).verify(token)


def published_key(directory: Path) -> str:
    settings = DevelopmentIssuer(directory, "development").settings
    return str(settings.jwks["keys"][0]["n"]) if settings.jwks else ""


def test_processes_that_start_at_once_agree_on_one_key(tmp_path: Path) -> None:
    with ProcessPoolExecutor(4, mp_context=get_context("spawn")) as pool:
        keys = set(pool.map(published_key, [tmp_path / "var"] * 8))
    assert len(keys) == 1
    assert [file.name for file in (tmp_path / "var").iterdir()] == ["development-issuer.json"]


def test_one_who_comes_second_takes_the_first_ones_key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = published_key(tmp_path)
    monkeypatch.setattr(Path, "exists", lambda self: False)
    assert published_key(tmp_path) == first
    assert [file.name for file in tmp_path.iterdir()] == ["development-issuer.json"]


def test_the_private_part_is_not_published(issuer: DevelopmentIssuer) -> None:
    assert issuer.settings.jwks is not None
    assert [sorted(key) for key in issuer.settings.jwks["keys"]] == [["alg", "e", "kid", "kty", "n", "use"]]


@pytest.mark.parametrize("content", ["", "{}", "[]", "null", '{"kty": "RSA"}'])
def test_a_file_without_a_key_is_told_of(tmp_path: Path, content: str) -> None:
    (tmp_path / "development-issuer.json").write_text(content)
    with pytest.raises(DevelopmentIssuerRefused, match=r"development-issuer\.json holds no key: delete it"):
        DevelopmentIssuer(tmp_path, "development")
