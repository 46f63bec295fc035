"""How much one caller may ask: the meters, and which of them a request counts for."""

import asyncio
import json
from typing import Any

import pytest
from starlette.types import Message, Receive, Scope, Send

from oppfolging_api.kernel.caller import Caller, Role
from oppfolging_api.kernel.canonical import Canonical
from oppfolging_api.rate_limit import Allowance, Meter, RateLimit, TooManyRequests

HOME, ELSEWHERE = "192.0.2.1", "198.51.100.7"
OPEN = {"/health/live": 200, "/fhir/metadata": 200}
"""Addresses where no token is looked at, and what they answer."""
UNREAD = {"/fhir/refused-unread": 400, "/fhir/Patient/": 307}
"""The same where one is needed, but what the request is decides before."""


class Watch:
    """A clock that stands still until it is moved."""

    def __init__(self) -> None:
        self.at = 1000.0

    def __call__(self) -> float:
        return self.at


@pytest.fixture
def watch() -> Watch:
    return Watch()


def admitted(meter: Meter, key: str, tries: int) -> int:
    return [meter.take(key) for _ in range(tries)].count(0.0)


def test_after_a_silence_a_burst_is_admitted_and_then_so_many_a_second(watch: Watch) -> None:
    meter = Meter(2, 5, watch)
    assert admitted(meter, "a", 9) == 5
    watch.at += 1
    assert admitted(meter, "a", 9) == 2
    watch.at += 3600
    assert admitted(meter, "a", 9) == 5


def test_it_tells_how_long_to_wait_and_waiting_so_long_is_enough(watch: Watch) -> None:
    meter = Meter(2, 1, watch)
    assert [meter.take("a"), meter.take("a"), meter.take("a")] == [0.0, 0.5, 0.5]
    watch.at += 0.5
    assert meter.take("a") == 0.0


def test_one_key_takes_nothing_from_another_and_what_is_given_back_may_be_taken_again(watch: Watch) -> None:
    meter = Meter(1, 2, watch)
    assert (admitted(meter, "a", 5), admitted(meter, "b", 5)) == (2, 2)
    meter.give_back("a")
    meter.give_back("never seen")
    assert admitted(meter, "a", 5) == 1


def test_of_very_many_keys_those_met_longest_ago_are_forgotten(watch: Watch) -> None:
    meter = Meter(1, 1, watch, most=3)
    meter.take("busy")
    for stranger in "abcdefgh":
        meter.take(stranger)
        assert meter.take("busy") > 0
    assert meter.take("a") == 0.0


