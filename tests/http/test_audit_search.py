"""Searching the access log as AuditEvent: by what it is found, its pages, and where else it is left out."""

from datetime import datetime

import pytest
from test_access_log import goal

from audit import NOBODY, answered, event_pages, events, people, request_of
from oppfolging_api.kernel.clock import OSLO
from oppfolging_api.kernel.systems import HPR, ORGANISATION_NUMBER
from support import Json, Municipality, issues, ok, reference

STRICT = {"Prefer": "handling=strict"}


def test_the_unit_searches_by_date_agent_outcome_action_and_what_was_touched(town: Municipality) -> None:
    nurse, doctor, patient = town.employee(), town.employee(), town.person()
    town.team(patient, nurse.role)
    made = town.unit.create(goal(patient))
    nurse.as_("team").get(f"/fhir/Goal/{made['id']}")
    doctor.as_("team").get(f"/fhir/Goal/{made['id']}")
    today = datetime.now(OSLO).date().isoformat()

    def counted(query: str) -> int:
        return len(events(town.unit, f"patient:missing=false&_count=200&{query}"))

    nurses, doctors = (f"agent=Practitioner/{one.practitioner['id']}" for one in (nurse, doctor))
    assert counted(nurses) == 1
    assert counted(f"agent:identifier={HPR}|{nurse.hpr}") == 1
    assert counted(f"agent:identifier={ORGANISATION_NUMBER}|{nurse.orgnr}") == 1
    assert counted(f"agent={nurse.role['organization']['reference']}") == 1
    assert counted(doctors) == 0
    assert len(events(town.unit, f"{doctors}&outcome=4")) == 1
    assert len(events(town.unit, f"{doctors}&outcome=0")) == 0
    assert len(events(town.unit, f"{nurses},Practitioner/{doctor.practitioner['id']}&subtype=read")) == 2
    assert counted(f"{nurses}&action=R") == counted(f"{nurses}&date={today}") == counted(f"{nurses}&type=rest") == 1
    assert counted(f"{nurses}&action=C") == counted(f"{nurses}&date=lt{today}") == counted(f"{nurses}&type=object") == 0
    assert counted(f"{nurses}&action:not=C") == counted(f"{nurses}&date=ge{today}&date=le{today}") == 1
    assert counted(f"entity=Goal/{made['id']}&action=C") == counted(f"entity=Goal/{made['id']}&{nurses}") == 1
    assert counted(f"{nurses}&entity=Goal/{NOBODY}") == counted(f"{nurses}&_tag=x") == 0


def test_events_are_found_by_their_ids(town: Municipality) -> None:
    town.person()
    first, second, *_ = events(town.unit)
    found = events(town.unit, f"_id={first['id']},{second['id']},{NOBODY},x")
    assert [event["id"] for event in found] == [first["id"], second["id"]]


def test_what_events_are_not_found_by_is_said(town: Municipality) -> None:
    for query, expected in (
        ("_sort=agent", ("not-supported", "_sort")),
        ("agent:Practitioner=1", ("not-supported", "agent:Practitioner")),
        ("action:text=x", ("not-supported", "action")),
        ("patient.name=x", ("not-supported", "patient.name")),
        ("_has:Goal:subject:status=x", ("not-supported", "_has:Goal:subject:status")),
        ("_include=AuditEvent:patient", ("not-supported", "_include")),
        ("date=yesterday", ("invalid", "date")),
        ("_count=x", ("invalid", "_count")),
    ):
        assert issues(town.unit.get(f"/fhir/AuditEvent?{query}"), 400) == [expected], query
    strict = town.unit.get("/fhir/AuditEvent?site=9901", headers=STRICT)
    assert issues(strict, 400) == [("not-supported", "site")]


@pytest.mark.parametrize("query", ["", "patient={id}", "patient={id}&_sort=date", "_sort=date"])
def test_pages_have_no_gap_and_nothing_twice_while_new_rows_arrive(town: Municipality, query: str) -> None:
    """Each page read is a new row too."""
    patient = town.person()
    path = f"/fhir/Patient/{patient['id']}"
    before = [answered(town.unit.get(path), 200).headers["x-request-id"] for _ in range(25)]
    found: list[Json] = []
    for page in event_pages(town.unit, f"_count=7&{query.format(id=patient['id'])}"):
        found += page
        town.unit.get(path)
        if len(found) > 60:
            break
    ids = [event["id"] for event in found]
    requests = [request_of(event) for event in found]
    assert len(set(ids)) == len(ids)
    expected = before if "_sort=date" in query else before[::-1]
    assert [request for request in requests if request in before] == expected
    moments = [event["recorded"] for event in found]
    assert moments == sorted(moments, reverse="_sort=date" not in query)


