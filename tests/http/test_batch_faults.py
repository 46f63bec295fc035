"""A fault of the service in one entry of a batch is that entry's; of a transaction it is everybody's."""

import logging
from collections.abc import Mapping
from typing import Any

import pytest

from audit import Store
from oppfolging_api.fhir.bundles import reads
from oppfolging_api.settings import Settings
from support import Json, Municipality, issues, ok

SECRET = "Kari Nordmann 14837012345"


@pytest.fixture
def broken(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever asks for `metadata` in a Bundle meets a fault that nobody foresaw."""

    def fail(*_: Any) -> None:
        raise LookupError(SECRET)

    monkeypatch.setattr(reads, "capability_statement", fail)


def bundle(kind: str) -> Json:
    office = {"resourceType": "Organization", "name": "Kontoret"}
    entries: list[Json] = [
        {"request": {"method": "POST", "url": "Organization"}, "resource": office},
        {"request": {"method": "GET", "url": "metadata"}},
        {"request": {"method": "GET", "url": "Organization?name=Kontoret"}},
    ]
    return {"resourceType": "Bundle", "type": kind, "entry": entries}


def faults(caplog: pytest.LogCaptureFixture) -> list[Mapping[str, Any]]:
    told = [record.msg for record in caplog.records if isinstance(record.msg, Mapping)]
    return [line for line in told if line["event"] == "fault"]


@pytest.mark.usefixtures("broken")
def test_the_other_entries_of_a_batch_stand(
    town: Municipality, settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    answer = town.system.post("/fhir", bundle("batch"))
    made, failed, found = ok(answer, 200)["entry"]
    request = answer.headers["x-request-id"]
    assert [one["response"]["status"] for one in (made, failed, found)] == [
        "201 Created",
        "500 Internal Server Error",
        "200 OK",
    ]
    assert failed["response"]["outcome"]["issue"] == [
        {
            "severity": "error",
            "code": "exception",
            "diagnostics": f"a fault of this service; it is noted as {request}",
            "expression": ["Bundle.entry[1]"],
        }
    ]
    assert [one["resource"]["name"] for one in found["resource"]["entry"]] == ["Kontoret"]
    (fault,) = faults(caplog)
    assert (fault["request"], fault["error"]) == (request, "LookupError")
    assert fault["at"][-1].endswith(" fail")
    assert "Kari" not in answer.text + caplog.text
    rows = Store(settings).rows(answer)
    assert sorted((row[0], row[1]) for row in rows) == [("GET", 200), ("GET", 500), ("POST", 201), ("batch", 200)]


@pytest.mark.usefixtures("broken")
def test_of_a_transaction_nothing_stands(town: Municipality, caplog: pytest.LogCaptureFixture) -> None:
    answer = town.system.post("/fhir", bundle("transaction"))
    assert issues(answer, 500) == [("exception", None)]
    assert town.system.found("Organization?name=Kontoret") == []
    assert [fault["request"] for fault in faults(caplog)] == [answer.headers["x-request-id"]]


def test_where_the_store_breaks_down_each_write_is_told_so(
    town: Municipality, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """A statement that PostgreSQL will not run, in the transaction of one entry."""
    caplog.set_level(logging.ERROR)
    monkeypatch.setattr("oppfolging_api.store.statements.insertion", lambda _: ("SELECT 1 / 0", []))
    first, _, last = bundle("batch")["entry"]
    answer = town.system.post("/fhir", {"resourceType": "Bundle", "type": "batch", "entry": [first, last]})
    statuses = [entry["response"]["status"] for entry in ok(answer, 200)["entry"]]
    assert statuses == ["500 Internal Server Error", "200 OK"]
    assert [fault["error"] for fault in faults(caplog)] == ["DivisionByZeroError"]
