"""Sends what is generated to one municipality, as its callers, and notes what is answered."""

from collections.abc import Iterator, Mapping
from functools import partial
from itertools import cycle

import httpx

from fuzz.described import Made, call, each_case
from fuzz.drawing import each
from fuzz.judged import Answered, Tally
from fuzz.sent import KINDS, Sent
from fuzz.stored import complaints, stored
from fuzz.world import ROLES, World
from support import Json


def send(world: World, sent: Sent) -> Answered:
    caller = world.callers[sent.role]
    answer: httpx.Response = caller.send(sent.method, sent.path, content=sent.body, headers=_ascii(sent.headers))
    return Answered(
        f"{sent.method} {sent.path}", answer.status_code, answer.headers.get("content-type", ""), answer.text
    )


def generated(world: World, requests: int, beginning: int, tally: Tally) -> None:
    """Of each kind its share."""
    for kind, (share, strategy) in KINDS.items():
        each(strategy, max(1, requests * share // 100), beginning, partial(_noted, world, tally, kind))


def _noted(world: World, tally: Tally, source: str, sent: Sent) -> None:
    tally.note(source, send(world, sent))


def described(world: World, document: Json, examples: int, beginning: int, tally: Tally) -> None:
    """Of each operation so many cases, as each role in turn."""
    roles: Iterator[str] = cycle(ROLES)

    def note(case: Made) -> None:
        caller = world.callers[next(roles)]
        tally.note("schemathesis", call(case, caller.address, caller.headers))

    each_case(document, examples, beginning, note)


def validated(world: World, tally: Tally) -> int:
    """How many resources stand in the municipality; what $validate says against one is a fault."""
    keys = sorted(set(stored(world.town.unit)))
    tally.faults += [told for key in keys for told in complaints(world.town.unit, key)]
    return len(keys)


def _ascii(headers: Mapping[str, str]) -> dict[str, str]:
    """As HTTP can carry it."""
    return {name: value.encode("ascii", "ignore").decode() for name, value in headers.items()}
