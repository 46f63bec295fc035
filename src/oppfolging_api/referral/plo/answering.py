"""Feedback to who sent a message: a Dialogmelding in the same conversation, of the version that came in.

1.1 goes as Helsefaglig dialog; 1.0, which has no such use, as the note its senders know (DIALOG_NOTAT).
"""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from lxml import etree

from oppfolging_api.kernel.clock import OSLO
from oppfolging_api.referral.plo import codes, namespaces
from oppfolging_api.referral.plo.message import Code, Identifier, Message, Organisation, Person, Version
from oppfolging_api.referral.plo.writing import UNKNOWN, id_type, if_any, made, moment, sent_on, written

_HEAD: Final = namespaces.HEAD
_NAMESPACES: Final = {version: namespace for namespace, version in namespaces.DIALOGS.items()}
_KINDS: Final = {Version.V1_0: "DIALOG_NOTAT", Version.V1_1: "DIALOG_HELSEFAGLIG"}
_TOPICS: Final = {
    Version.V1_0: Code(codes.OTHER_ENQUIRY, codes.TOPICS_1_0[codes.OTHER_ENQUIRY], codes.TOPIC_1_0),
    Version.V1_1: Code(codes.ENQUIRY_ABOUT_PATIENT, codes.TOPICS[codes.ENQUIRY_ABOUT_PATIENT], codes.TOPIC),
}
_NO_ID: Final = {codes.ORGANISATION_ID: Identifier("LOK", UNKNOWN), codes.PERSON_ID: Identifier("XXX", UNKNOWN)}
"""The schema wants one of everybody."""


@dataclass(frozen=True, slots=True)
class Reply:
    """`parent` is the message before this one in the conversation, where that is not the one answered."""

    id: str
    at: datetime
    subject: str = field(repr=False)
    text: str = field(repr=False)
    parent: str | None = None


def write_reply(message: Message, reply: Reply) -> bytes:
    """The same arguments give the same bytes."""
    version = message.version or Version.V1_1
    document = _head("Document", _head("RefDoc", *_reference(message, reply, version)))
    return written(_head("MsgHead", _info(message, reply, version), document))


def _head(name: str, *content: etree._Element | str | None, **attributes: str) -> etree._Element:
    return made(_HEAD, name, *content, **attributes)


def _info(message: Message, reply: Reply, version: Version) -> etree._Element:
    kind, processing = _KINDS[version], message.processing
    return _head(
        "MsgInfo",
        _head("Type", V=kind, DN=codes.DIALOGS[kind]),
        _head("MIGversion", namespaces.HEAD_MARK),
        _head("GenDate", moment(reply.at)),
        _head("MsgId", reply.id),
        _head("ProcessingStatus", V=processing.value, DN=processing.name) if processing else None,
        _head("Ack", V="J", DN="Ja"),
        _conversation(message, reply),
        _head("Sender", _organisation(message.receiver)),
        _head("Receiver", _organisation(message.sender)),
        _patient(message.patient) if message.patient else None,
    )


def _conversation(message: Message, reply: Reply) -> etree._Element:
    first = message.conversation.first if message.conversation else message.msg_id
    parent = _head("RefToParent", reply.parent or message.msg_id)
    return _head("ConversationRef", parent, _head("RefToConversation", first))


def _organisation(organisation: Organisation) -> etree._Element:
    unit, person = organisation.unit, organisation.person
    return _head(
        "Organisation",
        _head("OrganisationName", organisation.name or UNKNOWN),
        *(_ident(each, codes.ORGANISATION_ID) for each in _ids(organisation.identifiers, codes.ORGANISATION_ID)),
        _organisation(unit) if unit else None,
        _professional(person) if person else None,
    )


def _ids(identifiers: tuple[Identifier, ...], table: str) -> list[Identifier]:
    return sent_on(identifiers) or [_NO_ID[table]]


def _ident(identifier: Identifier, table: str) -> etree._Element:
    return _head("Ident", *_id(_HEAD, identifier, table))


def _id(space: str, identifier: Identifier, table: str) -> list[etree._Element]:
    return [made(space, "Id", identifier.value), made(space, "TypeId", **id_type(identifier, table), S=table)]


def _name(space: str, person: Person) -> list[etree._Element]:
    parts = (("FamilyName", person.family), ("MiddleName", person.middle), ("GivenName", person.given))
    return [made(space, name, text) for name, text in parts if text]


def _professional(person: Person) -> etree._Element:
    ids = _ids(person.identifiers, codes.PERSON_ID)
    idents = (_ident(each, codes.PERSON_ID) for each in ids)
    return _head("HealthcareProfessional", *_name(_HEAD, person), *idents)


def _patient(person: Person) -> etree._Element:
    born = person.birth_date.isoformat() if person.birth_date else ""
    idents = (_ident(each, codes.PERSON_ID) for each in person.identifiers)
    return _head("Patient", *_name(_HEAD, person), if_any(_HEAD, "DateOfBirth", born), *idents)


def _reference(message: Message, reply: Reply, version: Version) -> list[etree._Element]:
    space = _NAMESPACES[version]
    return [
        _head("IssueDate", V=moment(reply.at)),
        _head("MsgType", V="XML", DN="XML-instans"),
        _head("Content", made(space, "Dialogmelding", _note(space, message, reply, version))),
    ]


def _note(space: str, message: Message, reply: Reply, version: Version) -> etree._Element:
    topic, addressed = _TOPICS[version], message.sender.professional
    return made(
        space,
        "Notat",
        made(space, "TemaKodet", V=topic.value, DN=topic.name, S=topic.system),
        made(space, "Tema", reply.subject),
        made(space, "TekstNotatInnhold", reply.text),
        made(space, "DatoNotat", reply.at.astimezone(OSLO).date().isoformat()),
        _contact(space, addressed) if addressed else None,
    )


def _contact(space: str, person: Person) -> etree._Element:
    """Whom it is for where it is received: who sent what it answers."""
    idents = (
        made(space, "Ident", *_id(namespaces.COMMON, each, codes.PERSON_ID)) for each in sent_on(person.identifiers)
    )
    role = codes.CONTACT_AT_RECEIVER
    return made(
        space,
        "RollerRelatertNotat",
        made(space, "RoleToPatient", V=role, DN=codes.ROLES[role], S=codes.ROLE_TO_PATIENT),
        made(space, "HealthcareProfessional", *_name(space, person), *idents),
    )