def test_a_person_who_represents_several_reads_one_log_in_the_order_of_time(town: Municipality) -> None:
    father = town.person()
    children = [town.person(birthDate="2019-01-01") for _ in range(3)]
    for child in children:
        town.unit.create(
            {
                "resourceType": "RelatedPerson",
                "active": True,
                "identifier": father["identifier"],
                "patient": reference(child),
                "relationship": [
                    {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/v3-RoleCode", "code": "GUARD"}]}
                ],
            }
        )
    reads = [
        answered(town.unit.get(f"/fhir/Patient/{child['id']}"), 200).headers["x-request-id"] for child in children * 4
    ]
    found = [event for page in event_pages(town.as_person(father), "_count=5&action=R") for event in page]
    requests = [request_of(event) for event in found]
    assert [request for request in requests if request in reads] == reads[::-1]


def test_a_posted_search_a_count_and_a_part(town: Municipality) -> None:
    patient = town.person()
    posted = ok(town.unit.send("POST", "/fhir/AuditEvent/_search", data={"patient": patient["id"], "_count": "1"}), 200)
    assert people([entry["resource"] for entry in posted["entry"]]) == {f"Patient/{patient['id']}"}
    assert all("_cursor=" in held["url"] and patient["id"] not in held["url"] for held in posted["link"])
    counted = town.unit.search(f"AuditEvent?patient={patient['id']}&_summary=count&action=C")
    assert (counted["total"], "entry" in counted) == (1, False)
    (part,) = events(town.unit, f"patient={patient['id']}&action=C&_elements=outcome")
    assert set(part) == {"resourceType", "id", "meta", "type", "recorded", "outcome", "agent", "source"}


def test_the_compartment_of_a_person_and_of_a_practitioner(town: Municipality) -> None:
    nurse, patient = town.employee(), town.person()
    town.team(patient, nurse.role)
    answer = nurse.as_("team").get(f"/fhir/Patient/{patient['id']}")
    request = answer.headers["x-request-id"]
    for path in (f"Patient/{patient['id']}/AuditEvent", f"Practitioner/{nurse.practitioner['id']}/AuditEvent"):
        found = [entry["resource"] for entry in town.unit.search(path)["entry"]]
        assert request in {request_of(event) for event in found}
    her = town.as_person(patient)
    assert people([one["resource"] for one in her.search(f"Patient/{patient['id']}/AuditEvent")["entry"]]) == {
        f"Patient/{patient['id']}"
    }


def test_it_is_left_out_where_everything_is_asked_for(town: Municipality) -> None:
    patient = town.person()
    for path in ("", f"Patient/{patient['id']}/*", f"Patient/{patient['id']}/$everything", "_history"):
        found = town.unit.search(path).get("entry", ())
        assert "AuditEvent" not in {entry["resource"]["resourceType"] for entry in found if "resource" in entry}
    asked = town.unit.get("/fhir/Patient?_revinclude=AuditEvent:patient")
    assert issues(asked, 400) == [("not-supported", "_revinclude")]


def test_the_metadata_says_that_it_is_read_and_searched_and_no_more(town: Municipality) -> None:
    resources = town.unit.search("metadata")["rest"][0]["resource"]
    (told,) = (one for one in resources if one["type"] == "AuditEvent")
    assert [one["code"] for one in told["interaction"]] == ["read", "search-type"]
    assert (told["versioning"], told["readHistory"]) == ("no-version", False)
    names = [one["name"] for one in told["searchParam"] if not one["name"].startswith("_")]
    assert names == ["action", "agent", "date", "entity", "outcome", "patient", "subtype", "type"]
    assert not {"searchInclude", "searchRevInclude", "operation", "updateCreate"} & set(told)
    assert not [one["type"] for one in resources if "AuditEvent:patient" in one.get("searchRevInclude", ())]


def test_a_smart_scope_narrows_reading_the_log(town: Municipality) -> None:
    event = events(town.unit)[0]
    without = town.api("coordinating-unit", smart=("user/Patient.rs",))
    within = town.api("coordinating-unit", smart=("user/AuditEvent.rs",))
    assert without.get(f"/fhir/AuditEvent/{event['id']}").status_code == 403
    assert without.get("/fhir/AuditEvent").status_code == 403
    assert within.read("AuditEvent", event["id"])["id"] == event["id"]
    assert events(within) != []
