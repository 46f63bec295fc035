"""$validate says what a write would be answered, and writes nothing: https://hl7.org/fhir/R4/resource-operation-validate.html"""

from typing import Any

import httpx
import pytest

from audit import NOBODY, Store
from oppfolging_api.settings import Settings
from support import CANONICAL, Api, Json, Municipality, coding, issues, reference

WELL: list[tuple[str, str | None]] = [("informational", None)]
OWN_GOAL = "https://oppfolging.example/fhir/StructureDefinition/goal"
BASE_GOAL = "http://hl7.org/fhir/StructureDefinition/Goal"
FOREIGN = "https://example.org/StructureDefinition/goal"


@pytest.fixture
def store(settings: Settings) -> Store:
    return Store(settings)


def goal(patient: Json, **elements: object) -> Json:
    made: Json = {
        "resourceType": "Goal",
        "lifecycleStatus": "active",
        "description": {"text": "Gå på kamp"},
        "subject": reference(patient),
    }
    return made | elements


def asked(api: Api, path: str, resource: Json | None = None, **given: Json) -> httpx.Response:
    """The resource beside what else is given, in Parameters."""
    parameters = [{"name": "resource", "resource": resource}] if resource is not None else []
    parameters += [{"name": name, **value} for name, value in given.items()]
    body: Json = {"resourceType": "Parameters"} | ({"parameter": parameters} if parameters else {})
    return api.post(f"/fhir/{path}/$validate", body)


def mode(code: str) -> Json:
    return {"valueCode": code}


def test_a_good_resource_by_itself(town: Municipality) -> None:
    answer = town.unit.post("/fhir/Goal/$validate", goal(town.person()))
    assert issues(answer, 200) == WELL
    assert answer.json()["issue"][0]["severity"] == "information"


def test_every_fault_of_a_bad_one_is_told(town: Municipality) -> None:
    bad = goal(town.person(), lifecycleStatus="running", nickname="x")
    answer = town.unit.post("/fhir/Goal/$validate", bad)
    assert sorted(issues(answer, 200), key=str) == [
        ("code-invalid", "Goal.lifecycleStatus"),
        ("structure", "Goal.nickname"),
    ]
    assert {issue["severity"] for issue in answer.json()["issue"]} == {"error"}
    assert issues(asked(town.unit, "Goal", bad), 200) == issues(answer, 200)


def test_another_type_than_that_of_the_address(town: Municipality) -> None:
    answer = town.unit.post("/fhir/CarePlan/$validate", goal(town.person()))
    assert issues(answer, 200) == [("invalid", "resourceType")]
    assert issues(asked(town.unit, "CarePlan", goal(town.person()), mode=mode("create")), 200) == [
        ("invalid", "resourceType")
    ]


def test_what_stands_is_validated_by_its_id(town: Municipality) -> None:
    made = town.unit.create(goal(town.person()))
    at = f"Goal/{made['id']}"
    assert issues(town.unit.get(f"/fhir/{at}/$validate"), 200) == WELL
    assert issues(asked(town.unit, at), 200) == WELL
    answer = asked(town.unit, at, profile={"valueUri": OWN_GOAL})
    assert issues(answer, 200) == [("required", "Goal.extension")]


def test_what_does_not_stand_is_not_there_to_validate(town: Municipality) -> None:
    made = town.unit.create(goal(town.person()))
    stranger = town.employee().as_("team")
    assert issues(stranger.get(f"/fhir/Goal/{made['id']}/$validate"), 404) == [("not-found", None)]
    assert issues(town.unit.get(f"/fhir/Goal/{NOBODY}/$validate"), 404) == [("not-found", None)]
    assert town.unit.delete("Goal", made["id"]).status_code == 204
    assert issues(town.unit.get(f"/fhir/Goal/{made['id']}/$validate"), 410) == [("deleted", None)]


PROFILES: list[tuple[str, list[tuple[str, str | None]]]] = [
    (OWN_GOAL, [("required", "Goal.extension")]),
    (f"{OWN_GOAL}|1.0", [("required", "Goal.extension")]),
    (BASE_GOAL, WELL),
    ("https://oppfolging.example/fhir/StructureDefinition/wish", [("not-found", None)]),
    ("https://oppfolging.example/fhir/StructureDefinition/care-plan", [("not-found", None)]),
    (FOREIGN, [("not-supported", None)]),
]


