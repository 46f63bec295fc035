"""Screening is a calculation: it tells a GP's office what figures show, and keeps nothing of them."""

import json
import logging
import os
import re
import shutil
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from audit import Store
from oppfolging_api.referral.screening import routes
from oppfolging_api.referral.screening.engine import screened
from oppfolging_api.settings import Settings
from support import Api, Json, Municipality, identity_number, ok

DOCUMENT = (Path(__file__).parents[2] / "docs/screening.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```(\w+)\n(.*?)^```$", DOCUMENT, re.MULTILINE | re.DOTALL)
SENT, THIRD, SECOND = (json.loads(text) for language, text in BLOCKS if language == "json")
EXAMPLES = {language: text for language, text in BLOCKS if language != "json"}
MARKER = "Q93"
"""A code no other test sends, in letters that stand in no id."""
SAID = [MARKER, "Havrekil", "8731"]


@pytest.fixture
def store(settings: Settings) -> Store:
    return Store(settings)


def office_of(town: Municipality) -> Api:
    return town.employee(town.organisation("gp-office")).as_("referrer")


def rows(*rows: Json) -> Json:
    return {"rows": list(rows)}


def test_the_rows_of_the_document_are_answered_as_it_says(town: Municipality) -> None:
    answer = office_of(town).post("/referral/screening", SENT)
    found = ok(answer, 200)
    assert sorted(found) == ["next", "rows", "rules"]
    assert [row["row"] for row in found["rows"]] == [1, 2, 3]
    assert found["rows"][1:] == [SECOND, THIRD]
    assert sorted(found["rows"][0]) == ["ask", "met", "row"]
    assert [met["criterion"] for met in found["rows"][0]["met"]] == [
        "long-lasting-illness",
        "reduced-health",
        "unforeseen-needs",
        "several-medicines",
    ]
    assert found["rules"]["version"] == "1.0"
    assert sorted(found["rules"]["source"]) == sorted(found["next"]) == ["nb", "nn"]
    assert "personInformed" in found["next"]["nb"]


def test_the_same_rows_are_answered_the_same_and_no_cache_keeps_them(town: Municipality) -> None:
    office = office_of(town)
    first, again = (office.post("/referral/screening", SENT) for _ in range(2))
    assert first.content == again.content
    assert (first.headers["cache-control"], first.headers["content-type"]) == ("no-store", "application/json")


def environment(api: Api) -> dict[str, str]:
    return {**os.environ, "TOKEN": str(api.token), "ADDRESS": api.address, "NO_PROXY": "127.0.0.1"}


