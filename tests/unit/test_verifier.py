"""From a token to what it vouches for: issuers, their keys over HTTP, claim mappings and the cache."""

import asyncio
import json
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from issuer_stub import StubIssuer, issuing, public, signed
from oppfolging_api.access import issuers as issuers_module
from oppfolging_api.access.claims import Verified
from oppfolging_api.access.issuers import Issuer, IssuerSettings
from oppfolging_api.access.jwt import TokenRejected
from oppfolging_api.access.verifier import TokenVerifier
from settable_clock import SettableClock

NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
NOON_SECONDS = 1_795_348_800
ISS = "https://issuer.test/"
CLAIMS = {
    "iss": ISS,
    "aud": "oppfolging-api",
    "exp": 1_795_352_400,  # 13:00
    "sub": "per",
    "scope": "oppfolging/team",
    "municipality": ["1134"],
}


@pytest.fixture
def published() -> Iterator[StubIssuer]:
    with issuing() as stub:
        yield stub


@pytest.fixture
def clock() -> SettableClock:
    return SettableClock(NOON)


def settings(**changes: Any) -> IssuerSettings:
    return IssuerSettings.model_validate({"issuer": ISS, "audience": "oppfolging-api", **changes})


def by_url(published: StubIssuer, clock: SettableClock) -> TokenVerifier:
    return TokenVerifier([Issuer.of(settings(jwks_url=published.url))], clock)


def inline(clock: SettableClock, cache_size: int = 10, **changes: Any) -> TokenVerifier:
    issuer = Issuer.of(settings(jwks={"keys": [public("k1")]}, **changes))
    return TokenVerifier([issuer], clock, cache_size)


async def refusal(verifier: TokenVerifier, token: str) -> str:
    with pytest.raises(TokenRejected) as caught:
        await verifier.verify(token)
    return str(caught.value)


UNKNOWN_KEY = "the key is not among the issuer's keys"


async def test_a_token_is_verified_into_what_it_vouches_for(clock: SettableClock) -> None:
    claims = {**CLAIMS, "hpr_number": "9144900", "organisation_number": "964965226", "pid": "13897112345"}
    assert await inline(clock).verify(signed(claims)) == Verified(
        issuer="https://issuer.test/",
        subject="per",
        scopes=("oppfolging/team",),
        municipalities=("1134",),
        hpr="9144900",
        organisations=("964965226",),
        pid="13897112345",
    )


async def test_the_identity_number_is_not_in_the_repr(clock: SettableClock) -> None:
    verified = await inline(clock).verify(signed({**CLAIMS, "pid": "13897112345"}))
    assert verified.pid == "13897112345"
    assert "13897112345" not in repr(verified)


@pytest.mark.parametrize(
    "issuer", ["https://issuer.test", "https://issuer.test//", "HTTPS://issuer.test/", "", "other"]
)
async def test_the_issuer_is_compared_exactly(clock: SettableClock, issuer: str) -> None:
    assert await refusal(inline(clock), signed({**CLAIMS, "iss": issuer})) == "the issuer is unknown"


async def test_one_issuer_cannot_speak_for_another(clock: SettableClock) -> None:
    other = Issuer.of(settings(issuer="https://other.test", jwks={"keys": [public("k1 again")]}))
    mine = Issuer.of(settings(jwks={"keys": [public("k1")]}))
    verifier = TokenVerifier([mine, other], clock)
    assert (await verifier.verify(signed({**CLAIMS, "iss": "https://other.test"}, "k1 again"))).subject == "per"
    assert await refusal(verifier, signed(CLAIMS, "k1 again")) == "the signature does not verify"


def test_two_issuers_with_one_name_in_tokens_are_a_mistake(clock: SettableClock) -> None:
    issuer = Issuer.of(settings(jwks={"keys": []}))
    with pytest.raises(ValueError, match="two issuers have the same iss"):
        TokenVerifier([issuer, issuer], clock)


