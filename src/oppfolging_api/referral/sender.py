"""Who sends a referral, what they hear, and how they stand in the directory (CONTRACT section 6)."""

from dataclasses import dataclass, replace
from typing import Any

from oppfolging_api.access.policy import stands
from oppfolging_api.fhir.server import Context
from oppfolging_api.fhir.writer import Writer
from oppfolging_api.kernel.caller import Caller, Role
from oppfolging_api.kernel.errors import Forbidden, Issue
from oppfolging_api.kernel.systems import ORGANISATION_NUMBER
from oppfolging_api.kernel.vocabulary import SERVICE_TYPE, ServiceType

RULES = {"referral-authority": "Den som melder for en annen, er registrert som pårørende eller verge for personen."}
SENDERS = frozenset({Role.REFERRER, Role.PERSON, Role.COORDINATING_UNIT})


@dataclass(frozen=True, slots=True)
class Sender:
    """`key` is what the receipt is filed under; `general_practitioner` hears outcomes whatever they are.

    `requester` is None for a person who sends: how they stand to the one they refer is asked when that one is known.
    """

    key: str
    requester: dict[str, Any] | None
    general_practitioner: bool

    @property
    def is_person(self) -> bool:
        return self.requester is None


def sender_key(caller: Caller) -> str:
    """The token's organisation, or the person's keyed identity number. Raises Forbidden for a caller who sends none."""
    if not caller.roles & SENDERS:
        raise Forbidden.of("the caller does not send referrals")
    if caller.organisation_key and caller.roles & {Role.REFERRER, Role.COORDINATING_UNIT}:
        return caller.organisation_key
    if caller.pid_key and Role.PERSON in caller.roles:
        return caller.pid_key
    raise Forbidden.of("the token names no organisation to send for")


def is_person(caller: Caller) -> bool:
    """Whether it is as themselves that they send, not for an organisation."""
    return sender_key(caller) == caller.pid_key


_DIRECTORY = (
    "SELECT o.id AS organisation, e.id AS role, coalesce(e.general_practitioner, false) AS practises,"
    " EXISTS (SELECT FROM tenant_find f WHERE f.type = 'Organization' AND f.id = o.id AND f.keys @> ARRAY[:office])"
    " AS office"
    " FROM identity o LEFT JOIN identity p ON p.type = 'Practitioner' AND p.key = coalesce("
    "(SELECT own.key FROM identity own WHERE own.type = 'Practitioner' AND own.key = :practitioner LIMIT 1), :written)"
    " LEFT JOIN employment e ON e.practitioner = p.id AND e.organisation = o.id AND e.active"
    " AND (e.starts IS NULL OR e.starts <= :at) AND (e.ends IS NULL OR :at < e.ends)"
    " WHERE o.type = 'Organization' AND o.key = :organisation ORDER BY practises DESC LIMIT 1"
)
_KIN = (
    "SELECT 'RelatedPerson/' || r.id AS reference FROM identity i"
    " JOIN relation r ON i.type = 'RelatedPerson' AND r.id = i.id"
    " WHERE i.key = :key AND r.person = :person AND r.active AND r.authority IS DISTINCT FROM 'economy'"
    " AND (r.starts IS NULL OR r.starts <= :at) AND (r.ends IS NULL OR :at < r.ends) ORDER BY r.id LIMIT 1"
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


async def sender_of(writer: Writer, by: dict[str, Any] | None = None) -> Sender:
    """`by`: who the message says wrote it, a Reference by number. It counts where neither the token nor the
    directory tells who sends, and the organisation alone vouches for it. Raises Forbidden as `sender_key` does."""
    caller = writer.context.caller
    key = sender_key(caller)
    if is_person(caller):
        return Sender(key, None, False)
    office = f"type={writer.canonical.code_system(SERVICE_TYPE)}|{ServiceType.GP_OFFICE}"
    named = by if caller.hpr is None and caller.pid_key is None else None
    written = f"{named['identifier']['system']}|{named['identifier']['value']}" if named else None
    practitioner = caller.practitioner_key
    asked = {"organisation": key, "practitioner": practitioner, "written": written, "office": office, "at": writer.at}
    found = next(iter(await writer.ask(_DIRECTORY, asked)), None)
    if found is None:
        number = {"system": ORGANISATION_NUMBER, "value": caller.organisation}
        return Sender(key, {"type": "Organization", "identifier": number}, False)
    role, organisation = found["role"], found["organisation"]
    reference = f"PractitionerRole/{role}" if role else f"Organization/{organisation}"
    return Sender(key, {"reference": reference}, found["office"] or found["practises"])


async def kin_of(writer: Writer, sender: Sender, person: str | None) -> dict[str, Any]:
    """The RelatedPerson as whom a person who sends may report another's need: next of kin or guardian now, and not
    there for economy alone.

    Raises Forbidden where there is none, whether the municipality knows of the other or not.
    """
    asked = {"key": sender.key, "person": person, "at": writer.at}
    found = await writer.ask(_KIN, asked) if person else []
    if not found:
        rule, said = "referral-authority", "a next of kin or guardian of the person, registered here"
        raise Forbidden((Issue("forbidden", said, "patient", rule, RULES[rule]),))
    return {"reference": found[0]["reference"]}
