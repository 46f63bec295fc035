"""What somebody might try at the one door, and what does not come of it."""

from collections.abc import Callable
from datetime import timedelta
from itertools import count
from typing import Any

import httpx
import pytest

from oppfolging_api.kernel import systems
from plo_messages import NUMBER, Note, apprec, feedback, post, referral_of, sent
from support import (
    CANONICAL,
    FHIR_JSON,
    Api,
    Json,
    Municipality,
    coding,
    identity_number,
    ok,
    patient_number,
    reference,
)

MESSAGE_TASK = CANONICAL.code_system("message-task")
RECEIVED = "Meldingen er mottatt av koordinerende enhet."
ENDED = "Oppfølgingsteamet er avsluttet."
_SERIAL = count(1)


def gp_of(town: Municipality) -> Api:
    return town.employee(town.organisation("gp-office")).as_("referrer")


def person(id: str, number: str, **elements: Any) -> Json:
    identifier = [{"system": systems.FNR, "value": number}]
    made: Json = {"resourceType": "Patient", "id": id, "identifier": identifier, "name": [{"text": "Jan Havrekil"}]}
    return made | elements


def request(subject: Json, *contained: Json, **elements: Any) -> Json:
    told = [
        {"url": CANONICAL.extension(name), "valueBoolean": True} for name in ("consent-to-share", "person-informed")
    ]
    made: Json = {
        "resourceType": "ServiceRequest",
        "contained": list(contained),
        "extension": told,
        "identifier": [{"value": f"x-{next(_SERIAL)}"}],
        "status": "active",
        "intent": "order",
        "subject": subject,
        "reasonCode": [{"text": "Får hjelp av fem tjenester."}],
    }
    return {name: value for name, value in (made | elements).items() if value != []}


def in_fhir(api: Api, body: Json) -> httpx.Response:
    return api.post("/referral", body, headers={"Content-Type": FHIR_JSON})


def bundle(*resources: Json) -> Json:
    return {"resourceType": "Bundle", "type": "message", "entry": [{"resource": each} for each in resources]}


def document(**elements: Any) -> Json:
    content = [{"attachment": {"contentType": "application/pdf", "data": "JVBERi0xLjQKJSVFT0YK"}}]
    return {"resourceType": "DocumentReference", "status": "current", "content": content} | elements


ELSEWHERE = {"reference": "urn:uuid:4f5b2d0c-7c0e-4c59-9d0f-0a8e6b8d1c11"}


@pytest.mark.parametrize(
    ("body", "place"),
    [
        (bundle(request(ELSEWHERE), person("p", NUMBER)), "ServiceRequest.subject"),
        (
            bundle(request({"identifier": {"system": systems.FNR, "value": "13897112345"}}), person("p", NUMBER)),
            "ServiceRequest.subject",
        ),
        (
            bundle(request({"reference": "Patient/p"}), person("p", NUMBER), document(subject=ELSEWHERE)),
            "DocumentReference[0]",
        ),
        (
            bundle(request({"reference": "Patient/p"}), person("p", NUMBER), document(status="entered-in-error")),
            "DocumentReference[0]",
        ),
        (request({"reference": "#p"}, person("p", NUMBER), intent="proposal"), "ServiceRequest.intent"),
    ],
    ids=["another person", "another number", "another's document", "a document in error", "no order"],
)
def test_a_need_in_fhir_is_about_the_one_it_says(town: Municipality, body: Json, place: str) -> None:
    refused = in_fhir(gp_of(town), body)
    assert (refused.status_code, [one["expression"] for one in refused.json()["errors"]]) == (422, [place])
    assert town.unit.found("Patient") == town.unit.found("ServiceRequest") == []


