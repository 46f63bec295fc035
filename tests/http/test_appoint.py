"""One coordinator at a time: asked, accepting, handing over; and whose the person's record is before and after."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import httpx
import pytest

from oppfolging_api.kernel import systems
from support import (
    CANONICAL,
    Employee,
    Json,
    MovableClock,
    Municipality,
    coding,
    identity_number,
    issues,
    ok,
    patient_number,
    reference,
)

RESULT = CANONICAL.code_system("task-result")
COORDINATOR = coding(systems.PATIENT_ROLE, "8")
CHILD_COORDINATOR = coding(CANONICAL.code_system("team-role"), "child-coordinator")


def appoint(
    town: Municipality, team: Json, candidate: Employee, operation: str = "appoint-coordinator", /, **given: Json
) -> httpx.Response:
    parameters: dict[str, Json] = {
        "coordinator": {"valueReference": reference(candidate.role)},
        "reason": {"valueString": "Kjenner Jan best."},
        **given,
    }
    return town.unit.operate(f"CareTeam/{team['id']}/${operation}", **parameters)


def made(response: httpx.Response) -> dict[str, Json]:
    return {one["name"]: one["resource"] for one in ok(response, 200)["parameter"]}


def rules(response: httpx.Response, status: int) -> list[tuple[str, str, str]]:
    assert response.status_code == status, response.text
    told = response.json()["issue"]
    return [(one["details"]["coding"][0]["code"], one["details"]["text"], one["expression"][0]) for one in told]


def inputs(task: Json) -> dict[str, Any]:
    return {
        one["type"]["coding"][0]["code"]: next(value for name, value in one.items() if name.startswith("value"))
        for one in task["input"]
    }


def coordinators(team: Json) -> list[tuple[str, bool]]:
    """(member, whether the period has an end) of every coordinator there has been, in order."""
    kinds = (COORDINATOR, CHILD_COORDINATOR)
    held = [one for one in team["participant"] if any(role in kinds for role in one.get("role", []))]
    return [(one["member"]["reference"], "end" in one["period"]) for one in held]


def answer(employee: Employee, task: Json, status: str) -> httpx.Response:
    """The candidate answers with the token of a coordinator to be."""
    return employee.as_("coordinator").put(task | {"status": status})


def consent_tasks(town: Municipality, patient: Json) -> list[str]:
    code = f"{CANONICAL.code_system('task-kind')}|obtain-consent"
    return town.unit.found(f"Task?patient={patient['id']}&code={code}")


def refer(town: Municipality, office: str, patient: Json) -> tuple[Any, str]:
    """A sender, and the id of the referral it sent."""
    sender = town.employee(town.organisation(office)).as_("referrer")
    form = {
        "messageId": "m-1",
        "patient": {"identifier": patient_number(patient), "name": "Jan"},
        "reason": "Mange tjenester.",
        "consentToShare": False,
        "personInformed": True,
    }
    return sender, ok(sender.post("/referral", form), 201)["id"]


def decide(town: Municipality, referral: str) -> Json:
    given = {"outcome": {"valueCode": "team"}, "reason": {"valueString": "Vurdert."}}
    return made(town.unit.operate(f"ServiceRequest/{referral}/$decide", **given))["CareTeam"]


def texts(sender: Any, referral: str) -> list[str]:
    return [one["text"] for one in ok(sender.get(f"/referral/{referral}"), 200)["feedback"]]


def test_one_who_has_said_yes_already_begins_at_once(town: Municipality) -> None:
    physio, patient = town.employee(), town.person()
    team = town.team(patient)
    answered = made(appoint(town, team, physio, agreed={"valueBoolean": True}))
    participant = answered["CareTeam"]["participant"][-1]
    assert (participant["role"], participant["member"]) == ([COORDINATOR], reference(physio.role))
    assert participant["extension"] == [
        {"url": CANONICAL.extension("layer"), "valueCode": "core"},
        {"url": CANONICAL.extension("involvement"), "valueCode": "every-meeting"},
    ]
    assert answered["Task"]["status"] == "accepted"
    assert physio.as_("coordinator").read("Patient", patient["id"])["id"] == patient["id"]
    (task,) = consent_tasks(town, patient)
    assert ok(town.unit.get(f"/fhir/{task}"), 200)["owner"] == reference(physio.role)


def test_one_who_is_asked_sees_what_it_is_about_and_begins_by_accepting(town: Municipality) -> None:
    physio, patient = town.employee(), town.person()
    team = town.team(patient)
    answered = made(appoint(town, team, physio))
    assert sorted(answered) == ["Task"]
    task = answered["Task"]
    assert (task["status"], task["owner"]) == ("requested", reference(physio.role))
    assert (task["for"], task["focus"]) == (reference(patient), reference(team))
    assert (task["requester"], task["reasonCode"]) == (reference(town.unit_office), {"text": "Kjenner Jan best."})
    candidate = physio.as_("coordinator")
    assert candidate.read("CareTeam", team["id"]) == team
    assert candidate.read("Patient", patient["id"])["id"] == patient["id"]
    assert candidate.found("Consent") == []

    ok(answer(physio, task, "accepted"), 200)
    assert coordinators(town.unit.read("CareTeam", team["id"])) == [(f"PractitionerRole/{physio.role['id']}", False)]
    assert len(consent_tasks(town, patient)) == 1
    assert candidate.create(_goal(patient))["subject"] == reference(patient)


def test_one_who_says_no_does_not_become_coordinator_and_sees_no_more(town: Municipality) -> None:
    physio, patient = town.employee(), town.person()
    team = town.team(patient)
    task = made(appoint(town, team, physio))["Task"]
    ok(answer(physio, task, "rejected"), 200)
    assert town.unit.read("CareTeam", team["id"]) == team
    candidate = physio.as_("coordinator")
    assert candidate.get(f"/fhir/Patient/{patient['id']}").status_code == 404
    assert candidate.get(f"/fhir/CareTeam/{team['id']}").status_code == 404
    again = candidate.put(task | {"status": "accepted"})
    assert rules(again, 409) == [("task-ended", "Oppgaven er avsluttet eller besvart.", "Task.status")]
    assert consent_tasks(town, patient) == []


def test_the_first_who_accepts_is_it_and_the_others_are_let_go(town: Municipality) -> None:
    physio, nurse, patient = town.employee(), town.employee(), town.person()
    team = town.team(patient)
    tasks = [made(appoint(town, team, candidate))["Task"] for candidate in (physio, nurse)]
    ok(answer(nurse, tasks[1], "accepted"), 200)
    held = physio.as_("coordinator").read("Task", tasks[0]["id"])
    assert (held["status"], held["statusReason"]) == ("cancelled", {"text": "En annen er blitt koordinator"})
    assert physio.as_("coordinator").get(f"/fhir/Patient/{patient['id']}").status_code == 404
    assert answer(physio, held, "accepted").status_code == 409


def test_what_a_candidate_is_asked_is_not_rewritten_by_anyone(town: Municipality) -> None:
    physio, patient = town.employee(), town.person()
    team = town.team(patient)
    task = made(appoint(town, team, physio))["Task"]
    other = reference(town.employee().role)
    for caller in (physio.as_("coordinator"), town.unit, town.system):
        refused = caller.put(task | {"owner": other, "status": "accepted"})
        assert issues(refused, 403) == [("forbidden", "Task.owner")]
    for forger in (town.unit, town.system):
        forged = {name: value for name, value in task.items() if name not in ("id", "meta")}
        refused = forger.post("/fhir/Task", forged)
        assert [(rule, place) for rule, _, place in rules(refused, 422)] == [("coordinator-by-operation", "Task.code")]
    assert town.unit.read("CareTeam", team["id"]) == team


def test_the_unit_may_bring_the_answer_of_one_who_telephones(town: Municipality) -> None:
    physio, team = town.employee(), town.team(town.person())
    ok(town.unit.put(made(appoint(town, team, physio))["Task"] | {"status": "accepted"}), 200)
    assert coordinators(town.unit.read("CareTeam", team["id"])) == [(f"PractitionerRole/{physio.role['id']}", False)]


def test_the_wish_and_whether_it_was_met_are_recorded(town: Municipality) -> None:
    given: dict[str, Json] = {
        "wish": {"valueString": "Helst fysioterapeuten."},
        "wishMet": {"valueBoolean": False},
        "kind": {"valueCode": "coordinator"},
    }
    task = made(appoint(town, town.team(town.person()), town.employee(), **given))["Task"]
    assert inputs(task) == {"coordinator-kind": "coordinator", "wish": "Helst fysioterapeuten.", "wish-met": False}


@pytest.mark.parametrize(("days_old", "status"), [(6572, 200), (6576, 422)], ids=["not yet 18", "just 18"])
def test_a_child_coordinator_is_for_those_under_eighteen(town: Municipality, days_old: int, status: int) -> None:
    """Eighteen years are 6574 or 6575 days."""
    born = town.clock.today - timedelta(days=days_old)
    team = town.team(town.person(birthDate=born.isoformat()))
    given: dict[str, Json] = {"kind": {"valueCode": "child-coordinator"}, "agreed": {"valueBoolean": True}}
    response = appoint(town, team, town.employee(), **given)
    if status == 200:
        assert made(response)["CareTeam"]["participant"][-1]["role"] == [CHILD_COORDINATOR]
        return
    assert rules(response, 422) == [
        ("child-coordinator-age", "Barnekoordinator er for barn under 18 år.", "Parameters.parameter[2].valueCode")
    ]


def test_a_child_not_born_yet_may_have_a_child_coordinator(town: Municipality) -> None:
    expected = town.system.create({"resourceType": "Patient", "name": [{"text": "Barn av Kari"}]})
    given: dict[str, Json] = {"kind": {"valueCode": "child-coordinator"}, "agreed": {"valueBoolean": True}}
    assert sorted(made(appoint(town, town.team(expected), town.employee(), **given))) == ["CareTeam", "Task"]


def _inactive(role: Json) -> Json:
    return role | {"active": False}


def _left(role: Json) -> Json:
    return role | {"period": {"start": "2020-01-01", "end": "2020-12-31"}}


@pytest.mark.parametrize("gone", [_inactive, _left])
def test_one_who_does_not_work_here_now_is_no_candidate(town: Municipality, gone: Callable[[Json], Json]) -> None:
    candidate = town.employee()
    town.system.update(gone(candidate.role))
    refused = appoint(town, town.team(town.person()), candidate)
    assert rules(refused, 422) == [
        (
            "coordinator-employed",
            "Koordinatoren må ha en gyldig rolle i kommunen nå.",
            "Parameters.parameter[0].valueReference",
        )
    ]


@pytest.mark.parametrize("gone", [_inactive, _left])
def test_one_who_has_left_since_being_asked_does_not_begin(town: Municipality, gone: Callable[[Json], Json]) -> None:
    physio, team = town.employee(), town.team(town.person())
    task = made(appoint(town, team, physio))["Task"]
    town.system.update(gone(physio.role))
    refused = town.unit.put(task | {"status": "accepted"})
    assert rules(refused, 422) == [
        ("coordinator-employed", "Koordinatoren må ha en gyldig rolle i kommunen nå.", "Task.owner")
    ]
    assert town.unit.read("CareTeam", team["id"]) == team


def test_one_found_to_be_grown_up_since_the_question_gets_no_child_coordinator(town: Municipality) -> None:
    physio, patient = town.employee(), town.person(birthDate="2020-01-01")
    team = town.team(patient)
    task = made(appoint(town, team, physio, kind={"valueCode": "child-coordinator"}))["Task"]
    town.system.update(patient | {"birthDate": "1980-01-01"})
    assert rules(answer(physio, task, "accepted"), 422) == [
        ("child-coordinator-age", "Barnekoordinator er for barn under 18 år.", "Task.owner")
    ]
    assert town.unit.read("CareTeam", team["id"]) == team


def test_references_that_name_a_version_settle_the_same_people(town: Municipality) -> None:
    """FHIR lets a reference name a version: https://hl7.org/fhir/R4/references.html"""
    physio, nurse, patient = town.employee(), town.employee(), town.person()
    versioned = {"subject": {"reference": f"Patient/{patient['id']}/_history/1"}}
    team = town.team(patient, **versioned)
    candidate = {"coordinator": {"valueReference": {"reference": f"PractitionerRole/{physio.role['id']}/_history/1"}}}
    tasks = [made(appoint(town, team, physio, **candidate))["Task"], made(appoint(town, team, nurse))["Task"]]
    assert tasks[0]["owner"] == reference(physio.role)
    ok(answer(physio, tasks[0], "accepted"), 200)
    assert town.unit.read("Task", tasks[1]["id"])["status"] == "cancelled"
    assert nurse.as_("coordinator").get(f"/fhir/Patient/{patient['id']}").status_code == 404


