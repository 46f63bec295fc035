"""What a message says, as values. Identity numbers, names and texts are kept out of `repr`, and so out of logs."""

from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Final

from oppfolging_api.referral.plo.findings import Bent, Fault


class Version(StrEnum):
    """Of a Dialogmelding, and of the AppRec that answers it (NORWAY section 3)."""

    V1_0 = "1.0"
    V1_1 = "1.1"


class Status(StrEnum):
    """Of an AppRec, Volven 8258."""

    OK = "1"
    REJECTED = "2"
    PARTLY = "3"


class Media(StrEnum):
    """What an attachment may be."""

    PDF = "application/pdf"
    JPEG = "image/jpeg"
    PNG = "image/png"


HER: Final = "HER"
IDENTITY_NUMBERS: Final = ("FNR", "DNR")


@dataclass(frozen=True, slots=True)
class Code:
    """V, DN, S and OT of the schema's CS and CV."""

    value: str
    name: str = ""
    system: str = ""
    text: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Identifier:
    """`scheme` is a code of Volven 9051 or 8116 (HER, ENH, HPR, FNR, DNR ...), or what the sender calls it."""

    scheme: str
    value: str = field(repr=False)
    name: str = ""


@dataclass(frozen=True, slots=True)
class Address:
    kind: str = ""
    street: str = field(default="", repr=False)
    postal_code: str = field(default="", repr=False)
    city: str = field(default="", repr=False)
    postbox: str = field(default="", repr=False)
    municipality: Code | None = field(default=None, repr=False)
    country: Code | None = None


@dataclass(frozen=True, slots=True)
class Telecom:
    """`scheme` is tel, fax, mailto or what else the address begins with; empty where it begins with nothing."""

    kind: str
    scheme: str
    value: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Person:
    """A patient, a professional, or another person. `profession` is a code of 9060, `role` of 9034."""

    family: str = field(default="", repr=False)
    middle: str = field(default="", repr=False)
    given: str = field(default="", repr=False)
    birth_date: date | None = field(default=None, repr=False)
    sex: Code | None = field(default=None, repr=False)
    identifiers: tuple[Identifier, ...] = ()
    address: Address | None = field(default=None, repr=False)
    telecoms: tuple[Telecom, ...] = ()
    profession: Code | None = None
    role: Code | None = None

    @property
    def name(self) -> str:
        return " ".join(part for part in (self.given, self.middle, self.family) if part)


@dataclass(frozen=True, slots=True)
class Organisation:
    name: str = field(default="", repr=False)
    identifiers: tuple[Identifier, ...] = ()
    kind: Code | None = None
    address: Address | None = field(default=None, repr=False)
    telecoms: tuple[Telecom, ...] = ()
    unit: "Organisation | None" = None
    person: Person | None = None

    @property
    def levels(self) -> tuple["Organisation", ...]:
        """Itself, its unit, that one's unit and so on."""
        return (self, *(self.unit.levels if self.unit else ()))

    @property
    def professional(self) -> Person | None:
        """The person of the innermost level that has one."""
        return next((level.person for level in reversed(self.levels) if level.person), None)

    @property
    def her_ids(self) -> tuple[str, ...]:
        """Of the levels from the outermost, then of the person: what a message can be addressed to."""
        own = [each for level in self.levels for each in level.identifiers]
        person = self.professional
        return tuple(each.value for each in (*own, *(person.identifiers if person else ())) if each.scheme == HER)


@dataclass(frozen=True, slots=True)
class Role:
    """RollerRelatertNotat: who has to do with the note, and how."""

    in_note: Code | None = None
    to_patient: Code | None = None
    person: Person | None = None
    unit: Organisation | None = None
    remark: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Question:
    """Foresporsel."""

    kind: Code | None = None
    subject: str = field(default="", repr=False)
    text: str = field(default="", repr=False)
    purpose: Code | None = None
    reason: str = field(default="", repr=False)
    urgency: Code | None = None
    since: date | None = None
    until: date | None = None
    information: tuple[Code, ...] = ()
    id: str = ""
    roles: tuple[Role, ...] = ()


@dataclass(frozen=True, slots=True)
class Note:
    """Notat. `text` is plain; of xhtml the paragraphs are kept."""

    topic: Code | None = None
    subject: str = field(default="", repr=False)
    text: str = field(default="", repr=False)
    remark: str = field(default="", repr=False)
    id: str = ""
    dated: date | None = None
    question: Question | None = None
    roles: tuple[Role, ...] = ()


@dataclass(frozen=True, slots=True)
class Attachment:
    """`media` is what the bytes are; `declared` what the sender calls them; `where` the path of its Document."""

    description: str = field(repr=False)
    declared: str
    media: Media
    data: bytes = field(repr=False)
    where: str


@dataclass(frozen=True, slots=True)
class Conversation:
    """The message this one answers, and the first of them all."""

    parent: str
    first: str


@dataclass(frozen=True, slots=True)
class Message:
    """A MsgHead with its Dialogmelding; `version` is None where what it carries is something else.

    `msg_id` is as sent; two that differ in case alone are one. The patient's first identifier is a right number where
    there is one. A message with faults that are not of a part alone is to be rejected.
    """

    msg_id: str
    version: Version | None
    kind: Code
    generated: datetime | None
    processing: Code | None
    conversation: Conversation | None
    wants_ack: bool
    sender: Organisation
    receiver: Organisation
    patient: Person | None
    case: Code | None
    notes: tuple[Note, ...]
    questions: tuple[Question, ...]
    attachments: tuple[Attachment, ...]
    bent: tuple[Bent, ...]
    faults: tuple[Fault, ...]
