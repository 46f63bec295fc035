"""The access log served as AuditEvent: who reads it, and what it says."""

from datetime import UTC, datetime, timedelta

import pytest
from test_access_log import goal

from audit import NOBODY, Store, answered, event_pages, events, of_request, people
from oppfolging_api.fhir import exact_json
from oppfolging_api.fhir.validation import validate
from oppfolging_api.kernel.systems import HPR, ORGANISATION_NUMBER
from oppfolging_api.settings import Settings
from support import Employee, Json, Municipality, issues, ok, patient_number, reference

PATCH = {"Content-Type": "application/json-patch+json"}


@pytest.fixture
def store(settings: Settings) -> Store:
    return Store(settings)


def touched(event: Json) -> list[Json]:
    return [entity["what"] for entity in event["entity"] if entity["type"]["code"] == "2"]


def test_berit_sees_who_has_read_her_record_and_who_has_tried(town: Municipality) -> None:
    """Her nurse has; a stranger was told there is no such person; what was done about others she never learns."""
    nurse, stranger = town.employee(), town.employee()
    berit, other = town.person(), town.person()
    town.team(berit, nurse.role)
    town.team(other, nurse.role)
    read = answered(nurse.as_("team").get(f"/fhir/Patient/{berit['id']}"), 200)
    refused = answered(stranger.as_("team").get(f"/fhir/Patient/{berit['id']}"), 404)
    elsewhere = answered(nurse.as_("team").get(f"/fhir/Patient/{other['id']}"), 200)
    her = town.as_person(berit)
    assert people(events(her, "_count=200")) == {f"Patient/{berit['id']}"}
    (seen,) = of_request(her, read)
    (tried,) = of_request(her, refused)
    assert (seen["outcome"], seen["outcomeDesc"]) == ("0", "HTTP 200")
    assert (tried["outcome"], tried["outcomeDesc"]) == ("4", "HTTP 404")
    assert [event["contained"][0]["practitioner"]["identifier"] for event in (seen, tried)] == [
        {"system": HPR, "value": nurse.hpr},
        {"system": HPR, "value": stranger.hpr},
    ]
    assert of_request(her, elsewhere) == []


def test_berit_sees_who_has_asked_how_many_teams_she_has(town: Municipality) -> None:
    stranger, berit = town.employee(), town.person()
    api = stranger.as_("team")
    counted = answered(api.get(f"/fhir/CareTeam?patient=Patient/{berit['id']}&_summary=count"), 200)
    entries = [{"request": {"method": "GET", "url": f"Patient/{berit['id']}"}}]
    batch = answered(api.post("/fhir", {"resourceType": "Bundle", "type": "batch", "entry": entries}), 200)
    her = town.as_person(berit)
    for answer, outcome in ((counted, "0"), (batch, "4")):
        (event,) = of_request(her, answer)
        assert event["outcome"] == outcome
        assert event["contained"][0]["practitioner"]["identifier"]["value"] == stranger.hpr


def test_an_event_says_who_on_whose_behalf_why_what_and_when(town: Municipality) -> None:
    nurse, berit = town.employee(), town.person()
    town.team(berit, nurse.role)
    made = town.unit.create(goal(berit))
    before = datetime.now(UTC)
    answer = answered(nurse.as_("team").get(f"/fhir/Goal/{made['id']}"), 200)
    (event,) = of_request(town.unit, answer)
    recorded = datetime.fromisoformat(event["recorded"])
    assert before - timedelta(seconds=1) < recorded < datetime.now(UTC)
    assert event == {
        "resourceType": "AuditEvent",
        "id": event["id"],
        "meta": {"versionId": "1", "lastUpdated": event["recorded"]},
        "contained": [
            {
                "resourceType": "PractitionerRole",
                "id": "agent",
                "practitioner": {
                    "type": "Practitioner",
                    "identifier": {"system": HPR, "value": nurse.hpr},
                    "display": f"Nummer {nurse.hpr} Ansatt",
                },
                "organization": {
                    "type": "Organization",
                    "identifier": {"system": ORGANISATION_NUMBER, "value": nurse.orgnr},
                    "display": "En tjeneste",
                },
            }
        ],
        "type": {
            "system": "http://terminology.hl7.org/CodeSystem/audit-event-type",
            "code": "rest",
            "display": "Restful Operation",
        },
        "subtype": [{"system": "http://hl7.org/fhir/restful-interaction", "code": "read"}],
        "action": "R",
        "recorded": event["recorded"],
        "outcome": "0",
        "outcomeDesc": "HTTP 200",
        "purposeOfEvent": [
            {
                "coding": [{"system": "http://terminology.hl7.org/CodeSystem/v3-ActReason", "code": "TREAT"}],
                "text": "Behandling og oppfølging",
            }
        ],
        "agent": [
            {
                "type": {
                    "coding": [{"system": "http://terminology.hl7.org/CodeSystem/v3-ParticipationType", "code": "IRCP"}]
                },
                "role": [{"text": "Medlem av oppfølgingsteamet"}],
                "who": {"reference": "#agent"},
                "requestor": True,
            }
        ],
        "source": {
            "site": town.code,
            "observer": {"display": "oppfolging-api"},
            "type": [
                {
                    "system": "http://terminology.hl7.org/CodeSystem/security-source-type",
                    "code": "4",
                    "display": "Application Server",
                }
            ],
        },
        "entity": [
            {
                "what": {"reference": f"Patient/{berit['id']}"},
                "type": {
                    "system": "http://terminology.hl7.org/CodeSystem/audit-entity-type",
                    "code": "1",
                    "display": "Person",
                },
                "role": {
                    "system": "http://terminology.hl7.org/CodeSystem/object-role",
                    "code": "1",
                    "display": "Patient",
                },
            },
            {
                "what": {"reference": f"Goal/{made['id']}"},
                "type": {
                    "system": "http://terminology.hl7.org/CodeSystem/audit-entity-type",
                    "code": "2",
                    "display": "System Object",
                },
                "role": {
                    "system": "http://terminology.hl7.org/CodeSystem/object-role",
                    "code": "4",
                    "display": "Domain Resource",
                },
            },
            {
                "what": {"identifier": {"value": answer.headers["x-request-id"]}},
                "type": {
                    "system": "https://profiles.ihe.net/ITI/BALP/CodeSystem/BasicAuditEntityType",
                    "code": "XrequestId",
                },
                "name": "read",
            },
        ],
    }


