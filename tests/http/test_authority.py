"""Who speaks for a person, whom they let in for an emergency, and who is invited to their case; each while it lasts."""

from collections.abc import Iterator
from datetime import date, timedelta

import pytest
from stories import move_to

from oppfolging_api.access.development import DevelopmentIssuer
from oppfolging_api.kernel import systems
from oppfolging_api.kernel.identity_number import synthetic
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
    identity_number,
    issues,
    label,
    ok,
    patient_number,
    reference,
    running,
)

GUARDIAN = [coding(systems.V3_ROLE, "GUARD")]
TELLS = {"nothing": (), "health": ("health",), "economy": ("economy",), "both": ("economy", "health")}


def at(resource: Json) -> str:
    return str(reference(resource)["reference"])


def hours(clock: MovableClock, later: float) -> str:
    return oslo_datetime(clock.now() + timedelta(hours=later))


def relative(town: Municipality, patient: Json, pid: str, **elements: object) -> Json:
    made: Json = {"resourceType": "RelatedPerson", "identifier": [{"system": systems.FNR, "value": pid}]}
    return town.unit.create(made | {"patient": reference(patient)} | elements)


def authority(code: str) -> Json:
    return {"extension": [{"url": CANONICAL.extension("authority"), "valueCode": code}], "relationship": GUARDIAN}


def goal(town: Municipality, patient: Json, *kinds: str) -> Json:
    made: Json = {"resourceType": "Goal", "lifecycleStatus": "active", "description": {"text": "Gå på kamp"}}
    meta = {"meta": label(*kinds)} if kinds else {}
    return town.unit.create(made | {"subject": reference(patient)} | meta)


def goals(town: Municipality, patient: Json) -> dict[str, Json]:
    return {name: goal(town, patient, *kinds) for name, kinds in TELLS.items()}


def reads(api: Api, held: dict[str, Json]) -> str:
    """Names of what a search finds; AssertionError where reads, totals and histories tell another tale."""
    found = api.found("Goal")
    feed = api.get("/fhir/Goal/_history").text
    for one in held.values():
        path = f"/fhir/Goal/{one['id']}"
        statuses = {api.get(path).status_code, api.get(f"{path}/_history/1").status_code}
        assert statuses == ({200} if at(one) in found else {404})
        assert (one["id"] in feed) is (at(one) in found)
    assert api.search("Goal?_total=accurate")["total"] == len(found)
    return " ".join(name for name, one in held.items() if at(one) in found)


def as_pid(town: Municipality, pid: str) -> Api:
    return town.api("person", pid=pid, sub="somebody")


@pytest.mark.parametrize(
    ("kind", "seen", "writes", "consents"),
    [
        (None, "nothing health economy both", 201, 201),
        ("health", "nothing health", 201, 201),
        ("economy", "economy", 201, 403),
    ],
    ids=["a guardian", "a guardian for health", "a guardian for the economy"],
)
def test_bjornars_siblings_see_what_they_are_guardians_for(
    town: Municipality, kind: str | None, seen: str, writes: int, consents: int
) -> None:
    patient, pid = town.person(), identity_number()
    held = goals(town, patient)
    relative(town, patient, pid, **(authority(kind) if kind else {"relationship": GUARDIAN}))
    sibling = as_pid(town, pid)
    assert sibling.read("Patient", patient["id"])["id"] == patient["id"]
    assert reads(sibling, held) == seen
    subject, labelled = reference(patient), {"meta": label("economy" if kind == "economy" else "health")}
    message: Json = {"resourceType": "Communication", "status": "completed", "subject": subject} | labelled
    assert sibling.post("/fhir/Communication", message).status_code == writes
    consent: Json = {
        "resourceType": "Consent",
        "status": "active",
        "scope": coding(systems.CONSENT_SCOPE, "patient-privacy"),
        "category": [coding(CANONICAL.code_system("consent-kind"), "plan")],
        "policyRule": coding(systems.V3_ACT, "OPTIN"),
        "patient": subject,
    }
    assert sibling.post("/fhir/Consent", consent).status_code == consents