def test_what_a_candidate_was_asked_is_not_taken_away(town: Municipality) -> None:
    physio, patient = town.employee(), town.person()
    town.team(patient, coordinator=physio.role)
    team = town.unit.search(f"CareTeam?patient={patient['id']}")["entry"][0]["resource"]
    task = made(appoint(town, team, town.employee(), "hand-over"))["Task"]
    for caller in (physio.as_("coordinator"), town.unit):
        refused = caller.delete("Task", task["id"])
        assert [(rule, place) for rule, _, place in rules(refused, 403)] == [("coordinator-by-operation", "Task")]


def test_a_candidate_of_another_municipality_is_not_there(town: Municipality, other_town: Municipality) -> None:
    refused = appoint(town, town.team(town.person()), other_town.employee())
    assert [rule for rule, _, _ in rules(refused, 422)] == ["coordinator-employed"]


def test_a_team_in_another_state_gets_no_coordinator(town: Municipality) -> None:
    physio, nurse = town.employee(), town.employee()
    ended, led, unled = (
        town.team(town.person(), status="inactive"),
        town.team(town.person(), coordinator=physio.role),
        town.team(town.person()),
    )
    assert rules(appoint(town, ended, nurse), 409) == [("team-not-active", "Teamet er ikke aktivt.", "CareTeam.status")]
    assert rules(appoint(town, led, nurse), 409) == [
        ("coordinator-present", "Teamet har allerede en koordinator: bruk overlevering.", "CareTeam.participant")
    ]
    assert rules(appoint(town, unled, nurse, "hand-over"), 409) == [
        ("coordinator-absent", "Teamet har ingen koordinator å overta etter.", "CareTeam.participant")
    ]
    assert [rule for rule, _, _ in rules(appoint(town, led, physio, "hand-over"), 422)] == ["coordinator-same"]


