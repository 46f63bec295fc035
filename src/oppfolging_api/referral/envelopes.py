"""What is kept of a PLO message to answer in its conversation: who sent it to whom, about whom as the sender named
them. Not what it said."""

from dataclasses import replace
from typing import Final

from pydantic import TypeAdapter

from oppfolging_api.referral.plo.message import Message, Organisation, Person

_MESSAGE: Final = TypeAdapter(Message)


def sealed(message: Message) -> str:
    bare = replace(
        message,
        sender=_addressed(message.sender),
        receiver=_addressed(message.receiver),
        patient=_named(message.patient),
        case=None,
        notes=(),
        questions=(),
        attachments=(),
        bent=(),
        faults=(),
    )
    return _MESSAGE.dump_json(bare, exclude_defaults=True).decode()


def _addressed(party: Organisation) -> Organisation:
    """Names and numbers of a party, of its units and of its professional."""
    unit, person = party.unit and _addressed(party.unit), _named(party.person)
    return Organisation(party.name, party.identifiers, unit=unit, person=person)


def _named(person: Person | None) -> Person | None:
    if person is None:
        return None
    return Person(person.family, person.middle, person.given, person.birth_date, identifiers=person.identifiers)


def opened(envelope: str) -> Message:
    return _MESSAGE.validate_json(envelope)
