"""MsgHead 1.2: who sends to whom about whom, in which conversation."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from lxml import etree

from oppfolging_api.referral.plo import namespaces
from oppfolging_api.referral.plo.actors import read_organisation, read_person
from oppfolging_api.referral.plo.codes import DIALOGS
from oppfolging_api.referral.plo.findings import Findings, Unreadable
from oppfolging_api.referral.plo.message import Code, Conversation, Organisation, Person
from oppfolging_api.referral.plo.part import Part, is_uuid, local, namespace
from oppfolging_api.referral.plo.patient import identified

_WRAPPING: Final = "EI_fellesformat"
_YES: Final = "J"
"""Of Ack, Volven 7304."""


@dataclass(frozen=True, slots=True)
class Envelope:
    """What MsgInfo says."""

    msg_id: str
    kind: Code
    generated: datetime | None
    processing: Code | None
    conversation: Conversation | None
    wants_ack: bool
    sender: Organisation
    receiver: Organisation
    patient: Person | None


def unwrapped(root: etree._Element) -> etree._Element:
    """What EI_fellesformat wraps, or the root itself."""
    if local(root) != _WRAPPING:
        return root
    known = {namespaces.HEAD, *namespaces.APPRECS}
    return next((each for each in root if namespace(each) in known), root)


def head_of(root: etree._Element, findings: Findings) -> Part:
    """Raises Unreadable: `not-a-message` for what is no MsgHead 1.2."""
    element = unwrapped(root)
    if element.tag != f"{{{namespaces.HEAD}}}MsgHead":
        raise Unreadable("not-a-message")
    return Part(element, "MsgHead", findings)


def read_envelope(head: Part) -> Envelope:
    """Raises Unreadable: `no-envelope` where there is no MsgInfo."""
    info = head.only("MsgInfo")
    if info is None:
        raise Unreadable("no-envelope")
    msg_id, ack = _message_id(info), info.code("Ack")
    _tell_version(info)
    return Envelope(
        msg_id=msg_id,
        kind=_kind(info),
        generated=info.time("GenDate"),
        processing=info.code("ProcessingStatus"),
        conversation=_conversation(info, msg_id),
        wants_ack=bool(ack and ack.value == _YES),
        sender=_party(info.child("Sender")),
        receiver=_receiver(info),
        patient=_patient(info),
    )


def _message_id(info: Part) -> str:
    info.only("MsgId")
    text = info.uuid("MsgId")
    if not is_uuid(text):
        info.findings.fault("message-id", f"{info.path}/MsgId")
    return text


def _kind(info: Part) -> Code:
    kind = info.code("Type") or Code("")
    if kind.value and kind.value not in DIALOGS:
        info.findings.bend("unknown-code", f"{info.path}/Type")
    return kind


def _tell_version(info: Part) -> None:
    mark = info.child("MIGversion")
    if mark and mark.own_text() != namespaces.HEAD_MARK:
        mark.bend("version")


def _conversation(info: Part, msg_id: str) -> Conversation | None:
    """Where one of the two is missing, the other stands for both."""
    part = info.child("ConversationRef")
    if part is None:
        return None
    parent, first = part.uuid("RefToParent"), part.uuid("RefToConversation")
    for name, text in (("RefToParent", parent), ("RefToConversation", first)):
        if text and not is_uuid(text):
            part.findings.bend("not-uuid", f"{part.path}/{name}")
    if parent and parent.lower() == msg_id.lower():
        part.findings.bend("own-parent", f"{part.path}/RefToParent")
    return Conversation(parent or first, first or parent) if parent or first else None


def _party(part: Part | None) -> Organisation:
    organisation = part.child("Organisation") if part else None
    return read_organisation(organisation) if organisation else Organisation()


def _receiver(info: Part) -> Organisation:
    receiver = _party(info.only("Receiver"))
    if not receiver.her_ids:
        info.findings.fault("no-receiver", f"{info.path}/Receiver")
    return receiver


def _patient(info: Part) -> Person | None:
    part = info.only("Patient")
    if part is None:
        info.findings.fault("insufficient", f"{info.path}/Patient")
        return None
    return identified(read_person(part), part)
