"""Who works with a person sees their record while they do: by employer, by period to the hour, one after another."""

from collections.abc import Iterator
from datetime import timedelta
from itertools import count

import pytest
from stories import move_to

from oppfolging_api.kernel import systems
from oppfolging_api.kernel.period import oslo_datetime
from oppfolging_api.settings import Settings
from support import (
    CANONICAL,
    Api,
    Employee,
    Json,
    MovableClock,
    Municipality,
    coding,
    issues,
    ok,
    organisation_number_from,
    reference,
    running,
)


def hired(town: Municipality, employee: Employee, office: Json, **elements: object) -> Json:
    """Another role of an employee."""
    role: Json = {"resourceType": "PractitionerRole", "active": True, "practitioner": reference(employee.practitioner)}
    return town.system.create(role | {"organization": reference(office)} | elements)


def number(office: Json) -> str:
    return str(office["identifier"][0]["value"])


def during(member: Json, **period: str) -> Json:
    return {"member": reference(member), "period": period}


def at(resource: Json) -> str:
    return str(reference(resource)["reference"])


def hours(clock: MovableClock, later: float) -> str:
    return oslo_datetime(clock.now() + timedelta(hours=later))


def goal(town: Municipality, patient: Json) -> Json:
    made = {"resourceType": "Goal", "lifecycleStatus": "active", "description": {"text": "Gå"}}
    return town.unit.create(made | {"subject": reference(patient)})


def sees(api: Api, patient: Json) -> bool:
    """Raises AssertionError where the ways to ask tell different things."""
    path = f"/fhir/Patient/{patient['id']}"
    answers: set[bool] = {
        api.get(path).status_code == 200,
        api.get(f"{path}/_history").status_code == 200,
        api.get(f"{path}/_history/1").status_code == 200,
        api.get(f"{path}/$everything").status_code == 200,
        at(patient) in api.found("Patient"),
        api.search(f"Patient?_id={patient['id']}&_total=accurate")["total"] == 1,
        patient["id"] in str(api.search("Patient/_history").get("entry")),
    }
    assert len(answers) == 1
    return answers == {True}


def test_a_role_counts_only_with_the_employer_of_the_token(town: Municipality) -> None:
    """One physiotherapist, two employers: on one team as each, and on one as themselves."""
    home, hospital = town.organisation("home-care"), town.organisation("hospital")
    physio = town.employee(home)
    at_hospital = hired(town, physio, hospital)
    by_home, by_hospital, by_self = (town.person() for _ in range(3))
    for patient, member in ((by_home, physio.role), (by_hospital, at_hospital), (by_self, physio.practitioner)):
        town.team(patient, member)
    for orgnr, seen in (
        (number(home), {at(by_home), at(by_self)}),
        (number(hospital), {at(by_hospital), at(by_self)}),
        (number(town.unit_office), {at(by_self)}),
        (None, {at(by_self)}),
    ):
        assert set(town.api("team", hpr=physio.hpr, orgnr=orgnr).found("Patient")) == seen


def test_so_it_is_for_coordinators(town: Municipality) -> None:
    home, school = town.organisation("home-care"), town.organisation("school")
    teacher, patient = town.employee(school), town.person()
    hired(town, teacher, home)
    town.team(patient, coordinator=teacher.role)
    assert sees(town.api("coordinator", hpr=teacher.hpr, orgnr=number(school)), patient)
    assert not sees(town.api("coordinator", hpr=teacher.hpr, orgnr=number(home)), patient)


def test_one_caller_in_two_municipalities(town: Municipality, other_town: Municipality) -> None:
    """The same hospital and the same paediatrician, known in both; each request is about one."""
    shared = organisation_number_from(83_000_000 + int(town.code), count())
    hpr = str(8_800_000 + int(town.code))
    patients = []
    for municipality in (town, other_town):
        office = municipality.system.create(
            {
                "resourceType": "Organization",
                "identifier": [{"system": systems.ORGANISATION_NUMBER, "value": shared}],
                "name": "Sykehuset",
            }
        )
        doctor = municipality.system.create(
            {"resourceType": "Practitioner", "identifier": [{"system": systems.HPR, "value": hpr}]}
        )
        employed = {"practitioner": reference(doctor), "organization": reference(office)}
        role = municipality.system.create({"resourceType": "PractitionerRole"} | employed)
        patients.append(municipality.person())
        municipality.team(patients[-1], role)
    token = town.token("team", hpr=hpr, orgnr=shared, municipalities=[town.code, other_town.code])
    here, there = (Api(town.address, token, **{"X-Municipality": one.code}) for one in (town, other_town))
    assert (here.found("Patient"), there.found("Patient")) == ([at(patients[0])], [at(patients[1])])
    assert (sees(here, patients[1]), sees(there, patients[0])) == (False, False)
    assert issues(Api(town.address, token).get("/fhir/Patient"), 400) == [("invalid", None)]


