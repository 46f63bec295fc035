"""The team around a person: who, in which layer, how much; and what each may change."""

import httpx
import pytest

from oppfolging_api.kernel import systems
from support import CANONICAL, Api, Json, Municipality, coding, issues, ok, patient_number, reference

COORDINATOR = [coding(systems.PATIENT_ROLE, "8")]


def agreed(layer: str, involvement: str) -> list[Json]:
    return [
        {"url": CANONICAL.extension("layer"), "valueCode": layer},
        {"url": CANONICAL.extension("involvement"), "valueCode": involvement},
    ]


def participant(member: Json, layer: str = "core", involvement: str = "every-meeting", **elements: object) -> Json:
    return {"extension": agreed(layer, involvement), "member": reference(member)} | elements


def rules(response: httpx.Response, status: int) -> list[tuple[str, str, str]]:
    assert response.status_code == status, response.text
    told = response.json()["issue"]
    return [(one["details"]["coding"][0]["code"], one["details"]["text"], one["expression"][0]) for one in told]


def activity(patient: Json, owner: Json) -> Json:
    return {
        "resourceType": "Task",
        "status": "requested",
        "intent": "order",
        "code": coding(CANONICAL.code_system("task-kind"), "activity"),
        "description": "Fylle dosett og ringe hver morgen",
        "for": reference(patient),
        "owner": reference(owner),
        "restriction": {"period": {"end": "2199-03-01"}},
    }


def test_a_coordinator_builds_the_team_with_layers_and_agreed_involvement(town: Municipality) -> None:
    physio, patient = town.employee(), town.person()
    team = town.team(patient, coordinator=physio.role)
    layers = [
        ("core", "every-meeting"),
        ("core", "part"),
        ("outer", "on-request"),
        ("outer", "yearly"),
        ("informed", "informed"),
    ]
    members = [participant(town.employee().role, *each, period={"start": "2026-01-01"}) for each in layers]
    coordinator = physio.as_("coordinator")
    changed = coordinator.update(team | {"participant": team["participant"] + members})
    assert changed["participant"][1:] == members
    assert town.as_person(patient).read("CareTeam", team["id"]) == changed


def test_words_the_service_does_not_know_are_pointed_at(town: Municipality) -> None:
    member = participant(town.employee().role, "inner", "sometimes")
    team = {
        "resourceType": "CareTeam",
        "status": "active",
        "subject": reference(town.person()),
        "participant": [participant(town.employee().role), member],
    }
    assert rules(town.unit.post("/fhir/CareTeam", team), 422) == [
        (
            "team-layer",
            "Laget er kjerneteam, ytre lag eller informert.",
            "CareTeam.participant[1].extension[0].valueCode",
        ),
        (
            "team-involvement",
            "Deltakelsen er en av dem tjenesten kjenner.",
            "CareTeam.participant[1].extension[1].valueCode",
        ),
    ]


def test_one_coordinator_at_a_time(town: Municipality) -> None:
    patient, one, two = town.person(), town.employee(), town.employee()
    team = town.team(patient, coordinator=one.role)
    second = {"role": COORDINATOR, "member": reference(two.role), "period": {"start": "2026-01-01"}}
    assert rules(town.unit.put(team | {"participant": [*team["participant"], second]}), 422) == [
        ("team-one-coordinator", "Teamet har bare én koordinator om gangen.", "CareTeam.participant[1].period")
    ]
    unbound = {"role": COORDINATOR, "member": reference(two.role)}
    assert ("team-coordinator-start", "CareTeam.participant[0].period.start") in [
        (rule, place) for rule, _, place in rules(town.unit.put(team | {"participant": [unbound]}), 422)
    ]
    person = {"role": COORDINATOR, "member": reference(patient), "period": {"start": "2026-01-01"}}
    assert rules(town.unit.put(team | {"participant": [person]}), 422) == [
        (
            "team-coordinator-member",
            "En koordinator er en ansatt eller en ansatt i en rolle.",
            "CareTeam.participant[0].member",
        )
    ]


