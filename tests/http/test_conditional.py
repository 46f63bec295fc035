"""Writes that name what they are about by search criteria, and reads of what the client may have already."""

from collections import Counter
from typing import Any

import httpx
import pytest
from test_concurrency import at_once

from audit import Store
from oppfolging_api.kernel import systems
from oppfolging_api.settings import Settings
from support import Api, Json, Municipality, identity_number, issues, ok, patient_number, reference

SYSTEM = "https://journal.example/office"


def office(number: str | None = None, **elements: Any) -> Json:
    identifier = {"identifier": [{"system": SYSTEM, "value": number}]} if number else {}
    return {"resourceType": "Organization", "name": "Kontoret"} | identifier | elements


def create(api: Api, resource: Json, criteria: str, **headers: str) -> httpx.Response:
    return api.post(f"/fhir/{resource['resourceType']}", resource, headers={"If-None-Exist": criteria, **headers})


def replace(api: Api, query: str, resource: Json, **headers: str) -> httpx.Response:
    return api.send("PUT", f"/fhir/{query}", json=resource, headers=headers)


def remove(api: Api, query: str, **headers: str) -> httpx.Response:
    return api.send("DELETE", f"/fhir/{query}", headers=headers)


def of_number(town: Municipality, number: str) -> list[str]:
    return town.system.found(f"Organization?identifier={SYSTEM}|{number}")


# Create


@pytest.mark.parametrize("before", ["", "?", "Organization?"])
def test_a_conditional_create_makes_what_is_not_there_and_finds_what_is(town: Municipality, before: str) -> None:
    criteria = f"{before}identifier={SYSTEM}|1"
    made = create(town.system, office("1"), criteria)
    assert made.status_code == 201
    found = create(town.system, office("1", name="Et annet navn"), criteria)
    assert ok(found, 200) == made.json()
    for header in ("etag", "location", "last-modified"):
        assert found.headers[header] == made.headers[header]
    assert of_number(town, "1") == [f"Organization/{made.json()['id']}"]
    assert found.headers["etag"] == 'W/"1"'


def test_a_conditional_create_gives_back_what_is_preferred(town: Municipality) -> None:
    create(town.system, office("1"), f"identifier={SYSTEM}|1")
    found = create(town.system, office("1"), f"identifier={SYSTEM}|1", Prefer="return=minimal")
    assert (found.status_code, found.content, found.headers["etag"]) == (200, b"", 'W/"1"')


def test_a_conditional_create_that_several_match_creates_nothing(town: Municipality) -> None:
    for number in ("1", "2"):
        town.system.create(office(number, name="Like"))
    assert issues(create(town.system, office("3"), "name=Like"), 412) == [("multiple-matches", None)]
    assert of_number(town, "3") == []


@pytest.mark.parametrize(
    ("criteria", "code", "expression"),
    [
        ("", "invalid", None),
        ("_format=json", "invalid", None),
        ("nothing=x", "not-supported", "nothing"),
        ("name=Kontoret&nothing=x", "not-supported", "nothing"),
        ("name=Kontoret&identifier=", "invalid", None),
        ("_count=1", "invalid", None),
        ("name=Kontoret&_sort=name", "invalid", None),
        ("name=%FF", "invalid", None),
    ],
)
def test_criteria_that_are_none_or_are_not_known_select_nothing_and_change_nothing(
    town: Municipality, criteria: str, code: str, expression: str | None
) -> None:
    stood = town.system.create(office("1"))
    answers = [
        create(town.system, office("2"), criteria),
        replace(town.system, f"Organization?{criteria}", office("2")),
        remove(town.system, f"Organization?{criteria}"),
        town.system.send("PATCH", f"/fhir/Organization?{criteria}", json=[], headers=JSON_PATCH),
    ]
    assert [issues(answer, 400) for answer in answers] == [[(code, expression)]] * 4
    assert of_number(town, "2") == []
    assert town.system.read("Organization", stood["id"]) == stood


JSON_PATCH = {"Content-Type": "application/json-patch+json"}


def test_of_50_equal_conditional_creates_at_once_one_creates(town: Municipality) -> None:
    headers = {"If-None-Exist": f"identifier={SYSTEM}|50"}
    answers = at_once([(town.system, "POST", "/fhir/Organization", office("50"), headers)] * 50)
    assert Counter(answer.status_code for answer in answers) == {200: 49, 201: 1}
    assert len({answer.text for answer in answers}) == 1
    assert of_number(town, "50") == [f"Organization/{answers[0].json()['id']}"]


def test_of_50_equal_conditional_creates_by_a_name_nothing_makes_unique_one_creates(town: Municipality) -> None:
    answers = at_once(
        [(town.system, "POST", "/fhir/Organization", office(name="Ett"), {"If-None-Exist": "name:exact=Ett"})] * 25
        + [(town.system, "PUT", "/fhir/Organization?name:exact=Ett", office(name="Ett"), {})] * 25
    )
    assert Counter(answer.status_code for answer in answers) == {200: 49, 201: 1}
    assert len(town.system.found("Organization?name:exact=Ett")) == 1


