"""A resource is created, and read back as it stands and as it stood."""

import re
from datetime import datetime
from email.utils import parsedate_to_datetime

import pytest

from support import Json, Municipality, issues, ok, reference

UUID7 = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")
OFFICE = {"resourceType": "Organization", "name": "Fjordvik hjemmetjeneste"}


def test_create_answers_with_the_resource_and_where_it_is(town: Municipality) -> None:
    answer = town.system.post("/fhir/Organization", OFFICE)
    made = ok(answer, 201)
    assert UUID7.fullmatch(made["id"])
    assert made["name"] == "Fjordvik hjemmetjeneste"
    assert made["meta"]["versionId"] == "1"
    assert answer.headers["etag"] == 'W/"1"'
    assert answer.headers["location"] == f"{town.address}/fhir/Organization/{made['id']}/_history/1"
    assert answer.headers["content-type"] == "application/fhir+json; charset=utf-8"
    updated = datetime.fromisoformat(made["meta"]["lastUpdated"])
    assert parsedate_to_datetime(answer.headers["last-modified"]) == updated.replace(microsecond=0)


def test_the_server_names_and_dates_what_a_client_creates(town: Municipality) -> None:
    meta = {"versionId": "17", "lastUpdated": "1999-01-01T00:00:00Z", "tag": [{"code": "kept"}]}
    made = town.system.create(OFFICE | {"id": "my-own", "meta": meta})
    assert UUID7.fullmatch(made["id"])
    assert made["meta"]["versionId"] == "1"
    assert made["meta"]["lastUpdated"] > "2025"
    assert made["meta"]["tag"] == [{"code": "kept"}]
    assert town.system.get("/fhir/Organization/my-own").status_code == 404


LEAST: dict[str, Json] = {
    "CarePlan": {"status": "draft", "intent": "plan", "subject": {"display": "Kari"}},
    "CareTeam": {"name": "Teamet"},
    "Communication": {"status": "completed"},
    "Consent": {
        "status": "draft",
        "scope": {"text": "x"},
        "category": [{"text": "x"}],
        "policyRule": {"text": "x"},
    },
    "Goal": {"lifecycleStatus": "proposed", "description": {"text": "x"}, "subject": {"display": "Kari"}},
    "Organization": {"name": "Kontoret"},
    "Patient": {},
    "Practitioner": {},
    "PractitionerRole": {},
    "Questionnaire": {"status": "draft"},
    "QuestionnaireResponse": {"status": "in-progress"},
    "RelatedPerson": {"patient": {"display": "Kari"}},
    "ServiceRequest": {"status": "active", "intent": "order", "subject": {"display": "Kari"}},
    "Task": {"status": "requested", "intent": "order"},
}
"""What R4 demands of each type, and no more; `subject` may also say in words who it is about."""


@pytest.mark.parametrize("type", LEAST)
def test_the_least_that_r4_demands_is_enough(town: Municipality, type: str) -> None:
    made = town.system.create({"resourceType": type, **LEAST[type]})
    assert {name: made[name] for name in LEAST[type]} == LEAST[type]
    assert town.system.read(type, made["id"]) == made


ABSENT = {"url": "http://hl7.org/fhir/StructureDefinition/data-absent-reason", "valueCode": "unknown"}
UNSAID = {"_status": {"extension": [ABSENT]}}
KARI = {"reference": "Patient/kari"}
FAR = f"http://elsewhere.example/{''.join(f'{n * n:x}' for n in range(1200))}"
"""Longer than PostgreSQL indexes, and not to be compressed much."""
UNUSUAL: dict[str, Json] = {
    "an Organization with a very long identifier": {"identifier": [{"system": "urn:x", "value": FAR}]},
    "a CareTeam that does not say its status": {"subject": KARI, "participant": [{"member": KARI}]},
    "a CareTeam with a member far away": {
        "status": "active",
        "subject": KARI,
        "participant": [{"member": {"reference": f"{FAR}/Patient/1"}}],
    },
    "a CareTeam until the end of time": {
        "status": "active",
        "subject": KARI,
        "participant": [{"member": KARI, "period": {"end": "9999-12-31T23:59:60Z"}}],
    },
    "a Task that says why it has no status": UNSAID | {"intent": "order", "for": KARI, "owner": KARI},
    "a Task with an owner far away": {
        "status": "requested",
        "intent": "order",
        "for": KARI,
        "owner": {"reference": f"{FAR}/Patient/1"},
    },
}


@pytest.mark.parametrize("what", UNUSUAL)
def test_what_is_unusual_but_valid_is_kept(town: Municipality, what: str) -> None:
    ok(town.system.put({"resourceType": "Patient", "id": "kari"}), 201)
    type = what.split()[1]
    made = town.system.create({"resourceType": type, **UNUSUAL[what]})
    assert {name: made[name] for name in UNUSUAL[what]} == UNUSUAL[what]
    assert town.system.update(made | {"language": "nb"})["meta"]["versionId"] == "2"


