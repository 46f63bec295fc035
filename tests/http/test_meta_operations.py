"""$meta, $meta-add, $meta-delete (https://hl7.org/fhir/R4/resource-operation-meta.html), and that operations, Bundles,
patches and posted searches speak JSON only."""

import httpx
import pytest

from audit import NOBODY, Store
from oppfolging_api.settings import Settings
from support import CANONICAL, FHIR_JSON, Api, Json, Municipality, issues, label, ok, reference

RED = {"system": "http://tags.example", "code": "red"}
BLUE = {"system": "http://tags.example", "code": "blue"}
LOCAL = {"system": "http://labels.example", "code": "local"}
PROFILE = "http://profiles.example/goal"
OTHER_PROFILE = "http://profiles.example/plan"


def kind(code: str) -> Json:
    return {"system": CANONICAL.code_system("information-kind"), "code": code}


def goal(patient: Json, **elements: object) -> Json:
    made: Json = {
        "resourceType": "Goal",
        "lifecycleStatus": "active",
        "description": {"text": "Gå tur"},
        "subject": reference(patient),
    }
    return made | elements


def added(api: Api, resource: Json, meta: Json) -> httpx.Response:
    return api.operate(f"Goal/{resource['id']}/$meta-add", meta={"valueMeta": meta})


def removed(api: Api, resource: Json, meta: Json) -> httpx.Response:
    return api.operate(f"Goal/{resource['id']}/$meta-delete", meta={"valueMeta": meta})


def meta_of(answer: httpx.Response) -> Json:
    (returned,) = ok(answer, 200)["parameter"]
    assert set(returned) == {"name", "valueMeta"}
    assert returned["name"] == "return"
    meta: Json = returned["valueMeta"]
    return meta


@pytest.fixture
def store(settings: Settings) -> Store:
    return Store(settings)


@pytest.fixture
def patient(town: Municipality) -> Json:
    return town.person()


@pytest.fixture
def tagged(town: Municipality, patient: Json) -> Json:
    return town.unit.create(goal(patient, meta={"profile": [PROFILE], "tag": [RED], "security": [LOCAL]}))


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_the_meta_of_a_resource(town: Municipality, tagged: Json, method: str) -> None:
    answer = town.unit.send(method, f"/fhir/Goal/{tagged['id']}/$meta")
    assert meta_of(answer) == {
        "versionId": "1",
        "lastUpdated": tagged["meta"]["lastUpdated"],
        "profile": [PROFILE],
        "tag": [RED],
        "security": [LOCAL],
    }


def test_adding_makes_a_version_that_has_it_all(town: Municipality, tagged: Json) -> None:
    more = {"tag": [BLUE], "profile": [OTHER_PROFILE], "security": [kind("school")]}
    told = meta_of(added(town.unit, tagged, more))
    now = town.unit.read("Goal", tagged["id"])
    assert told == now["meta"]
    assert {name: now["meta"][name] for name in ("versionId", "tag", "profile", "security")} == {
        "versionId": "2",
        "tag": [RED, BLUE],
        "profile": [PROFILE, OTHER_PROFILE],
        "security": [LOCAL, kind("school")],
    }
    assert {name: held for name, held in now.items() if name != "meta"} == {
        name: held for name, held in tagged.items() if name != "meta"
    }
    assert town.unit.found("Goal?_tag=http://tags.example|blue") == [f"Goal/{tagged['id']}"]


def test_taking_away_makes_a_version_without(town: Municipality, tagged: Json) -> None:
    told = meta_of(removed(town.unit, tagged, {"tag": [RED | {"display": "Rød"}], "profile": [PROFILE]}))
    assert (told["versionId"], told["security"]) == ("2", [LOCAL])
    assert set(told) == {"versionId", "lastUpdated", "security"}
    assert town.unit.read("Goal", tagged["id"])["meta"] == told
    assert town.unit.found("Goal?_tag=http://tags.example|red") == []


def test_what_changes_nothing_makes_no_version(town: Municipality, tagged: Json, store: Store) -> None:
    same = {"tag": [RED], "profile": [PROFILE]}
    other = {"tag": [{"system": "http://other.example", "code": "red"}], "profile": [OTHER_PROFILE]}
    for answer in (added(town.unit, tagged, same), removed(town.unit, tagged, other)):
        assert meta_of(answer) == tagged["meta"]
    assert town.unit.read("Goal", tagged["id"]) == tagged
    assert store.ask("SELECT count(*) FROM outbox WHERE municipality = $1 AND id = $2", town.code, tagged["id"]) == [
        (1,)
    ]