def test_a_locum_comes_and_goes_by_the_hour(town: Municipality, clock: MovableClock) -> None:
    locum, patient = town.employee(), town.person()
    town.team(patient, during(locum.role, start=hours(clock, 8), end=hours(clock, 16)))
    seen = []
    for later in (0.0, 7.99, 8.01, 15.99, 16.01, 24.0):
        clock.moved = timedelta(hours=later)
        seen.append(sees(locum.as_("team"), patient))
    assert seen == [False, False, True, True, False, False]


@pytest.mark.parametrize(
    ("last", "before", "after"),
    [
        ("2027-02-01", "2027-02-01T22:59:30+00:00", "2027-02-01T23:00:30+00:00"),
        ("2027-07-01", "2027-07-01T21:59:30+00:00", "2027-07-01T22:00:30+00:00"),
        ("2027-03", "2027-03-31T21:59:30+00:00", "2027-03-31T22:00:30+00:00"),
        ("2027", "2027-12-31T22:59:30+00:00", "2027-12-31T23:00:30+00:00"),
        ("2027-07-01T16:00:00+02:00", "2027-07-01T13:59:30+00:00", "2027-07-01T14:00:30+00:00"),
        ("2027-07-01T14:00:00Z", "2027-07-01T13:59:30+00:00", "2027-07-01T14:00:30+00:00"),
    ],
)
def test_an_end_lasts_its_norwegian_day_out_and_an_hour_is_that_hour(
    town: Municipality, clock: MovableClock, last: str, before: str, after: str
) -> None:
    locum, patient = town.employee(), town.person()
    town.team(patient, during(locum.role, start="2026-01-01", end=last))
    for moment, expected in ((before, True), (after, False)):
        move_to(clock, moment)
        assert sees(locum.as_("team"), patient) is expected, moment


def test_a_first_day_begins_at_midnight_in_norway(town: Municipality, clock: MovableClock) -> None:
    successor, patient = town.employee(), town.person()
    town.team(patient, during(successor.role, start="2027-02-02"))
    for moment, expected in (("2027-02-01T22:59:30+00:00", False), ("2027-02-01T23:00:30+00:00", True)):
        move_to(clock, moment)
        assert sees(successor.as_("team"), patient) is expected, moment


GPS = (
    ("2027-01-01", "2027-03-31"),
    ("2027-04-01", "2027-06-30"),
    ("2027-07-01", "2027-12-31"),
    ("2028-01-01", "2028-05-31"),
    ("2028-06-01", "2028-12-31"),
    ("2029-01-01", None),
)
"""The periods of Natalie's six doctors."""
WHEN = {
    "2026-12-31T22:00:00+00:00": "------",
    "2026-12-31T23:30:00+00:00": "1-----",
    "2027-02-14T12:00:00+00:00": "1-----",
    "2027-03-31T21:30:00+00:00": "1-----",
    "2027-03-31T22:30:00+00:00": "-2----",
    "2027-05-17T10:00:00+00:00": "-2----",
    "2027-10-01T10:00:00+00:00": "--3---",
    "2028-02-29T10:00:00+00:00": "---4--",
    "2028-09-01T10:00:00+00:00": "----5-",
    "2028-12-31T23:30:00+00:00": "-----6",
    "2035-01-01T10:00:00+00:00": "-----6",
}
"""Who of them sees her record at a moment."""


def test_natalies_six_gps_each_see_her_in_their_own_time(town: Municipality, clock: MovableClock) -> None:
    natalie, doctors = town.person(), [town.employee(town.organisation("gp-office")) for _ in GPS]
    held = goal(town, natalie)
    periods = [{"start": start} | ({"end": end} if end else {}) for start, end in GPS]
    town.team(natalie, *(during(doctor.role, **period) for doctor, period in zip(doctors, periods, strict=True)))
    for moment, expected in WHEN.items():
        move_to(clock, moment)
        apis = [doctor.as_("team") for doctor in doctors]
        shown = "".join(str(n) if api.found("Patient") == [at(natalie)] else "-" for n, api in enumerate(apis, 1))
        totals = [api.search("Goal?_total=accurate")["total"] for api in apis]
        feeds = [held["id"] in api.get("/fhir/Goal/_history").text for api in apis]
        assert shown == expected, moment
        assert totals == [int(letter != "-") for letter in expected], moment
        assert feeds == [letter != "-" for letter in expected], moment


