"""Who does what with a Task of the worklist: the service makes and ends it, whose it is tells how far they are."""

import pytest
from test_patch import patch
from test_worklist import entry, rejected
from told import UNDELIVERED, kept, receipted, reported, undelivered

from plo_messages import feedback
from support import CANONICAL, Api, Json, Municipality, coding, issues, label, ok, reference

WORKLIST = CANONICAL.code_system("worklist")
SETTLED = coding(CANONICAL.code_system("task-result"), "settled")


def rules(answer: Json) -> list[str]:
    return [one["details"]["coding"][0]["code"] for one in answer["issue"]]


def by_service(api: Api, task: Json) -> None:
    """Neither made, nor made of another, by any verb."""
    refused = api.post("/fhir/Task", task)
    assert issues(refused, 422) == [("business-rule", "Task.code")]
    assert rules(refused.json()) == ["worklist-by-service"]
    bundle = {"resourceType": "Bundle", "type": "transaction", "entry": [entry("POST", "Task", task)]}
    assert issues(api.post("/fhir", bundle), 422) == [("business-rule", "Bundle.entry[0].resource.code")]
    own = api.create({name: value for name, value in task.items() if name != "code"})
    assert rules(ok(api.put(own | {"code": task["code"]}), 422)) == ["worklist-by-service"]
    patched = patch(api, f"Task/{own['id']}", [{"op": "add", "path": "/code", "value": task["code"]}])
    assert rules(ok(patched, 422)) == ["worklist-by-service"]
    assert "code" not in api.read("Task", own["id"])


@pytest.mark.parametrize("code", ["feedback-undelivered", "activity-overdue"])
def test_nobody_makes_one(town: Municipality, code: str) -> None:
    patient, worker = town.person(), town.employee()
    town.team(patient, coordinator=worker.role)
    task: Json = {"resourceType": "Task", "status": "requested", "intent": "order", "for": reference(patient)}
    for api in (town.unit, town.system, worker.as_("coordinator")):
        by_service(api, task | {"code": coding(WORKLIST, code)})


def test_nor_of_a_task_about_a_message(town: Municipality) -> None:
    """Which is the service's to make, too."""
    message: Json = {"resourceType": "Task", "status": "requested", "intent": "order"}
    _, task = rejected(town)
    both = message | {"code": {"coding": task["code"]["coding"] + [coding(WORKLIST, "psfs-due")["coding"][0]]}}
    assert issues(town.unit.post("/fhir/Task", both), 422) == [("business-rule", "Task.code")]
    assert issues(town.unit.put(task | {"code": both["code"]}), 403) == [("forbidden", "Task.code")]


def test_to_try_to_make_one_tells_nobody_whether_there_is_one(town: Municipality) -> None:
    worker = town.employee().as_("coordinator")
    _, task = rejected(town)
    tried = {name: value for name, value in task.items() if name not in ("id", "meta", "owner")}
    later = tried | {"restriction": {"period": {"start": "2026-01-01T08:00:00.000Z"}}}
    refused = [worker.post("/fhir/Task", one) for one in (tried, later)]
    assert [issues(one, 422) for one in refused] == [[("business-rule", "Task.code")]] * 2


def test_nobody_deletes_one(town: Municipality) -> None:
    _, task = rejected(town)
    address = f"Task/{task['id']}"
    for api in (town.unit, town.system):
        refused = api.send("DELETE", f"/fhir/{address}")
        assert issues(refused, 403) == [("forbidden", "Task")]
        assert rules(refused.json()) == ["worklist-by-service"]
        bundle: Json = {"resourceType": "Bundle", "type": "transaction"}
        deleted = {"request": {"method": "DELETE", "url": address}}
        assert api.post("/fhir", bundle | {"entry": [deleted]}).status_code == 403
    assert kept(town, UNDELIVERED) == [task]


