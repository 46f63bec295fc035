"""Receiving a need: the person found or made, the request, its Task and the receipt, in one transaction."""

from oppfolging_api.coordination import feedback
from oppfolging_api.fhir.server import Context
from oppfolging_api.fhir.writer import Writer, writing
from oppfolging_api.kernel.clock import instant
from oppfolging_api.kernel.errors import Conflict, Issue
from oppfolging_api.kernel.ids import new_id
from oppfolging_api.referral.door import Door
from oppfolging_api.referral.need import Need
from oppfolging_api.referral.receipts import Message, Reused, filed
from oppfolging_api.referral.resources import document, patient, referral_task, service_request
from oppfolging_api.referral.sender import Met, Sender, kin_of, met

RULES = {"message-id-reused": "Meldings-id er brukt før, med et annet innhold."}


async def receive(context: Context, door: Door, need: Need, message: Message) -> str:
    """The id of the ServiceRequest; the same message again gives the same one and changes nothing.

    Raises Conflict where the sender has used the message id for something else, Forbidden for who sends no referrals,
    or not this one.
    """
    async with writing(context, *held_for(context, need)) as writer:
        writer.status = 201
        found = await met(writer, person_key(context, need))
        id, sender = new_id(), found.sender
        try:
            earlier = await filed(writer, sender.key, message, id, hears_outcome=hears(context, sender, need))
        except Reused:
            rule = "message-id-reused"
            said = "the message id was used for another message"
            raise Conflict((Issue("duplicate", said, "messageId", rule, RULES[rule]),)) from None
        if earlier is not None and earlier.referral is not None:
            return earlier.referral
        await write_referral(writer, door, need, found, id)
        return id


def hears(context: Context, sender: Sender, need: Need) -> bool:
    """Whether the sender hears what comes of it, whatever it is: a GP, whom the person lets hear, and who reports
    their own need."""
    return sender.general_practitioner or bool(need.consent_to_share) or _is_own(context, sender, need)


async def write_referral(writer: Writer, door: Door, need: Need, found: Met, id: str) -> None:
    """What the municipality knows about the person is left as it is.

    Raises Forbidden for a person who reports for another without authority.
    """
    at, canonical = instant(writer.at), writer.canonical
    sender, person, unit = found.sender, found.person, found.unit
    requester = sender.requester
    own = _is_own(writer.context, sender, need)
    if sender.is_person and not own and not need.person.expected:
        requester = await kin_of(writer, sender, person)
    if person is None:
        made = await writer.create(patient(need, canonical), as_service=True)
        person = str(made["id"])
    if own:
        requester = {"reference": f"Patient/{person}"}
    documents = await documents_of(writer, need, person, at)
    asked = service_request(need, person, requester, documents, at, canonical)
    request = await writer.create(asked, id=id, as_service=True)
    due = door.decide_by(writer.today)
    await writer.create(referral_task(request, unit, need.remarks, at, due, canonical), as_service=True)
    received = feedback.communication(request, feedback.RECEIVED, at, unit, canonical)
    await writer.create(received, as_service=True)


def held_for(context: Context, need: Need) -> tuple[str, ...]:
    """What a transaction that asks for the person of a need holds from its beginning (fhir.writer.writing): of two
    referrals of one new person the second finds whom the first made."""
    key = person_key(context, need)
    return (key,) if key else ()


async def documents_of(writer: Writer, need: Need, person: str, at: str) -> list[dict[str, str]]:
    """References to what came along, in the person's record."""
    made = [
        await writer.create(document(attachment, person, at, writer.canonical), as_service=True)
        for attachment in need.attachments
    ]
    return [{"reference": f"DocumentReference/{one['id']}"} for one in made]


def _is_own(context: Context, sender: Sender, need: Need) -> bool:
    return sender.key == person_key(context, need)


def person_key(context: Context, need: Need) -> str | None:
    """Of the identity number of whom a need is about."""
    number = need.person.identifier
    return context.server.person_keys.key(number) if number else None