@pytest.mark.parametrize("token", ["", "x", "a.b.c", "æ" * 20, "\ud800.\ud800.\ud800", "a" * 8193])
async def test_whatever_text_comes_it_is_refused_in_one_way(clock: SettableClock, token: str) -> None:
    assert await refusal(inline(clock), token)


@pytest.mark.parametrize(
    ("missing", "told"),
    [
        ("aud", "aud does not name this service"),
        ("exp", "exp is missing"),
        ("iss", "iss is missing"),
        ("sub", "the subject is missing or no name"),
    ],
)
async def test_a_token_that_lacks_a_claim_is_refused(clock: SettableClock, missing: str, told: str) -> None:
    claims = {name: value for name, value in CLAIMS.items() if name != missing}
    assert await refusal(inline(clock), signed(claims)) == told


async def test_the_kinds_of_token_are_the_issuers(clock: SettableClock) -> None:
    for typ in ("at+jwt", "JWT", "application/at+jwt"):
        assert (await inline(clock).verify(signed(CLAIMS, typ=typ))).subject == "per"
    told = "typ is not that of an access token of this issuer"
    for wrong in (None, "dpop+jwt", "at+jwt2", ""):
        assert await refusal(inline(clock), signed(CLAIMS, typ=wrong)) == told
    assert (await inline(clock, untyped=True).verify(signed(CLAIMS, typ=None))).subject == "per"
    own = inline(clock, types=["Special+JWT"])
    assert (await own.verify(signed(CLAIMS, typ="special+jwt"))).subject == "per"
    assert await refusal(own, signed(CLAIMS, typ="at+jwt")) == told


async def test_the_key_a_token_is_bound_to_is_remembered_with_it(clock: SettableClock) -> None:
    verifier, bound = inline(clock), signed({**CLAIMS, "cnf": {"jkt": "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs"}})
    for _ in range(2):
        assert (await verifier.verify(bound)).key == "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs"
    assert (await verifier.verify(signed(CLAIMS))).key is None


# Time and cache


async def test_a_remembered_token_ends_on_time(clock: SettableClock) -> None:
    verifier, token = inline(clock), signed(CLAIMS)
    await verifier.verify(token)
    clock.set(datetime(2026, 11, 22, 13, 0, 9, tzinfo=UTC))
    await verifier.verify(token)
    clock.set(datetime(2026, 11, 22, 13, 0, 10, tzinfo=UTC))
    assert await refusal(verifier, token) == "the token has expired"


async def test_a_remembered_token_is_not_valid_before_its_time(clock: SettableClock) -> None:
    verifier, token = inline(clock), signed({**CLAIMS, "nbf": NOON_SECONDS})
    await verifier.verify(token)
    clock.set(NOON - timedelta(seconds=11))
    assert await refusal(verifier, token) == "the token is not valid yet"


async def test_the_leeway_is_the_issuers(clock: SettableClock) -> None:
    clock.set(datetime(2026, 11, 22, 13, 0, 0, tzinfo=UTC))
    assert await refusal(inline(clock, leeway=0), signed(CLAIMS)) == "the token has expired"
    assert (await inline(clock, leeway=60).verify(signed(CLAIMS))).subject == "per"


async def test_a_token_is_remembered_whole(clock: SettableClock) -> None:
    verifier, token = inline(clock), signed(CLAIMS)
    first = await verifier.verify(token)
    assert await verifier.verify(token) is first
    assert await refusal(verifier, token[:-4] + "AAAA") == "the signature does not verify"


async def test_only_the_latest_tokens_are_remembered(clock: SettableClock) -> None:
    verifier = inline(clock, cache_size=2)
    tokens = [signed({**CLAIMS, "sub": name}) for name in ("per", "kari", "ola")]
    per, kari = await verifier.verify(tokens[0]), await verifier.verify(tokens[1])
    assert await verifier.verify(tokens[0]) is per
    await verifier.verify(tokens[2])
    assert await verifier.verify(tokens[0]) is per
    again = await verifier.verify(tokens[1])
    assert again == kari
    assert again is not kari


