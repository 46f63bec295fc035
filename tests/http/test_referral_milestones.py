"""What the GP who referred hears later: who coordinates, that the plan is in use, that the team has ended."""

from itertools import count
from typing import Any

import pytest

from support import (
    CANONICAL,
    FHIR_JSON,
    Api,
    Employee,
    Json,
    Municipality,
    coding,
    label,
    ok,
    patient_number,
    reference,
)

DECIDED = "Personen får oppfølgingsteam med koordinator. Begrunnelse: Vurdert."
RECEIVED = "Meldingen er mottatt av koordinerende enhet."
HANDLED = "Meldingen er mottatt og behandlet av koordinerende enhet."
IN_USE = "Individuell plan er tatt i bruk."
ENDED = "Oppfølgingsteamet er avsluttet."
_SERIAL = count(1)


def office_of(town: Municipality, type: str = "gp-office") -> Api:
    return town.employee(town.organisation(type)).as_("referrer")


def refer(sender: Api, patient: Json, **elements: Any) -> str:
    form: Json = {
        "messageId": f"t-{next(_SERIAL)}",
        "patient": {"identifier": patient_number(patient), "name": "Jan Havrekil"},
        "reason": "Får hjelp av fem tjenester.",
        "consentToShare": False,
        "personInformed": True,
    }
    return str(ok(sender.post("/referral", form | elements), 201)["id"])


def decide(town: Municipality, id: str) -> Json:
    """The team that it led to."""
    given = {"outcome": {"valueCode": "team"}, "reason": {"valueString": "Vurdert."}}
    answer = ok(town.unit.operate(f"ServiceRequest/{id}/$decide", **given), 200)
    (team,) = (one["resource"] for one in answer["parameter"] if one["name"] == "CareTeam")
    found: Json = team
    return found


def appoint(town: Municipality, team: Json, candidate: Employee) -> None:
    given: dict[str, Json] = {
        "coordinator": {"valueReference": reference(candidate.role)},
        "reason": {"valueString": "Kjenner Jan."},
        "agreed": {"valueBoolean": True},
    }
    ok(town.unit.operate(f"CareTeam/{team['id']}/$appoint-coordinator", **given), 200)


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


def ended(town: Municipality, team: Json) -> Json:
    return town.unit.update(town.unit.read("CareTeam", team["id"]) | {"status": "inactive"})


def texts(sender: Api, id: str) -> list[str]:
    return [one["text"] for one in ok(sender.get(f"/referral/{id}"), 200)["feedback"]]


def fetched(sender: Api, id: str) -> list[str]:
    """The same, as a journal system fetches it."""
    bundle = ok(sender.get(f"/referral/{id}/messages", headers={"Accept": FHIR_JSON}), 200)
    resources = [entry["resource"] for entry in bundle.get("entry", [])]
    return [part["contentString"] for one in resources for part in one["payload"]]


def test_the_gp_hears_the_whole_way(town: Municipality) -> None:
    patient, gp = town.person(), office_of(town)
    id = refer(gp, patient)
    team = decide(town, id)
    town.consent(patient)
    town.unit.create(plan(patient))
    ended(town, team)
    assert texts(gp, id) == fetched(gp, id) == [RECEIVED, DECIDED, IN_USE, ENDED]


@pytest.mark.parametrize("type", ["nav", "school"])
def test_another_service_hears_received_and_handled_alone(town: Municipality, type: str) -> None:
    patient, service = town.person(), office_of(town, type)
    id = refer(service, patient)
    team = decide(town, id)
    appoint(town, team, town.employee())
    town.consent(patient)
    town.unit.create(plan(patient))
    ended(town, team)
    assert texts(service, id) == fetched(service, id) == [RECEIVED, HANDLED]


def test_a_service_hears_the_whole_way_where_the_person_agreed(town: Municipality) -> None:
    patient, service = town.person(), office_of(town, "nav")
    id = refer(service, patient, consentToShare=True)
    team = decide(town, id)
    town.consent(patient)
    town.unit.create(plan(patient))
    ended(town, team)
    assert texts(service, id) == [RECEIVED, DECIDED, IN_USE, ENDED]


def test_a_plan_is_told_of_once_however_often_it_rests_and_is_changed(town: Municipality) -> None:
    patient, gp = town.person(), office_of(town)
    id = refer(gp, patient)
    decide(town, id)
    consent = town.consent(patient)
    draft = town.unit.create(plan(patient, status="draft"))
    assert texts(gp, id) == [RECEIVED, DECIDED]
    active = town.unit.update(draft | {"status": "active"})
    town.unit.update(active | {"title": "Plan for Jan"})
    town.unit.update(consent | {"status": "inactive"})
    assert town.unit.read("CarePlan", active["id"])["status"] == "on-hold"
    town.consent(patient)
    town.unit.update(town.unit.read("CarePlan", active["id"]) | {"status": "active"})
    assert texts(gp, id) == [RECEIVED, DECIDED, IN_USE]


