"""A PLO message that is rejected, or none at all: what is answered, and that nothing of it is kept but a trace."""

from collections.abc import Callable
from typing import Any

import httpx
import pytest

from audit import Store
from oppfolging_api.kernel.errors import Conflict, Refusal, Unavailable, Unprocessable
from oppfolging_api.referral.receiving import write_referral
from oppfolging_api.settings import Settings
from plo_messages import NUMBER, PDF, XML, Attached, Note, bent, new_id, post, sent
from support import CANONICAL, Api, Json, Municipality, coding, identity_number, ok

WRONG = "01817000174"
_LONG = "a" * 100_000
DIALOG_1_1 = "http://www.kith.no/xmlstds/dialog/2013-01-23"
HEAD = "http://www.kith.no/xmlstds/msghead/2006-05-24"


@pytest.fixture
def store(settings: Settings) -> Store:
    return Store(settings)


def office_of(town: Municipality) -> Api:
    return town.employee(town.organisation("gp-office")).as_("referrer")


def without_patient(told: str) -> Callable[[str], bytes]:
    return lambda her: Note(her, patient=f"<Patient>{told}</Patient>").xml()


def changed(*changes: tuple[str, str]) -> Callable[[str], bytes]:
    return lambda her: bent(Note(her), *changes)


def _number(number: str) -> str:
    return f'<Ident><Id>{number}</Id><TypeId V="FNR" S="2.16.578.1.12.4.1.1.8116"/></Ident>'


_HER = '<TypeId V="HER" S="2.16.578.1.12.4.1.1.9051"/>'
_NAMED = "<FamilyName>Havrekil</FamilyName><GivenName>Jan</GivenName>"
_SUBJECT = "<Tema>Oppfølgingsteam</Tema><TekstNotatInnhold>Får hjelp av fem tjenester.</TekstNotatInnhold>"
_NOTE = f'<Notat><TemaKodet V="6" S="2.16.578.1.12.4.1.1.7322"/>{_SUBJECT}</Notat>'
_INFO = "MsgHead/MsgInfo"
_PATIENT = f"{_INFO}/Patient"
_DOCUMENT = "MsgHead/Document"
_DIALOG = f"{_DOCUMENT}/RefDoc/Content/Dialogmelding"
REJECTED: dict[str, tuple[Callable[[str], bytes], list[tuple[str, str]]]] = {
    "an id that is no UUID": (
        lambda her: Note(her, id="Havrekil-1").xml(),
        [("E10", f"Meldingens id (MsgId) er ikke en UUID. ({_INFO}/MsgId)")],
    ),
    "a receiver elsewhere": (
        lambda her: Note("8142987").xml(),
        [("E21", f"Mottakerens HER-id er ikke en som tas imot for her. ({_INFO}/Receiver)")],
    ),
    "a receiver without HER-id": (
        lambda her: bent(Note(her), (_HER, _HER.replace("HER", "ENH"))),
        [("E21", f"Mottakeren har ingen HER-id. ({_INFO}/Receiver)")],
    ),
    "a patient with a name alone": (
        without_patient(_NAMED),
        [
            ("E30", f"Pasientens fødselsnummer mangler. ({_PATIENT})"),
            ("E36", f"Verken fødselsnummer eller D-nummer, eller navn med fødselsdato. ({_PATIENT})"),
        ],
    ),
    "no patient": (
        lambda her: Note(her, patient="").xml(),
        [("E36", f"Verken fødselsnummer eller D-nummer, eller navn med fødselsdato. ({_PATIENT})")],
    ),
    "a number with wrong check digits": (
        lambda her: Note(her, WRONG).xml(),
        [("E31", f"Pasientens fødselsnummer eller D-nummer er feil: kontrollsifrene stemmer ikke. ({_PATIENT})")],
    ),
    "two numbers of one kind": (
        without_patient(f"{_NAMED}{_number(NUMBER)}{_number('15720255178')}"),
        [("E36", f"Pasienten har flere ulike nummer av samme slag. ({_PATIENT})")],
    ),
    "neither note nor question": (
        changed((_NOTE, "")),
        [("T02", f"Verken notat eller forespørsel. ({_DIALOG})")],
    ),
    "two patients": (
        lambda her: Note(her, patient=f"<Patient>{_NAMED}{_number(NUMBER)}</Patient>" * 2).xml(),
        [("T02", f"Står to ganger: det går ikke frem hvilken som gjelder. ({_PATIENT})")],
    ),
    "a text without end": (
        changed(("Får hjelp", f"{_LONG} Får hjelp")),
        [
            (
                "T02",
                f"En tekst som er lengre enn det som tas imot. ({_DIALOG}/Notat/TekstNotatInnhold)",
            )
        ],
    ),
    "a payload of another format": (
        changed((DIALOG_1_1, "http://www.kith.no/xmlstds/epikrise/2012-02-15")),
        [("T10", f"Ingen Dialogmelding 1.0 eller 1.1. ({_DOCUMENT})")],
    ),
    "more than a record holds": (
        changed((_NOTE, _NOTE.replace("Får", f"{'a' * 99_000} Får") * 12)),
        [("T02", f"En tekst som er lengre enn det som tas imot. ({_DOCUMENT})")],
    ),
}


