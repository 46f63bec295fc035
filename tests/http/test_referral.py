"""One door: what a referral makes, for whom, and that a repeat of the same message changes nothing."""

from concurrent.futures import ThreadPoolExecutor
from itertools import count
from typing import Any

import httpx
import pytest

from oppfolging_api.kernel import systems
from support import CANONICAL, Api, Json, Municipality, coding, identity_number, ok, patient_number, reference

RECEIVED = "Meldingen er mottatt av koordinerende enhet."
_SERIAL = count(1)


def form(number: str | None = None, **elements: Any) -> Json:
    made: Json = {
        "messageId": f"m-{next(_SERIAL)}",
        "patient": {"identifier": number or identity_number(), "name": "Jan Havrekil"},
        "reason": "Får hjelp av fem tjenester som ikke vet om hverandre.",
        "consentToShare": False,
        "personInformed": True,
    }
    return made | elements


def gp_of(town: Municipality) -> Api:
    return town.employee(town.organisation("gp-office")).as_("referrer")


def service_of(town: Municipality) -> Api:
    return town.employee(town.organisation("nav")).as_("referrer")


def problem(response: httpx.Response, status: int) -> list[tuple[str | None, str | None]]:
    """(place, rule) of each error of a problem+json answer."""
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == "application/problem+json"
    told = response.json()
    assert told["status"] == status
    return [(error.get("expression"), error.get("rule")) for error in told["errors"]]


def extensions(resource: Json) -> list[tuple[str, Any]]:
    """(last part of the URL, value) of each extension."""
    return [(held["url"].rpartition("/")[2], held[list(held)[1]]) for held in resource.get("extension", [])]


def test_a_gp_reports_a_new_person(town: Municipality) -> None:
    number = identity_number()
    gp = town.employee(town.organisation("gp-office"))
    told = {
        "whatMatters": "Å klare butikken alene.",
        "services": ["Hjemmetjenesten", "NAV"],
        "criteria": ["daily-life", "several-services"],
        "language": "uk",
        "interpreter": True,
    }
    answer = gp.as_("referrer").post("/referral", form(number, **told))
    receipt = ok(answer, 201)
    assert answer.headers["location"] == f"{town.address}/referral/{receipt['id']}"
    assert (receipt["status"], "outcome" in receipt) == ("received", False)
    assert [said["text"] for said in receipt["feedback"]] == [RECEIVED]

    request = town.unit.read("ServiceRequest", receipt["id"])
    assert (request["status"], request["intent"]) == ("active", "order")
    assert request["reasonCode"] == [{"text": "Får hjelp av fem tjenester som ikke vet om hverandre."}]
    assert request["requester"] == reference(gp.role)
    assert extensions(request) == [
        ("consent-to-share", False),
        ("person-informed", True),
        ("what-matters", "Å klare butikken alene."),
        ("language", "uk"),
        ("interpreter", True),
        ("criterion", "daily-life"),
        ("criterion", "several-services"),
        ("service-in", "Hjemmetjenesten"),
        ("service-in", "NAV"),
    ]
    patient = town.unit.read("Patient", request["subject"]["reference"].removeprefix("Patient/"))
    assert patient["identifier"] == [{"system": systems.FNR, "value": number}]
    assert patient["name"] == [{"text": "Jan Havrekil"}]
    assert patient["communication"] == [{"language": coding("urn:ietf:bcp:47", "uk"), "preferred": True}]
    assert extensions(patient) == [("patient-interpreterRequired", True)]

    (task,) = town.unit.found(f"Task?focus=ServiceRequest/{receipt['id']}")
    held = town.unit.read("Task", task.removeprefix("Task/"))
    assert (held["status"], held["for"]) == ("requested", request["subject"])
    assert held["code"] == coding(CANONICAL.code_system("task-kind"), "referral")
    assert (held["owner"], held["requester"]) == (reference(town.unit_office), reference(gp.role))


