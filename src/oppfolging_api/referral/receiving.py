"""Receiving a need: the person found or made, the request, its Task and the receipt, in one transaction."""

from oppfolging_api.coordination import feedback
from oppfolging_api.coordination.unit import coordinating_unit
from oppfolging_api.fhir.server import Context
from oppfolging_api.fhir.writer import Writer, writing
from oppfolging_api.kernel.clock import instant
from oppfolging_api.kernel.errors import Conflict, Issue
from oppfolging_api.kernel.ids import new_id
from oppfolging_api.referral.door import Door
from oppfolging_api.referral.need import Need
from oppfolging_api.referral.receipts import Message, Reused, filed
from oppfolging_api.referral.resources import document, patient, referral_task, service_request
from oppfolging_api.referral.sender import Sender, kin_of, sender_of

RULES = {"message-id-reused": "Meldings-id er brukt før, med et annet innhold."}


async def receive(context: Context, door: Door, need: Need, message: Message) -> str:
    """The id of the ServiceRequest; the same message again gives the same one and changes nothing.

    Raises Conflict where the sender has used the message id for something else, Forbidden for who sends no referrals,
    or not this one.
    """
    async with writing(context) as writer:
        writer.status = 201
        sender = await sender_of(writer)
        id = new_id()
        try:
            earlier = await filed(writer, sender.key, message, id, hears_outcome=hears(context, sender, need))
        except Reused:
            rule = "message-id-reused"
            said = "the message id was used for another message"
            raise Conflict((Issue("duplicate", said, "messageId", rule, RULES[rule]),)) from None
        if earlier is not None and earlier.referral is not None:
            return earlier.referral
        await write_referral(writer, door, need, sender, id)
        return id


def hears(context: Context, sender: Sender, need: Need) -> bool:
    """Whether the sender hears what comes of it, whatever it is: a GP, whom the person lets hear, and who reports
    their own need."""
    return sender.general_practitioner or bool(need.consent_to_share) or _is_own(context, sender, need)


async def write_referral(writer: Writer, door: Door, need: Need, sender: Sender, id: str) -> None:
    """Raises Forbidden for a person who reports for another without authority."""
    at, canonical = instant(writer.at), writer.canonical
    person = await known_person(writer, need)
    requester = sender.requester
    own = _is_own(writer.context, sender, need)
    if sender.is_person and not own and not need.person.expected:
        requester = await kin_of(writer, sender, person)
    unit = await coordinating_unit(writer)
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


async def known_person(writer: Writer, need: Need) -> str | None:
    """Found by identity number; what the municipality knows about the person is left as it is.

    Two referrals of one new person wait for each other here: the second finds who the first made.
    """
    key = _person_key(writer.context, need)
    if key is None:
        return None
    await writer.hold(key)
    return next((row["id"] for row in await writer.ask(_PERSON, {"key": key})), None)


async def documents_of(writer: Writer, need: Need, person: str, at: str) -> list[dict[str, str]]:
    """References to what came along, in the person's record."""
    made = [
        await writer.create(document(attachment, person, at, writer.canonical), as_service=True)
        for attachment in need.attachments
    ]
    return [{"reference": f"DocumentReference/{one['id']}"} for one in made]


def _is_own(context: Context, sender: Sender, need: Need) -> bool:
    return sender.key == _person_key(context, need)


def _person_key(context: Context, need: Need) -> str | None:
    number = need.person.identifier
    return context.server.person_keys.key(number) if number else None


_PERSON = "SELECT id FROM identity WHERE type = 'Patient' AND key = :key"
