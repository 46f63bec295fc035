"""What every interaction works with: made once a process by `create_app`, holding no state of any request."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import asyncpg

from oppfolging_api.access import policy
from oppfolging_api.access.access_log import Trace
from oppfolging_api.access.secrets import PersonKeys
from oppfolging_api.fhir.search.cursor import Cursors
from oppfolging_api.fhir.shown import WITHHELD, Row, asked_of, shown_rows
from oppfolging_api.kernel.caller import Caller
from oppfolging_api.kernel.canonical import Canonical
from oppfolging_api.kernel.clock import Clock
from oppfolging_api.kernel.errors import Forbidden, NotFound
from oppfolging_api.kernel.registry import Registry
from oppfolging_api.kernel.resource_type import ResourceType
from oppfolging_api.store.database import Database
from oppfolging_api.store.entry import Entry


@dataclass(frozen=True, slots=True)
class Server:
    registry: Registry
    database: Database
    clock: Clock
    cursors: Cursors
    person_keys: PersonKeys
    version: str

    @property
    def canonical(self) -> Canonical:
        return self.registry.canonical

    def declared(self, name: str) -> ResourceType:
        """Raises NotFound for a type that is not served."""
        found = self.registry.types.get(name)
        if found is None:
            raise NotFound.of("this server does not serve that resource type", code="not-supported")
        return found


class Reads(Protocol):
    """What answers a read."""

    async def fetch(self, statement: str, arguments: list[str]) -> list[asyncpg.Record]: ...

    async def look_up(self, statement: str, arguments: list[str]) -> list[asyncpg.Record]: ...


@dataclass(frozen=True, slots=True)
class Context:
    """One request: the server, the caller it runs as, where it is addressed, and what it has touched."""

    server: Server
    caller: Caller
    base: str
    trace: Trace
    inside: Reads | None = None
    """An open transaction, which reads then see as it has left things."""

    async def fetch(self, statement: str, arguments: list[str]) -> list[Row]:
        """The rows a statement gives the caller, planned for these arguments (Database.fetch), their bodies as the
        caller may see them."""
        if self.inside is not None:
            return await self.shown(await self.inside.fetch(statement, arguments))
        return await self.shown(await self.server.database.fetch(self.entry(), statement, arguments))

    async def look_up(self, statement: str, arguments: list[str]) -> list[Row]:
        """The same by primary keys (Database.look_up)."""
        return await self.shown(await self._look_up(statement, arguments))

    async def shown(self, rows: Sequence[Any]) -> list[Row]:
        """Rows with `person`, `body` and `bound`, cut where something about the person is withheld from the caller:
        the one way of a stored resource out of the service."""
        asked = asked_of(rows)
        if not asked:
            return list(rows)
        return shown_rows(rows, await self._look_up(WITHHELD, [asked]))

    async def _look_up(self, statement: str, arguments: list[str]) -> list[Any]:
        if self.inside is not None:
            return await self.inside.look_up(statement, arguments)
        return await self.server.database.look_up(self.entry(), statement, arguments)

    def entry(self) -> Entry:
        return policy.entry(self.caller, self.server.clock.now())

    def require_whole(self, kind: ResourceType) -> None:
        """Raises Forbidden where the token's scopes hold it to some resources of the type by what these say now: what
        earlier versions said is not known."""
        if policy.narrowed(self.caller, kind, "r"):
            raise Forbidden.of(f"the token's scopes allow no earlier versions of {kind.name}")

    def require_scope(self, kind: ResourceType, letter: str) -> None:
        """Raises Forbidden where the token's SMART scopes leave out a letter (r, s) for a type."""
        if not policy.allowed(self.caller, kind, letter):
            raise Forbidden.of(f"the token's scopes do not allow this with {kind.name}")
