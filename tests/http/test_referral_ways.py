"""The same need by the form, in FHIR and as a PLO message makes the same: resource by resource, what differs named."""

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, timedelta
from pathlib import Path
from typing import Any, Final
from uuid import uuid4
from zoneinfo import ZoneInfo

import httpx
import pytest
from lxml import etree

from oppfolging_api.kernel import systems
from oppfolging_api.referral.form import Referral, ReferredPerson
from plo_messages import NUMBER, XML, Note, post, told, valid
from support import CANONICAL, FHIR_JSON, Api, Employee, Json, Municipality, coding, ok

DOCUMENT: Final = (Path(__file__).parents[2] / "docs/referral.md").read_text(encoding="utf-8")
BLOCKS: Final = re.findall(r"^```(\w+)\n(.*?)^```$", DOCUMENT, re.MULTILINE | re.DOTALL)
REASON: Final = "Får hjelp av fem tjenester."


@dataclass(frozen=True)
class Sent:
    """One message about one person, by a GP's office."""

    town: Municipality
    gp: Employee
    api: Api
    message: str

    def post(self, body: Json, media_type: str) -> httpx.Response:
        return self.api.post("/referral", body, headers={"Content-Type": media_type})


def extension(name: str, **value: Any) -> Json:
    return {"url": CANONICAL.extension(name), **value}


EVERYTHING: Final = [
    extension("consent-to-share", valueBoolean=True),
    extension("person-informed", valueBoolean=True),
    extension("what-matters", valueString="Å klare butikken alene."),
    extension("on-behalf-of", valueString="Fastlegen"),
    extension("language", valueCode="uk"),
    extension("interpreter", valueBoolean=True),
    extension("criterion", valueCode="daily-life"),
    extension("criterion", valueCode="several-services"),
    extension("service-in", valueString="Hjemmetjenesten"),
    extension("service-in", valueString="NAV"),
]


def by_form(sent: Sent) -> httpx.Response:
    told: Json = {
        "messageId": sent.message,
        "patient": {"identifier": NUMBER, "name": "Jan Havrekil"},
        "reason": REASON,
        "consentToShare": True,
        "personInformed": True,
        "whatMatters": "Å klare butikken alene.",
        "onBehalfOf": "Fastlegen",
        "language": "uk",
        "interpreter": True,
        "criteria": ["daily-life", "several-services"],
        "services": ["Hjemmetjenesten", "NAV"],
    }
    return sent.post(told, "application/json")


def patient_of(sent: Sent, **elements: Any) -> Json:
    identifier = [{"system": systems.FNR, "value": NUMBER}]
    return {"resourceType": "Patient", "identifier": identifier, "name": [{"text": "Jan Havrekil"}]} | elements


def request_of(sent: Sent, subject: str, **elements: Any) -> Json:
    made: Json = {
        "resourceType": "ServiceRequest",
        "extension": EVERYTHING,
        "identifier": [{"system": systems.URIS, "value": f"urn:uuid:{sent.message}"}],
        "status": "active",
        "intent": "order",
        "subject": {"reference": subject},
        "reasonCode": [{"text": REASON}],
    }
    return made | elements


def by_contained(sent: Sent) -> httpx.Response:
    patient = patient_of(sent, id="p")
    return sent.post(request_of(sent, "#p", contained=[patient]), FHIR_JSON)


def by_message_bundle(sent: Sent) -> httpx.Response:
    patient, request = f"urn:uuid:{uuid4()}", f"urn:uuid:{uuid4()}"
    header: Json = {
        "resourceType": "MessageHeader",
        "eventUri": "https://journal.example/need",
        "source": {"endpoint": "https://journal.example/fhir"},
        "focus": [{"reference": request}],
    }
    entries = [
        {"fullUrl": f"urn:uuid:{uuid4()}", "resource": header},
        {"fullUrl": request, "resource": request_of(sent, patient)},
        {"fullUrl": patient, "resource": patient_of(sent)},
    ]
    return sent.post({"resourceType": "Bundle", "type": "message", "entry": entries}, FHIR_JSON)


