"""Search: https://hl7.org/fhir/R4/http.html#search"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from urllib.parse import urlencode

import asyncpg
from starlette.responses import Response

from oppfolging_api.fhir import bundle, exact_json
from oppfolging_api.fhir.outcome import operation_outcome
from oppfolging_api.fhir.search.includes import MOST_INCLUDED
from oppfolging_api.fhir.search.query import Pairs, Query, parse
from oppfolging_api.fhir.search.rows import Compartment
from oppfolging_api.fhir.search.statement import compile_search
from oppfolging_api.fhir.search.subset import subset
from oppfolging_api.fhir.server import Context
from oppfolging_api.kernel.errors import Forbidden, Issue, NotFound
from oppfolging_api.kernel.resource_type import ResourceType


@dataclass(frozen=True, slots=True)
class Place:
    """Where is searched: one type or several, perhaps within a compartment; `path` is below the base.

    `person`: only what is about them. `along`: the types of which a page brings whatever it refers to. `also`: names
    that stand for another parameter with a prefix.
    """

    kinds: tuple[ResourceType, ...]
    path: str
    compartment: Compartment | None = None
    person: str | None = None
    along: tuple[ResourceType, ...] = ()
    also: Mapping[str, tuple[str, str]] = field(default_factory=dict)


def of_type(kind: ResourceType) -> Place:
    return Place((kind,), kind.name)


def of_system(context: Context) -> Place:
    return Place(tuple(context.server.registry.types.values()), "")


def of_compartment(context: Context, type: str, id: str, inner: str) -> Place:
    """`Patient/1/CarePlan`, or `Patient/1/*` for whatever belongs to the patient. Raises NotFound."""
    every = tuple(kind for kind in context.server.registry.types.values() if type in kind.compartments)
    kinds = tuple(kind for kind in every if inner in (kind.name, "*"))
    if not kinds:
        raise NotFound.of("there is no such compartment, or nothing of that type in it", code="not-supported")
    return Place(kinds, f"{type}/{id}/{inner}", Compartment(type, id))


async def search(context: Context, place: Place, pairs: Pairs, *, strict: bool, posted: bool) -> Response:
    """A Bundle of what matches and the caller may see. A `next` link holds the whole search in an encrypted cursor."""
    pairs, position, hidden = _resume(context, place, pairs, posted=posted)
    query = parse(place.kinds, pairs, context.server.registry.types, strict=strict, also=place.also)
    query.person, query.along = place.person, place.along
    _check_scopes(context, query)
    if query.summary == "count":
        query.count, query.total = 0, "accurate"
    statement, arguments = compile_search(query, context, position, place.compartment)
    rows = await context.fetch(statement, arguments)
    shown = _shown(rows)
    for row in shown:
        context.trace.touch(row["type"], None, row["person"])
    links = _links(context, place, query, rows, position, hidden=hidden)
    total = next((row["version"] for row in rows if row["mode"] == "total"), None)
    entries = [_entry(context, query, row) for row in shown]
    included = sum(row["mode"] == "include" for row in rows)
    if included > MOST_INCLUDED or any(row["mode"] == "cut" for row in rows):
        entries.append(_cut_short(context))
    return bundle.response("searchset", links, entries, total)


def _check_scopes(context: Context, query: Query) -> None:
    """Raises Forbidden where the token lets none of the types be searched; in a search of several the others are
    left out, as the policy leaves out what the caller may not see."""
    allowed = tuple(kind for kind in query.kinds if context.caller.allows(kind.name, "s"))
    if not allowed:
        raise Forbidden.of("the token's scopes do not allow this search")
    query.kinds = allowed


def _resume(context: Context, place: Place, pairs: Pairs, *, posted: bool) -> tuple[Pairs, list[str] | None, bool]:
    """The search a cursor holds, where there is one; and whether its parameters must stay out of links."""
    cursor = next((value for name, value in pairs if name == "_cursor"), None)
    if cursor is None:
        return pairs, None, posted
    held, position, hidden = context.server.cursors.open(place.path, cursor)
    return [(name, value) for name, value in held], position, hidden


def _links(
    context: Context,
    place: Place,
    query: Query,
    rows: Sequence[asyncpg.Record],
    position: list[str] | None,
    *,
    hidden: bool,
) -> dict[str, str]:
    seal, url = context.server.cursors.seal, f"{context.base}/{place.path}".rstrip("/")
    here = {"_cursor": seal(place.path, [query.used, position, hidden])}
    told = urlencode(here if hidden or position else query.used)
    links = {"self": f"{url}?{told}" if told else url}
    matches = [row for row in rows if row["mode"] == "match"]
    if matches and any(row["mode"] == "more" for row in rows):
        sealed = seal(place.path, [query.used, matches[-1]["extra"], hidden])
        links["next"] = f"{url}?{urlencode({'_cursor': sealed})}"
    return links


def _shown(rows: Sequence[asyncpg.Record]) -> list[asyncpg.Record]:
    included = [row for row in rows if row["mode"] == "include"]
    return [row for row in rows if row["mode"] == "match"] + included[:MOST_INCLUDED]


def _entry(context: Context, query: Query, row: asyncpg.Record) -> bytes:
    fields = {"fullUrl": f"{context.base}/{row['type']}/{row['id']}", "search": {"mode": row["mode"]}}
    elements = query.elements if row["mode"] == "match" else frozenset()
    return bundle.entry(fields, subset(row["body"], query.summary, elements))


def _cut_short(context: Context) -> bytes:
    """https://hl7.org/fhir/R4/search.html#entry.mode"""
    issue = Issue("too-costly", "more is included than is shown", "_include", severity="warning")
    outcome = operation_outcome([issue], context.server.canonical)
    return bundle.entry({"search": {"mode": "outcome"}}, exact_json.dump(outcome))
