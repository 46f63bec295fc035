"""Who sends a referral, what they hear, and how they stand in the directory (CONTRACT section 6)."""

from dataclasses import dataclass, replace
from typing import Any

import asyncpg

from oppfolging_api.access.policy import stands
from oppfolging_api.coordination.unit import UNIT, as_unit, unit_key
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


@dataclass(frozen=True, slots=True)
class Met:
    """Who sends, whom it is about where the municipality knows them (the id of a Patient), and a Reference to its
    coordinating unit."""

    sender: Sender
    person: str | None
    unit: dict[str, Any] | None


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
_PERSON = "SELECT id FROM identity WHERE type = 'Patient' AND key = cast(:key AS text)"
# In one round trip; those that are referred to are held until the commit, so that nobody deletes them meanwhile.
_MET = f"""
WITH sender AS MATERIALIZED ({_DIRECTORY}), unit AS MATERIALIZED ({UNIT}),
named AS (
  SELECT 'Organization' AS type, id FROM unit UNION SELECT 'Organization', organisation FROM sender
  UNION SELECT 'PractitionerRole', role FROM sender),
held AS MATERIALIZED (
  SELECT named.type || '/' || named.id AS held FROM named CROSS JOIN LATERAL (
    SELECT FROM resource r WHERE r.municipality = :municipality AND r.type = named.type AND r.id = named.id
      AND NOT r.deleted FOR KEY SHARE) r)
SELECT sender.*, unit.id AS unit, ({_PERSON}) AS person, ARRAY(SELECT held FROM held) AS held
FROM unit LEFT JOIN sender ON true
"""  # noqa: S608 (put together from constants)
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


async def met(writer: Writer, person_key: str | None, by: dict[str, Any] | None = None) -> Met:
    """`person_key`: the key of the identity number of whom it is about. `by`: who the message says wrote it, a
    Reference by number. It counts where neither the token nor the directory tells who sends, and the organisation alone
    vouches for it. Raises Forbidden as `sender_key` does."""
    caller, canonical = writer.context.caller, writer.canonical
    key, own = sender_key(caller), is_person(caller)
    named = by if caller.hpr is None and caller.pid_key is None else None
    asked = {
        "municipality": caller.municipality,
        "organisation": None if own else key,
        "practitioner": caller.practitioner_key,
        "written": f"{named['identifier']['system']}|{named['identifier']['value']}" if named else None,
        "office": f"type={canonical.code_system(SERVICE_TYPE)}|{ServiceType.GP_OFFICE}",
        "at": writer.at,
        "unit_key": unit_key(canonical),
        "key": person_key,
    }
    (found,) = await writer.ask(_MET, asked)
    writer.stands(found["held"])
    sender = Sender(key, None, False) if own else _in_the_directory(caller, key, found)
    return Met(sender, found["person"], as_unit(found["unit"]))


def _in_the_directory(caller: Caller, key: str, found: asyncpg.Record) -> Sender:
    """By number alone where the directory has no such organisation."""
    role, organisation = found["role"], found["organisation"]
    if organisation is None:
        number = {"system": ORGANISATION_NUMBER, "value": caller.organisation}
        return Sender(key, {"type": "Organization", "identifier": number}, False)
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