def test_a_coordinator_does_not_hand_the_team_over_by_rewriting_it(town: Municipality) -> None:
    physio, nurse, patient = town.employee(), town.employee(), town.person()
    team = town.team(patient, coordinator=physio.role)
    coordinator, (own,) = physio.as_("coordinator"), team["participant"]
    ended = own | {"period": {"start": "2024-01-01", "end": "2026-01-01"}}
    new = {"role": COORDINATOR, "member": reference(nurse.role), "period": {"start": "2026-01-02"}}
    for participants in ([ended], [ended, new], [own | {"member": reference(nurse.role)}]):
        assert rules(coordinator.put(team | {"participant": participants}), 403) == [
            (
                "coordinator-by-operation",
                "Koordinator oppnevnes og byttes med $appoint-coordinator og $hand-over.",
                "CareTeam.participant",
            )
        ]
    assert coordinator.update(team | {"participant": [own | {"extension": agreed("core", "part")}]})
    assert town.unit.update(town.unit.read("CareTeam", team["id"]) | {"participant": [ended, new]})


def test_a_person_has_one_active_team(town: Municipality) -> None:
    patient = town.person()
    first = town.team(patient)
    expected = [("team-one-active", "Personen har allerede et aktivt team.", "CareTeam.status")]
    second: Json = {"resourceType": "CareTeam", "status": "active", "subject": reference(patient)}
    assert rules(town.unit.post("/fhir/CareTeam", second), 409) == expected
    proposed = town.unit.create(second | {"status": "proposed"})
    assert rules(town.unit.put(proposed | {"status": "active"}), 409) == expected
    town.unit.update(first | {"status": "inactive"})
    assert town.unit.update(proposed | {"status": "active"})["status"] == "active"
    assert town.team(town.person())["status"] == "active"


def test_a_light_team_stands_without_referral_decision_or_plan(town: Municipality) -> None:
    contact, patient = town.employee(), town.person()
    category = [coding(CANONICAL.code_system("team-category"), "light")]
    team = town.team(patient, coordinator=contact.role, category=category)
    assert contact.as_("coordinator").read("CareTeam", team["id"]) == team
    assert town.unit.found("ServiceRequest") == []


def test_a_place_nobody_fills_is_written_as_such(town: Municipality) -> None:
    vacancy = {
        "url": CANONICAL.extension("vacancy"),
        "extension": [
            {"url": "role", "valueCodeableConcept": {"text": "Logoped"}},
            {"url": "since", "valueDate": "2026-01-01"},
        ],
    }
    assert town.team(town.person(), extension=[vacancy])["extension"] == [vacancy]
    nobody = {"resourceType": "CareTeam", "status": "active", "subject": reference(town.person())}
    refused = town.unit.post("/fhir/CareTeam", nobody | {"participant": [{"role": [{"text": "Logoped"}]}]})
    assert rules(refused, 422) == [
        (
            "team-member",
            "En deltaker er noen; en plass ingen fyller, skrives som ledig.",
            "CareTeam.participant[0].member",
        )
    ]


def test_an_owner_reports_progress(town: Municipality) -> None:
    nurse, patient = town.employee(), town.person()
    town.team(patient, nurse.role)
    task = town.unit.create(activity(patient, nurse.role))
    reported = task | {
        "status": "in-progress",
        "note": [{"text": "Klarer to av tre."}],
        "output": [{"type": {"text": "Resultat"}, "valueString": "I bruk"}],
    }
    member = nurse.as_("team")
    assert member.update(reported)["note"] == [{"text": "Klarer to av tre."}]
    assert member.update(reported | {"status": "completed"})["status"] == "completed"


@pytest.mark.parametrize(
    ("changed", "places"),
    [
        ({"description": "Noe annet"}, ["Task.description"]),
        ({"restriction": {"period": {"end": "2200-01-01"}}}, ["Task.restriction"]),
        ({"description": "Noe annet", "priority": "urgent"}, ["Task.description", "Task.priority"]),
    ],
)
def test_an_owner_changes_nothing_but_progress(town: Municipality, changed: Json, places: list[str]) -> None:
    nurse, patient = town.employee(), town.person()
    town.team(patient, nurse.role)
    task = town.unit.create(activity(patient, nurse.role))
    refused = nurse.as_("team").put(task | {"status": "in-progress"} | changed)
    assert issues(refused, 403) == [("forbidden", place) for place in places]
    assert town.unit.read("Task", task["id"]) == task


