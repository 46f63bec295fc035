"""What senders do that the schema does not have is read and told."""

from datetime import UTC, date, datetime

import pytest
from plo_samples import (
    FOLDER,
    MISSING,
    MSG_ID,
    NUMBER,
    PDF,
    PDF_IN_BASE64,
    REFERRAL,
    bent_by,
    faults_of,
    schema,
    without,
)

from oppfolging_api.referral.plo.message import Conversation, Version
from oppfolging_api.referral.plo.reading import read_message

INFO = "MsgHead/MsgInfo"
PATIENT = f"{INFO}/Patient"
NOTE = "MsgHead/Document[1]/RefDoc/Content/Dialogmelding/Notat"
FNR = f'<Ident><Id>{NUMBER}</Id><TypeId V="FNR" S="2.16.578.1.12.4.1.1.8116"/></Ident>'
D_NUMBER = "45069800525"
HER = '<TypeId V="HER" S="2.16.578.1.12.4.1.1.9051"/>'
TEXT = "<TekstNotatInnhold>Hjelp fra fem tjenester.</TekstNotatInnhold>"
GIVEN = "<GivenName>Jan</GivenName>"


def told(*changes: tuple[str, str]) -> list[tuple[str, str]]:
    """What was bent to read a message that has no fault."""
    message = read_message(bent_by(*changes))
    assert message.faults == ()
    return [(bent.where, bent.what) for bent in message.bent]


def born(*changes: tuple[str, str]) -> date | None:
    patient = read_message(bent_by(*changes)).patient
    assert patient is not None
    return patient.birth_date


def text_of(written: str) -> str:
    return read_message(bent_by((TEXT, f"<TekstNotatInnhold>{written}</TekstNotatInnhold>"))).notes[0].text


@pytest.mark.skipif(not FOLDER.is_dir(), reason=MISSING)
def test_the_message_that_is_bent_here_is_valid() -> None:
    assert faults_of(schema("msghead-dialog.xsd"), REFERRAL.encode()) == []


def test_a_referral_as_it_should_be_is_read_whole_and_bent_nowhere() -> None:
    message = read_message(REFERRAL.encode())
    assert (message.msg_id, message.version, message.kind.value) == (MSG_ID, Version.V1_1, "DIALOG_HELSEFAGLIG")
    assert message.generated is not None
    assert message.generated.astimezone(UTC) == datetime(2026, 11, 22, 8, 30, tzinfo=UTC)
    assert (message.sender.her_ids, message.receiver.her_ids) == (("80001", "80002"), ("90001", "90002"))
    assert [(note.subject, note.text) for note in message.notes] == [("Oppfølgingsteam", "Hjelp fra fem tjenester.")]
    assert [(each.description, each.media, each.data) for each in message.attachments] == [
        ("medisinliste.pdf", "application/pdf", PDF)
    ]
    assert (message.wants_ack, message.conversation, message.bent, message.faults) == (True, None, (), ())
    assert born() == date(1970, 1, 1)


@pytest.mark.parametrize(
    ("change", "where", "what"),
    [
        ((f"<MsgId>{MSG_ID}", f"<MsgId>{MSG_ID.upper()}"), f"{INFO}/MsgId", "a UUID in capital letters"),
        (("v1.2 2006-05-24", "v1.1 2006-02-15"), f"{INFO}/MIGversion", "not the schema's version"),
        (('V="DIALOG_HELSEFAGLIG"', 'V="DIALOG_FREMTID"'), f"{INFO}/Type", "a code its table does not have"),
        (('<Ack V="J" DN="Ja"/>', '<Ack V=" J"/>'), f"{INFO}/Ack", "blanks around a code or number"),
        (
            ("2026-11-22T09:30:00", "2026-11-22 9:30"),
            f"{INFO}/GenDate",
            "a time that is not written YYYY-MM-DDThh:mm:ss",
        ),
        (("2026-11-22T09:30:00", "i går"), f"{INFO}/GenDate", "no time can be read; left out"),
        (without("GenDate"), f"{INFO}/GenDate", "a required element is missing"),
    ],
)
def test_what_departs_from_the_schema_is_told_and_read(change: tuple[str, str], where: str, what: str) -> None:
    assert told(change) == [(where, what)]


def test_elements_in_any_order() -> None:
    order = "the elements are not in the schema's order"
    patient = (f"{GIVEN}\n      {FNR}", f"{FNR}\n      {GIVEN}")
    assert told(patient) == [(PATIENT, order)]
    assert told((f"<Tema>Oppfølgingsteam</Tema>\n            {TEXT}", f"{TEXT}<Tema>Oppfølgingsteam</Tema>")) == [
        (NOTE, order)
    ]


