"""A reported need, whichever way it came: by the JSON form, as FHIR, or in a PLO message (CONTRACT section 6)."""

from dataclasses import dataclass, field
from datetime import date
from typing import Any
from uuid import UUID

from oppfolging_api.kernel.registry import Body
from oppfolging_api.kernel.systems import URIS


@dataclass(frozen=True, slots=True)
class Person:
    """Who it is about. `name` is a FHIR HumanName. `expected` marks a child not born, who has neither number nor
    birthday."""

    name: Body = field(repr=False)
    identifier: str | None = field(default=None, repr=False)
    birth_date: date | None = field(default=None, repr=False)
    gender: str | None = None
    expected: bool = False


@dataclass(frozen=True, slots=True)
class Attachment:
    """A document sent along; `media_type` is what its bytes are, not what they were called."""

    media_type: str
    content: bytes = field(repr=False)
    title: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Need:
    """What is told. None where the sender's form has no place for it.

    `identifiers` are FHIR Identifiers of the message; `general_practitioner` is a Reference by number to the person's
    own, kept of a person who is new here; `notes` are Annotations on who wrote the message and whom it names;
    `remarks` what had to be bent in reading it.
    """

    person: Person
    reason: str
    what_matters: str | None = None
    services: tuple[str, ...] = ()
    criteria: tuple[str, ...] = ()
    consent_to_share: bool | None = None
    person_informed: bool | None = None
    on_behalf_of: str | None = None
    language: str | None = None
    interpreter: bool | None = None
    identifiers: tuple[Body, ...] = ()
    general_practitioner: dict[str, Any] | None = None
    notes: tuple[Body, ...] = ()
    attachments: tuple[Attachment, ...] = ()
    remarks: tuple[str, ...] = ()


def message_identifier(id: str) -> Body:
    """The id of a message as FHIR has it: a URI where it is a UUID (https://hl7.org/fhir/R4/identifier-registry.html),
    else the sender's own."""
    try:
        uuid = UUID(id)
    except ValueError:
        return {"value": id}
    return {"system": URIS, "value": f"urn:uuid:{uuid}"} if str(uuid) == id.lower() else {"value": id}
