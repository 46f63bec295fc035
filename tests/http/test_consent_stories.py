"""Berit withholds her health from NAV: nothing NAV's adviser asks tells that the psychiatric centre (DPS) is there.

Two municipalities are alike but for the DPS in Berit's record. Each question has the answer it must have, by names, and
the whole answers must be equal when ids, numbers and times are called by their names.
"""

import itertools
from collections.abc import Iterator
from datetime import timedelta
from functools import partial
from typing import NamedTuple

import httpx
import pytest
from matrix_world import ABOUT
from stories import HIDDEN, Berit, filled, move_to

from audit import NOBODY
from oppfolging_api.access.development import DevelopmentIssuer
from oppfolging_api.kernel import systems
from oppfolging_api.kernel.period import oslo_datetime
from oppfolging_api.settings import Settings
from support import (
    Api,
    Employee,
    Json,
    MovableClock,
    Municipality,
    coding,
    identity_number,
    label,
    reference,
    running,
)

QUESTIONS = """
CareTeam                                                                                       = team
CareTeam?participant=Organization/{dps}                                                        =
CareTeam?participant=Organization/{ward}                                                       =
CareTeam?participant=Practitioner/{psychologist}                                               =
CareTeam?participant=PractitionerRole/{psychologist_role}                                      =
CareTeam?participant=PractitionerRole/{psychologist_role},PractitionerRole/{adviser_role}      = team
CareTeam?participant:identifier=urn:oid:2.16.578.1.12.4.1.4.101|974633574                      =
CareTeam?participant:identifier=974633574                                                      =
CareTeam?participant:missing=true                                                              =
CareTeam?participant:PractitionerRole.organization=Organization/{dps}                          =
CareTeam?participant:PractitionerRole.organization.type=dps                                    =
CareTeam?participant:PractitionerRole.practitioner=Practitioner/{psychologist}                 =
CareTeam?participant:PractitionerRole.organization=Organization/{gp_office}                    = team
CareTeam?participant:PractitionerRole.organization.type=gp-office                              = team
CareTeam?participant:Organization.name=DPS                                                     =
CareTeam?participant:Organization.partof=Organization/{dps}                                    =
CareTeam?role=psychologist                                                                     =
CareTeam?role:missing=false                                                                    =
CareTeam?role:not=psychologist                                                                 = team
CareTeam?_include=CareTeam:participant       = adviser adviser_role berit coordinator_role doctor_role team
CareTeam?_include=CareTeam:participant:Organization                                            = team
CareTeam?_include=CareTeam:*                 = adviser adviser_role berit coordinator_role doctor_role team
CareTeam?_include=*                          = adviser adviser_role berit coordinator_role doctor_role team
CareTeam?_include=CareTeam:participant:PractitionerRole&_include:iterate=PractitionerRole:organization \
= adviser_role coordinator_role doctor_role gp_office nav service team
CareTeam?_summary=text                                                                         = team
CareTeam?_elements=text                                                                        = team
CareTeam?_elements=participant                                                                 = team
CareTeam?_has:CarePlan:care-team:activity-reference=Task/{sleep}                               =
Organization?_has:CareTeam:participant:subject=Patient/{berit}                                 =
Organization?_has:CareTeam:participant:_id={team}                                              =
Organization?_has:PractitionerRole:organization:_has:CareTeam:participant:_id={team}           = gp_office nav service
Organization?_has:ServiceRequest:performer:subject=Patient/{berit}                             = unit
Organization?_has:Communication:recipient:subject=Patient/{berit}                              =
PractitionerRole?_has:CareTeam:participant:subject=Patient/{berit}       = adviser_role coordinator_role doctor_role
PractitionerRole?_has:Task:owner:patient=Patient/{berit}                                       = adviser_role
PractitionerRole?_has:Appointment:actor:patient=Patient/{berit}                                = adviser_role
Practitioner?_has:PractitionerRole:practitioner:_has:CareTeam:participant:_id={team}     = adviser coordinator doctor
HealthcareService?_has:Appointment:actor:patient=Patient/{berit}                               =
Location?_has:Appointment:location:patient=Patient/{berit}                                     =
Organization?_id={dps}&_revinclude=CareTeam:participant&_revinclude=Communication:recipient    = dps
PractitionerRole?_id={psychologist_role}&_revinclude=Task:owner&_revinclude=Composition:author = psychologist_role
Practitioner?_id={psychologist}&_revinclude=Appointment:actor&_revinclude=Provenance:agent     = psychologist
Practitioner/{psychologist}/CareTeam                                                           =
Practitioner/{psychologist}/Appointment                                                        =
Practitioner/{psychologist}/*                                                                  = psychologist_role
Practitioner/{adviser}/Appointment                                                             = assessment
Patient                                                                                        = berit
Patient?general-practitioner=PractitionerRole/{psychologist_role}                              =
Patient?_has:CareTeam:subject:participant=Organization/{dps}                                   =
Patient?_has:Task:patient:owner=PractitionerRole/{psychologist_role}                           =
Patient?_has:Goal:patient:_security=mental-health                                              =
Patient?_has:Condition:patient:_lastUpdated=gt2020                                             =
Patient?_include=Patient:general-practitioner                                                  = berit doctor_role
Patient?_id={berit}&_revinclude=Goal:patient&_revinclude=Condition:patient                     = berit work_goal
CarePlan                                                                                       = plan
CarePlan?activity-reference=Task/{sleep}                                                       =
CarePlan?activity-reference:Task.owner=PractitionerRole/{psychologist_role}                    =
CarePlan?activity-reference=Task/{work_task}                                                   = plan
CarePlan?performer=PractitionerRole/{psychologist_role}                                        =
CarePlan?goal=Goal/{sleep_goal}                                                                =
CarePlan?goal=Goal/{work_goal}                                                                 = plan
CarePlan?condition:missing=false                                                               =
CarePlan?condition:missing=true                                                                = plan
CarePlan?part-of:missing=true                                                                  = plan
CarePlan?care-team.participant=Organization/{dps}                                              =
CarePlan?_include=CarePlan:goal&_include=CarePlan:activity-reference              = plan work_goal work_task
CarePlan?_include=CarePlan:part-of&_include=CarePlan:condition                                 = plan
Goal                                                                                           = work_goal
Goal?_has:CarePlan:goal:_id={plan}                                                             = work_goal
Goal?patient:Patient._has:CareTeam:subject:participant=Organization/{dps}                      =
Task                                                                                           = lost_task work_task
Task?_sort=owner                                                                               = lost_task work_task
Task?_sort=-owner                                                                              = lost_task work_task
Task?owner:missing=true                                                                        = lost_task
Task?owner:missing=false                                                                       = work_task
Task?owner:PractitionerRole.organization=Organization/{dps}                                    =
Appointment                                                                                    = assessment meeting
Appointment?actor=PractitionerRole/{psychologist_role}                                         =
Appointment?actor=HealthcareService/{dps_offer}                                                =
Appointment?location=Location/{dps_room}                                                       =
Appointment?location:missing=false                                                             =
Appointment?practitioner=Practitioner/{psychologist}                                           =
Appointment?part-status=tentative                                                              =
Appointment?part-status:not=tentative                                                          = assessment meeting
Appointment?_include=Appointment:actor                         = adviser adviser_role assessment berit meeting
Communication                                                                                  = message minutes
Communication?category=minutes                                                                 = minutes
Communication?recipient=Organization/{dps}                                                     =
Communication?recipient:PractitionerRole.organization=Organization/{dps}                       =
Communication?sender:missing=false                                                             =
Communication?_include=Communication:recipient&_include=Communication:sender \
= adviser_role doctor_role message minutes
Condition                                                                                      =
DocumentReference?author=PractitionerRole/{psychologist_role}                                  =
DocumentReference?relatesto=DocumentReference/{epicrisis}                                      =
DocumentReference?relation=appends                                                             =
DocumentReference?relationship=DocumentReference/{epicrisis}$appends                           =
DocumentReference?author:missing=true                                                          = letter
Observation?performer=PractitionerRole/{psychologist_role}                                     =
Observation?performer=PractitionerRole/{adviser_role}                                          = measure
QuestionnaireResponse?author:missing=true                                                      = answers
Provenance?agent=PractitionerRole/{psychologist_role}                                          =
Provenance?target=Goal/{sleep_goal}                                                            =
Provenance?target:Goal._security=mental-health                                                 =
Provenance?target=Goal/{work_goal}                                                             = trace
Composition?entry=Goal/{sleep_goal}                                                            =
Composition?_include=Composition:entry                                                         = summary work_goal
ServiceRequest?performer=Organization/{dps}                                                    =
ServiceRequest?_include=ServiceRequest:performer                                               = request unit
RelatedPerson                                                                                  = kin
?_type=Goal,Task,Condition,Observation                                 = lost_task measure work_goal work_task
Patient/{berit}/*                                                      \
= answers assessment berit kin letter measure meeting message minutes plan request summary team trace work_goal
Patient/{berit}/Goal                                                                           = work_goal
"""
"""Searches, and the names of what they find: matches and includes. Each is asked with its total."""