def test_what_the_operations_take_is_pointed_at(town: Municipality) -> None:
    team, physio = town.team(town.person()), town.employee()
    nothing = town.unit.operate(f"CareTeam/{team['id']}/$appoint-coordinator")
    assert issues(nothing, 400) == [("required", "Parameters.parameter")]
    practitioner = {"coordinator": {"valueReference": reference(physio.practitioner)}}
    refused = appoint(town, team, physio, **practitioner)
    assert issues(refused, 400) == [("invalid", "Parameters.parameter[0].valueReference")]
    refused = appoint(town, team, physio, agreed={"valueString": "ja"})
    assert issues(refused, 400) == [("invalid", "Parameters.parameter[2].valueString")]
    refused = appoint(town, team, physio, expectations={"valueString": "Mer kontakt."})
    assert issues(refused, 400) == [("not-supported", "Parameters.parameter[2]")]


def test_the_unit_appoints_and_the_coordinator_may_hand_over(town: Municipality) -> None:
    physio, nurse, patient = town.employee(), town.employee(), town.person()
    team = town.team(patient, coordinator=physio.role)
    parameters: dict[str, Json] = {
        "coordinator": {"valueReference": reference(nurse.role)},
        "reason": {"valueString": "Slutter."},
    }
    appointing, handing = (f"CareTeam/{team['id']}/${name}" for name in ("appoint-coordinator", "hand-over"))
    assert issues(physio.as_("coordinator").operate(appointing, **parameters), 403) == [("forbidden", None)]
    assert issues(town.as_person(patient).operate(handing, **parameters), 403) == [("forbidden", None)]
    assert issues(nurse.as_("coordinator").operate(handing, **parameters), 404) == [("not-found", None)]
    assert sorted(made(physio.as_("coordinator").operate(handing, **parameters))) == ["Task"]


