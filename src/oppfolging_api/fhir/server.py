"""What every interaction works with: made once a process by `create_app`, holding no state of any request."""

from dataclasses import dataclass
from typing import Protocol

import asyncpg

from oppfolging_api.access.access_log import Trace
from oppfolging_api.access.policy import entry
from oppfolging_api.access.secrets import PersonKeys
from oppfolging_api.fhir.search.cursor import Cursors
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

    async def fetch(self, statement: str, arguments: list[str]) -> list[asyncpg.Record]:
        """The rows a statement gives the caller, planned for these arguments (Database.fetch)."""
        if self.inside is not None:
            return await self.inside.fetch(statement, arguments)
        return await self.server.database.fetch(self.entry(), statement, arguments)

    async def look_up(self, statement: str, arguments: list[str]) -> list[asyncpg.Record]:
        """The same by primary keys (Database.look_up)."""
        if self.inside is not None:
            return await self.inside.look_up(statement, arguments)
        return await self.server.database.look_up(self.entry(), statement, arguments)

    def entry(self) -> Entry:
        return entry(self.caller, self.server.clock.now())

    def require_scope(self, kind: ResourceType, letter: str) -> None:
        """Raises Forbidden where the token's SMART scopes leave out a letter (r, s) for a type."""
        if not self.caller.allows(kind.name, letter):
            raise Forbidden.of(f"the token's scopes do not allow this with {kind.name}")