def by_transaction_bundle(sent: Sent) -> httpx.Response:
    patient = f"urn:uuid:{uuid4()}"
    entries = [
        {"fullUrl": patient, "resource": patient_of(sent), "request": {"method": "POST", "url": "Patient"}},
        {"resource": request_of(sent, patient), "request": {"method": "POST", "url": "ServiceRequest"}},
    ]
    return sent.post({"resourceType": "Bundle", "type": "transaction", "entry": entries}, FHIR_JSON)


def by_plo(sent: Sent) -> httpx.Response:
    number = f'<Ident><Id>{NUMBER}</Id><TypeId V="FNR" S="2.16.578.1.12.4.1.1.8116"/></Ident>'
    patient = f"<Patient><FamilyName>Havrekil</FamilyName><GivenName>Jan</GivenName>{number}</Patient>"
    note = Note(sent.town.code, text=REASON, id=sent.message, hpr=sent.gp.hpr, patient=patient)
    return post(sent.api, note.xml())


Way = Callable[[Sent], httpx.Response]
WITH_A_FORM: Final[tuple[Way, ...]] = (by_form, by_contained, by_message_bundle, by_transaction_bundle)


def sent_by(town: Municipality) -> Sent:
    gp = town.employee(town.organisation("gp-office", "Fjordvik legesenter"))
    return Sent(town, gp, gp.as_("referrer"), str(uuid4()))


def resource(town: Municipality, query: str) -> Json:
    """The only one there is."""
    (entry,) = town.unit.search(query)["entry"]
    found: Json = entry["resource"]
    return found


REFERRAL_TASK: Final = f"Task?code={CANONICAL.code_system('task-kind')}|referral"


def made_by(sent: Sent) -> dict[str, Json]:
    """All there is in the municipality after one message, with what is another each time called by what it is."""
    kinds = ("Patient", "ServiceRequest", "Task", "Communication")
    found = {kind: resource(sent.town, REFERRAL_TASK if kind == "Task" else kind) for kind in kinds}
    names = {found[kind]["id"]: f"<{kind}>" for kind in kinds}
    names |= {NUMBER: "<number>", sent.message: "<message>", sent.gp.role["id"]: "<gp>", sent.gp.hpr: "<hpr>"}
    names |= {sent.town.unit_office["id"]: "<unit>", due(sent.town): "<due>"}
    return {kind: _named(one, names) for kind, one in found.items()}


def due(town: Municipality) -> str:
    return str(resource(town, REFERRAL_TASK)["restriction"]["period"]["end"])


def _named(resource: Json, names: dict[str, str]) -> Json:
    """Without version and narrative, and with every instant called so."""
    security = {"security": held} if (held := resource["meta"].get("security")) else {}
    text = json.dumps(resource | {"meta": security})
    for name, called in names.items():
        text = text.replace(name, called)
    bare: Json = json.loads(re.sub(r'"\d{4}-\d\d-\d\dT[^"]+"', '"<instant>"', text))
    return bare