def test_a_known_person_is_found_and_left_as_it_is(town: Municipality) -> None:
    patient = town.person(birthDate="1970-03-14")
    sent = form(patient_number(patient), language="en", interpreter=True)
    receipt = ok(
        service_of(town).post("/referral", sent | {"patient": sent["patient"] | {"name": "Et annet navn"}}), 201
    )
    assert town.unit.read("ServiceRequest", receipt["id"])["subject"] == reference(patient)
    assert town.unit.read("Patient", patient["id"]) == patient
    assert town.unit.found("Patient") == [f"Patient/{patient['id']}"]


def test_whether_the_person_was_known_is_never_told(town: Municipality) -> None:
    known, gp = town.person(), gp_of(town)
    answers = [gp.post("/referral", form(number)) for number in (patient_number(known), identity_number())]
    shapes = [
        (answer.status_code, sorted(answer.json()), [said["text"] for said in answer.json()["feedback"]])
        for answer in answers
    ]
    elements = ["decisionBy", "feedback", "history", "id", "next", "received", "status"]
    assert shapes[0] == shapes[1] == (201, elements, [RECEIVED])
    assert not any(known["id"] in answer.text for answer in answers)
    assert gp.get(f"/fhir/Patient/{known['id']}").status_code == 404


def test_a_name_that_cannot_be_stored_does_not_tell_who_is_known(town: Municipality) -> None:
    known, gp = town.person(), gp_of(town)
    refused = [
        gp.post("/referral", form(number, patient={"identifier": number, "name": "Jan \x01Havrekil"}))
        for number in (patient_number(known), identity_number())
    ]
    assert [problem(answer, 422) for answer in refused] == [[("patient.name", None)]] * 2
    assert refused[0].json() == refused[1].json()


def test_a_child_that_is_expected_has_no_number_and_is_marked(town: Municipality) -> None:
    receipt = ok(gp_of(town).post("/referral", form(patient={"name": "Barn av Kari", "expected": True})), 201)
    subject = town.unit.read("ServiceRequest", receipt["id"])["subject"]["reference"]
    patient = ok(town.unit.get(f"/fhir/{subject}"), 200)
    assert extensions(patient) == [("expected", True)]
    assert ("identifier" in patient, "birthDate" in patient) == (False, False)


def test_a_person_without_a_number_is_never_guessed_to_be_another(town: Municipality) -> None:
    gp, patient = gp_of(town), {"name": "Ola Nordmann", "birthDate": "1980-05-17"}
    subjects = {
        town.unit.read("ServiceRequest", ok(gp.post("/referral", form(patient=patient)), 201)["id"])["subject"][
            "reference"
        ]
        for _ in range(2)
    }
    assert len(subjects) == 2


def test_people_report_their_own_need_known_here_or_not(town: Municipality) -> None:
    known, unknown = town.person(), identity_number()
    for number in (patient_number(known), unknown):
        own = town.api("person", pid=number)
        request = town.unit.read("ServiceRequest", ok(own.post("/referral", form(number)), 201)["id"])
        assert request["requester"] == request["subject"]
        assert own.found("ServiceRequest") == [f"ServiceRequest/{request['id']}"]


def relative_of(town: Municipality, patient: Json, **elements: Any) -> tuple[Api, Json]:
    """Somebody in the person scope, and the RelatedPerson they are to the patient."""
    number = identity_number()
    identifier = [{"system": systems.FNR, "value": number}]
    related = {"resourceType": "RelatedPerson", "identifier": identifier, "patient": reference(patient)}
    return town.api("person", pid=number), town.system.create(related | elements)


def test_next_of_kin_report_for_the_person_and_are_named(town: Municipality) -> None:
    patient = town.person()
    api, mother = relative_of(town, patient)
    sent = form(patient_number(patient), onBehalfOf="Mor")
    request = town.unit.read("ServiceRequest", ok(api.post("/referral", sent), 201)["id"])
    assert (request["requester"], extensions(request)[-1]) == (reference(mother), ("on-behalf-of", "Mor"))


