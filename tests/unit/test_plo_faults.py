"""What cannot be answered for is a fault, all of them told; what nobody could answer is unreadable."""

import pytest
from plo_samples import MSG_ID, NUMBER, PDF_IN_BASE64, bent_by, without

from oppfolging_api.referral.plo.findings import FAULTS, MOST, Unreadable
from oppfolging_api.referral.plo.reading import read_message

INFO = "MsgHead/MsgInfo"
PATIENT = f"{INFO}/Patient"
FNR = f'<Ident><Id>{NUMBER}</Id><TypeId V="FNR" S="2.16.578.1.12.4.1.1.8116"/></Ident>'
OTHER_NUMBER = "22866500170"
GIVEN = "<GivenName>Jan</GivenName>"


def faults(*changes: tuple[str, str]) -> list[tuple[str, str]]:
    return [(fault.code, fault.where) for fault in read_message(bent_by(*changes)).faults]


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ((MSG_ID, "12345"), ("E10", f"{INFO}/MsgId")),
        ((MSG_ID, MSG_ID.replace("-", "")), ("E10", f"{INFO}/MsgId")),
        ((MSG_ID, f"{{{MSG_ID}}}"), ("E10", f"{INFO}/MsgId")),
        (without("MsgId"), ("E10", f"{INFO}/MsgId")),
        (without("Receiver"), ("E21", f"{INFO}/Receiver")),
        ((NUMBER, "01817000174"), ("E31", PATIENT)),
        ((NUMBER, "0181700017"), ("E31", PATIENT)),
        (without("Patient"), ("E36", PATIENT)),
        ((FNR, FNR + FNR.replace(NUMBER, OTHER_NUMBER)), ("E36", PATIENT)),
        (("dialog/2013-01-23", "epikrise/2006-09-23"), ("T10", "MsgHead/Document")),
        (without("Notat"), ("T02", "MsgHead/Document[1]/RefDoc/Content/Dialogmelding")),
        ((GIVEN, f"{GIVEN}</Patient><Patient>"), ("T02", PATIENT)),
        (("Fjordvik legesenter", "x" * 100_001), ("T02", f"{INFO}/Sender/Organisation/OrganisationName")),
        (('DN="Ja"', f'DN="{"x" * 100_001}"'), ("T02", f"{INFO}/Ack")),
    ],
)
def test_what_is_to_be_rejected(change: tuple[str, str], fault: tuple[str, str]) -> None:
    assert fault in faults(change)
    assert not any(each.part for each in read_message(bent_by(change)).faults)


def test_a_patient_nobody_could_find_is_told_what_is_lacking() -> None:
    assert faults((FNR, "")) == [("E30", PATIENT), ("E36", PATIENT)]
    assert faults((FNR, FNR.replace("FNR", "XXX"))) == [("E30", PATIENT), ("E36", PATIENT)]


def test_every_fault_of_a_message_is_told() -> None:
    found = faults((MSG_ID, "12345"), without("Receiver"), (NUMBER, "01817000174"), without("Notat"))
    assert [code for code, _ in found] == ["E10", "E21", "E31", "T02"]


@pytest.mark.parametrize(
    ("written", "code", "text"),
    [
        ("UEsDBBQAAAAIAA==", "X99", "the attachment is not a whole PDF, JPG or PNG by its content"),
        ("JVBERi0xLjQ*", "T02", "the attachment is not base64"),
        ("JVBERi0xLjQK", "X99", "the attachment is not a whole PDF, JPG or PNG by its content"),
        ("", "T02", "the attachment is not base64"),
    ],
)
def test_an_attachment_that_cannot_be_taken_is_a_fault_of_that_part_alone(written: str, code: str, text: str) -> None:
    message = read_message(bent_by((PDF_IN_BASE64, written)))
    assert [(each.code, each.where, each.text, each.part) for each in message.faults] == [
        (code, "MsgHead/Document[2]", text, True)
    ]
    assert (message.attachments, [note.subject for note in message.notes]) == ((), ["Oppfølgingsteam"])


def test_documents_of_other_kinds_are_faults_of_those_parts() -> None:
    container = f'<Base64Container xmlns="http://www.kith.no/xmlstds/base64container">{PDF_IN_BASE64}</Base64Container>'
    other = read_message(bent_by((container, "<Epikrise/>"))).faults
    assert [(each.code, each.text, each.part) for each in other] == [("T10", "a document of another format", True)]
    elsewhere = read_message(bent_by((f"<Content>\n        {container}\n      </Content>", ""))).faults
    assert [(each.code, each.text, each.part) for each in elsewhere] == [
        ("X99", "the attachment's content is not in the message", True)
    ]


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"<AppRec xmlns='http://www.kith.no/xmlstds/apprec/2012-02-15'/>", "not-a-message"),
        (b"<MsgHead/>", "not-a-message"),
        (b"<MsgHead xmlns='http://www.kith.no/xmlstds/msghead/2005-11-22'><MsgInfo/></MsgHead>", "not-a-message"),
        (b"<EI_fellesformat><MottakenhetBlokk/></EI_fellesformat>", "not-a-message"),
        (b"<MsgHead xmlns='http://www.kith.no/xmlstds/msghead/2006-05-24'/>", "no-envelope"),
    ],
)
def test_what_nobody_could_answer_is_unreadable(body: bytes, kind: str) -> None:
    with pytest.raises(Unreadable) as refused:
        read_message(body)
    assert (refused.value.kind, refused.value.fault.code) == (kind, FAULTS[kind][0])


def test_what_is_told_of_a_message_has_an_end() -> None:
    message = read_message(bent_by((GIVEN, "<Ident><x/></Ident>" * 200)))
    assert len(message.bent) == MOST


def test_neither_faults_nor_what_was_bent_say_anything_of_the_message() -> None:
    hidden = "Hemmelig<Hemmelig>Hemmelig</Hemmelig>"
    changes = [(GIVEN, f"<GivenName>{hidden}</GivenName><DateOfBirth>Hemmelig</DateOfBirth>{hidden}"), (MSG_ID, hidden)]
    message = read_message(bent_by(*changes, (NUMBER, "Hemmelig"), ("Fjordvik kommune", hidden)))
    assert (len(message.bent), len(message.faults)) == (5, 2)
    assert "Hemmelig" not in repr((message.bent, message.faults))
