"""Every public sample of a Dialogmelding is read, and what is bent in it is told."""

from dataclasses import dataclass

import pytest
from plo_samples import DIALOGS, FOLDER, MISSING, sample

from oppfolging_api.referral.plo.message import Conversation, Message
from oppfolging_api.referral.plo.reading import read_message

pytestmark = pytest.mark.skipif(not FOLDER.is_dir(), reason=MISSING)

ORDER = "the elements are not in the schema's order"
CAPITALS = "a UUID in capital letters"
SYSTEM = "another code system than the schema's"
NAV_SENDER = "MsgHead/MsgInfo/Sender/Organisation"
NAV_DOCTOR = f"{NAV_SENDER}/HealthcareProfessional"
KS = ("8142987", "8143060")


@dataclass(frozen=True)
class Told:
    msg_id: str
    version: str
    kind: str
    generated: str
    patient: tuple[str, str, tuple[str, ...]]
    sender: tuple[str, ...]
    receiver: tuple[str, ...]
    doctor: str | None
    notes: tuple[tuple[str, str, int], ...] = ()
    questions: tuple[tuple[str, int], ...] = ()
    attachments: tuple[tuple[str, str, int], ...] = ()
    conversation: tuple[str, str] | None = None
    wants_ack: bool = True
    bent: tuple[tuple[str, str], ...] = ()
    faults: tuple[tuple[str, str], ...] = ()