async def test_a_refused_token_is_verified_anew_each_time(clock: SettableClock) -> None:
    verifier, token = inline(clock), signed({**CLAIMS, "nbf": NOON_SECONDS + 60})
    assert await refusal(verifier, token) == "the token is not valid yet"
    clock.set(NOON + timedelta(seconds=60))
    assert (await verifier.verify(token)).subject == "per"


# Keys over HTTP


async def test_keys_are_fetched_once_and_kept_for_an_hour(published: StubIssuer, clock: SettableClock) -> None:
    verifier = by_url(published, clock)
    for name in ("per", "kari"):
        await verifier.verify(signed({**CLAIMS, "sub": name}))
    clock.set(NOON + timedelta(minutes=59))
    await verifier.verify(signed(CLAIMS))
    assert published.fetches == 1
    clock.set(NOON + timedelta(minutes=60))
    await verifier.verify(signed(CLAIMS))
    assert published.fetches == 2


async def test_a_new_key_is_found_by_one_fetch(published: StubIssuer, clock: SettableClock) -> None:
    verifier = by_url(published, clock)
    await verifier.verify(signed(CLAIMS))
    published.publish("k1", "k2")
    clock.set(NOON + timedelta(minutes=1))
    assert (await verifier.verify(signed(CLAIMS, name="k2"))).subject == "per"
    assert published.fetches == 2


async def test_unknown_keys_cause_at_most_one_fetch_a_minute(published: StubIssuer, clock: SettableClock) -> None:
    verifier = by_url(published, clock)
    await verifier.verify(signed(CLAIMS))
    for second, fetches in ((1, 1), (59, 1), (60, 2), (119, 2), (120, 3)):
        clock.set(NOON + timedelta(seconds=second))
        assert await refusal(verifier, signed(CLAIMS, name="k9")) == UNKNOWN_KEY
        assert published.fetches == fetches


async def test_many_who_wait_share_one_fetch(published: StubIssuer, clock: SettableClock) -> None:
    published.delay = 0.2
    verifier = by_url(published, clock)
    tokens = [signed({**CLAIMS, "sub": str(number)}) for number in range(20)]
    subjects = [verified.subject for verified in await asyncio.gather(*map(verifier.verify, tokens))]
    assert subjects == [str(number) for number in range(20)]
    assert published.fetches == 1
    published.publish("k1", "k2")
    clock.set(NOON + timedelta(minutes=1))
    await asyncio.gather(*(verifier.verify(signed({**CLAIMS, "sub": str(n)}, "k2")) for n in range(20)))
    assert published.fetches == 2


async def test_one_who_gives_up_does_not_stop_the_fetch_for_the_others(
    published: StubIssuer, clock: SettableClock
) -> None:
    published.delay = 0.2
    verifier = by_url(published, clock)
    impatient = asyncio.create_task(verifier.verify(signed(CLAIMS)))
    patient = asyncio.create_task(verifier.verify(signed({**CLAIMS, "sub": "kari"})))
    await asyncio.sleep(0.05)
    impatient.cancel()
    assert (await patient).subject == "kari"
    assert published.fetches == 1


async def test_a_remembered_token_is_dropped_when_its_key_leaves(published: StubIssuer, clock: SettableClock) -> None:
    verifier = by_url(published, clock)
    await verifier.verify(signed(CLAIMS))
    published.publish("k2")
    clock.set(NOON + timedelta(minutes=1))
    await verifier.verify(signed(CLAIMS, name="k2"))
    assert await refusal(verifier, signed(CLAIMS)) == UNKNOWN_KEY


async def test_a_key_that_left_is_noticed_though_all_tokens_are_remembered(
    published: StubIssuer, clock: SettableClock
) -> None:
    verifier = by_url(published, clock)
    token = signed({**CLAIMS, "exp": NOON_SECONDS + 86_400})
    await verifier.verify(token)
    published.publish("k2")
    clock.set(NOON + timedelta(minutes=60))
    assert await refusal(verifier, token) == UNKNOWN_KEY