HEALTH: Final = {"security": [{"system": CANONICAL.code_system("information-kind"), "code": "health"}]}
PATIENT: Final[Json] = {
    "resourceType": "Patient",
    "id": "<Patient>",
    "meta": {},
    "extension": [{"url": systems.INTERPRETER_REQUIRED, "valueBoolean": True}],
    "identifier": [{"system": systems.FNR, "value": "<number>"}],
    "active": True,
    "name": [{"text": "Jan Havrekil"}],
    "birthDate": "1970-01-01",
    "communication": [{"language": coding("urn:ietf:bcp:47", "uk"), "preferred": True}],
}
REQUEST: Final[Json] = {
    "resourceType": "ServiceRequest",
    "id": "<ServiceRequest>",
    "meta": HEALTH,
    "extension": EVERYTHING,
    "identifier": [{"system": "urn:ietf:rfc:3986", "value": "urn:uuid:<message>"}],
    "status": "active",
    "intent": "order",
    "category": [coding(CANONICAL.code_system("referral"), "referral")],
    "subject": {"reference": "Patient/<Patient>"},
    "authoredOn": "<instant>",
    "requester": {"reference": "PractitionerRole/<gp>"},
    "reasonCode": [{"text": REASON}],
}
TASK: Final[Json] = {
    "resourceType": "Task",
    "id": "<Task>",
    "meta": {},
    "status": "requested",
    "intent": "order",
    "code": coding(CANONICAL.code_system("task-kind"), "referral"),
    "focus": {"reference": "ServiceRequest/<ServiceRequest>"},
    "for": {"reference": "Patient/<Patient>"},
    "authoredOn": "<instant>",
    "lastModified": "<instant>",
    "requester": {"reference": "PractitionerRole/<gp>"},
    "owner": {"reference": "Organization/<unit>"},
    "restriction": {"period": {"end": "<due>"}},
}
FEEDBACK: Final[Json] = {
    "resourceType": "Communication",
    "id": "<Communication>",
    "meta": HEALTH,
    "basedOn": [{"reference": "ServiceRequest/<ServiceRequest>"}],
    "status": "completed",
    "category": [coding(CANONICAL.code_system("communication-category"), "feedback")],
    "subject": {"reference": "Patient/<Patient>"},
    "recipient": [{"reference": "PractitionerRole/<gp>"}],
    "sent": "<instant>",
    "sender": {"reference": "Organization/<unit>"},
    "payload": [{"contentString": "Meldingen er mottatt av koordinerende enhet."}],
}


@pytest.mark.parametrize("way", WITH_A_FORM)
def test_a_need_told_in_full_makes_the_same_by_the_form_and_in_fhir(town: Municipality, way: Way) -> None:
    sent = sent_by(town)
    answer = ok(way(sent), 201)
    assert ("remarks" in answer, answer["status"]) == (False, "received")
    made = made_by(sent)
    assert made["Patient"] == PATIENT
    assert made["ServiceRequest"] == REQUEST
    assert made["Task"] == TASK
    assert made["Communication"] == FEEDBACK


NO_PLACE_IN_A_MESSAGE: Final = ("extension", "communication")
"""What the form asks beside person and reason; a Dialogmelding has free text alone."""


def test_the_same_need_as_a_plo_message_makes_the_same_but_for_what_it_cannot_carry(town: Municipality) -> None:
    sent = sent_by(town)
    answer = by_plo(sent)
    assert (answer.status_code, answer.headers["content-type"]) == (200, XML)
    assert valid(answer.content).xpath("string(*[local-name()='Status']/@V)") == "1"
    made = made_by(sent)
    # A message has the parts of a name; a form has the whole of it.
    named = {"name": [{"text": "Jan Havrekil", "family": "Havrekil", "given": ["Jan"]}]}
    assert made["Patient"] == _without(PATIENT, NO_PLACE_IN_A_MESSAGE) | named
    assert made["ServiceRequest"] == _without(REQUEST, NO_PLACE_IN_A_MESSAGE) | {"note": [WRITTEN]}
    assert made["Task"] == TASK
    assert made["Communication"] == FEEDBACK


WRITTEN: Final[Json] = {
    "authorReference": {
        "type": "Practitioner",
        "identifier": {"system": systems.HPR, "value": "<hpr>"},
        "display": "Liv Havn",
    },
    "text": "Skrevet av Liv Havn, Fjordvik legesenter.",
}


def _without(resource: Json, names: tuple[str, ...]) -> Json:
    return {name: value for name, value in resource.items() if name not in names}


