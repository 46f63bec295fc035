"""Chains and reverse chains: https://hl7.org/fhir/R4/search.html#chaining, #has"""

import pytest

from support import Json, Municipality, issues, label, ok, reference

STRICT = {"Prefer": "handling=strict"}


@pytest.fixture
def two_people(town: Municipality) -> Municipality:
    """Kari, with an active plan of which a goal is part and a team with a nurse; Ola, with a draft plan."""
    office = town.organisation("home-care", "Hjemmesykepleien")
    ok(town.system.put({"resourceType": "Practitioner", "id": "nurse", "name": [{"family": "Sykepleier"}]}), 201)
    role: Json = {
        "resourceType": "PractitionerRole",
        "id": "role",
        "practitioner": {"reference": "Practitioner/nurse"},
        "organization": reference(office),
    }
    ok(town.system.put(role), 201)
    for id, family, state in (("kari", "Åsen", "revoked"), ("ola", "Bjørgum", "draft")):
        person = {"resourceType": "Patient", "id": id, "name": [{"family": family}], "gender": "female"}
        ok(town.system.put(person | ({"gender": "male"} if id == "ola" else {})), 201)
        subject = {"reference": f"Patient/{id}"}
        goal = {"resourceType": "Goal", "id": f"goal-{id}", "lifecycleStatus": "active", "description": {"text": "x"}}
        ok(town.system.put(goal | {"subject": subject}), 201)
        plan: Json = {"resourceType": "CarePlan", "id": f"plan-{id}", "status": state, "intent": "plan"}
        ok(town.system.put(plan | {"subject": subject, "goal": [{"reference": f"Goal/goal-{id}"}]}), 201)
    team: Json = {
        "resourceType": "CareTeam",
        "id": "team",
        "status": "inactive",
        "subject": {"reference": "Patient/kari"},
    }
    ok(town.system.put(team | {"participant": [{"member": {"reference": "PractitionerRole/role"}}]}), 201)
    return town


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("CarePlan?subject:Patient.family=asen", ["CarePlan/plan-kari"]),
        ("CarePlan?subject.family=Bjoerg", ["CarePlan/plan-ola"]),
        ("CarePlan?patient.gender=male,other", ["CarePlan/plan-ola"]),
        ("CarePlan?patient.gender:not=male", ["CarePlan/plan-kari"]),
        ("CarePlan?patient.gender=male&status=active", []),
        ("CarePlan?goal.patient.family=asen", ["CarePlan/plan-kari"]),
        ("CarePlan?goal.subject:Patient._id=ola", ["CarePlan/plan-ola"]),
        ("CareTeam?participant:PractitionerRole.practitioner.name=syke", ["CareTeam/team"]),
        ("CareTeam?participant:PractitionerRole.organization.name=hjemme", ["CareTeam/team"]),
        ("CareTeam?participant:PractitionerRole.organization.name=skole", []),
        ("Goal?subject.birthdate=2020", []),
    ],
)
def test_a_chain_leads_to_what_is_pointed_at(two_people: Municipality, query: str, found: list[str]) -> None:
    assert two_people.unit.found(query) == found


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("Patient?_has:CarePlan:patient:status=draft", ["Patient/ola"]),
        ("Patient?_has:CarePlan:subject:status=draft,revoked&_sort=_id", ["Patient/kari", "Patient/ola"]),
        ("Patient?_has:CareTeam:patient:participant=PractitionerRole/role", ["Patient/kari"]),
        ("Goal?_has:CarePlan:goal:status=revoked", ["Goal/goal-kari"]),
        ("Goal?_has:CarePlan:goal:patient.family=Åsen", ["Goal/goal-kari"]),
        (
            "Practitioner?_has:PractitionerRole:practitioner:_has:CareTeam:participant:status=inactive",
            ["Practitioner/nurse"],
        ),
        ("Practitioner?_has:PractitionerRole:practitioner:_has:CareTeam:participant:status=active", []),
        ("CarePlan?patient._has:CareTeam:patient:status=inactive", ["CarePlan/plan-kari"]),
    ],
)
def test_a_reverse_chain_comes_from_what_points_at_it(two_people: Municipality, query: str, found: list[str]) -> None:
    assert two_people.unit.found(query) == found


@pytest.mark.parametrize(
    ("query", "parameter"),
    [
        ("CarePlan?subject.colour=red", "subject.colour"),
        ("CarePlan?subject:Goal.status=active", "subject:Goal.status"),
        ("CarePlan?status.name=x", "status.name"),
        ("Patient?_has:CarePlan:goal:status=active", "_has:CarePlan:goal:status"),
        ("Patient?_has:Nothing:patient:status=active", "_has:Nothing:patient:status"),
        ("Patient?_has:CarePlan:patient:colour=red", "_has:CarePlan:patient:colour"),
        ("Patient?_has:CarePlan", "_has:CarePlan"),
    ],
)
def test_a_chain_that_leads_nowhere_is_refused_even_leniently(town: Municipality, query: str, parameter: str) -> None:
    name, _, value = query.partition("?")[2].partition("=")
    assert issues(town.unit.get(f"/fhir/{query.partition('?')[0]}?{name}={value or 'x'}"), 400) == [
        ("not-supported", parameter)
    ]


def test_a_chain_has_an_end(town: Municipality) -> None:
    far = "part-of." * 6
    assert issues(town.unit.get(f"/fhir/Task?{far}status=draft"), 400) == [("too-costly", None)]


def test_no_chain_reaches_what_the_caller_may_not_see(town: Municipality) -> None:
    """A member of the one's team learns nothing of the other by asking for those who share a plan or a name."""
    kari, ola = town.person(name=[{"family": "Kari"}]), town.person(name=[{"family": "Ola"}])
    nurse = town.employee()
    town.team(kari, nurse.role)
    for person in (kari, ola):
        goal = {"resourceType": "Goal", "lifecycleStatus": "active", "description": {"text": "x"}}
        town.unit.create(goal | {"subject": reference(person)})
    api = nurse.as_("team")
    assert len(api.found("Goal?subject.name=kari")) == 1
    assert api.found("Goal?subject.name=ola") == []
    assert api.found("Patient?_has:Goal:patient:lifecycle-status=active") == [f"Patient/{kari['id']}"]
    assert api.search("Patient?_has:Goal:patient:lifecycle-status=active&_total=accurate")["total"] == 1


def test_a_reverse_chain_does_not_tell_of_what_consent_withholds(town: Municipality) -> None:
    kari, office = town.person(), town.organisation("home-care")
    nurse = town.employee(office)
    town.team(kari, nurse.role)
    goal: Json = {"resourceType": "Goal", "lifecycleStatus": "active", "description": {"text": "x"}}
    town.unit.create(goal | {"subject": reference(kari), "meta": label("mental-health")})
    api = nurse.as_("team")
    asked = "Patient?_has:Goal:patient:lifecycle-status=active"
    assert api.found(asked) == [f"Patient/{kari['id']}"]
    town.denial(kari, office, "mental-health")
    assert api.found(asked) == []
    assert api.search(f"{asked}&_total=accurate")["total"] == 0
    assert api.found("Patient?_has:Goal:patient:_security=mental-health") == []
