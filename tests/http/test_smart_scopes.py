"""SMART v2 scopes narrow what a role may: by context, by letter, and by a search in them.

https://hl7.org/fhir/smart-app-launch/scopes-and-launch-context.html
"""

import pytest

from support import CANONICAL, Api, Employee, Json, Municipality, issues, label, ok, reference

SYSTEM = "http://terminology.hl7.org/CodeSystem/observation-category"
SURVEYS = f"?category={SYSTEM}|survey"


def observation(patient: Json, category: str, **elements: object) -> Json:
    made: Json = {
        "resourceType": "Observation",
        "status": "final",
        "category": [{"coding": [{"system": SYSTEM, "code": category}]}],
        "code": {"text": "Noe målt"},
        "subject": reference(patient),
    }
    return made | elements


class Record:
    """A person with a survey and a laboratory result, and a coordinator whose scopes a test chooses."""

    def __init__(self, town: Municipality) -> None:
        self.employee: Employee = town.employee()
        self.patient = town.person()
        town.team(self.patient, coordinator=self.employee.role)
        self.survey = town.unit.create(observation(self.patient, "survey"))
        self.laboratory = town.unit.create(observation(self.patient, "laboratory"))

    def api(self, *scopes: str) -> Api:
        return self.employee.as_("coordinator", smart=scopes)

    def found(self, api: Api, query: str = "Observation?_total=accurate") -> list[Json]:
        bundle = api.search(query)
        assert bundle.get("total", len(bundle.get("entry", ()))) == len(bundle.get("entry", ()))
        return [entry["resource"] for entry in bundle.get("entry", ())]


@pytest.fixture
def record(town: Municipality) -> Record:
    return Record(town)


@pytest.mark.parametrize(
    "search", ["category=survey", f"category={SYSTEM}|survey", "category=exam,survey", "status=final&category=survey"]
)
def test_a_search_in_a_scope_holds_reads_and_searches_to_what_it_finds(record: Record, search: str) -> None:
    api = record.api(f"user/Observation.rs?{search}", "user/Patient.rs")
    assert record.found(api) == [record.survey]
    assert record.found(api, f"Observation?patient={record.patient['id']}") == [record.survey]
    assert record.found(api, f"Observation?_id={record.laboratory['id']}&_total=accurate") == []
    assert api.read("Observation", record.survey["id"]) == record.survey
    assert issues(api.get(f"/fhir/Observation/{record.laboratory['id']}"), 404) == [("not-found", None)]
    everything = record.found(api, f"Patient/{record.patient['id']}/$everything")
    assert sorted(one["resourceType"] for one in everything) == ["Observation", "Patient"]
    brought = record.found(api, f"Patient?_id={record.patient['id']}&_revinclude=Observation:patient")
    assert [one["id"] for one in brought] == [record.patient["id"], record.survey["id"]]
    chained = f"Patient?_has:Observation:patient:category={{}}&_id={record.patient['id']}&_total=accurate"
    assert len(record.found(api, chained.format("survey"))) == 1
    assert record.found(api, chained.format("laboratory")) == []


def test_several_scopes_of_a_type_allow_what_any_of_them_does(record: Record) -> None:
    both = record.api("user/Observation.rs?category=survey", "user/Observation.rs?category=laboratory")
    assert {one["id"] for one in record.found(both)} == {record.survey["id"], record.laboratory["id"]}
    wide = record.api("user/Observation.rs?category=survey", "user/*.rs")
    assert {one["id"] for one in record.found(wide)} == {record.survey["id"], record.laboratory["id"]}


def test_a_scope_that_asks_for_two_things_asks_for_both(record: Record) -> None:
    final = record.api("user/Observation.rs?category=survey&status=final")
    amended = record.api("user/Observation.rs?category=survey&status=amended")
    assert (record.found(final), record.found(amended)) == ([record.survey], [])


def test_a_scope_to_search_some_and_read_all_is_kept_to_the_letter(record: Record) -> None:
    api = record.api("user/Observation.s?category=survey", "user/Observation.r")
    assert record.found(api) == [record.survey]
    assert api.read("Observation", record.laboratory["id"]) == record.laboratory
    turned = record.api("user/Observation.s", "user/Observation.r?category=survey")
    assert {one["id"] for one in record.found(turned)} == {record.survey["id"], record.laboratory["id"]}
    assert issues(turned.get(f"/fhir/Observation/{record.laboratory['id']}"), 404) == [("not-found", None)]


