"""What a request may weigh, and that its address names nobody, before anybody reads it."""

import json
from typing import Any

import pytest
from starlette.types import Message, Receive, Scope, Send

from oppfolging_api.kernel.canonical import Canonical
from oppfolging_api.request_limits import RequestLimits

NUMBER = "14437010030"
"""Synthetic."""


async def through(allowed: bool = False, **scope: Any) -> tuple[int, str]:
    """The status and body of the answer to a request."""
    messages: list[Message] = []

    async def answer(scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    async def send(message: Message) -> None:
        messages.append(message)

    request = {"type": "http", "path": "/fhir/Patient", "query_string": b"", "headers": [], "method": "GET"} | scope
    limits = RequestLimits(answer, Canonical(), identity_numbers_in_urls=allowed)
    await limits(request, None, send)  # type: ignore[arg-type]
    return messages[0]["status"], messages[1]["body"].decode()


async def test_such_an_address_is_refused_with_a_hint_and_without_the_number_unless_it_is_allowed() -> None:
    status, body = await through(query_string=b"identifier=144370%310030")
    issue = json.loads(body)["issue"][0]
    assert (status, issue["code"]) == (400, "security")
    assert "POST [type]/_search" in issue["diagnostics"]
    assert NUMBER not in body
    assert await through(allowed=True, query_string=b"identifier=14437010030") == (200, "")


@pytest.mark.parametrize(
    ("scope", "status"),
    [
        ({"query_string": b"_cursor=" + b"a" * 32_000}, 200),
        ({"query_string": b"_cursor=" + b"a" * 33_000}, 414),
        ({"path": "/fhir/" + "a" * 33_000}, 414),
        ({"headers": [(b"x", b"a" * 32_000)]}, 200),
        ({"headers": [(b"x", b"a" * 16_500), (b"y", b"a" * 16_500)]}, 431),
        ({"headers": [(b"x", b"a")] * 100}, 200),
        ({"headers": [(b"x", b"a")] * 101}, 431),
        ({"headers": [(b"content-encoding", b"identity")]}, 200),
        ({"headers": [(b"content-encoding", b"gzip")]}, 415),
        ({"headers": [(b"content-encoding", b"gzip, br")]}, 415),
    ],
)
async def test_the_head_of_a_request_has_bounds(scope: dict[str, Any], status: int) -> None:
    assert (await through(**scope))[0] == status


async def test_what_is_not_http_passes_untouched() -> None:
    assert (await through(type="websocket", path=f"/{NUMBER}"))[0] == 200
