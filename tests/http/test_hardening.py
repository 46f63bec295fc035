"""What the service does to requests that are too large, too deep or too slow, and what every answer tells a browser."""

import asyncio
import base64
import gzip
import hashlib
import re
import socket
import time
from collections.abc import Iterator
from typing import Any

import asyncpg
import httpx
import pytest

from audit import Store
from oppfolging_api.settings import Settings
from support import FHIR_JSON, Api, MovableClock, Municipality, issues, ok, running

FORM = "application/x-www-form-urlencoded"
REFERRAL = {"Content-Type": "application/json"}
NOTHING = "default-src 'none'; frame-ancestors 'none'"


@pytest.fixture(scope="module")
def small(settings: Settings) -> Iterator[str]:
    """A server of small bodies."""
    with running(settings.model_copy(update={"max_body_bytes": 4096}), MovableClock()) as address:
        yield address


@pytest.fixture(scope="module")
def hurried(settings: Settings) -> Iterator[str]:
    """A server that gives a request a second and a half, and https."""
    changed = {"request_timeout": 1.5, "base_url": "https://api.example"}
    with running(settings.model_copy(update=changed), MovableClock()) as address:
        yield address


def at(address: str, api: Api) -> Api:
    """The same caller at another server of the same database."""
    return Api(address, api.token)


def pieces(size: int) -> Iterator[bytes]:
    """A body without a Content-Length: httpx sends it chunked."""
    for _ in range(size // 1000):
        yield b" " * 1000


@pytest.mark.parametrize(
    ("method", "path", "type"),
    [
        ("POST", "/fhir/Patient", FHIR_JSON),
        ("PUT", "/fhir/Patient/a", FHIR_JSON),
        ("PATCH", "/fhir/Patient/a", "application/json-patch+json"),
        ("POST", "/fhir", FHIR_JSON),
        ("POST", "/fhir/Patient/_search", FORM),
        ("POST", "/fhir/Patient/a/$psfs-trend", FHIR_JSON),
        ("POST", "/referral", "application/json"),
    ],
)
@pytest.mark.parametrize("chunked", [False, True], ids=["told length", "chunked"])
def test_a_body_too_large_is_refused_wherever_it_goes(
    method: str, path: str, type: str, chunked: bool, small: str, town: Municipality
) -> None:
    api = at(small, town.api("system", "referrer", orgnr="889640782"))
    content: Any = pieces(10_000) if chunked else b" " * 10_000
    answer = api.send(method, path, content=content, headers={"Content-Type": type})
    assert answer.status_code == 413
    assert answer.headers["connection"] == "close"


@pytest.mark.parametrize("path", ["/fhir/Patient", "/fhir", "/referral"])
def test_a_compressed_body_is_refused_unopened(town: Municipality, path: str) -> None:
    """What is small on its way may be endless when opened."""
    bomb = gzip.compress(b'{"resourceType":"Patient"}' + b" " * 1_000_000)
    headers = {"Content-Encoding": "gzip", "Content-Type": "application/json"}
    answer = town.system.send("POST", path, content=bomb, headers=headers)
    assert (answer.status_code, answer.headers["accept-encoding"]) == (415, "identity")


@pytest.mark.parametrize("path", ["/fhir/Patient", "/fhir", "/referral", "/fhir/Patient/$validate"])
@pytest.mark.parametrize(
    "body",
    [b"[" * 1_000_000, b'{"a":' * 200_000, b'{"resourceType":"Patient","name":[' + b"{}," * 600_000 + b"{}]}"],
    ids=["lists in lists", "objects in objects", "a list without end"],
)
@pytest.mark.timeout(20)
def test_json_too_deep_or_too_wide_is_refused_at_once(town: Municipality, path: str, body: bytes) -> None:
    api = town.api("system", "referrer", orgnr="889640782")
    began = time.monotonic()
    answer = api.send("POST", path, content=body, headers=REFERRAL)
    assert answer.status_code == 400, answer.text
    assert time.monotonic() - began < 2


@pytest.mark.parametrize(
    ("path", "headers", "status"),
    [
        ("/fhir/Patient?name=" + "a" * 40_000, {}, 414),
        ("/fhir/Patient?" + "name=a&" * 101, {}, 400),
        ("/fhir/Patient", {"X-Long": "a" * 40_000}, 431),
        ("/fhir/Patient", {f"X-{n}": "a" for n in range(120)}, 431),
    ],
    ids=["address", "parameters", "a long header", "many headers"],
)
def test_a_head_too_large_is_refused(town: Municipality, path: str, headers: dict[str, str], status: int) -> None:
    answer = town.unit.get(path, headers=headers)
    assert answer.status_code == status
    assert answer.json()["resourceType"] == "OperationOutcome"


def test_a_body_that_does_not_come_is_not_waited_for(hurried: str, town: Municipality, settings: Settings) -> None:
    port = int(hurried.rpartition(":")[2])
    head = (
        f"POST /fhir/Patient HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {town.unit.token}\r\nContent-Length: 99\r\n"
    )
    began = time.monotonic()
    with socket.create_connection(("127.0.0.1", port), timeout=5) as connection:
        connection.sendall(head.encode() + b"Content-Type: application/json\r\n\r\n{")
        told = b""
        while piece := connection.recv(65536):
            told += piece
    assert told.startswith(b"HTTP/1.1 408 ")
    assert b'"code":"timeout"' in told
    assert time.monotonic() - began < 1.4
    request = re.search(rb"x-request-id: (\S+)", told)
    assert request
    rows = Store(settings).ask("SELECT interaction, status FROM access_log WHERE request = $1", request[1].decode())
    assert rows == [("create", 408)]


def held(store: Store, kind: str, id: str, ask: Any) -> httpx.Response:
    """The answer to a request made while somebody else holds the row it is about."""

    async def run() -> httpx.Response:
        connection = await asyncpg.connect(store.dsn)
        try:
            async with connection.transaction():
                await connection.execute("SELECT 1 FROM resource WHERE type = $1 AND id = $2 FOR UPDATE", kind, id)
                return await asyncio.to_thread(ask)
        finally:
            await connection.close()

    return asyncio.run(run())


def test_a_request_that_takes_too_long_is_given_up_whole(hurried: str, town: Municipality, settings: Settings) -> None:
    """A transaction whose second half waits for a row that another holds: its first half is not kept, nothing goes on
    waiting in the database, and who asked stands in the log."""
    system, store = at(hurried, town.system), Store(settings)
    patient = town.person()
    new = {"resourceType": "Organization", "name": "Aldri til"}
    entries = [
        {"request": {"method": "POST", "url": "Organization"}, "resource": new},
        {"request": {"method": "PUT", "url": f"Patient/{patient['id']}"}, "resource": patient | {"active": False}},
    ]
    bundle = {"resourceType": "Bundle", "type": "transaction", "entry": entries}
    began = time.monotonic()
    answer = held(store, "Patient", patient["id"], lambda: system.post("/fhir", bundle))
    assert issues(answer, 503) == [("timeout", None)]
    assert answer.headers["retry-after"] == "5"
    assert 1.4 < time.monotonic() - began < 4
    who = "SELECT status, subject FROM access_log WHERE request = $1"
    assert set(store.ask(who, answer.headers["x-request-id"])) == {(503, "tester")}
    waiting = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
    assert store.ask(waiting) == [(0,)]

    assert town.system.read("Patient", patient["id"]) == patient
    assert town.system.found("Organization?name=Aldri til") == []
    assert [ok(system.put(patient | {"active": active}), 200)["active"] for active in (False, True)] == [
        False,
        True,
    ]


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/fhir/Patient", 200),
        ("/fhir/Patient/nobody", 404),
        ("/fhir/Patient?name:nonsense=1", 400),
        ("/fhir/a/b/c/d/e", 404),
        ("/referral/nobody", 404),
        ("/health/live", 200),
        ("/nothing", 404),
    ],
)
def test_every_answer_may_be_kept_nowhere_and_runs_nothing(town: Municipality, path: str, status: int) -> None:
    answer = town.api("system", "referrer", orgnr="889640782").get(path)
    assert answer.status_code == status
    told = {name: answer.headers.get(name) for name in HEADERS}
    assert told == HEADERS


