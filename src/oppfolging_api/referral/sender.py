"""Who sends a referral, what they hear, and how they stand in the directory (CONTRACT section 6)."""

from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from oppfolging_api.access.policy import stands
from oppfolging_api.fhir.server import Context
from oppfolging_api.kernel.caller import Caller, Role
from oppfolging_api.kernel.canonical import Canonical
from oppfolging_api.kernel.errors import Forbidden
from oppfolging_api.kernel.systems import ORGANISATION_NUMBER
from oppfolging_api.kernel.vocabulary import SERVICE_TYPE, ServiceType

SENDERS = frozenset({Role.REFERRER, Role.PERSON, Role.COORDINATING_UNIT})


@dataclass(frozen=True, slots=True)
class Sender:
    """`key` is what the receipt is filed under; `general_practitioner` hears outcomes whatever they are.

    `requester` is None for a person who sends: how they stand to the one they refer is asked when that one is known.
    """

    key: str
    requester: dict[str, Any] | None
    general_practitioner: bool


def sender_key(caller: Caller) -> str:
    """The token's organisation, or the person's keyed identity number. Raises Forbidden for a caller who sends none."""
    if not caller.roles & SENDERS:
        raise Forbidden.of("the caller does not send referrals")
    if caller.organisation_key and caller.roles & {Role.REFERRER, Role.COORDINATING_UNIT}:
        return caller.organisation_key
    if caller.pid_key and Role.PERSON in caller.roles:
        return caller.pid_key
    raise Forbidden.of("the token names no organisation to send for")


_DIRECTORY = text(
    "SELECT o.id AS organisation, e.id AS role, coalesce(e.general_practitioner, false) AS practises,"
    " EXISTS (SELECT FROM tenant_find f WHERE f.type = 'Organization' AND f.id = o.id AND f.keys @> ARRAY[:office])"
    " AS office"
    " FROM identity o LEFT JOIN identity p ON p.type = 'Practitioner' AND p.key = :practitioner"
    " LEFT JOIN employment e ON e.practitioner = p.id AND e.organisation = o.id AND e.active"
    " AND (e.starts IS NULL OR e.starts <= :at) AND (e.ends IS NULL OR :at < e.ends)"
    " WHERE o.type = 'Organization' AND o.key = :organisation ORDER BY practises DESC LIMIT 1"
)
_SELF_OR_KIN = text(
    "SELECT i.type || '/' || i.id FROM identity i LEFT JOIN relation r ON i.type = 'RelatedPerson' AND r.id = i.id"
    " WHERE i.key = :key AND (i.type = 'Patient' AND i.id = :person OR r.person = :person) ORDER BY i.type LIMIT 1"
)


def as_sender(context: Context, letter: str) -> Context:
    """The same request in the roles that send referrals, as far as the token's SMART scopes allow a letter on what a
    referral is, a ServiceRequest, and do not hold them to some. Raises Forbidden."""
    caller, allowed = context.caller, stands(context.caller, context.server.declared("ServiceRequest"), letter)
    roles = frozenset(role for role in caller.roles & SENDERS if role.value in allowed)
    if caller.roles & SENDERS and not roles:
        raise Forbidden.of("the token's scopes leave out referrals")
    sender = replace(caller, roles=roles)
    sender_key(sender)
    return replace(context, caller=sender)


async def sender_of(session: AsyncSession, caller: Caller, at: Any, canonical: Canonical) -> Sender:
    """Raises Forbidden as `sender_key` does."""
    key = sender_key(caller)
    if key == caller.pid_key:
        return Sender(key, None, False)
    office = f"type={canonical.code_system(SERVICE_TYPE)}|{ServiceType.GP_OFFICE}"
    asked = {"organisation": key, "practitioner": caller.practitioner_key, "office": office, "at": at}
    found = (await session.execute(_DIRECTORY, asked)).one_or_none()
    if found is None:
        number = {"system": ORGANISATION_NUMBER, "value": caller.organisation}
        return Sender(key, {"type": "Organization", "identifier": number}, False)
    reference = f"PractitionerRole/{found.role}" if found.role else f"Organization/{found.organisation}"
    return Sender(key, {"reference": reference}, found.office or found.practises)


async def self_or_kin(session: AsyncSession, sender: Sender, person: str) -> dict[str, Any] | None:
    """The one referred, or their next of kin; None for a person sending whom the municipality cannot name."""
    found = await session.scalar(_SELF_OR_KIN, {"key": sender.key, "person": person})
    return {"reference": found} if found else None