READS = """
CareTeam/{team} CarePlan/{plan} Goal/{work_goal} Task/{work_task} Task/{lost_task} Appointment/{meeting}
Communication/{minutes} Communication/{message} QuestionnaireResponse/{answers} DocumentReference/{letter}
Observation/{measure} Provenance/{trace} Composition/{summary} ServiceRequest/{request} Patient/{berit}
"""
HISTORIES = ("_history", "CareTeam/_history", "Goal/_history", "Condition/_history", "Task/_history?_count=3")
EVERYTHING = (
    "Patient/{berit}/$everything",
    "Patient/{berit}/$everything?_type=Goal,Task,Condition",
    "Patient/{berit}/$everything?_count=0",
)
ADVISERS = {
    "of NAV, which the denial names": ("nav", "team", "nav"),
    "lent to the unit": ("nav", "case-member", "unit"),
    "named by the denial, in every role and of another employer": ("adviser", "team and case-member", "unit"),
}
"""Whom the denial names, the adviser's roles, and whose token it is."""


class Worlds(NamedTuple):
    with_dps: Berit
    without: Berit
    roles: str
    employer: str

    def both(self) -> tuple[Berit, Berit]:
        return self.with_dps, self.without

    def ask(self, path: str) -> list[httpx.Response]:
        """The adviser of either world asks."""
        return [world.adviser_as(self.roles, self.employer).get(world.at(path)) for world in self.both()]

    def found(self, answers: list[httpx.Response]) -> list[str]:
        return [world.names(answer) for world, answer in zip(self.both(), answers, strict=True)]

    def differ(self, answers: list[httpx.Response]) -> bool:
        """Whether the answers tell more than ids, numbers and times apart."""
        with_dps, without = (world.told(answer) for world, answer in zip(self.both(), answers, strict=True))
        return with_dps != without


