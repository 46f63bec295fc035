"""Parts of a resource are changed, by JSON Patch or by FHIRPath Patch, under the rules of any update."""

import json
from typing import Any

import httpx
import pytest

from audit import Store
from oppfolging_api.settings import Settings
from support import FHIR_JSON, Api, Json, Municipality, issues, ok, patient_number, reference

JSON_PATCH = "application/json-patch+json"


def patch(api: Api, path: str, body: Any, media_type: str = JSON_PATCH, **headers: str) -> httpx.Response:
    content = body if isinstance(body, bytes) else json.dumps(body)
    return api.send("PATCH", f"/fhir/{path}", content=content, headers={"Content-Type": media_type, **headers})


def change(path: str, value: Any) -> list[Json]:
    return [{"op": "replace", "path": path, "value": value}]


def fhirpath(type: str, path: str, value: Json) -> Json:
    parts = [{"name": "type", "valueCode": type}, {"name": "path", "valueString": path}, {"name": "value", **value}]
    return {"resourceType": "Parameters", "parameter": [{"name": "operation", "part": parts}]}


@pytest.fixture
def office(town: Municipality) -> Json:
    return town.system.create({"resourceType": "Organization", "name": "Kontoret"})


@pytest.fixture
def path(office: Json) -> str:
    return f"Organization/{office['id']}"


def test_a_json_patch_makes_the_next_version(town: Municipality, office: Json, path: str) -> None:
    answer = patch(town.system, path, [*change("/name", "Nytt"), {"op": "add", "path": "/active", "value": True}])
    assert ok(answer, 200)["name"] == "Nytt"
    assert answer.headers["etag"] == 'W/"2"'
    assert answer.headers["location"] == f"{town.address}/fhir/{path}/_history/2"
    read = town.system.read("Organization", office["id"])
    assert (read["name"], read["active"], read["meta"]["versionId"]) == ("Nytt", True, "2")
    assert town.system.found("Organization?name=Nytt") == [path]


def test_a_fhirpath_patch_makes_the_next_version(town: Municipality, office: Json, path: str) -> None:
    body = fhirpath("replace", "Organization.name", {"valueString": "Nytt"})
    answer = patch(town.system, path, body, FHIR_JSON)
    assert (ok(answer, 200)["name"], answer.headers["etag"]) == ("Nytt", 'W/"2"')


def test_numbers_stay_as_they_were_written(town: Municipality) -> None:
    goal = {
        "resourceType": "Goal",
        "lifecycleStatus": "active",
        "description": {"text": "Gå til butikken"},
        "subject": reference(town.person()),
    }
    made = town.unit.create(goal)
    target = b'[{"op":"add","path":"/target","value":[{"measure":{"text":"km"},"detailQuantity":{"value":1.50}}]}]'
    assert b'"value":1.50' in patch(town.unit, f"Goal/{made['id']}", target).content


@pytest.mark.parametrize("media_type", ["application/json", "application/merge-patch+json"])
def test_a_merge_patch(town: Municipality, office: Json, path: str, media_type: str) -> None:
    """As fhirpy sends it: null takes away, a list takes the place of a list."""
    change = b'{"name":"Ny","active":null,"alias":["x"],"contact":[{"name":{"text":"Kari"}}]}'
    stands = ok(patch(town.system, path, change, media_type), 200)
    assert (stands["name"], stands["alias"], stands["contact"]) == ("Ny", ["x"], [{"name": {"text": "Kari"}}])
    assert "active" not in stands
    assert stands["id"] == office["id"]
    renamed = patch(town.system, path, b'{"id":"other"}', media_type)
    assert issues(renamed, 422) == [("processing", "Organization.id")]


def test_a_patch_with_a_version(town: Municipality, path: str) -> None:
    stale = patch(town.system, path, change("/name", "Tapt"), **{"If-Match": 'W/"2"'})
    assert issues(stale, 412) == [("conflict", None)]
    assert patch(town.system, path, change("/name", "To"), **{"If-Match": 'W/"1"'}).headers["etag"] == 'W/"2"'
    assert issues(patch(town.system, path, [], **{"If-Match": "2"}), 400) == [("invalid", None)]


@pytest.mark.parametrize("media_type", ["application/xml", "application/fhir+xml", "text/plain", ""])
def test_other_kinds_of_patch_are_not_read(town: Municipality, office: Json, path: str, media_type: str) -> None:
    assert issues(patch(town.system, path, change("/name", "x"), media_type), 415) == [("not-supported", None)]
    assert town.system.read("Organization", office["id"]) == office


