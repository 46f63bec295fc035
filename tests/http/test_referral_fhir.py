"""A need told in FHIR: where each thing stands, what is not taken over, and what is refused whole."""

import base64
from itertools import count
from typing import Any, Final

import httpx
import pytest

from oppfolging_api.kernel import systems
from plo_messages import JPEG, PDF, PNG
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

_SERIAL = count(1)
TOLD_ONCE: Final = [
    {"url": CANONICAL.extension("consent-to-share"), "valueBoolean": False},
    {"url": CANONICAL.extension("person-informed"), "valueBoolean": True},
]
MADE: Final = ("Patient", "ServiceRequest", "Task", "Communication", "DocumentReference")


def office_of(town: Municipality) -> Api:
    return town.employee(town.organisation("gp-office")).as_("referrer")


def post(api: Api, body: Json) -> httpx.Response:
    return api.post("/referral", body, headers={"Content-Type": FHIR_JSON})


def person(number: str | None = None, **elements: Any) -> Json:
    identifier = [{"system": systems.FNR, "value": number or identity_number()}]
    return {"resourceType": "Patient", "identifier": identifier, "name": [{"text": "Jan Havrekil"}]} | elements


def request(patient: Json | None = None, **elements: Any) -> Json:
    """The least that is a referral, about a contained Patient; an element that is None is left out."""
    made: Json = {
        "resourceType": "ServiceRequest",
        "contained": [(patient or person()) | {"id": "p"}],
        "extension": TOLD_ONCE,
        "identifier": [{"value": f"f-{next(_SERIAL)}"}],
        "status": "active",
        "intent": "order",
        "subject": {"reference": "#p"},
        "reasonCode": [{"text": "Får hjelp av fem tjenester."}],
    }
    return {name: value for name, value in (made | elements).items() if value is not None}


def bundle(type: str, *resources: Json) -> Json:
    return {"resourceType": "Bundle", "type": type, "entry": [{"resource": each} for each in resources]}


