"""By-ways to what a person withholds: other names for the same service, what once was, scopes, errors, stale copies."""

import asyncio
import json
from pathlib import Path
from typing import Any

import asyncpg
import httpx
import pytest
from sqlalchemy import make_url
from test_cutting import Record, to

import oppfolging_api
from oppfolging_api.fhir.cutting import told_beside_references
from oppfolging_api.kernel.vocabulary import InformationKind
from oppfolging_api.resources import served
from oppfolging_api.settings import Settings
from support import CANONICAL, FHIR_JSON, Api, Employee, Json, Municipality, coding, issues, label, ok, reference

FORM: Json = {
    "messageId": "1",
    "patient": {"name": "Prøve Person", "birthDate": "1980-01-01"},
    "reason": "Hverdagen",
    "consentToShare": True,
    "personInformed": True,
}
JSON_PATCH = {"Content-Type": "application/json-patch+json"}


@pytest.fixture
def nav(town: Municipality) -> Employee:
    return town.employee(town.organisation("nav"))


@pytest.fixture
def record(town: Municipality, nav: Employee) -> Record:
    return Record(town, nav)


def patched(api: Api, path: str, *operations: Json) -> httpx.Response:
    return api.send("PATCH", f"/fhir/{path}", content=json.dumps(operations), headers=JSON_PATCH)


def shown(record: Record, **elements: Any) -> Json:
    made = record.town.unit.create(record.plan(**elements))
    return {name: held for name, held in record.api.read("CarePlan", made["id"]).items() if name in elements}


def test_no_reference_is_found_that_might_be_cut() -> None:
    """Of whatever type: the one parameter that needs no asking is that of the person."""
    unasked = {
        (name, parameter.name)
        for name, kind in served().items()
        for parameter in kind.search
        if kind.person and parameter.kind == "reference" and set(parameter.targets) - {"Patient"}
        if not told_beside_references(name, kind.person, parameter)
    }
    answer = {("AppointmentResponse", name) for name in ("actor", "location", "practitioner")}
    about = {(type, name) for type, name in unasked if name == "subject"}
    assert unasked - about == answer  # about nobody where its one actor is not the person


def test_a_consent_does_not_tell_whom_else_it_denies(record: Record) -> None:
    record.town.denial(record.patient, {"resourceType": "Organization", "id": hidden(record, "hidden_office")}, "work")
    office = record.names["hidden_office"]
    assert len(record.api.search("Consent?_count=50")["entry"]) == 2
    for query in (
        f"Consent?rule-actor={office}",
        "Consent?rule-actor:Organization.type=dps",
        f"Organization?_has:Consent:rule-actor:patient=Patient/{record.patient['id']}",
    ):
        assert record.api.found(query) == [], query
    assert office not in record.api.found("Consent?_include=Consent:rule-actor")


def hidden(record: Record, name: str) -> str:
    return record.names[name].partition("/")[2]


def test_a_scope_is_no_question(record: Record) -> None:
    plan = record.cut_plan()
    for name, path in (("hidden_role", "performer"), ("hidden", "goal")):
        scope = f"user/CarePlan.rs?{path}={record.names[name]}"
        asking = record.nav.as_("coordinator", smart=(scope, "user/Patient.rs"))
        assert asking.found("CarePlan") == []
        assert issues(asking.get(f"/fhir/CarePlan/{plan['id']}"), 404) == [("not-found", None)]


def test_who_has_worked_there_has_worked_there(record: Record) -> None:
    """Employments that are moved or deleted stay known: their versions can be read by everyone."""
    town, role = record.town, hidden(record, "hidden_role")
    held = town.system.read("PractitionerRole", role)
    town.system.update(held | {"organization": reference(town.organisation("gp-office"))})
    assert (shown(record, author=to("hidden_person")), shown(record, author=to("hidden_role"))) == ({}, {})
    former = town.employee(town.system.read("Organization", hidden(record, "hidden_office")))
    assert town.system.delete("PractitionerRole", former.role["id"]).status_code == 204
    assert shown(record, author=reference(former.practitioner)) == {}


def test_other_ways_to_the_same_service_are_followed(record: Record) -> None:
    town, office = record.town, {"reference": record.names["hidden_office"]}
    service = town.system.create({"resourceType": "HealthcareService", "providedBy": office, "name": "Poliklinikk"})
    place = town.system.create({"resourceType": "Location", "managingOrganization": office, "name": "Bygg A"})
    room = town.system.create({"resourceType": "Location", "partOf": reference(place), "name": "Rom 1"})
    there = town.system.create({"resourceType": "HealthcareService", "location": [reference(room)], "name": "Gruppe"})
    helper = town.system.create({"resourceType": "Practitioner", "name": [{"family": "Hjelper"}]})
    role = {
        "resourceType": "PractitionerRole",
        "practitioner": reference(helper),
        "healthcareService": [reference(service)],
    }
    by_service = town.system.create(role)
    for made in (service, place, room, there, by_service):
        assert shown(record, supportingInfo=[reference(made)]) == {}, made["resourceType"]
    elsewhere = town.system.create({"resourceType": "Location", "name": "Biblioteket"})
    assert shown(record, supportingInfo=[reference(elsewhere)]) == {"supportingInfo": [reference(elsewhere)]}