def test_the_same_twice_is_added_once(town: Municipality, tagged: Json) -> None:
    assert meta_of(added(town.unit, tagged, {"tag": [BLUE, BLUE]}))["tag"] == [RED, BLUE]


def test_the_server_keeps_its_own_part_of_meta(town: Municipality, tagged: Json) -> None:
    told = meta_of(added(town.unit, tagged, {"versionId": "77", "lastUpdated": "2001-01-01T00:00:00Z", "tag": [BLUE]}))
    assert told["versionId"] == "2"
    assert told["lastUpdated"] > tagged["meta"]["lastUpdated"]


LABELLED = label("health", "school")


@pytest.mark.parametrize("who", ["unit", "coordinator", "system"])
def test_who_removes_a_kind_of_information(town: Municipality, patient: Json, who: str) -> None:
    """Only the coordinator and the coordinating unit; from others it is kept, and they are told so."""
    employee = town.employee()
    town.team(patient, coordinator=employee.role)
    made = town.unit.create(goal(patient, meta=LABELLED))
    api = {"unit": town.unit, "system": town.system, "coordinator": employee.as_("coordinator")}[who]
    told = meta_of(removed(api, made, {"security": [kind("school")]}))
    stays = [kind("health"), kind("school")] if who == "system" else [kind("health")]
    assert sorted(one["code"] for one in told["security"]) == [one["code"] for one in stays]
    assert told["versionId"] == ("1" if who == "system" else "2")


def test_the_owner_of_a_task_does_not_remove_its_label(town: Municipality, patient: Json) -> None:
    nurse = town.employee()
    town.team(patient, nurse.role)
    task = town.unit.create(
        {
            "resourceType": "Task",
            "status": "accepted",
            "intent": "order",
            "for": reference(patient),
            "owner": reference(nurse.role),
            "meta": LABELLED,
        }
    )
    answer = nurse.as_("team").operate(
        f"Task/{task['id']}/$meta-delete", meta={"valueMeta": {"security": [kind("school")]}}
    )
    assert answer.status_code in (200, 403)
    assert town.unit.read("Task", task["id"]) == task


def test_who_only_reads_changes_no_meta(town: Municipality, patient: Json, tagged: Json) -> None:
    nurse = town.employee()
    town.team(patient, nurse.role)
    member = nurse.as_("team")
    assert meta_of(member.get(f"/fhir/Goal/{tagged['id']}/$meta")) == tagged["meta"]
    for change in (added, removed):
        assert issues(change(member, tagged, {"tag": [BLUE]}), 403) == [("forbidden", None)]
    assert town.unit.read("Goal", tagged["id"]) == tagged


def test_what_is_hidden_missing_or_deleted(town: Municipality, tagged: Json) -> None:
    stranger = town.employee().as_("team")
    for api, id in ((stranger, tagged["id"]), (town.unit, NOBODY)):
        assert issues(api.get(f"/fhir/Goal/{id}/$meta"), 404) == [("not-found", None)]
        assert issues(added(api, {"id": id}, {"tag": [BLUE]}), 404) == [("not-found", None)]
        assert issues(removed(api, {"id": id}, {"tag": [RED]}), 404) == [("not-found", None)]
    town.unit.delete("Goal", tagged["id"])
    assert issues(town.unit.get(f"/fhir/Goal/{tagged['id']}/$meta"), 410) == [("deleted", None)]
    assert issues(added(town.unit, tagged, {"tag": [BLUE]}), 410) == [("deleted", None)]
    assert issues(removed(town.unit, tagged, {"tag": [RED]}), 410) == [("deleted", None)]


def test_what_the_service_publishes_keeps_its_meta(town: Municipality) -> None:
    assert meta_of(town.unit.get("/fhir/ValueSet/plan-kind/$meta"))
    answer = town.unit.operate("ValueSet/plan-kind/$meta-add", meta={"valueMeta": {"tag": [BLUE]}})
    assert issues(answer, 403) == [("forbidden", None)]


def test_a_get_changes_nothing(town: Municipality, tagged: Json) -> None:
    for name in ("$meta-add", "$meta-delete"):
        answer = town.unit.get(f"/fhir/Goal/{tagged['id']}/{name}")
        assert issues(answer, 405) == [("not-supported", None)]
        assert answer.headers["allow"] == "POST"