def test_what_a_name_points_at_tells_nobody_who_is_known(town: Municipality) -> None:
    known, gp = town.person(), gp_of(town)
    probe = {"url": "https://example.org/x", "valueReference": {"reference": f"Patient/{known['id']}"}}
    lost = {"url": "https://example.org/x", "valueReference": {"reference": "Practitioner/nobody"}}
    for extension in (probe, lost):
        for number in (patient_number(known), identity_number()):
            name = [{"text": "Jan Havrekil", "extension": [extension]}]
            assert in_fhir(gp, request({"reference": "#p"}, person("p", number, name=name))).status_code == 201
    made = [town.unit.read("Patient", one.removeprefix("Patient/")) for one in town.unit.found("Patient")]
    assert sorted(str(one["name"]) for one in made if one["id"] != known["id"]) == ["[{'text': 'Jan Havrekil'}]"] * 2


def test_whoever_is_named_by_the_token_sends_in_no_doctors_name(town: Municipality) -> None:
    school = town.organisation("school")
    doctor = town.employee(school, coding(systems.PATIENT_ROLE, "6"))
    teacher = town.system.create(
        {"resourceType": "Practitioner", "identifier": [{"system": town.issuer.settings.issuer, "value": "teacher"}]}
    )
    role = {"resourceType": "PractitionerRole", "active": True, "practitioner": reference(teacher)}
    own = town.system.create(role | {"organization": reference(school)})
    for api, requester in (
        (town.api("referrer", orgnr=doctor.orgnr, sub="teacher"), reference(own)),
        (town.api("referrer", orgnr=doctor.orgnr, pid=identity_number(), sub="other"), reference(school)),
    ):
        note = Note(town.code, identity_number(), hpr=doctor.hpr)
        sent(api, note)
        id = referral_of(api, note)
        assert town.unit.read("ServiceRequest", id)["requester"] == requester
        decided(town, id)
        assert "outcome" not in ok(api.get(f"/referral/{id}"), 200)


def decided(town: Municipality, id: str) -> Json:
    given: dict[str, Json] = {"outcome": {"valueCode": "team"}, "reason": {"valueString": "Vurdert."}}
    made = ok(town.unit.operate(f"ServiceRequest/{id}/$decide", **given), 200)["parameter"]
    return next(one["resource"] for one in made if one["name"] == "CareTeam")


def undelivered(town: Municipality) -> list[Json]:
    found = town.unit.search(f"Task?code={CANONICAL.code_system('worklist')}|feedback-undelivered")
    return [entry["resource"] for entry in found.get("entry", [])]


def test_a_receipt_ends_what_was_undelivered_and_no_other_task(town: Municipality) -> None:
    gp, note = gp_of(town), Note(town.code)
    sent(gp, note)
    told = feedback(gp, referral_of(gp, note))[0]
    call = {"resourceType": "Task", "status": "requested", "intent": "order", "description": "Ring legen"}
    own = town.unit.create(call | {"focus": {"reference": f"Communication/{told.id}"}})
    assert post(gp, apprec(told.id, "2"), "/referral/apprec").status_code == 204
    (task,) = undelivered(town)
    town.unit.update(task | {"status": "in-progress"})
    assert post(gp, apprec(told.id), "/referral/apprec").status_code == 204
    assert [one["status"] for one in undelivered(town)] == ["completed"]
    assert town.unit.read("Task", own["id"])["status"] == "requested"


def test_who_hears_no_outcome_reads_none_from_the_request(town: Municipality) -> None:
    nav = town.employee(town.organisation("nav")).as_("referrer")
    statuses = []
    for rejected in (True, False):
        note = Note(town.code, identity_number())
        sent(nav, note)
        id = referral_of(nav, note)
        (task,) = town.unit.found(f"Task?focus=ServiceRequest/{id}")
        held = town.unit.read("Task", task.removeprefix("Task/"))
        if rejected:
            town.unit.update(held | {"status": "rejected", "statusReason": {"text": "Bor i en annen kommune."}})
        else:
            decided(town, id)
        statuses.append(ok(nav.get(f"/fhir/ServiceRequest/{id}"), 200)["status"])
    assert statuses == ["completed", "completed"]


def test_only_a_gp_writes_into_the_record_of_a_person_with_a_team(town: Municipality) -> None:
    town.team(town.person(NUMBER))
    nav = town.employee(town.organisation("nav")).as_("referrer")
    sent(nav, Note(town.code, subject="Vedtak om ytelse"))
    (loose,) = town.unit.search("Communication")["entry"]
    assert "reference" not in loose["resource"]["subject"]
    assert len(town.unit.found(f"Task?code={MESSAGE_TASK}|unsorted")) == 1


