"""Receiving a referral, and telling its sender where it stands (DOMAIN sections 3.2 and 3.4, CONTRACT section 6)."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy import text
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col

from oppfolging_api.access.policy import not_denied, released
from oppfolging_api.coordination import feedback
from oppfolging_api.coordination.decide import outcome_of
from oppfolging_api.coordination.tasks import is_kind
from oppfolging_api.coordination.unit import coordinating_unit
from oppfolging_api.fhir import exact_json
from oppfolging_api.fhir.server import Context
from oppfolging_api.fhir.writer import Writer, writing
from oppfolging_api.kernel.caller import Role
from oppfolging_api.kernel.clock import instant
from oppfolging_api.kernel.errors import Conflict, Issue, NotFound
from oppfolging_api.kernel.ids import new_id
from oppfolging_api.kernel.period import span
from oppfolging_api.kernel.registry import Body
from oppfolging_api.kernel.vocabulary import TaskKind
from oppfolging_api.referral.form import Referral
from oppfolging_api.referral.resources import patient, referral_task, service_request
from oppfolging_api.referral.sender import Sender, self_or_kin, sender_key, sender_of
from oppfolging_api.store.tables import ReferralReceipt

RULES = {"message-id-reused": "Meldings-id er brukt før, med et annet innhold."}


async def receive(context: Context, referral: Referral) -> str:
    """The id of the ServiceRequest; the same message again gives the same one and changes nothing.

    Raises Conflict where the sender has used the message id for something else, Forbidden for who sends no referrals.
    """
    async with writing(context) as writer:
        writer.status = 201
        sender = await sender_of(writer.session, context.caller, writer.at, writer.canonical)
        key = _person_key(context, referral)
        id = new_id()
        receipt = ReferralReceipt(
            municipality=context.caller.municipality,
            sender=sender.key,
            message_id=referral.messageId,
            digest=_digest(referral),
            referral=id,
            hears_outcome=sender.general_practitioner or referral.consentToShare or key == sender.key,
            received=writer.at,
        )
        earlier = await _file(writer, receipt)
        if earlier is not None:
            return _same(earlier, receipt)
        await _write(writer, referral, sender, key, id)
        return id


def _person_key(context: Context, referral: Referral) -> str | None:
    number = referral.patient.identifier
    return context.server.person_keys.key(number) if number else None


async def _known_person(writer: Writer, key: str | None) -> str | None:
    """Found by identity number; what the municipality knows about the person is left as it is.

    Two referrals of one new person wait for each other here: the second finds who the first made.
    """
    if key is None:
        return None
    await writer.hold(key)
    found: str | None = await writer.session.scalar(_PERSON, {"key": key})
    return found


async def _file(writer: Writer, receipt: ReferralReceipt) -> ReferralReceipt | None:
    """File the receipt; the earlier one where the sender has used the message id before. Waits for a twin under way."""
    values = receipt.model_dump()
    filed = await writer.session.execute(
        insert(ReferralReceipt).values(**values).on_conflict_do_nothing().returning(col(ReferralReceipt.referral))
    )
    if filed.scalar_one_or_none() is not None:
        return None
    return await writer.session.get_one(ReferralReceipt, (receipt.municipality, receipt.sender, receipt.message_id))


def _same(earlier: ReferralReceipt, receipt: ReferralReceipt) -> str:
    if earlier.digest != receipt.digest:
        rule = "message-id-reused"
        raise Conflict(
            (Issue("duplicate", "the message id was used for another message", "messageId", rule, RULES[rule]),)
        )
    return earlier.referral


async def _write(writer: Writer, referral: Referral, sender: Sender, key: str | None, id: str) -> None:
    at, canonical = instant(writer.at), writer.canonical
    person = await _known_person(writer, key)
    if person is None:
        made = await writer.create(patient(referral, canonical), as_service=True)
        person = str(made["id"])
    requester = sender.requester or await self_or_kin(writer.session, sender, person)
    asked = service_request(referral, person, requester, at, canonical)
    request = await writer.create(asked, id=id, as_service=True)
    unit = await coordinating_unit(writer.session, canonical)
    await writer.create(referral_task(request, unit, at, canonical), as_service=True)
    received = feedback.communication(request, feedback.RECEIVED, at, unit, canonical)
    await writer.create(received, as_service=True)


def _digest(referral: Referral) -> bytes:
    """Of what was said: an element that is left out and one given its default are the same message."""
    return hashlib.sha256(referral.model_dump_json(exclude_defaults=True).encode()).digest()


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a referral stands, as far as its sender may hear."""

    id: str
    status: str
    received: str
    outcome: str | None
    told: list[dict[str, str]]

    def json(self) -> Body:
        told: Body = {"id": self.id, "status": self.status, "received": self.received}
        return told | ({"outcome": self.outcome} if self.outcome else {}) | {"feedback": self.told}


