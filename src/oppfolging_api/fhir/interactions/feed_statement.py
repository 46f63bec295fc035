"""The one SQL statement of a page of the change feed.

Each type's versions are read from the index resource_version_feed (municipality, type, transaction, id, version),
from where the last page ended, and no more than WINDOW of them; of these the caller gets those it may see. So a page
costs the same however long the history is and however little of it the caller may see.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from oppfolging_api.access.policy import version_visible, visible
from oppfolging_api.fhir.interactions.versions import CURRENT_AT, Asked, paged
from oppfolging_api.fhir.search.frame import Arguments
from oppfolging_api.kernel.caller import Caller
from oppfolging_api.kernel.resource_type import ResourceType
from oppfolging_api.store.database import COLUMNS

WINDOW: Final = 500
"""Versions that one page looks at; more than the largest page."""
TENANT: Final = "NULLIF(current_setting('oppfolging.municipality', true), '')"
PACKAGED: Final = "'*'"
OVERLAP: Final = "interval '1 minute'"
"""How much later than another a transaction may have begun and yet have written before it: a transaction that waits
longer for its first lock is ended."""


@dataclass(frozen=True, slots=True)
class Place:
    """Of a version in the feed."""

    transaction: str
    type: str
    id: str
    version: int


@dataclass(frozen=True, slots=True)
class Bounds:
    """`low` and `horizon` are transactions, the first told and the first not told; the walk goes down from `after`."""

    low: str | None = None
    horizon: str | None = None
    after: Place | None = None


def compile_feed(caller: Caller, kinds: Sequence[ResourceType], bounds: Bounds, asked: Asked) -> tuple[str, list[str]]:
    """Rows of mode `match` are a page, and `more` tells that there is more; `edge` is where the window ended, `bounds`
    holds the horizon and the lower bound for the pages to come."""
    arguments = Arguments()
    arms = [
        _arm(kind, municipality, bounds.after, arguments)
        for kind in kinds
        for municipality in ((TENANT, PACKAGED) if kind.packaged else (TENANT,))
    ]
    found = paged(_VERSIONS, asked.count)
    statement = (
        f"WITH bounds AS MATERIALIZED ({_bounds(bounds, asked, arguments)}),"
        f" walked AS MATERIALIZED (SELECT * FROM ({' UNION ALL '.join(arms)}) every ORDER BY {_ORDER} LIMIT {WINDOW}),"
        f" page AS MATERIALIZED ({_page(caller, kinds, asked, arguments)})"
        f" SELECT {COLUMNS} FROM ({found} UNION ALL ({_EDGE}) UNION ALL {_SETTLED}) told ORDER BY n"
    )
    return statement, arguments.values


_ORDER = 'transaction DESC, type COLLATE "C" DESC, id DESC, version DESC'
_VERSIONS = (
    "SELECT type, id, version, updated, false AS deleted, method, person, body, ARRAY[transaction::text] AS extra, n"
    " FROM page"
)
_EDGE = (
    "SELECT 'edge', type, id, version, NULL, false, NULL, NULL, NULL, ARRAY[transaction::text], NULL FROM walked"
    f" ORDER BY {_ORDER} OFFSET {WINDOW - 1}"
)
_SETTLED = (
    "SELECT 'bounds', NULL, NULL, NULL, NULL, false, NULL, NULL, NULL, ARRAY[horizon::text, low::text], NULL"
    " FROM bounds"
)


def _bounds(bounds: Bounds, asked: Asked, arguments: Arguments) -> str:
    """The first page of a walk finds them out, the others are given them."""
    if bounds.horizon:
        low = arguments.add(bounds.low, "::xid8") if bounds.low else "NULL::xid8"
        return f"SELECT {arguments.add(bounds.horizon, '::xid8')} AS horizon, {low} AS low, {_high(asked, arguments)}"
    low = arguments.add(bounds.low, "::xid8") if bounds.low else _low(asked, arguments)
    return f"SELECT pg_snapshot_xmin(pg_current_snapshot()) AS horizon, {low} AS low, {_high(asked, arguments)}"


def _low(asked: Asked, arguments: Arguments) -> str:
    """The transaction that `_since` begins with: all that is late enough was written by it or after it; the beginning
    of time where nothing is asked, and the end of it where nothing is late enough."""
    if asked.since is None:
        return "'0'::xid8"
    since = arguments.add(asked.since.isoformat(), "::timestamptz")
    found = [_outermost("min", f">= {since}", "<=", "+", municipality) for municipality in (TENANT, PACKAGED)]
    return f"coalesce(least({', '.join(found)}), '18446744073709551615'::xid8)"


def _high(asked: Asked, arguments: Arguments) -> str:
    """The last transaction that may have written something before the period of `_at` ends."""
    if asked.at is None:
        return "'18446744073709551615'::xid8 AS high"
    until = arguments.add(asked.at[1].isoformat(), "::timestamptz")
    found = [_outermost("max", f"< {until}", ">=", "-", municipality) for municipality in (TENANT, PACKAGED)]
    return f"coalesce(greatest({', '.join(found)}), '0'::xid8) AS high"


def _outermost(pick: str, bound: str, within: str, sign: str, municipality: str) -> str:
    """By the index resource_version_updated (municipality, updated, transaction)."""
    rows = f"FROM resource_version s WHERE s.municipality = {municipality} AND s.updated {bound}"
    nearest = f"(SELECT {pick}(s.updated) {rows})"
    return f"(SELECT {pick}(s.transaction) {rows} AND s.updated {within} {nearest} {sign} {OVERLAP})"


def _arm(kind: ResourceType, municipality: str, after: Place | None, arguments: Arguments) -> str:
    """The next versions of one type, without their bodies."""
    return (
        "(SELECT v.municipality, v.type, v.id, v.version, v.transaction, v.ctid AS place FROM resource_version v"
        f" WHERE v.municipality = {municipality} AND v.type = '{kind.name}'"
        " AND v.transaction < (SELECT horizon FROM bounds) AND v.transaction <= (SELECT high FROM bounds)"
        f" AND v.transaction >= (SELECT low FROM bounds){_further(kind, after, arguments)}"
        f" ORDER BY v.transaction DESC, v.id DESC, v.version DESC LIMIT {WINDOW})"
    )


def _further(kind: ResourceType, after: Place | None, arguments: Arguments) -> str:
    """Past the place in the order of the feed, said so that the index of one type serves it."""
    if after is None:
        return ""
    transaction = arguments.add(after.transaction, "::xid8")
    if kind.name == after.type:
        id, version = arguments.add(after.id), arguments.add(str(after.version), "::int")
        return f" AND (v.transaction, v.id, v.version) < ({transaction}, {id}, {version})"
    return f" AND v.transaction {'<=' if kind.name < after.type else '<'} {transaction}"


def _page(caller: Caller, kinds: Sequence[ResourceType], asked: Asked, arguments: Arguments) -> str:
    """LIMIT 1 and the row's own place: looked up one by one, whatever the planner thinks of how many there are, on a
    database that was never analyzed too."""
    at = ""
    if asked.at is not None:
        after, before = (arguments.add(moment.isoformat(), "::timestamptz") for moment in asked.at)
        at = CURRENT_AT.format(v="v", after=after, before=before)
    order = 'w.transaction DESC, w.type COLLATE "C" DESC, w.id DESC, w.version DESC'
    return (
        "SELECT v.type, v.id, v.version, v.updated, v.method, f.person, v.body, v.transaction,"
        f" row_number() OVER (ORDER BY {order}) AS n FROM walked w"
        f" CROSS JOIN LATERAL (SELECT * FROM {_rows(kinds)} f WHERE f.municipality = w.municipality"
        " AND f.id = w.id AND f.type || '' = w.type LIMIT 1) f"
        " CROSS JOIN LATERAL (SELECT * FROM resource_version v WHERE v.ctid = w.place LIMIT 1) v"
        f" WHERE CASE w.type {' '.join(_seen(caller, kinds))} END{at}"
        f" ORDER BY {order} LIMIT {asked.count + 1}"
    )


def _rows(kinds: Sequence[ResourceType]) -> str:
    if not any(kind.packaged for kind in kinds):
        return "tenant_find"
    return "(SELECT * FROM tenant_find UNION ALL SELECT * FROM packaged_find)"


def _seen(caller: Caller, kinds: Sequence[ResourceType]) -> Iterator[str]:
    for kind in kinds:
        condition = f"{visible(caller, 'f', kind)} AND {version_visible(caller, 'f', 'v.kinds', kind)}"
        yield f"WHEN '{kind.name}' THEN {condition}"
