"""The worklist over HTTP: Tasks made and ended by what the records say, once for each occasion, found in order."""

import re
from datetime import timedelta
from typing import Any

import pytest
from bench.plans import plans
from told import UNDELIVERED, Daily, kept, later, receipted, reported, undelivered

from oppfolging_api.settings import Settings
from plo_messages import feedback
from support import Api, Json, Municipality, issues, ok, reference


def waited_for(town: Municipality, daily: Daily) -> tuple[str, Json]:
    """Feedback that nobody has receipted for in four days: its id, and its Task."""
    gp = town.employee(town.organisation("gp-office")).as_("referrer")
    _, id = reported(town, gp)
    (told,) = feedback(gp, id)
    later(town, hours=97)
    daily(town.code)
    return told.id, undelivered(town, told.id)


def rejected(town: Municipality) -> tuple[str, Json]:
    """Feedback that the sender's system has not taken: its id, and its Task."""
    gp = town.employee(town.organisation("gp-office")).as_("referrer")
    _, id = reported(town, gp)
    (told,) = feedback(gp, id)
    assert receipted(gp, told.id, "2") == 204
    return told.id, undelivered(town, told.id)


def entry(method: str, url: str, resource: Json) -> Json:
    return {"request": {"method": method, "url": url}, "resource": resource}


def test_the_days_run_makes_it_once_and_changes_nothing_after_that(town: Municipality, daily: Daily) -> None:
    told, task = waited_for(town, daily)
    done = [daily(town.code) for _ in range(2)]
    assert [(one.made, one.settled, one.moved) for one in done] == [(0, 0, 0)] * 2
    assert kept(town, UNDELIVERED) == [task]
    assert town.unit.read("Communication", told)["meta"]["versionId"] == "1"


@pytest.mark.parametrize("status", ["completed", "rejected", "cancelled"])
def test_ended_by_hand_it_is_not_made_again(town: Municipality, daily: Daily, status: str) -> None:
    _, task = waited_for(town, daily)
    ended = town.unit.update(task | {"status": status, "note": [{"text": "Ringt."}]})
    later(town, days=1)
    daily(town.code)
    assert kept(town, UNDELIVERED) == [ended]


def test_what_came_back_is_the_same_task_again(town: Municipality, daily: Daily) -> None:
    told, task = waited_for(town, daily)
    town.unit.update(town.unit.read("Communication", told) | {"received": town.clock.now().isoformat()})
    assert undelivered(town, told)["status"] == "completed"
    held = town.unit.read("Communication", told)
    town.unit.update({name: value for name, value in held.items() if name != "received"})
    again = undelivered(town, told)
    assert (again["id"], again["status"], again["meta"]["versionId"]) == (task["id"], "requested", "3")
    assert again["restriction"] == task["restriction"]
    assert {"executionPeriod", "output"}.isdisjoint(again)


def test_a_new_date_is_a_new_task(town: Municipality, daily: Daily) -> None:
    """It was sent anew: the old one is done with, the new one waits as long."""
    told, task = waited_for(town, daily)
    sent = (town.clock.now() - timedelta(hours=1)).isoformat(timespec="milliseconds")
    town.unit.update(town.unit.read("Communication", told) | {"sent": sent})
    assert [(one["id"], one["status"]) for one in kept(town, UNDELIVERED)] == [(task["id"], "completed")]
    later(town, hours=96)
    daily(town.code)
    statuses = {one["id"]: one["status"] for one in kept(town, UNDELIVERED)}
    assert (len(statuses), statuses.pop(task["id"]), *statuses.values()) == (2, "completed", "requested")


def test_it_is_ended_in_the_transaction_that_settles_it_and_stays_where_that_fails(
    town: Municipality, daily: Daily
) -> None:
    told, _ = waited_for(town, daily)
    held = town.unit.read("Communication", told) | {"received": town.clock.now().isoformat()}
    nobody: Json = {"resourceType": "Goal", "lifecycleStatus": "active", "description": {"text": "x"}}
    wrong = nobody | {"subject": {"reference": "Patient/nobody"}}
    for entries, status, stands in (([entry("POST", "Goal", wrong)], 422, "requested"), ([], 200, "completed")):
        bundle = {"type": "transaction", "entry": [entry("PUT", f"Communication/{told}", held), *entries]}
        assert town.unit.post("/fhir", {"resourceType": "Bundle"} | bundle).status_code == status
        assert undelivered(town, told)["status"] == stands


