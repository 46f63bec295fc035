"""Receiving a PLO message: one AppRec for it, the same again for the same message (CONTRACT section 6).

What it makes and what it is answered with are committed together. A referral becomes what every referral becomes;
another message about a person with a team stands in that person's record; any other waits for the coordinating unit to
sort it. One that is rejected leaves a Task for the unit, and nothing else.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from oppfolging_api.fhir.beside import beside
from oppfolging_api.fhir.server import Context
from oppfolging_api.fhir.writer import Writer, writing
from oppfolging_api.kernel.clock import instant, today
from oppfolging_api.kernel.errors import (
    Conflict,
    Forbidden,
    Invalid,
    Issue,
    Refusal,
    TooLarge,
    Unavailable,
    Unprocessable,
)
from oppfolging_api.kernel.ids import new_id
from oppfolging_api.kernel.registry import Body
from oppfolging_api.kernel.vocabulary import MessageTask
from oppfolging_api.referral.delivery import given
from oppfolging_api.referral.door import Door
from oppfolging_api.referral.envelopes import sealed
from oppfolging_api.referral.from_plo import communication, need_of, texts, unsorted_subject, writer_of
from oppfolging_api.referral.message_tasks import message_task
from oppfolging_api.referral.need import Need
from oppfolging_api.referral.plo.apprec import status_of, write_apprec
from oppfolging_api.referral.plo.findings import Fault, Unreadable, fault
from oppfolging_api.referral.plo.message import Message, Status
from oppfolging_api.referral.plo.part import is_uuid
from oppfolging_api.referral.plo.reading import read_message
from oppfolging_api.referral.plo.subject import is_referral
from oppfolging_api.referral.receipts import Message as Filed
from oppfolging_api.referral.receipts import Reused, filed
from oppfolging_api.referral.receiving import documents_of, hears, held_for, person_key, write_referral
from oppfolging_api.referral.sender import Met, Sender, is_person, met

_RECEIVER: Final = "MsgHead/MsgInfo/Receiver"
_PATIENT: Final = "MsgHead/MsgInfo/Patient/DateOfBirth"
_MESSAGE_ID: Final = "MsgHead/MsgInfo/MsgId"
_DOCUMENT: Final = "MsgHead/Document"
_ROOT: Final = "MsgHead"
_LONGEST: Final = 1_000_000
"""Characters, of all that is written: FHIR's string holds 1024 * 1024 (https://hl7.org/fhir/R4/datatypes.html#string)."""
_TOO_MUCH: Final = ("too-large", "too-deep")
_SORT_WITHIN: Final = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class _Arrived:
    """A message that could be read, what is found to say of it, and a digest of its bytes."""

    message: Message
    faults: tuple[Fault, ...]
    digest: bytes

    @property
    def rejected(self) -> bool:
        return status_of(self.faults) is Status.REJECTED

    def with_fault(self, kind: str, where: str) -> "_Arrived":
        return replace(self, faults=(*self.faults, fault(kind, where)))


@dataclass(frozen=True, slots=True)
class Answer:
    """The AppRec, and the ServiceRequest of a message that was a referral."""

    apprec: bytes
    referral: str | None


async def receive_message(context: Context, door: Door, body: bytes) -> Answer:
    """Raises Invalid or TooLarge for what cannot be read as a message at all, Forbidden for who sends
    none, Unavailable for what goes through another time: an AppRec that rejects it would stand for good."""
    if is_person(context.caller):
        raise Forbidden.of("messages are sent by organisations")
    arrived = await _read(context, door, body)
    key = arrived.message.msg_id.lower() if is_uuid(arrived.message.msg_id) else arrived.digest.hex()
    try:
        return await _answered(context, door, arrived, key)
    except Refusal as refusal:
        if not _passes(refusal):
            raise
        raise Unavailable.of("this cannot be taken just now: send it again", Retry_After="1") from refusal


def _passes(refusal: Refusal) -> bool:
    """Whether it is others' doing: they wrote at the same moment, or the database was too slow."""
    return isinstance(refusal, Conflict) or any(issue.code == "too-costly" for issue in refusal.issues)


async def _answered(context: Context, door: Door, arrived: _Arrived, key: str) -> Answer:
    try:
        return await _taken_or_refused(context, door, arrived, key)
    except Reused:
        reused = arrived.with_fault("message-id-reused", _MESSAGE_ID)
        return await _taken(context, door, reused, f"{key} {arrived.digest.hex()}")


async def _taken_or_refused(context: Context, door: Door, arrived: _Arrived, key: str) -> Answer:
    try:
        return await _taken(context, door, arrived, key)
    except (Invalid, Unprocessable) as refusal:
        if _passes(refusal):
            raise
        return await _taken(context, door, arrived.with_fault("not-stored", _ROOT), key)


