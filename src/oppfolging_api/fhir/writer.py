"""One transaction of one caller: everything a request writes, checked as a whole before it commits (DESIGN D7)."""

from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import date
from typing import Any, ParamSpec, TypeVar

import asyncpg
from sqlmodel import SQLModel

from oppfolging_api.access import policy
from oppfolging_api.fhir import exact_json
from oppfolging_api.fhir.beside import beside
from oppfolging_api.fhir.body import Written, unchanged
from oppfolging_api.fhir.checks import check_deleted, check_permitted, check_references, made_by
from oppfolging_api.fhir.cutting import untagged
from oppfolging_api.fhir.faults import FAULTS, refusal_of
from oppfolging_api.fhir.held import Current, held_statement, person_statement, scoped_of
from oppfolging_api.fhir.holding import Holding
from oppfolging_api.fhir.labels import kinds_of, labelled, with_labels
from oppfolging_api.fhir.partly_seen import PartlySeen
from oppfolging_api.fhir.references import relative
from oppfolging_api.fhir.server import Context
from oppfolging_api.fhir.shown import OF_PERSON, shown
from oppfolging_api.fhir.stamp import id_for, person_of, stamped
from oppfolging_api.fhir.validation import validate
from oppfolging_api.kernel.canonical import Canonical
from oppfolging_api.kernel.clock import OSLO
from oppfolging_api.kernel.errors import Forbidden, Gone, Invalid, NotFound, Refusal, Unprocessable
from oppfolging_api.kernel.period import oslo_datetime
from oppfolging_api.kernel.registry import Body, Change
from oppfolging_api.kernel.resource_type import ResourceType
from oppfolging_api.store import records
from oppfolging_api.store.database import BOUND, COLUMNS
from oppfolging_api.store.index import local_references
from oppfolging_api.store.records import Stored
from oppfolging_api.store.statements import Statements
from oppfolging_api.store.tables import AccessLog

_P = ParamSpec("_P")
_T = TypeVar("_T")


@asynccontextmanager
async def writing(context: Context, *names: str) -> AsyncIterator["Writer"]:
    """Commits what was written where the block ends well, with its access log rows; else nothing of it. What is known
    from the start to be held (Writer.hold) may be named here, which spares a round trip.

    Raises Refusal for whatever the database itself would not take.
    """
    try:
        async with context.server.database.enter(context.entry(), names) as sql:
            writer = Writer(context, sql, names)
            try:
                yield writer
                await writer.finish()
            except Refusal as refusal:
                raise writer.unplaced(refusal) from refusal
    except FAULTS as error:
        raise refusal_of(error) from error


