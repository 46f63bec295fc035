"""Read one resource: https://hl7.org/fhir/R4/http.html#read"""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from starlette.responses import Response

from oppfolging_api.access.policy import visible
from oppfolging_api.fhir.answer import fhir_response, row_headers
from oppfolging_api.fhir.search.query import Pairs, parse
from oppfolging_api.fhir.search.subset import subset
from oppfolging_api.fhir.server import Context
from oppfolging_api.fhir.sources import RESOURCE, rows_of
from oppfolging_api.kernel.caller import Powers
from oppfolging_api.kernel.errors import Gone, Invalid, NotFound
from oppfolging_api.kernel.resource_type import ResourceType

_PARTS = ("_summary", "_elements")
_STATEMENT = (
    "SELECT r.version, r.updated, r.deleted, f.person, r.body"
    " FROM {rows} f {resource} WHERE f.type = $1[1] AND f.id = $1[2] AND {visible}"
)


async def read(context: Context, kind: ResourceType, id: str, pairs: Pairs = ()) -> Response:
    """With `_summary` or `_elements` a part of it. Raises NotFound for what does not exist or may not be seen, Gone for
    what was deleted."""
    query = parse((kind,), [pair for pair in pairs if pair[0] in _PARTS], {}, strict=False)
    if query.summary == "count":
        raise Invalid.of("_summary=count is of a search", "_summary", code="invalid")
    context.require_scope(kind, "r")
    reader = context.server.registry.readers.get(kind.name)
    row = await (reader.one(context, id) if reader else _stored(context, kind, id))
    if row is None:
        raise NotFound.of(f"there is no such {kind.name}")
    context.trace.touch(kind.name, id, row["person"])
    if row["deleted"]:
        raise Gone.of(f"the {kind.name} was deleted", ETag=f'W/"{row["version"]}"')
    body = subset(row["body"], query.summary, query.elements)
    return fhir_response(body, headers=row_headers(row))


async def _stored(context: Context, kind: ResourceType, id: str) -> Mapping[str, Any] | None:
    statement = statement_of(context.caller.powers, kind)
    return next(iter(await context.look_up(statement, [kind.name, id])), None)


@lru_cache(5000)
def statement_of(powers: Powers, kind: ResourceType) -> str:
    """Put together once for all who may do the same."""
    return _STATEMENT.format(
        rows=rows_of(kind), resource=RESOURCE.format(f="f"), visible=visible(powers, "f", kind, "r")
    )
