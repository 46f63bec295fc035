"""fhirpy, as its users write it: https://github.com/beda-software/fhirpy"""

# mypy: disable-error-code="no-untyped-call"

from typing import Any

import pytest
from fhirpy import AsyncFHIRClient, SyncFHIRClient
from fhirpy.base.exceptions import MultipleResourcesFound, OperationOutcome, ResourceNotFound

from support import Json, Municipality

NUMBERS = "http://numbers.example"
JSON_PATCH = {"Content-Type": "application/json-patch+json"}


def token(town: Municipality) -> str:
    return f"Bearer {town.token('system', 'coordinating-unit')}"


def client_of(town: Municipality, **headers: str) -> SyncFHIRClient:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return SyncFHIRClient(f"{town.address}/fhir", authorization=token(town), extra_headers=named)


@pytest.fixture
def client(town: Municipality) -> SyncFHIRClient:
    return client_of(town)


def goal(id: str, subject: str, **elements: object) -> Json:
    made = {"lifecycleStatus": "active", "description": {"text": "gå på tur"}, "subject": {"reference": subject}}
    return {"id": id, **made, **elements}


def place_two_people(client: SyncFHIRClient) -> None:
    """Åse, born in 1950, has two goals; Bjørg, born in 1960, has one."""
    for id, family, born in (("ase", "Åsen", "1950-03-14"), ("bjorg", "Vik", "1960-03-14")):
        client.resource("Patient", id=id, name=[{"family": family}], birthDate=born).save()
    for id, subject in (("walk", "Patient/ase"), ("swim", "Patient/ase"), ("sing", "Patient/bjorg")):
        client.resource("Goal", **goal(id, subject)).save()


def test_a_person_is_created_read_changed_and_deleted(client: SyncFHIRClient) -> None:
    made = client.resource("Patient", name=[{"family": "Vik", "given": ["Kari"]}], birthDate="1950-03-14")
    made.save()
    assert (made["meta"]["versionId"], made["name"]) == ("1", [{"family": "Vik", "given": ["Kari"]}])
    read = client.reference("Patient", made.id).to_resource()
    assert (read["birthDate"], read["meta"]["versionId"]) == ("1950-03-14", "1")
    read["birthDate"] = "1951-03-14"
    read.save()
    assert read["meta"]["versionId"] == "2"
    made.refresh()
    assert (made["birthDate"], made["meta"]["versionId"]) == ("1951-03-14", "2")
    made.delete()
    with pytest.raises(ResourceNotFound):
        client.reference("Patient", made.id).to_resource()


def test_a_version_that_is_past_is_not_written_over(town: Municipality, client: SyncFHIRClient) -> None:
    made = client.resource("Organization", name="En").create()
    made["name"] = "To"
    made.update()
    stale = client_of(town, If_Match='W/"1"')
    with pytest.raises(MultipleResourcesFound):  # What fhirpy calls every 412.
        stale.resource("Organization", id=made.id, name="Tapt").update()
    fresh = client_of(town, If_Match='W/"2"').resource("Organization", id=made.id, name="Tre")
    assert fresh.update()["meta"]["versionId"] == "3"


def test_searches_through_chains_dates_and_what_refers_back(client: SyncFHIRClient) -> None:
    place_two_people(client)
    goals, patients = client.resources("Goal"), client.resources("Patient")
    assert [one.id for one in goals.search(subject__Patient__family="Aasen").sort("_id").fetch()] == ["swim", "walk"]
    assert [one.id for one in goals.search(patient__birthdate__ge="1955").fetch()] == ["sing"]
    assert [one.id for one in patients.search(family__exact="Vik").fetch()] == ["bjorg"]
    assert [one.id for one in patients.search(birthdate__lt="1955", birthdate__gt="1945").fetch()] == ["ase"]
    assert [one.id for one in patients.has("Goal", "patient", _id="sing").fetch()] == ["bjorg"]
    assert goals.search(patient="ase").count() == 2
    assert goals.search(patient="nobody").first() is None
    assert patients.search(_id="ase").get()["name"] == [{"family": "Åsen"}]


def test_what_is_included_comes_along(client: SyncFHIRClient) -> None:
    place_two_people(client)
    bundle = client.resources("Goal").search(_id="sing").include("Goal", "patient").fetch_raw()
    assert [(entry.search.mode, entry.resource.reference) for entry in bundle.entry] == [
        ("match", "Goal/sing"),
        ("include", "Patient/bjorg"),
    ]
    back = client.resources("Patient").search(_id="ase").revinclude("Goal", "patient").fetch_raw()
    found = sorted((entry.search.mode, entry.resource.reference) for entry in back.entry)
    assert found == [("include", "Goal/swim"), ("include", "Goal/walk"), ("match", "Patient/ase")]


def test_elements_are_left_out(client: SyncFHIRClient) -> None:
    place_two_people(client)
    found = client.resources("Patient").search(_id="ase").elements("birthDate").get()
    assert {name for name in found if name not in ("resourceType", "id", "meta")} == {"birthDate"}


