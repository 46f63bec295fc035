"""Whoever guesses what a cut resource refers to is answered as if they had named what does not exist."""

import json
from collections.abc import Callable

import httpx
import pytest
from test_cutting import Record, patch, to

from audit import NOBODY
from support import FHIR_JSON, Employee, Json, Municipality, issues, ok, reference


@pytest.fixture
def record(town: Municipality) -> Record:
    nav: Employee = town.employee(town.organisation("nav"))
    return Record(town, nav)


def fhirpath(reference: str) -> Json:
    part = [
        {"name": "type", "valueCode": "add"},
        {"name": "path", "valueString": "CarePlan"},
        {"name": "name", "valueString": "goal"},
        {"name": "value", "valueReference": {"reference": reference}},
    ]
    return {"resourceType": "Parameters", "parameter": [{"name": "operation", "part": part}]}


def with_goal(record: Record, plan: Json, guess: str) -> Json:
    """The plan as it is seen, and the guess after the goals that are seen."""
    seen = record.api.read("CarePlan", plan["id"])
    return seen | {"goal": [*seen["goal"], {"reference": guess}]}


def transaction(record: Record, method: str, plan: Json, resource: Json) -> httpx.Response:
    entry = {"request": {"method": method, "url": f"CarePlan/{plan['id']}"}, "resource": resource}
    return record.api.post("/fhir", {"resourceType": "Bundle", "type": "transaction", "entry": [entry]})


def tried(record: Record, plan: Json, guess: str) -> httpx.Response:
    given = [{"name": "mode", "valueCode": "update"}, {"name": "resource", "resource": with_goal(record, plan, guess)}]
    path = f"/fhir/CarePlan/{plan['id']}/$validate"
    return record.api.post(path, {"resourceType": "Parameters", "parameter": given})


def added(path: str, guess: str) -> Json:
    return {"op": "add", "path": path, "value": {"reference": guess}}


Way = Callable[[Record, Json, str], httpx.Response]
IN, ENTRY = "CarePlan.goal.reference", "Bundle.entry[0].resource.goal.reference"
WAYS: dict[str, tuple[Way, int, str]] = {
    "JSON Patch": (lambda r, plan, guess: patch(r.api, f"CarePlan/{plan['id']}", added("/goal/-", guess)), 422, IN),
    "JSON Patch of an address": (
        lambda r, plan, guess: patch(
            r.api, f"CarePlan/{plan['id']}", added("/goal/-", f"{r.api.address}/fhir/{guess}")
        ),
        422,
        IN,
    ),
    "JSON Patch of a version": (
        lambda r, plan, guess: patch(r.api, f"CarePlan/{plan['id']}", added("/goal/-", f"{guess}/_history/1")),
        422,
        IN,
    ),
    "FHIRPath Patch": (
        lambda r, plan, guess: r.api.send(
            "PATCH", f"/fhir/CarePlan/{plan['id']}", json=fhirpath(guess), headers={"Content-Type": FHIR_JSON}
        ),
        422,
        IN,
    ),
    "PUT": (lambda r, plan, guess: r.api.put(with_goal(r, plan, guess)), 422, IN),
    "PUT by criteria": (
        lambda r, plan, guess: r.api.send("PUT", f"/fhir/CarePlan?_id={plan['id']}", json=with_goal(r, plan, guess)),
        422,
        IN,
    ),
    "PUT in a transaction": (
        lambda r, plan, guess: transaction(r, "PUT", plan, with_goal(r, plan, guess)),
        422,
        ENTRY,
    ),
    "PATCH in a transaction": (lambda r, plan, guess: transaction(r, "PATCH", plan, fhirpath(guess)), 422, ENTRY),
    "an update tried": (tried, 200, IN),
}


@pytest.mark.parametrize("way", WAYS)
def test_what_stands_there_hidden_is_written_anew_as_what_does_not_exist(record: Record, way: str) -> None:
    plan, (send, status, where) = record.cut_plan(), WAYS[way]
    right, wrong = (send(record, plan, guess) for guess in (record.names["hidden"], f"Goal/{NOBODY}"))
    assert issues(right, status) == [("not-found", where)]
    assert (right.json(), right.headers.get("etag")) == (wrong.json(), wrong.headers.get("etag"))
    assert record.town.unit.read("CarePlan", plan["id"]) == plan


@pytest.mark.parametrize("beside", [{}, {"description": "Ny"}], ids=["nothing else", "more"])
def test_a_guess_that_would_change_nothing_is_a_guess(record: Record, beside: Json) -> None:
    """Of an element that is no list, what stands there already makes no new version."""
    task = record.town.unit.create(
        {
            "resourceType": "Task",
            "status": "requested",
            "intent": "order",
            "for": reference(record.patient),
            "focus": {"reference": record.names["hidden"]},
            "meta": {"security": record.town.unit.read("Goal", record.names["seen"].split("/")[1])["meta"]["security"]},
        }
    )
    others = [{"op": "add", "path": f"/{name}", "value": value} for name, value in beside.items()]
    right, wrong = (
        patch(record.api, f"Task/{task['id']}", added("/focus", guess), *others)
        for guess in (record.names["hidden"], f"Goal/{NOBODY}")
    )
    assert issues(right, 422) == [("not-found", "Task.focus.reference")]
    assert right.json() == wrong.json()
    assert record.town.unit.read("Task", task["id"]) == task


def test_what_may_be_seen_is_added_beside_what_is_hidden(record: Record) -> None:
    """The office stands in the directory, which everyone reads; that it stood there already is not told."""
    plan = record.town.unit.create(record.plan(contributor=[to("hidden_office")]))
    path = f"CarePlan/{plan['id']}"
    office = {"reference": record.names["hidden_office"]}
    told = ok(patch(record.api, path, {"op": "add", "path": "/contributor", "value": [office]}), 200)
    assert "contributor" not in told
    assert record.town.unit.read("CarePlan", plan["id"])["contributor"] == [office, office]


def test_what_is_shown_already_is_not_asked_for_again(record: Record) -> None:
    """It may have been deleted elsewhere, or be no more to be seen: what one does not touch one need not answer for."""
    plan = record.cut_plan()
    seen = record.api.read("CarePlan", plan["id"])
    again = {"op": "replace", "path": "/goal/0", "value": seen["goal"][0]}
    told = ok(
        patch(record.api, f"CarePlan/{plan['id']}", again, {"op": "add", "path": "/description", "value": "x"}), 200
    )
    assert json.dumps(told["goal"]) == json.dumps(seen["goal"])
    assert record.town.unit.read("CarePlan", plan["id"])["goal"] == plan["goal"]