class Writer:
    """`status` is what the request will be answered with, for its rows in the access log; `place` where in a Bundle
    the resources stand that are written now."""

    def __init__(self, context: Context, sql: Statements, held: Iterable[str] = ()) -> None:
        self.context = context
        self._sql = sql
        self.status = 200
        now = context.server.clock.now()
        self.at = now.replace(microsecond=now.microsecond // 1000 * 1000)
        self._registry = context.server.registry
        self._municipality = context.caller.municipality
        self._changes: list[Change] = []
        self._settled = self._judged = self._followed = 0
        self._holding = Holding(context, sql, held)
        self._partly_seen = PartlySeen(context.base)
        self._bound: frozenset[str] | None = None
        self._standing: set[str] = set()
        self.place: str | None = None

    @property
    def canonical(self) -> Canonical:
        return self._registry.canonical

    @property
    def today(self) -> date:
        """The day in Norway."""
        return self.at.astimezone(OSLO).date()

    @property
    def at_oslo(self) -> str:
        """The moment of the transaction as a dateTime in Norwegian time."""
        return oslo_datetime(self.at)

    async def hold(self, *names: str | None) -> None:
        """Let nobody else write about these people, or whatever else is named so, until the transaction ends."""
        self._held_anew(await self._holding.hold(names, again=not self._changes))

    async def hold_seen(self, *people: str | None) -> None:
        """The same for people whom a body names, of those the caller sees: nobody waits for, nor holds up, others."""
        self._held_anew(await self._holding.hold_seen(people, again=not self._changes))

    async def hold_about(self, named: Sequence[tuple[str, str]]) -> None:
        """The same for the people whom resources (type, id) are about, of those the caller sees."""
        self._held_anew(await self._holding.hold_about(named, again=not self._changes))

    def _held_anew(self, asked: bool) -> None:
        """What the caller was granted may be another now."""
        self._bound = None if asked else self._bound

    async def current(
        self, kind: ResourceType, id: str, *, as_service: bool = False, to_delete: bool = False
    ) -> Current:
        """Lock the person the row is about, then the row; `to_delete` waits for those who are referring to it.

        Raises NotFound where the caller does not see it.
        """
        if kind.packaged and any(held["id"] == id for held in self._registry.packaged):
            raise Forbidden.of(f"the service itself publishes this {kind.name}: it is read-only")
        key = {"type": kind.name, "id": id}
        caller = self.context.caller
        person = await self._sql.value(person_statement(caller, kind, as_service=as_service), key)
        await self.hold(person)
        row = await self._sql.row(held_statement(caller, kind, as_service=as_service, to_delete=to_delete), key)
        if row is None:
            raise NotFound.of(f"there is no such {kind.name}")
        self.context.trace.touch(kind.name, id, row["person"])
        state = (row["version"], row["updated"], row["body"], row["person"], tuple(row["kinds"]), row["deleted"])
        body = exact_json.parse(row["body"]) if row["body"] else {}
        shown = body if as_service else await self.shown(body, row["person"])
        return Current(Stored(kind.name, id, *state), body, tuple(row["seen"]), scoped_of(row), shown)

    def whole(self, current: Current, changed: Body, *, replaces: bool = False) -> Body:
        """What a change of the resource as the caller sees it makes of the whole. Where it cannot be made, that is told
        last.

        `replaces`: nothing that the caller does not see would be left.
        """
        if current.shown is current.body:
            return changed
        return self._partly_seen.whole(current.stored, current.body, current.shown, changed, replaces=replaces)

    def unplaced(self, refusal: Refusal) -> Refusal:
        """As it may be told."""
        return self._partly_seen.unplaced(refusal)

    async def told(self, written: Body, status: int) -> Written:
        """What the caller is told of a write."""
        return Written(await self.shown(written, self.person(written)), status)

    def person(self, resource: Body) -> str | None:
        """Whom a resource that stands is about."""
        return person_of(self._kind(resource), resource, resource["id"])

    async def shown(self, resource: Body, person: str | None) -> Body:
        """As the caller may see it."""
        if person is None or not resource or person not in await self._bound_people():
            return resource
        row = await self._sql.row(_WITHHELD, {"person": person, "pointed": sorted(set(local_references(resource)))})
        return shown(resource, dict(row)) if row else resource

    async def _bound_people(self) -> frozenset[str]:
        """Those about whom something is withheld from the caller."""
        if self._bound is None:
            asks = policy.may_be_bound(self.context.caller)
            self._bound = frozenset(await self._sql.value(_BOUND) if asks else ())
        return self._bound

    def permit(self, current: Current, letter: str) -> None:
        """Raises Forbidden where none of the standings in which the caller sees the row allows u or d."""
        kind = self._registry.types[current.stored.type]
        if not policy.may(current.scoped[letter], kind, letter):
            raise Forbidden.of(f"the caller may read this {kind.name} but not do this to it")

    async def create(self, resource: Body, *, id: str | None = None, as_service: bool = False) -> Body:
        kind = self._kind(resource)
        if not as_service:
            resource = relative(resource, kind.name, self.context.base)
        made = id or id_for(kind)
        person = person_of(kind, resource, made)
        if id is None and person == made:
            self._holding.own(made)
        await (self.hold(person) if as_service else self.hold_seen(person))
        return await self._write(kind, made, 1, None, resource, as_service=as_service)

    async def update(
        self, current: Current, resource: Body, *, as_service: bool = False, labels_told: bool = False
    ) -> Body:
        """What stands afterwards: no new version where nothing changes. `labels_told`: a resource without labels is to
        have none. Raises Forbidden where the caller sees the row but may not change it."""
        kind = self._kind(resource)
        resource = relative(resource, kind.name, self.context.base)
        if not as_service:
            self.permit(current, "u")
        if current.stored.person != person_of(kind, resource, current.stored.id):
            raise Unprocessable.of("a resource goes on being about the same person", f"{kind.name}.{kind.person}")
        return await self._write(
            kind,
            current.stored.id,
            current.stored.version + 1,
            current,
            resource,
            as_service=as_service,
            labels_told=labels_told,
        )

    async def delete(self, current: Current) -> int:
        """The version number of the deletion."""
        kind, was = self._registry.types[current.stored.type], current.stored
        self.permit(current, "d")
        change = Change(
            kind, was.id, was.person, current.body, None, self.context.caller, current.seen, place=self.place
        )
        self._guard(change)
        kinds = kinds_of(current.body, kind, self.canonical)
        gone = Stored(was.type, was.id, was.version + 1, self.at, b"", was.person, kinds, True, "DELETE")
        projections = self._registry.projections[kind.name]
        await records.replace(self._sql, records.drawn(self._municipality, gone, None, kind, projections), projections)
        self._note(change)
        return gone.version

    async def change(self, type: str, id: str, edit: Callable[[Body], Body]) -> Body:
        """Update one resource as the service, by a function of what stands."""
        current = await self.current(self._registry.types[type], id, as_service=True)
        if current.stored.deleted:
            raise Gone.of(f"the {type} was deleted")
        return await self.update(current, edit(current.body), as_service=True)

    async def about(self, person: str, type: str) -> list[Body]:
        found = await self._sql.rows(_ABOUT, {"person": person, "type": type})
        return [exact_json.parse(row["body"]) for row in found]

    async def resource(self, type: str, id: str) -> Body | None:
        row = await self._sql.row(_RESOURCE, {"id": id, "type": type})
        return exact_json.parse(row["body"]) if row else None

    async def rows(self, statement: str, arguments: list[str]) -> list[asyncpg.Record]:
        """The rows of a statement whose arguments are `$1[n]`, as this transaction sees them, with what the caller was
        granted before it wrote."""
        named = statement.replace("$1[", "(cast(:arguments AS text[]))[")
        return await self._sql.rows(named, {"arguments": arguments})

    async def look_up(self, statement: str, arguments: list[str]) -> list[asyncpg.Record]:
        """The same, as Database.look_up."""
        return await self.rows(f"SELECT *, {BOUND.format(found='found')} FROM ({statement}) found", arguments)

    async def fetch(self, statement: str, arguments: list[str]) -> list[asyncpg.Record]:
        """The same, as Database.fetch."""
        bound = BOUND.format(found="found")
        return await self.rows(f"SELECT *, {bound} FROM ({statement}) AS found ({COLUMNS})", arguments)

    def stands(self, named: Iterable[str]) -> None:
        """What this transaction has found and locked (FOR KEY SHARE), as `Type/id`: the service may refer to it."""
        self._standing |= set(named)

    async def ask(self, statement: str, given: Mapping[str, Any]) -> list[asyncpg.Record]:
        """The rows of a statement with arguments by name (`:name`), as this transaction sees them."""
        return await self._sql.rows(statement, given)

    async def at_commit(self) -> None:
        """Judge now what the database judges when a transaction commits."""
        await self._sql.rows("SET CONSTRAINTS ALL IMMEDIATE")

    def file(self, rows: Mapping[type[SQLModel], Sequence[dict[str, Any]]]) -> None:
        """Rows that are drawn from no resource, committed with the rest."""
        self._sql.later(rows)

    async def caller_names(self) -> frozenset[str]:
        return frozenset(await self._sql.value(_NAMES) or ())

    async def settle(self) -> None:
        """What was written is checked, then reacted to, and so on with what the reactions write; then every rule sees
        the final state. A reaction tells nothing of what the caller may not point at."""
        while self._settled < len(self._changes):
            changes = self._changes[self._settled :]
            self._settled = len(self._changes)
            named = list(map(self._partly_seen.as_named, changes))
            await check_references(self._sql, self.context, named, made_by(self._changes) | self._standing)
            self._holding.check(self._changes)
            await check_permitted(self._sql, self.context, changes)
            await check_deleted(self._sql, changes, self._registry.not_holding)
            for change in changes:
                for react in self._registry.reactions[change.type.name]:
                    await react(change, self)
            if self._settled == len(self._changes):
                await self._follow()
        judged, self._judged = self._judged, len(self._changes)
        for change in self._changes[judged:]:
            await self._judge(change)
        self._partly_seen.check()

    async def _follow(self) -> None:
        """What follows from all that has been written; what is written then is settled in its turn."""
        since, self._followed = self._followed, len(self._changes)
        for follow in self._registry.afterwards:
            await follow(self._changes[since:], self)

    async def finish(self) -> None:
        """Every check, then the log."""
        await self.settle()
        if self._changes:
            self._sql.later({AccessLog: self.context.trace.rows(self.at, self.status)})
            self.context.trace.written = True
        await self._sql.flush()

    async def _judge(self, change: Change) -> None:
        """By the rules of its type."""
        try:
            for rule in self._registry.rules[change.type.name]:
                await rule(change, self)
        except Refusal as refusal:
            raise refusal if change.place is None else refusal.placed(change.told) from refusal

    def _kind(self, resource: Body) -> ResourceType:
        name = resource.get("resourceType")
        kind = self._registry.types.get(name) if isinstance(name, str) else None
        if kind is None:
            raise Invalid.of("resourceType must name a resource type served here", "resourceType", code="structure")
        return kind

    async def _write(
        self,
        kind: ResourceType,
        id: str,
        version: int,
        current: Current | None,
        resource: Body,
        *,
        as_service: bool,
        labels_told: bool = False,
    ) -> Body:
        await self._beside(validate, resource, kind.name, twice=not as_service)
        if current is not None:
            was = current.body or labelled(current.stored.kinds, self.canonical)
            resource = with_labels(was, resource, set(current.seen), kind, self.canonical, told=labels_told)
        body = stamped(untagged(resource), id, version, self.at)
        before = self._before(current, as_service=as_service)
        seen = current.seen if current else ()
        person = person_of(kind, resource, id)
        change = Change(kind, id, person, before, body, self.context.caller, seen, as_service, self.place)
        self._guard(change)
        if before is not None and unchanged(before, body):
            return before
        kinds, method = kinds_of(body, kind, self.canonical), "PUT" if current else "POST"
        dumped = await self._beside(exact_json.dump, body)
        stored = Stored(kind.name, id, version, self.at, dumped, person, kinds, method=method)
        projections = self._registry.projections[kind.name]
        rows = await self._beside(records.drawn, self._municipality, stored, body, kind, projections)
        if current:
            await records.replace(self._sql, rows, projections)
        else:
            await records.add(self._sql, rows)
        self._note(change)
        return body

    def _before(self, current: Current | None, *, as_service: bool) -> Body | None:
        if current is None or current.stored.deleted:
            return None
        return current.body if as_service else self._partly_seen.before(current.stored, current.body)

    async def _beside(self, work: Callable[_P, _T], *args: _P.args, **named: _P.kwargs) -> _T:
        """Beside the event loop where it would hold up other requests."""
        return await beside(self.context.trace.size, work, *args, **named)

    def _guard(self, change: Change) -> None:
        for guard in self._registry.guards[change.type.name]:
            guard(change)

    def _note(self, change: Change) -> None:
        self._changes.append(change)
        self.context.trace.touch(change.type.name, change.id, change.person)


_BOUND = "SELECT current_setting('oppfolging.bound', true)::text[]"
_WITHHELD = f"SELECT {OF_PERSON.format(person=':person', pointed='cast(:pointed AS text[])')}"
_NAMES = "SELECT current_setting('oppfolging.names', true)::text[]"
_ABOUT = (
    "SELECT r.body FROM tenant_find f"
    " JOIN resource r ON r.municipality = f.municipality AND r.type = f.type AND r.id = f.id"
    " WHERE f.type = :type AND f.person = :person AND NOT f.deleted ORDER BY f.id"
)
_RESOURCE = (
    "SELECT r.body FROM tenant_find f"
    " JOIN resource r ON r.municipality = f.municipality AND r.type = f.type AND r.id = f.id"
    " WHERE f.type = :type AND f.id = :id AND NOT f.deleted"
)