async def _read(context: Context, door: Door, body: bytes) -> _Arrived:
    """Beside the event loop where it would hold up other requests."""
    try:
        message = await beside(len(body), read_message, body)
    except Unreadable as error:
        raise unreadable(error) from None
    arrived = _Arrived(message, message.faults, hashlib.sha256(body).digest())
    if sum(map(len, texts(message))) > _LONGEST:
        arrived = arrived.with_fault("too-long", _DOCUMENT)
    born = message.patient.birth_date if message.patient else None
    if born is not None and born > today(context.server.clock):
        arrived = arrived.with_fault("not-born", _PATIENT)
    receiver = message.receiver.her_ids
    if receiver and not door.receives(context.caller.municipality, receiver):
        return arrived.with_fault("receiver-unknown", _RECEIVER)
    return arrived


def unreadable(error: Unreadable) -> Invalid | TooLarge:
    """What is no message is a fault of the request: nobody could be named in an answer to it."""
    where = f"line {error.line}, column {error.column}" if error.line else None
    said = f"{error.fault.code}: {error.fault.text}"
    kind = TooLarge if error.kind in _TOO_MUCH else Invalid
    return kind((Issue("structure", f"{said}; {where}" if where else said, text=error.fault.text_nb),))


async def _taken(context: Context, door: Door, arrived: _Arrived, key: str) -> Answer:
    """Raises Reused where the sender has used the key for another message."""
    message = arrived.message
    need = None if arrived.rejected else need_of(message, arrived.faults)
    async with writing(context, *(held_for(context, need) if need else ())) as writer:
        found = await met(writer, person_key(context, need) if need else None, writer_of(message.sender))
        sender = found.sender
        answer = write_apprec(message, arrived.faults, id=new_id(), at=writer.at)
        answered = await _feedback_answered(writer, message, sender)
        referral = new_id() if is_referral(message) and need is not None and answered is None else None
        receipt = Filed(key, arrived.digest, answer, sealed(message) if referral else None)
        heard = need is not None and referral is not None and hears(context, sender, need)
        earlier = await filed(writer, sender.key, receipt, referral, hears_outcome=heard)
        if earlier is not None and earlier.answer is not None:
            context.trace.seek("ServiceRequest", earlier.referral or "")
            return Answer(earlier.answer, earlier.referral)
        if need is None:
            await _trace(writer, arrived, sender)
        elif referral is not None:
            await write_referral(writer, door, need, found, referral)
        else:
            await _file_message(writer, arrived, need, found, answered)
        return Answer(answer, referral)


async def _trace(writer: Writer, arrived: _Arrived, sender: Sender) -> None:
    """What the unit sees of a message that was rejected: from whom, its id, and why; nothing of what it says."""
    id = arrived.message.msg_id
    told = f"Melding {id.lower()} er avvist." if is_uuid(id) else "En melding uten gyldig id er avvist."
    await message_task(
        writer,
        MessageTask.REJECTED,
        _sort_by(writer),
        requester=sender.requester,
        description=told,
        remarks=_told(arrived.faults),
    )


async def _file_message(writer: Writer, arrived: _Arrived, need: Need, found: Met, answered: str | None) -> None:
    """In the record of whom it answers feedback about, and from a GP also of a person with a team; else about nobody,
    until the unit has sorted it."""
    message, at, canonical = arrived.message, instant(writer.at), writer.canonical
    person, sender = found.person, found.sender
    known = person is not None and sender.general_practitioner and await _has_team(writer, person)
    if person is not None and (known or person == answered):
        documents = await documents_of(writer, need, person, at)
        subject = {"reference": f"Patient/{person}"}
        made = communication(message, subject, sender.requester, documents, at, canonical)
        await writer.create(made | _in_response(message, of_same=person == answered), as_service=True)
        return
    loose = communication(message, unsorted_subject(message.patient), sender.requester, (), at, canonical)
    kept = await writer.create(loose, as_service=True)
    await message_task(
        writer,
        MessageTask.UNSORTED,
        _sort_by(writer),
        focus=f"Communication/{kept['id']}",
        requester=sender.requester,
        description="En melding som ikke er sortert.",
        remarks=need.remarks,
    )


async def _has_team(writer: Writer, person: str) -> bool:
    return any(team.get("status") == "active" for team in await writer.about(person, "CareTeam"))


async def _feedback_answered(writer: Writer, message: Message, sender: Sender) -> str | None:
    """Whom the feedback is about that a message answers: our subject comes back on it, and it is no new referral."""
    parent = _parent(message)
    found = await given(writer, sender.key, parent) if parent else None
    return found.person if found else None


def _parent(message: Message) -> str | None:
    parent = message.conversation.parent.lower() if message.conversation else ""
    return parent if is_uuid(parent) else None


def _in_response(message: Message, *, of_same: bool) -> Body:
    """To the feedback it answers, of the same person."""
    return {"inResponseTo": [{"reference": f"Communication/{_parent(message)}"}]} if of_same else {}


def _told(faults: Sequence[Fault]) -> list[str]:
    return [f"{each.code} {each.where}: {each.text_nb}" for each in faults]


def _sort_by(writer: Writer) -> datetime:
    return writer.at + _SORT_WITHIN