@pytest.mark.parametrize(
    "body",
    [b"", b"{}", b'"x"', b"[", b'[],"x":1', b'[],"array":[]', b'[{"op":"add","op":"add","path":"/a","value":1}]'],
)
def test_what_is_no_json_patch(town: Municipality, office: Json, path: str, body: bytes) -> None:
    assert patch(town.system, path, body).status_code == 400
    assert town.system.read("Organization", office["id"]) == office


def test_a_patch_in_utf8_with_its_mark_is_one(town: Municipality, path: str) -> None:
    body = b"\xef\xbb\xbf" + json.dumps(change("/name", "Nytt")).encode()
    assert patch(town.system, path, body).status_code == 200


def test_what_a_patch_leaves_is_judged_as_an_update(town: Municipality, office: Json, path: str) -> None:
    broken = patch(town.system, path, [{"op": "remove", "path": "/name"}])
    assert issues(broken, 400)[0][0] == "invariant"
    nowhere = [{"op": "add", "path": "/partOf", "value": {"reference": "Organization/nobody"}}]
    assert issues(patch(town.system, path, nowhere), 422) == [("not-found", "Organization.partOf.reference")]
    assert issues(patch(town.system, path, change("/id", "x")), 422) == [("processing", "Organization.id")]
    failing = patch(town.system, path, [{"op": "test", "path": "/name", "value": "Et annet"}])
    assert failing.status_code == 422
    assert town.system.read("Organization", office["id"]) == office


def test_a_guard_judges_a_patch(town: Municipality) -> None:
    nurse, patient = town.employee(), town.person()
    town.team(patient, coordinator=nurse.role)
    coordinator, path = nurse.as_("coordinator"), f"Patient/{patient['id']}"
    kept = patch(coordinator, path, change("/name/0/family", "Nilsen"))
    assert ok(kept, 200)["name"][0]["family"] == "Nilsen"
    forbidden = patch(coordinator, path, [{"op": "remove", "path": "/identifier"}])
    assert issues(forbidden, 403) == [("forbidden", "Patient.identifier")]
    assert patient_number(town.unit.read("Patient", patient["id"])) == patient_number(patient)


def test_who_may_read_but_not_change_does_not_patch(town: Municipality) -> None:
    nurse, patient = town.employee(), town.person()
    town.team(patient, nurse.role)
    path = f"Patient/{patient['id']}"
    assert issues(patch(nurse.as_("team"), path, []), 403) == [("forbidden", None)]
    assert issues(patch(town.employee().as_("coordinator"), path, []), 404) == [("not-found", None)]


def test_what_is_gone_or_never_was_is_not_patched(town: Municipality, office: Json, path: str) -> None:
    assert issues(patch(town.system, "Organization/nobody", []), 404) == [("not-found", None)]
    town.system.delete("Organization", office["id"])
    gone = patch(town.system, path, change("/name", "Nytt"))
    assert issues(gone, 410) == [("deleted", None)]
    assert gone.headers["etag"] == 'W/"2"'


def test_a_patch_that_changes_nothing_makes_no_version(town: Municipality, office: Json, path: str) -> None:
    answer = patch(town.system, path, change("/name", "Kontoret"))
    assert ok(answer, 200) == office
    assert answer.headers["etag"] == 'W/"1"'


def test_a_patch_by_criteria(town: Municipality, office: Json) -> None:
    town.system.create({"resourceType": "Organization", "name": "Et annet"})
    answer = patch(town.system, "Organization?name=Kontoret", change("/name", "Nytt"))
    assert (ok(answer, 200)["id"], answer.json()["name"]) == (office["id"], "Nytt")
    none = patch(town.system, "Organization?name=Kontoret", change("/name", "Nytt"))
    assert issues(none, 404) == [("not-found", None)]
    town.system.create({"resourceType": "Organization", "name": "Nytt"})
    several = patch(town.system, "Organization?name=Nytt", change("/name", "Nyere"))
    assert issues(several, 412) == [("multiple-matches", None)]


def test_a_patch_leaves_its_row(town: Municipality, office: Json, path: str, settings: Settings) -> None:
    answer = patch(town.system, path, change("/name", "Nytt"))
    assert Store(settings).what(answer) == [("patch", 200, "Organization", office["id"], None)]