def test_a_sender_reads_where_it_stands_alike_whichever_way_it_came(town: Municipality) -> None:
    shapes = []
    for way in (*WITH_A_FORM, by_plo):
        sent = sent_by(town)
        way(sent)
        (request,) = sent.api.found("ServiceRequest")
        told = ok(sent.api.get(f"/referral/{request.removeprefix('ServiceRequest/')}"), 200)
        texts = [said["text"] for said in told["feedback"]]
        shapes.append((sorted(told), told["status"], texts, told["decisionBy"], told["next"]))
    assert shapes == [shapes[0]] * 5
    elements = ["decisionBy", "feedback", "history", "id", "next", "received", "status"]
    assert shapes[0][:3] == (elements, "received", ["Meldingen er mottatt av koordinerende enhet."])


def test_a_person_sent_in_several_ways_is_one_person(town: Municipality) -> None:
    first = sent_by(town)
    for way in (*WITH_A_FORM, by_plo):
        sent = Sent(town, first.gp, first.api, str(uuid4()))
        assert way(sent).status_code in (200, 201)
    assert len(town.unit.found("Patient")) == 1
    assert len(town.unit.found("ServiceRequest")) == 5


def test_a_message_id_is_one_whichever_way_it_comes(town: Municipality) -> None:
    sent = sent_by(town)
    ok(by_form(sent), 201)
    for way in WITH_A_FORM[1:]:
        refused = way(sent)
        assert refused.status_code == 409
        assert [error["rule"] for error in refused.json()["errors"]] == ["message-id-reused"]
    rejected = by_plo(sent)
    assert valid(rejected.content).xpath("string(*[local-name()='Error']/@V)") == "E10"
    assert len(town.unit.found("ServiceRequest")) == 1


def blocks(language: str) -> list[str]:
    return [text for kind, text in BLOCKS if kind == language]


SENT_AS_FORM, SENT_AS_FHIR = blocks("json")
(SENT_AS_XML,) = blocks("xml")
CURL_FORM, CURL_FHIR, CURL_XML, CURL_MESSAGES = blocks("sh")
RECEIVED: Final = "Meldingen er mottatt av koordinerende enhet."
with_curl = pytest.mark.skipif(shutil.which("curl") is None, reason="curl is missing")