def done(town: Municipality, nurse: Employee, patient: Json) -> None:
    """Something of every kind of caller and of most interactions."""
    made = town.unit.create(goal(patient))
    teacher = town.api("team", sub="teacher")
    for api in (nurse.as_("team"), teacher, town.system, town.as_person(patient), town.api("leader", "referrer")):
        api.get(f"/fhir/Patient/{patient['id']}")
        api.get(f"/fhir/Goal?patient={patient['id']}")
        api.get(f"/fhir/Goal/{made['id']}/_history")
        api.get(f"/fhir/Patient/{patient['id']}/$everything")
        api.get(f"/fhir/Goal/{NOBODY}")
        api.get("/fhir/Spaceship")
    town.unit.update(made | {"lifecycleStatus": "completed"})
    town.unit.delete("Goal", made["id"])


def test_every_event_is_valid_and_the_same_when_read_by_its_id(town: Municipality) -> None:
    nurse, patient = town.employee(), town.person()
    town.team(patient, nurse.role)
    done(town, nurse, patient)
    found = [event for page in event_pages(town.unit, "_count=50") for event in page]
    assert len(found) > 30
    for event in found:
        validate(exact_json.parse(exact_json.dump(event)), "AuditEvent")
        assert town.unit.read("AuditEvent", event["id"]) == event
    assert {event["action"] for event in found} == set("CRUDE")


def test_the_person_is_told_of_what_types_it_was_and_the_unit_which_resources(town: Municipality) -> None:
    nurse, patient = town.employee(), town.person()
    town.team(patient, nurse.role)
    made = town.unit.create(goal(patient))
    answer = answered(nurse.as_("team").get(f"/fhir/Goal/{made['id']}"), 200)
    (for_the_unit,), (for_the_person,) = (of_request(api, answer) for api in (town.unit, town.as_person(patient)))
    assert touched(for_the_unit) == [{"reference": f"Goal/{made['id']}"}]
    assert touched(for_the_person) == [{"type": "Goal"}]
    assert made["id"] not in str(events(town.as_person(patient), "_count=200"))
    asked = f"entity=Goal/{made['id']}"
    assert len(events(town.unit, asked)) == 2
    assert events(town.as_person(patient), asked) == []
    assert events(town.as_person(patient), f"entity=Patient/{patient['id']}") != []


@pytest.mark.parametrize("role", ["leader", "coordinator", "team", "referrer", "system", "case-member"])
def test_nobody_else_sees_any(town: Municipality, role: str) -> None:
    """As of every type a role does not see: none is found, and what there is does not exist."""
    nurse, patient = town.employee(), town.person()
    town.team(patient, nurse.role, coordinator=nurse.role)
    api = nurse.as_(role)
    api.get(f"/fhir/Patient/{patient['id']}")
    known = events(town.unit)[0]
    assert "entry" not in api.search("AuditEvent")
    assert api.search("AuditEvent?_total=accurate")["total"] == 0
    hidden, missing = (api.get(f"/fhir/AuditEvent/{id}") for id in (known["id"], NOBODY))
    assert (hidden.status_code, hidden.json()) == (404, missing.json())


