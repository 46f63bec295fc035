"""A request that takes too long is cancelled and answered; a body that does not come is not waited for."""

import asyncio
import json

import pytest
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from oppfolging_api.deadline import Deadline, TooSlow
from oppfolging_api.kernel.canonical import Canonical


async def through(app: ASGIApp, receive: Receive, seconds: float = 0.3) -> list[Message]:
    messages: list[Message] = []

    async def send(message: Message) -> None:
        messages.append(message)

    scope: Scope = {"type": "http", "method": "POST", "path": "/fhir/Patient", "headers": []}
    await Deadline(app, Canonical(), seconds)(scope, receive, send)
    return messages


async def silence() -> Message:
    await asyncio.sleep(60)
    raise AssertionError("waited for")


async def test_what_takes_too_long_is_cancelled_and_answered() -> None:
    ended: list[str] = []

    async def slow(scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            ended.append("cancelled")
            raise

    messages = await through(slow, silence, 0.05)
    assert ended == ["cancelled"]
    assert messages[0]["status"] == 503
    assert dict(messages[0]["headers"])[b"retry-after"] == b"5"
    assert json.loads(messages[1]["body"])["issue"][0]["code"] == "timeout"


async def read(scope: Scope, receive: Receive, send: Send) -> None:
    """Reads the body, then waits for the client to go."""
    while (await receive()).get("more_body"):
        pass
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b""})
    assert (await receive())["type"] == "http.disconnect"


async def test_a_body_has_a_third_of_the_time() -> None:
    began = asyncio.get_running_loop().time()
    with pytest.raises(TooSlow) as refused:
        await through(read, silence)
    assert 0.09 < asyncio.get_running_loop().time() - began < 0.25
    assert (refused.value.status, refused.value.headers) == (408, {"Connection": "close"})


async def test_a_body_that_trickles_is_not_waited_for_either() -> None:
    async def trickle() -> Message:
        await asyncio.sleep(0.02)
        return {"type": "http.request", "body": b" ", "more_body": True}

    with pytest.raises(TooSlow):
        await through(read, trickle)


async def test_after_the_body_nothing_is_hurried() -> None:
    pieces: list[Message] = [
        {"type": "http.request", "body": b"{", "more_body": True},
        {"type": "http.request", "body": b"}"},
    ]

    async def receive() -> Message:
        if pieces:
            return pieces.pop(0)
        await asyncio.sleep(0.15)
        return {"type": "http.disconnect"}

    assert (await through(read, receive))[0]["status"] == 200


async def test_an_answer_that_is_there_is_not_given_up_while_it_waits_for_the_log() -> None:
    """The row it waits for may be committed already, and tells of this answer."""
    told: list[int] = []

    async def answers(scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})

    async def logging(message: Message) -> None:
        await asyncio.sleep(0.1)
        told.append(message["status"])

    scope: Scope = {"type": "http", "method": "GET", "path": "/fhir/Patient", "headers": []}
    await Deadline(answers, Canonical(), 0.03)(scope, silence, logging)
    assert told == [200]


async def test_a_timeout_of_something_else_is_a_fault_as_any_other() -> None:
    async def fails(scope: Scope, receive: Receive, send: Send) -> None:
        raise TimeoutError

    with pytest.raises(TimeoutError):
        await through(fails, silence)


async def test_what_is_not_http_passes_untouched() -> None:
    seen: list[str] = []

    async def lifespan(scope: Scope, receive: Receive, send: Send) -> None:
        seen.append(scope["type"])

    await Deadline(lifespan, Canonical(), 1)({"type": "lifespan"}, silence, None)  # type: ignore[arg-type]
    assert seen == ["lifespan"]
