"""Bringing the Tasks of some people up to date: what differs is asked for once of all of them, and then anew of those
whom a transaction holds. It waits for nobody: whoever is being written about comes later, or tomorrow."""

import asyncio
import logging
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Final, TypeVar

from oppfolging_api.access.access_log import Trace
from oppfolging_api.coordination.unit import unit_key
from oppfolging_api.fhir import exact_json
from oppfolging_api.fhir.labels import kinds_of
from oppfolging_api.fhir.server import Context, Server
from oppfolging_api.fhir.stamp import person_of, stamped
from oppfolging_api.fhir.writer import Writer, writing
from oppfolging_api.kernel.caller import Caller, Role
from oppfolging_api.kernel.errors import Refusal, Unavailable
from oppfolging_api.kernel.ids import new_id
from oppfolging_api.store.drawing import Rows
from oppfolging_api.store.records import Stored, drawn
from oppfolging_api.store.statements import Statements
from oppfolging_api.store.tables import AccessLog
from oppfolging_api.worklist.differences import Difference, Given, differences
from oppfolging_api.worklist.putting_right import put_right
from oppfolging_api.worklist.rules import BY_CODE, TABLE
from oppfolging_api.worklist.tasks import work_task

NAME: Final = "worklist"
_BASE: Final = "urn:oppfolging"
_MENDED, _MADE = 100, 200
"""People whose Tasks one transaction changes, and makes: whoever writes about one of them waits for as long."""
_AT_ONCE: Final = 2
"""Transactions: while one of them waits for the database, the rows of the other are drawn."""
_TURNS, _PAUSE_S = 4, 0.1
_T = TypeVar("_T")
_logger = logging.getLogger(__name__)

# As records.lock takes them; the subquery keeps any other person from being tried.
_TAKEN: Final = (
    "SELECT person FROM (SELECT DISTINCT person FROM unnest(cast(:people AS text[])) person OFFSET 0) one"
    " WHERE pg_try_advisory_xact_lock(hashtextextended(:municipality || ' ' || person, 0))"
)
# What is being deleted just now is as good as gone. By the primary key first (as in fhir/checks.py).
_STANDING: Final = (
    "SELECT f.type || '/' || f.id AS named FROM ("
    "SELECT f.* FROM unnest(cast(:types AS text[]), cast(:ids AS text[])) named (type, id) CROSS JOIN LATERAL ("
    "SELECT f.* FROM tenant_find f WHERE f.type = named.type AND f.id = named.id OFFSET 0) f OFFSET 0) f"
    " JOIN resource r ON r.municipality = f.municipality AND r.type = f.type AND r.id = f.id"
    " WHERE NOT r.deleted FOR KEY SHARE OF r SKIP LOCKED"
)


@dataclass(frozen=True, slots=True)
class Done:
    """People looked at; Tasks made, closed, and changed or opened again; people left to tomorrow."""

    people: int = 0
    made: int = 0
    settled: int = 0
    moved: int = 0
    left: int = 0

    def __add__(self, other: "Done") -> "Done":
        mine, others = self.counted, other.counted
        return Done(**{name: number + others[name] for name, number in mine.items()})

    @property
    def counted(self) -> dict[str, int]:
        """By name."""
        return {field.name: getattr(self, field.name) for field in fields(self)}


@dataclass(frozen=True, slots=True)
class Town:
    """A municipality, and within how many hours its senders' systems are to receipt for feedback."""

    server: Server
    code: str
    hours: int

    def context(self) -> Context:
        """Of one transaction of the service itself."""
        caller = Caller(self.code, frozenset({Role.SYSTEM}), f"urn:oppfolging:{NAME}", NAME)
        return Context(self.server, caller, _BASE, Trace(new_id(), NAME, caller))

    @asynccontextmanager
    async def entered(self) -> AsyncIterator[Statements]:
        """For reading only."""
        async with self.server.database.enter(self.context().entry()) as sql:
            yield sql

    def given(self, people: Iterable[str], at: datetime) -> Given:
        return Given(self.code, sorted(people), (), at, unit_key(self.server.canonical), self.hours)


Written = tuple[Done, set[str]]
"""What a transaction did, and the people whom it held."""
Write = Callable[[Town, Sequence[str]], Awaitable[Written]]


async def brought_up_to_date(town: Town, people: Sequence[str]) -> Done:
    """Raises Unavailable, and whatever the database says of a statement that is wrong."""
    async with town.entered() as sql:
        found = await differences(sql.rows, TABLE, town.given(people, town.server.clock.now()))
    done, left = Done(people=len(people)), set[str]()
    for write, size, is_new in ((_mended, _MENDED, False), (_made, _MADE, True)):
        whose = sorted({one.person for one in found if one.person is not None and (one.id is None) is is_new})
        one, held = await _in_turns(town, whose, size, write)
        done, left = done + one, left | held
    if left:
        _logger.warning({"event": NAME, "left": len(left)})
    return done + Done(left=len(left))