class Builder:
    """Two municipalities alike but for DPS, once for each whom a denial names; fresh ones for tests that write."""

    def __init__(self, server: str, issuer: DevelopmentIssuer, clock: MovableClock) -> None:
        self._municipality = partial(Municipality, server, issuer, clock)
        self._codes = itertools.count(7021)
        self._number = identity_number()

    def pairs(self) -> dict[str, tuple[Berit, Berit]]:
        return {
            denied: (self._berit(denied, dps=True), self._berit(denied, dps=False)) for denied in ("nav", "adviser")
        }

    def _berit(self, denied: str, *, dps: bool) -> Berit:
        return Berit(self._municipality(str(next(self._codes))), self._number, dps=dps, denied=denied)


@pytest.fixture(scope="session")
def builder(server: str, issuer: DevelopmentIssuer, session_clock: MovableClock) -> Builder:
    return Builder(server, issuer, session_clock)


@pytest.fixture(scope="session")
def built(builder: Builder) -> dict[str, tuple[Berit, Berit]]:
    return builder.pairs()


@pytest.fixture(scope="session")
def built_to_write(builder: Builder) -> dict[str, tuple[Berit, Berit]]:
    return builder.pairs()


@pytest.fixture(params=ADVISERS)
def worlds(request: pytest.FixtureRequest, built: dict[str, tuple[Berit, Berit]]) -> Worlds:
    denied, roles, employer = ADVISERS[request.param]
    return Worlds(*built[denied], roles, employer)


