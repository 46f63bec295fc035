"""Each kind of plan holds what it is for: one kind a plan, pointers to what is kept elsewhere, parts with their own
answerable service, and what stands without team or consent."""

from datetime import timedelta
from typing import Any

import pytest

from plans import SINCE, activity, broken, extension, goal, plan
from support import Json, MovableClock, Municipality, issues, label, ok, reference

KINDS = ("individual-plan", "follow-up-plan", "crisis-plan", "week-plan", "early-measures")


@pytest.mark.parametrize("kind", KINDS)
def test_a_plan_is_of_one_kind_and_a_crisis_plan_never_opens_another(town: Municipality, kind: str) -> None:
    """Whoever reads in an emergency reads what is called a crisis plan, and nothing else."""
    patient = town.person()
    other = "crisis-plan" if kind != "crisis-plan" else "individual-plan"
    two = plan(patient, kind, other, status="draft")
    assert broken(town.unit.post("/fhir/CarePlan", two), 422) == [("plan-one-kind", "CarePlan.category")]
    alone = town.unit.create(plan(patient, kind, status="draft"))
    widened = alone | {"category": two["category"]}
    assert broken(town.unit.put(widened), 422) == [("plan-one-kind", "CarePlan.category")]


def test_a_plan_kept_elsewhere_is_a_dated_pointer(town: Municipality) -> None:
    patient = town.person()
    pointer = plan(patient, "external", title="IOP ved Lia skole", period=SINCE, note=[{"text": "Permen hos læreren"}])
    undated = {name: held for name, held in pointer.items() if name not in ("title", "period")}
    assert broken(town.unit.post("/fhir/CarePlan", undated), 422) == [
        ("plan-pointer", "CarePlan.title"),
        ("plan-pointer", "CarePlan.period.start"),
    ]
    made = town.unit.create(pointer)
    told = made | {"goal": [reference(town.unit.create(goal(patient)))]}
    assert broken(town.unit.put(told), 422) == [("plan-pointer", "CarePlan.goal")]
    told = made | {"activity": [{"reference": reference(town.unit.create(activity(patient)))}]}
    assert broken(town.unit.put(told), 422) == [("plan-pointer", "CarePlan.activity")]


def test_a_plan_kept_elsewhere_asks_no_consent_and_stands_beside_the_persons_own(town: Municipality) -> None:
    """Berit's week plan hangs on her refrigerator; another municipality may keep the individual plan."""
    patient = town.person()
    for kind in ("individual-plan", "week-plan"):
        assert town.unit.create(plan(patient, "external", kind, period=SINCE))["status"] == "active"
    town.consent(patient)
    assert town.unit.create(plan(patient))["status"] == "active"


def test_a_week_plan_stands_without_team_or_consent(town: Municipality) -> None:
    detail = {"status": "scheduled", "description": "Gå tur", "scheduledString": "Tirsdager etter frokost"}
    made = town.unit.create(plan(town.person(), "week-plan", activity=[{"detail": detail}]))
    assert made["activity"] == [{"detail": detail}]


def test_early_measures_stand_without_team(town: Municipality) -> None:
    physio, patient = town.employee(), town.person()
    work = town.unit.create(activity(patient, physio.role))
    made = town.unit.create(plan(patient, "early-measures", activity=[{"reference": reference(work)}]))
    assert town.as_person(patient).read("CarePlan", made["id"]) == made


def test_school_writes_school_and_health_writes_health(town: Municipality) -> None:
    """Ole's plan: each service answers for its part, and who is denied health finds no trace of that part."""
    kindergarten, physio, nav = town.organisation("kindergarten"), town.employee(), town.employee()
    patient = town.person()
    town.team(patient, physio.role, nav.role)
    town.consent(patient)
    town.denial(patient, nav.practitioner, "health")
    whole = town.unit.create(plan(patient, meta=label("social")))

    def part(title: str, kind: str, author: Json) -> Json:
        own = town.unit.create(goal(patient, f"Mål for {title}", meta=label(kind)))
        said: dict[str, Any] = {"title": title, "author": reference(author), "goal": [reference(own)]}
        return town.unit.create(plan(patient, "follow-up-plan", partOf=[reference(whole)], meta=label(kind), **said))

    school, health = part("Barnehage", "school", kindergarten), part("Helse", "health", physio.role)
    parts = f"CarePlan?part-of=CarePlan/{whole['id']}"
    assert sorted(physio.as_("team").found(parts)) == sorted(f"CarePlan/{one['id']}" for one in (school, health))
    adviser = nav.as_("team")
    assert adviser.found(parts) == [f"CarePlan/{school['id']}"]
    assert adviser.read("CarePlan", school["id"])["author"] == reference(kindergarten)
    assert adviser.get(f"/fhir/CarePlan/{health['id']}").status_code == 404


def test_a_part_of_the_plan_needs_the_consent_of_the_whole(town: Municipality) -> None:
    patient = town.person()
    whole = town.unit.create(plan(patient, status="draft"))
    part = plan(patient, "follow-up-plan", partOf=[reference(whole)])
    assert broken(town.unit.post("/fhir/CarePlan", part), 422) == [("plan-consent", "CarePlan.status")]
    below = town.unit.create(part | {"status": "draft"})
    deeper = part | {"partOf": [reference(below)]}
    assert broken(town.unit.post("/fhir/CarePlan", deeper), 422) == [("plan-consent", "CarePlan.status")]
    town.consent(patient)
    assert town.unit.create(deeper)["status"] == "active"


