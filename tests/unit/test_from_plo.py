"""A message as FHIR has it: who it is about, what is said, who wrote it, what came along, and what was bent."""

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any, Final

import pytest

from oppfolging_api.kernel import systems
from oppfolging_api.kernel.canonical import Canonical
from oppfolging_api.referral.from_plo import communication, identifiers, need_of, person_of, unsorted_subject, writer_of
from oppfolging_api.referral.need import Attachment
from oppfolging_api.referral.plo import message as plo
from oppfolging_api.referral.plo.findings import Bent, Fault

CANONICAL: Final = Canonical()
NUMBER: Final = "01817000173"
"""Synthetic: born 1 January 1970, the month raised by 80."""
D_NUMBER: Final = "41817000176"
OWN: Final = "0b7f8a8e-5a0c-4b7e-9a53-6f2b3f1f7a11"
FIRST: Final = "6c7d7a2c-1111-4000-8000-000000000001"
PARENT: Final = "6c7d7a2c-2222-4000-8000-000000000002"
PDF: Final = b"%PDF-1.4\n%%EOF\n"


def of(scheme: str, value: str) -> plo.Identifier:
    return plo.Identifier(scheme, value)


JAN: Final = plo.Person("Havrekil", "Moe", "Jan", date(1970, 1, 1), plo.Code("1", "Mann"), (of("FNR", NUMBER),))
DOCTOR: Final = plo.Person("Havn", "", "Liv", identifiers=(of("HER", "80002"), of("HPR", "9144900")))
OFFICE: Final = plo.Organisation("Fjordvik legesenter", (of("HER", "80001"), of("ENH", "889640782")), person=DOCTOR)
NOTE: Final = plo.Note(subject="Oppfølgingsteam", text="Hjelp fra fem tjenester.")


def message(**elements: Any) -> plo.Message:
    whole = plo.Message(
        msg_id=OWN,
        version=plo.Version.V1_1,
        kind=plo.Code("DIALOG_HELSEFAGLIG"),
        generated=datetime(2026, 11, 22, 8, 30, tzinfo=UTC),
        processing=None,
        conversation=None,
        wants_ack=True,
        sender=OFFICE,
        receiver=plo.Organisation("Fjordvik kommune", (of("HER", "90001"),)),
        patient=JAN,
        case=None,
        notes=(NOTE,),
        questions=(),
        attachments=(),
        bent=(),
        faults=(),
    )
    return replace(whole, **elements)


def urn(id: str) -> dict[str, str]:
    return {"system": "urn:ietf:rfc:3986", "value": f"urn:uuid:{id}"}


def test_the_person_has_the_parts_of_the_name_and_the_whole_of_it() -> None:
    person = person_of(JAN)
    assert person.name == {"text": "Jan Moe Havrekil", "family": "Havrekil", "given": ["Jan", "Moe"]}
    assert (person.identifier, person.birth_date, person.gender) == (NUMBER, date(1970, 1, 1), "male")
    assert not person.expected


@pytest.mark.parametrize(
    ("code", "gender"), [("1", "male"), ("2", "female"), ("0", None), ("9", None), ("mann", None), (None, None)]
)
def test_the_sex_of_the_message_is_a_gender_where_fhir_has_it(code: str | None, gender: str | None) -> None:
    assert person_of(plo.Person("Havrekil", sex=plo.Code(code) if code else None)).gender == gender


@pytest.mark.parametrize(
    ("numbers", "found"),
    [
        ((of("FNR", NUMBER),), NUMBER),
        ((of("DNR", D_NUMBER),), D_NUMBER),
        ((of("HER", "80001"), of("FNR", NUMBER)), NUMBER),
        ((of("HNR", "12345678901"),), None),
        ((), None),
    ],
)
def test_only_an_identity_number_is_one(numbers: tuple[plo.Identifier, ...], found: str | None) -> None:
    assert person_of(replace(JAN, identifiers=numbers)).identifier == found


def test_somebody_without_a_name_is_called_so() -> None:
    assert person_of(plo.Person()).name == {"text": "Uten navn"}


def test_a_need_has_what_a_message_can_say_and_nothing_it_cannot() -> None:
    need = need_of(message(), ())
    assert need.reason == "Hjelp fra fem tjenester."
    assert (need.consent_to_share, need.person_informed, need.what_matters, need.on_behalf_of) == (None,) * 4
    assert (need.services, need.criteria, need.language, need.interpreter) == ((), (), None, None)
    assert (need.attachments, need.remarks) == ((), ())


@pytest.mark.parametrize(
    ("notes", "questions", "reason"),
    [
        ((NOTE, plo.Note(text="Bor alene.")), (), "Hjelp fra fem tjenester.\n\nBor alene."),
        ((plo.Note(text="Bor alene.", remark="Ring."),), (), "Bor alene.\n\nRing."),
        ((plo.Note(subject="Oppfølgingsteam"),), (), "Oppfølgingsteam"),
        (
            (),
            (plo.Question(subject="Plan?", text="Har han plan?", reason="Flytter."),),
            "Plan?\n\nHar han plan?\n\nFlytter.",
        ),
        ((plo.Note(),), (), "Uten tekst"),
        ((), (), "Uten tekst"),
    ],
    ids=["notes", "remark", "subject alone", "question", "empty", "nothing"],
)
def test_the_reason_is_all_that_is_written_and_never_nothing(
    notes: tuple[plo.Note, ...], questions: tuple[plo.Question, ...], reason: str
) -> None:
    assert need_of(message(notes=notes, questions=questions), ()).reason == reason


