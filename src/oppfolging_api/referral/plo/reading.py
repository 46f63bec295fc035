"""A message from its bytes: leniently, telling everything that was bent and everything that makes it one to reject."""

from oppfolging_api.referral.plo import namespaces, shape
from oppfolging_api.referral.plo.dialog import Dialog, read_dialog
from oppfolging_api.referral.plo.documents import read_documents
from oppfolging_api.referral.plo.envelope import head_of, read_envelope
from oppfolging_api.referral.plo.findings import Findings
from oppfolging_api.referral.plo.limits import Limits
from oppfolging_api.referral.plo.message import Message, Version
from oppfolging_api.referral.plo.part import Part, namespace
from oppfolging_api.referral.plo.xml import read_xml

_DIALOG_SCHEMAS = {Version.V1_0: shape.DIALOG_1_0, Version.V1_1: shape.DIALOG_1_1}


def read_message(body: bytes, limits: Limits | None = None) -> Message:
    """Raises Unreadable for what is no message that an AppRec could answer; all else is told in `faults`."""
    limits, findings = limits or Limits(), Findings()
    head = head_of(read_xml(body, limits, findings), findings)
    shape.compare(head, shape.HEAD)
    envelope = read_envelope(head)
    documents = read_documents(head, limits)
    dialogs = [_dialog(part) for part in documents.dialogs]
    return Message(
        msg_id=envelope.msg_id,
        version=_version(documents.dialogs[0]) if documents.dialogs else None,
        kind=envelope.kind,
        generated=envelope.generated,
        processing=envelope.processing,
        conversation=envelope.conversation,
        wants_ack=envelope.wants_ack,
        sender=envelope.sender,
        receiver=envelope.receiver,
        patient=envelope.patient,
        case=next((each.case for each in dialogs if each.case), None),
        notes=tuple(note for each in dialogs for note in each.notes),
        questions=tuple(question for each in dialogs for question in each.questions),
        attachments=documents.attachments,
        bent=tuple(findings.bent),
        faults=tuple(findings.faults),
    )


def _version(part: Part) -> Version:
    return namespaces.DIALOGS[namespace(part.element)]


def _dialog(part: Part) -> Dialog:
    shape.compare(part, _DIALOG_SCHEMAS[_version(part)])
    return read_dialog(part)