def problem(answer: httpx.Response, status: int) -> list[str | None]:
    """Where each error of a problem+json answer is."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    return [error.get("expression") for error in answer.json()["errors"]]


def asked(town: Municipality, answer: httpx.Response) -> Json:
    return town.unit.read("ServiceRequest", ok(answer, 201)["id"])


def subject_of(town: Municipality, answer: httpx.Response) -> Json:
    subject = asked(town, answer)["subject"]["reference"]
    return town.unit.read("Patient", subject.removeprefix("Patient/"))


def remarks(town: Municipality) -> list[str]:
    """What the unit reads on the Task of the only referral."""
    (entry,) = town.unit.search("Task")["entry"]
    kinds = [held["type"]["coding"][0]["code"] for held in entry["resource"].get("input", [])]
    assert set(kinds) <= {"remark"}
    return [held["valueString"] for held in entry["resource"].get("input", [])]


def extensions(resource: Json) -> list[tuple[str, Any]]:
    return [(held["url"].rpartition("/")[2], held[list(held)[1]]) for held in resource.get("extension", [])]


def test_the_person_comes_as_they_are_told_in_fhir(town: Municipality) -> None:
    told = person(
        name=[{"family": "Havrekil", "given": ["Jan", "Moe"]}],
        gender="male",
        birthDate="1970-03-14",
        communication=[{"language": coding("urn:ietf:bcp:47", "uk")}],
        extension=[{"url": systems.INTERPRETER_REQUIRED, "valueBoolean": True}],
    )
    answer = post(office_of(town), request(told))
    made = subject_of(town, answer)
    assert made["identifier"] == told["identifier"]
    assert made["name"] == [{"family": "Havrekil", "given": ["Jan", "Moe"], "text": "Jan Moe Havrekil"}]
    assert (made["gender"], made["birthDate"]) == ("male", "1970-03-14")
    assert made["communication"] == [{"language": coding("urn:ietf:bcp:47", "uk"), "preferred": True}]
    assert extensions(made) == [("patient-interpreterRequired", True)]
    assert extensions(asked(town, answer))[2:] == [("language", "uk"), ("interpreter", True)]
    assert "remarks" not in answer.json()


def test_the_person_may_be_named_by_number_alone(town: Municipality) -> None:
    patient = town.person()
    subject = {"identifier": {"system": systems.FNR, "value": patient_number(patient)}, "display": "Jan Havrekil"}
    answer = post(office_of(town), request(contained=None, subject=subject))
    assert asked(town, answer)["subject"] == reference(patient)
    unknown = subject | {"identifier": {"system": systems.FNR, "value": identity_number()}}
    made = subject_of(town, post(office_of(town), request(contained=None, subject=unknown)))
    assert (made["identifier"], made["name"]) == ([unknown["identifier"]], [{"text": "Jan Havrekil"}])


def test_a_child_that_is_expected_is_told_by_the_extension(town: Municipality) -> None:
    expected = {"url": CANONICAL.extension("expected"), "valueBoolean": True}
    child = {"resourceType": "Patient", "name": [{"text": "Barn av Kari"}], "extension": [expected]}
    made = subject_of(town, post(office_of(town), request(child)))
    assert (extensions(made), "identifier" in made, "birthDate" in made) == ([("expected", True)], False, False)


def test_the_reason_is_all_that_is_written_of_it(town: Municipality) -> None:
    reasons = [{"text": "Får hjelp av fem."}, {"coding": [{"display": "Diabetes type 2"}]}]
    answer = post(office_of(town), request(reasonCode=reasons, note=[{"text": "Ring etter kl. 12."}]))
    told = [{"text": "Får hjelp av fem.\nDiabetes type 2\nRing etter kl. 12."}]
    assert asked(town, answer)["reasonCode"] == told


@pytest.mark.parametrize("type", ["message", "transaction"])
def test_a_bundle_brings_the_person_beside_the_request(town: Municipality, type: str) -> None:
    number = identity_number()
    header = {"resourceType": "MessageHeader", "eventUri": "https://x.example/need", "source": {"endpoint": "urn:x"}}
    patient = person(number) | {"id": "1"}
    told = request(contained=None, subject={"reference": "Patient/1"})
    sent = [header, told, patient] if type == "message" else [patient, told]
    entries: list[Json] = [
        {"resource": each, "fullUrl": f"urn:uuid:0000000{n}-0000-4000-8000-000000000000"} for n, each in enumerate(sent)
    ]
    if type == "transaction":
        entries = [each | {"request": {"method": "POST", "url": each["resource"]["resourceType"]}} for each in entries]
    answer = post(office_of(town), {"resourceType": "Bundle", "type": type, "entry": entries})
    assert "remarks" not in ok(answer, 201)
    assert subject_of(town, answer)["identifier"] == [{"system": systems.FNR, "value": number}]


def left(town: Municipality) -> list[str]:
    return [found for kind in MADE for found in town.unit.found(kind)]


def test_every_fault_is_told_at_once_and_where_it_is_in_fhir(town: Municipality) -> None:
    nobody = {"resourceType": "Patient", "id": "p", "name": [{"text": "Jan Havrekil"}]}
    bare = request(nobody, extension=None, identifier=None, reasonCode=None)
    assert problem(post(office_of(town), bare), 422) == [
        "ServiceRequest.identifier",
        "Patient",
        "ServiceRequest.reasonCode",
        "ServiceRequest.extension(consent-to-share)",
        "ServiceRequest.extension(person-informed)",
    ]
    assert left(town) == []


@pytest.mark.parametrize(
    ("elements", "place"),
    [
        ({"identifier": [{"value": "Havrekil 1"}]}, "ServiceRequest.identifier"),
        ({"contained": None, "subject": {"display": "Havrekil"}}, "Patient"),
        ({"contained": None, "subject": {"reference": "Patient/havrekil"}}, "ServiceRequest.subject"),
        ({"contained": [person("01817000174", id="p")]}, "Patient.identifier"),
        ({"contained": [person(id="p", birthDate="2199-01-01")]}, "Patient.birthDate"),
        ({"contained": [person(id="p", birthDate="1970-03")]}, "Patient.birthDate"),
        (
            {"contained": [person(id="p"), person(id="q")], "requester": {"reference": "#q"}},
            "ServiceRequest.subject",
        ),
        ({"reasonCode": [{"text": "Havrekil" * 501}]}, "ServiceRequest.reasonCode"),
        (
            {"extension": [*TOLD_ONCE, {"url": CANONICAL.extension("criterion"), "valueCode": "havrekil"}]},
            "ServiceRequest.extension(criterion)[0]",
        ),
        (
            {"extension": [{"url": CANONICAL.extension("consent-to-share"), "valueString": "Havrekil"}, TOLD_ONCE[1]]},
            "ServiceRequest.extension(consent-to-share)",
        ),
        (
            {"extension": [{"url": CANONICAL.extension("consent-to-share"), "valueBoolean": True}, *TOLD_ONCE]},
            "ServiceRequest.extension(consent-to-share)",
        ),
        ({"status": "revoked"}, "ServiceRequest.status"),
        ({"doNotPerform": True}, "ServiceRequest.doNotPerform"),
        (
            {"modifierExtension": [{"url": "https://x.example/not", "valueString": "Havrekil"}]},
            "ServiceRequest.modifierExtension",
        ),
    ],
)
def test_what_cannot_be_a_referral_is_pointed_at_and_not_repeated(
    town: Municipality, elements: Json, place: str
) -> None:
    """What turns a request into its opposite is among it: taken for a need, it would be one that nobody reported."""
    refused = post(office_of(town), request(**elements))
    assert problem(refused, 422) == [place]
    assert [said for said in ("avrekil", "01817000174", "2199", "1970") if said in refused.text] == []
    assert left(town) == []


def test_the_persons_number_is_never_repeated(town: Municipality) -> None:
    number = identity_number()
    bodies = [
        request(person(number, birthDate=number)),
        request(person(number, gender=number)),
        request(person(number), intent=number),
        request(person(number), **{number: number}),
        request(person(number, birthDate="2199-01-01"), reasonCode=None),
        request(person(number), extension=[{"url": number, "valueString": number}]),
        bundle("message", request(person(number)), request(person(number))),
    ]
    refused = [post(office_of(town), body) for body in bodies]
    assert [answer.status_code for answer in refused] == [400, 400, 400, 400, 422, 422, 422]
    assert [answer.text for answer in refused if number in answer.text or number[6:] in answer.text] == []
    assert left(town) == []


def test_what_is_no_fhir_is_a_bad_request(town: Municipality) -> None:
    office = office_of(town)
    assert problem(post(office, request(intent=None)), 400) == ["ServiceRequest.intent"]
    assert problem(post(office, request(prioritet="routine")), 400) == ["ServiceRequest.prioritet"]
    assert problem(post(office, request(occurrenceDateTime="i morgen")), 400) == ["ServiceRequest.occurrence"]
    for broken in (b"{", b"[]", b'{"resourceType": "ServiceRequest", "resourceType": "Bundle"}'):
        answer = office.send("POST", "/referral", {"Content-Type": FHIR_JSON}, content=broken)
        assert answer.status_code == 400, answer.text
    assert left(town) == []


@pytest.mark.parametrize(
    ("body", "place"),
    [
        (person(), "resourceType"),
        ({"reason": "Får hjelp av fem tjenester."}, "resourceType"),
        (bundle("collection", request()), "Bundle.type"),
        (bundle("searchset", request()), "Bundle.type"),
        (bundle("batch", request()), "Bundle.type"),
        (bundle("message", {"resourceType": "Patient"}), "Bundle.entry"),
        ({"resourceType": "Bundle", "type": "message"}, "Bundle.entry"),
        (bundle("message", request(), request()), "Bundle.entry"),
    ],
)
def test_other_resources_and_bundles_are_refused_with_what_is_wanted(
    town: Municipality, body: Json, place: str
) -> None:
    header = {"resourceType": "MessageHeader", "eventUri": "https://x.example/need", "source": {"endpoint": "urn:x"}}
    if body.get("type") == "message":
        body = body | {"entry": [{"resource": header}, *body.get("entry", [])]}
    assert problem(post(office_of(town), body), 422) == [place]
    assert left(town) == []


def test_a_document_is_refused_and_told_what_is_taken(town: Municipality) -> None:
    composition = {
        "resourceType": "Composition",
        "status": "final",
        "type": {"text": "Melding om behov"},
        "date": "2026-11-22",
        "author": [{"display": "Liv Havn"}],
        "title": "Melding om behov",
    }
    document = bundle("document", composition, request()) | {
        "identifier": {"system": systems.URIS, "value": "urn:uuid:6c7d7a2c-0000-4000-8000-000000000000"},
        "timestamp": "2026-11-22T09:30:00+01:00",
    }
    refused = post(office_of(town), document)
    assert problem(refused, 422) == ["Bundle.type"]
    assert "one of message, transaction" in refused.text
    assert left(town) == []


def test_what_is_not_taken_over_is_told_the_sender_and_the_unit_by_name_alone(town: Municipality) -> None:
    patient = person(telecom=[{"system": "phone", "value": "99900111"}], address=[{"city": "Havrekil"}])
    observation = {"resourceType": "Observation", "id": "o", "status": "final", "code": {"text": "Havrekil"}}
    foreign = {"url": "https://journal.example/urgency", "valueString": "Havrekil"}
    sent = request(
        contained=[patient | {"id": "p"}, observation],
        extension=[*TOLD_ONCE, foreign],
        reasonCode=[{"text": "Fem tjenester.", "coding": [{"code": "T90"}]}],
        priority="urgent",
        code={"text": "Havrekil"},
        supportingInfo=[{"reference": "#o"}],
    )
    answer = ok(post(office_of(town), sent), 201)
    told = [
        "Ikke overført: ServiceRequest.code",
        "Ikke overført: ServiceRequest.extension",
        "Ikke overført: ServiceRequest.priority",
        "Ikke overført: ServiceRequest.reasonCode.coding",
        "Ikke overført: Patient.address",
        "Ikke overført: Patient.telecom",
        "Ikke overført: Observation",
    ]
    assert sorted(answer["remarks"]) == sorted(told)
    assert remarks(town) == answer["remarks"]
    assert town.unit.found("Observation") == []


def test_the_sender_is_who_the_token_says_whatever_the_request_says(town: Municipality) -> None:
    gp = town.employee(town.organisation("gp-office"))
    other = {"identifier": {"system": systems.HPR, "value": "9144900"}, "display": "Liv Havn"}
    made = asked(town, post(gp.as_("referrer"), request(requester=other, authoredOn="2001-01-01")))
    assert made["requester"] == reference(gp.role)
    assert not made["authoredOn"].startswith("2001")


def document(content: bytes | None, declared: str, **elements: Any) -> Json:
    data = {"data": base64.b64encode(content).decode()} if content is not None else {"url": "https://x.example/d"}
    attachment = {"contentType": declared, "title": "Vedlegg", **data}
    return {
        "resourceType": "DocumentReference",
        "status": "current",
        "content": [{"attachment": attachment}],
    } | elements


@pytest.mark.parametrize(
    ("content", "type"), [(PDF, "application/pdf"), (JPEG, "image/jpeg"), (PNG, "image/png")], ids=["pdf", "jpg", "png"]
)
def test_what_comes_along_is_in_the_record_by_what_its_bytes_are(town: Municipality, content: bytes, type: str) -> None:
    """Whatever it is called."""
    sent = request(supportingInfo=[{"reference": "#d"}])
    sent["contained"].append(document(content, "text/plain", id="d"))
    made = asked(town, post(office_of(town), sent))
    (pointed,) = made["supportingInfo"]
    kept = town.unit.read("DocumentReference", pointed["reference"].removeprefix("DocumentReference/"))
    attachment = {"contentType": type, "data": base64.b64encode(content).decode(), "title": "Vedlegg"}
    assert kept["content"] == [{"attachment": attachment}]
    assert (kept["subject"], kept["meta"]["security"][0]["code"]) == (made["subject"], "health")


def test_documents_of_a_bundle_come_along_too(town: Municipality) -> None:
    patient, told = person() | {"id": "1"}, request(contained=None, subject={"reference": "Patient/1"})
    documents = [document(PDF, "application/pdf"), document(PNG, "image/png")]
    body = bundle("transaction", patient, told, *documents)
    for entry in body["entry"]:
        entry["request"] = {"method": "POST", "url": entry["resource"]["resourceType"]}
    made = asked(town, post(office_of(town), body))
    assert len(made["supportingInfo"]) == len(town.unit.found("DocumentReference")) == 2


@pytest.mark.parametrize(
    ("content", "declared"),
    [
        (b"PK\x03\x04", "application/pdf"),
        (PDF[:-6], "application/pdf"),
        (b"<html>", "image/png"),
        (None, "application/pdf"),
    ],
    ids=["a zip", "half a pdf", "a page", "elsewhere"],
)
def test_other_attachments_are_refused_with_all_they_came_with(
    town: Municipality, content: bytes | None, declared: str
) -> None:
    sent = request(supportingInfo=[{"reference": "#a"}, {"reference": "#b"}])
    sent["contained"] += [document(PDF, "application/pdf", id="a"), document(content, declared, id="b")]
    refused = post(office_of(town), sent)
    assert problem(refused, 422) == ["DocumentReference[1].content.attachment.data"]
    assert "PDF, JPG or PNG" in refused.text
    assert left(town) == []


def test_the_same_message_again_answers_the_same_and_another_is_refused(town: Municipality) -> None:
    office, sent = office_of(town), request(priority="urgent")
    first, again = (post(office, sent) for _ in range(2))
    assert (first.status_code, again.status_code) == (201, 201)
    assert (first.json(), first.headers["location"]) == (again.json(), again.headers["location"])
    other = post(office, sent | {"reasonCode": [{"text": "Noe annet."}]})
    assert problem(other, 409) == ["messageId"]
    assert other.json()["errors"][0]["rule"] == "message-id-reused"
    assert len(town.unit.found("ServiceRequest")) == len(town.unit.found("Patient")) == 1


def test_who_may_not_send_is_told_so_whatever_is_sent(town: Municipality) -> None:
    for api in (town.system, town.employee().as_("team", "coordinator"), town.api("referrer")):
        assert problem(post(api, {}), 403) == [None]