def test_an_owner_does_not_pass_the_task_on(town: Municipality) -> None:
    nurse, patient = town.employee(), town.person()
    town.team(patient, nurse.role)
    task = town.unit.create(activity(patient, nurse.role))
    refused = nurse.as_("team").put(task | {"owner": reference(town.employee().role)})
    assert issues(refused, 403) == [("forbidden", "Task.owner")]


def test_the_task_of_another_member_is_read_and_left(town: Municipality) -> None:
    nurse, therapist, patient = town.employee(), town.employee(), town.person()
    town.team(patient, nurse.role, therapist.role)
    task = town.unit.create(activity(patient, therapist.role))
    member = nurse.as_("team")
    assert member.read("Task", task["id"]) == task
    assert issues(member.put(task | {"status": "in-progress"}), 403) == [("forbidden", None)]
    assert issues(member.post("/fhir/Task", activity(patient, nurse.role)), 403) == [("forbidden", None)]


def test_an_ended_task_is_not_reopened_by_its_owner(town: Municipality) -> None:
    """Whoever has left the team keeps what they did, and gets no way back to the person by it."""
    nurse, patient = town.employee(), town.person()
    task = town.unit.create(activity(patient, nurse.role) | {"status": "completed"})
    owner = nurse.as_("team")
    assert owner.get(f"/fhir/Patient/{patient['id']}").status_code == 404
    refused = owner.put(owner.read("Task", task["id"]) | {"status": "in-progress"})
    assert rules(refused, 409) == [("task-ended", "Oppgaven er avsluttet eller besvart.", "Task.status")]
    assert owner.update(task | {"note": [{"text": "Ferdig i mars."}]})["status"] == "completed"
    reopened = town.unit.update(town.unit.read("Task", task["id"]) | {"status": "in-progress"})
    assert reopened["status"] == "in-progress"


def test_a_coordinator_gives_and_changes_tasks(town: Municipality) -> None:
    physio, nurse, patient = town.employee(), town.employee(), town.person()
    town.team(patient, nurse.role, coordinator=physio.role)
    coordinator: Api = physio.as_("coordinator")
    task = coordinator.create(activity(patient, nurse.role))
    assert coordinator.update(task | {"description": "Ringe annenhver dag"})["description"] == "Ringe annenhver dag"
    assert ok(coordinator.get(f"/fhir/Task/{task['id']}"), 200)["meta"]["versionId"] == "2"


def outcome(code: str) -> Json:
    return {"type": coding(CANONICAL.code_system("task-result"), "outcome"), "valueCode": code}


def referred(town: Municipality, patient: Json) -> tuple[Api, Json]:
    """The GP who reported a need, and the Task that carries the referral."""
    gp = town.employee(town.organisation("gp-office")).as_("referrer")
    form = {
        "messageId": "m-1",
        "patient": {"identifier": patient_number(patient), "name": "Jan"},
        "reason": "Mange tjenester.",
        "consentToShare": False,
        "personInformed": True,
    }
    id = ok(gp.post("/referral", form), 201)["id"]
    (task,) = town.unit.found(f"Task?focus=ServiceRequest/{id}")
    return gp, ok(town.unit.get(f"/fhir/{task}"), 200)


def standing(gp: Api, task: Json) -> tuple[str, str | None]:
    """What the sender hears: where the referral stands, and its outcome."""
    told = ok(gp.get(f"/referral/{task['focus']['reference'].removeprefix('ServiceRequest/')}"), 200)
    return told["status"], told.get("outcome")


DECIDED_ONLY = "En melding om behov avgjøres med $decide av koordinerende enhet."