@pytest.mark.parametrize("element", ["valueUri", "valueCanonical"])
@pytest.mark.parametrize(("profile", "found"), PROFILES, ids=[url for url, _ in PROFILES])
def test_a_profile_that_is_asked_for(
    town: Municipality, element: str, profile: str, found: list[tuple[str, str | None]]
) -> None:
    patient, given = town.person(), {element: profile}
    assert issues(asked(town.unit, "Goal", goal(patient), profile=given), 200) == found
    assert issues(asked(town.unit, "Goal", goal(patient), mode=mode("profile"), profile=given), 200) == found
    assert issues(asked(town.unit, "Goal", goal(patient), mode=mode("create"), profile=given), 200) == found


def test_what_keeps_to_the_profile_that_is_asked_for(town: Municipality) -> None:
    kept = goal(town.person(), extension=[{"url": CANONICAL.extension("voice"), "valueCode": "person"}])
    assert issues(asked(town.unit, "Goal", kept, profile={"valueUri": OWN_GOAL}), 200) == WELL


def test_a_profile_that_binds_need_not_be_asked_for(town: Municipality) -> None:
    plan = {
        "resourceType": "CarePlan",
        "status": "active",
        "intent": "plan",
        "category": [coding(CANONICAL.code_system("plan-kind"), "dream-plan")],
        "subject": reference(town.person()),
    }
    answer = town.unit.post("/fhir/CarePlan/$validate", plan)
    assert issues(answer, 200) == [("code-invalid", "CarePlan.category[0].coding[0]")]


def written(store: Store, town: Municipality) -> list[tuple[Any, ...]]:
    """Everything the municipality has, but for its access log."""
    tables = ("resource", "resource_version", "find", "find_string", "find_date", "find_quantity", "outbox")
    counts = ", ".join(f"(SELECT count(*) FROM {table} WHERE municipality = $1)" for table in tables)  # noqa: S608
    newest = "(SELECT max(updated) FROM resource WHERE municipality = $1)"
    return store.ask(f"SELECT {counts}, {newest}", town.code)


def test_a_dry_run_says_what_the_write_will_say_and_writes_nothing(town: Municipality, store: Store) -> None:
    patient = town.person()
    made = town.unit.create(goal(patient))
    at, changed = f"Goal/{made['id']}", made | {"lifecycleStatus": "completed"}
    before = written(store, town)
    runs = [
        asked(town.unit, "Goal", goal(patient), mode=mode("create")),
        asked(town.unit, at, changed, mode=mode("update")),
        asked(town.unit, at, mode=mode("delete")),
        asked(town.unit, f"Patient/{patient['id']}", mode=mode("delete")),
    ]
    assert [issues(run, 200) for run in runs] == [WELL, WELL, WELL, [("conflict", "Patient")]]
    assert written(store, town) == before
    assert town.unit.read("Goal", made["id"]) == made
    assert town.unit.delete("Patient", patient["id"]).status_code == 409


def test_a_dry_run_is_in_the_access_log(town: Municipality, store: Store) -> None:
    patient = town.person()
    made = town.unit.create(goal(patient))
    answer = asked(town.unit, f"Goal/{made['id']}", mode=mode("delete"))
    assert issues(answer, 200) == WELL
    assert ("$validate", 200, "Goal", made["id"], patient["id"]) in store.what(answer)
    refused = asked(town.unit, f"Goal/{NOBODY}", mode=mode("delete"))
    assert store.what(refused) == [("$validate", 200, "Goal", NOBODY, None)]


def test_a_reference_to_what_is_hidden_is_one_to_nothing(town: Municipality) -> None:
    employee, seen, hidden = town.employee(), town.person(), town.person()
    town.team(seen, coordinator=employee.role)
    coordinator = employee.as_("coordinator")
    secret = town.unit.create(goal(hidden))
    for target in (reference(secret), {"reference": f"Goal/{NOBODY}"}):
        plan = {
            "resourceType": "CarePlan",
            "status": "draft",
            "intent": "plan",
            "subject": reference(seen),
            "goal": [target],
        }
        answer = asked(coordinator, "CarePlan", plan, mode=mode("create"))
        assert issues(answer, 200) == [("not-found", "CarePlan.goal[0].reference")]
        assert issues(coordinator.post("/fhir/CarePlan/$validate", plan), 200) == WELL