def test_what_the_caller_may_not_see_is_not_found_by_a_condition(town: Municipality) -> None:
    number = identity_number()
    town.person(number)
    mine, nurse = town.person(), town.employee()
    town.team(mine, coordinator=nurse.role)
    coordinator = nurse.as_("coordinator")
    query = f"Patient?identifier={systems.FNR}|{number}"
    hidden = coordinator.send("PATCH", f"/fhir/{query}", json=[], headers=JSON_PATCH)
    assert issues(hidden, 404) == [("not-found", None)]
    seen = f"Patient?identifier={systems.FNR}|{patient_number(mine)}"
    assert coordinator.send("PATCH", f"/fhir/{seen}", json=[], headers=JSON_PATCH).status_code == 200


def test_a_condition_needs_the_scope_to_search(town: Municipality) -> None:
    narrow = town.api("system", smart=("system/Organization.crud",))
    assert issues(create(narrow, office("1"), f"identifier={SYSTEM}|1"), 403) == [("forbidden", None)]
    assert narrow.post("/fhir/Organization", office("1")).status_code == 201


# Update


def test_a_conditional_update_creates_what_is_not_there_then_updates_it(town: Municipality) -> None:
    query = f"Organization?identifier={SYSTEM}|1"
    made = replace(town.unit, query, office("1"))
    id = ok(made, 201)["id"]
    assert made.headers["location"] == f"{town.address}/fhir/Organization/{id}/_history/1"
    changed = replace(town.unit, query, office("1", name="Nytt"))
    assert (ok(changed, 200)["id"], changed.headers["etag"]) == (id, 'W/"2"')
    named = replace(town.unit, query, office("1", name="Nyere", id=id))
    assert (ok(named, 200)["id"], named.headers["etag"]) == (id, 'W/"3"')
    assert town.system.read("Organization", id)["name"] == "Nyere"


def test_a_conditional_update_of_another_id_than_the_one_selected(town: Municipality) -> None:
    stood = town.system.create(office("1"))
    answer = replace(town.system, f"Organization?identifier={SYSTEM}|1", office("1", id="another", name="Nytt"))
    assert issues(answer, 400) == [("invalid", "Organization.id")]
    assert town.system.read("Organization", stood["id"]) == stood


def test_a_conditional_update_that_several_match_changes_nothing(town: Municipality) -> None:
    both = [town.system.create(office(number, name="Like")) for number in ("1", "2")]
    answer = replace(town.system, "Organization?name=Like", office("1", name="Ny"))
    assert issues(answer, 412) == [("multiple-matches", None)]
    assert [town.system.read("Organization", one["id"]) for one in both] == both


def test_a_journal_system_brings_its_own_id_to_what_the_criteria_do_not_find(town: Municipality) -> None:
    query = f"Organization?identifier={SYSTEM}|1"
    assert ok(replace(town.system, query, office("1", id="mine")), 201)["id"] == "mine"
    taken = replace(town.system, f"Organization?identifier={SYSTEM}|2", office("2", id="mine"))
    assert issues(taken, 409) == [("conflict", "Organization.id")]
    assert issues(replace(town.system, f"Organization?identifier={SYSTEM}|2", office("2", id="a_b")), 400) == [
        ("value", "id")
    ]
    assert of_number(town, "2") == []


def test_nobody_else_brings_an_id(town: Municipality) -> None:
    made = ok(replace(town.unit, f"Organization?identifier={SYSTEM}|1", office("1", id="mine")), 201)
    assert made["id"] != "mine"


def test_a_conditional_update_with_a_version(town: Municipality) -> None:
    query = f"Organization?identifier={SYSTEM}|1"
    none = replace(town.system, query, office("1"), **{"If-Match": 'W/"1"'})
    assert issues(none, 412) == [("conflict", None)]
    made = town.system.create(office("1"))
    stale = replace(town.system, query, office("1", name="Nytt"), **{"If-Match": 'W/"2"'})
    assert issues(stale, 412) == [("conflict", None)]
    assert ok(replace(town.system, query, office("1", name="Nytt"), **{"If-Match": 'W/"1"'}), 200)["id"] == made["id"]


def test_a_conditional_update_does_no_more_than_an_update_may(town: Municipality) -> None:
    nurse = town.employee()
    team = nurse.as_("team")
    assert issues(replace(team, "Organization?name=x", office()), 403) == [("forbidden", None)]
    patient = town.person()
    town.team(patient, coordinator=nurse.role)
    unknown = replace(nurse.as_("coordinator"), "Patient?name=Ukjent", {"resourceType": "Patient"})
    assert issues(unknown, 403) == [("forbidden", None)]
    assert len(town.unit.found("Patient")) == 1


