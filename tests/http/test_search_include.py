"""_include and _revinclude: https://hl7.org/fhir/R4/search.html#include"""

import pytest

from support import Json, Municipality, issues, ok, reference


def place(town: Municipality, resource: Json) -> None:
    ok(town.system.put(resource), 201)


@pytest.fixture
def planned(town: Municipality) -> Municipality:
    """Patient p with plan, goal and a team of role r; another Patient q with a goal of their own."""
    place(town, {"resourceType": "Practitioner", "id": "pr"})
    place(town, {"resourceType": "PractitionerRole", "id": "r", "practitioner": {"reference": "Practitioner/pr"}})
    for id in ("p", "q"):
        place(town, {"resourceType": "Patient", "id": id})
        subject = {"reference": f"Patient/{id}"}
        goal = {"resourceType": "Goal", "lifecycleStatus": "active", "description": {"text": "x"}}
        place(town, goal | {"id": f"g{id}", "subject": subject})
    subject = {"reference": "Patient/p"}
    members = [{"member": {"reference": "PractitionerRole/r"}}, {"member": subject}]
    place(town, {"resourceType": "CareTeam", "id": "t", "status": "active", "subject": subject, "participant": members})
    place(
        town,
        {
            "resourceType": "CarePlan",
            "id": "c",
            "status": "draft",
            "intent": "plan",
            "subject": subject,
            "careTeam": [{"reference": "CareTeam/t"}],
            "goal": [{"reference": "Goal/gp"}],
        },
    )
    return town


INCLUDED = [
    ("CarePlan?_include=CarePlan:goal", ["CarePlan/c"], ["Goal/gp"]),
    ("CarePlan?_include=CarePlan:goal:Goal", ["CarePlan/c"], ["Goal/gp"]),
    ("CarePlan?_include=CarePlan:subject&_include=CarePlan:care-team", ["CarePlan/c"], ["CareTeam/t", "Patient/p"]),
    ("CarePlan?_include=CarePlan:subject&_include=CarePlan:patient", ["CarePlan/c"], ["Patient/p"]),
    ("CareTeam?_include=CareTeam:participant", ["CareTeam/t"], ["Patient/p", "PractitionerRole/r"]),
    ("CareTeam?_include=CareTeam:participant:PractitionerRole", ["CareTeam/t"], ["PractitionerRole/r"]),
    ("CareTeam?_include=CareTeam:participant:Organization", ["CareTeam/t"], []),
    ("Goal?patient=q&_include=Goal:patient", ["Goal/gq"], ["Patient/q"]),
    ("Patient?_id=p&_revinclude=Goal:patient", ["Patient/p"], ["Goal/gp"]),
    ("Patient?_id=p&_revinclude=Goal:patient:Patient", ["Patient/p"], ["Goal/gp"]),
    (
        "Patient?_sort=-_id&_revinclude=Goal:subject&_revinclude=CareTeam:participant",
        ["Patient/q", "Patient/p"],
        ["CareTeam/t", "Goal/gp", "Goal/gq"],
    ),
    ("Patient?_id=q&_revinclude=CarePlan:subject", ["Patient/q"], []),
    ("Patient?_id=none&_revinclude=CarePlan:subject", [], []),
]


def test_what_is_included(planned: Municipality) -> None:
    for query, matches, includes in INCLUDED:
        entries = planned.system.search(query).get("entry", [])
        base = f"{planned.address}/fhir/"
        told = [(entry["search"]["mode"], entry["fullUrl"].removeprefix(base)) for entry in entries]
        assert [url for mode, url in told if mode == "match"] == matches, query
        assert sorted(url for mode, url in told if mode == "include") == includes, query
        assert [mode for mode, _ in told] == ["match"] * len(matches) + ["include"] * len(includes), query


def test_a_match_is_not_included_again(town: Municipality) -> None:
    place(town, {"resourceType": "Organization", "id": "whole", "name": "x"})
    part = {"reference": "Organization/whole"}
    place(town, {"resourceType": "Organization", "id": "part", "name": "y", "partOf": part})
    query = "Organization?_sort=_id&_include=Organization:partof&_revinclude=Organization:partof&_id=part,whole"
    assert town.system.found(query) == ["Organization/part", "Organization/whole"]
    assert town.system.found("Organization?name=y&_include=Organization:partof") == [
        "Organization/part",
        "Organization/whole",
    ]


def test_includes_are_of_the_page_not_of_the_search(planned: Municipality) -> None:
    first = planned.system.search("Goal?_sort=_id&_count=1&_include=Goal:patient&_total=accurate")
    assert [entry["resource"]["id"] for entry in first["entry"]] == ["gp", "p"]
    assert first["total"] == 2
    following = next(link["url"] for link in first["link"] if link["relation"] == "next")
    second = ok(planned.system.get(following.removeprefix(planned.address)), 200)
    assert [entry["resource"]["id"] for entry in second["entry"]] == ["gq", "q"]


def test_what_was_deleted_is_not_included(planned: Municipality) -> None:
    assert planned.system.delete("CarePlan", "c").status_code == 204
    assert planned.system.found("Patient?_id=p&_revinclude=CarePlan:subject") == ["Patient/p"]