def test_a_hand_over_closes_one_period_as_it_opens_the_next(town: Municipality, clock: MovableClock) -> None:
    physio, nurse, patient = town.employee(), town.employee(), town.person()
    team = town.team(patient)
    town.system.create(_goal(patient))
    made(appoint(town, team, physio, agreed={"valueBoolean": True}))
    clock.moved = timedelta(minutes=40)
    expectations = {"expectations": {"valueString": "Møte hver måned."}}
    task = made(appoint(town, team, nurse, "hand-over", **expectations))["Task"]
    assert inputs(task)["expectations"] == "Møte hver måned."
    former, new = physio.as_("coordinator"), nurse.as_("coordinator")
    assert (len(former.found("Goal")), len(new.found("Goal"))) == (1, 0)

    ok(answer(nurse, task, "accepted"), 200)
    changed = town.unit.read("CareTeam", team["id"])
    assert coordinators(changed) == [
        (f"PractitionerRole/{physio.role['id']}", True),
        (f"PractitionerRole/{nurse.role['id']}", False),
    ]
    before, after = changed["participant"][-2:]
    assert before["period"]["end"] == after["period"]["start"]
    for type in ("Patient", "CareTeam", "Goal", "Consent", "ServiceRequest"):
        assert former.found(type) == []
    assert former.get(f"/fhir/Patient/{patient['id']}").status_code == 404
    assert former.get(f"/fhir/CareTeam/{team['id']}").status_code == 404
    assert (len(new.found("Goal")), new.found("Patient")) == (1, [f"Patient/{patient['id']}"])
    versions = town.unit.search(f"CareTeam/{team['id']}/_history")["entry"]
    assert [len(coordinators(entry["resource"])) for entry in versions if "participant" in entry["resource"]] == [2, 1]