# Delete


def test_a_conditional_delete(town: Municipality) -> None:
    made = town.system.create(office("1"))
    query = f"Organization?identifier={SYSTEM}|1"
    stale = remove(town.system, query, **{"If-Match": 'W/"2"'})
    assert issues(stale, 412) == [("conflict", None)]
    done = remove(town.system, query, **{"If-Match": 'W/"1"'})
    assert (done.status_code, done.content, done.headers["etag"]) == (204, b"", 'W/"2"')
    assert town.system.get(f"/fhir/Organization/{made['id']}").status_code == 410
    again = remove(town.system, query)
    assert (again.status_code, again.content, "etag" in again.headers) == (204, b"", False)


def test_a_conditional_delete_that_several_match_deletes_none(town: Municipality) -> None:
    for number in ("1", "2"):
        town.system.create(office(number, name="Like"))
    assert issues(remove(town.system, "Organization?name=Like"), 412) == [("multiple-matches", None)]
    assert len(town.system.found("Organization?name=Like")) == 2


def test_a_conditional_delete_of_what_others_refer_to(town: Municipality) -> None:
    parent = town.system.create(office("1"))
    town.system.create(office("2", partOf=reference(parent)))
    assert issues(remove(town.system, f"Organization?identifier={SYSTEM}|1"), 409) == [("conflict", "Organization")]
    assert town.system.read("Organization", parent["id"]) == parent


def test_conditional_writes_leave_rows_of_what_they_touched(town: Municipality, settings: Settings) -> None:
    store, patient = Store(settings), town.person()
    whom, number = patient["id"], patient_number(patient)
    query = f"Patient?identifier={systems.FNR}|{number}"
    found = create(town.system, {"resourceType": "Patient"}, query)
    assert store.what(found) == [("create", 200, "Patient", whom, whom)]
    same = replace(town.system, query, patient)
    assert store.what(same) == [("update_conditional", 200, "Patient", whom, whom)]
    patched = town.system.send("PATCH", f"/fhir/{query}", json=[], headers=JSON_PATCH)
    assert store.what(patched) == [("patch_conditional", 200, "Patient", whom, whom)]
    assert store.what(remove(town.system, query)) == [("delete_conditional", 204, "Patient", whom, whom)]
    assert store.what(remove(town.system, query)) == [("delete_conditional", 204, "Patient", None, None)]


# Read


@pytest.mark.parametrize("tags", ['W/"1"', '"1"', 'W/"7", W/"1"', "*"])
def test_what_the_client_has_already_is_not_sent_again(town: Municipality, tags: str) -> None:
    made = town.system.create(office())
    for path in (f"/fhir/Organization/{made['id']}", f"/fhir/Organization/{made['id']}/_history/1"):
        answer = town.system.get(path, headers={"If-None-Match": tags})
        assert (answer.status_code, answer.content, answer.headers["etag"]) == (304, b"", 'W/"1"')
        assert answer.headers["last-modified"]


@pytest.mark.parametrize("tags", ['W/"2"', "1", "W/1", "x"])
def test_what_the_client_does_not_have_is_sent(town: Municipality, tags: str) -> None:
    made = town.system.create(office())
    assert ok(town.system.get(f"/fhir/Organization/{made['id']}", headers={"If-None-Match": tags}), 200) == made


def test_a_moment_decides_where_no_tag_does(town: Municipality) -> None:
    path = f"/fhir/Organization/{town.system.create(office())['id']}"
    modified = town.system.get(path).headers["last-modified"]

    def status(**headers: str) -> int:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return town.system.get(path, headers=named).status_code

    assert status(If_Modified_Since=modified) == 304
    assert status(If_Modified_Since="Fri, 01 Jan 2999 00:00:00 GMT") == 304
    assert status(If_Modified_Since="Wed, 01 Jan 2020 00:00:00 GMT") == 200
    assert status(If_Modified_Since="yesterday") == 200
    assert status(If_Modified_Since=modified, If_None_Match='W/"2"') == 200
    assert status(If_Modified_Since="Wed, 01 Jan 2020 00:00:00 GMT", If_None_Match='W/"1"') == 304


def test_what_is_gone_is_gone_whatever_the_client_has(town: Municipality) -> None:
    made = town.system.create(office())
    town.system.delete("Organization", made["id"])
    answer = town.system.get(f"/fhir/Organization/{made['id']}", headers={"If-None-Match": "*"})
    assert issues(answer, 410) == [("deleted", None)]


def test_a_read_that_sends_nothing_leaves_its_row(town: Municipality, settings: Settings) -> None:
    patient = town.person()
    answer = town.unit.get(f"/fhir/Patient/{patient['id']}", headers={"If-None-Match": 'W/"1"'})
    assert Store(settings).what(answer) == [("read", 304, "Patient", patient["id"], patient["id"])]
