"""What stands is replaced and deleted, and nobody overwrites what they have not seen."""

import json

import httpx
import pytest

from audit import Store
from oppfolging_api.settings import Settings
from support import FHIR_JSON, Json, Municipality, issues, ok, reference


def office(town: Municipality, **elements: object) -> Json:
    return town.system.create({"resourceType": "Organization", "name": "Kontoret", **elements})


def test_update_makes_the_next_version(town: Municipality) -> None:
    made = office(town)
    answer = town.system.put(made | {"name": "Nytt"})
    assert ok(answer, 200)["name"] == "Nytt"
    assert answer.json()["meta"]["versionId"] == "2"
    assert answer.headers["etag"] == 'W/"2"'
    assert answer.headers["location"] == f"{town.address}/fhir/Organization/{made['id']}/_history/2"
    assert answer.headers["last-modified"]
    assert town.system.get(f"/fhir/Organization/{made['id']}").content == answer.content


def test_update_with_the_version_that_stands(town: Municipality) -> None:
    made = office(town)
    assert town.system.put(made | {"name": "To"}, If_Match='W/"1"').headers["etag"] == 'W/"2"'
    assert town.system.put(made | {"name": "Tre"}, If_Match='"2"').headers["etag"] == 'W/"3"'


def test_update_with_a_version_that_is_past_changes_nothing(town: Municipality) -> None:
    made = office(town)
    town.system.update(made | {"name": "To"})
    answer = town.system.put(made | {"name": "Tapt"}, If_Match='W/"1"')
    assert issues(answer, 412) == [("conflict", None)]
    assert answer.headers["etag"] == 'W/"2"'
    assert town.system.read("Organization", made["id"])["name"] == "To"


def test_update_with_a_version_still_to_come_changes_nothing(town: Municipality) -> None:
    made = office(town)
    assert issues(town.system.put(made, If_Match='W/"2"'), 412) == [("conflict", None)]


@pytest.mark.parametrize("etag", ["1", "W/1", "*", "", 'W/"0"', 'W/"x"', 'W/"1", W/"2"', 'w/"1"', f'W/"{"1" * 30}"'])
def test_if_match_is_one_etag_of_this_server(town: Municipality, etag: str) -> None:
    made = office(town)
    assert issues(town.system.put(made | {"name": "To"}, If_Match=etag), 400) == [("invalid", None)]
    refused = town.system.delete("Organization", made["id"], headers={"If-Match": etag})
    assert issues(refused, 400) == [("invalid", None)]
    assert town.system.read("Organization", made["id"])["meta"]["versionId"] == "1"


@pytest.mark.parametrize("id", [None, "another", 7])
def test_the_body_carries_the_id_of_the_address(town: Municipality, id: object) -> None:
    made = office(town)
    body = {name: value for name, value in made.items() if name != "id"} | ({"id": id} if id else {})
    answer = town.system.send("PUT", f"/fhir/Organization/{made['id']}", json=body)
    assert issues(answer, 400) == [("invalid", "Organization.id")]


def test_a_journal_system_brings_its_own_ids(town: Municipality) -> None:
    chosen = {"resourceType": "Organization", "id": "Kontor-1.a", "name": "Kontoret"}
    answer = town.system.put(chosen)
    assert ok(answer, 201)["id"] == "Kontor-1.a"
    assert answer.headers["location"] == f"{town.address}/fhir/Organization/Kontor-1.a/_history/1"
    assert town.system.read("Organization", "Kontor-1.a")["name"] == "Kontoret"
    assert town.system.put(chosen).status_code == 200


def test_a_journal_system_expects_no_version_of_what_is_new(town: Municipality) -> None:
    chosen = {"resourceType": "Organization", "id": "new", "name": "Kontoret"}
    assert issues(town.system.put(chosen, If_Match='W/"1"'), 412) == [("conflict", None)]
    assert town.system.get("/fhir/Organization/new").status_code == 404


def test_nobody_else_chooses_ids(town: Municipality) -> None:
    chosen = {"resourceType": "Patient", "id": "mine", "name": [{"family": "Vik"}]}
    coordinator = town.employee().as_("coordinator")
    assert issues(town.unit.put(chosen), 404) == [("not-found", None)]
    assert issues(coordinator.put(chosen), 404) == [("not-found", None)]
    assert town.system.get("/fhir/Patient/mine").status_code == 404


def test_two_municipalities_may_choose_the_same_id(town: Municipality, other_town: Municipality) -> None:
    chosen = {"resourceType": "Organization", "id": "same"}
    assert town.system.put(chosen | {"name": "Her"}).status_code == 201
    assert other_town.system.put(chosen | {"name": "Der"}).status_code == 201
    assert town.system.read("Organization", "same")["name"] == "Her"


def test_delete_and_delete_again(town: Municipality) -> None:
    made = office(town)
    for _ in range(2):
        answer = town.system.delete("Organization", made["id"])
        assert (answer.status_code, answer.content, answer.headers["etag"]) == (204, b"", 'W/"2"')


def test_what_was_deleted_is_gone(town: Municipality) -> None:
    made = office(town)
    town.system.delete("Organization", made["id"])
    answer = town.system.get(f"/fhir/Organization/{made['id']}")
    assert issues(answer, 410) == [("deleted", None)]
    assert answer.headers["etag"] == 'W/"2"'
    assert issues(town.system.get(f"/fhir/Organization/{made['id']}/_history/2"), 410) == [("deleted", None)]
    assert town.system.get(f"/fhir/Organization/{made['id']}/_history/1").json() == made
    assert town.system.found("Organization?name=Kontoret") == []