def test_nobody_sees_through_an_include_what_they_may_not_read(town: Municipality) -> None:
    nurse, patient, stranger = town.employee(), town.person(), town.person()
    town.team(patient, nurse.role)
    task: Json = {
        "resourceType": "Task",
        "status": "requested",
        "intent": "plan",
        "for": reference(patient),
        "requester": reference(stranger),
    }
    made = town.system.create(task)
    query = "Task?_include=Task:requester&_include=Task:patient"
    seen = [f"Task/{made['id']}", f"Patient/{patient['id']}"]
    assert nurse.as_("team").found(query) == seen
    assert sorted(town.unit.found(query)) == sorted([*seen, f"Patient/{stranger['id']}"])
    assert nurse.as_("team").found(f"Patient?_id={stranger['id']}&_revinclude=Task:requester") == []


@pytest.mark.parametrize(
    "value",
    ["Goal:subject", "CarePlan", "CarePlan:", "CarePlan:status", "CarePlan:nothing", "CarePlan:goal:Patient",
     "CarePlan:goal:Goal:x", "Nothing:goal", ":goal", "CarePlan:instantiates-canonical"],
)  # fmt: skip
def test_includes_that_are_not_there(town: Municipality, value: str) -> None:
    assert issues(town.system.get(f"/fhir/CarePlan?_include={value}"), 400) == [("not-supported", "_include")]


@pytest.mark.parametrize(
    "value", ["*", "Patient:general-practitioner", "CarePlan:status", "CarePlan:goal", "CarePlan:subject:Goal"]
)
def test_reverse_includes_that_are_not_there(town: Municipality, value: str) -> None:
    assert issues(town.system.get(f"/fhir/Patient?_revinclude={value}"), 400) == [("not-supported", "_revinclude")]


EVERYTHING = ["CareTeam/t", "Goal/gp", "Patient/p", "Practitioner/pr", "PractitionerRole/r"]


@pytest.mark.parametrize(
    ("query", "included"),
    [
        ("CarePlan?_include=*", ["CareTeam/t", "Goal/gp", "Patient/p"]),
        ("CarePlan?_include=CarePlan:*", ["CareTeam/t", "Goal/gp", "Patient/p"]),
        ("CarePlan?_include=CarePlan:care-team&_include=CareTeam:participant", None),
        (
            "CarePlan?_include=CarePlan:care-team&_include:iterate=CareTeam:participant",
            ["CareTeam/t", "Patient/p", "PractitionerRole/r"],
        ),
        (
            "CarePlan?_include=*&_include:iterate=CareTeam:*&_include:iterate=PractitionerRole:practitioner",
            EVERYTHING,
        ),
        (
            "Practitioner?_revinclude=PractitionerRole:practitioner&_revinclude:iterate=CareTeam:participant",
            ["CareTeam/t", "PractitionerRole/r"],
        ),
        ("Patient?_id=p&_include:iterate=Patient:link&_revinclude:iterate=CarePlan:subject", ["CarePlan/c"]),
    ],
)
def test_what_is_included_is_followed_in_its_turn(
    planned: Municipality, query: str, included: list[str] | None
) -> None:
    answer = planned.system.get(f"/fhir/{query}")
    if included is None:
        assert issues(answer, 400) == [("not-supported", "_include")]
        return
    entries = ok(answer, 200)["entry"]
    told = [f"{one['resource']['resourceType']}/{one['resource']['id']}" for one in entries]
    assert sorted(told[sum(one["search"]["mode"] == "match" for one in entries) :]) == included


def test_going_round_in_circles_ends(town: Municipality) -> None:
    """Three organisations, each part of the next."""
    for id in ("a", "b", "c"):
        place(town, {"resourceType": "Organization", "id": id, "name": id})
    for id, whole in (("a", "b"), ("b", "c"), ("c", "a")):
        part = {"resourceType": "Organization", "id": id, "name": id, "partOf": {"reference": f"Organization/{whole}"}}
        ok(town.system.put(part), 200)
    found = town.system.found("Organization?_id=a&_include:iterate=Organization:partof")
    assert found[0] == "Organization/a"
    assert sorted(found[1:]) == ["Organization/b", "Organization/c"]


def test_there_is_an_end_to_what_is_included(town: Municipality) -> None:
    """A thousand come, and a word that there were more."""
    place(town, {"resourceType": "Organization", "id": "whole", "name": "x"})
    part: Json = {"resourceType": "Organization", "name": "x", "partOf": {"reference": "Organization/whole"}}
    for _ in range(3):
        entry = {"request": {"method": "POST", "url": "Organization"}, "resource": part}
        bundle = {"resourceType": "Bundle", "type": "transaction", "entry": [entry] * 400}
        ok(town.system.post("/fhir", bundle), 200)
    entries = town.system.search("Organization?_id=whole&_revinclude=Organization:partof")["entry"]
    assert [one["search"]["mode"] for one in entries] == ["match", *["include"] * 1000, "outcome"]
    assert entries[-1]["resource"]["issue"][0]["code"] == "too-costly"


def test_no_step_of_many_goes_beyond_what_the_caller_may_see(planned: Municipality) -> None:
    nurse = planned.employee()
    planned.team({"resourceType": "Patient", "id": "q"}, nurse.role)
    task: Json = {"resourceType": "Task", "id": "x", "status": "draft", "intent": "order"}
    task |= {"for": {"reference": "Patient/q"}, "focus": {"reference": "CarePlan/c"}}
    place(planned, task)
    query = "Task?_id=x&_include:iterate=Task:focus&_include:iterate=CarePlan:subject&_include:iterate=Task:patient"
    assert nurse.as_("team").found(query) == ["Task/x", "Patient/q"]
    assert sorted(planned.system.found(query)) == ["CarePlan/c", "Patient/p", "Patient/q", "Task/x"]