def test_a_guardian_for_the_economy_does_not_see_who_is_around_the_person(town: Municipality) -> None:
    patient, pid = town.person(), identity_number()
    team = town.team(patient, town.employee().role)
    relative(town, patient, pid, **authority("economy"))
    api = as_pid(town, pid)
    assert [api.found(type) for type in ("CareTeam", "RelatedPerson", "Consent")] == [[], [], []]
    assert issues(api.get(f"/fhir/CareTeam/{team['id']}"), 404) == [("not-found", None)]
    entries = ok(api.get(f"/fhir/Patient/{patient['id']}/$everything"), 200)["entry"]
    assert [one["resource"]["id"] for one in entries] == [patient["id"]]


def test_guardian_for_both_by_two_appointments_sees_all_of_each(town: Municipality) -> None:
    """And what tells of both kinds is seen by who is guardian for both."""
    patient, pid = town.person(), identity_number()
    held = goals(town, patient)
    for kind in ("economy", "health"):
        relative(town, patient, pid, **authority(kind))
    assert reads(as_pid(town, pid), held) == "nothing health economy both"


@pytest.mark.parametrize("kind", [None, "health", "economy"])
def test_a_guardian_is_one_while_appointed_and_the_deputy_from_then_on(
    town: Municipality, clock: MovableClock, kind: str | None
) -> None:
    patient, sister, deputy = town.person(), identity_number(), identity_number()
    held = goal(town, patient, "economy" if kind == "economy" else "health")
    elements = authority(kind) if kind else {"relationship": GUARDIAN}
    relative(town, patient, sister, **elements, period={"start": "2020-01-01", "end": hours(clock, 2)})
    relative(town, patient, deputy, **elements, period={"start": hours(clock, 2)})
    seen = []
    for later in (0.0, 1.99, 2.01, 48.0):
        clock.moved = timedelta(hours=later)
        seen.append(tuple(as_pid(town, pid).found("Goal") == [at(held)] for pid in (sister, deputy)))
        assert [as_pid(town, pid).found("Patient") == [at(patient)] for pid in (sister, deputy)] == list(seen[-1])
    assert seen == [(True, False), (True, False), (False, True), (False, True)]


NO_LONGER: dict[str, Json] = {
    "inactive": {"active": False},
    "next of kin": {"relationship": []},
    "for the economy": authority("economy"),
}


@pytest.mark.parametrize("now", NO_LONGER)
def test_what_a_guardian_was_they_are_no_longer(town: Municipality, now: str) -> None:
    patient, pid = town.person(), identity_number()
    held = goal(town, patient)
    made = relative(town, patient, pid, relationship=GUARDIAN)
    assert as_pid(town, pid).found("Goal") == [at(held)]
    changed = {name: value for name, value in (made | NO_LONGER[now]).items() if value != []}
    town.unit.update(changed)
    assert as_pid(town, pid).found("Goal") == []


def test_nobody_widens_their_own_authority(town: Municipality) -> None:
    patient, pid, coordinator = town.person(), identity_number(), town.employee()
    town.team(patient, coordinator=coordinator.role)
    made = relative(town, patient, pid, **authority("health"))
    wider = {name: held for name, held in made.items() if name != "extension"}
    assert issues(coordinator.as_("coordinator").put(wider), 403) == [("forbidden", "RelatedPerson.relationship")]
    assert as_pid(town, pid).put(wider).status_code == 403
    assert town.unit.update(wider)["relationship"] == GUARDIAN


def test_a_guardian_of_one_is_no_guardian_of_another(town: Municipality) -> None:
    bjornar, stranger, pid = town.person(), town.person(), identity_number()
    held, other = goals(town, bjornar), goals(town, stranger)
    relative(town, bjornar, pid, relationship=GUARDIAN)
    assert reads(as_pid(town, pid), held | {f"other {name}": one for name, one in other.items()}) == (
        "nothing health economy both"
    )


def test_next_of_kin_see_the_record_while_on_the_team_and_next_of_kin(town: Municipality, clock: MovableClock) -> None:
    """Neither is enough by itself."""
    patient, daughter, son = town.person(), identity_number(), identity_number()
    held = goal(town, patient)
    facts = goal(town, patient, "third-party")
    on_team = relative(town, patient, daughter, period={"end": hours(clock, 4)})
    relative(town, patient, son)
    town.team(patient, {"member": reference(on_team), "period": {"start": hours(clock, 1)}})
    seen = []
    for later in (0.0, 1.01, 3.99, 4.01):
        clock.moved = timedelta(hours=later)
        found = [as_pid(town, pid).found("Goal") for pid in (daughter, son)]
        assert at(facts) not in found[0]
        seen.append([one == [at(held)] for one in found])
    assert seen == [[False, False], [True, False], [True, False], [False, False]]