def test_an_element_the_schema_does_not_have_is_told_of_without_its_name() -> None:
    assert told((GIVEN, f"{GIVEN}<JanHavrekil>hemmelig</JanHavrekil>")) == [
        (PATIENT, "holds an element the schema does not have")
    ]


def test_an_element_there_twice_counts_the_first_time() -> None:
    twice = (GIVEN, f"{GIVEN}<GivenName>Per</GivenName>")
    patient = read_message(bent_by(twice)).patient
    assert patient is not None
    assert patient.name == "Jan Havrekil"
    assert told(twice) == [(f"{PATIENT}/GivenName", "there more often than the schema allows; the first is used")]


def test_an_element_of_another_namespace() -> None:
    assert told((GIVEN, '<GivenName xmlns="urn:x">Jan</GivenName>')) == [
        (f"{PATIENT}/GivenName", "another namespace than the schema's")
    ]


def test_a_code_system_and_a_kind_of_identifier_that_are_not_the_schemas() -> None:
    place = f"{INFO}/Sender/Organisation/Ident/TypeId"
    sender = f"<Ident><Id>80001</Id>{HER}"
    assert told((sender, sender.replace("9051", "8116"))) == [(place, "another code system than the schema's")]
    assert told((sender, sender.replace("HER", "XYZ"))) == [(place, "a code its table does not have")]


@pytest.mark.parametrize(
    ("written", "read"),
    [("1991-12-4", date(1991, 12, 4)), ("19911204", date(1991, 12, 4)), ("4.12.1991", date(1991, 12, 4))],
)
def test_a_date_of_birth_in_another_form(written: str, read: date) -> None:
    named = (FNR, f"<DateOfBirth>{written}</DateOfBirth>")
    assert born(named) == read
    assert told(named) == [
        (f"{PATIENT}/DateOfBirth", "a date that is not written YYYY-MM-DD"),
        (PATIENT, "no identity number; what else is told identifies the patient"),
    ]


@pytest.mark.parametrize("written", ["1991-02-30", "1991-13-01", "0001-01-01", "i 1991", "١٩٩١-١٢-٠٤"])
def test_a_date_of_birth_that_is_none(written: str) -> None:
    place = (GIVEN, f"{GIVEN}<DateOfBirth>{written}</DateOfBirth>")
    assert born(place) == date(1970, 1, 1)
    assert told(place) == [(f"{PATIENT}/DateOfBirth", "no date can be read; left out")]


def test_the_number_tells_the_date_of_birth_where_the_two_differ() -> None:
    other = (GIVEN, f"{GIVEN}<DateOfBirth>1971-01-01</DateOfBirth>")
    assert born(other) == date(1970, 1, 1)
    assert told(other) == [
        (f"{PATIENT}/DateOfBirth", "not the date of birth the identity number tells; the number's is used")
    ]


@pytest.mark.parametrize(
    ("idents", "numbers", "what"),
    [
        (FNR.replace(NUMBER, "018170 00173"), [("FNR", NUMBER)], "blanks within an identity number"),
        (
            FNR.replace('"FNR"', '"DNR"'),
            [("FNR", NUMBER)],
            "a fødselsnummer declared as D-number, or the other way",
        ),
        (
            FNR.replace(NUMBER, "01817000174") + FNR,
            [("FNR", NUMBER)],
            "one identity number has wrong check digits; another one is used",
        ),
    ],
)
def test_numbers_that_are_read_all_the_same(idents: str, numbers: list[tuple[str, str]], what: str) -> None:
    patient = read_message(bent_by((FNR, idents))).patient
    assert patient is not None
    assert [(each.scheme, each.value) for each in patient.identifiers] == numbers
    assert told((FNR, idents)) == [(PATIENT, what)]


def test_a_d_number_beside_a_number_is_one_person() -> None:
    d_number = FNR.replace(NUMBER, D_NUMBER).replace("FNR", "DNR")
    assert told((FNR, FNR + d_number)) == []


def test_a_foreigner_is_found_by_name_and_number() -> None:
    assert told((FNR, FNR.replace("FNR", "DUF"))) == [
        (PATIENT, "no identity number; what else is told identifies the patient")
    ]


def test_a_number_without_a_name_is_enough() -> None:
    assert told((GIVEN, ""), ("<FamilyName>Havrekil</FamilyName>", "")) == [(PATIENT, "the patient's name is missing")]


