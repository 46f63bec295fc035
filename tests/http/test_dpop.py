"""Tokens bound to a key of their holder: shown with a proof for this request, once (RFC 9449)."""

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import make_url

from audit import Store
from issuer_stub import jwk, pair, proof, signed, thumbprint
from national import BEARER, DPOP, National, bound, challenge, helseid, idporten, sent, trusting
from oppfolging_api.settings import Settings
from support import CONNECTIONS, MovableClock, issues

if TYPE_CHECKING:
    from conftest import Databases

HERE = "8111"
ADDRESS = "/fhir/Organization"
ALGS = "RS256 RS384 RS512 PS256 PS384 PS512 ES256 ES384 ES512 EdDSA"


@pytest.fixture(scope="module")
def national(settings: Settings, session_clock: MovableClock) -> Iterator[National]:
    with trusting(settings, session_clock, HERE) as found:
        yield found


@pytest.fixture(scope="module")
def second_worker(settings: Settings, session_clock: MovableClock, national: National) -> Iterator[National]:
    """Another process's application, as good as: it shares nothing with the first but the database."""
    with trusting(settings, session_clock, HERE) as found:
        yield found


@pytest.mark.parametrize("alg", ALGS.split())
def test_a_proof_with_each_algorithm_is_accepted(national: National, alg: str) -> None:
    token = bound(alg, alg)
    good = proof(token, "GET", national.address + ADDRESS, name=alg, alg=alg)
    assert sent(national, token, good).status_code == 200


@pytest.mark.parametrize("scheme", ["DPoP", "dpop", "DPOP"])
def test_the_scheme_is_one_in_any_case(national: National, scheme: str) -> None:
    token = bound()
    assert sent(national, token, proof(token, "GET", national.address + ADDRESS), scheme=scheme).status_code == 200


def test_a_proof_is_taken_once(national: National) -> None:
    token = bound()
    once = proof(token, "GET", national.address + ADDRESS)
    assert sent(national, token, once).status_code == 200
    assert challenge(sent(national, token, once)) == f'{DPOP}, error="invalid_dpop_proof", {BEARER}'
    assert sent(national, token, proof(token, "GET", national.address + ADDRESS)).status_code == 200


def test_another_worker_knows_that_it_was_taken(national: National, second_worker: National) -> None:
    """Both are reached at the first one's address, as behind a balancer."""
    token = bound()
    headers = {"Authorization": f"DPoP {token}", "Host": national.address.removeprefix("http://")}
    once = proof(token, "GET", national.address + ADDRESS)
    statuses = [
        CONNECTIONS.get(worker.address + ADDRESS, headers={**headers, "DPoP": once}).status_code
        for worker in (second_worker, national, second_worker)
    ]
    assert statuses == [200, 401, 401]


def test_of_many_at_once_one_is_taken(national: National, second_worker: National) -> None:
    token = bound()
    headers = {"Authorization": f"DPoP {token}", "Host": national.address.removeprefix("http://")}
    once = {**headers, "DPoP": proof(token, "GET", national.address + ADDRESS)}
    with ThreadPoolExecutor(8) as pool:
        asked = [(national if n % 2 else second_worker).address + ADDRESS for n in range(16)]
        statuses = list(pool.map(lambda url: CONNECTIONS.get(url, headers=once).status_code, asked))
    assert sorted(statuses) == [200] + [401] * 15


def test_the_same_jti_of_two_holders_is_two(national: National) -> None:
    for name in ("holder", "another holder"):
        token = bound(name)
        mine = proof(token, "GET", national.address + ADDRESS, name=name, jti="1")
        assert sent(national, token, mine).status_code == 200
        assert sent(national, token, mine).status_code == 401


@pytest.mark.parametrize(
    "htu",
    [
        "{base}/fhir/Organization?name=x",
        "{base}/fhir/Organization#x",
        "HTTP://{host}/fhir/Organization",
        "{base}/fhir/%4frganization",
        "{base}/fhir/Organiz%61tion",
    ],
)
def test_one_address_may_be_spelled_in_several_ways(national: National, htu: str) -> None:
    token = bound()
    host = national.address.removeprefix("http://")
    told = htu.replace("{base}", national.address).replace("{host}", host)
    good = proof(token, "GET", national.address, htu=told)
    assert sent(national, token, good, path=f"{ADDRESS}?name=y").status_code == 200


@pytest.mark.parametrize(("made", "status"), [(-55, 200), (-65, 401), (3, 200), (8, 401)])
def test_a_proof_is_good_for_a_minute(national: National, made: int, status: int) -> None:
    token = bound()
    told = proof(token, "GET", national.address + ADDRESS, iat=int(time.time()) + made)
    assert sent(national, token, told).status_code == status


def test_a_search_by_post_is_proven_as_post(national: National) -> None:
    token, path = bound(), f"{ADDRESS}/_search"
    for htm, status in (("GET", 401), ("POST", 200)):
        good = proof(token, htm, national.address + path)
        headers = {"Authorization": f"DPoP {token}", "DPoP": good}
        answer = CONNECTIONS.post(national.address + path, headers=headers, data={"name": "x"})
        assert answer.status_code == status


def test_one_header_with_one_proof_is_needed(national: National) -> None:
    token, address = bound(), national.address + ADDRESS
    first, second = proof(token, "GET", address), proof(token, "GET", address)
    for proofs in ([], [first, second], [first, first]):
        answer = sent(national, token, *proofs)
        assert challenge(answer) == f'{DPOP}, error="invalid_dpop_proof", {BEARER}'
    assert sent(national, token, first).status_code == 200