@pytest.mark.parametrize("code", ["update", "delete"])
def test_what_is_hidden_is_not_there_in_a_dry_run_either(town: Municipality, code: str) -> None:
    employee, hidden = town.employee(), town.person()
    secret = town.unit.create(goal(hidden))
    town.team(town.person(), coordinator=employee.role)
    coordinator = employee.as_("coordinator")
    for id in (secret["id"], NOBODY):
        answer = asked(coordinator, f"Goal/{id}", secret | {"id": id}, mode=mode(code))
        assert issues(answer, 200) == [("not-found", None)]


def test_what_the_caller_may_not_do_is_told(town: Municipality) -> None:
    employee, patient = town.employee(), town.person()
    town.team(patient, employee.role)
    made = town.unit.create(goal(patient))
    member = employee.as_("team")
    assert issues(asked(member, "Goal", goal(patient), mode=mode("create")), 200) == [("forbidden", None)]
    assert issues(asked(member, f"Goal/{made['id']}", made, mode=mode("update")), 200) == [("forbidden", None)]
    assert issues(asked(member, f"Goal/{made['id']}", mode=mode("delete")), 200) == [("forbidden", None)]


def test_an_update_is_of_the_resource_the_address_names(town: Municipality) -> None:
    patient = town.person()
    made, other = town.unit.create(goal(patient)), town.unit.create(goal(patient))
    assert issues(asked(town.unit, f"Goal/{made['id']}", other, mode=mode("update")), 200) == [("invalid", "Goal.id")]
    anothers = goal(town.person(), id=made["id"])
    moved = asked(town.unit, f"Goal/{made['id']}", anothers, mode=mode("update"))
    assert issues(moved, 200) == [("processing", "Goal.subject")]


def test_a_journal_system_tries_an_id_of_its_own(town: Municipality) -> None:
    patient = town.person()
    fresh = goal(patient, id="their-own")
    assert issues(asked(town.system, "Goal/their-own", fresh, mode=mode("update")), 200) == WELL
    assert town.system.get("/fhir/Goal/their-own").status_code == 404
    assert issues(asked(town.unit, "Goal/their-own", fresh, mode=mode("update")), 200) == [("not-found", None)]


def test_a_second_active_team_is_refused_in_a_dry_run(town: Municipality) -> None:
    """Which the database looks at when it commits."""
    patient = town.person()
    team = town.team(patient)
    again = {name: held for name, held in team.items() if name not in ("id", "meta")}
    tried = asked(town.unit, "CareTeam", again, mode=mode("create"))
    real = town.unit.post("/fhir/CareTeam", again)
    assert issues(tried, 200) == issues(real, 409)


def test_what_was_deleted_may_be_deleted_again_and_brought_back(town: Municipality) -> None:
    made = town.unit.create(goal(town.person()))
    town.unit.delete("Goal", made["id"])
    assert issues(asked(town.unit, f"Goal/{made['id']}", mode=mode("delete")), 200) == WELL
    assert issues(asked(town.unit, f"Goal/{made['id']}", made, mode=mode("update")), 200) == WELL
    assert town.unit.get(f"/fhir/Goal/{made['id']}").status_code == 410


GOOD: Json = {"resourceType": "Practitioner"}
NO_QUESTIONS: dict[str, tuple[list[Json], tuple[str, str]]] = {
    "no resource": ([], ("required", "Parameters.parameter")),
    "create without": ([{"name": "mode", "valueCode": "create"}], ("required", "Parameters.parameter")),
    "update without id": (
        [{"name": "resource", "resource": GOOD}, {"name": "mode", "valueCode": "update"}],
        ("required", "Parameters.parameter"),
    ),
    "delete without id": ([{"name": "mode", "valueCode": "delete"}], ("required", "Parameters.parameter")),
    "no profile": (
        [{"name": "resource", "resource": GOOD}, {"name": "mode", "valueCode": "profile"}],
        ("required", "Parameters.parameter"),
    ),
    "a mode there is not": (
        [{"name": "resource", "resource": GOOD}, {"name": "mode", "valueCode": "read"}],
        ("code-invalid", "Parameters.parameter[1].valueCode"),
    ),
    "the mode twice": (
        [{"name": "mode", "valueCode": "create"}, {"name": "mode", "valueCode": "delete"}],
        ("invalid", "Parameters.parameter[1]"),
    ),
    "the resource twice": (
        [{"name": "resource", "resource": GOOD}, {"name": "resource", "resource": GOOD}],
        ("invalid", "Parameters.parameter[1]"),
    ),
    "another name": ([{"name": "strict", "valueBoolean": True}], ("not-supported", "Parameters.parameter[0]")),
    "a mode that is a number": (
        [{"name": "mode", "valueInteger": 1}],
        ("invalid", "Parameters.parameter[0].valueInteger"),
    ),
    "a profile that is a date": (
        [{"name": "resource", "resource": GOOD}, {"name": "profile", "valueDate": "2026-01-01"}],
        ("invalid", "Parameters.parameter[1].valueDate"),
    ),
    "a resource that is a text": (
        [{"name": "resource", "valueString": "Practitioner"}],
        ("invalid", "Parameters.parameter[0].valueString"),
    ),
}