def test_a_message_later_in_a_conversation() -> None:
    parent, first = "5d79bd68-a58c-4599-a4e7-9db28ea20099", "36bbe907-5c2a-4ca9-be92-c7e9c5f2e4d6"
    sender = "<Sender>\n      <Organisation>\n        <OrganisationName>Fjordvik legesenter"
    both = f"<RefToParent>{parent}</RefToParent><RefToConversation>{first}</RefToConversation>"

    def later(references: str) -> tuple[str, str]:
        return sender, f"<ConversationRef>{references}</ConversationRef>{sender}"

    assert read_message(bent_by(later(both))).conversation == Conversation(parent, first)
    lone = later(f"<RefToParent>{parent}</RefToParent>")
    assert read_message(bent_by(lone)).conversation == Conversation(parent, parent)
    assert told(lone) == [(f"{INFO}/ConversationRef/RefToConversation", "a required element is missing")]
    assert told(later(both.replace(first, "sak 12"))) == [(f"{INFO}/ConversationRef/RefToConversation", "not a UUID")]


def test_a_wrapped_message_is_the_message() -> None:
    head = REFERRAL.partition("?>")[2]
    wrapped = f'<EI_fellesformat xmlns="http://www.nav.no/xml/eiff/2/"><MottakenhetBlokk/>{head}</EI_fellesformat>'
    assert read_message(wrapped.encode()) == read_message(REFERRAL.encode())


def test_a_dialog_that_is_not_in_its_content() -> None:
    content = REFERRAL.partition("<Content>")[2].partition("</Content>")[0]
    change = (f"<Content>{content}</Content>", content.strip())
    assert [note.subject for note in read_message(bent_by(change)).notes] == ["Oppfølgingsteam"]
    assert told(change) == [
        ("MsgHead/Document[1]/RefDoc", "holds an element the schema does not have"),
        ("MsgHead/Document[1]/RefDoc/Content/Dialogmelding", "the content is not where the schema has it"),
    ]


def test_an_attachment_without_its_container() -> None:
    container = f'<Base64Container xmlns="http://www.kith.no/xmlstds/base64container">{PDF_IN_BASE64}</Base64Container>'
    change = (container, PDF_IN_BASE64)
    assert [each.data for each in read_message(bent_by(change)).attachments] == [PDF]
    assert told(change) == [("MsgHead/Document[2]/RefDoc/Content", "base64 without its container")]


def test_attachments_within_one_content_are_all_taken() -> None:
    container = f'<Base64Container xmlns="http://www.kith.no/xmlstds/base64container">{PDF_IN_BASE64}</Base64Container>'
    beside = read_message(bent_by((container, container * 2), ("</Dialogmelding>", f"</Dialogmelding>{container}")))
    assert [each.where for each in beside.attachments] == [
        "MsgHead/Document[1]",
        "MsgHead/Document[2]",
        "MsgHead/Document[2]",
    ]
    assert (beside.bent, beside.faults) == ((), ())


def test_an_attachment_is_what_its_bytes_are() -> None:
    change = ("application/pdf", "image/png")
    assert [each.media for each in read_message(bent_by(change)).attachments] == ["application/pdf"]
    assert told(change) == [("MsgHead/Document[2]/RefDoc/MimeType", "declared as another type than it is")]


def test_a_text_keeps_its_lines() -> None:
    assert text_of("  Først.\n\n  Så: a &lt; b &amp;amp;  ") == "Først.\n\n  Så: a < b &amp;"


def test_a_text_in_xhtml_keeps_its_paragraphs_lines_and_items() -> None:
    written = (
        '<html xmlns="http://www.w3.org/1999/xhtml"><head><title>T</title><style>p {}</style></head><body>'
        "<h1>Hva</h1>\n <p>Hjelp  fra <b>fem</b>\n tjenester.<br/>Ny linje</p><ul><li>NAV</li><li>PPT</li></ul>"
        "<script>alert(1)</script><table><tr><td>Blodtrykk</td><td>120</td></tr></table></body></html>"
    )
    assert text_of(written) == ("Hva\n\nHjelp fra fem tjenester.\nNy linje\n\n- NAV\n- PPT\n\nBlodtrykk 120")


def test_comments_and_instructions_are_passed_by() -> None:
    assert text_of("Hjelp <!-- ikke --> fra<?mso x?> fem") == "Hjelp  fra fem"
    assert told((MSG_ID, f"{MSG_ID}<!-- x -->")) == []
