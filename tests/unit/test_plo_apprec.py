"""AppRec out: valid whatever the message lacked, and saying what it should; AppRec in: every sample."""

from datetime import UTC, datetime

import pytest
from lxml import etree
from plo_samples import (
    APPRECS,
    DIALOGS,
    FOLDER,
    MISSING,
    MSG_ID,
    NUMBER,
    REFERRAL,
    bent_by,
    faults_of,
    sample,
    schema,
    without,
)

from oppfolging_api.referral.plo.apprec import status_of, write_apprec
from oppfolging_api.referral.plo.findings import FAULTS, Unreadable, fault
from oppfolging_api.referral.plo.message import Message, Status
from oppfolging_api.referral.plo.reading import read_message
from oppfolging_api.referral.plo.receipt import read_receipt

pytestmark = pytest.mark.skipif(not FOLDER.is_dir(), reason=MISSING)

AT = datetime(2026, 11, 22, 8, 31, 5, 900_000, tzinfo=UTC)
ID = "8d018d60-336b-41de-8bd7-0002a5d5c51b"
AR = "{http://www.kith.no/xmlstds/apprec/2012-02-15}"


@pytest.fixture(scope="module")
def schemas() -> dict[str, etree.XMLSchema]:
    return {version: schema(f"apprec-v{version}.xsd") for version in ("1.0", "1.1")}


def answer(message: Message) -> bytes:
    return write_apprec(message, message.faults, id=ID, at=AT)


def texts(written: bytes, path: str) -> list[str | None]:
    return [each.text for each in etree.fromstring(written).iterfind(path.replace("ar:", AR))]


SENT = {
    "dialog-1.0/dialog-foresporsel-samsvar-test.xml": ("1.0", "1", [], "2025-05-13T11:51:01+02:00"),
    "dialog-1.0/dialog-notat-webmed-test.xml": ("1.0", "1", [], "2025-06-10T10:55:20+03:00"),
    "dialog-1.0/dialog-svar-webmed-test.xml": ("1.0", "1", [], "2025-06-10T10:55:20+03:00"),
    "dialog-1.0/dialog-svar-webmed-test-2.xml": ("1.0", "1", [], "2025-06-10T14:12:29+02:00"),
    "dialog-1.0/nav-notat.xml": ("1.0", "1", [], "2019-01-16T22:51:35.531767+01:00"),
    "dialog-1.0/nav-notat-invalid.xml": ("1.0", "2", ["E31"], "2019-01-16T22:51:35.531767+01:00"),
    "dialog-1.0/nav-svar.xml": ("1.0", "2", ["E31"], "2020-09-30T18:00:31.476456+02:00"),
    "dialog-1.1/ks-helsefaglig-dialog.xml": ("1.1", "1", [], "2025-05-13T11:56:21+02:00"),
}
"""Version of the answer, its status and error codes, and when the message was made."""


@pytest.mark.parametrize("name", DIALOGS)
def test_every_sample_has_a_valid_answer_that_reads_back(name: str, schemas: dict[str, etree.XMLSchema]) -> None:
    version, status, codes, generated = SENT[name]
    message = read_message(sample(name))
    written = answer(message)
    assert faults_of(schemas[version], written) == []
    read = read_receipt(written)
    assert (read.version, read.status, [error.value for error in read.errors]) == (version, status, codes)
    assert (read.id, read.original_id, read.original_kind) == (ID, message.msg_id, message.kind)
    assert read.original_generated is not None
    assert read.original_generated.isoformat() == generated
    assert (read.sender.her_ids, read.receiver.her_ids) == (message.receiver.her_ids, message.sender.her_ids)


def test_an_answer_in_full() -> None:
    written = write_apprec(
        read_message(REFERRAL.encode()), [fault("receiver-unknown", "MsgHead/MsgInfo/Receiver")], id=ID, at=AT
    )
    assert (
        written.decode().replace("><", ">\n<").replace(" OT=", "\n OT=")
        == f"""<?xml version='1.0' encoding='UTF-8'?>
<AppRec xmlns="http://www.kith.no/xmlstds/apprec/2012-02-15">
<MsgType V="APPREC" DN="Applikasjonskvittering"/>
<MIGversion>v1.1 2012-02-15</MIGversion>
<GenDate>2026-11-22T09:31:05+01:00</GenDate>
<Id>{ID}</Id>
<Sender>
<HCP>
<Inst>
<Name>Fjordvik kommune</Name>
<Id>90001</Id>
<TypeId V="HER" DN="HER-id"/>
<Dept>
<Name>Koordinerende enhet</Name>
<Id>90002</Id>
<TypeId V="HER" DN="HER-id"/>
</Dept>
</Inst>
</HCP>
</Sender>
<Receiver>
<HCP>
<Inst>
<Name>Fjordvik legesenter</Name>
<Id>80001</Id>
<TypeId V="HER" DN="HER-id"/>
<HCPerson>
<Name>Liv Havn</Name>
<Id>80002</Id>
<TypeId V="HER" DN="HER-id"/>
<AdditionalId>
<Id>9144900</Id>
<Type V="HPR" DN="HPR-nummer"/>
</AdditionalId>
</HCPerson>
</Inst>
</HCP>
</Receiver>
<Status V="2" DN="Avvist"/>
<Error S="2.16.578.1.12.4.1.1.8221" V="E21" DN="Mottaker finnes ikke"
 OT="Mottakerens HER-id er ikke en som tas imot for her. (MsgHead/MsgInfo/Receiver)"/>
<OriginalMsgId>
<MsgType V="DIALOG_HELSEFAGLIG" DN="Helsefaglig dialog"/>
<IssueDate>2026-11-22T09:30:00+01:00</IssueDate>
<Id>{MSG_ID}</Id>
</OriginalMsgId>
</AppRec>"""
    )