_PERSON = text("SELECT id FROM identity WHERE type = 'Patient' AND key = :key")
_STATUS = {"requested": "received", "completed": "handled", "cancelled": "withdrawn"}
_STANDING = (
    "SELECT told.kind, r.type, r.id, r.version, own.received, false, NULL::text, f.person, r.body,"
    " ARRAY[(own.hears_outcome AND {heard})::text]"
    " FROM referral_receipt own CROSS JOIN LATERAL ("
    " SELECT 'task' AS kind, t.type, t.id FROM tenant_find t WHERE t.type = 'Task' AND NOT t.deleted"
    " AND t.keys @> ARRAY['focus=ServiceRequest/' || own.referral]"
    " UNION ALL SELECT 'feedback', 'Communication', link.id FROM feedback_link link"
    " WHERE link.municipality = own.municipality AND link.referral = own.referral) told"
    " JOIN tenant_find f ON f.type = told.type AND f.id = told.id AND NOT f.deleted"
    " JOIN resource r ON r.municipality = f.municipality AND r.type = f.type AND r.id = f.id"
    " WHERE own.referral = $1[1] AND (own.sender = $1[2] OR $1[3]::boolean) AND (told.kind = 'task' OR {heard})"
    " ORDER BY r.id"
)


async def standing(context: Context, id: str) -> Standing:
    """Raises NotFound for a referral the caller did not send; the coordinating unit may ask for any."""
    unit = Role.COORDINATING_UNIT in context.caller.roles
    heard = "true" if unit else f"{not_denied('f', 'f.kinds')} AND {released('f.kinds')}"
    statement = _STANDING.format(heard=heard)
    arguments = [id, "" if unit else sender_key(context.caller), str(unit).lower()]
    rows = await context.fetch(statement, arguments)
    canonical = context.server.canonical
    tasks = [(row, exact_json.parse(row["body"])) for row in rows if row["mode"] == "task"]
    carrying = next(((row, body) for row, body in tasks if is_kind(body, TaskKind.REFERRAL, canonical)), None)
    if carrying is None:
        raise NotFound.of("there is no such referral")
    row, task = carrying
    context.trace.touch("ServiceRequest", id, row["person"])
    told = [exact_json.parse(row["body"]) for row in rows if row["mode"] == "feedback"]
    return Standing(
        id,
        _STATUS.get(task.get("status", ""), "in-progress"),
        instant(row["updated"]),
        outcome_of(task, canonical) if unit or row["extra"] == ["true"] else None,
        sorted((said for one in told for said in _said(one)), key=lambda said: span(said["sent"])[0]),
    )


def _said(feedback: Body) -> Iterator[dict[str, str]]:
    """The texts of a Communication; the coordinating unit may have written one by hand."""
    if feedback.get("status") == "completed":
        sent = feedback.get("sent", feedback["meta"]["lastUpdated"])
        for part in feedback.get("payload", ()):
            if "contentString" in part:
                yield {"sent": sent, "text": part["contentString"]}