def test_what_earlier_versions_said_is_not_known_so_none_is_told(record: Record) -> None:
    api, id = record.api("user/Observation.rs?category=survey", "user/Patient.rs"), record.survey["id"]
    for path in (f"Observation/{id}/_history", f"Observation/{id}/_history/1", "Observation/_history"):
        assert issues(api.get(f"/fhir/{path}"), 403) == [("forbidden", None)]
    types = {entry["resource"]["resourceType"] for entry in api.search("_history")["entry"]}
    assert types == {"Patient"}
    assert len(api.search(f"Patient/{record.patient['id']}/_history")["entry"]) == 1


def test_nothing_is_written_that_the_scope_does_not_find(record: Record) -> None:
    api = record.api("user/Observation.cruds?category=survey", "user/Patient.r")
    assert ok(api.post("/fhir/Observation", observation(record.patient, "survey")), 201)
    laboratory = observation(record.patient, "laboratory")
    assert issues(api.post("/fhir/Observation", laboratory), 403) == [("forbidden", None)]
    moved = record.survey | {"category": laboratory["category"]}
    assert issues(api.put(moved), 403) == [("forbidden", None)]
    assert api.read("Observation", record.survey["id"]) == record.survey
    assert issues(api.put(record.laboratory | {"language": "nb"}), 404) == [("not-found", None)]
    assert issues(api.delete("Observation", record.laboratory["id"]), 404) == [("not-found", None)]
    assert api.put(record.survey | {"language": "nb"}).status_code == 200
    assert api.delete("Observation", record.survey["id"]).status_code == 204


def test_what_may_be_read_may_not_be_written_where_the_scopes_differ(record: Record) -> None:
    api = record.api("user/Observation.rs", "user/Observation.ud?category=survey")
    assert issues(api.put(record.laboratory | {"language": "nb"}), 403) == [("forbidden", None)]
    assert issues(api.delete("Observation", record.laboratory["id"]), 403) == [("forbidden", None)]
    assert api.put(record.survey | {"language": "nb"}).status_code == 200


@pytest.mark.parametrize(
    "scope",
    [
        "user/Observation.rs?code:text=noe",
        "user/Observation.rs?no-such-parameter=1",
        "user/Observation.rs?date=gt2020-01-01",
        "user/Observation.rs?category",
        "user/Observation.rs?",
    ],
)
def test_a_search_that_cannot_be_kept_allows_nothing(record: Record, scope: str) -> None:
    api = record.api(scope, "user/Patient.rs")
    assert issues(api.get("/fhir/Observation"), 403) == [("forbidden", None)]
    assert issues(api.get(f"/fhir/Observation/{record.survey['id']}"), 403) == [("forbidden", None)]


@pytest.mark.parametrize("value", ["'", "a'||'b", "$1[1]", ":id", "{f}", "%s", "%C3%A5|%5C", "x" * 400])
def test_whatever_a_scope_searches_for_is_a_value_and_no_sql(record: Record, value: str) -> None:
    api = record.api(f"user/Observation.rus?category={value}", "user/Observation.rs?category=survey")
    assert record.found(api) == [record.survey]
    assert api.read("Observation", record.survey["id"]) == record.survey
    assert issues(api.put(record.laboratory), 404) == [("not-found", None)]


def test_a_label_can_be_searched_for_in_a_scope(town: Municipality, record: Record) -> None:
    kind = f"{CANONICAL.code_system('information-kind')}|work"
    work = town.unit.create(observation(record.patient, "survey", meta=label("work")))
    assert record.found(record.api(f"user/Observation.rs?_security={kind}")) == [work]


@pytest.mark.parametrize(("context", "seen"), [("user", True), ("patient", False), ("system", False)])
def test_an_employees_access_is_the_users(record: Record, context: str, seen: bool) -> None:
    api = record.api(f"{context}/Observation.rs")
    assert bool(record.found(api)) is seen
    assert api.get(f"/fhir/Observation/{record.survey['id']}").status_code == (200 if seen else 404)


@pytest.mark.parametrize(("context", "seen"), [("user", True), ("patient", True), ("system", False)])
def test_a_persons_own_access_is_the_patients_and_the_users(
    town: Municipality, record: Record, context: str, seen: bool
) -> None:
    number = str(record.patient["identifier"][0]["value"])
    api = town.api("person", pid=number, smart=(f"{context}/Observation.rs",))
    assert bool(record.found(api)) is seen


@pytest.mark.parametrize(("context", "seen"), [("user", False), ("patient", False), ("system", True)])
def test_a_journal_systems_access_is_the_systems(town: Municipality, record: Record, context: str, seen: bool) -> None:
    api = town.api("system", smart=(f"{context}/Observation.rs", f"{context}/Organization.rs"))
    assert bool(record.found(api)) is seen
    assert len(record.found(api, "Organization")) == 2  # what is about nobody is everybody's