def test_nobody_reports_anothers_need_without_authority(town: Municipality) -> None:
    patient = town.person()
    economy = {"url": CANONICAL.extension("authority"), "valueCode": "economy"}
    guardian = coding("http://terminology.hl7.org/CodeSystem/v3-RoleCode", "GUARD")
    senders = [
        town.api("person", pid=identity_number()),
        relative_of(town, patient, active=False)[0],
        relative_of(town, patient, period={"end": "2026-01-01"})[0],
        relative_of(town, patient, extension=[economy], relationship=[guardian])[0],
        relative_of(town, town.person())[0],
    ]
    refused = [api.post("/referral", form(patient_number(patient))) for api in senders]
    assert [problem(answer, 403) for answer in refused] == [[("patient", "referral-authority")]] * 5
    # Whether the municipality knows of whom they name is not told either.
    unknown = senders[0].post("/referral", form())
    assert (unknown.status_code, unknown.json()) == (403, refused[0].json())
    assert town.unit.found("ServiceRequest") == []


def test_a_child_that_is_expected_is_reported_by_its_parents_to_be(town: Municipality) -> None:
    mother = town.person()
    sent = form(patient={"name": "Barn av Kari", "expected": True})
    answer = ok(town.as_person(mother).post("/referral", sent), 201)
    assert "requester" not in town.unit.read("ServiceRequest", answer["id"])


def test_a_service_outside_the_directory_may_send(town: Municipality) -> None:
    receipt = ok(town.api("referrer", orgnr="999888777").post("/referral", form()), 201)
    assert town.unit.read("ServiceRequest", receipt["id"])["requester"] == {
        "type": "Organization",
        "identifier": {"system": systems.ORGANISATION_NUMBER, "value": "999888777"},
    }


def test_a_municipality_whose_directory_has_no_unit_still_receives(town: Municipality) -> None:
    town.system.delete("Organization", town.unit_office["id"])
    receipt = ok(gp_of(town).post("/referral", form()), 201)
    (task,) = town.system.found(f"Task?focus=ServiceRequest/{receipt['id']}")
    assert "owner" not in town.system.read("Task", task.removeprefix("Task/"))


def test_the_same_message_again_answers_the_same_and_changes_nothing(town: Municipality) -> None:
    gp, sent = gp_of(town), form()
    first = gp.post("/referral", sent)
    # An element left out is the same message as one that is given its default.
    again = gp.post("/referral", sent | {"services": [], "whatMatters": None})
    assert (again.status_code, again.json()) == (201, first.json())
    assert again.headers["location"] == first.headers["location"]
    assert len(town.unit.found("ServiceRequest")) == len(town.unit.found("Task")) == 1
    assert len(town.unit.found("Communication")) == len(town.unit.found("Patient")) == 1


def test_a_message_id_is_used_once_by_a_sender(town: Municipality) -> None:
    gp, sent = gp_of(town), form()
    ok(gp.post("/referral", sent), 201)
    refused = gp.post("/referral", sent | {"reason": "Noe annet."})
    assert problem(refused, 409) == [("messageId", "message-id-reused")]
    assert refused.json()["errors"][0]["text"] == "Meldings-id er brukt før, med et annet innhold."
    assert len(town.unit.found("ServiceRequest")) == 1


def test_the_id_of_another_sender_is_another_message(town: Municipality) -> None:
    sent = form()
    answers = [ok(sender.post("/referral", sent), 201) for sender in (gp_of(town), service_of(town))]
    assert answers[0]["id"] != answers[1]["id"]
    assert len(town.unit.found("Patient")) == 1


def test_colleagues_of_one_organisation_are_one_sender(town: Municipality) -> None:
    office, sent = town.organisation("gp-office"), form()
    answers = [ok(town.employee(office).as_("referrer").post("/referral", sent), 201)["id"] for _ in range(2)]
    assert answers[0] == answers[1]


def test_the_same_message_sent_many_times_at_once_is_one_referral(town: Municipality) -> None:
    gp, sent = gp_of(town), form()
    with ThreadPoolExecutor(6) as threads:
        answers = list(threads.map(lambda _: ok(gp.post("/referral", sent), 201)["id"], range(6)))
    assert len(set(answers)) == 1
    assert len(town.unit.found("ServiceRequest")) == 1


