"""Whom one transaction holds: nobody else writes about them until it ends."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Final

from oppfolging_api.access import policy
from oppfolging_api.fhir.server import Context
from oppfolging_api.kernel.errors import Conflict
from oppfolging_api.kernel.registry import Change
from oppfolging_api.store import records
from oppfolging_api.store.statements import Statements

_PATIENT: Final = "Patient"
_PEOPLE = "SELECT f.person FROM tenant_find f WHERE f.type = '{type}' AND f.id = ANY(:{type}) AND {visible}"
# As records.lock takes them, but only those whom the caller sees.
_LOCK_SEEN = (
    "SELECT coalesce(array_agg(id), '{{}}') AS held,"
    " count(pg_advisory_xact_lock(hashtextextended(:municipality || ' ' || id, 0)))"
    f" FROM (SELECT f.id FROM tenant_find f WHERE f.type = '{_PATIENT}' AND f.id = ANY(cast(:persons AS text[]))"
    " AND {visible} ORDER BY f.id OFFSET 0) one"
)
_LOCK_SEEN_AND_ENTER = (
    "SELECT held, enter(:municipality, :at, cast(:roles AS text[]), :actor, :organisation, :pid)"
    f" FROM ({_LOCK_SEEN} OFFSET 0) one"
)


class Holding:
    """`again`: the caller enters anew once it holds them (records.lock). Whatever holds tells whether it had to ask."""

    def __init__(self, context: Context, sql: Statements, held: Iterable[str]) -> None:
        self._context = context
        self._sql = sql
        self._held = set(held)
        self._asked: set[str] = set()

    async def hold(self, names: Iterable[str | None], *, again: bool) -> bool:
        """People, or whatever else is named so."""
        new = {name for name in names if name is not None} - self._held
        if new:
            await records.lock(self._sql, self._context.entry(), new, again=again)
            self._held |= new
        return bool(new)

    def own(self, person: str) -> None:
        """One whom this transaction makes, by an id nobody else can know: there is nobody to wait for."""
        self._held.add(person)

    async def hold_seen(self, people: Iterable[str | None], *, again: bool) -> bool:
        """Of these people those whom the caller sees, in one round trip: nobody waits for others, nor holds them up."""
        new = {person for person in people if person is not None} - self._held - self._asked
        if new:
            self._asked |= new
            visible = policy.visible(self._context.caller, "f", self._context.server.registry.types[_PATIENT])
            statement = (_LOCK_SEEN_AND_ENTER if again else _LOCK_SEEN).format(visible=visible)
            self._held |= set(await self._sql.value(statement, self._context.entry().named | {"persons": sorted(new)}))
        return bool(new)

    async def hold_about(self, named: Sequence[tuple[str, str]], *, again: bool) -> bool:
        """The people whom resources (type, id) are about, of those the caller sees."""
        by_type: defaultdict[str, list[str]] = defaultdict(list)
        for type, id in named:
            by_type[type].append(id)
        types = self._context.server.registry.types
        asked = [
            _PEOPLE.format(type=type, visible=policy.visible(self._context.caller, "f", types[type]))
            for type in by_type
        ]
        found = await self._sql.rows(" UNION ".join(asked), by_type) if asked else []
        return await self.hold([row["person"] for row in found], again=again)

    def check(self, changes: Sequence[Change]) -> None:
        """Raises Conflict where something is written about somebody who is not held, since the caller has come to see
        them only after it was settled for whom to wait. A person who is new here nobody else writes about."""
        new = {change.id for change in changes if change.type.name == _PATIENT}
        about = {change.person for change in changes if change.person is not None}
        if about - self._held - new:
            raise Conflict.of("somebody else is writing about this at the same moment; retry", Retry_After="1")
