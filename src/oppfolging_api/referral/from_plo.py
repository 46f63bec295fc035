"""A PLO message as FHIR has it: the need it reports, or the Communication it is (NORWAY sections 1 and 3). Pure."""

import base64
from collections.abc import Iterable, Iterator
from typing import Any, Final

from oppfolging_api.kernel.canonical import Canonical
from oppfolging_api.kernel.clock import instant
from oppfolging_api.kernel.coding import concept
from oppfolging_api.kernel.identity_number import system
from oppfolging_api.kernel.registry import Body
from oppfolging_api.kernel.systems import GENERAL_PRACTITIONER_ROLE, HPR, ORGANISATION_NUMBER
from oppfolging_api.kernel.vocabulary import COMMUNICATION_CATEGORY, CommunicationCategory
from oppfolging_api.referral.need import Attachment, Need, Person, message_identifier
from oppfolging_api.referral.plo import message as plo
from oppfolging_api.referral.plo.findings import Fault
from oppfolging_api.referral.resources import health

_SEXES: Final = {"1": "male", "2": "female"}
"""Volven 3101 as FHIR's administrative gender."""


def need_of(message: plo.Message, faults: Iterable[Fault]) -> Need:
    """A message without faults but those of a part, which are remarks."""
    return Need(
        person_of(message.patient or plo.Person()),
        "\n\n".join(texts(message)),
        identifiers=identifiers(message),
        general_practitioner=_general_practitioner(message),
        notes=(_written_by(message.sender), *({"text": _named(role)} for role in _roles(message))),
        attachments=attachments(message),
        remarks=(
            *(f"{bent.where}: {bent.text_nb}" for bent in message.bent),
            *(f"{fault.where}: {fault.text_nb}" for fault in faults),
        ),
    )


def person_of(patient: plo.Person) -> Person:
    given = [part for part in (patient.given, patient.middle) if part]
    name: Body = {"text": patient.name or "Uten navn"}
    name |= {"family": patient.family} if patient.family else {}
    name |= {"given": given} if given else {}
    sex = _SEXES.get(patient.sex.value) if patient.sex else None
    return Person(name, number_of(patient), patient.birth_date, sex)


def number_of(patient: plo.Person) -> str | None:
    return next((each.value for each in patient.identifiers if each.scheme in plo.IDENTITY_NUMBERS), None)


def texts(message: plo.Message) -> Iterator[str]:
    """What is written, with every subject but the first, which is the message's own; never nothing."""
    own = next((note.subject for note in message.notes if note.subject), "")
    parts: list[str] = []
    for note in message.notes:
        parts += [note.subject, note.text, note.remark, *(_asked(note.question) if note.question else ())]
    for question in message.questions:
        parts += _asked(question)
    written = [part for part in parts if part and part != own]
    yield from written or [subject_of(message) or "Uten tekst"]


def _asked(question: plo.Question) -> tuple[str, ...]:
    return question.subject, question.text, question.reason


def _written_by(sender: plo.Organisation) -> Body:
    """As the message itself says, whoever the token is of."""
    names = [sender.professional.name if sender.professional else "", *(level.name for level in sender.levels)]
    by = writer_of(sender)
    text = f"Skrevet av {', '.join(filter(None, names)) or 'en avsender uten navn'}."
    return ({"authorReference": by} if by else {}) | {"text": text}


def _roles(message: plo.Message) -> Iterator[plo.Role]:
    """Everybody the notes and questions say something of."""
    for note in message.notes:
        yield from note.roles
        yield from note.question.roles if note.question else ()
    for question in message.questions:
        yield from question.roles


def _general_practitioner(message: plo.Message) -> dict[str, Any] | None:
    for role in _roles(message):
        number = _number(role.person.identifiers, "HPR") if role.person else None
        if role.person and number and role.to_patient and role.to_patient.value == GENERAL_PRACTITIONER_ROLE:
            return _by_number("Practitioner", HPR, number, role.person.name)
    return None