def versions(store: Store, town: Municipality) -> dict[str, int]:
    """How many versions of every type there are."""
    counted = "SELECT type, count(*) FROM resource_version WHERE municipality = $1 GROUP BY type"
    return {str(type): int(number) for type, number in store.ask(counted, town.code)}


def rejected_tasks(town: Municipality) -> list[Json]:
    query = f"Task?code={CANONICAL.code_system('message-task')}|rejected"
    return [entry["resource"] for entry in town.unit.search(query).get("entry", [])]


@pytest.mark.parametrize("why", REJECTED)
def test_what_is_rejected_is_answered_with_its_code_and_leaves_a_trace_alone(
    town: Municipality, store: Store, why: str
) -> None:
    message, errors = REJECTED[why]
    gp = office_of(town)
    before = versions(store, town)
    answer = sent(gp, message(town.code))
    assert (answer.status, list(zip(answer.codes, answer.errors, strict=True))) == ("2", errors)
    assert versions(store, town) == before | {"Task": 1}
    assert store.ask("SELECT referral FROM referral_receipt WHERE municipality = $1", town.code) == [(None,)]
    (task,) = rejected_tasks(town)
    assert [one["valueString"] for one in task["input"]] == [_turned(code, error) for code, error in errors]


def _turned(code: str, error: str) -> str:
    """The unit reads where it is first."""
    text, _, where = error.removesuffix(")").rpartition(" (")
    return f"{code} {where}: {text}"


def broken_by(monkeypatch: pytest.MonkeyPatch, *refusals: Exception) -> None:
    """After all of a referral is written, each of these comes in its turn; then all goes well again."""
    left = list(refusals)

    async def written(*arguments: Any) -> None:
        await write_referral(*arguments)
        if left:
            raise left.pop(0)

    monkeypatch.setattr("oppfolging_api.referral.plo_in.write_referral", written)