BRUN = ("BRUN LENESTOL", "2002-07-15", ("15720255178",))
PDF = (("small2.pdf", "application/pdf", 3151),)
EXPECTED = {
    "dialog-1.0/dialog-foresporsel-samsvar-test.xml": Told(
        msg_id="6ddb98ed-9e34-4efa-9163-62e4ea0cbf43",
        version="1.0",
        kind="DIALOG_FORESPORSEL",
        generated="2025-05-13T11:51:01+02:00",
        patient=BRUN,
        sender=("112374", "8094866"),
        receiver=KS,
        doctor=None,
        questions=(("99", 91),),
        attachments=PDF,
        wants_ack=False,
    ),
    "dialog-1.0/dialog-notat-webmed-test.xml": Told(
        msg_id="a748bb20-4e0f-4922-9b06-ec2c101eb9c1",
        version="1.0",
        kind="DIALOG_NOTAT",
        generated="2025-06-10T10:55:20+03:00",
        patient=BRUN,
        sender=("8142952", "8143025"),
        receiver=KS,
        doctor="Grønn Vits",
        notes=(("99", "", 80),),
        conversation=("4f77040c-3610-4d17-bef1-76994ab2726b", "4f77040c-3610-4d17-bef1-76994ab2726b"),
    ),
    "dialog-1.0/dialog-svar-webmed-test.xml": Told(
        msg_id="a748bb20-4e0f-4922-9b06-ec2c101eb9c1",
        version="1.0",
        kind="DIALOG_SVAR",
        generated="2025-06-10T10:55:20+03:00",
        patient=BRUN,
        sender=("8142952", "8143025"),
        receiver=KS,
        doctor="Grønn Vits",
        notes=(("99", "", 80),),
        conversation=("4f77040c-3610-4d17-bef1-76994ab2726b", "4f77040c-3610-4d17-bef1-76994ab2726b"),
    ),
    "dialog-1.0/dialog-svar-webmed-test-2.xml": Told(
        msg_id="edfa9473-097e-478e-bbea-89eb59d78fd9",
        version="1.0",
        kind="DIALOG_SVAR",
        generated="2025-06-10T14:12:29+02:00",
        patient=("FATTIG BADERING", "1952-10-21", ("21905297101",)),
        sender=("8142952", "8143025"),
        receiver=KS,
        doctor="Grønn Vits",
        notes=(("99", "", 29),),
        conversation=("4caf06e0-6df9-4f64-9b36-87b451fd051c", "4caf06e0-6df9-4f64-9b36-87b451fd051c"),
    ),
    "dialog-1.0/nav-notat.xml": Told(
        msg_id="37340D30-FE14-42B5-985F-A8FF8FFA0CB5",
        version="1.0",
        kind="DIALOG_NOTAT",
        generated="2019-01-16T22:51:35.531767+01:00",
        patient=("Etternavn Test", "1901-01-01", ("01010142365",)),
        sender=("0123", "1234"),
        receiver=("79768",),
        doctor="Inga Fos Valda",
        notes=(("1", "", 49),),
        conversation=("37340D30-FE14-42B5-985F-A8FF8FFA0CB5", "37340D30-FE14-42B5-985F-A8FF8FFA0C99"),
        bent=(
            ("MsgHead/MsgInfo", ORDER),
            ("MsgHead/MsgInfo/ConversationRef", ORDER),
            (f"{NAV_DOCTOR}/TeleCom", ORDER),
            ("MsgHead/MsgInfo/MsgId", CAPITALS),
            ("MsgHead/MsgInfo/ConversationRef/RefToParent", CAPITALS),
            ("MsgHead/MsgInfo/ConversationRef/RefToConversation", CAPITALS),
            ("MsgHead/MsgInfo/ConversationRef/RefToParent", "the message names itself as its parent"),
            (f"{NAV_SENDER}/Ident[1]/TypeId", SYSTEM),
            (f"{NAV_SENDER}/Ident[2]/TypeId", SYSTEM),
            (f"{NAV_DOCTOR}/Ident[1]/TypeId", SYSTEM),
            (f"{NAV_DOCTOR}/Ident[2]/TypeId", SYSTEM),
            (f"{NAV_DOCTOR}/Ident[3]/TypeId", SYSTEM),
            ("MsgHead/MsgInfo/Patient/DateOfBirth", "a date that is not written YYYY-MM-DD"),
            (
                "MsgHead/MsgInfo/Patient/DateOfBirth",
                "not the date of birth the identity number tells; the number's is used",
            ),
        ),
    ),
    "dialog-1.0/nav-notat-invalid.xml": Told(
        msg_id="37340D30-FE14-42B5-985F-A8FF8FFA0CB5",
        version="1.0",
        kind="DIALOG_NOTAT",
        generated="2019-01-16T22:51:35.531767+01:00",
        patient=("Etternavn Test", "1991-12-04", ()),
        sender=("0123", "1234"),
        receiver=("79768",),
        doctor="Inga Fos Valda",
        notes=(("5", "", 49),),
        bent=(
            (f"{NAV_DOCTOR}/TeleCom", ORDER),
            ("MsgHead/MsgInfo/MsgId", CAPITALS),
            (f"{NAV_SENDER}/Ident[1]/TypeId", SYSTEM),
            (f"{NAV_SENDER}/Ident[2]/TypeId", SYSTEM),
            (f"{NAV_DOCTOR}/Ident[1]/TypeId", SYSTEM),
            (f"{NAV_DOCTOR}/Ident[2]/TypeId", SYSTEM),
            (f"{NAV_DOCTOR}/Ident[3]/TypeId", SYSTEM),
            (f"{NAV_DOCTOR}/Ident[4]/TypeId", SYSTEM),
            ("MsgHead/MsgInfo/Patient/DateOfBirth", "a date that is not written YYYY-MM-DD"),
        ),
        faults=(("E31", "MsgHead/MsgInfo/Patient"),),
    ),
    "dialog-1.0/nav-svar.xml": Told(
        msg_id="b62016eb-6c2d-417a-8ecc-157b3c5ee2ca",
        version="1.0",
        kind="DIALOG_SVAR",
        generated="2020-09-30T18:00:31.476456+02:00",
        patient=("Etternavn Test", "", ()),
        sender=("0123", "1234"),
        receiver=("79768",),
        doctor="Inga Fos Valda",
        notes=(("5", "", 27),),
        faults=(("E31", "MsgHead/MsgInfo/Patient"),),
    ),
    "dialog-1.1/ks-helsefaglig-dialog.xml": Told(
        msg_id="615aba81-6a88-41d1-a9f5-90b28cfc8b73",
        version="1.1",
        kind="DIALOG_HELSEFAGLIG",
        generated="2025-05-13T11:56:21+02:00",
        patient=BRUN,
        sender=("112374", "8094866"),
        receiver=KS,
        doctor=None,
        notes=(("8", "EKG tatt i dag", 169),),
        attachments=PDF,
        wants_ack=False,
    ),
}


