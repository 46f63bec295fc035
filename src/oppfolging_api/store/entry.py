"""How a transaction enters the database: as one caller in one municipality, at one instant."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

OWN_ACCESS_AGE = 16
"""From how many years on a person has access to their own record, unless a setting says otherwise."""


@dataclass(frozen=True, slots=True)
class Entry:
    """The arguments of the database function `enter`. `actor`, `organisation` and `pid` are keys of `identity`."""

    municipality: str
    at: datetime
    roles: Sequence[str]
    actor: str
    organisation: str | None
    pid: str | None

    @property
    def arguments(self) -> tuple[str, datetime, list[str], str, str | None, str | None]:
        return self.municipality, self.at, list(self.roles), self.actor, self.organisation, self.pid

    @property
    def named(self) -> dict[str, Any]:
        return dict(zip(_NAMES, self.arguments, strict=True))


_NAMES = ("municipality", "at", "roles", "actor", "organisation", "pid")