HEADERS = {
    "x-content-type-options": "nosniff",
    "cache-control": "no-store",
    "referrer-policy": "no-referrer",
    "cross-origin-resource-policy": "same-origin",
    "content-security-policy": NOTHING,
    "strict-transport-security": None,
}


def test_answers_without_a_token_or_from_a_fault_of_the_client_have_them_too(server: str) -> None:
    for answer in (
        Api(server, None).get("/fhir/Patient"),
        Api(server, "nonsense").get("/fhir/Patient"),
        Api(server, None).send("POST", "/fhir/metadata"),
    ):
        assert answer.status_code in (401, 405)
        assert {name: answer.headers.get(name) for name in HEADERS} == HEADERS


@pytest.mark.parametrize(
    "path",
    [
        *("/fhir/metadata", "/fhir/.well-known/smart-configuration", "/.well-known/smart-configuration"),
        "/openapi.json",
    ],
)
def test_what_is_about_nobody_may_be_kept_a_while(server: str, path: str) -> None:
    answer = Api(server, None).get(path)
    assert (answer.headers["cache-control"], answer.headers["content-security-policy"]) == ("max-age=300", NOTHING)
    refused = Api(server, None).get(path, headers={"Accept": "text/html"})
    assert refused.status_code == 200 or refused.headers["cache-control"] == "no-store"


@pytest.mark.parametrize("path", ["/fhir/metadata/x", "/fhir/.well-known/x/_history"])
def test_what_lies_below_an_open_address_is_as_closed_and_as_logged_as_the_rest(
    path: str, server: str, settings: Settings
) -> None:
    answer = Api(server, None).get(path)
    assert issues(answer, 401) == [("login", None)]
    rows = Store(settings).ask("SELECT status FROM access_log WHERE request = $1", answer.headers["x-request-id"])
    assert rows == [(401,)]


def test_where_the_service_is_reached_by_https_it_says_never_to_come_otherwise(hurried: str) -> None:
    assert Api(hurried, None).get("/health/live").headers["strict-transport-security"] == "max-age=31536000"


def test_the_documentation_runs_its_own_scripts_and_no_others(server: str) -> None:
    page = Api(server, None).get("/docs")
    policy = dict(part.strip().split(" ", 1) for part in page.headers["content-security-policy"].split(";"))
    (inline,) = re.findall(r"<script>(.*?)</script>", page.text, re.DOTALL)
    digest = base64.b64encode(hashlib.sha256(inline.encode()).digest()).decode()
    assert policy["script-src"] == f"'self' 'sha256-{digest}'"
    assert policy["default-src"] == policy["frame-ancestors"] == policy["base-uri"] == "'none'"
    assert page.headers["cache-control"] == "max-age=300"
    asset = Api(server, None).get("/docs/assets/swagger-ui-bundle.js")
    assert (asset.headers["cache-control"], asset.headers["x-content-type-options"]) == ("max-age=300", "nosniff")