@pytest.mark.parametrize("name", ["$meta-add", "$meta-delete"])
@pytest.mark.parametrize(
    ("body", "issue"),
    [
        ({"resourceType": "Parameters"}, ("required", "Parameters.parameter")),
        ({"resourceType": "Meta"}, ("invalid", "Parameters.resourceType")),
        (
            {"resourceType": "Parameters", "parameter": [{"name": "meta", "valueString": "x"}]},
            ("required", "Parameters.parameter"),
        ),
        (
            {"resourceType": "Parameters", "parameter": [{"name": "tag", "valueMeta": {"tag": [BLUE]}}]},
            ("required", "Parameters.parameter"),
        ),
        (
            {"resourceType": "Parameters", "parameter": [{"name": "meta", "valueMeta": {"tag": [BLUE]}}] * 2},
            ("required", "Parameters.parameter"),
        ),
    ],
)
def test_a_body_that_is_no_one_meta(
    town: Municipality, tagged: Json, name: str, body: Json, issue: tuple[str, str]
) -> None:
    assert issues(town.unit.post(f"/fhir/Goal/{tagged['id']}/{name}", body), 400) == [issue]
    assert town.unit.read("Goal", tagged["id"]) == tagged


def test_meta_that_is_not_valid(town: Municipality, tagged: Json) -> None:
    answer = added(town.unit, tagged, {"tag": {"code": "x"}})
    assert answer.status_code == 400
    assert all(place.startswith("Parameters.parameter[0]") for _, place in issues(answer, 400) if place)
    assert issues(added(town.unit, tagged, {"profile": [CANONICAL.extension("wish")]}), 422) == [
        ("not-found", "Goal.meta.profile[1]")
    ]


ADDRESSES = [
    ("POST", ""),
    ("POST", "_search"),
    ("POST", "Goal/_search"),
    ("POST", "Patient/x/Goal/_search"),
    ("POST", "Goal/$validate"),
    ("POST", "Goal/x/$validate"),
    ("POST", "Goal/x/$meta"),
    ("POST", "Goal/x/$meta-add"),
    ("POST", "Goal/x/$meta-delete"),
    ("POST", "Patient/x/$everything"),
    ("POST", "ServiceRequest/x/$decide"),
    ("PATCH", "Goal/x"),
    ("PATCH", "Goal?_id=x"),
    ("PUT", "Goal?_id=x"),
]
GOT = ["_history", "Goal/_history", "Goal/x/$validate", "Goal/x/$meta", "Patient/x/$everything", "Patient/x/Goal", ""]
XML = "application/fhir+xml"


@pytest.mark.parametrize(("method", "path"), ADDRESSES)
def test_xml_is_not_read(town: Municipality, method: str, path: str) -> None:
    answer = town.unit.send(method, f"/fhir/{path}", content=b"<Goal/>", headers={"Content-Type": XML})
    assert issues(answer, 415) == [("not-supported", None)]
    assert answer.headers["content-type"].startswith(FHIR_JSON)


@pytest.mark.parametrize(("method", "path"), [*ADDRESSES, *(("GET", path) for path in GOT), ("DELETE", "Goal/x")])
def test_xml_is_not_answered(town: Municipality, method: str, path: str) -> None:
    answer = town.unit.send(method, f"/fhir/{path}", headers={"Accept": XML})
    assert issues(answer, 406) == [("not-supported", None)]
    assert answer.headers["content-type"].startswith(FHIR_JSON)
    joined = f"/fhir/{path}{'&' if '?' in path else '?'}_format={XML.replace('+', '%2B')}"
    assert issues(town.unit.send(method, joined), 406) == [("not-supported", "_format")]


@pytest.mark.parametrize("who", ["unit", "coordinator", "system"])
def test_the_last_kind_of_information_is_removed_like_any_other(town: Municipality, patient: Json, who: str) -> None:
    employee = town.employee()
    town.team(patient, coordinator=employee.role)
    made = town.unit.create(goal(patient, meta=label("school")))
    api = {"unit": town.unit, "system": town.system, "coordinator": employee.as_("coordinator")}[who]
    told = meta_of(removed(api, made, {"security": [kind("school")]}))
    assert told.get("security", []) == ([kind("school")] if who == "system" else [])
    assert town.unit.read("Goal", made["id"])["meta"] == told
    assert meta_of(added(town.system, made, {"tag": [BLUE]})).get("security", []) == told.get("security", [])