def test_what_a_sender_is_told_of_a_coordinator_is_withheld_with_the_service(town: Municipality) -> None:
    """The text names the service."""
    office, dps = town.organisation("gp-office"), town.employee(town.organisation("dps"))
    sender = town.api("referrer", orgnr=str(office["identifier"][0]["value"]))
    referral = ok(sender.post("/referral", FORM), 201)["id"]
    decision: dict[str, Json] = {"outcome": {"valueCode": "team"}, "reason": {"valueString": "Trengs"}}
    made = ok(town.unit.operate(f"ServiceRequest/{referral}/$decide", **decision), 200)["parameter"]
    team = next(one["resource"]["id"] for one in made if one.get("resource", {}).get("resourceType") == "CareTeam")
    appointment: dict[str, Json] = {
        "coordinator": {"valueReference": reference(dps.role)},
        "reason": {"valueString": "Kjenner personen"},
        "agreed": {"valueBoolean": True},
    }
    ok(town.unit.operate(f"CareTeam/{team}/$appoint-coordinator", **appointment), 200)
    sent = [one["resource"] for one in town.unit.search("Communication?_count=50")["entry"]]
    naming = [one for one in sent if "Koordinator er oppnevnt" in one["payload"][0]["contentString"]]
    assert [{one["code"] for one in told["meta"]["security"]} for told in naming] == [{"health", "mental-health"}]


def test_where_an_error_lies_does_not_tell_how_many_stand_before_it(record: Record) -> None:
    places = set()
    for goals in ([to("seen")], [to("seen"), to("hidden"), to("hidden")]):
        plan = record.town.unit.create(record.plan(goal=goals))
        wrong = {"op": "add", "path": "/goal/-", "value": {"reference": "Goal/nobody"}}
        broken = {"op": "add", "path": "/goal/-", "value": {"reference": 7}}
        for operation in (wrong, broken):
            answer = patched(record.api, f"CarePlan/{plan['id']}", operation)
            assert answer.status_code in (400, 422)
            places |= {(answer.status_code, tuple(issue["expression"])) for issue in answer.json()["issue"]}
    assert places == {(422, ("CarePlan.goal.reference",)), (400, ("CarePlan.goal.reference",))}


@pytest.mark.parametrize("guess", ["hidden_role", "hidden_person"])
@pytest.mark.parametrize("hides", [False, True])
def test_who_may_not_change_it_is_told_that_and_no_more(record: Record, hides: bool, guess: str) -> None:
    """Nobody becomes the sender of what another wrote, whether or not a sender stands there, nor by guessing them."""
    message: Json = {
        "resourceType": "Communication",
        "status": "completed",
        "subject": reference(record.patient),
        "meta": label("work"),
    }
    sender = {"sender": {"reference": record.names["hidden_role"]}} if hides else {}
    made = record.town.unit.create(message | sender)
    another = {"op": "add", "path": "/sender", "value": {"reference": record.names[guess]}}
    assert patched(record.api, f"Communication/{made['id']}", another).status_code == 403


def test_an_old_copy_is_no_copy_once_more_may_be_seen(record: Record) -> None:
    plan = record.cut_plan()
    path = f"/fhir/CarePlan/{plan['id']}"
    cut = record.api.get(path)
    assert record.api.get(path, headers={"If-None-Match": cut.headers["etag"]}).status_code == 304
    assert "last-modified" not in cut.headers
    for consent in record.town.unit.search(f"Consent?patient={record.patient['id']}")["entry"]:
        record.town.unit.update(consent["resource"] | {"status": "inactive"})
    whole = record.api.get(path, headers={"If-None-Match": cut.headers["etag"]})
    assert (whole.status_code, whole.json()["goal"]) == (200, plan["goal"])
    same = patched(record.api, f"CarePlan/{plan['id']}", {"op": "add", "path": "/description", "value": "x"})
    assert same.status_code == 200
    stale = record.api.send(
        "PUT", path, json=same.json(), headers={"If-Match": cut.headers["etag"], "Content-Type": FHIR_JSON}
    )
    assert stale.status_code == 412