@pytest.mark.parametrize("fault", NO_QUESTIONS)
def test_a_question_that_cannot_be_understood(town: Municipality, fault: str) -> None:
    parameters, issue = NO_QUESTIONS[fault]
    body: Json = {"resourceType": "Parameters"} | ({"parameter": parameters} if parameters else {})
    assert issues(town.unit.post("/fhir/Practitioner/$validate", body), 400) == [issue]


@pytest.mark.parametrize(
    "body",
    [
        b"[]",
        b"not json",
        b'"Patient"',
        b'{"resourceType": "Parameters", "parameter": {}}',
        b'{"resourceType": "Parameters", "parameter": [1]}',
        b'{"resourceType": "Parameters", "parameter": [{"name": 5}]}',
        b'{"resourceType": "Parameters", "parameter": [{"name": "resource", "resource": "x"}]}',
        b'{"resourceType": "Parameters", "parameter": [{"name": "resource", "resource": {}, "resource": {}}]}',
    ],
)
def test_a_body_that_is_no_question(town: Municipality, body: bytes) -> None:
    headers = {"Content-Type": "application/fhir+json"}
    answer = town.unit.send("POST", "/fhir/Patient/$validate", content=body, headers=headers)
    assert issues(answer, 400)
    assert issues(town.unit.send("POST", "/fhir/Patient/x/$validate", content=body, headers=headers), 400)


@pytest.mark.parametrize("resource", [{}, {"resourceType": 5}, {"resourceType": "Unheard"}, {"meta": 1}])
def test_a_resource_that_is_none_is_told_as_content(town: Municipality, resource: Json) -> None:
    for code in ("create", "profile"):
        given = {"mode": mode(code), "profile": {"valueUri": OWN_GOAL}}
        assert issues(asked(town.unit, "Goal", resource, **given), 200) == [("invalid", "resourceType")]
    assert issues(town.unit.post("/fhir/Goal/$validate", resource), 200) == [("invalid", "resourceType")]


def test_what_only_the_service_publishes(town: Municipality) -> None:
    published = town.unit.read("ValueSet", "plan-kind")
    assert issues(town.unit.get("/fhir/ValueSet/plan-kind/$validate"), 200) == WELL
    assert issues(town.unit.post("/fhir/ValueSet/$validate", published), 200) == WELL
    assert issues(asked(town.unit, "ValueSet", published, mode=mode("create")), 200) == [("forbidden", None)]
    assert issues(asked(town.unit, "ValueSet/plan-kind", published, mode=mode("update")), 200) == [("forbidden", None)]
    assert issues(asked(town.unit, "ValueSet/plan-kind", mode=mode("delete")), 200) == [("forbidden", None)]
    assert issues(town.unit.get("/fhir/ValueSet/nothing/$validate"), 404) == [("not-found", None)]


@pytest.mark.parametrize(
    "type", ["CodeSystem", "OperationDefinition", "SearchParameter", "StructureDefinition", "ValueSet"]
)
def test_everything_that_is_published_is_valid(town: Municipality, type: str) -> None:
    found = town.unit.search(f"{type}?_count=200")["entry"]
    assert len(found) >= 4
    for entry in found:
        answer = town.unit.get(f"/fhir/{type}/{entry['resource']['id']}/$validate")
        assert issues(answer, 200) == WELL, entry["fullUrl"]
