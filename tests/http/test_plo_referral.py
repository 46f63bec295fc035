"""A referral in a PLO message: what it makes, how it is answered, and that a repeat changes nothing."""

import unicodedata
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest

from oppfolging_api.kernel import systems
from plo_messages import HPR, JPEG, NUMBER, PDF, PNG, Attached, Note, bent, new_id, post, referral_of, sent
from support import CANONICAL, Api, Json, Municipality, coding, label, ok, reference

HEALTH = label("health")
OSLO = ZoneInfo("Europe/Oslo")
PDF_IN_BASE64 = "JVBERi0xLjQKMSAwIG9iagplbmRvYmoKJSVFT0YK"
JPEG_IN_BASE64 = "/9j/4AAQSkZJRgD/2Q=="
PNG_IN_BASE64 = "iVBORw0KGgoAAAANSUhEUgAAAABJRU5ErkJggg=="
MADE = ("Patient", "ServiceRequest", "Task", "Communication", "DocumentReference")


def office_of(town: Municipality) -> Api:
    return town.employee(town.organisation("gp-office")).as_("referrer")


def kept(town: Municipality, query: str) -> list[Json]:
    """What the unit finds, whole."""
    return [entry["resource"] for entry in town.unit.search(query).get("entry", [])]


def the_only(town: Municipality, type: str) -> Json:
    (found,) = kept(town, type)
    return found


def urn(id: str) -> Json:
    return {"system": "urn:ietf:rfc:3986", "value": f"urn:uuid:{id}"}


def referral_task(town: Municipality) -> Json:
    (task,) = kept(town, f"Task?code={CANONICAL.code_system('task-kind')}|referral")
    return task


def test_a_new_person_is_made_as_the_message_names_them(town: Municipality) -> None:
    assert sent(office_of(town), Note(town.code)).status == "1"
    patient = the_only(town, "Patient")
    assert patient["identifier"] == [{"system": systems.FNR, "value": NUMBER}]
    assert patient["name"] == [{"text": "Jan Moe Havrekil", "family": "Havrekil", "given": ["Jan", "Moe"]}]
    assert (patient["birthDate"], patient["gender"], patient["active"]) == ("1970-01-01", "male", True)


def test_a_person_without_a_number_is_made_with_name_and_day_of_birth(town: Municipality) -> None:
    told = "<FamilyName>Havrekil</FamilyName><GivenName>Kari</GivenName><DateOfBirth>1991-12-4</DateOfBirth>"
    answer = sent(office_of(town), Note(town.code, patient=f"<Patient>{told}<Sex V='2'/></Patient>"))
    assert (answer.status, len(answer.remarks)) == ("1", 2)
    patient = the_only(town, "Patient")
    assert "identifier" not in patient
    assert (patient["name"][0]["text"], patient["birthDate"], patient["gender"]) == (
        "Kari Havrekil",
        "1991-12-04",
        "female",
    )


def test_a_known_person_is_found_and_left_as_it_is(town: Municipality) -> None:
    known = town.person(NUMBER, name=[{"family": "Et", "given": ["Annet", "Navn"]}])
    sent(office_of(town), Note(town.code))
    assert the_only(town, "Patient") == known
    assert the_only(town, "ServiceRequest")["subject"] == reference(known)


def test_the_request_tells_what_the_message_told(town: Municipality) -> None:
    note = Note(town.code, text="Får hjelp av fem tjenester <som> ikke vet om hverandre.")
    sent(office_of(town), note)
    request = the_only(town, "ServiceRequest")
    assert (request["status"], request["intent"], request["meta"]["security"]) == (
        "active",
        "order",
        HEALTH["security"],
    )
    assert request["category"] == [coding(CANONICAL.code_system("referral"), "referral")]
    assert request["identifier"] == [urn(note.id)]
    assert request["reasonCode"] == [{"text": "Får hjelp av fem tjenester <som> ikke vet om hverandre."}]
    # A message has no place for what the form asks: nothing is said of it, and nothing is guessed.
    assert "extension" not in request
    assert "supportingInfo" not in request