def test_the_same_message_has_the_same_answer() -> None:
    assert answer(read_message(REFERRAL.encode())) == answer(read_message(REFERRAL.encode()))


@pytest.mark.parametrize(
    "changes",
    [
        [without("Receiver"), without("Sender")],
        [without("Organisation", 1)],
        [("<OrganisationName>Fjordvik kommune</OrganisationName>", "")],
        [('<Ident><Id>80001</Id><TypeId V="HER" S="2.16.578.1.12.4.1.1.9051"/></Ident>', "")],
        [("<Id>80001</Id>", "<Id>  </Id>")],
        [('V="HER" S="2.16.578.1.12.4.1.1.9051"', "")],
        [('V="HER"', 'V="EGEN"')],
        [without("GenDate"), without("MsgId"), ('<Type V="DIALOG_HELSEFAGLIG" DN="Helsefaglig dialog"/>', "")],
        [("2026-11-22T09:30:00", "2026-11-22T09:30:00-14:00")],
        [without("Document", 1)],
        [("dialog/2013-01-23", "dialog/2006-10-11")],
        [("Fjordvik legesenter", "Fjordvik &lt;&amp;&gt; &#10; \u00e5\u0085 legesenter")],
    ],
)
def test_the_answer_is_valid_whatever_the_message_lacked(
    changes: list[tuple[str, str]], schemas: dict[str, etree.XMLSchema]
) -> None:
    message = read_message(bent_by(*changes))
    assert faults_of(schemas[message.version or "1.1"], answer(message)) == []


@pytest.mark.parametrize("kind", FAULTS)
def test_every_fault_has_a_valid_answer_with_its_text(kind: str, schemas: dict[str, etree.XMLSchema]) -> None:
    message = read_message(REFERRAL.encode())
    written = write_apprec(message, [fault(kind, "MsgHead")], id=ID, at=AT)
    assert faults_of(schemas["1.1"], written) == []
    (error,) = read_receipt(written).errors
    assert error.text.endswith(" (MsgHead)")


def test_an_organisation_without_name_and_id_is_called_unknown() -> None:
    written = answer(read_message(bent_by(without("Receiver"), without("Sender"))))
    assert texts(written, ".//ar:Inst/ar:Name") == ["Ukjent", "Ukjent"]


def test_every_level_of_an_organisation_is_a_department() -> None:
    inner = '<Organisation><OrganisationName>Vakt</OrganisationName><Ident><Id>90003</Id><TypeId V="HER"/></Ident>'
    place = '<Ident><Id>90002</Id><TypeId V="HER" S="2.16.578.1.12.4.1.1.9051"/></Ident>'
    written = answer(read_message(bent_by((place, f"{place}{inner}</Organisation>"))))
    assert texts(written, "ar:Sender//ar:Dept/ar:Id") == ["90002", "90003"]


def test_the_answer_holds_no_identity_number() -> None:
    ident = f'<Ident><Id>{NUMBER}</Id><TypeId V="FNR" S="2.16.578.1.12.4.1.1.8116"/></Ident>'
    message = read_message(bent_by(("<Ident><Id>9144900</Id>", f"{ident}<Ident><Id>9144900</Id>")))
    assert NUMBER.encode() not in answer(message)


def test_what_was_bent_stands_in_comments() -> None:
    written = answer(read_message(bent_by((f"<MsgId>{MSG_ID}", f"<MsgId>{MSG_ID.upper()}"), ('"J"', '"J "'))))
    comments = [each.text for each in etree.fromstring(written).iter(etree.Comment)]
    assert comments == [
        " MsgHead/MsgInfo/MsgId: a UUID in capital letters ",
        " MsgHead/MsgInfo/Ack: blanks around a code or number ",
    ]


def test_a_fault_of_a_part_lets_the_message_through() -> None:
    part, whole = fault("attachment-type", "MsgHead/Document[2]"), fault("message-id", "MsgHead/MsgInfo/MsgId")
    assert (status_of([]), status_of([part])) == (Status.OK, Status.PARTLY)
    assert (status_of([whole]), status_of([part, whole])) == (Status.REJECTED, Status.REJECTED)


