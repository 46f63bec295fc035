"""PLO messages to begin from: the public samples beside the repository, addressed to one municipality, and our own."""

import re
from typing import Final
from uuid import uuid4

from plo_messages import DIALOGS, FOLDER, PDF, Attached, Note
from support import identity_number

HER_ID: Final = "90001"
_RECEIVER: Final = re.compile(rb"<Receiver>.*?</Receiver>", re.DOTALL)
_HER: Final = re.compile(rb'<Id>[^<]*</Id>(\s*<TypeId[^>]*V="HER")')
_MSG_ID: Final = re.compile(rb"<MsgId>[^<]*</MsgId>")
_TOPIC: Final = re.compile(rb"(<TemaKodet[^>]*/>)(?:\s*<Tema>[^<]*</Tema>)?")


def seeds() -> list[bytes]:
    """Every dialog message; each again as a referral where it holds a note; and one with an attachment."""
    found = [addressed((FOLDER / "samples" / name).read_bytes()) for name in DIALOGS]
    referrals = [body for body in map(as_referral, found) if body not in found]
    return [*found, *referrals, Note(HER_ID, identity_number(), attachments=(Attached(PDF),)).xml()]


def addressed(message: bytes, her_id: str = HER_ID) -> bytes:
    def to_us(receiver: re.Match[bytes]) -> bytes:
        return _HER.sub(rb"<Id>" + her_id.encode() + rb"</Id>\1", receiver[0])

    return _RECEIVER.sub(to_us, message)


def with_new_id(message: bytes) -> bytes:
    return _MSG_ID.sub(f"<MsgId>{uuid4()}</MsgId>".encode(), message)


def as_referral(message: bytes) -> bytes:
    return _TOPIC.sub(rb"\1<Tema>Oppfolgingsteam</Tema>", message)