def test_the_ids_of_a_conversation_are_kept(town: Municipality) -> None:
    first, parent = new_id(), new_id()
    note = Note(town.code, conversation=(parent, first))
    sent(office_of(town), note)
    assert the_only(town, "ServiceRequest")["identifier"] == [urn(note.id), urn(first) | {"use": "secondary"}]


def test_the_doctor_who_wrote_is_the_requester_where_the_directory_knows_them(town: Municipality) -> None:
    doctor = town.employee(town.organisation("gp-office"))
    system = town.api("referrer", orgnr=doctor.orgnr, sub="journal-system")
    sent(system, Note(town.code, hpr=doctor.hpr))
    assert the_only(town, "ServiceRequest")["requester"] == reference(doctor.role)


def test_the_office_is_the_requester_where_the_doctor_is_unknown_or_works_elsewhere(town: Municipality) -> None:
    office = town.organisation("gp-office")
    doctor, elsewhere = town.employee(office), town.employee(town.organisation("gp-office"))
    system = town.api("referrer", orgnr=doctor.orgnr, sub="journal-system")
    for hpr in (HPR, elsewhere.hpr):
        note = Note(town.code, hpr=hpr)
        sent(system, note)
        assert town.unit.read("ServiceRequest", referral_of(system, note))["requester"] == reference(office)


def test_an_office_outside_the_directory_is_told_by_its_number_and_not_by_its_own_word(town: Municipality) -> None:
    sent(town.api("referrer", orgnr="999888777"), Note(town.code))
    assert the_only(town, "ServiceRequest")["requester"] == {
        "type": "Organization",
        "identifier": {"system": systems.ORGANISATION_NUMBER, "value": "999888777"},
    }


def test_the_unit_has_it_on_its_worklist_with_the_day_it_is_to_be_decided(town: Municipality) -> None:
    sent(office_of(town), Note(town.code))
    task, request = referral_task(town), the_only(town, "ServiceRequest")
    assert (task["status"], task["owner"]) == ("requested", reference(town.unit_office))
    assert (task["for"], task["focus"]) == (request["subject"], reference(request))
    due = (town.clock.now().astimezone(OSLO) + timedelta(days=21)).date().isoformat()
    assert task["restriction"] == {"period": {"end": due}}
    assert "input" not in task


def test_what_was_bent_to_read_it_is_told_both_the_sender_and_the_unit(town: Municipality) -> None:
    sex = '<Sex V="1" DN="Mann"/>'
    body = bent(
        Note(town.code),
        ("<MIGversion>v1.2 2006-05-24</MIGversion>", "<MIGversion>1.2</MIGversion>"),
        (sex, f"<DateOfBirth>1970-1-1</DateOfBirth>{sex}"),
    )
    answer = sent(office_of(town), body)
    assert (answer.status, answer.remarks) == (
        "1",
        [
            "MsgHead/MsgInfo/MIGversion: not the schema's version",
            "MsgHead/MsgInfo/Patient/DateOfBirth: a date that is not written YYYY-MM-DD",
        ],
    )
    system = CANONICAL.code_system("task-result")
    assert referral_task(town)["input"] == [
        {"type": coding(system, "remark"), "valueString": "MsgHead/MsgInfo/MIGversion: Ikke skjemaets versjon."},
        {
            "type": coding(system, "remark"),
            "valueString": "MsgHead/MsgInfo/Patient/DateOfBirth: En dato som ikke er skrevet ÅÅÅÅ-MM-DD.",
        },
    ]


