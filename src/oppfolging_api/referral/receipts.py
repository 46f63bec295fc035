"""Receipts: that a message was received, and what it was answered with (CONTRACT section 6, key of idempotency)."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col

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


class Reused(Exception):
    """The sender has used the message id for something else."""


async def filed(
    writer: Writer, sender: str, message: Message, referral: str | None, *, hears_outcome: bool
) -> ReferralReceipt | None:
    """File the receipt; the earlier one where the same message was received before. Waits for a twin under way.

    Raises Reused.
    """
    receipt = ReferralReceipt(
        municipality=writer.context.caller.municipality,
        sender=sender,
        message_id=message.id,
        digest=message.digest,
        referral=referral,
        hears_outcome=hears_outcome,
        received=writer.at,
        answer=message.answer,
        envelope=message.envelope,
    )
    done = await writer.session.execute(
        insert(ReferralReceipt)
        .values(**receipt.model_dump())
        .on_conflict_do_nothing()
        .returning(col(ReferralReceipt.received))
    )
    if done.scalar_one_or_none() is not None:
        return None
    key: tuple[Any, ...] = (receipt.municipality, receipt.sender, receipt.message_id)
    earlier = await writer.session.get_one(ReferralReceipt, key)
    if earlier.digest != receipt.digest:
        raise Reused
    return earlier
