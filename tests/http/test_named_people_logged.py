"""The access log: whoever is named in a search, or in the criteria of a write, has a row of who asked about them, by
whatever they were named and whatever the answer was."""

from collections.abc import Callable
from typing import Any

import httpx
import pytest

from audit import NOBODY, Row, Store, answered, of_request
from oppfolging_api.kernel import systems
from oppfolging_api.settings import Settings
from support import Api, Json, Municipality, identity_number, patient_number, reference

COUNT = {"_summary": "count"}
JSON_PATCH = {"Content-Type": "application/json-patch+json"}


@pytest.fixture
def store(settings: Settings) -> Store:
    return Store(settings)


def goal(patient: Json) -> Json:
    said = {"resourceType": "Goal", "lifecycleStatus": "active", "description": {"text": "Gå tur"}}
    return said | {"subject": reference(patient)}


def asked(api: Api, type: str, form: dict[str, str]) -> httpx.Response:
    return answered(api.send("POST", f"/fhir/{type}/_search".replace("//", "/"), data=form), 200)


BY_NUMBER: dict[str, tuple[str, dict[str, str], str]] = {
    "a number in its system": ("Patient", {"identifier": "{fnr}|{number}"} | COUNT, "Patient"),
    "a number in the system of D-numbers": ("Patient", {"identifier": "{dnr}|{number}"} | COUNT, "Patient"),
    "a bare number": ("Patient", {"identifier": "{number}"} | COUNT, "Patient"),
    "one of several": ("Patient", {"identifier": "urn:local|1,{number}"} | COUNT, "Patient"),
    "a total": ("Patient", {"identifier": "{number}", "_count": "0", "_total": "accurate"}, "Patient"),
    "anybody else": ("Patient", {"identifier:not": "{number}"} | COUNT, "Patient"),
    "a type of number": ("Patient", {"identifier:of-type": "urn:types|FNR|{number}"} | COUNT, "Patient"),
    "a chain": ("CareTeam", {"patient.identifier": "{fnr}|{number}"} | COUNT, "CareTeam"),
    "a chain to one type": ("CareTeam", {"subject:Patient.identifier": "{number}"} | COUNT, "CareTeam"),
    "the number in a reference": ("Goal", {"patient:identifier": "{fnr}|{number}"} | COUNT, "Goal"),
    "what points at it": (
        "PractitionerRole",
        {"_has:CareTeam:participant:patient.identifier": "{number}"} | COUNT,
        "PractitionerRole",
    ),
    "several types": ("", {"_type": "CareTeam,Goal", "patient.identifier": "{number}"} | COUNT, "Patient/{id}"),
    "next of kin": ("RelatedPerson", {"identifier": "{fnr}|{number}"} | COUNT, "RelatedPerson"),
}
"""Type, form, and what the row says was asked for."""


def filled(form: dict[str, str], **values: str) -> dict[str, str]:
    return {name: value.format(fnr=systems.FNR, dnr=systems.D_NUMBER, **values) for name, value in form.items()}


@pytest.mark.parametrize("sees", [True, False], ids=["who sees them", "a stranger"])
@pytest.mark.parametrize("name", BY_NUMBER)
def test_who_is_named_by_number_has_a_row_also_where_a_number_is_told(
    town: Municipality, store: Store, name: str, sees: bool
) -> None:
    patient, nurse = town.person(), town.employee()
    town.team(*([patient, nurse.role] if sees else [patient]))
    type, form, what = BY_NUMBER[name]
    number, id = patient_number(patient), patient["id"]
    told = asked(nurse.as_("team"), type, filled(form, number=number))
    assert [row[2:] for row in store.rows(told)] == [([what.format(id=id)], id)]
    rows = store.ask("SELECT l::text FROM access_log l WHERE request = $1", told.headers["x-request-id"])
    assert [row for row in rows if number in str(row)] == []


def test_who_is_named_by_number_finds_it_in_their_own_log(town: Municipality) -> None:
    patient, stranger = town.person(), town.employee().as_("team")
    told = asked(stranger, "Patient", filled({"identifier": "{fnr}|{number}"} | COUNT, number=patient_number(patient)))
    assert told.json()["total"] == 0
    (event,) = of_request(town.as_person(patient), told)
    assert {"reference": f"Patient/{patient['id']}"} in [entity["what"] for entity in event["entity"]]


def test_a_number_that_nobody_has_or_that_is_no_identity_number_names_nobody(town: Municipality, store: Store) -> None:
    patient = town.person()
    number = patient_number(patient)
    for type, form in (
        ("Patient", {"identifier": f"{systems.FNR}|{identity_number()}"}),
        ("Patient", {"identifier": f"urn:local|{number}"}),
        ("Patient", {"identifier": number[:10]}),
        ("Patient", {"phone": number}),
        ("Practitioner", {"identifier": number}),
        ("PractitionerRole", {"organization:identifier": f"{systems.FNR}|{number}"}),
    ):
        told = asked(town.employee().as_("team"), type, form | COUNT)
        assert [row[2:] for row in store.rows(told)] == [([type], None)], form


