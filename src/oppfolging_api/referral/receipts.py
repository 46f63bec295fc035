"""Receipts: that a message was received, and what it was answered with (CONTRACT section 6, key of idempotency)."""

from dataclasses import dataclass
from typing import Final

from oppfolging_api.fhir.writer import Writer
from oppfolging_api.store.tables import ReferralReceipt


@dataclass(frozen=True, slots=True)
class Message:
    """One message of a sender: its id, and a digest of what it says.

    `answer` is what a PLO message is answered with and `envelope` (JSON) what is needed to answer in its conversation;
    None for what came otherwise.
    """

    id: str
    digest: bytes
    answer: bytes | None = None
    envelope: str | None = None


@dataclass(frozen=True, slots=True)
class Earlier:
    """What became of the same message when it came before."""

    referral: str | None
    answer: bytes | None


_COLUMNS: Final = tuple(ReferralReceipt.model_fields)
_FILE: Final = (
    f"INSERT INTO referral_receipt ({', '.join(_COLUMNS)})"  # noqa: S608 (names of columns)
    f" VALUES ({', '.join(f':{name}' for name in _COLUMNS)})"
    " ON CONFLICT DO NOTHING RETURNING received"
)
_FILED: Final = (
    "SELECT digest, referral, answer FROM referral_receipt"
    " WHERE municipality = :municipality AND sender = :sender AND message_id = :message_id"
)


class Reused(Exception):
    """The sender has used the message id for something else."""


async def filed(
    writer: Writer, sender: str, message: Message, referral: str | None, *, hears_outcome: bool
) -> Earlier | None:
    """File the receipt; the earlier one where the same message was received before. Waits for a twin under way.

    Raises Reused.
    """
    receipt = {
        "municipality": writer.context.caller.municipality,
        "sender": sender,
        "message_id": message.id,
        "digest": message.digest,
        "referral": referral,
        "hears_outcome": hears_outcome,
        "received": writer.at,
        "answer": message.answer,
        "envelope": message.envelope,
    }
    if await writer.ask(_FILE, receipt):
        return None
    (earlier,) = await writer.ask(_FILED, receipt)
    if earlier["digest"] != message.digest:
        raise Reused
    return Earlier(earlier["referral"], earlier["answer"])