@pytest.fixture(params=DIALOGS)
def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def read(name: str) -> Message:
    return read_message(sample(name))


def test_who_wrote_when_about_whom(name: str, read: Message) -> None:
    expected, patient = EXPECTED[name], read.patient
    assert (read.msg_id, read.version, read.kind.value) == (expected.msg_id, expected.version, expected.kind)
    assert read.generated is not None
    assert read.generated.isoformat() == expected.generated
    assert patient is not None
    born = patient.birth_date.isoformat() if patient.birth_date else ""
    assert (patient.name, born, tuple(each.value for each in patient.identifiers)) == expected.patient


def test_between_whom_and_in_which_conversation(name: str, read: Message) -> None:
    expected, doctor = EXPECTED[name], read.sender.professional
    assert (read.sender.her_ids, read.receiver.her_ids) == (expected.sender, expected.receiver)
    assert (doctor.name if doctor else None) == expected.doctor
    assert read.conversation == (Conversation(*expected.conversation) if expected.conversation else None)
    assert read.wants_ack is expected.wants_ack


def test_what_it_says(name: str, read: Message) -> None:
    expected = EXPECTED[name]
    notes = tuple((note.topic.value if note.topic else "", note.subject, len(note.text)) for note in read.notes)
    questions = tuple((each.kind.value if each.kind else "", len(each.text)) for each in read.questions)
    attachments = tuple((each.description, each.media, len(each.data)) for each in read.attachments)
    assert (notes, questions, attachments) == (expected.notes, expected.questions, expected.attachments)


def test_what_was_bent_and_what_is_wrong(name: str, read: Message) -> None:
    expected = EXPECTED[name]
    assert tuple((bent.where, bent.what) for bent in read.bent) == expected.bent
    assert tuple((fault.code, fault.where) for fault in read.faults) == expected.faults


def test_roles_and_addresses_come_along() -> None:
    asked = read_message(sample("dialog-1.0/dialog-foresporsel-samsvar-test.xml")).questions[0].roles[0]
    assert asked.to_patient is not None
    assert asked.person is not None
    assert (asked.to_patient.value, asked.person.name) == ("9", "Sannsynlig Sykepleier")
    assert [(each.scheme, each.value) for each in asked.person.identifiers] == [("HPR", "9876543")]
    assert [(each.scheme, each.value) for each in asked.person.telecoms] == [("tel", "72727272")]
    sender = read_message(sample("dialog-1.0/nav-svar.xml")).sender
    assert sender.address is not None
    assert (sender.address.kind, sender.address.postal_code, sender.address.city) == ("PST", "1234", "Oslo")


def test_a_question_within_a_note_is_kept_with_it() -> None:
    (note,) = read_message(sample("dialog-1.0/nav-svar.xml")).notes
    assert note.question is not None
    assert (note.id, note.question.id, len(note.question.text.splitlines())) == (
        "OD1812186729156",
        "OD1812186729156",
        9,
    )
    assert [role.person.name for role in note.question.roles if role.person] == ["Jon Person"]


def test_nothing_about_people_is_in_what_a_log_would_show(name: str, read: Message) -> None:
    shown = repr(read)
    people = (
        "LENESTOL",
        "BADERING",
        "Valda",
        "Vits",
        "15720255178",
        "01010142365",
        "21905297101",
        "01010112377",
        "EKG",
    )
    assert [person for person in people if person in shown] == []


def test_every_sample_is_expected() -> None:
    assert set(DIALOGS) == set(EXPECTED)
