"""The SQL of a page of events: newest first or oldest first, by keyset, each person's log by its own index.

Of the whole municipality the rows come by the primary key, of some people from the index that begins with the person,
so many of each as a page holds. Either way what a page costs does not grow with how deep it lies.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from oppfolging_api.audit.conditions import condition, names_patients, patients
from oppfolging_api.fhir.search.frame import Frame
from oppfolging_api.fhir.search.query import Query, Sort
from oppfolging_api.kernel.errors import Invalid

_REPRESENTED: Final = "(SELECT current_setting('oppfolging.represents', true)::text[])::text[]"
_TENANT: Final = "l.municipality = current_setting('oppfolging.municipality', true)"
_BODY: Final = ", ".join(
    f"'{name}', l.{name}"
    for name in (
        *("municipality", "request", "issuer", "subject", "hpr", "organisation", "roles", "purpose"),
        *("interaction", "status", "what", "person", "client", "number"),
    )
)
# A row of the log is no resource of anybody: it names its person in the body only, and nothing is cut of it.
_ROW: Final = (
    "SELECT 'match', 'AuditEvent', NULL::text, 1, l.at, false, NULL::text, NULL::text,"
    f" convert_to(json_build_object({_BODY})::text, 'UTF8'), NULL::text[]"
)
_ONE: Final = f"{_ROW} FROM access_log l WHERE {_TENANT} AND l.at = $1[1]::timestamptz AND l.number = $1[2]::bigint"
_COUNTED: Final = (
    "SELECT 'total', NULL::text, NULL::text, count(*)::int, NULL::timestamptz, false, NULL::text, NULL::text,"
    " NULL::bytea, NULL::text[]"
)


def one(*, whole: bool) -> str:
    """Of the row at `$1[1]`, numbered `$1[2]`; `whole`: whoever it is about."""
    return _ONE if whole else f"{_ONE} AND l.person = ANY({_REPRESENTED})"


@dataclass(frozen=True, slots=True)
class Asked:
    """Which events: `where` of a row `l`, `people` a SELECT of those they are about, None for all."""

    where: str
    people: str | None
    descending: bool

    @classmethod
    def of(cls, query: Query, frame: Frame, *, whole: bool) -> "Asked":
        """Raises Invalid for what events are not found or sorted by."""
        named = patients(query.criteria, frame)
        met = [condition(one, frame, ids=whole) for one in query.criteria if not names_patients(one)]
        return cls(" AND ".join([_TENANT, *met]), _people(named, frame, whole=whole), _descending(query.sort))

    def page(self, frame: Frame, count: int, position: Sequence[str] | None) -> str:
        """Of the rows after a position, one more than are counted."""
        where = f"{self.where} AND {self._beyond(frame, position)}" if position else self.where
        order = f"ORDER BY l.at {self._direction}, l.number {self._direction} LIMIT {count + 1}"
        return f"{_ROW} FROM {self._rows(where, order)} {order}"

    def total(self) -> str:
        return f"{_COUNTED} FROM {self._rows(self.where, '')}"

    @property
    def _direction(self) -> str:
        return "DESC" if self.descending else "ASC"

    def _beyond(self, frame: Frame, position: Sequence[str]) -> str:
        at, number = position
        place = f"{frame.arguments.add(at, '::timestamptz')}, {frame.arguments.add(number, '::bigint')}"
        return f"(l.at, l.number) {'<' if self.descending else '>'} ({place})"

    def _rows(self, where: str, order: str) -> str:
        if self.people is None:
            return f"access_log l WHERE {where}"
        own = f"SELECT * FROM access_log l WHERE l.person = p.person AND {where} {order}"  # noqa: S608
        return f"({self.people}) p (person) CROSS JOIN LATERAL ({own}) l"


def _people(named: list[str] | None, frame: Frame, *, whole: bool) -> str | None:
    if whole:
        return None if named is None else f"SELECT unnest({frame.arguments.array(named)})"
    among = "" if named is None else f" WHERE person = ANY({frame.arguments.array(named)})"
    return f"SELECT DISTINCT person FROM unnest({_REPRESENTED}) person{among}"  # noqa: S608


def _descending(sorts: Sequence[Sort]) -> bool:
    if any(sort.parameter.name not in ("date", "_lastUpdated") for sort in sorts):
        raise Invalid.of("events are sorted by date or -date", "_sort", code="not-supported")
    return sorts[0].descending if sorts else True
