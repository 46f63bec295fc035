"""Who a request runs as: one municipality, some roles, and what the token vouches for."""

import re
from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import parse_qsl

from oppfolging_api.kernel.systems import HPR, ORGANISATION_NUMBER

SCOPE_PREFIX = "oppfolging/"


class Role(StrEnum):
    """The scopes `oppfolging/<role>`."""

    COORDINATING_UNIT = "coordinating-unit"
    CASE_MEMBER = "case-member"
    LEADER = "leader"
    COORDINATOR = "coordinator"
    TEAM = "team"
    REFERRER = "referrer"
    PERSON = "person"
    SYSTEM = "system"


_SMART = re.compile(r"(patient|user|system)/([A-Z][A-Za-z]*|\*)\.(c?r?u?d?s?)(?:\?(.+))?")
_SMART_PREFIXES = ("patient/", "user/", "system/")

Restriction = tuple[tuple[str, tuple[str, ...]], ...]
"""What a scope holds to: of each search parameter one of these values."""


@dataclass(frozen=True, slots=True)
class SmartScope:
    """One SMART v2 resource scope: https://hl7.org/fhir/smart-app-launch/scopes-and-launch-context.html"""

    context: str
    resource: str
    letters: str
    restriction: Restriction = ()

    @classmethod
    def parse(cls, text: str) -> "SmartScope | None":
        """None for what is no resource scope. One that cannot be honoured as written, such as a SMART v1 scope, allows
        nothing: a scope that is meant to narrow never widens."""
        if not text.startswith(_SMART_PREFIXES):
            return None
        found = _SMART.fullmatch(text)
        try:
            return cls(found[1], found[2], found[3], _restriction(found[4] or "")) if found else cls("", "", "")
        except ValueError:
            return cls("", "", "")

    def allows(self, resource: str, letter: str) -> bool:
        return self.resource in ("*", resource) and letter in self.letters


def _restriction(query: str) -> Restriction:
    """Raises ValueError for what is no query."""
    pairs = parse_qsl(query, keep_blank_values=True, strict_parsing=True) if query else []
    if any("\x00" in text for pair in pairs for text in pair):
        raise ValueError("no text holds a NUL")
    return tuple((name, tuple(value.split(","))) for name, value in pairs)


@dataclass(frozen=True, slots=True)
class Powers:
    """What of a caller decides which SQL tells what it may see: everybody with the same has the same."""

    roles: frozenset[Role]
    smart: tuple[SmartScope, ...] = ()


@dataclass(frozen=True, slots=True)
class Caller:
    """The one caller of a request.

    `hpr` and `organisation` are the verified numbers (health personnel, organisation); `pid_key` is the keyed hash
    of the verified identity number, never the number itself. `client` is the software that acts, and whose it is: for
    the log alone.
    """

    municipality: str
    roles: frozenset[Role]
    issuer: str
    subject: str
    hpr: str | None = None
    organisation: str | None = None
    pid_key: str | None = None
    smart: tuple[SmartScope, ...] = ()
    client: str | None = None

    @property
    def powers(self) -> Powers:
        return Powers(self.roles, self.smart)

    @property
    def practitioner_key(self) -> str:
        """`system|value` by which the directory may know the caller: the HPR number, else the issuer's own name."""
        return f"{HPR}|{self.hpr}" if self.hpr else f"{self.issuer}|{self.subject}"

    @property
    def organisation_key(self) -> str | None:
        """`system|value` of the organisation the token speaks for; its referrals are filed under it."""
        return f"{ORGANISATION_NUMBER}|{self.organisation}" if self.organisation else None