@pytest.mark.parametrize(
    ("element", "said"),
    [
        ("code", coding(WORKLIST, "psfs-due")),
        ("code", coding(CANONICAL.code_system("task-kind"), "activity")),
        ("description", "Ferdig"),
        ("reasonCode", {"text": "Ingen grunn"}),
        ("restriction", {"period": {"start": "2020-01-01", "end": "2030-01-01"}}),
        ("output", [{"type": SETTLED, "valueInstant": "2026-11-22T08:00:00Z"}]),
        ("focus", None),
        ("owner", None),
    ],
    ids=["a code", "no code of the list", "what", "why", "when", "that it is settled", "about what", "whose"],
)
def test_nobody_rewrites_what_the_records_say(town: Municipality, element: str, said: Json | None) -> None:
    """Nor whom it is for, as with every resource."""
    _, task = rejected(town)
    own = reference(town.organisation("nav"))
    for api in (town.unit, town.system):
        refused = api.put(task | {element: said or own})
        assert issues(refused, 403) == [("forbidden", f"Task.{element}")]
        change = {"op": "replace" if element in task else "add", "path": f"/{element}", "value": said or own}
        patched = patch(api, f"Task/{task['id']}", [change])
        assert issues(patched, 403) == [("forbidden", f"Task.{element}")]
    assert kept(town, UNDELIVERED) == [task]


def test_the_unit_tells_how_far_it_is_and_not_once_it_has_ended(town: Municipality) -> None:
    _, task = rejected(town)
    for status in ("accepted", "in-progress", "on-hold", "completed"):
        task = town.unit.update(task | {"status": status, "note": [{"text": f"Er {status}."}]})
    assert (task["status"], task["note"]) == ("completed", [{"text": "Er completed."}])
    assert issues(town.unit.put(task | {"status": "requested"}), 409) == [("conflict", "Task.status")]
    assert town.unit.update(task | {"note": [{"text": "Ringt to ganger."}]})["status"] == "completed"


def test_nobody_takes_back_that_the_service_ended_it(town: Municipality) -> None:
    told, task = rejected(town)
    held = town.unit.read("Communication", told)
    received = {"received": "2026-11-22T08:00:00Z"}
    town.unit.update({name: value for name, value in held.items() if name != "statusReason"} | received)
    ended = undelivered(town, told)
    assert (ended["id"], ended["status"]) == (task["id"], "completed")
    without = {name: value for name, value in ended.items() if name != "output"}
    assert issues(town.unit.put(without), 403) == [("forbidden", "Task.output")]


def test_a_label_of_the_focus_is_the_tasks(town: Municipality) -> None:
    gp = town.employee(town.organisation("gp-office")).as_("referrer")
    _, id = reported(town, gp)
    (told,) = feedback(gp, id)
    held = town.unit.read("Communication", told.id)
    labels = label("mental-health", "third-party")["security"]
    town.unit.update(held | {"meta": held["meta"] | {"security": labels}})
    assert receipted(gp, told.id, "2") == 204
    assert undelivered(town, told.id)["meta"]["security"] == labels


def test_undelivered_feedback_is_the_units_and_its_systems_alone(town: Municipality, other_town: Municipality) -> None:
    _, task = rejected(town)
    worker, leader = town.employee(), town.employee(town.organisation("nav"))
    patient = kept(town, "Patient")[0]
    town.team(patient, worker.role, leader.role, coordinator=worker.role)
    assert [api.read("Task", task["id"]) for api in (town.unit, town.system)] == [task, task]
    outside = (
        *(worker.as_(role) for role in ("team", "coordinator", "case-member", "referrer")),
        *(leader.as_(role) for role in ("leader", "team")),
        town.as_person(patient),
        other_town.unit,
        other_town.system,
    )
    for api in outside:
        assert api.get(f"/fhir/Task/{task['id']}").status_code in (403, 404)
        assert api.put(task | {"status": "accepted"}).status_code in (403, 404, 422)
        assert task["id"] not in api.get(f"/fhir/{UNDELIVERED}").text
    assert kept(town, UNDELIVERED) == [task]