def test_next_of_kin_lose_the_record_with_their_place_on_the_team(town: Municipality) -> None:
    patient, pid = town.person(), identity_number()
    held = goal(town, patient)
    team = town.team(patient, relative(town, patient, pid))
    assert as_pid(town, pid).found("Goal") == [at(held)]
    town.unit.update({name: value for name, value in team.items() if name != "participant"})
    assert as_pid(town, pid).found("Goal") == []


BORN = date(2011, 2, 1)
SIXTEEN = (("2027-01-31T22:59:30+00:00", False), ("2027-01-31T23:00:30+00:00", True))
"""By Norwegian time the birthday has begun."""
CHILDREN = {
    "by the date of birth": (synthetic(BORN, 11), {"birthDate": "2011-02-01"}),
    "by the identity number": (synthetic(BORN, 12), {}),
    "by the date of birth, whatever the number tells": (synthetic(date(1970, 3, 1), 13), {"birthDate": "2011-02-01"}),
}


@pytest.mark.parametrize("told", CHILDREN)
def test_a_child_sees_its_own_record_from_its_sixteenth_birthday(
    town: Municipality, clock: MovableClock, told: str
) -> None:
    number, elements = CHILDREN[told]
    child = town.person(number, **elements)
    held = goals(town, child)
    town.team(child, child)
    for moment, may in SIXTEEN:
        move_to(clock, moment)
        own = as_pid(town, number)
        assert reads(own, held) == ("nothing health economy both" if may else "")
        assert own.found("Patient") == ([at(child)] if may else [])
        assert own.get(f"/fhir/Patient/{child['id']}").status_code == (200 if may else 404)
        assert own.get(f"/fhir/Patient/{child['id']}/$everything").status_code == (200 if may else 404)


def test_until_then_the_childs_number_opens_no_municipality(town: Municipality, clock: MovableClock) -> None:
    number = synthetic(BORN, 14)
    child = town.person(number)
    for moment, may in SIXTEEN:
        move_to(clock, moment)
        own = Api(town.address, town.token("person", pid=number, municipalities=[]))
        if may:
            assert own.found("Patient") == [at(child)]
        else:
            assert issues(own.get("/fhir/Patient"), 403) == [("forbidden", None)]


def test_a_child_of_fifteen_writes_nothing_in_its_own_name(town: Municipality, clock: MovableClock) -> None:
    number = synthetic(BORN, 15)
    child = town.person(number)
    message = {"resourceType": "Communication", "status": "completed", "subject": reference(child)}
    for (moment, _), status in zip(SIXTEEN, (422, 201), strict=True):
        move_to(clock, moment)
        assert as_pid(town, number).post("/fhir/Communication", message).status_code == status


def test_the_childs_parents_see_it_meanwhile(town: Municipality, clock: MovableClock) -> None:
    child, mother, guardian = town.person(synthetic(BORN, 16)), identity_number(), identity_number()
    held = goal(town, child)
    town.team(child, relative(town, child, mother))
    relative(town, child, guardian, relationship=GUARDIAN)
    for moment, _ in SIXTEEN:
        move_to(clock, moment)
        assert [as_pid(town, pid).found("Goal") for pid in (mother, guardian)] == [[at(held)], [at(held)]]


@pytest.fixture(scope="module")
def from_twelve(settings: Settings, session_clock: MovableClock) -> Iterator[str]:
    with running(settings.model_copy(update={"own_access_age": 12}), session_clock) as address:
        yield address


def test_the_age_is_a_setting(
    server: str, issuer: DevelopmentIssuer, clock: MovableClock, from_twelve: str, town: Municipality
) -> None:
    number = synthetic(BORN, 17)
    child = town.person(number)
    for moment, seen in (
        ("2023-01-31T22:59:30+00:00", ([], [])),
        ("2023-01-31T23:00:30+00:00", ([], [at(child)])),
        ("2027-01-31T23:00:30+00:00", ([at(child)], [at(child)])),
    ):
        move_to(clock, moment)
        token = town.token("person", pid=number)
        assert tuple(Api(address, token).found("Patient") for address in (server, from_twelve)) == seen