def test_a_new_person_reported_by_many_at_once_is_one_person(town: Municipality) -> None:
    number, senders = identity_number(), [service_of(town) for _ in range(6)]
    with ThreadPoolExecutor(6) as threads:
        answers = list(threads.map(lambda sender: ok(sender.post("/referral", form(number)), 201)["id"], senders))
    assert len(set(answers)) == 6
    assert len(town.unit.found("Patient")) == 1


@pytest.mark.parametrize(
    ("elements", "place"),
    [
        ({"messageId": "Havrekil 1"}, "messageId"),
        ({"patient": {"identifier": "01817000174", "name": "Havrekil"}}, "patient.identifier"),
        ({"patient": {"name": "Havrekil"}}, "patient"),
        ({"patient": {"name": "Havrekil", "birthDate": "2199-01-01"}}, "patient.birthDate"),
        ({"reason": 17}, "reason"),
        ({"services": ["Havrekil" * 26]}, "services[0]"),
        ({"criteria": ["Havrekil"]}, "criteria[0]"),
        ({"consentToShare": "Havrekil"}, "consentToShare"),
        ({"language": "Havrekil"}, "language"),
        ({"onBehalfOf": "Havrekil" * 26}, "onBehalfOf"),
    ],
)
def test_a_bad_field_is_named_and_its_value_is_not(town: Municipality, elements: Json, place: str) -> None:
    refused = gp_of(town).post("/referral", form() | elements)
    assert problem(refused, 422) == [(place, None)]
    assert "Havrekil" not in refused.text
    assert "01817000174" not in refused.text
    assert town.unit.found("ServiceRequest") == []


def test_what_is_not_a_json_form_is_refused(town: Municipality) -> None:
    gp = gp_of(town)
    doubled = b'{"messageId": "1", "messageId": "2"}'
    json = {"Content-Type": "application/json"}
    assert gp.send("POST", "/referral", json, content=doubled).status_code == 400
    assert gp.send("POST", "/referral", json, content=b"{").status_code == 400
    assert gp.send("POST", "/referral", {"Content-Type": "text/plain"}, content=b"{}").status_code == 415


def test_who_may_not_send_is_told_so_before_the_form_is_read(town: Municipality) -> None:
    office = town.organisation("gp-office")
    worker, patient = town.employee(office), town.person()
    refused = [
        worker.as_("team"),
        worker.as_("coordinator", "leader"),
        town.system,
        town.api("referrer"),
        town.api("person"),
        town.api("coordinating-unit"),
        worker.as_("referrer", smart=("user/Patient.cruds",)),
    ]
    for api in refused:
        assert problem(api.post("/referral", {}), 403) == [(None, None)]
    assert Api(town.address, None).post("/referral", form()).status_code == 401
    assert ok(town.unit.post("/referral", form(patient_number(patient))), 201)["status"] == "received"
    assert ok(worker.as_("referrer", smart=("user/ServiceRequest.c",)).post("/referral", form()), 201)


def test_only_the_sender_and_the_unit_know_of_a_referral(town: Municipality, other_town: Municipality) -> None:
    patient = town.person()
    id = ok(gp_of(town).post("/referral", form(patient_number(patient))), 201)["id"]
    for stranger in (gp_of(town), service_of(town), town.as_person(patient), gp_of(other_town), other_town.unit):
        refused, absent = stranger.get(f"/referral/{id}"), stranger.get(f"/referral/{'0' * 36}")
        assert problem(refused, 404) == [(None, None)]
        assert refused.json() == absent.json()
    assert ok(town.unit.get(f"/referral/{id}"), 200)["status"] == "received"
    assert problem(town.employee().as_("team").get(f"/referral/{id}"), 403) == [(None, None)]
    assert problem(gp_of(town).get("/referral/not_an_id"), 400) == [("id", None)]


def test_the_receipt_reads_the_same_as_the_answer_did(town: Municipality) -> None:
    gp = gp_of(town)
    receipt = ok(gp.post("/referral", form()), 201)
    assert ok(gp.get(f"/referral/{receipt['id']}"), 200) == receipt
