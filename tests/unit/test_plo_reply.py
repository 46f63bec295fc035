"""Feedback out: a valid Dialogmelding in the conversation of the message it answers."""

from datetime import UTC, datetime

import pytest
from lxml import etree
from plo_samples import DIALOGS, FOLDER, MISSING, MSG_ID, NUMBER, REFERRAL, bent_by, faults_of, sample, schema, without

from oppfolging_api.referral.plo.answering import Reply, write_reply
from oppfolging_api.referral.plo.message import Conversation, Message
from oppfolging_api.referral.plo.reading import read_message

pytestmark = pytest.mark.skipif(not FOLDER.is_dir(), reason=MISSING)

ID = "f6d24037-a43f-4509-8dfa-88b578554858"
REPLY = Reply(
    ID,
    datetime(2026, 11, 22, 23, 31, 5, 900_000, tzinfo=UTC),
    "Oppfølgingsteam: koordinator",
    "Koordinator er Kari <Å> & co.\n\nTelefon 99 99 99 99.",
)


@pytest.fixture(scope="module")
def dialogs() -> etree.XMLSchema:
    return schema("msghead-dialog.xsd")


def replied(message: Message, reply: Reply = REPLY) -> Message:
    return read_message(write_reply(message, reply))


ANSWERED = {
    "dialog-1.0/dialog-foresporsel-samsvar-test.xml": ("1.0", "6ddb98ed-9e34-4efa-9163-62e4ea0cbf43", []),
    "dialog-1.0/dialog-notat-webmed-test.xml": ("1.0", "4f77040c-3610-4d17-bef1-76994ab2726b", []),
    "dialog-1.0/dialog-svar-webmed-test.xml": ("1.0", "4f77040c-3610-4d17-bef1-76994ab2726b", []),
    "dialog-1.0/dialog-svar-webmed-test-2.xml": ("1.0", "4caf06e0-6df9-4f64-9b36-87b451fd051c", []),
    "dialog-1.0/nav-notat.xml": ("1.0", "37340D30-FE14-42B5-985F-A8FF8FFA0C99", []),
    "dialog-1.0/nav-notat-invalid.xml": ("1.0", "37340D30-FE14-42B5-985F-A8FF8FFA0CB5", []),
    "dialog-1.0/nav-svar.xml": ("1.0", "b62016eb-6c2d-417a-8ecc-157b3c5ee2ca", ["E30", "E36"]),
    "dialog-1.1/ks-helsefaglig-dialog.xml": ("1.1", "615aba81-6a88-41d1-a9f5-90b28cfc8b73", []),
}
"""Version and first message of the conversation; the faults that are the patient's, where the number was wrong."""


@pytest.mark.parametrize("name", DIALOGS)
def test_every_sample_has_a_valid_reply_that_reads_back(name: str, dialogs: etree.XMLSchema) -> None:
    version, first, faults = ANSWERED[name]
    message = read_message(sample(name))
    assert faults_of(dialogs, write_reply(message, REPLY)) == []
    read = replied(message)
    assert (read.msg_id, read.version, read.conversation) == (ID, version, Conversation(message.msg_id, first))
    assert (read.sender.her_ids, read.receiver.her_ids) == (message.receiver.her_ids, message.sender.her_ids)
    assert [(note.subject, note.text) for note in read.notes] == [(REPLY.subject, REPLY.text)]
    assert [fault.code for fault in read.faults] == faults


def test_a_reply_in_full() -> None:
    read = replied(read_message(REFERRAL.encode()))
    (note,) = read.notes
    (role,) = note.roles
    assert (read.kind.value, read.kind.name, read.wants_ack) == ("DIALOG_HELSEFAGLIG", "Helsefaglig dialog", True)
    assert read.generated is not None
    assert read.generated.isoformat() == "2026-11-23T00:31:05+01:00"
    assert note.dated is not None
    assert note.dated.isoformat() == "2026-11-23"
    assert note.topic is not None
    assert (note.topic.system, note.topic.value) == ("2.16.578.1.12.4.1.1.7322", "6")
    assert role.to_patient is not None
    assert role.person is not None
    assert (role.to_patient.system, role.to_patient.value) == ("2.16.578.1.12.4.1.1.9034", "24")
    assert (role.person.name, [each.value for each in role.person.identifiers]) == ("Liv Havn", ["80002", "9144900"])
    assert read.patient is not None
    assert (read.patient.name, [each.value for each in read.patient.identifiers]) == ("Jan Havrekil", [NUMBER])
    assert (read.sender.name, read.sender.unit and read.sender.unit.name) == ("Fjordvik kommune", "Koordinerende enhet")
    assert (read.bent, read.faults) == ((), ())


