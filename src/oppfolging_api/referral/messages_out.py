"""Feedback as its sender fetches it: messages in the conversation the need came in, or FHIR."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from lxml import etree

from oppfolging_api.fhir import exact_json
from oppfolging_api.fhir.server import Context
from oppfolging_api.kernel.errors import NotAcceptable, NotFound
from oppfolging_api.kernel.period import span
from oppfolging_api.kernel.registry import Body
from oppfolging_api.referral.envelopes import opened
from oppfolging_api.referral.plo.answering import Reply, write_reply
from oppfolging_api.referral.standing import texts_of, told_rows

SUBJECT: Final = "Oppfølgingsteam"
_MESSAGES = (
    "SELECT 'feedback', 'Communication', f.id, r.version, own.received, false, NULL::text, t.person,"
    " coalesce(r.body, ''), ARRAY[own.envelope]"
    " FROM referral_receipt own JOIN referral_course course"
    " ON course.municipality = own.municipality AND course.referral = own.referral"
    " JOIN tenant_find t ON t.type = 'Task' AND t.id = course.id AND NOT t.deleted"
    " LEFT JOIN LATERAL (SELECT f.* FROM feedback_link link"
    " JOIN tenant_find f ON f.type = 'Communication' AND f.id = link.id AND NOT f.deleted"
    " WHERE link.municipality = own.municipality AND link.referral = own.referral AND {heard}) f ON true"
    " LEFT JOIN resource r ON r.municipality = f.municipality AND r.type = 'Communication' AND r.id = f.id"
    " WHERE own.referral = $1[1] AND (own.sender = $1[2] OR $1[3]::boolean) ORDER BY f.id"
)


@dataclass(frozen=True, slots=True)
class Feedback:
    """What a sender was told on one referral, first to last; `envelope` is None where it did not come as a message."""

    told: list[Body]
    envelope: str | None


async def feedback_on(context: Context, id: str) -> Feedback:
    """Raises NotFound for a referral the caller did not send."""
    rows = await told_rows(context, _MESSAGES, id)
    if not rows:
        raise NotFound.of("there is no such referral")
    told = [exact_json.parse(row["body"]) for row in rows if row["body"]]
    sent = [one for one in told if one.get("status") == "completed"]
    return Feedback(sorted(sent, key=_sent), rows[0]["extra"][0])


def as_bundle(feedback: Feedback, base: str) -> Body:
    entries: list[dict[str, Any]] = [
        {"fullUrl": f"{base}/Communication/{one['id']}", "resource": one} for one in feedback.told
    ]
    return {"resourceType": "Bundle", "type": "collection"} | ({"entry": entries} if entries else {})


def as_messages(feedback: Feedback) -> bytes:
    """All of them, each a whole MsgHead within one element. Raises NotAcceptable where the need was not reported in a
    message: there is no conversation to answer in."""
    root = etree.Element("Messages")
    root.extend(etree.fromstring(message) for _, message in _written(feedback))
    return etree.tostring(root, encoding="UTF-8", xml_declaration=True)


def as_message(feedback: Feedback, id: str) -> bytes:
    """One of them. Raises NotFound where there is none with that id, NotAcceptable as `as_messages`."""
    found = next((message for own, message in _written(feedback) if own == id), None)
    if found is None:
        raise NotFound.of("there is no such message")
    return found


def _written(feedback: Feedback) -> Iterator[tuple[str, bytes]]:
    """(message id, MsgHead); each answers the one before it."""
    if feedback.envelope is None:
        raise NotAcceptable.of("the need was not reported in a message: ask for application/fhir+json")
    received, parent = opened(feedback.envelope), None
    for one in feedback.told:
        reply = Reply(one["id"], _sent(one), SUBJECT, "\n\n".join(texts_of(one)), parent)
        yield one["id"], write_reply(received, reply)
        parent = one["id"]


def _sent(told: Body) -> datetime:
    return span(told.get("sent", told["meta"]["lastUpdated"]))[0]
