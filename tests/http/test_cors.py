"""Pages of other origins: none may call the service unless they are named, and those may do what a client does."""

from collections.abc import Iterator

import httpx
import pytest

from oppfolging_api.settings import Settings
from support import Api, MovableClock, Municipality, running

APP, OTHER = "https://app.example", "https://app.example.evil"
PREFLIGHT = {"Origin": APP, "Access-Control-Request-Method": "PUT"}


@pytest.fixture(scope="module")
def opened(settings: Settings) -> Iterator[str]:
    with running(settings.model_copy(update={"cors_origins": (APP,)}), MovableClock()) as address:
        yield address


def preflight(address: str, **headers: str) -> httpx.Response:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Api(address, None).send("OPTIONS", "/fhir/Patient/1", headers=PREFLIGHT | named)


def allowed(answer: httpx.Response) -> dict[str, str]:
    return {name: value for name, value in answer.headers.items() if name.startswith("access-control-")}


def test_unless_named_no_origin_is_let_in(server: str) -> None:
    asked = preflight(server)
    read = Api(server, None).get("/fhir/metadata", headers={"Origin": APP})
    assert (asked.status_code, allowed(asked)) == (405, {})
    assert (read.status_code, allowed(read)) == (200, {})


@pytest.mark.parametrize("origin", [OTHER, "http://app.example", "https://APP.example", "null", f"{APP}:8443"])
def test_an_origin_is_compared_exactly(opened: str, origin: str) -> None:
    asked = preflight(opened, Origin=origin)
    read = Api(opened, None).get("/fhir/metadata", headers={"Origin": origin})
    assert asked.status_code == 400
    assert "access-control-allow-origin" not in asked.headers
    assert "access-control-allow-origin" not in read.headers


def test_a_named_origin_may_do_what_a_client_does(opened: str) -> None:
    headers = "authorization, content-type, dpop, if-match, if-none-exist, prefer, x-municipality, x-request-id"
    answer = preflight(opened, Access_Control_Request_Headers=headers)
    assert answer.status_code == 200
    assert answer.headers["access-control-allow-origin"] == APP
    assert answer.headers["access-control-allow-methods"] == "GET, HEAD, POST, PUT, PATCH, DELETE"
    assert "access-control-allow-credentials" not in answer.headers
    assert "Origin" in answer.headers["vary"]


@pytest.mark.parametrize(
    "asked",
    [{"Access_Control_Request_Method": "TRACE"}, {"Access_Control_Request_Headers": "X-Forwarded-For"}],
)
def test_but_not_more(opened: str, asked: dict[str, str]) -> None:
    assert preflight(opened, **asked).status_code == 400


def test_its_page_reads_what_it_needs_of_answers_also_of_refusals(opened: str, town: Municipality) -> None:
    path = f"/fhir/Organization/{town.unit_office['id']}"
    for api, status in ((Api(opened, town.unit.token), 200), (Api(opened, None), 401)):
        answer = api.get(path, headers={"Origin": APP})
        assert answer.status_code == status
        assert answer.headers["access-control-allow-origin"] == APP
        assert answer.headers["vary"] == "Origin"
        exposed = set(answer.headers["access-control-expose-headers"].split(", "))
        assert exposed == {"ETag", "Location", "Last-Modified", "Retry-After", "WWW-Authenticate", "X-Request-Id"}
        assert answer.headers["cache-control"] == "no-store"
