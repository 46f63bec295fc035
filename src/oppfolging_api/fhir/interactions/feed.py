"""The versions of all resources of a type, or of all types: a change feed that loses no late commit (DESIGN D13).

Versions come in the order of the transactions that wrote them, newest first, and none is told while an older
transaction is still open: it may yet commit versions that would come before. Every page carries a link `since`, which
leads to all that this walk was too early for. docs/conformance.md says what that guarantees.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Final
from urllib.parse import urlencode

from starlette.responses import Response

from oppfolging_api.access.policy import allowed, narrowed, visible
from oppfolging_api.fhir import bundle
from oppfolging_api.fhir.interactions.feed_statement import Bounds, Place, compile_feed
from oppfolging_api.fhir.interactions.versions import Asked, Pairs, asked, entry
from oppfolging_api.fhir.server import Context
from oppfolging_api.fhir.shown import Row
from oppfolging_api.kernel.errors import Forbidden, NotFound
from oppfolging_api.kernel.resource_type import ResourceType

SYSTEM: Final = ""
"""What a cursor of the history of all types is about."""


async def type_history(context: Context, kind: ResourceType, pairs: Pairs) -> Response:
    if kind not in context.server.registry.stored:
        raise NotFound.of(f"{kind.name} has no history", code="not-supported")
    context.require_scope(kind, "r")
    context.require_whole(kind)
    return await _history(context, [kind], kind.name, pairs)


async def system_history(context: Context, pairs: Pairs) -> Response:
    """Of the types the token's scopes allow. Raises Forbidden where they allow none."""
    types = context.server.registry.stored
    kinds = [kind for kind in types if allowed(context.caller, kind, "r") and not narrowed(context.caller, kind, "r")]
    if not kinds:
        raise Forbidden.of("the token's scopes do not allow this")
    return await _history(context, kinds, SYSTEM, pairs)


async def _history(context: Context, kinds: Sequence[ResourceType], about: str, pairs: Pairs) -> Response:
    """A page may hold fewer than asked for, even none, and still have a `next`."""
    walk = _walk(context, pairs, about)
    kinds = [kind for kind in kinds if visible(context.caller, "f", kind) != "false"]
    if not kinds:
        return bundle.response("history", {"self": _url(context, about)}, [])
    statement, arguments = compile_feed(context.caller, kinds, walk.bounds, walk.asked)
    rows = await context.fetch(statement, arguments)
    shown = [row for row in rows if row["mode"] == "match"]
    for row in shown:
        context.trace.touch(row["type"], None, row["person"])
    bounds = _settled(walk.bounds, rows)
    more = any(row["mode"] == "more" for row in rows)
    edge = shown[-1] if more else next((row for row in rows if row["mode"] == "edge"), None)
    links = _links(context, about, pairs, replace(walk, bounds=bounds), edge)
    return bundle.response("history", links, [entry(context, row) for row in shown])


@dataclass(frozen=True, slots=True)
class _Walk:
    """A walk through the feed from its newest version, page by page: what was asked, and how far it has come."""

    asked: Asked
    pairs: Pairs
    bounds: Bounds


def _walk(context: Context, pairs: Pairs, about: str) -> _Walk:
    cursor = dict(pairs).get("_cursor")
    if cursor is None:
        return _Walk(asked(pairs), pairs, Bounds())
    held, low, horizon, after = context.server.cursors.open(_sealed_about(about), cursor)
    first = [(name, value) for name, value in held]
    return _Walk(asked(first), first, Bounds(low, horizon, Place(*after) if after else None))


def _sealed_about(about: str) -> str:
    """A cursor of a history is none of a search of the same type."""
    return f"{about}/_history"


def _settled(bounds: Bounds, rows: Sequence[Row]) -> Bounds:
    """The bounds with what the first page has found out."""
    horizon, low = next(row["extra"] for row in rows if row["mode"] == "bounds")
    return replace(bounds, horizon=horizon, low=low)


def _url(context: Context, about: str) -> str:
    return "/".join(part for part in (context.base, about, "_history") if part)


def _links(context: Context, about: str, pairs: Pairs, walk: _Walk, edge: Row | None) -> dict[str, str]:
    url = _url(context, about)
    bounds = walk.bounds

    def link(low: str | None, horizon: str | None, after: list[Any] | None, held: Pairs) -> str:
        return f"{url}?_cursor={context.server.cursors.seal(_sealed_about(about), [held, low, horizon, after])}"

    links = {"self": f"{url}?{urlencode(pairs)}" if pairs else url}
    if edge is not None:
        place = [edge["extra"][0], edge["type"], edge["id"], edge["version"]]
        links["next"] = link(bounds.low, bounds.horizon, place, walk.pairs)
    lasting = [pair for pair in walk.pairs if pair[0] == "_count"]
    return links | {"since": link(bounds.horizon, None, None, lasting)}