def test_a_person_reads_no_event_about_another_nor_one_about_nobody(town: Municipality) -> None:
    berit, other = town.person(), town.person()
    town.unit.get(f"/fhir/Patient/{other['id']}")
    town.unit.get("/fhir/Organization")
    (about_other,) = events(town.unit, f"patient={other['id']}&action=R")
    about_nobody = events(town.unit, "patient:missing=true&subtype=search-type")[0]
    her = town.as_person(berit)
    for event in (about_other, about_nobody):
        assert issues(her.get(f"/fhir/AuditEvent/{event['id']}"), 404) == [("not-found", None)]
    assert events(her, f"patient={other['id']}") == []
    assert events(her, "patient:missing=true") == []
    assert her.search(f"AuditEvent?patient={other['id']}&_total=accurate")["total"] == 0


def test_a_guardian_sees_the_childs_log_as_long_as_they_are_guardian(town: Municipality) -> None:
    child, mother = town.person(birthDate="2018-05-01"), town.person()
    relation = town.unit.create(
        {
            "resourceType": "RelatedPerson",
            "active": True,
            "identifier": mother["identifier"],
            "patient": reference(child),
            "relationship": [
                {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/v3-RoleCode", "code": "GUARD"}]}
            ],
        }
    )
    answer = answered(town.unit.get(f"/fhir/Patient/{child['id']}"), 200)
    hers = town.as_person(mother)
    assert len(of_request(hers, answer)) == 1
    town.unit.update(relation | {"active": False})
    assert of_request(hers, answer) == []


def test_another_municipality_sees_none_of_it(town: Municipality, other_town: Municipality) -> None:
    event = events(town.unit)[0]
    assert other_town.unit.get(f"/fhir/AuditEvent/{event['id']}").status_code == 404
    assert {event["source"]["site"] for event in events(other_town.unit, "_count=200")} == {other_town.code}


def test_reading_the_log_is_itself_in_the_log(town: Municipality, store: Store) -> None:
    patient = town.person()
    searched = answered(town.unit.get(f"/fhir/AuditEvent?patient={patient['id']}"), 200)
    assert store.rows(searched) == [("search_type", 200, ["AuditEvent"], patient["id"])]
    event = searched.json()["entry"][0]["resource"]
    read = answered(town.unit.get(f"/fhir/AuditEvent/{event['id']}"), 200)
    assert store.rows(read) == [("read", 200, [f"AuditEvent/{event['id']}"], patient["id"])]
    her = town.as_person(patient)
    (told,) = of_request(her, read)
    assert told["contained"][0]["organization"]["display"] == "En tjeneste"
    (own,) = of_request(her, answered(her.get("/fhir/AuditEvent"), 200))
    assert own["purposeOfEvent"][0]["coding"][0]["code"] == "PATRQT"
    assert own["agent"][0]["who"] == {"identifier": {"system": "urn:oppfolging:development", "value": "somebody"}}
    assert patient_number(patient) not in str(own)


def test_head_if_none_match_and_a_batch(town: Municipality) -> None:
    event = events(town.unit)[0]
    path = f"/fhir/AuditEvent/{event['id']}"
    head = answered(town.unit.send("HEAD", path), 200)
    assert (head.content, head.headers["etag"]) == (b"", 'W/"1"')
    answered(town.unit.get(path, headers={"If-None-Match": 'W/"1"'}), 304)
    entry = {"request": {"method": "GET", "url": f"AuditEvent/{event['id']}"}}
    for kind in ("batch", "transaction"):
        sent = ok(town.unit.post("/fhir", {"resourceType": "Bundle", "type": kind, "entry": [entry]}), 200)
        assert sent["entry"][0]["resource"] == event


@pytest.mark.parametrize("role", ["coordinating-unit", "system", "team", "person"])
def test_nobody_writes_one(town: Municipality, role: str) -> None:
    event = events(town.unit)[0]
    api = town.as_person(town.person()) if role == "person" else town.employee().as_(role)
    answers = [
        api.post("/fhir/AuditEvent", event),
        api.put(event),
        api.delete("AuditEvent", event["id"]),
        api.send("PATCH", f"/fhir/AuditEvent/{event['id']}", json=[{"op": "remove", "path": "/entity"}], headers=PATCH),
    ]
    assert [answer.status_code for answer in answers] == [403] * 4
    assert town.unit.read("AuditEvent", event["id"]) == event


def test_an_event_has_no_versions(town: Municipality) -> None:
    path = f"/fhir/AuditEvent/{events(town.unit)[0]['id']}"
    assert town.unit.get(f"{path}/_history").status_code == 404
    assert town.unit.get(f"{path}/_history/1").status_code == 404