def test_the_older_dialog_is_answered_by_a_note() -> None:
    read = replied(read_message(sample("dialog-1.0/dialog-notat-webmed-test.xml")))
    topic = read.notes[0].topic
    assert topic is not None
    assert (read.kind.value, topic.system, topic.value) == ("DIALOG_NOTAT", "2.16.578.1.12.4.1.1.9153", "99")


def test_a_later_reply_follows_the_one_before_it() -> None:
    later = Reply("a761e9b9-3495-4f5a-a964-c13d544d2ceb", REPLY.at, "Oppfølgingsteam: plan", "Planen er i gang.", ID)
    assert replied(read_message(REFERRAL.encode()), later).conversation == Conversation(ID, MSG_ID)


def test_a_test_message_has_a_test_reply() -> None:
    processing = replied(read_message(sample("dialog-1.1/ks-helsefaglig-dialog.xml"))).processing
    assert processing is not None
    assert processing.value == "D"


@pytest.mark.parametrize(
    "changes",
    [
        [without("Sender")],
        [without("Receiver"), without("Patient")],
        [("<OrganisationName>Fjordvik legesenter</OrganisationName>", "")],
        [('<Ident><Id>80001</Id><TypeId V="HER" S="2.16.578.1.12.4.1.1.9051"/></Ident>', "")],
        [("<Id>9144900</Id>", "<Id/>"), ("<Id>80002</Id>", "<Id/>")],
        [('V="HER" S="2.16.578.1.12.4.1.1.9051"', 'V="EGEN" S="ikke en oid"')],
        [("2013-01-23", "2006-10-11"), ("<Id>9144900</Id>", "<Id/>"), ("<Id>80002</Id>", "<Id/>")],
        [("dialog/2013-01-23", "epikrise/2006-09-23"), ('V="FNR"', 'V=""')],
        [("<FamilyName>Havn</FamilyName>", ""), ("<GivenName>Liv</GivenName>", "")],
    ],
)
def test_the_reply_is_valid_whatever_the_message_lacked(
    changes: list[tuple[str, str]], dialogs: etree.XMLSchema
) -> None:
    assert faults_of(dialogs, write_reply(read_message(bent_by(*changes)), REPLY)) == []


def test_what_xml_cannot_hold_is_left_out(dialogs: etree.XMLSchema) -> None:
    odd = Reply(ID, REPLY.at, "Opp\x00følgings\x0bteam", "Først\x07\ud800\ufffe]]>\r\n\tså 🏔\x1b")
    message = read_message(REFERRAL.encode())
    assert faults_of(dialogs, write_reply(message, odd)) == []
    (note,) = replied(message, odd).notes
    assert (note.subject, note.text) == ("Oppfølgingsteam", "Først]]>\r\n\tså 🏔")


def test_the_identity_number_of_who_works_with_it_is_not_sent_on() -> None:
    other = "22866500170"
    ident = f'<Ident><Id>{other}</Id><TypeId V="FNR" S="2.16.578.1.12.4.1.1.8116"/></Ident>'
    message = read_message(bent_by(("<Ident><Id>9144900</Id>", f"{ident}<Ident><Id>9144900</Id>")))
    written = write_reply(message, REPLY).decode()
    assert (other in written, NUMBER in written) == (False, True)


def test_the_same_reply_is_the_same_bytes() -> None:
    message = read_message(REFERRAL.encode())
    assert write_reply(message, REPLY) == write_reply(message, REPLY)
    assert "Kari" not in repr(REPLY)


def test_every_sample_is_expected() -> None:
    assert set(DIALOGS) == set(ANSWERED)