def test_nobody_is_her_doctor_twice_by_a_longer_token(town: Municipality, clock: MovableClock) -> None:
    """A token from before the period ended opens nothing after it."""
    doctor, natalie = town.employee(), town.person()
    town.team(natalie, during(doctor.role, end=hours(clock, 0.5)))
    early = doctor.as_("team")
    clock.moved = timedelta(hours=0.49)
    assert sees(early, natalie)
    clock.moved = timedelta(hours=0.51)
    assert not sees(early, natalie)


def hand_over(town: Municipality, team: Json, successor: Employee, *, agreed: bool) -> Json:
    answer = town.unit.operate(
        f"CareTeam/{team['id']}/$hand-over",
        coordinator={"valueReference": reference(successor.role)},
        reason={"valueString": "Ny vakt"},
        expectations={"valueString": "Ring hver fredag"},
        agreed={"valueBoolean": agreed},
    )
    return {one["name"]: one["resource"] for one in ok(answer, 200)["parameter"]}


def test_the_former_coordinator_loses_the_record_as_the_successor_gains_it(town: Municipality) -> None:
    former, successor, patient = town.employee(), town.employee(), town.person()
    held = goal(town, patient)
    team = town.team(patient, coordinator=former.role)
    both = former.as_("coordinator"), successor.as_("coordinator")
    assert [sees(api, patient) for api in both] == [True, False]
    hand_over(town, team, successor, agreed=True)
    assert [sees(api, patient) for api in both] == [False, True]
    assert [api.found("Goal") for api in both] == [[], [at(held)]]
    refused = both[0].put(held | {"lifecycleStatus": "completed"})
    assert issues(refused, 404) == [("not-found", None)]
    assert both[1].update(held | {"lifecycleStatus": "completed"})["lifecycleStatus"] == "completed"


def test_until_the_successor_says_yes_the_former_coordinates(town: Municipality) -> None:
    former, successor, patient = town.employee(), town.employee(), town.person()
    held = goal(town, patient)
    team = town.team(patient, coordinator=former.role)
    asked = hand_over(town, team, successor, agreed=False)["Task"]
    assert former.as_("coordinator").found("Goal") == [at(held)]
    assert successor.as_("coordinator").found("Goal") == []
    successor.as_("coordinator").update(asked | {"status": "accepted"})
    assert former.as_("coordinator").found("Goal") == []
    assert successor.as_("coordinator").found("Goal") == [at(held)]


def test_a_former_coordinator_who_stays_on_the_team_stays_a_member(town: Municipality) -> None:
    physio, successor, patient = town.employee(), town.employee(), town.person()
    team = town.team(patient, physio.role, coordinator=physio.role)
    hand_over(town, team, successor, agreed=True)
    assert sees(physio.as_("team"), patient)
    assert not sees(physio.as_("coordinator"), patient)


@pytest.mark.parametrize("status", ["proposed", "suspended", "inactive", "entered-in-error"])
def test_a_team_that_is_not_active_opens_nothing(town: Municipality, status: str) -> None:
    nurse, coordinator, patient = town.employee(), town.employee(), town.person()
    team = town.team(patient, nurse.role, coordinator=coordinator.role)
    both = nurse.as_("team"), coordinator.as_("coordinator")
    assert [sees(api, patient) for api in both] == [True, True]
    town.unit.update(team | {"status": status})
    assert [sees(api, patient) for api in both] == [False, False]


@pytest.mark.parametrize("how", ["inactive", "over", "not begun", "moved", "deleted"])
def test_who_no_longer_works_there_sees_nobody(town: Municipality, how: str) -> None:
    """Neither as their role nor as one of a whole organisation that takes part."""
    office = town.organisation("home-care")
    nurse, colleague, as_role, as_office = town.employee(office), town.employee(office), town.person(), town.person()
    town.team(as_role, nurse.role)
    town.team(as_office, office)
    api = nurse.as_("team")
    assert set(api.found("Patient")) == {at(as_role), at(as_office)}
    changes: dict[str, Json] = {
        "inactive": {"active": False},
        "over": {"period": {"start": "2020-01-01", "end": "2026-01-01"}},
        "not begun": {"period": {"start": "2199-01-01"}},
        "moved": {"organization": reference(town.organisation("nav"))},
    }
    if how == "deleted":
        team = town.unit.search(f"CareTeam?participant={at(nurse.role)}")["entry"][0]["resource"]
        town.unit.update({name: held for name, held in team.items() if name != "participant"})
        assert town.system.delete("PractitionerRole", nurse.role["id"]).status_code == 204
    else:
        town.system.update(nurse.role | changes[how])
    assert api.found("Patient") == []
    assert colleague.as_("team").found("Patient") == [at(as_office)]


