"""Search of several types, and of compartments: https://hl7.org/fhir/R4/http.html#search, compartmentdefinition.html"""

import pytest

from support import Api, Json, Municipality, issues, ok, reference


def write(town: Municipality, *resources: Json) -> None:
    for resource in resources:
        ok(town.system.put(resource), 201)


@pytest.fixture
def filled(town: Municipality) -> Municipality:
    """Patients p and q with a goal each, a plan of p, an organisation; tagged so that nothing else is found."""
    tag = {"meta": {"tag": [{"system": "urn:t", "code": "ours"}]}}
    goal: Json = {"resourceType": "Goal", "lifecycleStatus": "active", "description": {"text": "x"}} | tag
    plan: Json = {"resourceType": "CarePlan", "status": "draft", "intent": "plan", "id": "c"} | tag
    write(
        town,
        {"resourceType": "Patient", "id": "p"} | tag,
        {"resourceType": "Patient", "id": "q"} | tag,
        goal | {"id": "gp", "subject": {"reference": "Patient/p"}},
        goal | {"id": "gq", "subject": {"reference": "Patient/q"}},
        plan | {"subject": {"reference": "Patient/p"}},
        {"resourceType": "Organization", "id": "o", "name": "x"} | tag,
    )
    return town


def pages(api: Api, url: str) -> list[str]:
    """`Type/id` of all entries, by the next links."""
    found: list[str] = []
    link: str | None = url
    while link:
        bundle = ok(api.get(link), 200)
        found += [f"{one['resource']['resourceType']}/{one['resource']['id']}" for one in bundle.get("entry", [])]
        link = next((one["url"].removeprefix(api.address) for one in bundle["link"] if one["relation"] == "next"), None)
    return found


def test_all_types_at_once_newest_first(filled: Municipality) -> None:
    everything = ["Organization/o", "CarePlan/c", "Goal/gq", "Goal/gp", "Patient/q", "Patient/p"]
    assert pages(filled.system, "/fhir?_tag=ours") == everything
    assert pages(filled.system, "/fhir?_tag=ours&_count=2") == everything
    assert ok(filled.system.get("/fhir?_tag=ours&_total=accurate&_count=1"), 200)["total"] == 6


def test_some_types(filled: Municipality) -> None:
    assert pages(filled.system, "/fhir?_type=Goal,Patient&_tag=ours&_sort=_id") == [
        "Goal/gp",
        "Goal/gq",
        "Patient/p",
        "Patient/q",
    ]
    assert pages(filled.system, "/fhir?_type=Goal,CarePlan&patient=p&_sort=_id") == ["CarePlan/c", "Goal/gp"]
    assert pages(filled.system, "/fhir?_type=Goal&lifecycle-status=active&_sort=_id") == ["Goal/gp", "Goal/gq"]


def test_posted(filled: Municipality) -> None:
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    answer = filled.system.send("POST", "/fhir/_search", content="_tag=ours&_type=CarePlan", headers=form)
    assert [entry["resource"]["id"] for entry in ok(answer, 200)["entry"]] == ["c"]


def test_what_all_types_do_not_have_is_no_parameter_of_them(filled: Municipality) -> None:
    strict = {"Prefer": "handling=strict"}
    assert issues(filled.system.get("/fhir?status=active", headers=strict), 400) == [("not-supported", "status")]
    assert issues(filled.system.get("/fhir?_type=Nothing"), 400) == [("not-supported", "_type")]


def test_each_type_by_its_own_policy(filled: Municipality) -> None:
    nurse = filled.employee()
    filled.team({"resourceType": "Patient", "id": "p"}, nurse.role)
    found = pages(nurse.as_("team"), "/fhir?_tag=ours")
    assert found == ["Organization/o", "CarePlan/c", "Goal/gp", "Patient/p"]
    assert ok(nurse.as_("team").get("/fhir?_tag=ours&_total=accurate"), 200)["total"] == 4
    narrowed = nurse.as_("team", smart=("user/Goal.rs",))
    assert pages(narrowed, "/fhir?_tag=ours") == ["Goal/gp"]


def test_compartments(filled: Municipality) -> None:
    assert pages(filled.system, "/fhir/Patient/p/Goal") == ["Goal/gp"]
    assert pages(filled.system, "/fhir/Patient/p/CarePlan?status=draft") == ["CarePlan/c"]
    assert pages(filled.system, "/fhir/Patient/p/CarePlan?status=active") == []
    assert pages(filled.system, "/fhir/Patient/p/*?_tag=ours") == ["CarePlan/c", "Goal/gp", "Patient/p"]
    assert pages(filled.system, "/fhir/Patient/nobody/Goal") == []
    assert ok(filled.system.get("/fhir/Patient/p/Goal"), 200)["link"][0]["url"].endswith("/fhir/Patient/p/Goal")


def test_the_teams_of_a_practitioner(town: Municipality) -> None:
    nurse, other = town.employee(), town.employee()
    patient = town.person()
    team = town.team(patient, {"member": reference(nurse.practitioner)})
    found = town.unit.found(f"Practitioner/{nurse.practitioner['id']}/CareTeam")
    assert found == [f"CareTeam/{team['id']}"]
    assert town.unit.found(f"Practitioner/{other.practitioner['id']}/CareTeam") == []


def test_what_is_no_compartment(town: Municipality) -> None:
    assert issues(town.unit.get("/fhir/Organization/x/CareTeam"), 404) == [("not-supported", None)]
    assert issues(town.unit.get("/fhir/Patient/x/Nothing"), 404) == [("not-supported", None)]


def test_a_compartment_is_no_way_around_the_policy(filled: Municipality) -> None:
    nurse = filled.employee()
    filled.team({"resourceType": "Patient", "id": "p"}, nurse.role)
    assert pages(nurse.as_("team"), "/fhir/Patient/q/Goal") == []
    assert pages(nurse.as_("team"), "/fhir/Patient/q/*") == []


@pytest.mark.parametrize("order", ["", "&_sort=_id", "&_sort=-_id", "&_sort=_lastUpdated", "&_sort=_tag"])
def test_types_that_share_an_id_and_a_moment_are_all_shown(town: Municipality, order: str) -> None:
    types = ["Location", "Patient", "Practitioner", "PractitionerRole"]
    entries = [
        {"resource": {"resourceType": type, "id": "same"}, "request": {"method": "PUT", "url": f"{type}/same"}}
        for type in types
    ]
    ok(town.system.post("/fhir", {"resourceType": "Bundle", "type": "transaction", "entry": entries}), 200)
    found = pages(town.system, f"/fhir?_id=same&_count=1{order}")
    assert sorted(found) == [f"{type}/same" for type in types]