async def test_a_remembered_token_is_dropped_when_its_kid_gets_another_key(
    published: StubIssuer, clock: SettableClock
) -> None:
    verifier = by_url(published, clock)
    token = signed({**CLAIMS, "exp": NOON_SECONDS + 86_400})
    await verifier.verify(token)
    published.publish("k1 again")
    clock.set(NOON + timedelta(minutes=60))
    assert await refusal(verifier, token) == "the signature does not verify"


async def test_the_same_keys_fetched_again_keep_what_is_remembered(published: StubIssuer, clock: SettableClock) -> None:
    verifier = by_url(published, clock)
    token = signed({**CLAIMS, "exp": NOON_SECONDS + 86_400})
    first = await verifier.verify(token)
    clock.set(NOON + timedelta(minutes=60))
    assert await verifier.verify(token) is first
    assert published.fetches == 2


FAILURES: dict[str, dict[str, Any]] = {
    "error": {"status": 500},
    "redirect": {"status": 302},
    "no json": {"body": b"<html>"},
    "no jwks": {"body": b"[]"},
    "too large": {"padding": 256 * 1024},
    "too slow": {"delay": 0.8},
    "dripping": {"drip": 0.2},
}


@pytest.mark.parametrize("failure", FAILURES.values(), ids=FAILURES)
async def test_the_last_good_keys_go_on_being_used(
    published: StubIssuer, clock: SettableClock, failure: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    verifier = by_url(published, clock)
    await verifier.verify(signed(CLAIMS))
    monkeypatch.setattr(issuers_module, "_FETCH_SECONDS", 0.5)
    for name, value in failure.items():
        setattr(published, name, value)
    published.publish("k1", "k2")
    clock.set(NOON + timedelta(minutes=59))
    assert await refusal(verifier, signed(CLAIMS, name="k2")) == UNKNOWN_KEY
    assert published.fetches == 2
    assert (await verifier.verify(signed(CLAIMS))).subject == "per"


@pytest.mark.parametrize("failure", FAILURES.values(), ids=FAILURES)
async def test_a_first_fetch_that_fails_is_tried_again(
    published: StubIssuer, clock: SettableClock, failure: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(issuers_module, "_FETCH_SECONDS", 0.5)
    sound = dict(vars(published))
    for name, value in failure.items():
        setattr(published, name, value)
    verifier = by_url(published, clock)
    assert await refusal(verifier, signed(CLAIMS)) == UNKNOWN_KEY
    for name in failure:
        setattr(published, name, sound[name])
    assert await refusal(verifier, signed(CLAIMS)) == UNKNOWN_KEY
    monkeypatch.undo()
    clock.set(NOON + timedelta(minutes=1))
    assert (await verifier.verify(signed(CLAIMS))).subject == "per"
    assert published.fetches == 2


async def test_nobody_waits_for_an_issuer_that_is_down(
    published: StubIssuer, clock: SettableClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    verifier = by_url(published, clock)
    token = signed({**CLAIMS, "exp": NOON_SECONDS + 86_400})
    await verifier.verify(token)
    monkeypatch.setattr(issuers_module, "_FETCH_SECONDS", 0.5)
    published.delay = 1.0
    clock.set(NOON + timedelta(minutes=60))
    await verifier.verify(token)
    clock.set(NOON + timedelta(minutes=61))
    begun = time.perf_counter()
    await verifier.verify(token)
    assert time.perf_counter() - begun < 0.4
    await asyncio.sleep(0.6)
    assert published.fetches == 3


async def test_an_issuer_that_cannot_be_reached_is_refused_and_logged(
    published: StubIssuer, clock: SettableClock, caplog: pytest.LogCaptureFixture
) -> None:
    verifier = TokenVerifier([Issuer.of(settings(jwks_url="http://127.0.0.1:9/jwks"))], clock)
    assert await refusal(verifier, signed(CLAIMS)) == UNKNOWN_KEY
    assert caplog.messages == ["keys of issuer https://issuer.test/ could not be fetched: ConnectError"]


async def test_a_clock_set_back_does_not_freeze_the_keys(published: StubIssuer, clock: SettableClock) -> None:
    clock.set(NOON + timedelta(days=365))
    verifier, token = by_url(published, clock), signed({**CLAIMS, "exp": NOON_SECONDS + 366 * 86_400})
    await verifier.verify(token)
    published.publish("k2")
    clock.set(NOON)
    assert await refusal(verifier, token) == UNKNOWN_KEY
    clock.set(NOON - timedelta(days=365))
    published.publish("k3")
    assert (await verifier.verify(signed(CLAIMS, name="k3"))).subject == "per"


async def test_no_proxy_stands_between_this_machine_and_itself(
    published: StubIssuer, clock: SettableClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    assert (await by_url(published, clock).verify(signed(CLAIMS))).subject == "per"


async def test_keys_may_come_from_a_file_that_changes(tmp_path: Path, clock: SettableClock) -> None:
    file = tmp_path / "jwks.json"
    file.write_text(json.dumps({"keys": [public("k1")]}))
    verifier = TokenVerifier([Issuer.of(settings(jwks_file=file))], clock)
    await verifier.verify(signed(CLAIMS))
    file.write_text(json.dumps({"keys": [public("k2")]}))
    clock.set(NOON + timedelta(minutes=1))
    assert (await verifier.verify(signed(CLAIMS, name="k2"))).subject == "per"
    file.unlink()
    clock.set(NOON + timedelta(minutes=2))
    assert await refusal(verifier, signed(CLAIMS)) == UNKNOWN_KEY
    assert (await verifier.verify(signed(CLAIMS, name="k2"))).subject == "per"


# Settings


@pytest.mark.parametrize(
    "url", ["https://issuer.test/jwks", "http://localhost:1/jwks", "http://127.0.0.2/jwks", "http://[::1]:80/jwks"]
)
def test_keys_come_by_https_or_from_this_machine(url: str) -> None:
    assert settings(jwks_url=url).jwks_url == url


@pytest.mark.parametrize(
    "url",
    [
        *("http://issuer.test/jwks", "http://127.0.0.1.evil.test/", "http://127.0.0.1@evil.test/", "http://10.0.0.1/"),
        *("ftp://localhost/jwks", "file:///jwks", "https:///jwks", "/jwks", "", "http://[bad/jwks"),
    ],
)
def test_keys_do_not_come_by_any_other_way(url: str) -> None:
    with pytest.raises(ValidationError, match="jwks_url must be https unless its host is this machine"):
        settings(jwks_url=url)


@pytest.mark.parametrize(
    "sources", [{}, {"jwks": {}, "jwks_url": "https://issuer.test"}, {"jwks": {}, "jwks_file": "f"}]
)
def test_an_issuer_has_one_source_of_keys(sources: dict[str, Any]) -> None:
    with pytest.raises(ValidationError, match="give one of jwks_url, jwks_file and jwks"):
        settings(**sources)


@pytest.mark.parametrize(
    "wrong",
    [
        {"preset": "helseid"},
        {"levels": ["4"]},
        {"levels": {"acr": [1]}},
        {"required": {"": "x"}},
        {"municipalities_by_organisation": {"964965226": ["1134"]}},
        {"subjekt": "sub"},
    ],
)
def test_a_mapping_that_cannot_be_meant_is_a_mistake(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        settings(jwks={}, claims=wrong)


@pytest.mark.parametrize("audience", [[], ""])
def test_an_issuer_without_an_audience_is_a_mistake(audience: Any) -> None:
    with pytest.raises(ValidationError):
        settings(jwks={}, audience=audience)
