"""Who a request runs as: one municipality, some roles, and what the token vouches for."""

import re
from dataclasses import dataclass
from enum import StrEnum

from oppfolging_api.kernel.systems import HPR, ORGANISATION_NUMBER

SCOPE_PREFIX = "oppfolging/"


class Role(StrEnum):
    """The scopes `oppfolging/<role>`."""

    COORDINATING_UNIT = "coordinating-unit"
    LEADER = "leader"
    COORDINATOR = "coordinator"
    TEAM = "team"
    REFERRER = "referrer"
    PERSON = "person"
    SYSTEM = "system"


_SMART = re.compile(r"(?:patient|user|system)/([A-Z][A-Za-z]*|\*)\.(c?r?u?d?s?)")
_SMART_PREFIXES = ("patient/", "user/", "system/")


@dataclass(frozen=True, slots=True)
class SmartScope:
    """One SMART v2 resource scope: https://hl7.org/fhir/smart-app-launch/scopes-and-launch-context.html"""

    resource: str
    letters: str

    @classmethod
    def parse(cls, text: str) -> "SmartScope | None":
        """None for what is no resource scope. One that cannot be honoured as written, such as a SMART v1 scope or one
        with a search in it, allows nothing: a scope that is meant to narrow never widens."""
        if not text.startswith(_SMART_PREFIXES):
            return None
        found = _SMART.fullmatch(text)
        return cls(found[1], found[2]) if found else cls("", "")

    def allows(self, resource: str, letter: str) -> bool:
        return self.resource in ("*", resource) and letter in self.letters


@dataclass(frozen=True, slots=True)
class Caller:
    """The one caller of a request.

    `hpr` and `organisation` are the verified numbers (health personnel, organisation); `pid_key` is the keyed hash
    of the verified identity number, never the number itself.
    """

    municipality: str
    roles: frozenset[Role]
    issuer: str
    subject: str
    hpr: str | None = None
    organisation: str | None = None
    pid_key: str | None = None
    smart: tuple[SmartScope, ...] = ()

    @property
    def practitioner_key(self) -> str:
        """`system|value` by which the directory may know the caller: the HPR number, else the issuer's own name."""
        return f"{HPR}|{self.hpr}" if self.hpr else f"{self.issuer}|{self.subject}"

    @property
    def organisation_key(self) -> str | None:
        """`system|value` of the organisation the token speaks for; its referrals are filed under it."""
        return f"{ORGANISATION_NUMBER}|{self.organisation}" if self.organisation else None

    def allows(self, resource: str, letter: str) -> bool:
        """Whether the token's SMART scopes, where it has any, allow one of the letters c r u d s on a type."""
        return not self.smart or any(scope.allows(resource, letter) for scope in self.smart)