@pytest.mark.parametrize("standing_of", ["coordinator", "leader", "coordinating-unit", "system"])
def test_nobody_writes_the_answer_to_a_referral_into_its_task(town: Municipality, standing_of: str) -> None:
    physio, patient = town.employee(), town.person()
    town.team(patient, coordinator=physio.role)
    gp, task = referred(town, patient)
    writers = {
        "coordinator": physio.as_("coordinator"),
        "leader": town.employee(town.unit_office).as_("leader"),
        "coordinating-unit": town.unit,
        "system": town.system,
    }
    forged = task | {"status": "completed", "output": [outcome("declined")]}
    assert rules(writers[standing_of].put(forged), 403) == [
        ("referral-by-operation", DECIDED_ONLY, "Task.output"),
        ("referral-by-operation", DECIDED_ONLY, "Task.status"),
    ]
    recoded = writers[standing_of].put(task | {"code": coding(CANONICAL.code_system("task-kind"), "activity")})
    assert rules(recoded, 403) == [("referral-by-operation", DECIDED_ONLY, "Task.code")]
    assert town.unit.read("Task", task["id"]) == task
    assert standing(gp, task) == ("received", None)


def test_a_referral_is_neither_taken_away_nor_made_beside_the_door(town: Municipality) -> None:
    physio, patient = town.employee(), town.person()
    town.team(patient, coordinator=physio.role)
    gp, task = referred(town, patient)
    second = {name: value for name, value in task.items() if name not in ("id", "meta")} | {"status": "completed"}
    activity_of = town.unit.create(activity(patient, physio.role))
    for caller in (physio.as_("coordinator"), town.unit, town.system):
        refused = caller.delete("Task", task["id"])
        assert rules(refused, 403) == [("referral-by-operation", DECIDED_ONLY, "Task")]
        made = caller.post("/fhir/Task", second)
        become = caller.put(activity_of | {"code": task["code"], "focus": task["focus"]})
        for refused in (made, become):
            assert rules(refused, 422) == [("referral-by-operation", DECIDED_ONLY, "Task.code")]
    assert standing(gp, task) == ("received", None)


def test_a_note_on_a_referral_is_everyones_and_its_owner_and_progress_the_units(town: Municipality) -> None:
    physio, handler, patient = town.employee(), town.employee(town.unit_office), town.person()
    town.team(patient, coordinator=physio.role)
    gp, task = referred(town, patient)
    coordinator = physio.as_("coordinator")
    noted = coordinator.update(task | {"note": [{"text": "Han er i gang med trening."}]})
    passed_on = coordinator.put(noted | {"owner": reference(physio.role), "status": "in-progress"})
    assert [place for _, _, place in rules(passed_on, 403)] == ["Task.owner", "Task.status"]
    begun = town.unit.update(noted | {"owner": reference(handler.role), "status": "in-progress"})
    assert standing(gp, task) == ("in-progress", None)
    for ended in ("completed", "cancelled", "failed", "entered-in-error"):
        refused = town.unit.put(begun | {"status": ended})
        assert rules(refused, 403) == [("referral-by-operation", DECIDED_ONLY, "Task.status")]
    assert rules(town.unit.put(begun | {"status": "rejected"}), 422) == [
        ("referral-reason", "En melding som ikke tas imot, har en begrunnelse.", "Task.statusReason")
    ]


def test_only_the_unit_takes_a_referral_back_and_the_sender_hears_of_it(town: Municipality) -> None:
    physio, patient = town.employee(), town.person()
    town.team(patient, coordinator=physio.role)
    gp, task = referred(town, patient)
    coordinator, id = physio.as_("coordinator"), task["focus"]["reference"].removeprefix("ServiceRequest/")
    request = coordinator.read("ServiceRequest", id)
    assert rules(coordinator.put(request | {"status": "revoked"}), 403) == [
        ("referral-by-operation", DECIDED_ONLY, "ServiceRequest.status")
    ]
    assert coordinator.update(request | {"priority": "urgent"})["priority"] == "urgent"
    assert standing(gp, task) == ("received", None)
    town.unit.update(request | {"status": "revoked"})
    assert standing(gp, task) == ("withdrawn", None)
    assert town.unit.read("Task", task["id"])["status"] == "cancelled"


def test_an_order_nobody_reported_as_a_need_is_the_coordinators_to_end(town: Municipality) -> None:
    physio, patient = town.employee(), town.person()
    town.team(patient, coordinator=physio.role)
    order = {"resourceType": "ServiceRequest", "status": "active", "intent": "order", "subject": reference(patient)}
    made = town.unit.create(order)
    assert physio.as_("coordinator").update(made | {"status": "revoked"})["status"] == "revoked"