RECEIVED = {
    "apprec-1.0/all-data.xml": ("1.0", "1", "1", [], "36bbe907-5c2a-4ca9-be92-c7e9c5f2e4d6"),
    "apprec-1.0/apprecError.xml": ("1.0", "2", "2", ["X99"], "b62016eb-6c2d-417a-8ecc-157b3c5ee2ca"),
    "apprec-1.0/apprecErrorUkjentMottaker.xml": ("1.0", "2", "2", ["E21"], "b62016eb-6c2d-417a-8ecc-157b3c5ee2ca"),
    "apprec-1.0/apprecOK.xml": ("1.0", "1", "1", [], "b62016eb-6c2d-417a-8ecc-157b3c5ee2ca"),
    "apprec-1.0/example-avvist.xml": ("1.0", "2", "2", ["E21"], "a6967e6a-8c0a-4be4-a647-c921d3086423"),
    "apprec-1.0/example-ok-feil-i-delmelding.xml": (
        "1.0",
        "3",
        "3",
        ["07", "16"],
        "37de51e0-33a9-11de-a4cb-0002a5d5c51b",
    ),
    "apprec-1.0/example-ok.xml": ("1.0", "1", "1", [], "a6967e6a-8c0a-4be4-a647-c921d3086423"),
    "apprec-1.0/unknown-status.xml": ("1.0", None, "73", [], "36bbe907-5c2a-4ca9-be92-c7e9c5f2e4d6"),
    "apprec-1.1/all-data.xml": ("1.1", "1", "1", [], "5d79bd68-a58c-4599-a4e7-9db28ea20099"),
    "apprec-1.1/example-avvist.xml": ("1.1", "2", "2", ["E21"], "e0e21a90-5ec8-11e1-b86c-0800200c9a66"),
    "apprec-1.1/example-ok.xml": ("1.1", "1", "1", [], "4c793d90-c41b-11e0-962b-0800200c9a66"),
    "apprec-1.1/unknown-status.xml": ("1.1", None, "123", [], "5d79bd68-a58c-4599-a4e7-9db28ea20099"),
}


@pytest.mark.parametrize("name", APPRECS)
def test_every_sample_of_an_apprec_is_read(name: str) -> None:
    version, status, told, errors, original = RECEIVED[name]
    read = read_receipt(sample(name))
    assert (read.version, read.status, read.told.value) == (version, status, told)
    assert ([error.value for error in read.errors], read.original_id) == (errors, original)


def test_a_rejection_in_full() -> None:
    read = read_receipt(sample("apprec-1.0/example-avvist.xml"))
    (error,) = read.errors
    assert (error.value, error.name, error.text) == ("E21", "Mottaker finnes ikke", "Legen har sluttet")
    assert (read.sender.name, read.sender.her_ids) == ("Kattskinnet legesenter", ("56704", "258521"))
    assert (read.receiver.name, read.receiver.her_ids) == ("Testsykehuset HF", ("123459", "91126"))
    assert read.original_kind.value == "EPIKRISE"
    assert [(bent.where, bent.what) for bent in read.bent] == [
        ("AppRec/Sender/HCP/Inst/TypeId", "blanks around a code or number")
    ]


def test_additional_ids_are_read() -> None:
    read = read_receipt(sample("apprec-1.0/apprecOK.xml"))
    assert [(each.scheme, each.value) for each in read.sender.identifiers] == [("ENH", "889640782"), ("HER", "79768")]
    assert read.receiver.her_ids == ("0123", "1234")


def test_a_professional_who_stands_alone_is_read() -> None:
    alone = "<HCProf><Name>Rita Lin</Name><Id>258521</Id><TypeId V='HER'/></HCProf>"
    body = (
        "<AppRec xmlns='http://www.kith.no/xmlstds/apprec/2012-02-15'>"
        f"<Sender><HCP>{alone}</HCP></Sender><Status V='1'/><OriginalMsgId><Id>{MSG_ID}</Id></OriginalMsgId></AppRec>"
    )
    read = read_receipt(body.encode())
    assert (read.sender.her_ids, read.receiver.her_ids, read.id) == (("258521",), (), "")
    assert (read.original_generated, read.generated) == (None, None)


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (REFERRAL.encode(), "not-a-receipt"),
        (b"<AppRec/>", "not-a-receipt"),
        (b"<AppRec xmlns='http://www.kith.no/xmlstds/apprec/2012-02-15'/>", "no-original"),
        (
            b"<AppRec xmlns='http://www.kith.no/xmlstds/apprec/2012-02-15'><OriginalMsgId/></AppRec>",
            "no-original",
        ),
        (b"<!DOCTYPE r><r/>", "doctype"),
    ],
)
def test_what_is_no_apprec_for_a_message_is_unreadable(body: bytes, kind: str) -> None:
    with pytest.raises(Unreadable) as refused:
        read_receipt(body)
    assert refused.value.kind == kind


def test_every_sample_is_expected() -> None:
    assert (set(DIALOGS), set(APPRECS)) == (set(SENT), set(RECEIVED))