def test_nobody_makes_the_tasks_of_messages_but_the_service(town: Municipality) -> None:
    physio, patient = town.employee(), town.person()
    town.team(patient, coordinator=physio.role)
    task: Json = {"resourceType": "Task", "status": "requested", "intent": "order", "for": reference(patient)}
    for api in (physio.as_("coordinator"), town.unit):
        refused = api.post("/fhir/Task", task | {"code": coding(MESSAGE_TASK, "rejected")})
        assert (refused.status_code, refused.json()["issue"][0]["details"]["coding"][0]["code"]) == (
            422,
            "message-by-service",
        )


def test_no_text_of_anybody_keeps_a_milestone_from_the_gp(town: Municipality) -> None:
    gp, patient = gp_of(town), town.person(NUMBER)
    note = Note(town.code)
    sent(gp, note)
    id = referral_of(gp, note)
    team = decided(town, id)
    message: Json = {"resourceType": "Communication", "status": "completed", "subject": reference(patient)}
    based = {"basedOn": [{"reference": f"ServiceRequest/{id}"}], "payload": [{"contentString": ENDED}]}
    town.as_person(patient).create(message | based)
    town.unit.update(town.unit.read("CareTeam", team["id"]) | {"status": "inactive"})
    assert [one.text for one in feedback(gp, id)][-1] == ENDED


def test_a_coordinators_phone_at_home_is_told_nobody(town: Municipality) -> None:
    gp, note, physio = gp_of(town), Note(town.code), town.employee()
    sent(gp, note)
    team = decided(town, referral_of(gp, note))
    at_home = [{"system": "phone", "use": "home", "value": "99000000"}]
    at_work = [{"system": "phone", "use": "work", "value": "77000000"}]
    town.system.update(physio.practitioner | {"telecom": [*at_home, *at_work]})
    given: dict[str, Json] = {
        "coordinator": {"valueReference": reference(physio.role)},
        "reason": {"valueString": "Kjenner Jan."},
        "agreed": {"valueBoolean": True},
    }
    ok(town.unit.operate(f"CareTeam/{team['id']}/$appoint-coordinator", **given), 200)
    text = feedback(gp, referral_of(gp, note))[-1].text
    assert ("99000000" in text, text.endswith("telefon 77000000.")) == (False, True)


def test_a_draft_of_feedback_is_delivered_once_it_is_sent(town: Municipality, daily: Callable[[str], Any]) -> None:
    doctor, note = town.employee(town.organisation("gp-office")), Note(town.code)
    gp = doctor.as_("referrer")
    sent(gp, note)
    id = referral_of(gp, note)
    draft = town.unit.create(
        {
            "resourceType": "Communication",
            "status": "preparation",
            "category": [coding(CANONICAL.code_system("communication-category"), "feedback")],
            "subject": town.unit.read("ServiceRequest", id)["subject"],
            "basedOn": [{"reference": f"ServiceRequest/{id}"}],
            "payload": [{"contentString": "Vi ringer deg i morgen."}],
        }
    )
    for status, told in (("preparation", 1), ("completed", 2)):
        ok(town.unit.put(draft | {"status": status}), 200)
        town.clock.moved += timedelta(hours=97)
        town.unit = town.api("coordinating-unit", orgnr=town.unit_office["identifier"][0]["value"])
        daily(town.code)
        assert len(undelivered(town)) == len(feedback(doctor.as_("referrer"), id)) == told


def test_nobody_is_born_in_the_future(town: Municipality) -> None:
    patient = "<Patient><FamilyName>Havrekil</FamilyName><GivenName>Jan</GivenName>"
    born = f"{patient}<DateOfBirth>2100-01-01</DateOfBirth></Patient>"
    answer = sent(gp_of(town), Note(town.code, patient=born))
    assert (answer.status, answer.codes) == ("2", ["E36"])
    assert town.unit.found("Patient") == []