@pytest.mark.parametrize(
    ("smart", "asks", "sends"),
    [
        (("user/ServiceRequest.cr",), 200, 201),
        (("user/ServiceRequest.r",), 200, 403),
        (("user/ServiceRequest.c",), 403, 201),
        (("user/ServiceRequest.cr?status=active",), 403, 403),
        (("user/ServiceRequest.cr?no-such=1",), 403, 403),
        (("patient/ServiceRequest.cr",), 403, 403),
        (("system/ServiceRequest.cr",), 403, 403),
        (("user/Patient.cruds",), 403, 403),
    ],
)
def test_the_one_door_keeps_to_the_scopes(town: Municipality, smart: tuple[str, ...], asks: int, sends: int) -> None:
    number = str(town.organisation("gp-office")["identifier"][0]["value"])
    sent = ok(town.api("referrer", orgnr=number).post("/referral", FORM), 201)["id"]
    narrow = town.api("referrer", orgnr=number, smart=smart)
    assert narrow.get(f"/referral/{sent}").status_code == asks
    assert narrow.post("/referral", FORM | {"messageId": "2"}).status_code == sends


def test_a_scope_with_a_nul_allows_nothing(record: Record) -> None:
    api = record.nav.as_("coordinator", smart=("user/CareTeam.rs?role=%00", "user/Patient.rs"))
    assert issues(api.get("/fhir/CareTeam"), 403) == [("forbidden", None)]


def test_the_person_takes_back_a_consent_that_names_somebody_in_words(town: Municipality) -> None:
    """Facts on third parties elsewhere in the record are none of its business."""
    patient = town.person()
    town.unit.create(
        {
            "resourceType": "Observation",
            "status": "final",
            "code": {"text": "Om barna"},
            "subject": reference(patient),
            "meta": label("third-party"),
        }
    )
    consent = town.consent(patient, "plan", organization=[{"display": "Fjordvik kommune"}])
    own = town.as_person(patient)
    held = own.read("Consent", consent["id"])
    assert held == consent
    assert own.update(held | {"status": "inactive"})["status"] == "inactive"


def test_a_guardian_for_health_sees_every_plan_cut_alike(town: Municipality) -> None:
    """Economy is kept from them: a plan that says so in words is no other than one that refers."""
    patient, number = town.person(), "guardian"
    authority = {"url": CANONICAL.extension("authority"), "valueCode": "health"}
    guardian = town.person()
    number = guardian["identifier"][0]["value"]
    town.unit.create(
        {
            "resourceType": "RelatedPerson",
            "extension": [authority],
            "identifier": guardian["identifier"],
            "patient": reference(patient),
            "relationship": [coding("http://terminology.hl7.org/CodeSystem/v3-RoleCode", "GUARD")],
        }
    )
    plan = {"resourceType": "CarePlan", "status": "draft", "intent": "plan", "subject": reference(patient)}
    made = town.unit.create(plan | {"contributor": [{"display": "NAV Fjordvik"}]})
    seen = town.api("person", pid=number, sub="guardian").read("CarePlan", made["id"])
    assert ("contributor" in seen, seen["meta"]["tag"][0]["code"]) == (False, "SUBSETTED")


def test_what_a_guardian_for_economy_is_kept_from_is_all_the_rest() -> None:
    """The list stands in the database's `enter`, where the vocabulary does not reach."""
    migrations = Path(oppfolging_api.__file__).parents[2] / "migrations" / "versions"
    text = (migrations / "0008_consent.py").read_text(encoding="utf-8")
    told = text.split("unnest(in_economy) p, unnest('{")[1].split("}'")[0]
    kinds = {kind.strip() for kind in told.split(",")}
    assert kinds == {kind.value for kind in InformationKind} - {"economy", "third-party"}


async def test_a_transaction_does_not_wait_for_people_its_caller_does_not_see(
    town: Municipality, nav: Employee, settings: Settings
) -> None:
    """Whoever waited would learn that somebody is there, and could hold up those who write about them."""
    patient = town.person()
    made = town.unit.create(
        {
            "resourceType": "Goal",
            "lifecycleStatus": "active",
            "description": {"text": "Gå tur"},
            "subject": reference(patient),
        }
    )
    entry = {"request": {"method": "DELETE", "url": f"Goal/{made['id']}"}}
    bundle = {"resourceType": "Bundle", "type": "transaction", "entry": [entry]}
    url = make_url(str(settings.database_url)).set(drivername="postgresql")
    busy = await asyncpg.connect(url.render_as_string(hide_password=False))
    try:
        await busy.execute("SELECT pg_advisory_lock(hashtextextended($1, 0))", f"{town.code} {patient['id']}")
        answer = await asyncio.to_thread(nav.as_("coordinator").post, "/fhir", bundle)
    finally:
        await busy.close()
    assert answer.status_code == 404, answer.text
