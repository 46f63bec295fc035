"""The plan is the person's: no active individual plan without consent, and a consent withdrawn acts at once."""

from datetime import timedelta
from typing import Any

import httpx
import pytest

from support import CANONICAL, Json, MovableClock, Municipality, coding, issues, ok, reference

NO_CONSENT = ("plan-consent", "En aktiv individuell plan krever personens samtykke til planen.", "CarePlan.status")
ONE_ACTIVE = ("plan-one-active", "Personen har allerede en aktiv individuell plan.", "CarePlan.status")


def plan(patient: Json, kind: str = "individual-plan", **elements: Any) -> Json:
    made: Json = {
        "resourceType": "CarePlan",
        "status": "active",
        "intent": "plan",
        "category": [coding(CANONICAL.code_system("plan-kind"), kind)],
        "title": "Individuell plan",
        "subject": reference(patient),
    }
    return made | elements


def rules(response: httpx.Response, status: int) -> list[tuple[str, str, str]]:
    assert response.status_code == status, response.text
    told = response.json()["issue"]
    return [(one["details"]["coding"][0]["code"], one["details"]["text"], one["expression"][0]) for one in told]


def test_no_active_individual_plan_before_consent(town: Municipality) -> None:
    physio, patient = town.employee(), town.person()
    town.team(patient, coordinator=physio.role)
    coordinator = physio.as_("coordinator")
    assert rules(coordinator.post("/fhir/CarePlan", plan(patient)), 422) == [NO_CONSENT]
    assert coordinator.found("CarePlan") == []
    draft = coordinator.create(plan(patient, status="draft"))
    assert rules(coordinator.put(draft | {"status": "active"}), 422) == [NO_CONSENT]
    town.consent(patient)
    assert coordinator.update(draft | {"status": "active"})["status"] == "active"


@pytest.mark.parametrize("kind", ["follow-up-plan", "week-plan", "early-measures", "external", "crisis-plan"])
def test_other_plans_need_no_consent_to_an_individual_one(town: Municipality, kind: str) -> None:
    assert town.unit.create(plan(town.person(), kind, period={"start": "2026-01-01"}))["status"] == "active"


@pytest.mark.parametrize(
    ("kind", "elements"),
    [
        ("sharing", {}),
        ("plan", {"status": "draft"}),
        ("plan", {"status": "inactive"}),
        ("plan", {"provision": {"period": {"end": "2025-12-31"}}}),
        ("plan", {"provision": {"period": {"start": "2199-01-01"}}}),
    ],
)
def test_what_is_no_consent_to_plan_now(town: Municipality, kind: str, elements: Json) -> None:
    patient = town.person()
    town.consent(patient, kind, **elements)
    assert rules(town.unit.post("/fhir/CarePlan", plan(patient)), 422) == [NO_CONSENT]


def test_the_consent_of_another_is_no_consent(town: Municipality) -> None:
    town.consent(town.person())
    assert rules(town.unit.post("/fhir/CarePlan", plan(town.person())), 422) == [NO_CONSENT]


def test_a_consent_that_has_run_out_lets_no_plan_be_renewed(town: Municipality, clock: MovableClock) -> None:
    patient = town.person()
    last = clock.today.isoformat()
    town.consent(patient, provision={"period": {"end": last}})
    active = town.unit.create(plan(patient))
    clock.moved = timedelta(days=2)
    unit = town.api("coordinating-unit")
    assert rules(unit.put(active | {"title": "Ny tittel"}), 422) == [NO_CONSENT]
    assert unit.update(active | {"status": "on-hold"})["status"] == "on-hold"


@pytest.mark.parametrize("withdrawal", ["inactive", "rejected", "entered-in-error"])
def test_the_person_withdraws_consent_and_the_plan_rests_at_once(town: Municipality, withdrawal: str) -> None:
    patient = town.person()
    consent = town.consent(patient)
    active = town.unit.create(plan(patient))
    week = town.unit.create(plan(patient, "week-plan"))
    own = town.as_person(patient)
    own.update(own.read("Consent", consent["id"]) | {"status": withdrawal})
    resting = own.read("CarePlan", active["id"])
    assert (resting["status"], resting["meta"]["versionId"]) == ("on-hold", "2")
    assert resting | {"status": "active", "meta": {}} == active | {"meta": {}}
    assert own.read("CarePlan", week["id"])["status"] == "active"
    assert rules(town.unit.put(resting | {"status": "active"}), 422) == [NO_CONSENT]


