"""Search: https://hl7.org/fhir/R4/http.html#search"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from starlette.responses import Response

from oppfolging_api.access.policy import allowed
from oppfolging_api.fhir import bundle, exact_json
from oppfolging_api.fhir.outcome import operation_outcome
from oppfolging_api.fhir.search.includes import MOST_INCLUDED
from oppfolging_api.fhir.search.named import note_named
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
    return Place(context.server.registry.stored, "")


def of_compartment(context: Context, type: str, id: str, inner: str) -> Place:
    """`Patient/1/CarePlan`, or `Patient/1/*` for whatever is stored of the patient's. Raises NotFound."""
    registry = context.server.registry
    among = registry.stored if inner == "*" else registry.types.values()
    kinds = tuple(kind for kind in among if type in kind.compartments and inner in (kind.name, "*"))
    if not kinds:
        raise NotFound.of("there is no such compartment, or nothing of that type in it", code="not-supported")
    return Place(kinds, f"{type}/{id}/{inner}", Compartment(type, id))


async def search(context: Context, place: Place, pairs: Pairs, *, strict: bool, posted: bool) -> Response:
    """A Bundle of what matches and the caller may see. A `next` link holds the whole search in an encrypted cursor."""
    pairs, position, hidden = _resume(context, place, pairs, posted=posted)
    query = parse(place.kinds, pairs, context.server.registry.types, strict=strict, also=place.also)
    query.person, query.along = place.person, place.along
    await _seek(context, place, query)
    _check_scopes(context, query)
    if query.summary == "count":
        query.count, query.total = 0, "accurate"
    rows = await _found(context, query, position, place.compartment)
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


async def _seek(context: Context, place: Place, query: Query) -> None:
    """Whoever is named has been asked about, also where only numbers are told, or facts on somebody else."""
    if place.compartment is not None:
        context.trace.seek(place.compartment.type, place.compartment.id)
    await note_named(context, query.criteria, query.kinds)


async def _found(
    context: Context, query: Query, position: list[str] | None, compartment: Compartment | None
) -> Sequence[Mapping[str, Any]]:
    reader = context.server.registry.readers.get(query.kinds[0].name)
    if reader is not None:
        return await reader.page(context, query, position, compartment)
    return await context.fetch(*compile_search(query, context, position, compartment))


def _check_scopes(context: Context, query: Query) -> None:
    """Raises Forbidden where the token lets none of the types be searched; in a search of several the others are
    left out, as the policy leaves out what the caller may not see."""
    query.kinds = tuple(kind for kind in query.kinds if allowed(context.caller, kind, "s"))
    if not query.kinds:
        raise Forbidden.of("the token's scopes do not allow this search")


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
    rows: Sequence[Mapping[str, Any]],
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


def _shown(rows: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    included = [row for row in rows if row["mode"] == "include"]
    return [row for row in rows if row["mode"] == "match"] + included[:MOST_INCLUDED]


def _entry(context: Context, query: Query, row: Mapping[str, Any]) -> bytes:
    fields = {"fullUrl": f"{context.base}/{row['type']}/{row['id']}", "search": {"mode": row["mode"]}}
    elements = query.elements if row["mode"] == "match" else frozenset()
    return bundle.entry(fields, subset(row["body"], query.summary, elements))


def _cut_short(context: Context) -> bytes:
    """https://hl7.org/fhir/R4/search.html#entry.mode"""
    issue = Issue("too-costly", "more is included than is shown", "_include", severity="warning")
    outcome = operation_outcome([issue], context.server.canonical)
    return bundle.entry({"search": {"mode": "outcome"}}, exact_json.dump(outcome))
