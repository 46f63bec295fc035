"""Feedback as messages: sent in the conversation the need came in, until the sender's system has receipted for it.

What is not receipted for in time, or is rejected, comes onto the unit's worklist by what its Communication says.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from oppfolging_api.fhir.server import Context
from oppfolging_api.fhir.writer import Writer, writing
from oppfolging_api.kernel.clock import instant
from oppfolging_api.kernel.errors import NotFound
from oppfolging_api.kernel.registry import Body
from oppfolging_api.referral.plo.message import Status
from oppfolging_api.referral.plo.receipt import Receipt
from oppfolging_api.referral.sender import sender_key

_SENT: Final = (
    "SELECT link.received, course.person FROM feedback_link link JOIN referral_receipt own"
    " ON own.municipality = link.municipality AND own.referral = link.referral"
    " JOIN referral_course course ON course.municipality = own.municipality AND course.referral = own.referral"
    " WHERE link.id = :id AND own.sender = :sender AND own.envelope IS NOT NULL"
)
_LONGEST_REASON: Final = 1000


@dataclass(frozen=True, slots=True)
class Given:
    """Feedback that was given to a sender as a message: about whom, and when it was receipted for."""

    person: str
    received: datetime | None


async def given(writer: Writer, sender: str, id: str) -> Given | None:
    """None where no feedback with that message id was given to the sender (the key of its receipts)."""
    found = await writer.ask(_SENT, {"id": id, "sender": sender})
    return Given(found[0]["person"], found[0]["received"]) if found else None


async def receipted(context: Context, receipt: Receipt) -> None:
    """The AppRec of a sender for feedback given to it; again, it changes nothing.

    Raises NotFound where no such feedback was given to the sender.
    """
    id = receipt.original_id.lower()
    async with writing(context) as writer:
        writer.status = 204
        sent = await given(writer, sender_key(context.caller), id)
        if sent is None:
            raise NotFound.of("no feedback with that message id was given to this sender")
        context.trace.touch("Communication", id, sent.person)
        if sent.received is None:
            await writer.change("Communication", id, _told(receipt, instant(writer.at)))


def _told(receipt: Receipt, at: str) -> Callable[[Body], Body]:
    """It is there; or what is said of why not, which the coordinating unit gets onto its worklist."""
    delivered = receipt.status in (Status.OK, Status.PARTLY)
    said: Body = {"received": at} if delivered else {"statusReason": {"text": _said(receipt)}}

    def told(held: Body) -> Body:
        return _when_written(held) | {name: it for name, it in held.items() if name != "statusReason"} | said

    return told


def _when_written(told: Body) -> Body:
    """When it was sent, where that is not told: the message it went out as stays the same."""
    return {"sent": told["meta"]["lastUpdated"]}


def _said(receipt: Receipt) -> str:
    errors = [" ".join(filter(None, (error.value, error.name, error.text))) for error in receipt.errors]
    return ("; ".join(errors) or receipt.told.name or "ukjent status")[:_LONGEST_REASON]