def test_all_pages_are_read(client: SyncFHIRClient) -> None:
    for number in range(7):
        client.resource("Practitioner", id=f"p{number}").save()
    found = client.resources("Practitioner").sort("_id").limit(3).fetch_all()
    assert [one.id for one in found] == ["p0", "p1", "p2", "p3", "p4", "p5", "p6"]


def test_a_json_patch(town: Municipality, client: SyncFHIRClient) -> None:
    made = client.resource("Patient", birthDate="1950-03-14").create()
    operations: Any = [{"op": "replace", "path": "/birthDate", "value": "1951-03-14"}]
    changed = client_of(town, **JSON_PATCH).execute(f"Patient/{made.id}", method="patch", data=operations)
    assert (changed["birthDate"], changed["meta"]["versionId"]) == ("1951-03-14", "2")


def test_a_patch_of_its_own_merges_what_is_given(client: SyncFHIRClient) -> None:
    """What fhirpy calls patch is a JSON Merge Patch (RFC 7396) sent as application/json."""
    made = client.resource("Patient", birthDate="1950-03-14", gender="female").create()
    made.patch(birthDate="1951-03-14", gender=None)
    read = client.reference("Patient", made.id).to_resource()
    assert (read["birthDate"], "gender" in read, read["meta"]["versionId"]) == ("1951-03-14", False, "2")


def test_what_is_searched_for_first_is_made_once(client: SyncFHIRClient) -> None:
    """fhirpy asks for a conditional create in the address, where others use If-None-Exist."""
    found = client.resources("Organization").search(identifier=f"{NUMBERS}|1")
    office = client.resource("Organization", identifier=[{"system": NUMBERS, "value": "1"}], name="Kontoret")
    first, made = found.get_or_create(office)
    second, again = found.get_or_create(office)
    assert (made, again, second.id) == (True, False, first.id)
    assert found.count() == 1


def test_what_a_search_finds_is_changed_and_deleted(client: SyncFHIRClient) -> None:
    found = client.resources("Organization").search(identifier=f"{NUMBERS}|2")
    office = client.resource("Organization", identifier=[{"system": NUMBERS, "value": "2"}], name="Kontoret")
    made, created = found.update(office)
    assert (created, made["meta"]["versionId"]) == (True, "1")
    office["name"] = "Nytt"
    changed, created = found.update(office)
    assert (created, changed.id, changed["name"], changed["meta"]["versionId"]) == (False, made.id, "Nytt", "2")
    found.delete()
    assert found.fetch() == []


def test_a_transaction(client: SyncFHIRClient) -> None:
    kari = "urn:uuid:00000000-0000-4000-8000-000000000001"
    entries = [
        {
            "resource": {"resourceType": "Goal", **goal("x", kari)},
            "request": {"method": "POST", "url": "Goal"},
        },
        {
            "fullUrl": kari,
            "resource": {"resourceType": "Patient", "birthDate": "1950-03-14"},
            "request": {"method": "POST", "url": "Patient"},
        },
    ]
    answer = client.execute("", data={"resourceType": "Bundle", "type": "transaction", "entry": entries})
    assert [entry.response.status.partition(" ")[0] for entry in answer.entry] == ["201", "201"]
    patient = answer.entry[1].response.location.removesuffix("/_history/1")
    assert client.resources("Goal").search(patient=patient).get()["subject"].reference == patient


def test_histories_and_everything_about_a_person(client: SyncFHIRClient) -> None:
    place_two_people(client)
    kari = client.resource("Patient", birthDate="1950-03-14").create()
    kari["birthDate"] = "1951-03-14"
    kari.update()
    history = kari.execute("_history", method="get")
    assert [entry.request.method for entry in history.entry] == ["PUT", "POST"]
    everything = client.reference("Patient", "ase").execute("$everything", method="get")
    found = sorted(f"{entry.resource.resourceType}/{entry.resource.id}" for entry in everything.entry)
    assert found == ["Goal/swim", "Goal/walk", "Patient/ase"]


def test_what_is_wrong_is_told(client: SyncFHIRClient) -> None:
    wrong = client.resource("Patient", gender="unsure")
    assert client.resource("Patient", gender="female").is_valid()
    assert not wrong.is_valid()
    with pytest.raises(OperationOutcome) as refused:
        wrong.save()
    issue = refused.value.resource["issue"][0]
    assert (issue["code"], issue["expression"]) == ("code-invalid", ["Patient.gender"])


async def test_the_asynchronous_client(town: Municipality) -> None:
    client = AsyncFHIRClient(f"{town.address}/fhir", authorization=token(town))
    for number in range(3):
        await client.resource("Practitioner", id=f"p{number}").save()
    found = [one.id async for one in client.resources("Practitioner").sort("_id").limit(2)]
    assert found == ["p0", "p1", "p2"]
    changed = await client.reference("Practitioner", "p1").to_resource()
    changed["active"] = True
    await changed.save()
    assert [one.id for one in await client.resources("Practitioner").search(active=True).fetch()] == ["p1"]
    await changed.delete()
    assert await client.resources("Practitioner").count() == 2
