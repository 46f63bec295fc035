"""What every request passes through: the log before the first byte, errors that tell nothing, a request id."""

import asyncio
import json
import logging
import re
import uuid
from collections.abc import Sequence
from typing import Any, cast

import pytest
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from oppfolging_api import gate
from oppfolging_api.access.access_log import AccessLog
from oppfolging_api.gate import Gate
from oppfolging_api.kernel.canonical import Canonical
from oppfolging_api.kernel.clock import SystemClock
from oppfolging_api.kernel.errors import Unavailable
from oppfolging_api.log import JsonLines

ID = "018bcfe5-687b-7000-8000-000000000001"
SECRET = "Kari Nordmann 14837012345"


class Happenings:
    """What left for the client and what went into the log, in the order it happened."""

    def __init__(self) -> None:
        self.order: list[str] = []
        self.messages: list[Message] = []
        self.rows: list[dict[str, Any]] = []
        self.log_fails = False

    async def append(self, rows: Sequence[dict[str, Any]]) -> None:
        if self.log_fails:
            raise Unavailable.of("the log is away")
        self.order.append("log")
        self.rows.extend(rows)

    async def send(self, message: Message) -> None:
        self.order.append(message["type"])
        self.messages.append(message)

    @property
    def status(self) -> int:
        return int(self.messages[0]["status"])

    @property
    def headers(self) -> dict[str, str]:
        return {name.decode(): value.decode() for name, value in self.messages[0]["headers"]}

    @property
    def body(self) -> str:
        return b"".join(message.get("body", b"") for message in self.messages[1:]).decode()


async def answer(scope: Scope, receive: Receive, send: Send) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": [(b"x-app", b"1")]})
    await send({"type": "http.response.body", "body": SECRET.encode(), "more_body": True})
    await send({"type": "http.response.body", "body": b"."})


async def fail(scope: Scope, receive: Receive, send: Send) -> None:
    raise LookupError(SECRET)


async def fail_late(scope: Scope, receive: Receive, send: Send) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": []})
    raise LookupError(SECRET)


async def pass_through(
    app: ASGIApp, path: str = "/fhir/Patient", log_fails: bool = False, request_id: str | None = None, **scope: Any
) -> Happenings:
    seen = Happenings()
    seen.log_fails = log_fails
    passed = Gate(app, Canonical(), SystemClock(), lambda: cast(AccessLog, seen))
    headers = [(b"x-request-id", request_id.encode())] if request_id else []

    async def receive() -> Message:
        return {"type": "http.disconnect"}

    request = {"type": "http", "method": "GET", "path": path, "headers": headers, "query_string": b""} | scope
    await passed(request, receive, seen.send)
    return seen


async def test_the_first_byte_waits_for_the_log() -> None:
    seen = await pass_through(answer)
    assert seen.order == ["log", "http.response.start", "http.response.body", "http.response.body"]
    assert (seen.status, seen.body, seen.headers["x-app"]) == (200, SECRET + ".", "1")


@pytest.mark.parametrize("path", ["/health/live", "/docs", "/fhir/metadata", "/fhir/.well-known/smart-configuration"])
async def test_what_is_about_nobody_is_not_logged(path: str) -> None:
    assert (await pass_through(answer, path, log_fails=True)).status == 200


@pytest.mark.parametrize(
    "path",
    [
        *("/fhir/Patient/1", "/referral", "/referral/1"),
        *("/fhir/metadata/x", "/fhir/metadata/", "/fhir/.well-known/x", "/fhir/.well-known/x/_history"),
        "/fhir/.well-known/smart-configuration/_history",
    ],
)
async def test_where_the_log_cannot_be_written_nothing_is_answered(path: str) -> None:
    seen = await pass_through(answer, path, log_fails=True)
    assert seen.status == 503
    assert "Kari" not in seen.body
    assert uuid.UUID(seen.headers["x-request-id"]).version == 7
    assert seen.order == ["http.response.start", "http.response.body"]


async def test_a_log_that_does_not_answer_is_not_waited_for_without_end(monkeypatch: pytest.MonkeyPatch) -> None:
    async def silent(*_: object) -> None:
        await asyncio.sleep(60)

    monkeypatch.setattr(gate, "_LONGEST_LOGGING_S", 0.02)
    monkeypatch.setattr(Happenings, "append", silent)
    seen = await pass_through(answer)
    assert (seen.status, seen.headers["retry-after"]) == (503, "5")
    assert "Kari" not in seen.body


async def test_errors_below_fhir_are_operation_outcomes_and_problems_elsewhere() -> None:
    below = json.loads((await pass_through(fail, "/fhir/Patient")).body)
    elsewhere = await pass_through(fail, "/referral")
    assert (below["resourceType"], below["issue"][0]["code"]) == ("OperationOutcome", "exception")
    assert elsewhere.headers["content-type"] == "application/problem+json"
    assert json.loads(elsewhere.body)["status"] == 500


def _told(caplog: pytest.LogCaptureFixture) -> list[Any]:
    return [record.msg for record in caplog.records]