def printed(command: list[str], api: Api, folder: Path) -> str:
    (folder / "rows.json").write_text(json.dumps(SENT))
    done = subprocess.run(command, env=environment(api), cwd=folder, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


PRINTED = """\
1 met: long-lasting-illness reduced-health unforeseen-needs several-medicines ask: daily-life several-services psychosocial
2 met: long-lasting-illness reduced-health psychosocial ask: daily-life several-services unforeseen-needs
3 met: ask: daily-life several-services long-lasting-illness reduced-health unforeseen-needs several-medicines psychosocial
"""  # noqa: E501 (as it is printed)


def test_the_example_in_python_works(town: Municipality, tmp_path: Path) -> None:
    assert printed([sys.executable, "-c", EXAMPLES["python"]], office_of(town), tmp_path) == PRINTED


@pytest.mark.skipif(shutil.which("node") is None, reason="node is missing")
def test_the_example_in_javascript_works(town: Municipality, tmp_path: Path) -> None:
    assert printed(["node", "-e", EXAMPLES["javascript"]], office_of(town), tmp_path) == PRINTED


@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is missing")
def test_the_example_with_curl_works(town: Municipality, tmp_path: Path) -> None:
    told = json.loads(printed(["sh", "-c", EXAMPLES["sh"]], office_of(town), tmp_path))
    assert told["rows"][1:] == [SECOND, THIRD]


def test_the_interface_is_described_with_the_example_of_the_document(server: str) -> None:
    described = ok(Api(server, None).get("/openapi.json"), 200)["paths"]["/referral/screening"]["post"]
    body = described["requestBody"]["content"]["application/json"]
    assert body["example"] == SENT
    row = body["schema"]["properties"]["rows"]["items"]
    assert (row["required"], row["additionalProperties"]) == (["row", "age"], False)
    assert "schema" in described["responses"]["200"]["content"]["application/json"]


def problem(answer: Any, status: int) -> list[str | None]:
    """Where each error of a problem+json answer is."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    return [error.get("expression") for error in answer.json()["errors"]]


def test_only_offices_that_refer_may_screen_and_others_hear_so_before_their_rows_are_read(town: Municipality) -> None:
    worker = town.employee(town.organisation("gp-office"))
    refused = [
        town.unit,
        town.system,
        worker.as_("team"),
        worker.as_("coordinator", "leader", "case-member"),
        town.api("person", pid=identity_number()),
        town.api("referrer"),
        town.api("referrer", "person", pid=identity_number()),
        worker.as_("referrer", smart=("user/Patient.cruds",)),
    ]
    assert [problem(api.post("/referral/screening", {}), 403) for api in refused] == [[None]] * len(refused)
    assert Api(town.address, None).post("/referral/screening", SENT).status_code == 401
    assert ok(worker.as_("referrer", smart=("user/ServiceRequest.c",)).post("/referral/screening", SENT), 200)


def test_what_tells_who_somebody_is_is_refused_and_not_repeated(town: Municipality) -> None:
    office, number = office_of(town), identity_number()
    for row, place in (
        ({"row": number, "age": 56}, "rows[0].row"),
        ({"row": int(number), "age": 56}, "rows[0].row"),
        ({"row": 1, "age": 56, "sex": f"{number[:6]}.{number[6:]}"}, "rows[0].sex"),
        ({"row": 1, "age": 56, number: 1}, "rows[0]"),
        ({"row": 1, "age": 56, "name": "Havrekil"}, "rows[0]"),
        ({"row": 1, "age": 56, "Havrekil": True}, "rows[0]"),
        ({"row": 1, "age": "Havrekil"}, "rows[0].age"),
        ({"row": 1, "age": 56, "birthDate": "1970-03-14"}, "rows[0]"),
    ):
        answer = office.post("/referral/screening", rows(row))
        assert problem(answer, 422) == [place]
        assert [said for said in (number, number[6:], "Havrekil", "1970") if said in answer.text] == []


def test_what_is_no_json_is_refused(town: Municipality) -> None:
    office = office_of(town)
    assert office.send("POST", "/referral/screening", {"Content-Type": "text/csv"}, content=b"1;56").status_code == 415
    json = {"Content-Type": "application/json"}
    assert office.send("POST", "/referral/screening", json, content=b"[]").status_code == 400


def stored(store: Store) -> dict[str, str]:
    """All that is in the database, but for the access log and what is known of issuers."""
    tables = store.ask(
        "SELECT format('%I.%I', schemaname, tablename) FROM pg_tables"
        " WHERE schemaname NOT IN ('pg_catalog', 'information_schema') AND tablename !~ '^access_log'"
    )
    assert len(tables) > 10
    content = "SELECT coalesce(string_agg(held::text, chr(10) ORDER BY held::text), '') FROM {} held"
    return {table: store.ask(content.format(table))[0][0] for (table,) in tables}


def test_nothing_that_is_sent_is_stored_or_logged(
    town: Municipality, store: Store, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(rows: Any, _: Any) -> None:
        raise RuntimeError(f"a mistake in {rows}")

    office = office_of(town)
    before = stored(store)
    with caplog.at_level(logging.INFO):
        good = office.post("/referral/screening", rows({"row": 8731, "age": 56, "diagnoses": [MARKER, "Z05"]}))
        refused = office.post("/referral/screening", rows({"row": 8731, "age": "Havrekil", "Havrekil": MARKER}))
        monkeypatch.setattr(routes, "screened", fails)
        broken = office.post("/referral/screening", rows({"row": 8731, "age": 56, "diagnoses": [MARKER]}))
    assert [answer.status_code for answer in (good, refused, broken)] == [200, 422, 500]
    assert stored(store) == before
    logged = [
        store.ask("SELECT access_log::text FROM access_log WHERE request = $1", request(one))
        for one in (good, refused, broken)
    ]
    assert [len(found) for found in logged] == [1, 1, 1]
    written = caplog.text + str(logged)
    assert [request(one) in caplog.text for one in (good, refused, broken)] == [True] * 3
    assert [said for said in SAID if said in written + refused.text + broken.text] == []


def request(answer: Any) -> str:
    return str(answer.headers["x-request-id"])


def test_the_access_log_tells_that_somebody_screened_and_nobody_it_was_about(town: Municipality, store: Store) -> None:
    gp = town.employee(town.organisation("gp-office"))
    answer = gp.as_("referrer").post("/referral/screening", SENT)
    assert store.rows(answer) == [("referral-screening", 200, [], None)]
    assert [row[3:] for row in store.who(answer)] == [(gp.hpr, gp.orgnr, ["referrer"])]
    refused = town.unit.post("/referral/screening", SENT)
    assert store.rows(refused) == [("referral-screening", 403, [], None)]


def test_a_whole_list_is_answered_in_one(town: Municipality) -> None:
    sent = [
        {"row": row, "age": row % 100, "diagnoses": ["T90", "K90"], "medicines": row % 12} for row in range(1, 5001)
    ]
    found = ok(office_of(town).post("/referral/screening", rows(*sent)), 200)
    assert [row["row"] for row in found["rows"]] == list(range(1, 5001))
    told = found["rows"][4310]  # aged 11, with 3 medicines
    assert [met["criterion"] for met in told["met"]] == ["long-lasting-illness", "reduced-health"]


def test_others_are_answered_while_a_list_is_screened(town: Municipality, monkeypatch: pytest.MonkeyPatch) -> None:
    begun, go_on = threading.Event(), threading.Event()

    def slowly(*of: Any) -> Any:
        begun.set()
        assert go_on.wait(20)
        return screened(*of)

    monkeypatch.setattr(routes, "screened", slowly)
    office = office_of(town)
    with ThreadPoolExecutor(1) as thread:
        answer = thread.submit(office.post, "/referral/screening", SENT)
        assert begun.wait(20)
        assert office.get("/health/live").status_code == 200
        assert not answer.done()
        go_on.set()
        assert ok(answer.result(), 200)["rows"][1:] == [SECOND, THIRD]
