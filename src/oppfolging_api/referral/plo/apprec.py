"""The AppRec of a message: received, rejected, or received but for a part (NORWAY section 3).

A Dialogmelding 1.1 is answered by AppRec 1.1, 1.0 by 1.0, and what is neither by 1.1. What was bent to read the message
stands in comments, for whoever makes the sender's system; receivers pass them by.
"""

from collections.abc import Sequence
from datetime import datetime

from lxml import etree

from oppfolging_api.referral.plo.codes import ERROR, ERRORS, ORGANISATION_ID, PERSON_ID, STATUSES
from oppfolging_api.referral.plo.findings import Bent, Fault
from oppfolging_api.referral.plo.message import Identifier, Message, Organisation, Person, Status, Version
from oppfolging_api.referral.plo.namespaces import APPREC_MARKS, APPRECS
from oppfolging_api.referral.plo.writing import UNKNOWN, id_type, if_any, made, moment, sent_on, written

_NAMESPACES = {version: namespace for namespace, version in APPRECS.items()}


def status_of(faults: Sequence[Fault]) -> Status:
    """A fault of a part alone lets the message through."""
    if any(not fault.part for fault in faults):
        return Status.REJECTED
    return Status.PARTLY if faults else Status.OK


def write_apprec(message: Message, faults: Sequence[Fault], *, id: str, at: datetime) -> bytes:
    """The answer to a message with these faults: its own, and what the caller finds besides.

    `id` is the AppRec's; the same arguments give the same bytes.
    """
    version = message.version or Version.V1_1
    space, status = _NAMESPACES[version], status_of(faults)
    root = made(
        space,
        "AppRec",
        made(space, "MsgType", V="APPREC", DN="Applikasjonskvittering"),
        made(space, "MIGversion", APPREC_MARKS[version]),
        made(space, "GenDate", moment(at)),
        made(space, "Id", id),
        made(space, "Sender", _party(space, message.receiver)),
        made(space, "Receiver", _party(space, message.sender)),
        made(space, "Status", V=status, DN=STATUSES[status]),
        *(_error(space, fault) for fault in faults),
        _original(space, message, at),
        *(_remark(bent) for bent in message.bent),
    )
    return written(root)


def _error(space: str, fault: Fault) -> etree._Element:
    told = f"{fault.text_nb} ({fault.where})"
    return made(space, "Error", S=ERROR, V=fault.code, DN=ERRORS[fault.code], OT=told)


def _original(space: str, message: Message, at: datetime) -> etree._Element:
    """A message that does not tell when it was made was made when it came, as far as anyone knows."""
    made_at = message.generated.isoformat() if message.generated else moment(at)
    return made(
        space,
        "OriginalMsgId",
        made(space, "MsgType", V=message.kind.value, DN=message.kind.name),
        made(space, "IssueDate", made_at),
        made(space, "Id", message.msg_id),
    )


def _remark(bent: Bent) -> etree._Element:
    return etree.Comment(f" {bent.where}: {bent.what} ")


def _party(space: str, organisation: Organisation) -> etree._Element:
    units, person = organisation.levels[1:], organisation.professional
    institution = made(
        space,
        "Inst",
        made(space, "Name", organisation.name or UNKNOWN),
        *_first(space, organisation.identifiers, ORGANISATION_ID),
        *(_department(space, unit) for unit in units),
        *_additional(space, organisation.identifiers, ORGANISATION_ID),
        _person(space, person) if person else None,
    )
    return made(space, "HCP", institution)


def _department(space: str, unit: Organisation) -> etree._Element:
    return made(space, "Dept", if_any(space, "Name", unit.name), *_ids(space, unit.identifiers, ORGANISATION_ID))


def _person(space: str, person: Person) -> etree._Element:
    return made(space, "HCPerson", if_any(space, "Name", person.name), *_ids(space, person.identifiers, PERSON_ID))


def _ids(space: str, identifiers: Sequence[Identifier], table: str) -> list[etree._Element]:
    return [*_first(space, identifiers, table), *_additional(space, identifiers, table)]


def _first(space: str, identifiers: Sequence[Identifier], table: str) -> list[etree._Element]:
    """None for who came without: nothing is required."""
    first = sent_on(identifiers)[:1]
    return [part for each in first for part in _id(space, each, table, "TypeId")]


def _additional(space: str, identifiers: Sequence[Identifier], table: str) -> list[etree._Element]:
    return [made(space, "AdditionalId", *_id(space, each, table, "Type")) for each in sent_on(identifiers)[1:]]


def _id(space: str, identifier: Identifier, table: str, type: str) -> list[etree._Element]:
    return [made(space, "Id", identifier.value), made(space, type, **id_type(identifier, table))]