def test_another_municipalitys_person_is_not_named_by_their_number(
    town: Municipality, other_town: Municipality, store: Store
) -> None:
    form = filled({"identifier": "{fnr}|{number}"} | COUNT, number=patient_number(town.person()))
    assert [row[2:] for row in store.rows(asked(other_town.unit, "Patient", form))] == [(["Patient"], None)]


def test_who_is_found_by_number_has_no_second_row(town: Municipality, store: Store) -> None:
    first, second = town.person(), town.person()
    town.unit.create(goal(first))
    form = {"patient.identifier": ",".join(patient_number(one) for one in (first, second))}
    rows = store.rows(asked(town.unit, "Goal", form))
    assert sorted(row[2:] for row in rows) == sorted([(["Goal"], first["id"]), (["Goal"], second["id"])])


@pytest.mark.parametrize("kind", ["batch", "transaction"])
def test_who_is_named_by_number_in_a_bundle_has_a_row(town: Municipality, store: Store, kind: str) -> None:
    patient = town.person()
    entry = {"request": {"method": "GET", "url": f"Patient?identifier={patient_number(patient)}&_summary=count"}}
    sent = town.employee().as_("team").post("/fhir", {"resourceType": "Bundle", "type": kind, "entry": [entry]})
    rows = [row[2:] for row in store.rows(answered(sent, 200)) if row[0] != "batch"]
    assert rows == [(["Patient"], patient["id"])]


# Criteria of writes


Write = Callable[[Api, str, Json], httpx.Response]
"""By criteria, about a person whom the caller sees."""


def bundled(kind: str, method: str, url: str, resource: Json | None, **request: str) -> Json:
    entry: Json = {"request": {"method": method, "url": url, **request}} | ({"resource": resource} if resource else {})
    return {"resourceType": "Bundle", "type": kind, "entry": [entry]}


WRITES: dict[str, tuple[Write, int]] = {
    "a conditional create": (
        lambda api, by, own: api.post("/fhir/Goal", goal(own), headers={"If-None-Exist": by}),
        201,
    ),
    "a conditional update": (lambda api, by, own: api.send("PUT", f"/fhir/Goal?{by}", json=goal(own)), 201),
    "a conditional patch": (
        lambda api, by, own: api.send("PATCH", f"/fhir/Goal?{by}", json=[], headers=JSON_PATCH),
        404,
    ),
    "a conditional deletion": (lambda api, by, own: api.send("DELETE", f"/fhir/Goal?{by}"), 204),
    "a conditional create in a transaction": (
        lambda api, by, own: api.post("/fhir", bundled("transaction", "POST", "Goal", goal(own), ifNoneExist=by)),
        200,
    ),
    "a conditional update in a batch": (
        lambda api, by, own: api.post("/fhir", bundled("batch", "PUT", f"Goal?{by}", goal(own))),
        200,
    ),
    "a conditional deletion in a transaction": (
        lambda api, by, own: api.post("/fhir", bundled("transaction", "DELETE", f"Goal?{by}", None)),
        200,
    ),
    "a reference that is a search": (
        lambda api, by, own: api.post(
            "/fhir",
            bundled("transaction", "POST", "Goal", goal(own) | {"addresses": [{"reference": f"Observation?{by}"}]}),
        ),
        412,
    ),
}


@pytest.mark.parametrize("by", ["patient=Patient/{id}", "patient.identifier={number}"])
@pytest.mark.parametrize("name", WRITES)
def test_who_is_named_in_the_criteria_of_a_write_has_a_row(
    town: Municipality, store: Store, name: str, by: str
) -> None:
    own, hidden, nurse = town.person(), town.person(), town.employee()
    town.team(own, coordinator=nurse.role)
    send, status = WRITES[name]
    criteria = by.format(id=hidden["id"], number=patient_number(hidden))
    answer = answered(send(nurse.as_("coordinator"), criteria, own), status)
    type = "Observation" if "Observation" in str(answer.request.content) else "Goal"
    assert about(hidden, store.rows(answer)) == [[type]]
    rows = store.ask("SELECT l::text FROM access_log l WHERE request = $1", answer.headers["x-request-id"])
    assert [row for row in rows if patient_number(hidden) in str(row)] == []


def about(patient: Json, rows: list[Row]) -> list[Any]:
    """What the rows about a person say was asked for."""
    return [row[2] for row in rows if row[3] == patient["id"]]


def test_who_is_named_and_found_by_criteria_has_one_row(town: Municipality, store: Store) -> None:
    patient = town.person()
    made = town.unit.create(goal(patient))
    query = f"Goal?patient={patient['id']}"
    patched = answered(town.unit.send("PATCH", f"/fhir/{query}", json=[], headers=JSON_PATCH), 200)
    assert store.rows(patched) == [("patch_conditional", 200, [f"Goal/{made['id']}"], patient["id"])]


def test_criteria_that_name_an_id_nobody_has_leave_a_row_which_the_unit_sees(town: Municipality, store: Store) -> None:
    gone = answered(town.unit.send("DELETE", f"/fhir/Goal?patient={NOBODY}"), 204)
    assert store.rows(gone) == [("delete_conditional", 204, ["Goal"], NOBODY)]
    assert [event["outcome"] for event in of_request(town.unit, gone)] == ["0"]