def test_attachments_are_documents_by_what_their_bytes_are(town: Municipality) -> None:
    attached = (
        Attached(PDF, "image/png", "bilde.png"),
        Attached(JPEG, "application/pdf", "epikrise.pdf"),
        Attached(PNG, "application/octet-stream", "program.exe"),
    )
    answer = sent(office_of(town), Note(town.code, attachments=attached))
    assert (answer.status, [remark.partition(": ")[2] for remark in answer.remarks]) == (
        "1",
        ["declared as another type than it is"] * 3,
    )
    request = the_only(town, "ServiceRequest")
    documents = [
        town.unit.read("DocumentReference", one["reference"].removeprefix("DocumentReference/"))
        for one in request["supportingInfo"]
    ]
    assert [document["content"][0]["attachment"] for document in documents] == [
        {"contentType": "application/pdf", "title": "bilde.png", "data": PDF_IN_BASE64},
        {"contentType": "image/jpeg", "title": "epikrise.pdf", "data": JPEG_IN_BASE64},
        {"contentType": "image/png", "title": "program.exe", "data": PNG_IN_BASE64},
    ]
    for document in documents:
        assert (document["subject"], document["meta"]["security"]) == (request["subject"], HEALTH["security"])


def test_an_attachment_that_is_none_of_them_is_left_out_and_the_rest_comes_through(town: Municipality) -> None:
    attached = (Attached(b"PK\x03\x04zip", name="epikrise.pdf"), Attached(PDF))
    answer = sent(office_of(town), Note(town.code, attachments=attached))
    assert (answer.status, answer.codes) == ("3", ["X99"])
    left_out = "Vedlegget er etter sitt innhold ikke en hel PDF, JPG eller PNG, og er ikke tatt imot."
    assert answer.errors == [f"{left_out} (MsgHead/Document[2])"]
    assert len(kept(town, "DocumentReference")) == len(kept(town, "ServiceRequest")) == 1
    assert [one["valueString"] for one in referral_task(town)["input"]] == [f"MsgHead/Document[2]: {left_out}"]


def test_the_sender_hears_at_once_that_it_is_received(town: Municipality) -> None:
    gp, note = office_of(town), Note(town.code)
    sent(gp, note)
    told = the_only(town, "Communication")
    request = the_only(town, "ServiceRequest")
    assert told["payload"] == [{"contentString": "Meldingen er mottatt av koordinerende enhet."}]
    assert (told["basedOn"], told["recipient"]) == ([reference(request)], [request["requester"]])
    standing = ok(gp.get(f"/referral/{referral_of(gp, note)}"), 200)
    assert (standing["status"], [said["text"] for said in standing["feedback"]]) == (
        "received",
        ["Meldingen er mottatt av koordinerende enhet."],
    )


def test_what_ei_fellesformat_wraps_is_unwrapped(town: Municipality) -> None:
    note = Note(town.code)
    head = note.xml().partition(b"\n")[2]
    block = b'<MottakenhetBlokk avsender="12312341" ediLoggId="1"/>'
    wrapped = b'<EI_fellesformat xmlns="http://www.nav.no/xml/eiff/2/">' + head + block + b"</EI_fellesformat>"
    answer = sent(office_of(town), wrapped)
    assert (answer.status, answer.original, answer.remarks) == ("1", note.id, [])
    assert the_only(town, "ServiceRequest")["identifier"] == [urn(note.id)]


@pytest.mark.parametrize(
    "subject",
    [
        "OPPFØLGINGSTEAM",
        "oppfølgingsteam",
        "Oppfølgingsteam - behov for koordinator",
        unicodedata.normalize("NFD", "Oppfølgingsteam"),
        "Oppfo\u0338lgingsteam",
    ],
)
@pytest.mark.parametrize("version", ["1.0", "1.1"])
def test_the_subject_makes_it_a_referral_however_it_is_written(town: Municipality, subject: str, version: str) -> None:
    answer = sent(office_of(town), Note(town.code, subject=subject, version=version))
    assert (answer.version, answer.status) == (version, "1")
    assert len(kept(town, "ServiceRequest")) == 1