def test_a_bound_token_is_no_bearer_token(national: National) -> None:
    token = bound()
    good = proof(token, "GET", national.address + ADDRESS)
    for proofs in ([], [good]):
        answer = sent(national, token, *proofs, scheme="Bearer")
        assert challenge(answer) == f'{BEARER}, error="invalid_token", {DPOP}'
    assert sent(national, token, good).status_code == 200


def test_a_bearer_token_comes_without_proof_and_under_its_own_name(national: National) -> None:
    token = signed(helseid("referrer"))
    good = proof(token, "GET", national.address + ADDRESS)
    assert challenge(sent(national, token, good, scheme="Bearer")) == f'{BEARER}, error="invalid_token", {DPOP}'
    assert challenge(sent(national, token, good)) == f'{DPOP}, error="invalid_token", {BEARER}'
    assert sent(national, token, scheme="Bearer").status_code == 200


def test_a_bound_token_is_checked_like_any_other(national: National) -> None:
    for wrong in (bound(exp=int(time.time()) - 60), bound(aud="other"), bound()[:-4]):
        answer = sent(national, wrong, proof(wrong, "GET", national.address + ADDRESS))
        assert challenge(answer) == f'{DPOP}, error="invalid_token", {BEARER}'
    certificate = signed(helseid("referrer", cnf={"x5t#S256": "bwcK0esc3ACC3DB2Y5_lESsXE8o9ltc05O89jdN-dg2"}))
    for scheme in ("Bearer", "DPoP"):
        assert sent(national, certificate, scheme=scheme).status_code == 401


def test_without_a_token_both_ways_are_told(national: National) -> None:
    assert challenge(CONNECTIONS.get(national.address + ADDRESS)) == f"{BEARER}, {DPOP}"


def test_what_a_bound_token_lacks_is_told_in_its_own_scheme(national: National) -> None:
    token = signed(helseid("leader", cnf={"jkt": thumbprint(jwk(pair("holder")))}))
    answer = sent(national, token, proof(token, "GET", national.address + ADDRESS))
    assert issues(answer, 403) == [("forbidden", None)]
    assert answer.headers["www-authenticate"] == f'{DPOP}, error="insufficient_scope"'


def test_what_is_taken_is_kept_as_a_hash_and_forgotten_as_others_come(national: National, settings: Settings) -> None:
    store, token, address = Store(settings), bound(), national.address + ADDRESS
    store.ask("DELETE FROM dpop_proof RETURNING 1")
    store.ask(
        "INSERT INTO dpop_proof (proof, expires) SELECT sha256(n::text::bytea), now() - interval '1 second'"
        " FROM generate_series(1, 20) n RETURNING 1"
    )
    left = []
    for _ in range(4):
        assert sent(national, token, proof(token, "GET", address)).status_code == 200
        left += store.ask("SELECT count(*) FILTER (WHERE expires < now()), count(*) FROM dpop_proof")
    assert left == [(12, 13), (4, 6), (0, 3), (0, 4)]
    assert store.ask("SELECT DISTINCT length(proof) FROM dpop_proof") == [(32,)]
    ((soonest, latest),) = store.ask("SELECT min(expires - now()), max(expires - now()) FROM dpop_proof")
    assert 100 < soonest.total_seconds() <= latest.total_seconds() < 130


def test_where_the_service_is_reached_is_a_setting(settings: Settings, session_clock: MovableClock) -> None:
    outside = "https://api.kommune.example:443/oppfolging/"
    with trusting(settings, session_clock, HERE, base_url=outside) as national:
        token = bound()
        for htu, status in (
            ("https://api.kommune.example/oppfolging/fhir/Organization", 200),
            ("https://API.kommune.example:443/oppfolging/fhir/Organization", 200),
            ("https://api.kommune.example/fhir/Organization", 401),
            (f"{national.address}/fhir/Organization", 401),
        ):
            assert sent(national, token, proof(token, "GET", htu)).status_code == status


def test_how_long_a_proof_is_good_for_is_a_setting(settings: Settings, session_clock: MovableClock) -> None:
    with trusting(settings, session_clock, HERE, dpop_seconds=300.0) as national:
        token = bound()
        for made, status in ((-290, 200), (-310, 401)):
            told = proof(token, "GET", national.address + ADDRESS, iat=int(time.time()) + made)
            assert sent(national, token, told).status_code == status


def test_a_proof_nobody_can_remember_is_not_accepted(
    settings: Settings, databases: "Databases", session_clock: MovableClock
) -> None:
    alone = settings.model_copy(update={"database_url": databases.migrated()})
    with trusting(alone, session_clock, HERE) as national:
        token, address = bound(), national.address + ADDRESS
        assert sent(national, token, proof(token, "GET", address)).status_code == 200
        name = make_url(str(alone.database_url)).database
        Store(settings).ask(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS false')
        Store(settings).ask("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1", name)
        statuses = [sent(national, token, proof(token, "GET", address)).status_code for _ in range(2)]
        Store(settings).ask(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS true')
        assert statuses == [503, 503]
        assert sent(national, token, proof(token, "GET", address)).status_code == 200


def test_a_resident_may_come_with_a_bound_token_too(national: National) -> None:
    claims = idporten("13897112345", "oppfolging/person", cnf={"jkt": thumbprint(jwk(pair("phone", "EdDSA")))})
    token = signed(claims)
    good = proof(token, "GET", national.address + ADDRESS, name="phone", alg="EdDSA")
    assert sent(national, token, good).status_code == 403
    assert sent(national, token, good).status_code == 401