def test_to_validate_a_rejection_makes_nothing(town: Municipality) -> None:
    gp = town.employee(town.organisation("gp-office")).as_("referrer")
    _, id = reported(town, gp)
    held = town.unit.read("Communication", feedback(gp, id)[0].id) | {"statusReason": {"text": "E21"}}
    mode = {"name": "mode", "valueCode": "update"}
    asked = {"resourceType": "Parameters", "parameter": [mode, {"name": "resource", "resource": held}]}
    ok(town.unit.post(f"/fhir/Communication/{held['id']}/$validate", asked), 200)
    assert kept(town, UNDELIVERED) == []
    town.unit.update(held)
    assert [one["status"] for one in kept(town, UNDELIVERED)] == ["requested"]


def test_a_derived_task_keeps_nobody_from_deleting(town: Municipality) -> None:
    told, task = rejected(town)
    call: Json = {"resourceType": "Task", "status": "requested", "intent": "order", "focus": task["focus"]}
    own = town.unit.create(call)
    assert issues(town.unit.delete("Communication", told), 409) == [("conflict", "Communication")]
    assert town.unit.delete("Task", own["id"]).status_code == 204
    assert town.unit.delete("Communication", told).status_code == 204
    assert town.unit.read("Task", task["id"])["status"] == "completed"


def pages(api: Api, query: str) -> list[str]:
    """The ids of all pages."""
    found, address = [], f"/fhir/{query}"
    while address:
        page = ok(api.get(address), 200)
        found += [one["resource"]["id"] for one in page.get("entry", [])]
        links = {one["relation"]: one["url"] for one in page["link"]}
        address = links.get("next", "").removeprefix(api.address)
    return found


def activity(town: Municipality, owner: Json, due: str, **elements: Any) -> str:
    period = {"restriction": {"period": {"end": due}}}
    made: Json = {"resourceType": "Task", "status": "requested", "intent": "order", "owner": reference(owner)}
    return str(town.unit.create(made | period | elements)["id"])


def test_what_somebody_is_to_do_is_found_in_the_order_it_is_due(town: Municipality) -> None:
    worker, other = town.employee(), town.employee()
    last = activity(town, worker.role, "2026-12-24T12:00:00Z")
    first = activity(town, worker.role, "2026-11-01")
    second = activity(town, worker.role, "2026-11-02T08:00:00+01:00")
    activity(town, worker.role, "2026-11-01", status="completed")
    activity(town, other.role, "2026-11-01")
    mine = f"Task?owner=PractitionerRole/{worker.role['id']}&status=requested"
    for api in (worker.as_("team"), town.unit):
        assert pages(api, f"{mine}&_sort=due&_count=1") == [first, second, last]
        assert pages(api, f"{mine}&_sort=-due") == [last, second, first]
        assert pages(api, f"{mine}&due=lt2026-11-03&_sort=due") == [first, second]
    assert len(pages(town.unit, f"Task?owner={reference(worker.role)['reference']},Practitioner/x")) == 4
    assert len(pages(town.unit, f"Task?owner:PractitionerRole={worker.role['id']}")) == 4


def test_what_an_employee_is_to_do_is_looked_up_by_their_name(settings: Settings, town: Municipality) -> None:
    """By the one index on keys, however many Tasks there are; what a service is to do may be most of them."""
    worker = town.employee()
    activity(town, worker.role, "2026-11-01")
    token = str(worker.as_("team").token)
    lists = (
        f"/fhir/Task?owner={who}&status=requested&_sort=due" for who in (name(worker.role), name(town.unit_office))
    )
    mine, units = plans(settings, [(list_, token) for list_ in lists])
    assert set(INDEXES.findall(mine)) == {"find_keys"}
    assert set(INDEXES.findall(units)) != {"find_keys"}


def name(resource: Json) -> str:
    return str(reference(resource)["reference"])


INDEXES = re.compile(r"(?:on|using) (find_(?:keys|updated|person))\b")
"""Of the table of what is found, as a plan names them."""


def test_the_units_list_is_in_the_order_it_is_due(town: Municipality, daily: Daily) -> None:
    gp = town.employee(town.organisation("gp-office"))
    ids = []
    for _ in range(2):
        _, id = reported(town, gp.as_("referrer"))
        ids.append(feedback(gp.as_("referrer"), id)[0].id)
        later(town, minutes=5)
    later(town, hours=97)
    daily(town.code)
    list_ = f"Task?owner={reference(town.unit_office)['reference']}&status=requested"
    made = [undelivered(town, id)["id"] for id in ids]
    found = pages(town.unit, f"{list_}&_sort=due&_count=1")
    assert [one for one in found if one in made] == made