def test_other_plans_are_not_told_of(town: Municipality) -> None:
    patient, gp = town.person(), office_of(town)
    id = refer(gp, patient)
    decide(town, id)
    for kind in ("follow-up-plan", "crisis-plan", "week-plan"):
        town.unit.create(plan(patient, kind))
    assert texts(gp, id) == [RECEIVED, DECIDED]


def test_that_a_team_ends_is_told_once(town: Municipality) -> None:
    patient, gp = town.person(), office_of(town)
    id = refer(gp, patient)
    team = decide(town, id)
    over = ended(town, team)
    town.unit.update(over | {"name": "Teamet rundt Jan"})
    town.unit.update(town.unit.read("CareTeam", team["id"]) | {"status": "active"})
    ended(town, team)
    assert texts(gp, id) == [RECEIVED, DECIDED, ENDED]


def test_only_who_referred_to_this_team_hears_of_it(town: Municipality) -> None:
    patient, gp, stranger, earlier = town.person(), office_of(town), office_of(town), office_of(town)
    other = refer(stranger, town.person())
    turned_down = refer(earlier, patient)
    reason = {"status": "rejected", "statusReason": {"text": "Ikke nå."}}
    (task,) = town.unit.search(f"Task?focus=ServiceRequest/{turned_down}")["entry"]
    town.unit.update(task["resource"] | reason)
    told_before = texts(earlier, turned_down)
    id = refer(gp, patient)
    team = decide(town, id)
    appoint(town, team, town.employee())
    town.consent(patient)
    town.unit.create(plan(patient))
    ended(town, team)
    assert len(texts(gp, id)) == 5
    assert (texts(stranger, other), texts(earlier, turned_down)) == ([RECEIVED], told_before)


def test_a_light_team_that_nobody_referred_to_is_told_to_nobody(town: Municipality) -> None:
    patient, gp = town.person(), office_of(town)
    id = refer(gp, patient)
    light = [coding(CANONICAL.code_system("team-category"), "light")]
    team = town.team(patient, category=light)
    town.consent(patient)
    town.unit.create(plan(patient))
    ended(town, team)
    assert texts(gp, id) == [RECEIVED]
    assert len(town.unit.found("Communication")) == 1


def reachable(town: Municipality, type: str, name: str) -> Employee:
    """Somebody with a telephone at work."""
    candidate = town.employee(town.organisation(type, name))
    telecom = [{"system": "email", "value": "kari@fjordvik.example"}, {"system": "phone", "value": "57 00 00 00"}]
    candidate.role = town.system.update(candidate.role | {"telecom": telecom})
    return candidate


def test_the_gp_hears_who_coordinates_and_where_to_call(town: Municipality) -> None:
    patient, gp = town.person(), office_of(town)
    physio = reachable(town, "rehabilitation", "Rehabilitering")
    id = refer(gp, patient)
    appoint(town, decide(town, id), physio)
    told = f"Koordinator er oppnevnt: Nummer {physio.hpr} Ansatt, Rehabilitering, telefon 57 00 00 00."
    assert texts(gp, id) == fetched(gp, id) == [RECEIVED, DECIDED, told]


@pytest.mark.parametrize(
    ("denied", "heard"),
    [(["mental-health"], [RECEIVED, DECIDED]), (["school"], [RECEIVED, DECIDED, "who"]), (["health"], [])],
    ids=["what the coordinator's service tells", "something else", "health"],
)
def test_what_the_person_denies_an_office_keeps_the_coordinator_from_it(
    town: Municipality, denied: list[str], heard: list[str]
) -> None:
    """That a psychiatric nurse coordinates tells of mental health, to whoever reads where the nurse works."""
    patient, office = town.person(), town.organisation("gp-office")
    gp = town.employee(office).as_("referrer")
    nurse = reachable(town, "mental-health", "Psykisk helse")
    id = refer(gp, patient)
    appoint(town, decide(town, id), nurse)
    who = f"Koordinator er oppnevnt: Nummer {nurse.hpr} Ansatt, Psykisk helse, telefon 57 00 00 00."
    assert texts(gp, id) == fetched(gp, id) == [RECEIVED, DECIDED, who]
    town.denial(patient, office, *denied)
    assert texts(gp, id) == fetched(gp, id) == [who if one == "who" else one for one in heard]
    (communication,) = (
        entry["resource"]
        for entry in town.unit.search("Communication")["entry"]
        if entry["resource"]["payload"] == [{"contentString": who}]
    )
    assert communication["meta"]["security"] == label("health", "mental-health")["security"]