@pytest.mark.parametrize("subject", ["Spørsmål om oppfølgingsteam", "Oppfølging", "EKG tatt i dag"])
def test_another_subject_is_no_referral(town: Municipality, subject: str) -> None:
    assert sent(office_of(town), Note(town.code, subject=subject)).status == "1"
    assert kept(town, "ServiceRequest") == kept(town, "Patient") == []


def test_the_same_message_again_is_answered_byte_for_byte_the_same(town: Municipality) -> None:
    gp, body = office_of(town), Note(town.code, attachments=(Attached(PDF),)).xml()
    first = sent(gp, body)
    before = {type: kept(town, type) for type in MADE}
    town.clock.moved += timedelta(minutes=30)
    assert sent(gp, body).body == first.body
    assert {type: kept(town, type) for type in MADE} == before


def test_the_same_message_sent_many_times_at_once_is_one_referral(town: Municipality) -> None:
    gp, body = office_of(town), Note(town.code).xml()
    with ThreadPoolExecutor(6) as threads:
        answers = list(threads.map(lambda _: sent(gp, body).body, range(6)))
    assert len(set(answers)) == 1
    assert [len(kept(town, type)) for type in ("Patient", "ServiceRequest", "Communication")] == [1, 1, 1]


def test_an_id_of_another_sender_is_another_message(town: Municipality) -> None:
    note = Note(town.code)
    answers = [sent(office_of(town), note) for _ in range(2)]
    assert [answer.status for answer in answers] == ["1", "1"]
    assert answers[0].body != answers[1].body
    assert (len(kept(town, "ServiceRequest")), len(kept(town, "Patient"))) == (2, 1)


def test_an_id_in_capitals_and_in_small_letters_is_one(town: Municipality) -> None:
    gp, note = office_of(town), Note(town.code)
    small = sent(gp, note)
    assert sent(gp, note).body == small.body
    # Other bytes: the id is used for another message.
    assert sent(gp, bent(note, (note.id, note.id.upper()))).codes == ["E10"]
    assert len(kept(town, "ServiceRequest")) == 1


def test_an_id_in_capitals_is_kept_in_small_letters_and_answered_as_it_came(town: Municipality) -> None:
    gp, note = office_of(town), Note(town.code, id=new_id().upper())
    answer = sent(gp, note)
    assert (answer.original, answer.remarks) == (note.id, ["MsgHead/MsgInfo/MsgId: a UUID in capital letters"])
    assert the_only(town, "ServiceRequest")["identifier"] == [urn(note.id.lower())]
    assert sent(gp, bent(note, (note.id, note.id.lower()))).codes == ["E10"]


def test_the_form_and_a_message_of_one_office_share_their_ids(town: Municipality) -> None:
    gp, note = office_of(town), Note(town.code)
    sent(gp, note)
    form = {
        "messageId": note.id,
        "patient": {"identifier": NUMBER, "name": "Jan Havrekil"},
        "reason": "Får hjelp av fem tjenester.",
        "consentToShare": False,
        "personInformed": True,
    }
    assert gp.post("/referral", form).status_code == 409
    assert len(kept(town, "ServiceRequest")) == 1


@pytest.mark.parametrize("kind", ["application/xml", "text/xml", "application/xml; charset=utf-8"])
def test_xml_is_taken_by_either_of_its_names(town: Municipality, kind: str) -> None:
    answer = post(office_of(town), Note(town.code).xml(), kind=kind)
    assert (answer.status_code, answer.headers["content-type"].partition(";")[0]) == (200, "application/xml")


def test_the_answer_tells_where_the_referral_is_found_and_of_another_message_nothing(town: Municipality) -> None:
    gp, asked = office_of(town), Note(town.code)
    answers = [post(gp, asked.xml()) for _ in range(2)]
    id = referral_of(gp, asked)
    assert [answer.headers["content-location"] for answer in answers] == [f"{town.address}/referral/{id}"] * 2
    assert "content-location" not in post(gp, Note(town.code, subject="EKG").xml()).headers