def test_a_consent_deleted_is_a_consent_withdrawn(town: Municipality) -> None:
    patient = town.person()
    consent = town.consent(patient)
    active = town.unit.create(plan(patient))
    assert town.unit.delete("Consent", consent["id"]).status_code == 204
    assert town.unit.read("CarePlan", active["id"])["status"] == "on-hold"


def test_a_plan_goes_on_while_another_consent_holds(town: Municipality) -> None:
    patient = town.person()
    consents = [town.consent(patient) for _ in range(2)]
    active = town.unit.create(plan(patient))
    town.unit.update(consents[0] | {"status": "inactive"})
    assert town.unit.read("CarePlan", active["id"])["status"] == "active"
    town.unit.update(consents[1] | {"status": "inactive"})
    assert town.unit.read("CarePlan", active["id"])["status"] == "on-hold"


def test_a_person_has_one_active_individual_plan(town: Municipality) -> None:
    patient = town.person()
    town.consent(patient)
    first = town.unit.create(plan(patient))
    assert rules(town.unit.post("/fhir/CarePlan", plan(patient)), 409) == [ONE_ACTIVE]
    second = town.unit.create(plan(patient, status="draft"))
    assert rules(town.unit.put(second | {"status": "active"}), 409) == [ONE_ACTIVE]
    town.unit.update(first | {"status": "completed"})
    assert town.unit.update(second | {"status": "active"})["status"] == "active"


def test_a_plan_gathers_goals_and_activities_that_have_owners(town: Municipality) -> None:
    physio, patient = town.employee(), town.person()
    team = town.team(patient, coordinator=physio.role)
    town.consent(patient)
    coordinator = physio.as_("coordinator")
    goal = coordinator.create(
        {
            "resourceType": "Goal",
            "extension": [{"url": CANONICAL.extension("voice"), "valueCode": "person"}],
            "lifecycleStatus": "active",
            "description": {"text": "Jeg vil handle i butikken alene."},
            "subject": reference(patient),
        }
    )
    activity = coordinator.create(
        {
            "resourceType": "Task",
            "status": "requested",
            "intent": "order",
            "description": "Lage handleliste med bilder",
            "for": reference(patient),
            "owner": reference(physio.role),
            "restriction": {"period": {"end": "2199-03-01"}},
        }
    )
    whole = plan(
        patient,
        careTeam=[reference(team)],
        goal=[reference(goal)],
        activity=[{"reference": reference(activity)}],
    )
    made = coordinator.create(whole)
    own = town.as_person(patient)
    assert own.read("CarePlan", made["id"]) == made
    query = f"CarePlan?_id={made['id']}&_include=CarePlan:goal&_include=CarePlan:activity-reference"
    assert own.found(query)[0] == f"CarePlan/{made['id']}"
    assert sorted(own.found(query)[1:]) == [f"Goal/{goal['id']}", f"Task/{activity['id']}"]


def test_an_activity_is_a_task_or_told_in_the_plan_and_never_both(town: Municipality) -> None:
    patient = town.person()
    activity = town.unit.create(
        {"resourceType": "Task", "status": "requested", "intent": "order", "for": reference(patient)}
    )
    detail = {"status": "scheduled", "description": "Gå tur"}
    assert town.unit.create(plan(patient, "week-plan", activity=[{"detail": detail}]))["status"] == "active"
    both = plan(patient, "week-plan", activity=[{"detail": detail, "reference": reference(activity)}])
    assert issues(town.unit.post("/fhir/CarePlan", both), 400) == [("invariant", "CarePlan.activity[0]")]


def test_a_member_reads_the_plan_and_does_not_change_it(town: Municipality) -> None:
    nurse, patient = town.employee(), town.person()
    town.team(patient, nurse.role)
    made = town.unit.create(plan(patient, "follow-up-plan"))
    member = nurse.as_("team")
    assert member.read("CarePlan", made["id"]) == made
    assert issues(member.put(made | {"title": "Min plan"}), 403) == [("forbidden", None)]
    assert ok(town.unit.get(f"/fhir/CarePlan/{made['id']}"), 200) == made