@pytest.fixture(params=ADVISERS)
def worlds_to_write(request: pytest.FixtureRequest, built_to_write: dict[str, tuple[Berit, Berit]]) -> Worlds:
    denied, roles, employer = ADVISERS[request.param]
    return Worlds(*built_to_write[denied], roles, employer)


def counted(question: str) -> str:
    return f"{question}{'&' if '?' in question else '?'}_total=accurate"


QUESTION_LINES = [line.rsplit(" =", 1) for line in QUESTIONS.replace("\\\n", "").strip().splitlines()]


def test_no_search_tells_that_the_dps_is_there(worlds: Worlds) -> None:
    wrong = []
    for question, names in QUESTION_LINES:
        answers = worlds.ask(counted(question.strip()))
        found = worlds.found(answers)
        if found != [names.strip()] * 2 or worlds.differ(answers):
            wrong.append((question.strip(), found))
    assert wrong == []
    assert len(QUESTION_LINES) >= 90


def test_no_read_tells_it_now_or_in_any_version(worlds: Worlds) -> None:
    first = {"ServiceRequest/{request}": "/_history/2"}  # before, it counted as health
    tails = {path: ("", first.get(path, "/_history/1"), "/_history") for path in READS.split()}
    paths = [f"{path}{tail}" for path, own in tails.items() for tail in own]
    answers = {path: worlds.ask(path) for path in paths}
    assert [path for path, both in answers.items() if {one.status_code for one in both} != {200}] == []
    assert [path for path, both in answers.items() if worlds.differ(both)] == []


def test_what_is_withheld_is_what_never_was(worlds: Worlds) -> None:
    for name, made in HIDDEN.items():
        for tail in ("", "/_history/1", "/_history"):
            nothing = worlds.ask(f"{made['resourceType']}/{NOBODY}{tail}")[0]
            answers = worlds.ask(f"{made['resourceType']}/{{{name}}}{tail}")
            assert [one.status_code for one in answers] == [404, 404], (name, tail)
            assert [one.json() for one in answers] == [nothing.json()] * 2, (name, tail)


@pytest.mark.parametrize("path", [*HISTORIES, *EVERYTHING])
def test_neither_histories_nor_everything_tell_it(worlds: Worlds, path: str) -> None:
    answers = worlds.ask(path)
    assert [one.status_code for one in answers] == [200, 200]
    assert not worlds.differ(answers)


WRITES = {
    "about what is withheld": ("Communication", {"about": [{"reference": "Goal/{sleep_goal}"}]}, 422),
    "about what is seen": ("Communication", {"about": [{"reference": "Goal/{work_goal}"}]}, 201),
    "to the team": ("Communication", {"recipient": [{"reference": "CareTeam/{team}"}]}, 201),
    "an answer": ("QuestionnaireResponse", {"basedOn": [{"reference": "CarePlan/{dps_plan}"}]}, 422),
    "what neither may": ("Goal", {"addresses": [{"reference": "Condition/{diagnosis}"}]}, 403),
}


@pytest.mark.parametrize("what", WRITES)
def test_no_write_tells_it_either(worlds_to_write: Worlds, what: str) -> None:
    worlds = worlds_to_write
    type, elements, status = WRITES[what]
    subject = {"reference": "Patient/{berit}"}
    body = {"resourceType": type, "status": "completed", "meta": label("work"), "subject": subject} | elements
    answers = [
        world.adviser_as(worlds.roles, worlds.employer).post(f"/fhir/{type}", filled(body, world.ids))
        for world in worlds.both()
    ]
    assert [one.status_code for one in answers] == [status, status]
    assert not worlds.differ(answers)


