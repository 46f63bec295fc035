"""The access log: who read or wrote what about whom, committed before the first byte of the answer leaves (DESIGN D12).

Reads and refusals of concurrent requests share one insert; a write logs in its own transaction. Rows carry ids only:
never a name, an identity number, a search value or a body. What a row holds: docs/access-log.md.
"""

import asyncio
import logging
import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

import asyncpg

from oppfolging_api.kernel.caller import Caller
from oppfolging_api.kernel.errors import Unavailable

PURPOSES: Final[Mapping[str, str]] = {
    "coordinator": "TREAT",
    "team": "TREAT",
    "coordinating-unit": "COC",
    "case-member": "COC",
    "leader": "COC",
    "referrer": "COC",
    "system": "RECORDMGT",
    "person": "PATRQT",
}
"""By role, why the caller is there (http://terminology.hl7.org/CodeSystem/v3-ActReason): of several roles the first
counts. Who coordinates or helps a person takes part in their treatment, the others in its coordination; a system keeps
two records alike, and what it was asked to do that for is in its own log."""
MOST_NAMED: Final = 1000
"""Past so many resources a row names their types only. No Bundle is so long."""
_COLUMNS = (
    *("municipality", "at", "request", "issuer", "subject", "hpr", "organisation", "roles", "purpose"),
    *("interaction", "status", "what", "person", "client"),
)
_Touched = tuple[str | None, str | None, str | None]
_PATIENT: Final = "Patient"
_UUID: Final = r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
_ELEVEN_DIGITS: Final = r"(?<![0-9])[0-9]{6}[-.]?[0-9]{5}(?![0-9])"
_LOGGABLE: Final = re.compile(rf"{_UUID}|(?=.*[0-9])(?!.*{_ELEVEN_DIGITS})[a-z0-9.-]{{1,64}}", re.I | re.A)
_Waiting = tuple[Sequence[dict[str, Any]], asyncio.Future[None]]
_log = logging.getLogger(__name__)
_INSERT = (
    f"INSERT INTO access_log ({', '.join(_COLUMNS)}) "  # noqa: S608 (names of columns)
    f"VALUES ({', '.join(f'${n}' for n in range(1, len(_COLUMNS) + 1))})"
)


@dataclass(slots=True)
class Trace:
    """What one request has touched. `written` once its rows are in the transaction of its own write.

    `asked` is the (type, id) the address names, for the row of a request that reached nothing. `sought` is what else
    was asked by id, reached or not: by the entries of a Bundle, and the people a search names.
    """

    request: str
    interaction: str = ""
    caller: Caller | None = None
    asked: tuple[str | None, str | None] = (None, None)
    touched: dict[_Touched, None] = field(default_factory=dict)
    sought: dict[_Touched, None] = field(default_factory=dict)
    written: bool = False
    size: int = 0
    """Bytes of the body."""
    status: int = 0
    """Of a part: what it was answered with."""
    parts: list["Trace"] = field(default_factory=list)

    def part(self, interaction: str) -> "Trace":
        """One entry of a batch, which is logged for itself."""
        part = Trace(self.request, interaction, self.caller, size=self.size)
        self.parts.append(part)
        return part

    def touch(self, type: str | None, id: str | None, person: str | None) -> None:
        """A resource (id None for several of a type) about a person (None for the directory)."""
        self.touched[type, id, person] = None

    def seek(self, type: str | None, id: str) -> None:
        """A resource is asked for by its type and id; the id is empty where there is none."""
        self.sought[_asked_for(type, loggable(id))] = None

    def seek_about(self, type: str | None, person: str) -> None:
        """It is asked what there is about a person, by what was typed as an id: of one type, or of several (None)."""
        if loggable(person):
            self.seek_known(type, person)

    def seek_known(self, type: str | None, person: str) -> None:
        """The same about a person who is there, by whatever they were named."""
        self.sought[(type, None, person) if type else _asked_for(_PATIENT, person)] = None

    def rows(self, at: datetime, status: int) -> list[dict[str, Any]]:
        """A row for each person touched, and one of what is about nobody; one for a request that reached nothing."""
        who = self._who(at) | {"status": status}
        rows = [who | {"what": _named(what), "person": person} for person, what in self._by_person().items()]
        unwritten = [part for part in self.parts if part.status >= 400 or not part.written]
        return rows + [row for part in unwritten for row in part.rows(at, part.status)]

    def _by_person(self) -> dict[str | None, list[tuple[str | None, str | None]]]:
        """Whoever asks for a person by their id has asked about that person, also where the answer is that there is
        nobody, or a number: they may see in their log who tried."""
        found = _grouped(self.touched)
        found |= _grouped(one for one in self.sought if one[2] is not None and one[2] not in found)
        return found or _grouped(self.sought or [_asked_for(*self.asked)])

    def _who(self, at: datetime) -> dict[str, Any]:
        caller = self.caller
        return {
            "municipality": caller.municipality if caller else "",
            "at": at,
            "request": self.request,
            "issuer": caller.issuer if caller else None,
            "subject": caller.subject if caller else None,
            "hpr": caller.hpr if caller else None,
            "organisation": caller.organisation if caller else None,
            "roles": sorted(caller.roles) if caller else [],
            "purpose": purpose_of(caller.roles) if caller else None,
            "interaction": self.interaction,
            "client": caller.client if caller else None,
        }