def permission(*actors: Json) -> Json:
    named = [{"role": coding(systems.V3_PARTICIPATION, "IRCP"), "reference": reference(actor)} for actor in actors]
    return {"type": "permit", "actor": named, "securityLabel": label("health")["security"]}


class Ole:
    """A boy with a crisis plan for the nights, a plan it is part of, and whatever else a record holds."""

    def __init__(self, town: Municipality) -> None:
        self.town, self.patient = town, town.person()
        town.team(self.patient, self.patient)
        self.goal = goal(town, self.patient)
        self.plan = self._plan("week-plan")
        self.crisis = self._plan("crisis-plan", partOf=[reference(self.plan)])

    def _plan(self, kind: str, **elements: object) -> Json:
        plan = {"resourceType": "CarePlan", "status": "active", "intent": "plan", "subject": reference(self.patient)}
        category = {"category": [coding(CANONICAL.code_system("plan-kind"), kind)]}
        return self.town.unit.create(plan | category | elements)

    def approves(self, *actors: Json, **elements: object) -> Json:
        """The family's consent for emergencies."""
        period = {"period": elements.pop("period")} if "period" in elements else {}
        provision = {"provision": [permission(*actors)]} | period
        return self.town.consent(self.patient, "emergency", provision=provision, **elements)

    def opened_to(self, api: Api) -> bool:
        """Whether the crisis plan is there; AssertionError where anything else of Ole's is."""
        opened = api.found("CarePlan") == [at(self.crisis)]
        path = f"/fhir/CarePlan/{self.crisis['id']}"
        assert api.get(path).status_code == (200 if opened else 404)
        for tail in ("/_history", "/_history/1"):  # what it said before, or was, nobody has opened
            assert api.get(path + tail).status_code == 404
        assert api.search("CarePlan?_total=accurate")["total"] == int(opened)
        for query in ("Patient", "Goal", "CareTeam", "RelatedPerson", "Task", "ServiceRequest"):
            assert api.found(query) == [], query
        for other in (self.plan, self.goal, self.patient):
            assert issues(api.get(f"/fhir/{at(other)}"), 404) == [("not-found", None)]
        return opened


def test_emergency_staff_the_family_approved_read_the_crisis_plan_and_nothing_else(town: Municipality) -> None:
    ole, hospital = Ole(town), town.organisation("hospital")
    part = town.system.update(town.organisation("hospital") | {"partOf": reference(hospital)})
    doctor, nurse, in_part, stranger = (town.employee(office) for office in (None, hospital, part, None))
    ole.approves(doctor.practitioner, hospital)
    assert [ole.opened_to(one.as_("team")) for one in (doctor, nurse, in_part, stranger)] == [True, True, True, False]
    reader = doctor.as_("team")
    assert reader.found("CarePlan?_include=CarePlan:part-of&_include=CarePlan:subject") == [at(ole.crisis)]
    by_whole = f"CarePlan?part-of={at(ole.plan)}&_include=CarePlan:part-of"
    assert (reader.found(by_whole), reader.found(f"CarePlan?_id={ole.plan['id']}")) == ([at(ole.crisis)], [])
    assert reader.found("CarePlan?subject:Patient.gender:missing=true") == []
    assert issues(reader.get(f"/fhir/Patient/{ole.patient['id']}/$everything"), 404) == [("not-found", None)]
    assert reader.put(ole.crisis | {"title": "x"}).status_code == 403
    written = {"resourceType": "Communication", "status": "completed", "subject": reference(ole.patient)}
    assert issues(reader.post("/fhir/Communication", written), 422) == [
        ("not-found", "Communication.subject.reference")
    ]
    assert not ole.opened_to(doctor.as_("coordinator", "leader"))


def test_who_left_the_hospital_reads_no_crisis_plan(town: Municipality) -> None:
    ole, hospital = Ole(town), town.organisation("hospital")
    nurse, elsewhere = town.employee(hospital), town.organisation("nav")
    ole.approves(hospital)
    assert ole.opened_to(nurse.as_("team"))
    assert not ole.opened_to(town.api("team", hpr=nurse.hpr, orgnr=elsewhere["identifier"][0]["value"]))
    town.system.update(nurse.role | {"active": False})
    assert not ole.opened_to(nurse.as_("team"))


