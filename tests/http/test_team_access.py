"""Who is on the team sees the person, while they are on it."""

from datetime import timedelta

from support import MovableClock, Municipality, issues, reference


def test_a_member_reads_what_the_team_works_with(town: Municipality) -> None:
    nurse, patient = town.employee(), town.person()
    town.team(patient, nurse.role)
    assert nurse.as_("team").read("Patient", patient["id"])["id"] == patient["id"]


def test_nobody_else_knows_the_person_is_there(town: Municipality) -> None:
    stranger, patient = town.employee(), town.person()
    town.team(patient, town.employee().role)
    as_stranger = stranger.as_("team", "coordinator")
    assert issues(as_stranger.get(f"/fhir/Patient/{patient['id']}"), 404) == [("not-found", None)]
    assert as_stranger.get(f"/fhir/Patient/{patient['id']}").json() == as_stranger.get("/fhir/Patient/none").json()
    assert as_stranger.found("Patient") == []
    assert as_stranger.search("Patient?_total=accurate")["total"] == 0


def test_the_locum_loses_access_when_the_period_ends(town: Municipality, clock: MovableClock) -> None:
    locum, patient = town.employee(), town.person()
    today = clock.today
    last = {"member": reference(locum.role), "period": {"start": "2024-01-01", "end": today.isoformat()}}
    town.team(patient, last)
    assert locum.as_("team").found("Patient") == [f"Patient/{patient['id']}"]
    clock.moved = timedelta(days=2)
    assert locum.as_("team").found("Patient") == []


def test_another_municipality_is_another_world(town: Municipality, other_town: Municipality) -> None:
    patient = town.person()
    assert issues(other_town.unit.get(f"/fhir/Patient/{patient['id']}"), 404) == [("not-found", None)]
    assert other_town.unit.found("Patient") == []