def purpose_of(roles: Collection[str]) -> str | None:
    """None for a caller without a role here."""
    return next((purpose for role, purpose in PURPOSES.items() if role in roles), None)


def loggable(id: str) -> str | None:
    """An id that somebody asked by, as far as they cannot have typed a name or an identity number: a UUID, or any with
    a digit but without eleven of them, be it a number or nearly one."""
    return id if _LOGGABLE.fullmatch(id) else None


def _asked_for(type: str | None, id: str | None) -> _Touched:
    return type, id, id if type == _PATIENT else None


def _grouped(touched: Iterable[_Touched]) -> dict[str | None, list[tuple[str | None, str | None]]]:
    """By person."""
    found: defaultdict[str | None, list[tuple[str | None, str | None]]] = defaultdict(list)
    for type, id, person in touched:
        found[person].append((type, id))
    return dict(found)


def _named(what: Iterable[tuple[str | None, str | None]]) -> list[str]:
    """`Type/id`, or `Type` for several of a type; each once, in order."""
    known = [(type, id) for type, id in what if type]
    named = {f"{type}/{id}" if id else type for type, id in known}
    return sorted(named if len(named) <= MOST_NAMED else {type for type, _ in known})


class AccessLog:
    """Appends by group commit: what arrives while one insert is under way goes together into the next."""

    def __init__(self, pool: asyncpg.Pool) -> None:
        self._pool = pool
        self._waiting: list[_Waiting] = []
        self._writer: asyncio.Task[None] | None = None

    async def append(self, rows: Sequence[dict[str, Any]]) -> None:
        """Returns once the rows are committed. Raises Unavailable where they could not be."""
        done = asyncio.get_running_loop().create_future()
        self._waiting.append((rows, done))
        if self._writer is None or self._writer.done():
            self._writer = asyncio.create_task(self._write())
        await done

    async def _write(self) -> None:
        while self._waiting:
            batch, self._waiting = self._waiting, []
            await self._commit(batch)

    async def _commit(self, batch: list[_Waiting]) -> None:
        """Every waiter is answered, whatever happens; a row that cannot be stored takes nobody else's with it."""
        try:
            await self._insert([row for rows, _ in batch for row in rows])
        except Exception as error:
            if isinstance(error, _UNSTORABLE) and len(batch) > 1:
                for one in batch:
                    await self._commit([one])
                return
            _log.error({"event": "access log", "error": type(error).__qualname__})
            refusal = "the access log cannot be written, so nothing may be answered"
            _settle(batch, Unavailable.of(refusal, Retry_After="5"))
        else:
            _settle(batch, None)

    async def _insert(self, rows: list[dict[str, Any]]) -> None:
        """One transaction."""
        await self._pool.executemany(_INSERT, [tuple(row[name] for name in _COLUMNS) for row in rows])


_UNSTORABLE = (asyncpg.DataError, ValueError)  # what asyncpg itself will not send is a ValueError


def _settle(batch: Sequence[_Waiting], refusal: Exception | None) -> None:
    for _, done in batch:
        if done.cancelled():
            continue
        if refusal is None:
            done.set_result(None)
        else:
            done.set_exception(refusal)
