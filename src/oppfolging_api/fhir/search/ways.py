"""The ways to the page of a search, of which the database takes the first that is short, whatever it knows or does not
know of how much there is (statistics):

1. The caller sees few rows at all: those are looked up, each.
2. The very next rows in the order asked for are enough.
3. Few meet one of the conditions that lead to rows from elsewhere, a date or a chain: those are looked up, each.
4. Among the next rows of the order, as many as are worth looking through, there are enough.
5. Any other way, as the planner chooses.

Each costs the same in a large store as in a small one, but for the last, which is left with what is rare among the
newest and yet not rare, and with orders and comparisons that no index serves (docs/performance.md).
"""

from collections.abc import Iterator
from dataclasses import dataclass

from oppfolging_api.fhir.search.conditions import Beginning, Worth
from oppfolging_api.fhir.search.query import Query, Sort
from oppfolging_api.fhir.search.rows import Begun, Rows
from oppfolging_api.fhir.search.sorting import BESIDE, after, order_of
from oppfolging_api.fhir.sources import rows_of

WINDOW = 500
"""Rows of the order that are looked through at most; more than the largest page."""
REACH = Worth(2000, 2000)
"""Of what a caller sees."""
MOST_BEGINNINGS = 2
"""Each is a way of its own to plan."""


def page_of(query: Query, matching: list[Rows], position: list[str] | None) -> tuple[list[str], list[str]]:
    """CTEs, and SELECTs that together give the page, with the columns s0, s1 ... that it is ordered by."""
    if len(matching) > 1 or matching[0].narrow or matching[0].frame.kind.packaged:
        return [], [_Ways(query, rows, position).any_way() for rows in matching]
    return _Ways(query, matching[0], position).compile()


@dataclass(frozen=True, slots=True)
class _Way:
    """A SELECT of the page, good where `when` holds; `ctes` are what either needs."""

    ctes: tuple[str, ...]
    when: str
    select: str


