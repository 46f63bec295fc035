"""Feedback as messages: sent in the conversation the need came in, until the sender's system has receipted for it.

Each Communication of feedback on a referral that came as a PLO message has a Task of the coordinating unit's, due when
the receipt should have come. The receipt ends it; a rejection, or no receipt, leaves it on the unit's worklist.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from oppfolging_api.coordination.tasks import OPEN
from oppfolging_api.fhir.server import Context
from oppfolging_api.fhir.writer import Writer, writing
from oppfolging_api.kernel.clock import instant
from oppfolging_api.kernel.coding import has_code
from oppfolging_api.kernel.errors import NotFound
from oppfolging_api.kernel.reference import pointed_at
from oppfolging_api.kernel.registry import Body, Change
from oppfolging_api.kernel.vocabulary import COMMUNICATION_CATEGORY, MESSAGE_TASK, CommunicationCategory, MessageTask
from oppfolging_api.referral.door import Door
from oppfolging_api.referral.message_tasks import message_task
from oppfolging_api.referral.plo.message import Status
from oppfolging_api.referral.plo.receipt import Receipt
from oppfolging_api.referral.sender import sender_key

_CAME_AS_MESSAGE: Final = "SELECT FROM referral_receipt WHERE referral = :referral AND envelope IS NOT NULL"
_SENT: Final = (
    "SELECT link.received, course.person FROM feedback_link link JOIN referral_receipt own"
    " ON own.municipality = link.municipality AND own.referral = link.referral"
    " JOIN referral_course course ON course.municipality = own.municipality AND course.referral = own.referral"
    " WHERE link.id = :id AND own.sender = :sender AND own.envelope IS NOT NULL"
)
_LONGEST_REASON: Final = 1000
_TASKS: Final = (
    "SELECT f.id FROM tenant_find f WHERE f.type = 'Task' AND NOT f.deleted AND f.keys @> ARRAY[:focus, :code]"
)


def to_be_delivered(door: Door) -> Callable[[Change, Writer], Awaitable[None]]:
    async def on_feedback(change: Change, writer: Writer) -> None:
        """Feedback on what came as a message goes back as one, and is to be receipted for."""
        told = change.after
        if told is None or not _is_feedback(told, writer) or not _is_sent(told) or _is_sent(change.before):
            return
        for based in told.get("basedOn", ()):
            referral = pointed_at(based, "ServiceRequest")
            if referral and await writer.ask(_CAME_AS_MESSAGE, {"referral": referral}):
                await message_task(
                    writer,
                    MessageTask.DELIVERY,
                    door.receipt_by(writer.at),
                    focus=f"Communication/{change.id}",
                    description="En tilbakemelding som avsenderens system skal kvittere for.",
                )

    return on_feedback


def _is_sent(told: Body | None) -> bool:
    return told is not None and told.get("status") == "completed"


def _is_feedback(told: Body, writer: Writer) -> bool:
    system = writer.canonical.code_system(COMMUNICATION_CATEGORY)
    return has_code(told.get("category", ()), system, CommunicationCategory.FEEDBACK)


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
        at = instant(writer.at)
        delivered = receipt.status in (Status.OK, Status.PARTLY)
        if delivered and sent.received is None:
            await writer.change("Communication", id, lambda held: _when_written(held) | held | {"received": at})
        code = f"code={writer.canonical.code_system(MESSAGE_TASK)}|{MessageTask.DELIVERY}"
        for row in await writer.ask(_TASKS, {"focus": f"focus=Communication/{id}", "code": code}):
            held = await writer.resource("Task", row["id"])
            if held and held.get("status") in OPEN:
                await writer.change("Task", row["id"], _ended(at) if delivered else _refused(at, receipt, writer.at))


def _when_written(told: Body) -> Body:
    """When it was sent, where that is not told: the message it went out as stays the same."""
    return {"sent": told["meta"]["lastUpdated"]}


def _ended(at: str) -> Callable[[Body], Body]:
    return lambda held: held | {"status": "completed", "lastModified": at, "executionPeriod": {"end": at}}


def _refused(at: str, receipt: Receipt, now: datetime) -> Callable[[Body], Body]:
    """It stays on the worklist, and is due at once."""
    errors = [" ".join(filter(None, (error.value, error.name, error.text))) for error in receipt.errors]
    said = ("; ".join(errors) or receipt.told.name or "ukjent status")[:_LONGEST_REASON]
    changed: dict[str, Any] = {
        "statusReason": {"text": f"Avsenderens system har ikke tatt imot tilbakemeldingen: {said}"},
        "restriction": {"period": {"end": instant(now)}},
        "lastModified": at,
    }
    return lambda held: held | changed