def test_what_cannot_be_kept_is_rejected_and_no_half_of_it_is(
    town: Municipality, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    gp, note = office_of(town), Note(town.code, attachments=(Attached(PDF),))
    before = versions(store, town)
    broken_by(monkeypatch, Unprocessable.of("a rule of tomorrow", "Patient.name"))
    answer = sent(gp, note)
    assert (answer.status, answer.codes) == ("2", ["X99"])
    assert answer.errors == ["Meldingens innhold kan ikke tas vare på. (MsgHead)"]
    assert versions(store, town) == before | {"Task": 1}
    assert sent(gp, note).body == answer.body


@pytest.mark.parametrize(
    "refusal",
    [
        Conflict.of("somebody else is writing about this at the same moment; retry", Retry_After="1"),
        Unprocessable.of("this takes too long: ask for less", code="too-costly"),
        Unavailable.of("the database cannot be reached just now", Retry_After="5"),
    ],
)
def test_what_others_were_in_the_way_of_is_not_rejected_for_good(
    town: Municipality, store: Store, monkeypatch: pytest.MonkeyPatch, refusal: Refusal
) -> None:
    gp, note = office_of(town), Note(town.code)
    before = versions(store, town)
    broken_by(monkeypatch, refusal)
    answer = post(gp, note.xml())
    problem(answer, 503)
    assert answer.headers["retry-after"]
    assert versions(store, town) == before
    assert sent(gp, note).status == "1"
    assert len(town.unit.found("ServiceRequest")) == 1


def test_the_trace_tells_the_id_and_the_sender_and_nothing_of_the_person(town: Municipality) -> None:
    doctor = town.employee(town.organisation("gp-office"))
    note = Note(town.code, WRONG, id="5D6B8F7E-1C0E-4E55-9F3A-0B8F3C1F2A77", attachments=(Attached(PDF),))
    sent(doctor.as_("referrer"), note)
    (task,) = rejected_tasks(town)
    assert {
        name: value for name, value in task.items() if name not in ("id", "meta", "authoredOn", "lastModified")
    } == {
        "resourceType": "Task",
        "status": "requested",
        "intent": "order",
        "code": coding(CANONICAL.code_system("message-task"), "rejected"),
        "description": "Melding 5d6b8f7e-1c0e-4e55-9f3a-0b8f3c1f2a77 er avvist.",
        "requester": {"reference": f"PractitionerRole/{doctor.role['id']}"},
        "owner": {"reference": f"Organization/{town.unit_office['id']}"},
        "restriction": task["restriction"],
        "input": [
            {
                "type": coding(CANONICAL.code_system("task-result"), "remark"),
                "valueString": "E31 MsgHead/MsgInfo/Patient: "
                "Pasientens fødselsnummer eller D-nummer er feil: kontrollsifrene stemmer ikke.",
            }
        ],
    }


def test_an_id_that_is_none_is_not_repeated_to_the_unit(town: Municipality) -> None:
    answer = sent(office_of(town), Note(town.code, id="Havrekil 01817000173"))
    (task,) = rejected_tasks(town)
    assert answer.original == "Havrekil 01817000173"
    assert task["description"] == "En melding uten gyldig id er avvist."
    assert "Havrekil" not in str(task)


def test_the_unit_alone_sees_the_trace(town: Municipality, other_town: Municipality) -> None:
    worker, patient = town.employee(), town.person(NUMBER)
    town.team(patient, worker.role, coordinator=worker.role)
    sent(office_of(town), Note(town.code, WRONG))
    (task,) = rejected_tasks(town)
    person = town.as_person(patient)
    for api in (worker.as_("team"), worker.as_("coordinator"), person, other_town.unit, other_town.system):
        assert api.get(f"/fhir/Task/{task['id']}").status_code in (403, 404)


def test_an_id_used_for_another_message_is_rejected_and_the_first_stands(town: Municipality, store: Store) -> None:
    gp, note = office_of(town), Note(town.code)
    first = sent(gp, note)
    before = versions(store, town)
    other = bent(note, ("Får hjelp", "Trenger hjelp"))
    refused = sent(gp, other)
    assert (refused.status, refused.codes) == ("2", ["E10"])
    assert refused.errors == ["Meldingens id (MsgId) er brukt før, med et annet innhold. (MsgHead/MsgInfo/MsgId)"]
    assert sent(gp, other).body == refused.body
    assert sent(gp, note).body == first.body
    assert versions(store, town) == before | {"Task": before["Task"] + 1}


def test_a_rejected_message_again_is_answered_the_same_and_traced_once(town: Municipality) -> None:
    gp, body = office_of(town), Note(town.code, WRONG).xml()
    assert sent(gp, body).body == sent(gp, body).body
    assert len(rejected_tasks(town)) == 1


def test_a_message_without_a_right_id_is_known_again_by_what_it_says(town: Municipality) -> None:
    gp = office_of(town)
    bodies = [Note(town.code, id="1", text=text).xml() for text in ("Får hjelp.", "Får ikke hjelp.")]
    first, second = (sent(gp, body).body for body in bodies)
    assert first != second
    assert [sent(gp, body).body for body in bodies] == [first, second]
    assert len(rejected_tasks(town)) == 2


def test_a_rejected_message_goes_through_corrected_under_a_new_id(town: Municipality) -> None:
    gp, number = office_of(town), identity_number()
    wrong = Note(town.code, WRONG)
    refused = sent(gp, wrong)
    assert (refused.status, refused.codes) == ("2", ["E31"])
    assert sent(gp, Note(town.code, number, id=wrong.id)).codes == ["E10"]
    assert sent(gp, Note(town.code, number)).status == "1"
    (found,) = town.unit.found("Patient")
    patient = town.unit.read("Patient", found.removeprefix("Patient/"))
    assert patient["identifier"][0]["value"] == number


def test_a_rejected_version_1_0_is_answered_in_1_0(town: Municipality) -> None:
    answer = sent(office_of(town), Note(town.code, WRONG, version="1.0"))
    assert (answer.version, answer.status, answer.codes) == ("1.0", "2", ["E31"])


def problem(response: httpx.Response, status: int) -> str:
    """The detail of a problem+json answer with that status, which repeats nothing of what was sent."""
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == "application/problem+json"
    assert "Havrekil" not in response.text
    assert NUMBER not in response.text
    return str(response.json()["detail"])


_DOCTYPE = b'<!DOCTYPE MsgHead [<!ENTITY a "Havrekil"><!ENTITY b SYSTEM "elsewhere.txt">]>\n<MsgHead'
UNREADABLE: dict[str, tuple[Callable[[bytes], bytes], int, str]] = {
    "not XML": (lambda body: b"Havrekil 01817000173", 400, "T01: not well-formed XML"),
    "nothing": (lambda body: b"", 400, "T01: not well-formed XML"),
    "cut short": (lambda body: body[:-20], 400, "T01: not well-formed XML"),
    "a DOCTYPE": (
        lambda body: body.replace(b"<MsgHead", _DOCTYPE, 1),
        400,
        "T01: a document type declaration is not taken",
    ),
    "an encoding of its own": (
        lambda body: body.replace(b"UTF-8", b"EBCDIC", 1),
        400,
        "T01: not in an encoding that is read here",
    ),
    "an older MsgHead": (
        lambda body: body.replace(HEAD.encode(), b"http://www.kith.no/xmlstds/msghead/2005-02-24"),
        400,
        "T10: no MsgHead 1.2",
    ),
    "another root": (lambda body: b"<Havrekil/>", 400, "T10: no MsgHead 1.2"),
    "no MsgInfo": (lambda body: f'<MsgHead xmlns="{HEAD}"/>'.encode(), 400, "T02: the message has no MsgInfo"),
    "too many elements": (
        lambda body: body.replace(b"</MsgHead>", b"<a/>" * 12_000 + b"</MsgHead>"),
        413,
        "T99: more than is taken in one message",
    ),
    "too deep": (
        lambda body: body.replace(b"</MsgHead>", b"<a>" * 80 + b"</a>" * 80 + b"</MsgHead>"),
        413,
        "T99: elements within each other too deep",
    ),
    "too large": (
        lambda body: body.replace(b"</MsgHead>", b" " * 20_000_000 + b"</MsgHead>"),
        413,
        "a body is at most 20000000 bytes",
    ),
}


@pytest.mark.parametrize("how", UNREADABLE)
def test_what_cannot_be_read_as_a_message_is_a_fault_of_the_request(town: Municipality, store: Store, how: str) -> None:
    unread, status, said = UNREADABLE[how]
    gp = office_of(town)
    before = versions(store, town)
    told = problem(post(gp, unread(Note(town.code).xml())), status)
    assert told.partition(";")[0] == said
    assert versions(store, town) == before


@pytest.mark.parametrize("kind", ["text/plain", "application/octet-stream", "application/fhir+xml", "application/soap"])
def test_another_type_is_not_taken(town: Municipality, kind: str) -> None:
    problem(post(office_of(town), Note(town.code).xml(), kind=kind), 415)
    assert town.unit.found("ServiceRequest") == []


def test_who_sends_no_messages_is_told_so(town: Municipality, store: Store) -> None:
    worker, person = town.employee(town.organisation("gp-office")), town.person(NUMBER)
    refused = {
        "team": worker.as_("team"),
        "coordinator": worker.as_("coordinator", "leader"),
        "the journal system": town.system,
        "nobody in particular": town.api("referrer"),
        "a person": town.as_person(person),
        "next of kin": town.api("person", pid=identity_number()),
        "another right": worker.as_("referrer", smart=("user/Patient.cruds",)),
        "reading only": worker.as_("referrer", smart=("user/ServiceRequest.rs",)),
        "some only": worker.as_("referrer", smart=("user/ServiceRequest.c?status=active",)),
    }
    before = versions(store, town)
    answers = {who: post(api, Note(town.code).xml()).status_code for who, api in refused.items()}
    assert answers == dict.fromkeys(refused, 403)
    assert post(Api(town.address, None), Note(town.code).xml()).status_code == 401
    assert versions(store, town) == before


def test_who_may_make_a_referral_and_nothing_else_may_send_one(town: Municipality) -> None:
    worker = town.employee(town.organisation("gp-office"))
    note = Note(town.code)
    assert sent(worker.as_("referrer", smart=("user/ServiceRequest.c",)), note).status == "1"
    assert len(town.unit.found("ServiceRequest")) == 1
    assert sent(town.unit, Note(town.code, identity_number())).status == "1"


def test_a_message_is_for_the_municipality_of_its_token(town: Municipality, other_town: Municipality) -> None:
    gp = town.employee(town.organisation("gp-office")).as_("referrer")
    assert sent(gp, Note(other_town.code)).codes == ["E21"]
    assert ok(other_town.unit.get("/fhir/Task"), 200).get("entry", []) == []
    answer = gp.send("POST", "/referral", {"Content-Type": XML, "Accept": "application/json"}, content=b"<a/>")
    assert "T10" in problem(answer, 400)
    assert sent(gp, Note(town.code, id=new_id())).status == "1"