@pytest.mark.parametrize(
    ("conversation", "kept"),
    [
        (None, (urn(OWN),)),
        (plo.Conversation(OWN, OWN.upper()), (urn(OWN),)),
        (plo.Conversation(PARENT, FIRST), (urn(OWN), urn(FIRST) | {"use": "secondary"})),
    ],
    ids=["none", "its own", "another's"],
)
def test_the_id_of_the_message_comes_first_and_the_conversation_second(
    conversation: plo.Conversation | None, kept: tuple[dict[str, str], ...]
) -> None:
    assert identifiers(message(conversation=conversation)) == kept
    assert identifiers(message(msg_id=OWN.upper(), conversation=conversation)) == kept


UNIT: Final = plo.Organisation("Legetjenesten", (of("ENH", "974760673"),))


@pytest.mark.parametrize(
    ("sender", "writer"),
    [
        (OFFICE, ("Practitioner", systems.HPR, "9144900", "Liv Havn")),
        (
            replace(OFFICE, person=None),
            ("Organization", systems.ORGANISATION_NUMBER, "889640782", "Fjordvik legesenter"),
        ),
        (
            replace(OFFICE, person=replace(DOCTOR, identifiers=(of("HER", "80002"),)), unit=UNIT),
            ("Organization", systems.ORGANISATION_NUMBER, "974760673", "Legetjenesten"),
        ),
    ],
    ids=["who wrote it", "the office", "the innermost that has a number"],
)
def test_the_writer_is_told_by_number(sender: plo.Organisation, writer: tuple[str, str, str, str]) -> None:
    type, system, value, name = writer
    assert writer_of(sender) == {"type": type, "identifier": {"system": system, "value": value}, "display": name}


def test_an_address_is_no_number_of_anybody() -> None:
    assert writer_of(plo.Organisation("Fjordvik legesenter", (of("HER", "80001"),))) is None


def test_what_was_bent_and_which_part_was_left_out_is_remarked() -> None:
    bent = Bent("MsgHead/MsgInfo/Patient", "a date", "En dato som ikke er skrevet ÅÅÅÅ-MM-DD.")
    fault = Fault("X99", "MsgHead/Document[2]", "too large", "Vedlegget er for stort.", part=True)
    assert need_of(message(bent=(bent,)), (fault,)).remarks == (
        "MsgHead/MsgInfo/Patient: En dato som ikke er skrevet ÅÅÅÅ-MM-DD.",
        "MsgHead/Document[2]: Vedlegget er for stort.",
    )


def attached(description: str = "medisinliste.pdf") -> plo.Attachment:
    return plo.Attachment(description, "text/plain", plo.Media.PDF, PDF, "MsgHead/Document[2]")


def test_an_attachment_is_called_what_its_bytes_are() -> None:
    found = need_of(message(attachments=(attached(), attached(""))), ()).attachments
    assert found == (
        Attachment("application/pdf", PDF, "medisinliste.pdf"),
        Attachment("application/pdf", PDF, None),
    )


SUBJECT: Final = {"reference": "Patient/1"}
AT: Final = "2026-11-22T09:31:00.000+01:00"


def test_a_message_that_is_no_referral_is_a_communication() -> None:
    made = communication(message(), SUBJECT, {"reference": "Organization/2"}, (), AT, CANONICAL)
    assert made == {
        "resourceType": "Communication",
        "meta": {"security": [{"system": CANONICAL.code_system("information-kind"), "code": "health"}]},
        "identifier": [urn(OWN)],
        "status": "completed",
        "category": [{"coding": [{"system": CANONICAL.code_system("communication-category"), "code": "message"}]}],
        "subject": SUBJECT,
        "sent": "2026-11-22T08:30:00.000Z",
        "received": AT,
        "payload": [{"contentString": "Hjelp fra fem tjenester."}],
        "topic": {"text": "Oppfølgingsteam"},
        "sender": {"reference": "Organization/2"},
    }


def test_what_came_along_is_pointed_at_in_a_record_and_whole_outside_of_one() -> None:
    sent = message(attachments=(attached(),), generated=None, notes=(plo.Note(text="Se vedlegg."),))
    filed = communication(sent, SUBJECT, None, [{"reference": "DocumentReference/3"}], AT, CANONICAL)
    assert filed["payload"][1:] == [{"contentReference": {"reference": "DocumentReference/3"}}]
    loose = communication(sent, SUBJECT, None, (), AT, CANONICAL)
    whole = {"contentType": "application/pdf", "data": "JVBERi0xLjQKJSVFT0YK", "title": "medisinliste.pdf"}
    assert loose["payload"][1:] == [{"contentAttachment": whole}]
    assert (loose["sent"], "topic" in loose, "sender" in loose) == (AT, False, False)


def test_an_unsorted_message_names_the_person_and_stands_in_no_record() -> None:
    assert unsorted_subject(JAN) == {
        "type": "Patient",
        "display": "Jan Moe Havrekil",
        "identifier": {"system": systems.FNR, "value": NUMBER},
    }
    foreigner = unsorted_subject(replace(JAN, identifiers=(of("DNR", D_NUMBER),)))
    assert foreigner["identifier"] == {"system": systems.D_NUMBER, "value": D_NUMBER}
    assert unsorted_subject(None) == {"type": "Patient", "display": "Uten navn"}