class Service:
    """Behind the limit: knows tokens that begin with `good-` and what follows as their subject."""

    def __init__(self, watch: Watch, allowance: Allowance) -> None:
        self.limit = RateLimit(self._app, Canonical(), allowance, watch)
        self.reached = 0
        self.expired: set[str] = set()
        self.gate = asyncio.Event()
        self.gate.set()

    async def _app(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.reached += 1
        try:
            status = self._status(scope)
        except TooManyRequests as refusal:
            status = refusal.status
        if status == 200:
            await self.gate.wait()
        await send({"type": "http.response.start", "status": status, "headers": []})
        await send({"type": "http.response.body", "body": b"whose?"})

    def _status(self, scope: Scope) -> int:
        """Raises TooManyRequests."""
        if scope["path"] in OPEN or scope["path"] in UNREAD:
            return OPEN.get(scope["path"]) or UNREAD[scope["path"]]
        token = dict(scope["headers"]).get(b"authorization", b"").decode().removeprefix("Bearer").strip()
        if not token.startswith("good-") or token in self.expired:
            return 401
        subject = token.removeprefix("good-").partition("#")[0]
        scope["state"]["recognised"](Caller("", frozenset({Role.SYSTEM}), "issuer", subject))
        return 200

    async def ask(self, token: str | None = None, address: str = HOME, path: str = "/fhir/Patient") -> list[Message]:
        messages: list[Message] = []

        async def receive() -> Message:
            return {"type": "http.disconnect"}

        async def send(message: Message) -> None:
            messages.append(message)

        scope: dict[str, Any] = {"type": "http", "method": "GET", "path": path, "client": (address, 1)}
        shown = token if token is None or token.startswith("Bearer") else f"Bearer {token}"
        scope["headers"] = [(b"authorization", shown.encode())] if shown else []
        scope["state"] = {}
        await self.limit(scope, receive, send)
        return messages

    async def statuses(self, tries: int, token: str | None = None, **where: str) -> list[int]:
        return [(await self.ask(token, **where))[0]["status"] for _ in range(tries)]


@pytest.fixture
def service(watch: Watch) -> Service:
    return Service(watch, Allowance(rate=10, burst=5, under_way=2))


async def test_a_callers_limit_goes_with_the_caller_wherever_and_with_whatever_token_they_come(
    service: Service,
) -> None:
    assert await service.statuses(8, "good-kari") == [200] * 5 + [429] * 3
    assert await service.statuses(2, "good-kari#renewed", address=ELSEWHERE) == [429, 429]
    assert await service.statuses(2, "good-ola") == [200, 200]


async def test_a_refusal_says_when_to_ask_again_in_the_form_of_its_address(service: Service) -> None:
    await service.statuses(5, "good-kari")
    reached = service.reached
    below, elsewhere = await service.ask("good-kari"), await service.ask("good-kari", path="/referral")
    assert service.reached == reached
    assert dict(below[0]["headers"])[b"retry-after"] == b"1"
    outcome = json.loads(below[1]["body"])
    assert (outcome["resourceType"], outcome["issue"][0]["code"]) == ("OperationOutcome", "throttled")
    assert dict(elsewhere[0]["headers"])[b"content-type"] == b"application/problem+json"


async def test_who_shows_no_token_is_limited_by_address(service: Service) -> None:
    assert await service.statuses(7, path="/health/live") == [200] * 5 + [429] * 2
    assert await service.statuses(1, path="/fhir/metadata") == [429]
    assert await service.statuses(1, path="/fhir/metadata", address=ELSEWHERE) == [200]


async def test_an_address_of_ipv6_is_its_network(service: Service) -> None:
    assert await service.statuses(5, path="/health/live", address="2001:db8::1") == [200] * 5
    assert await service.statuses(1, path="/health/live", address="2001:db8::abcd:2") == [429]
    assert await service.statuses(1, path="/health/live", address="2001:db8:0:1::1") == [200]


async def test_failures_have_a_limit_of_their_own_which_holds_no_good_token_back(watch: Watch) -> None:
    service = Service(watch, Allowance(rate=1000, burst=1000, under_way=9))
    answers = [await service.ask(f"forged-{n}") for n in range(70)]
    assert [answer[0]["status"] for answer in answers] == [401] * 60 + [429] * 10
    assert b"whose?" not in answers[-1][1]["body"]
    assert await service.statuses(3, "good-kari") == [200] * 3
    assert await service.statuses(1, "forged", address=ELSEWHERE) == [401]
    watch.at += 2
    assert await service.statuses(3, "forged") == [401, 401, 429]


async def test_a_token_that_is_good_no_more_is_a_failure_and_costs_its_caller_nothing(watch: Watch) -> None:
    service = Service(watch, Allowance(rate=1, burst=3, under_way=9))
    assert await service.statuses(1, "good-kari") == [200]
    service.expired.add("good-kari")
    assert await service.statuses(2, "good-kari") == [401, 401]
    assert await service.statuses(3, "good-kari#renewed", address=ELSEWHERE) == [200, 200, 429]


async def test_what_is_refused_before_the_token_is_looked_at_is_no_failure_of_a_caller_known_already(
    watch: Watch,
) -> None:
    service = Service(watch, Allowance(rate=1000, burst=1000, under_way=9))
    assert await service.statuses(1, "good-kari") == [200]
    assert await service.statuses(70, "good-kari", path="/fhir/refused-unread") == [400] * 70
    assert await service.statuses(70, path="/fhir/refused-unread") == [400] * 60 + [429] * 10


@pytest.mark.parametrize(("path", "status"), [("/fhir/metadata", 200), ("/fhir/refused-unread", 400)])
async def test_but_it_counts_for_that_caller(path: str, status: int, service: Service) -> None:
    assert await service.statuses(1, "good-kari") == [200]
    assert await service.statuses(6, "good-kari", path=path) == [status] * 4 + [429] * 2
    assert await service.statuses(1, "good-kari") == [429]


async def test_an_answer_that_is_no_error_is_a_failure_too_where_a_token_was_needed(watch: Watch) -> None:
    """Else what leads to another address would fill the log."""
    service = Service(watch, Allowance(rate=1000, burst=1000, under_way=9))
    assert await service.statuses(61, path="/fhir/Patient/") == [307] * 60 + [429]


async def test_good_tokens_however_many_cost_their_address_nothing(service: Service) -> None:
    assert await service.statuses(5, "good-kari") == [200] * 5
    assert [await service.statuses(1, f"good-{n}") for n in range(20)] == [[200]] * 20
    assert await service.statuses(6, path="/health/live") == [200] * 5 + [429]


@pytest.mark.parametrize(
    "tokens",
    [["good-kari"] * 3, [f"good-kari#{n}" for n in range(3)], [f"Bearer{' ' * n}good-kari" for n in (1, 2, 9)]],
    ids=["one token", "fresh tokens", "more and more spaces"],
)
@pytest.mark.parametrize("known", [True, False], ids=["known", "unknown"])
async def test_so_many_of_a_caller_are_under_way_and_no_more(tokens: list[str], known: bool, service: Service) -> None:
    if known:
        await service.statuses(1, "good-kari")
    service.gate.clear()
    waiting = [asyncio.create_task(service.ask(token)) for token in tokens[:2]]
    await asyncio.sleep(0)
    assert await service.statuses(1, tokens[2]) == [429]
    service.gate.set()
    assert [messages[0]["status"] for messages in await asyncio.gather(*waiting)] == [200, 200]
    assert await service.statuses(1, "good-kari") == [200]
    assert not service.limit._under_way


async def test_what_is_not_http_passes_untouched(watch: Watch) -> None:
    seen: list[str] = []

    async def lifespan(scope: Scope, receive: Receive, send: Send) -> None:
        seen.append(scope["type"])

    limit = RateLimit(lifespan, Canonical(), Allowance(1, 1, 1), watch)
    await limit({"type": "lifespan"}, None, None)  # type: ignore[arg-type]
    assert seen == ["lifespan"]