def test_the_approval_lasts_its_period(town: Municipality, clock: MovableClock) -> None:
    ole, doctor = Ole(town), town.employee()
    ole.approves(doctor.practitioner, period={"start": hours(clock, 1), "end": hours(clock, 9)})
    seen = []
    for later in (0.0, 1.01, 8.99, 9.01):
        clock.moved = timedelta(hours=later)
        seen.append(ole.opened_to(doctor.as_("team")))
    assert seen == [False, True, True, False]


@pytest.mark.parametrize("how", ["inactive", "rejected", "entered-in-error", "deleted", "denied"])
def test_an_approval_withdrawn_opens_nothing_any_more(town: Municipality, how: str) -> None:
    ole, doctor = Ole(town), town.employee()
    approval = ole.approves(doctor.practitioner)
    assert ole.opened_to(doctor.as_("team"))
    if how == "deleted":
        assert town.unit.delete("Consent", approval["id"]).status_code == 204
    elif how == "denied":
        held = town.unit.read("CarePlan", ole.crisis["id"])
        town.unit.update(held | {"meta": label("health")})
        town.denial(ole.patient, doctor.practitioner, "health")
    else:
        town.as_person(ole.patient).update(approval | {"status": how})
    assert not ole.opened_to(doctor.as_("team"))


def test_a_consent_of_another_kind_approves_nobody_for_emergencies(town: Municipality) -> None:
    ole, doctor = Ole(town), town.employee()
    town.consent(ole.patient, "plan", permission(doctor.practitioner))
    assert not ole.opened_to(doctor.as_("team"))


def referred(town: Municipality, patient: Json) -> str:
    """The id of a referral that has been received and not decided on."""
    form = {
        "messageId": "1",
        "patient": {"identifier": patient_number(patient), "name": "Navn"},
        "reason": "Trenger flere tjenester",
        "consentToShare": True,
        "personInformed": True,
    }
    office = town.organisation("gp-office")
    sender = town.api("referrer", orgnr=str(office["identifier"][0]["value"]))
    return str(ok(sender.post("/referral", form), 201)["id"])


def invited(town: Municipality, patient: Json, referral: str, employee: Employee) -> Json:
    attending = [{"actor": reference(one), "status": "accepted"} for one in (patient, employee.practitioner)]
    meeting = {"resourceType": "Appointment", "status": "booked", "participant": attending}
    meeting |= {"start": "2026-11-23T09:00:00Z", "end": "2026-11-23T10:00:00Z"}
    return town.unit.create(meeting | {"basedOn": [{"reference": f"ServiceRequest/{referral}"}]})


@pytest.mark.parametrize("ended", ["not", "decided", "cancelled", "noshow", "entered-in-error", "left out"])
def test_who_is_lent_to_the_unit_sees_the_case_they_are_invited_to_while_it_is_open(
    town: Municipality, ended: str
) -> None:
    """And none of the others the unit works with."""
    employee, patient, other = town.employee(town.unit_office), town.person(), town.person()
    held, api = goal(town, patient), employee.as_("case-member")
    goal(town, other)
    referral = referred(town, patient)
    assert api.found("Goal") == []
    meeting = invited(town, patient, referral, employee)
    assert (api.found("Goal"), api.found("Patient")) == ([at(held)], [at(patient)])
    assert issues(api.put(held | {"lifecycleStatus": "completed"}), 403) == [("forbidden", None)]
    town.consent(patient)
    assert api.found("Consent") == []
    if ended == "decided":
        decided = town.unit.operate(
            f"ServiceRequest/{referral}/$decide",
            outcome={"valueCode": "no-need"},
            reason={"valueString": "x"},
            contact={"valueReference": reference(employee.role)},
            review={"valueDate": "2199-01-01"},
        )
        assert decided.status_code == 200, decided.text
    elif ended == "left out":
        town.unit.update(meeting | {"participant": meeting["participant"][:1]})
    elif ended != "not":
        town.unit.update(meeting | {"status": ended})
    expected = ([at(held)], [at(patient)]) if ended == "not" else ([], [])
    assert (api.found("Goal"), api.found("Patient")) == expected