def test_delete_with_a_version(town: Municipality) -> None:
    made = office(town)
    stale = town.system.delete("Organization", made["id"], headers={"If-Match": 'W/"2"'})
    assert issues(stale, 412) == [("conflict", None)]
    fresh = town.system.delete("Organization", made["id"], headers={"If-Match": 'W/"1"'})
    assert fresh.status_code == 204


def test_delete_of_what_never_was(town: Municipality) -> None:
    assert issues(town.system.delete("Organization", "nothing"), 404) == [("not-found", None)]


def test_what_others_refer_to_cannot_be_deleted(town: Municipality) -> None:
    parent = office(town)
    child = office(town, partOf=reference(parent))
    assert issues(town.system.delete("Organization", parent["id"]), 409) == [("conflict", "Organization")]
    assert town.system.read("Organization", parent["id"])["meta"]["versionId"] == "1"
    town.system.delete("Organization", child["id"])
    assert town.system.delete("Organization", parent["id"]).status_code == 204


def test_what_refers_to_itself_can_be_deleted(town: Municipality) -> None:
    made = office(town)
    town.system.update(made | {"partOf": reference(made)})
    assert town.system.delete("Organization", made["id"]).status_code == 204


def test_an_update_brings_back_what_was_deleted(town: Municipality) -> None:
    made = office(town)
    town.system.delete("Organization", made["id"])
    answer = town.system.put(made | {"name": "Tilbake"})
    assert ok(answer, 201)["meta"]["versionId"] == "3"
    assert town.system.found("Organization?name=Tilbake") == [f"Organization/{made['id']}"]


def test_nobody_expects_a_version_of_what_is_deleted(town: Municipality) -> None:
    made = office(town)
    town.system.delete("Organization", made["id"])
    assert issues(town.system.put(made, If_Match='W/"2"'), 412) == [("conflict", None)]
    assert town.system.get(f"/fhir/Organization/{made['id']}").status_code == 410


def test_a_resource_goes_on_being_about_the_same_person(town: Municipality) -> None:
    one, other = town.person(), town.person()
    goal = town.unit.create(
        {
            "resourceType": "Goal",
            "lifecycleStatus": "active",
            "description": {"text": "Å klatre igjen"},
            "subject": reference(one),
        }
    )
    moved = town.unit.put(goal | {"subject": reference(other)})
    assert issues(moved, 422) == [("processing", "Goal.subject")]


def goal_about(person: Json, **elements: object) -> Json:
    made = {"resourceType": "Goal", "lifecycleStatus": "active", "description": {"text": "Å klatre igjen"}}
    return {**made, "subject": reference(person), **elements}


def sent(town: Municipality, method: str, path: str, body: str) -> httpx.Response:
    return town.unit.send(method, path, content=body, headers={"Content-Type": FHIR_JSON})


def test_an_update_that_changes_nothing_makes_no_version(town: Municipality, settings: Settings) -> None:
    store, person = Store(settings), town.person()
    made = town.unit.create(goal_about(person))
    turned = dict(reversed(list(made.items()))) | {"meta": {"versionId": "7", "lastUpdated": "2020-01-01T00:00:00Z"}}
    answer = town.unit.put(turned, If_Match='W/"1"')
    assert ok(answer, 200) == made
    assert answer.headers["etag"] == 'W/"1"'
    assert answer.headers["location"].endswith(f"/Goal/{made['id']}/_history/1")
    assert town.unit.get(f"/fhir/Goal/{made['id']}").content == answer.content
    for table in ("outbox", "resource_version"):
        assert store.ask(f"SELECT version FROM {table} WHERE id = $1", made["id"]) == [(1,)]  # noqa: S608
    assert store.what(answer) == [("update", 200, "Goal", made["id"], person["id"])]


@pytest.mark.parametrize("value", ["1.5", "1.500", "15e-1", "2"])
def test_an_update_of_a_digit_is_a_change(town: Municipality, value: str) -> None:
    target = '[{"measure": {"text": "km"}, "detailQuantity": {"value": %s}}]'
    made = town.unit.create(goal_about(town.person()))
    path = f"/fhir/Goal/{made['id']}"
    body = json.dumps(made)[:-1] + ', "target": ' + target + "}"
    assert sent(town, "PUT", path, body % "1.50").headers["etag"] == 'W/"2"'
    assert sent(town, "PUT", path, body % "1.50").headers["etag"] == 'W/"2"'
    assert sent(town, "PUT", path, body % value).headers["etag"] == 'W/"3"'


def test_an_update_that_only_moves_something_in_a_list_is_a_change(town: Municipality) -> None:
    made = office(town, alias=["a", "b"])
    assert town.system.put(made | {"alias": ["b", "a"]}).headers["etag"] == 'W/"2"'


def test_an_update_that_changes_nothing_is_still_judged(town: Municipality) -> None:
    nurse, person = town.employee(), town.person()
    town.team(person, nurse.role)
    made = town.unit.create(goal_about(person))
    assert issues(nurse.as_("team").put(made), 403) == [("forbidden", None)]
    assert issues(town.unit.put(made, If_Match='W/"2"'), 412) == [("conflict", None)]


def test_an_update_brings_back_what_was_deleted_even_unchanged(town: Municipality) -> None:
    made = office(town)
    town.system.delete("Organization", made["id"])
    answer = town.system.put(made)
    assert ok(answer, 201)["name"] == "Kontoret"
    assert answer.headers["etag"] == 'W/"3"'