def printed(command: list[str], sent: Sent, folder: Path, **variables: str) -> str:
    """What an example of the document prints, with the files it reads."""
    (folder / "need.json").write_text(SENT_AS_FORM)
    (folder / "request.json").write_text(SENT_AS_FHIR)
    assert ">90001<" in SENT_AS_XML
    (folder / "message.xml").write_text(SENT_AS_XML.replace(">90001<", f">{sent.town.code}<"))
    known = {"TOKEN": str(sent.api.token), "ADDRESS": sent.town.address, "NO_PROXY": "127.0.0.1"}
    done = subprocess.run(
        command, env={**os.environ, **known, **variables}, cwd=folder, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


def test_the_example_in_python_works(town: Municipality, tmp_path: Path) -> None:
    (example,) = blocks("python")
    assert printed([sys.executable, "-c", example], sent_by(town), tmp_path) == f"received {RECEIVED}\n"


@pytest.mark.skipif(shutil.which("node") is None, reason="node is missing")
def test_the_example_in_javascript_works(town: Municipality, tmp_path: Path) -> None:
    (example,) = blocks("javascript")
    assert printed(["node", "-e", example], sent_by(town), tmp_path) == f"received {RECEIVED}\n"


@with_curl
@pytest.mark.parametrize("example", [CURL_FORM, CURL_FHIR], ids=["form", "fhir"])
def test_the_examples_with_curl_work(town: Municipality, tmp_path: Path, example: str) -> None:
    answer = json.loads(printed(["sh", "-c", example], sent_by(town), tmp_path))
    elements = re.findall(r"^\| `(\w+)` \|", DOCUMENT.partition("## What is answered")[2], re.MULTILINE)[:9]
    assert set(answer) == set(elements) - {"outcome", "remarks"}
    made = town.unit.read("ServiceRequest", answer["id"])
    assert made["reasonCode"] == [{"text": "Får hjelp av fem tjenester som ikke vet om hverandre."}]


@with_curl
def test_the_examples_of_a_message_and_of_what_is_heard_work(town: Municipality, tmp_path: Path) -> None:
    sent = sent_by(town)
    receipt = valid(printed(["sh", "-c", CURL_XML], sent, tmp_path).encode())
    assert receipt.xpath("string(*[local-name()='Status']/@V)") == "1"
    (path,) = re.findall(r"`GET /fhir/(ServiceRequest\S+?)\[MsgId\]`", DOCUMENT)
    (found,) = sent.api.found(f"{path}6c7d7a2c-3b0e-4f7a-8a3c-5d2f1e0b9a11")
    id = found.removeprefix("ServiceRequest/")
    messages = valid_messages(printed(["sh", "-c", CURL_MESSAGES], sent, tmp_path, ID=id))
    assert [(told(each).subject, told(each).text) for each in messages] == [("Oppfølgingsteam", RECEIVED)]


def valid_messages(written: str) -> list[bytes]:
    return [etree.tostring(each) for each in etree.fromstring(written.encode())]


def test_the_document_tells_of_every_field_of_the_form_and_where_it_is_in_fhir() -> None:
    fields = {name for name in Referral.model_fields if name != "patient"}
    fields |= {f"patient.{name}" for name in ReferredPerson.model_fields}
    form, fhir = (DOCUMENT.partition(heading)[2].partition("\n## ")[0] for heading in ("## The form", "## In FHIR"))
    cells = re.findall(r"^\| ((?:`[\w.]+`(?:, )?)+) \|", form, re.MULTILINE)
    assert {name for cell in cells for name in re.findall(r"`([\w.]+)`", cell)} == fields
    assert set(re.findall(r"^\| `([\w.]+)` \|", fhir, re.MULTILINE)) == fields


def worklist(town: Municipality, name: str) -> list[str]:
    """What the unit finds by a search of the document, at the time of the clock."""
    (search,) = re.findall(rf"^\| {name}[^|]*\| `(.*?)` \|$", DOCUMENT, re.MULTILINE)
    now = town.clock.now().astimezone(ZoneInfo("Europe/Oslo"))
    known = {
        "\\|": "|",
        "code=K": f"code={CANONICAL.code_system('task-kind')}",
        "code=M": f"code={CANONICAL.code_system('message-task')}",
        "code=W": f"code={CANONICAL.code_system('worklist')}",
        "[today]": now.date().isoformat(),
        "[now]": now.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
    }
    for written, meant in known.items():
        search = search.replace(written, meant)
    return town.api("coordinating-unit", sub="ke-leader").found(search)


WORKLISTS: Final = ("waiting", "overdue", "unsorted", "rejected", "undelivered")


def test_the_worklists_of_the_document_hold_what_they_say(town: Municipality, daily: Callable[[str], Any]) -> None:
    sent = sent_by(town)
    assert [worklist(town, name) for name in WORKLISTS] == [[]] * 5
    post(sent.api, Note(town.code, subject="Prøvesvar").xml())
    post(sent.api, Note("70009").xml())
    by_plo(sent)
    (first,) = worklist(town, "waiting")
    town.clock.moved = timedelta(days=1)
    by_form(Sent(town, sent.gp, sent.gp.as_("referrer"), str(uuid4())))
    assert [len(worklist(town, name)) for name in WORKLISTS] == [2, 0, 1, 1, 0]
    assert worklist(town, "waiting")[0] == first
    town.clock.moved = timedelta(days=5)
    daily(town.code)
    assert [len(worklist(town, name)) for name in WORKLISTS] == [2, 0, 1, 1, 1]
    town.clock.moved = timedelta(days=22)
    daily(town.code)
    assert worklist(town, "overdue") == [first]
    town.clock.moved = timedelta(days=24)
    daily(town.code)
    assert [len(worklist(town, name)) for name in WORKLISTS] == [2, 2, 1, 1, 1]