def test_read_gives_what_create_gave(town: Municipality) -> None:
    created = town.system.post("/fhir/Organization", OFFICE)
    read = town.system.get(f"/fhir/Organization/{created.json()['id']}")
    assert read.status_code == 200
    assert read.content == created.content
    for header in ("etag", "last-modified", "content-type"):
        assert read.headers[header] == created.headers[header]


def test_every_version_can_be_read(town: Municipality) -> None:
    made = town.system.create(OFFICE)
    town.system.update(made | {"name": "Ny"})
    path = f"/fhir/Organization/{made['id']}/_history"
    first, second = town.system.get(f"{path}/1"), town.system.get(f"{path}/2")
    assert (first.json()["name"], first.headers["etag"]) == ("Fjordvik hjemmetjeneste", 'W/"1"')
    assert (second.json()["name"], second.headers["etag"]) == ("Ny", 'W/"2"')
    assert first.headers["last-modified"]


@pytest.mark.parametrize("version", ["0", "3", "01", "-1", "x", "1.0", "99999999999", "9" * 5000])
def test_a_version_that_never_was_is_not_found(town: Municipality, version: str) -> None:
    made = town.system.create(OFFICE)
    path = f"/fhir/Organization/{made['id']}/_history/{version}"
    assert issues(town.system.get(path), 404) == [("not-found", None)]


def test_what_was_never_there_is_not_found(town: Municipality) -> None:
    assert issues(town.system.get("/fhir/Organization/nothing"), 404) == [("not-found", None)]
    assert issues(town.system.get("/fhir/Organization/nothing/_history/1"), 404) == [("not-found", None)]
    assert issues(town.system.get("/fhir/Organization/nothing/_history"), 404) == [("not-found", None)]


def test_a_type_that_is_not_served_is_not_found(town: Municipality) -> None:
    slot = {"resourceType": "Slot"}
    assert issues(town.system.get("/fhir/Slot/1"), 404) == [("not-supported", None)]
    assert issues(town.system.get("/fhir/Slot"), 404) == [("not-supported", None)]
    assert issues(town.system.post("/fhir/Slot", slot), 404) == [("not-supported", None)]
    assert issues(town.system.put(slot | {"id": "1"}), 404) == [("not-supported", None)]


def test_the_body_is_of_the_type_of_the_address(town: Municipality) -> None:
    assert issues(town.system.post("/fhir/Patient", OFFICE), 400) == [("invalid", "resourceType")]
    assert town.system.found("Patient") == []


def test_a_reference_to_this_server_by_its_address_is_one_to_it(town: Municipality) -> None:
    base, patient = f"{town.address}/fhir", town.person()
    local = f"Patient/{patient['id']}"
    elsewhere = {"reference": "https://elsewhere.example/fhir/Organization/1"}
    goal = {
        "resourceType": "Goal",
        "lifecycleStatus": "active",
        "description": {"text": f"{base}/{local}"},
        "subject": {"reference": f"{base}/{local}"},
        "expressedBy": {"reference": f"{base}/{local}/_history/1"},
        "extension": [
            {
                "url": f"{base}/{local}",
                "valueReference": {"reference": f"{base}/Organization/{town.unit_office['id']}"},
            },
            {"url": "urn:x", "valueReference": elsewhere},
        ],
    }
    made = town.unit.create(goal)
    assert made["subject"] == {"reference": local}
    assert made["expressedBy"] == {"reference": f"{local}/_history/1"}
    assert made["extension"] == [
        {"url": f"{base}/{local}", "valueReference": reference(town.unit_office)},
        {"url": "urn:x", "valueReference": elsewhere},
    ]
    assert made["description"] == {"text": f"{base}/{local}"}
    assert town.unit.found(f"Goal?subject={local}") == [f"Goal/{made['id']}"]
    assert town.unit.put(made | {"subject": {"reference": f"{base}/{local}"}}).headers["etag"] == 'W/"1"'


@pytest.mark.parametrize(
    "address", ["{base}x/Patient/{id}", "{base}/fhir/Patient/{id}", "https://x.example/fhir/Patient/{id}"]
)
def test_an_address_that_only_looks_like_this_server_is_elsewhere(town: Municipality, address: str) -> None:
    told = address.format(base=f"{town.address}/fhir", id="1")
    made = town.system.create(OFFICE | {"extension": [{"url": "urn:x", "valueReference": {"reference": told}}]})
    assert made["extension"][0]["valueReference"]["reference"] == told


def test_a_reference_by_address_to_what_is_not_here_points_at_nothing(town: Municipality) -> None:
    parent = {"reference": f"{town.address}/fhir/Organization/nobody"}
    answer = town.system.post("/fhir/Organization", OFFICE | {"partOf": parent})
    assert issues(answer, 422) == [("not-found", "Organization.partOf.reference")]
