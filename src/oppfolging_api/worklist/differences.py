"""Where the worklist is not as the records want it: one statement, whatever is asked of it."""

# ruff: noqa: S608 (SQL is put together from constants; values travel as arguments)

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any, Final

import asyncpg

from oppfolging_api.worklist.rules import Rule
from oppfolging_api.worklist.wanted import ABOUT_NOBODY, EACH, EACH_FOCUS, SHARED, looked_up

Ask = Callable[[str, Mapping[str, Any]], Awaitable[list[asyncpg.Record]]]
"""The rows of a statement with named arguments, within a transaction of the municipality (Writer.ask)."""

_WANTED: Final = "SELECT '{code}' AS code, person, focus, owner, since, due, detail FROM ({wanted}) one"
_SOUGHT: Final = f"SELECT asked.focus, cast(NULL AS text) AS person FROM {EACH_FOCUS}"
# A Task may be found both by its person and by what it is about, and is one row all the same.
_HELD: Final = f"""SELECT w.*, w.person AS about
  FROM {EACH} CROSS JOIN {looked_up("work", "person = asked.person")} w
  UNION SELECT w.*, coalesce(w.person, sought.person) AS about
  FROM sought CROSS JOIN {looked_up("work", "focus = sought.focus")} w"""
# A Task keeps milliseconds, a record may tell less than one.
_STATEMENT: Final = """
WITH {shared},
wanted AS (
  SELECT code, person, focus, owner, date_trunc('milliseconds', since) AS since, due, detail FROM ({wanted}) w),
sought AS (SELECT focus, min(person) AS person FROM ({sought}) one GROUP BY focus),
held AS (SELECT w.* FROM ({held}) w WHERE w.code = ANY(cast(:codes AS text[])))
SELECT coalesce(w.code, h.code) AS code, h.id, w.code IS NOT NULL AS wanted, coalesce(w.person, h.about) AS person,
  coalesce(w.focus, h.focus) AS focus, w.owner, coalesce(w.since, h.since) AS since, w.due, w.detail,
  ARRAY(SELECT unnest(f.kinds) FROM tenant_find f
    WHERE f.id = split_part(w.focus, '/', 2) AND f.type || '' = split_part(w.focus, '/', 1)) AS kinds
FROM wanted w FULL JOIN held h ON h.code = w.code AND h.focus = w.focus AND h.since = w.since
WHERE h.id IS NULL OR (w.code IS NULL AND h.open) OR (w.code IS NOT NULL AND (h.settled
  OR h.open AND (h.owner, h.detail) IS DISTINCT FROM (w.owner, w.detail)))
ORDER BY person, code, focus, since
"""


@dataclass(frozen=True, slots=True)
class Given:
    """What is asked about: people by id, and what Tasks are about as `Type/id`. `at`: now; `unit_key`: what the
    coordinating unit is found by; `hours`: how long a receipt is waited for."""

    municipality: str
    people: Sequence[str]
    focuses: Sequence[str]
    at: datetime
    unit_key: str
    hours: int

    @property
    def named(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in self.__slots__}


@dataclass(frozen=True, slots=True)
class Difference:
    """One Task that is not as it should be: without `id` there is none, where it is not `wanted` it is to be ended,
    else it stands otherwise than the rest says. `person`: whose record it follows from, also where the Task does not
    say so."""

    code: str
    id: str | None
    wanted: bool
    person: str | None
    focus: str
    owner: str | None
    since: datetime
    due: datetime | None
    detail: str | None
    kinds: Sequence[str]


async def differences(ask: Ask, rules: Sequence[Rule], given: Given) -> list[Difference]:
    """By the rules asked, in the order of person, code, focus and since; Tasks of other rules are left alone."""
    named = given.named | {"codes": [rule.code.value for rule in rules]}
    return [Difference(**row) for row in await ask(statement(tuple(rules)), named)]


@lru_cache
def statement(rules: tuple[Rule, ...]) -> str:
    """SQL with the named arguments of Given, and `codes`."""
    nobody = not all(rule.about_person for rule in rules)
    return _STATEMENT.format(
        shared=",\n".join(SHARED),
        wanted="\nUNION ALL ".join(_WANTED.format(code=rule.code, wanted=rule.wanted) for rule in rules),
        sought="\n  UNION ALL ".join((_SOUGHT, ABOUT_NOBODY) if nobody else (_SOUGHT,)),
        held=_HELD,
    )