def _named(role: plo.Role) -> str:
    """`Fastlege: Liv Havn, HPR 1234567, Fjordvik legesenter, telefon 90000000`"""
    person, code = role.person or plo.Person(), role.to_patient or role.in_note
    number, unit = _number(person.identifiers, "HPR"), role.unit
    phones = [each.value for each in (*person.telecoms, *(unit.telecoms if unit else ())) if each.scheme == "tel"]
    told = [person.name, f"HPR {number}" if number else "", unit.name if unit else "", role.remark]
    told += [f"telefon {each}" for each in phones[:1]]
    return f"{(code.name or code.value) if code else 'Nevnt'}: {', '.join(filter(None, told))}"


def subject_of(message: plo.Message) -> str:
    subjects = [note.subject for note in message.notes] + [question.subject for question in message.questions]
    return next(filter(None, subjects), "")


def identifiers(message: plo.Message) -> tuple[Body, ...]:
    """The message's own id; where it belongs to a conversation, that one's as a second."""
    own = message_identifier(message.msg_id.lower())
    if message.conversation is None or message.conversation.first.lower() == message.msg_id.lower():
        return (own,)
    return own, message_identifier(message.conversation.first.lower()) | {"use": "secondary"}


def writer_of(sender: plo.Organisation) -> dict[str, Any] | None:
    """A Reference by number: to the professional, else to the innermost organisation. A HER-id is an address."""
    person = sender.professional
    if person and (number := _number(person.identifiers, "HPR")):
        return _by_number("Practitioner", HPR, number, person.name)
    for level in reversed(sender.levels):
        if number := _number(level.identifiers, "ENH"):
            return _by_number("Organization", ORGANISATION_NUMBER, number, level.name)
    return None


def _number(numbers: Iterable[plo.Identifier], scheme: str) -> str | None:
    return next((each.value for each in numbers if each.scheme == scheme), None)


def _by_number(type: str, system: str, value: str, name: str) -> dict[str, Any]:
    told = {"type": type, "identifier": {"system": system, "value": value}}
    return told | ({"display": name} if name else {})


def attachments(message: plo.Message) -> tuple[Attachment, ...]:
    return tuple(Attachment(each.media.value, each.data, each.description or None) for each in message.attachments)


def communication(
    message: plo.Message,
    subject: dict[str, Any],
    sender: dict[str, Any] | None,
    documents: Iterable[dict[str, str]],
    at: str,
    canonical: Canonical,
) -> Body:
    """A message that is no referral. `documents` are References; without any, what came along stands in it whole."""
    payload: list[Body] = [{"contentString": text} for text in texts(message)]
    references = [{"contentReference": each} for each in documents]
    payload += references or [{"contentAttachment": _whole(each)} for each in attachments(message)]
    made: Body = {
        "resourceType": "Communication",
        "meta": health(canonical),
        "identifier": list(identifiers(message)),
        "status": "completed",
        "category": [concept(canonical.code_system(COMMUNICATION_CATEGORY), CommunicationCategory.MESSAGE)],
        "subject": subject,
        "sent": instant(message.generated) if message.generated else at,
        "received": at,
        "payload": payload,
    }
    topic = {"topic": {"text": subject_of(message)}} if subject_of(message) else {}
    return made | topic | ({"sender": sender} if sender else {})


def unsorted_subject(patient: plo.Person | None) -> dict[str, Any]:
    """The person as the sender names them, in nobody's record."""
    number = number_of(patient) if patient else None
    told: dict[str, Any] = {"type": "Patient", "display": (patient.name if patient else "") or "Uten navn"}
    return told | ({"identifier": {"system": system(number), "value": number}} if number else {})


def _whole(attachment: Attachment) -> Body:
    told = {"contentType": attachment.media_type, "data": base64.b64encode(attachment.content).decode()}
    return told | ({"title": attachment.title} if attachment.title else {})