async def test_a_fault_tells_neither_client_nor_log_what_was_sent(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    seen = await pass_through(fail)
    assert seen.status == 500
    assert [row["status"] for row in seen.rows] == [500]
    assert "Kari" not in seen.body + caplog.text
    fault, request = _told(caplog)
    assert (fault["event"], fault["error"], request["status"]) == ("fault", "LookupError", 500)
    assert fault["at"][-1].endswith(" fail")
    assert fault["request"] == request["request"] == seen.headers["x-request-id"]
    assert seen.headers["x-request-id"] in seen.body


async def test_a_fault_after_the_first_byte_is_handed_on(caplog: pytest.LogCaptureFixture) -> None:
    with pytest.raises(LookupError):
        await pass_through(fail_late)
    assert "Kari" not in caplog.text


async def test_who_asks_too_often_has_no_row_so_that_nobody_can_fill_the_log() -> None:
    async def refuse(scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 429, "headers": []})

    seen = await pass_through(refuse)
    assert (seen.order, seen.status) == (["http.response.start"], 429)


async def test_a_write_that_logged_itself_is_not_logged_again() -> None:
    async def write(scope: Scope, receive: Receive, send: Send) -> None:
        scope["state"]["trace"].written = True
        await answer(scope, receive, send)

    assert (await pass_through(write)).order[0] == "http.response.start"


async def test_a_write_whose_commit_failed_has_the_row_of_its_refusal() -> None:
    async def conflict(scope: Scope, receive: Receive, send: Send) -> None:
        trace = scope["state"]["trace"]
        trace.written = True
        trace.touch("CareTeam", "t1", "p1")
        await send({"type": "http.response.start", "status": 409, "headers": []})

    seen = await pass_through(conflict)
    assert [(row["status"], row["what"], row["person"]) for row in seen.rows] == [(409, ["CareTeam/t1"], "p1")]


@pytest.mark.parametrize(
    ("named", "logged"),
    [
        ({"type": "CareTeam", "id": ID}, ([f"CareTeam/{ID}"], None)),
        ({"type": "Patient", "id": ID}, ([f"Patient/{ID}"], ID)),
        ({"type": "Patient"}, (["Patient"], None)),
        ({"type": "Patient", "id": "14437010030"}, (["Patient"], None)),
        ({"type": "Patient", "id": "kari.nordmann"}, (["Patient"], None)),
        ({"type": "Nordmann"}, ([], None)),
        ({}, ([], None)),
    ],
)
async def test_a_row_names_what_was_asked_for_but_nothing_that_was_typed(
    named: dict[str, str], logged: tuple[list[str], str | None]
) -> None:
    seen = await pass_through(answer, path_params=named)
    assert [(row["what"], row["person"]) for row in seen.rows] == [logged]


async def test_the_clients_own_request_id_is_kept_where_it_is_a_uuid() -> None:
    assert (await pass_through(answer, request_id=ID)).headers["x-request-id"] == ID


@pytest.mark.parametrize(
    "given",
    [
        *("14837012345", "148370-12345", "Kari-Nordmann", "1" * 36, "a" * 65, f"{ID}x", f" {ID}\n", ""),
        "00000000-0000-0000-0000-013897112345",
        "018bcfe5-687b-0000-8000-000000000001",
        "018bcfe5-687b-7000-c000-000000000001",
        "018bcfe5-687b-4000-8000-014437010030",
        "018bcfe5-687b-4000-8000-14437010030f",
    ],
)
async def test_any_other_request_id_is_replaced(given: str, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    seen = await pass_through(answer, request_id=given or None)
    made = seen.headers["x-request-id"]
    assert uuid.UUID(made).version == 7
    assert seen.rows[0]["request"] == made
    assert made != given
    assert given == "" or given not in caplog.text


async def test_a_log_line_names_the_route_and_never_the_path(caplog: pytest.LogCaptureFixture) -> None:
    class Route:
        path = "/fhir/{type}/{id}"

    caplog.set_level(logging.INFO)
    await pass_through(answer, "/fhir/Patient/14837012345", query_string=b"name=Kari", route=Route())
    line = _told(caplog)[0]
    assert line.pop("ms") >= 0
    assert re.fullmatch(r"[0-9a-f-]{36}", line.pop("request"))
    assert line == {
        "event": "request",
        "method": "GET",
        "route": "/fhir/{type}/{id}",
        "interaction": None,
        "status": 200,
    }


async def test_what_is_not_http_passes_untouched() -> None:
    seen: list[str] = []

    async def lifespan(scope: Scope, receive: Receive, send: Send) -> None:
        seen.append(scope["type"])

    assert (await pass_through(lifespan, type="lifespan")).order == []
    assert seen == ["lifespan"]


def _record(message: str | dict[str, Any], *arguments: object, error: Exception | None = None) -> logging.LogRecord:
    exception = (type(error), error, None) if error else None
    return logging.LogRecord("any.logger", logging.WARNING, "file", 1, message, arguments, exception)


@pytest.mark.parametrize(
    ("message", "told"),
    [
        ({"event": "request", "status": 200}, {"event": "request", "status": 200}),
        ('{"event": "request"}', {"event": '{"event": "request"}'}),
        ("Application startup complete.", {"event": "Application startup complete."}),
        ("{not JSON", {"event": "{not JSON"}),
        ("12", {"event": "12"}),
        ("Task exception was never retrieved\nfuture: Kari", {"event": "Task exception was never retrieved"}),
    ],
)
def test_every_line_is_one_json_object(message: str | dict[str, Any], told: dict[str, Any]) -> None:
    line = json.loads(JsonLines().format(_record(message)))
    assert line.pop("time").endswith("+00:00")
    assert line == {"level": "warning", "logger": "any.logger"} | told


def test_of_an_exception_only_its_kind_is_written() -> None:
    line = JsonLines().format(_record("it went wrong", error=LookupError(SECRET)))
    assert json.loads(line)["error"] == "LookupError"
    assert "Kari" not in line