def test_to_try_and_overwrite_what_one_may_not_write_tells_nothing(worlds: Worlds) -> None:
    """The adviser's own Task apart: a cut one is 409, and so it shall be."""
    for path in (one for one in READS.split() if one != "Task/{work_task}"):
        held = worlds.ask(path)
        answers = [
            world.adviser_as(worlds.roles, worlds.employer).put(one.json() | {"language": "nn"})
            for world, one in zip(worlds.both(), held, strict=True)
        ]
        assert [one.status_code for one in answers] == [403, 403], path
        assert not worlds.differ(answers), path


def test_what_the_adviser_sees_of_the_team(built: dict[str, tuple[Berit, Berit]]) -> None:
    """By itself, in case both worlds tell nothing at all."""
    world, ids = built["nav"][0], built["nav"][0].ids
    team = world.adviser_as("team").read("CareTeam", ids["team"])
    assert [one["member"]["reference"] for one in team["participant"]] == [
        f"Patient/{ids['berit']}",
        f"PractitionerRole/{ids['doctor_role']}",
        f"PractitionerRole/{ids['coordinator_role']}",
        f"PractitionerRole/{ids['adviser_role']}",
        f"Practitioner/{ids['adviser']}",
    ]
    assert (team["name"], "text" in team, "reasonReference" in team) == ("Teamet rundt Berit", False, False)
    assert team["managingOrganization"] == [{"reference": f"Organization/{ids['service']}"}]


def test_who_is_not_denied_is_told(built: dict[str, tuple[Berit, Berit]]) -> None:
    world = built["nav"][0]
    for question, names in (
        ("CareTeam?participant=Organization/{dps}", "team"),
        ("Organization?_has:CareTeam:participant:subject=Patient/{berit}", "dps ward"),
        ("Task?owner:missing=true", "sleep"),
        ("Practitioner/{psychologist}/Appointment", "meeting"),
    ):
        assert world.names(world.town.unit.get(world.at(question))) == names
    assert len(world.town.unit.read("CareTeam", world.ids["team"])["participant"]) == 11


UNLABELLED = {
    "Appointment": False,
    "AppointmentResponse": False,
    "CarePlan": True,
    "CareTeam": True,
    "Communication": False,
    "Composition": True,
    "Condition": False,
    "Consent": True,
    "DocumentReference": False,
    "Goal": False,
    "Observation": False,
    "Patient": True,
    "Provenance": False,
    "QuestionnaireResponse": False,
    "RelatedPerson": True,
    "ServiceRequest": True,
    "Task": False,
}
"""What a coordinator from whom health is withheld still sees without labels."""


def unlabelled(town: Municipality, patient: Json, type: str) -> Json:
    if type == "Patient":
        return patient
    about = ABOUT[type](reference(patient), reference(town.unit_office), {})
    return town.unit.create({"resourceType": type} | about)


@pytest.mark.parametrize("kind", ["health", "mental-health", "work"])
def test_what_has_no_label_counts_as_health_or_as_nothing(town: Municipality, kind: str) -> None:
    """And as neither mental health nor work, where only these are withheld."""
    teacher, patient = town.employee(town.organisation("school")), town.person()
    town.team(patient, coordinator=teacher.role)
    api, held = teacher.as_("coordinator"), {type: unlabelled(town, patient, type) for type in UNLABELLED}
    assert {type for type, one in held.items() if f"{type}/{one['id']}" in api.found(type)} == UNLABELLED.keys()
    town.denial(patient, teacher.practitioner, kind)
    expected = {type: shown or kind != "health" for type, shown in UNLABELLED.items()}
    assert {type: f"{type}/{one['id']}" in api.found(type) for type, one in held.items()} == expected
    read = {type: api.get(f"/fhir/{type}/{one['id']}").status_code for type, one in held.items()}
    assert read == {type: 200 if shown else 404 for type, shown in expected.items()}