def test_the_former_coordinator_cannot_take_the_team_back(town: Municipality) -> None:
    physio, nurse = town.employee(), town.employee()
    team = town.team(town.person(), coordinator=town.employee().role)
    asked = made(appoint(town, team, physio, "hand-over"))["Task"]
    accepted = ok(answer(physio, asked, "accepted"), 200)
    made(appoint(town, team, nurse, "hand-over", agreed={"valueBoolean": True}))
    for status in ("requested", "in-progress", "rejected"):
        assert [rule for rule, _, _ in rules(answer(physio, accepted, status), 409)] == ["task-ended"]
    led = town.unit.read("CareTeam", team["id"])
    assert coordinators(led)[-1] == (f"PractitionerRole/{nurse.role['id']}", False)


def test_consent_still_to_be_obtained_goes_with_the_hand_over(town: Municipality) -> None:
    physio, nurse, patient = town.employee(), town.employee(), town.person()
    team = town.team(patient)
    made(appoint(town, team, physio, agreed={"valueBoolean": True}))
    made(appoint(town, team, nurse, "hand-over", agreed={"valueBoolean": True}))
    (task,) = consent_tasks(town, patient)
    held = ok(nurse.as_("coordinator").get(f"/fhir/{task}"), 200)
    assert held["owner"] == reference(nurse.role)
    town.unit.update(held | {"status": "completed"})
    made(appoint(town, team, physio, "hand-over", agreed={"valueBoolean": True}))
    assert consent_tasks(town, patient) == [task]


def test_the_gp_hears_who_coordinates_and_who_takes_over(town: Municipality) -> None:
    patient, office = town.person(), town.organisation("rehabilitation", "Rehabiliteringstjenesten")
    gp, referral = refer(town, "gp-office", patient)
    service, other = refer(town, "nav", patient)
    team = decide(town, referral)
    decide(town, other)
    physio, nurse = town.employee(office), town.employee(office)
    heard = len(texts(gp, referral))
    made(appoint(town, team, physio, agreed={"valueBoolean": True}))
    made(appoint(town, team, nurse, "hand-over", agreed={"valueBoolean": True}))
    assert texts(gp, referral)[heard:] == [
        f"Koordinator er oppnevnt: Nummer {physio.hpr} Ansatt, Rehabiliteringstjenesten.",
        f"Ny koordinator har overtatt: Nummer {nurse.hpr} Ansatt, Rehabiliteringstjenesten.",
    ]
    assert len(texts(service, other)) == 2


def test_a_gp_whose_referral_led_to_no_team_hears_nothing_of_a_later_one(town: Municipality) -> None:
    patient = town.person()
    earlier, referral = refer(town, "gp-office", patient)
    given: dict[str, Json] = {
        "outcome": {"valueCode": "no-need"},
        "reason": {"valueString": "Klarer seg."},
        "contact": {"valueReference": reference(town.employee().role)},
        "review": {"valueDate": "2199-01-01"},
    }
    made(town.unit.operate(f"ServiceRequest/{referral}/$decide", **given))
    made(appoint(town, town.team(patient), town.employee(), agreed={"valueBoolean": True}))
    assert len(texts(earlier, referral)) == 2


def test_two_operations_at_the_same_time_appoint_one(town: Municipality) -> None:
    team, candidates = town.team(town.person()), [town.employee() for _ in range(4)]
    with ThreadPoolExecutor(4) as threads:
        statuses = threads.map(
            lambda one: appoint(town, team, one, agreed={"valueBoolean": True}).status_code, candidates
        )
        assert sorted(statuses) == [200, 409, 409, 409]
    assert len(coordinators(town.unit.read("CareTeam", team["id"]))) == 1


def test_a_person_follows_who_coordinates(town: Municipality) -> None:
    number = identity_number()
    patient, physio = town.person(number), town.employee()
    team = town.team(patient)
    made(appoint(town, team, physio, agreed={"valueBoolean": True}))
    assert coordinators(town.as_person(patient).read("CareTeam", team["id"])) == [
        (f"PractitionerRole/{physio.role['id']}", False)
    ]


def _goal(patient: Json) -> Json:
    return {
        "resourceType": "Goal",
        "lifecycleStatus": "active",
        "description": {"text": "Jeg vil handle i butikken alene."},
        "subject": reference(patient),
    }