def test_a_part_rests_with_the_plan_and_a_crisis_plan_does_not(town: Municipality) -> None:
    """The night is as bad when a consent has been withdrawn."""
    patient = town.person()
    consent = town.consent(patient)
    whole = town.unit.create(plan(patient))
    part, crisis, beside = (
        town.unit.create(plan(patient, "follow-up-plan", partOf=[reference(whole)])),
        town.unit.create(plan(patient, "crisis-plan", partOf=[reference(whole)])),
        town.unit.create(plan(patient, "follow-up-plan")),
    )
    own = town.as_person(patient)
    own.update(own.read("Consent", consent["id"]) | {"status": "inactive"})
    status = [own.read("CarePlan", one["id"])["status"] for one in (whole, part, crisis, beside)]
    assert status == ["on-hold", "on-hold", "active", "active"]


def test_a_plan_gathers_only_what_is_the_persons_own(town: Municipality) -> None:
    patient, other = town.person(), town.person()
    theirs = {
        "goal": [reference(town.unit.create(goal(other)))],
        "activity": [{"reference": reference(town.unit.create(activity(other)))}],
        "partOf": [reference(town.unit.create(plan(other, "follow-up-plan")))],
        "careTeam": [reference(town.team(other))],
    }
    draft = town.unit.create(plan(patient, "follow-up-plan", goal=[reference(town.unit.create(goal(patient)))]))
    assert broken(town.unit.put(draft | theirs), 422) == [
        ("plan-own-parts", "CarePlan.goal[0].reference"),
        ("plan-own-parts", "CarePlan.partOf[0].reference"),
        ("plan-own-parts", "CarePlan.careTeam[0].reference"),
        ("plan-own-parts", "CarePlan.activity[0].reference.reference"),
    ]
    added = draft | {"goal": [*draft["goal"], *theirs["goal"]]}
    assert broken(town.unit.put(added), 422) == [("plan-own-parts", "CarePlan.goal[1].reference")]


def test_in_a_bundle_the_entry_is_named(town: Municipality) -> None:
    patient, other = town.person(), town.person()
    made = plan(patient, "week-plan", goal=[reference(town.unit.create(goal(other)))])
    entry = {"request": {"method": "POST", "url": "CarePlan"}, "resource": made}
    bundle = {"resourceType": "Bundle", "type": "transaction", "entry": [entry]}
    assert broken(town.unit.post("/fhir", bundle), 422) == [
        ("plan-own-parts", "Bundle.entry[0].resource.goal[0].reference")
    ]


def test_of_what_is_hidden_it_is_not_told_whose_it_is(town: Municipality) -> None:
    physio, patient, other = town.employee(), town.person(), town.person()
    town.team(patient, coordinator=physio.role)
    coordinator, hidden = physio.as_("coordinator"), town.unit.create(goal(other))
    answers = [
        coordinator.post("/fhir/CarePlan", plan(patient, "week-plan", goal=[{"reference": f"Goal/{id}"}]))
        for id in (hidden["id"], "018bcfe5-687b-7000-8000-000000000001")
    ]
    assert [issues(answer, 422) for answer in answers] == [[("not-found", "CarePlan.goal[0].reference")]] * 2
    assert answers[0].json() == answers[1].json()


def test_temporary_care_elsewhere_ends_by_itself(town: Municipality, clock: MovableClock) -> None:
    """Bjørg is three weeks in the next municipality's rehabilitation: no plan, and nobody has to close a door."""
    rehabilitation, patient = town.employee(town.organisation("rehabilitation")), town.person()
    until = clock.today + timedelta(days=21)
    away = {"start": clock.today.isoformat(), "end": until.isoformat()}
    town.team(patient, {"member": reference(rehabilitation.role), "period": away})
    work = town.unit.create(activity(patient, rehabilitation.role, restriction={"period": away}))
    mine = rehabilitation.as_("team")
    done = mine.read("Task", work["id"]) | {"status": "completed"}
    assert mine.update(done)["status"] == "completed"
    town.unit.update(mine.read("Patient", patient["id"]) | {"active": True})
    clock.moved = timedelta(days=23)
    assert rehabilitation.as_("team").get(f"/fhir/Patient/{patient['id']}").status_code == 404
    assert town.api("coordinating-unit").found("CarePlan") == []


def test_a_plan_and_its_goals_have_a_day_to_be_looked_at_again(town: Municipality) -> None:
    patient = town.person()
    again = extension("review", valueDate="2027-06-01")
    own = town.unit.create(goal(patient))
    own = town.unit.update(own | {"extension": [*own["extension"], again]})
    made = town.unit.create(plan(patient, "follow-up-plan", extension=[again], goal=[reference(own)]))
    assert made["extension"] == [again]
    assert ok(town.unit.get(f"/fhir/Goal/{own['id']}"), 200)["extension"][1] == again