async def _in_turns(town: Town, people: Sequence[str], size: int, write: Write) -> tuple[Done, set[str]]:
    """So many people a transaction; those who are held are tried again a little later. Who still is, is left."""
    done, left = Done(), list(people)
    for turn in range(_TURNS):
        if not left:
            break
        await asyncio.sleep(_PAUSE_S if turn else 0)
        for groups in _parts(_parts(left, size), _AT_ONCE):
            for one, taken in await asyncio.gather(*(_attempt(town, group, write) for group in groups)):
                done += one
                left = [person for person in left if person not in taken]
    return done, set(left)


def _parts(whole: Sequence[_T], size: int) -> list[Sequence[_T]]:
    return [whole[first : first + size] for first in range(0, len(whole), size)]


async def _attempt(town: Town, people: Sequence[str], write: Write) -> Written:
    """What cannot be written about one person takes nobody else's with it: where a transaction fails, each is one."""
    try:
        return await write(town, people)
    except Unavailable:
        raise
    except Refusal as refusal:
        if len(people) == 1:
            _logger.warning({"event": NAME, "error": type(refusal).__qualname__})
            return Done(), set()
    done, taken = Done(), set[str]()
    for person in people:
        one, held = await _attempt(town, [person], write)
        done, taken = done + one, taken | held
    return done, taken


async def _mended(town: Town, people: Sequence[str]) -> Written:
    """Tasks that are there are closed, opened again or changed, by the writer."""
    async with writing(town.context()) as writer:
        taken, found = await _anew(town, people, writer)
        await writer.hold(*taken)
        there = [one for one in found if one.id is not None]
        for one in there:
            await put_right(one, BY_CODE[one.code], writer)
    settled = sum(not one.wanted for one in there)
    return Done(settled=settled, moved=len(there) - settled), taken


async def _made(town: Town, people: Sequence[str]) -> Written:
    """Tasks that are wanted and not there: all their rows in one statement, the same rows that the writer makes."""
    async with writing(town.context()) as writer:
        taken, found = await _anew(town, people, writer)
        missing = [one for one in found if one.id is None]
        standing = await _standing(town, missing, writer)
        new = [one for one in missing if _named(one) <= standing]
        await _file(town, new, writer)
    return Done(made=len(new)), taken


async def _anew(town: Town, people: Sequence[str], writer: Writer) -> tuple[set[str], list[Difference]]:
    """The people whom nobody else held, and what differs now that nobody else can write about them."""
    rows = await writer.ask(_TAKEN, {"municipality": town.code, "people": list(people)})
    taken = {row["person"] for row in rows}
    return taken, await differences(writer.ask, TABLE, town.given(taken, writer.at)) if taken else []


def _named(one: Difference) -> set[str]:
    """What its Task will refer to, beside the person."""
    return {named for named in (one.focus, one.owner) if named is not None}


async def _standing(town: Town, new: Sequence[Difference], writer: Writer) -> set[str]:
    """What is there of all that the Tasks will refer to, kept from being deleted until the commit."""
    named = [one.partition("/")[::2] for one in sorted(set().union(*map(_named, new)))]
    given = {"types": [type for type, _ in named], "ids": [id for _, id in named]}
    return {row["named"] for row in await writer.ask(_STANDING, given)} if named else set()


async def _file(town: Town, new: Sequence[Difference], writer: Writer) -> None:
    """With their rows of the access log. Between two Tasks whoever else has work in this process comes first."""
    rows: Rows = defaultdict(list)
    for one in new:
        for table, drawn_rows in _drawn(town, one, writer).items():
            rows[table] += drawn_rows
        await asyncio.sleep(0)
    if new:
        rows[AccessLog] = writer.context.trace.rows(writer.at, writer.status)
        writer.file(rows)


def _drawn(town: Town, one: Difference, writer: Writer) -> Rows:
    registry, id = town.server.registry, new_id()
    kind = registry.types["Task"]
    body = stamped(work_task(BY_CODE[one.code], one, writer.at, registry.canonical), id, 1, writer.at)
    person, kinds = person_of(kind, body, id), kinds_of(body, kind, registry.canonical)
    stored = Stored(kind.name, id, 1, writer.at, exact_json.dump(body), person, kinds, method="POST")
    writer.context.trace.touch(kind.name, id, person)
    return drawn(town.code, stored, body, kind, registry.projections[kind.name])