def test_an_organisation_on_the_team_is_those_who_work_in_it_and_nobody_else(town: Municipality) -> None:
    office, patient = town.organisation("home-care"), town.person()
    part = town.system.update(town.organisation("home-care") | {"partOf": reference(office)})
    nurse, of_part = town.employee(office), town.employee(part)
    town.team(patient, office)
    hpr_of_nobody = "1234567"
    assert sees(nurse.as_("team"), patient)
    assert not sees(of_part.as_("team"), patient)
    assert not sees(nurse.as_("coordinator", "leader"), patient)
    assert not sees(town.api("team", hpr=nurse.hpr, orgnr=number(part)), patient)
    assert not sees(town.api("team", hpr=hpr_of_nobody, orgnr=number(office)), patient)
    assert not sees(town.api("team", orgnr=number(office)), patient)


def test_a_team_on_a_team_is_nobody(town: Municipality) -> None:
    nurse, one, other = town.employee(), town.person(), town.person()
    inner = town.team(one, nurse.role)
    town.team(other, inner)
    assert nurse.as_("team").found("Patient") == [at(one)]


def test_one_of_two_periods_is_enough(town: Municipality, clock: MovableClock) -> None:
    """Who left and came back is there again, and nothing of the time between."""
    nurse, patient = town.employee(), town.person()
    town.team(
        patient,
        during(nurse.role, start="2026-01-01", end="2027-01-31"),
        during(nurse.role, start="2027-05-01", end="2027-06-30"),
    )
    seen = []
    for month in ("2027-01", "2027-03", "2027-05", "2027-07"):
        move_to(clock, f"{month}-15T12:00:00+00:00")
        seen.append(sees(nurse.as_("team"), patient))
    assert seen == [True, False, True, False]


def test_a_teacher_without_a_health_personnel_number_is_known_by_their_issuers_name(town: Municipality) -> None:
    school, patient = town.organisation("school"), town.person()
    known = {"system": town.issuer.settings.issuer, "value": "teacher-1"}
    teacher = town.system.create({"resourceType": "Practitioner", "identifier": [known]})
    role = {"resourceType": "PractitionerRole", "practitioner": reference(teacher), "organization": reference(school)}
    town.team(patient, town.system.create(role))
    assert sees(town.api("team", sub="teacher-1", orgnr=number(school)), patient)
    assert not sees(town.api("team", sub="teacher-2", orgnr=number(school)), patient)
    assert not sees(town.api("team", sub="teacher-1", hpr="7654321", orgnr=number(school)), patient)


@pytest.fixture(scope="module")
def another_worker(settings: Settings, session_clock: MovableClock) -> Iterator[str]:
    with running(settings, session_clock) as address:
        yield address


def test_who_is_put_on_or_taken_off_the_team_is_so_on_every_worker(town: Municipality, another_worker: str) -> None:
    nurse, patient = town.employee(), town.person()
    informed = {"url": CANONICAL.extension("layer"), "valueCode": "informed"}
    team = town.team(patient)
    apis = nurse.as_("team"), Api(another_worker, nurse.as_("team").token)
    assert [sees(api, patient) for api in apis] == [False, False]
    team = town.unit.update(team | {"participant": [{"member": reference(nurse.role), "extension": [informed]}]})
    assert [sees(api, patient) for api in apis] == [True, True]
    coordinator = {"role": [coding(systems.PATIENT_ROLE, systems.COORDINATOR_ROLE)], "period": {"start": "2026-01-01"}}
    team = town.unit.update(team | {"participant": [coordinator | {"member": reference(nurse.role)}]})
    led = nurse.as_("coordinator"), Api(another_worker, nurse.as_("coordinator").token)
    assert [sees(api, patient) for api in (*apis, *led)] == [True, True, True, True]
    town.unit.update({name: held for name, held in team.items() if name != "participant"})
    assert [sees(api, patient) for api in (*apis, *led)] == [False, False, False, False]