class _Ways:
    """Of one type."""

    def __init__(self, query: Query, rows: Rows, position: list[str] | None) -> None:
        self._rows, self._frame, self._position = rows, rows.frame, position
        self._begun = rows.begun[:MOST_BEGINNINGS]
        self._sort, self._most = query.sort, query.count + 1
        order = order_of(query, rows.frame)
        self._keys, self._drawn = order.keys, order.drawn
        self._after = f" AND {after(self._keys, position, rows.frame.arguments)}" if position else ""

    def any_way(self) -> str:
        return self._page(self._rows.every)

    def compile(self) -> tuple[list[str], list[str]]:
        ways = list(self._short())
        if not ways:
            return [], [self.any_way()]
        taken = " ".join(f"WHEN {way.when} THEN {n}" for n, way in enumerate(ways))
        ctes = [*(cte for way in ways for cte in way.ctes), f"way AS MATERIALIZED (SELECT CASE {taken} END AS n)"]
        arms = [f"(SELECT * FROM ({way.select}) p WHERE (SELECT n FROM way) = {n})" for n, way in enumerate(ways)]
        return ctes, [*arms, self._page(f"{self._rows.walked} AND (SELECT n FROM way) IS NULL")]

    def _short(self) -> Iterator[_Way]:
        walked: tuple[str, ...] = ()
        if reach := self._frame.reach:
            yield self._begun_with(Beginning(reach, REACH), "reach", self._led_to())
        if not self._sort:
            walked = (f"walked AS MATERIALIZED ({self._newest()})",)
            first = max((one.begin.worth.next for one in self._begun), default=0)
            if self._most <= first:
                yield self._among_next(walked, first)
                walked = ()
        for n, one in enumerate(self._begun):
            yield self._begun_with(one.begin, f"begin{n}", self._asked(but=one))
        if not self._sort:
            page = self._page(f"walked f WHERE {self._asked()}")
            yield _in_window(walked, page, f"(SELECT count(*) FROM near) = {self._most} OR {_LEFT} < {WINDOW}")
        elif self._by_value():
            walked = (f"walked AS MATERIALIZED ({self._next_values(self._sort[0])})",)
            found = f"(SELECT DISTINCT id FROM walked) w CROSS JOIN {self._frame.one('w.id')}"
            page = self._page(f"{found} WHERE {self._asked()}", f" AND {self._before_edge()}")
            # What has no value to sort by follows what has: that no more rows follow does not tell that this is all.
            yield _in_window(walked, page, f"(SELECT count(*) FROM near) = {self._most}")

    def _page(self, rows: str, further: str = "") -> str:
        """`further` conditions may be on the keys of the order."""
        order = ", ".join(f"{key.expression} {key.direction}" for key in self._keys)
        columns = ", ".join(f"{key.expression} AS s{n}" for n, key in enumerate(self._keys))
        found = f"(SELECT f.* FROM {rows}) f{self._drawn} WHERE true" if self._drawn else rows
        return (
            f"(SELECT f.municipality, f.type, f.id, f.person, f.keys, {columns} FROM {found}{self._after}{further}"
            f" ORDER BY {order} LIMIT {self._most})"
        )

    def _newest(self) -> str:
        return (
            f"SELECT f.* FROM {self._frame.rows} WHERE f.type = '{self._frame.kind.name}'{self._after}"
            f" ORDER BY f.updated DESC, f.id DESC LIMIT {WINDOW}"
        )

    def _among_next(self, walked: tuple[str, ...], rows: int) -> _Way:
        page = self._page(f"(SELECT * FROM walked LIMIT {rows}) f WHERE {self._led_to()}")
        ctes = (*walked, f"next AS MATERIALIZED {page}")
        return _Way(ctes, f"(SELECT count(*) FROM next) = {self._most}", "SELECT * FROM next")

    def _begun_with(self, begin: Beginning, name: str, asked: str) -> _Way:
        ctes = (
            f"{name} AS MATERIALIZED ({begin.select} LIMIT {begin.worth.some + 1})",
            f"{name}_size AS MATERIALIZED (SELECT count(*) AS n FROM {name})",
        )
        found = begin.rows(f"SELECT found FROM {name}", self._frame)
        return _Way(ctes, f"(SELECT n FROM {name}_size) <= {begin.worth.few}", self._page(f"{found} AND {asked}"))

    def _led_to(self) -> str:
        """Each row is asked what it leads to: nothing is gathered before."""
        return " AND ".join([self._rows.where, *(one.given for one in self._rows.begun)])

    def _asked(self, but: Begun | None = None) -> str:
        """What each row at hand is asked, but for what was begun with."""
        others = (self._is_met(one) for one in self._rows.begun if one is not but)
        return " AND ".join([self._rows.where, *others])

    def _is_met(self, one: Begun) -> str:
        """Whether the row is among what was gathered, if that is all there is; else what it leads to."""
        if one not in self._begun:
            return one.given
        name = f"begin{self._begun.index(one)}"
        among = one.begin.among(f"SELECT found FROM {name}", self._frame)
        return f"CASE WHEN (SELECT n FROM {name}_size) <= {one.begin.worth.some} THEN {among} ELSE {one.given} END"

    def _by_value(self) -> bool:
        """Whether the order begins with what a table beside holds, and has not come to what has no value."""
        named = self._sort[0].parameter
        if named.name in ("_id", "_lastUpdated") or named.kind not in BESIDE or self._frame.may_be_cut(named):
            return False
        return self._position is None or self._position[0] == "0"

    def _next_values(self, sort: Sort) -> str:
        beside, arguments, value = BESIDE[sort.parameter.kind], self._frame.arguments, self._keys[1]
        end, bound = beside.end(descending=sort.descending), ""
        if self._position:
            there = arguments.add(self._position[1], value.cast)
            bound = f" AND s.{end} {'<=' if value.descending else '>='} {there}"
        return (
            f"SELECT s.id, s.{end} AS value FROM {rows_of(self._frame.kind, beside.table)} s"
            f" WHERE s.type = '{self._frame.kind.name}' AND s.parameter = {arguments.add(sort.parameter.name)}{bound}"
            f" ORDER BY s.{end} {value.direction} LIMIT {WINDOW}"
        )

    def _before_edge(self) -> str:
        """Of the last value walked there may be more rows than were walked."""
        value = self._keys[1]
        sign, last = (">", "min(value)") if value.descending else ("<", "max(value)")
        return f"({_LEFT} < {WINDOW} OR {value.expression} {sign} (SELECT {last} FROM walked))"


def _in_window(walked: tuple[str, ...], page: str, when: str) -> _Way:
    return _Way((*walked, f"near AS MATERIALIZED {page}"), when, "SELECT * FROM near")


_LEFT = "(SELECT count(*) FROM walked)"
"""Fewer than a window is all there are."""