def hours(clock: MovableClock, later: float) -> str:
    return oslo_datetime(clock.now() + timedelta(hours=later))


def first(page: Json) -> Json:
    resource: Json = page["entry"][0]["resource"]
    return resource


def seen(town: Municipality, nurse: Employee, *addresses: str) -> set[tuple[bool, bool]]:
    """Whether the goal on health is found and the colleague is shown, by each of the servers."""
    apis = [Api(address, nurse.as_("team").token) for address in (town.address, *addresses)]
    return {
        (api.search("Goal?_total=accurate")["total"] == 1, len(first(api.search("CareTeam"))["participant"]) == 2)
        for api in apis
    }


@pytest.fixture(scope="session")
def another_worker(settings: Settings, session_clock: MovableClock) -> Iterator[str]:
    with running(settings, session_clock) as address:
        yield address


SEES_ALL, SEES_NOTHING_OF_HEALTH = (True, True), (False, False)


class Withholding:
    """A nurse and a colleague from home care on the team, a goal on health, and a consent that denies the nurse it."""

    def __init__(self, town: Municipality) -> None:
        self.nurse, colleague = town.employee(), town.employee()
        self.town, self.patient = town, town.person()
        town.team(self.patient, self.nurse.role, colleague.role)
        town.unit.create(
            {
                "resourceType": "Goal",
                "lifecycleStatus": "active",
                "description": {"text": "Gå"},
                "subject": reference(self.patient),
            }
        )
        self.person = town.as_person(self.patient)

    def deny(self, **period: str) -> Json:
        rule = {
            "type": "deny",
            "actor": [
                {"role": coding(systems.V3_PARTICIPATION, "IRCP"), "reference": reference(self.nurse.practitioner)}
            ],
            "securityLabel": label("health")["security"],
        }
        provision = {"provision": [rule]} | ({"period": period} if period else {})
        return self.town.consent(self.patient, "sharing", provision=provision)


@pytest.mark.parametrize("ended", ["inactive", "rejected", "entered-in-error", "deleted"])
def test_a_denial_acts_at_once_on_every_worker_and_so_does_its_end(
    town: Municipality, another_worker: str, ended: str
) -> None:
    story = Withholding(town)
    assert seen(town, story.nurse, another_worker) == {SEES_ALL}
    denial = story.deny()
    assert seen(town, story.nurse, another_worker) == {SEES_NOTHING_OF_HEALTH}
    if ended == "deleted":
        assert town.unit.delete("Consent", denial["id"]).status_code == 204
    else:
        story.person.update(denial | {"status": ended})
    assert seen(town, story.nurse, another_worker) == {SEES_ALL}


def test_a_denial_begins_and_expires_at_its_hour_on_every_worker(
    town: Municipality, another_worker: str, clock: MovableClock
) -> None:
    story = Withholding(town)
    story.deny(start=hours(clock, 1), end=hours(clock, 3))
    for later, expected in (
        (0.0, SEES_ALL),
        (0.99, SEES_ALL),
        (1.01, SEES_NOTHING_OF_HEALTH),
        (2.99, SEES_NOTHING_OF_HEALTH),
        (3.01, SEES_ALL),
    ):
        clock.moved = timedelta(hours=later)
        assert seen(town, story.nurse, another_worker) == {expected}, later


def test_a_consent_that_expires_today_lasts_the_norwegian_day_out(town: Municipality, clock: MovableClock) -> None:
    story = Withholding(town)
    story.deny(end="2027-07-01")
    for moment, expected in (
        ("2027-07-01T21:59:30+00:00", SEES_NOTHING_OF_HEALTH),
        ("2027-07-01T22:00:30+00:00", SEES_ALL),
    ):
        move_to(clock, moment)
        assert seen(town, story.nurse) == {expected}
