"""The SMART client for Python, with its own strict models: https://github.com/smart-on-fhir/client-py"""

# mypy: disable-error-code="import-untyped"

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from fhirclient.client import FHIRClient
from fhirclient.models.bundle import Bundle
from fhirclient.models.careteam import CareTeam
from fhirclient.models.fhirdate import FHIRDate
from fhirclient.models.goal import Goal
from fhirclient.models.patient import Patient
from fhirclient.server import FHIRNotFoundException, FHIRUnauthorizedException
from requests import HTTPError

from support import Json, Municipality

KARI = "urn:uuid:00000000-0000-4000-8000-000000000001"


@contextmanager
def connected(address: str, **state: Any) -> Iterator[Any]:
    """The server object of a client, whose connections are closed afterwards."""
    server = FHIRClient(state={"app_id": "tests", "server": {"base_uri": f"{address}/fhir/", **state}}).server
    yield server
    server.session.close()


@pytest.fixture
def smart(town: Municipality) -> Iterator[Any]:
    """Of a client that has been through the launch and holds its access token."""
    auth = {"app_id": "tests", "access_token": town.token("system", "coordinating-unit")}
    with connected(town.address, auth_type="oauth2", auth=auth) as server:
        yield server


def patient(family: str, born: str) -> Any:
    return Patient({"name": [{"family": family}], "birthDate": born})


def goal(subject: str) -> Json:
    return {
        "resourceType": "Goal",
        "lifecycleStatus": "active",
        "description": {"text": "gå på tur"},
        "subject": {"reference": subject},
    }


def test_the_server_tells_what_it_serves_before_anybody_has_a_token(server: str) -> None:
    with connected(server) as smart:
        statement = smart.capabilityStatement
        assert (statement.fhirVersion, statement.kind) == ("4.0.1", "instance")
        served = {resource.type: resource for resource in statement.rest[0].resource}
        told = [interaction.code for interaction in served["Patient"].interaction]
        assert sorted(told) == [
            "create",
            "delete",
            "history-instance",
            "history-type",
            "patch",
            "read",
            "search-type",
            "update",
            "vread",
        ]
        assert [one.coding[0].code for one in statement.rest[0].security.service] == ["SMART-on-FHIR"]
        with pytest.raises(FHIRUnauthorizedException):
            Patient.read("1", smart)


def test_a_person_is_created_read_changed_and_deleted(smart: Any) -> None:
    made = patient("Vik", "1950-03-14").create(smart)
    read = Patient.read(made["id"], smart)
    assert (read.name[0].family, read.birthDate.isostring, read.meta.versionId) == ("Vik", "1950-03-14", "1")
    read.birthDate = FHIRDate("1951-03-14")
    assert read.update()["meta"]["versionId"] == "2"
    changed = Patient.read(made["id"], smart)
    assert (changed.birthDate.isostring, changed.meta.versionId) == ("1951-03-14", "2")
    assert changed.delete() is None
    with pytest.raises(HTTPError) as gone:
        Patient.read(made["id"], smart)
    assert gone.value.response is not None
    assert gone.value.response.status_code == 410
    with pytest.raises(FHIRNotFoundException):
        Patient.read("nobody", smart)


def test_searches_chains_and_includes(smart: Any) -> None:
    ids = {}
    for family, born in (("Åsen", "1950-03-14"), ("Vik", "1960-03-14")):
        ids[family] = patient(family, born).create(smart)["id"]
        Goal(goal(f"Patient/{ids[family]}")).create(smart)
    born_early = Patient.where({"birthdate": "lt1955"}).perform_resources_iter(smart)
    assert [one.name[0].family for one in born_early] == ["Åsen"]
    exactly = Patient.where({"family": {"$exact": "Vik"}}).perform_resources_iter(smart)
    assert [one.id for one in exactly] == [ids["Vik"]]
    chained = Goal.where({"subject": {"$type": "Patient", "family": "Vik"}}).include("subject")
    found = [(one.resource_type, one.id) for one in chained.perform_resources_iter(smart)]
    assert (len(found), found[0][0], found[1]) == (2, "Goal", ("Patient", ids["Vik"]))
    back = Patient.where({"_id": ids["Åsen"]}).include("subject", Goal, reverse=True)
    assert [one.resource_type for one in back.perform_resources_iter(smart)] == ["Patient", "Goal"]


def test_all_pages_are_read(smart: Any) -> None:
    for day in range(1, 6):
        patient("Vik", f"1950-03-0{day}").create(smart)
    pages = list(Patient.where({"_sort": "birthdate", "_count": "2"}).perform_iter(smart))
    assert [[one.resource.birthDate.isostring for one in page.entry] for page in pages] == [
        ["1950-03-01", "1950-03-02"],
        ["1950-03-03", "1950-03-04"],
        ["1950-03-05"],
    ]


def test_a_transaction(smart: Any) -> None:
    entries = [
        {"resource": goal(KARI), "request": {"method": "POST", "url": "Goal"}},
        {
            "fullUrl": KARI,
            "resource": {"resourceType": "Patient", "birthDate": "1950-03-14"},
            "request": {"method": "POST", "url": "Patient"},
        },
    ]
    answer = Bundle(Bundle({"type": "transaction", "entry": entries}).create(smart))
    assert answer.type == "transaction-response"
    assert [one.response.status.partition(" ")[0] for one in answer.entry] == ["201", "201"]
    made, person = (one.response.location.removesuffix("/_history/1") for one in answer.entry)
    assert Goal.read(made.removeprefix("Goal/"), smart).subject.reference == person


def test_a_team_is_read_into_its_model(town: Municipality, smart: Any) -> None:
    nurse, coordinator = town.employee(), town.employee()
    made = town.team(town.person(), nurse.role, coordinator=coordinator.role)
    team = CareTeam.read(made["id"], smart)
    assert (team.name, team.status) == ("Teamet", "active")
    assert [one.member.reference for one in team.participant] == [
        f"PractitionerRole/{nurse.role['id']}",
        f"PractitionerRole/{coordinator.role['id']}",
    ]
    assert team.as_json() == made
